package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;

/// Makes a pair of virtual Ethernet interfaces by rtnetlink (RFC 3549, linux/rtnetlink.h): one end here, the other
/// in a guest's network namespace; and asks where a route leads. Set-up only.
public final class VethPair {
    private static final int ROOM = 1024;
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int NLMSG_HEADER = 16;
    private static final int IFINFOMSG = 16;
    private static final int NLMSG_ERROR = 2;
    private static final short NLM_F_REQUEST = 1;
    private static final short NLM_F_ACK = 4;
    private static final short NLM_F_EXCL = 0x200;
    private static final short NLM_F_CREATE = 0x400;
    private static final short RTM_NEWLINK = 16;
    private static final short RTM_DELLINK = 17;
    private static final short RTM_SETLINK = 19;
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_AF_SPEC = 26;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int VETH_INFO_PEER = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final short RTM_NEWROUTE = 24;
    private static final short RTM_GETROUTE = 26;
    private static final int RTMSG = 12;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    private static final byte ADDR_GEN_NONE = 1;
    private static final int IFF_UP = 1;

    private final Posix posix;
    private final MemorySegment message;
    private int length;

    private VethPair(Arena arena) {
        this.posix = new Posix();
        this.message = arena.allocate(ROOM, 8);
    }

    /// Makes the pair, the guest's end set up; the host's end stays down until [#enable].
    ///
    /// @param host      the name of the end in this namespace
    /// @param guest     the name of the end in `namespace`
    /// @param namespace path of the guest's namespace
    /// @param mac       the guest's address, 48 bits, or -1 for what the kernel gives
    /// @return false, and nothing changed, where `host` exists already
    /// @throws PosixException naming the pair and what failed; nothing stays behind then
    public static boolean create(String host, String guest, String namespace, long mac, int mtu) {
        String what = "make the veth pair '" + host + "' and '" + guest + "' in '" + namespace + "'";
        try (Arena arena = Arena.ofConfined()) {
            VethPair n = new VethPair(arena);
            int fd = Posix.check(
                    n.posix.open(namespace, Posix.O_RDONLY | Posix.O_CLOEXEC),
                    "open the network namespace '" + namespace + "'");
            try {
                n.begin(RTM_NEWLINK, (short) (NLM_F_CREATE | NLM_F_EXCL), 0, 0);
                n.text(IFLA_IFNAME, host);
                n.number(IFLA_MTU, mtu);
                int info = n.open(IFLA_LINKINFO);
                n.text(IFLA_INFO_KIND, "veth");
                int data = n.open(IFLA_INFO_DATA);
                int peer = n.open(VETH_INFO_PEER);
                n.interfaceInfo(0, 0);
                n.text(IFLA_IFNAME, guest);
                n.number(IFLA_MTU, mtu);
                n.number(IFLA_NET_NS_FD, fd);
                if (mac >= 0) {
                    n.mac(mac);
                }
                n.close(peer);
                n.close(data);
                n.close(info);
                int result = n.send(what);
                if (result == -Errno.EEXIST && index(host) > 0) {
                    return false;
                }
                Posix.check(result, what);
            } finally {
                n.posix.close(fd);
            }
        }
        try {
            // An end without its other end cannot be up, so this is a step of its own.
            TapDevice.inNamespace(namespace, _ -> {
                up(guest);
                return null;
            });
        } catch (RuntimeException e) {
            delete(host);
            throw e;
        }
        return true;
    }

    /// Sets an interface of this namespace up that carries frames of others: it gets no address of its own.
    public static void enable(String name) {
        try (Arena arena = Arena.ofConfined()) {
            VethPair n = new VethPair(arena);
            n.begin(RTM_SETLINK, (short) 0, require(name), 0);
            int families = n.open(IFLA_AF_SPEC);
            int ipv6 = n.open(AF_INET6);
            int at = n.attribute(IFLA_INET6_ADDR_GEN_MODE, 1);
            n.message.set(ValueLayout.JAVA_BYTE, at, ADDR_GEN_NONE);
            n.close(ipv6);
            n.close(families);
            // A kernel without IPv6 refuses, and needs it not.
            n.send("keep IPv6 off '" + name + "'");
        }
        up(name);
    }

    private static void up(String name) {
        String what = "set '" + name + "' up";
        try (Arena arena = Arena.ofConfined()) {
            VethPair n = new VethPair(arena);
            n.begin(RTM_SETLINK, (short) 0, require(name), IFF_UP);
            Posix.check(n.send(what), what);
        }
    }

    /// Removes an interface of this namespace, and with it the other end; nothing where there is none.
    public static void delete(String name) {
        int index = index(name);
        if (index <= 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            VethPair n = new VethPair(arena);
            n.begin(RTM_DELLINK, (short) 0, index, 0);
            int result = n.send("remove '" + name + "'");
            if (result != -Errno.ENODEV) {
                Posix.check(result, "remove '" + name + "'");
            }
        }
    }

    /// The index of the interface by which this namespace reaches an IPv4 address, or `-errno`.
    public static int interfaceTowards(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != 4) {
            throw new IllegalArgumentException(address.getHostAddress() + ": expected an IPv4 address");
        }
        try (Arena arena = Arena.ofConfined()) {
            VethPair n = new VethPair(arena);
            n.header(RTM_GETROUTE, NLM_F_REQUEST);
            n.message.set(ValueLayout.JAVA_BYTE, NLMSG_HEADER, (byte) AF_INET);
            n.message.set(ValueLayout.JAVA_BYTE, NLMSG_HEADER + 1, (byte) 32);
            n.length += RTMSG;
            MemorySegment.copy(bytes, 0, n.message, ValueLayout.JAVA_BYTE, n.attribute(RTA_DST, 4), 4);
            int got = n.exchange("ask for the route to " + address.getHostAddress());
            if (got < 0) {
                return got;
            }
            if (n.message.get(ValueLayout.JAVA_SHORT, 4) != RTM_NEWROUTE) {
                return got >= NLMSG_HEADER + 4 && n.message.get(ValueLayout.JAVA_SHORT, 4) == NLMSG_ERROR
                        ? n.message.get(ValueLayout.JAVA_INT, NLMSG_HEADER)
                        : -Errno.EIO;
            }
            for (int at = NLMSG_HEADER + RTMSG; at + 4 <= got; ) {
                int size = Short.toUnsignedInt(n.message.get(ValueLayout.JAVA_SHORT, at));
                if (n.message.get(ValueLayout.JAVA_SHORT, at + 2) == RTA_OIF) {
                    return n.message.get(ValueLayout.JAVA_INT, at + 4);
                }
                at += Math.max(size, 4) + 3 & ~3;
            }
            return -Errno.ENODEV;
        }
    }

    /// The index of an interface of this namespace, or `-errno`.
    public static int index(String name) {
        return TapDevice.indexOf(name);
    }

    private static int require(String name) {
        return Posix.check(index(name), "find the interface '" + name + "'");
    }

    private void begin(short type, short flags, int index, int up) {
        header(type, (short) (NLM_F_REQUEST | NLM_F_ACK | flags));
        interfaceInfo(index, up);
    }

    private void header(short type, short flags) {
        message.fill((byte) 0);
        message.set(ValueLayout.JAVA_SHORT, 4, type);
        message.set(ValueLayout.JAVA_SHORT, 6, flags);
        message.set(ValueLayout.JAVA_INT, 8, 1);
        length = NLMSG_HEADER;
    }

    private void interfaceInfo(int index, int up) {
        message.set(ValueLayout.JAVA_INT, length + 4, index);
        message.set(ValueLayout.JAVA_INT, length + 8, up);
        message.set(ValueLayout.JAVA_INT, length + 12, up);
        length += IFINFOMSG;
    }

    private int attribute(int type, int bytes) {
        message.set(ValueLayout.JAVA_SHORT, length, (short) (4 + bytes));
        message.set(ValueLayout.JAVA_SHORT, length + 2, (short) type);
        int at = length + 4;
        length = at + bytes + 3 & ~3;
        return at;
    }

    private int open(int type) {
        int start = length;
        attribute(type, 0);
        return start;
    }

    private void close(int start) {
        message.set(ValueLayout.JAVA_SHORT, start, (short) (length - start));
    }

    private void text(int type, String text) {
        if (text.isEmpty() || text.length() > TapDevice.MAX_NAME_LENGTH) {
            throw new IllegalArgumentException(
                    "interface name '" + text + "': expected 1 to " + TapDevice.MAX_NAME_LENGTH + " characters");
        }
        message.setString(attribute(type, text.length() + 1), text);
    }

    private void number(int type, int value) {
        message.set(ValueLayout.JAVA_INT, attribute(type, 4), value);
    }

    private void mac(long mac) {
        int at = attribute(IFLA_ADDRESS, 6);
        for (int i = 0; i < 6; i++) {
            message.set(ValueLayout.JAVA_BYTE, at + i, (byte) (mac >>> 40 - 8 * i));
        }
    }

    /// Sends what has been built and reads the answer: 0 or `-errno`.
    private int send(String what) {
        int got = exchange(what);
        if (got < 0) {
            return got;
        }
        return got >= NLMSG_HEADER + 4 && message.get(ValueLayout.JAVA_SHORT, 4) == NLMSG_ERROR
                ? message.get(ValueLayout.JAVA_INT, NLMSG_HEADER)
                : -Errno.EIO;
    }

    /// Sends what has been built; the answer takes its place.
    ///
    /// @return its length, or `-errno`
    private int exchange(String what) {
        message.set(ValueLayout.JAVA_INT, 0, length);
        int socket =
                Posix.check(posix.socket(AF_NETLINK, SOCK_RAW | Posix.O_CLOEXEC, 0), what + ": open a netlink socket");
        try {
            int sent = posix.write(socket, message.address(), length);
            if (sent < 0) {
                return sent;
            }
            return posix.read(socket, message.address(), ROOM);
        } finally {
            posix.close(socket);
        }
    }
}
