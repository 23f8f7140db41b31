package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/// Makes a pair of virtual Ethernet interfaces by rtnetlink (RFC 3549, linux/rtnetlink.h): one end here, the other
/// in a guest's network namespace. Set-up only.
public final class VethPair {
    private static final short RTM_NEWLINK = 16;
    private static final short RTM_DELLINK = 17;
    private static final short RTM_GETLINK = 18;
    private static final short RTM_SETLINK = 19;
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_LINK = 5;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_AF_SPEC = 26;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int VETH_INFO_PEER = 1;
    private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    private static final byte ADDR_GEN_NONE = 1;
    private static final int IFF_UP = 1;

    private VethPair() {}

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
            Posix posix = new Posix();
            int fd = Posix.check(
                    posix.open(namespace, Posix.O_RDONLY | Posix.O_CLOEXEC),
                    "open the network namespace '" + namespace + "'");
            try {
                RouteNetlink n = new RouteNetlink(
                        arena,
                        posix,
                        RTM_NEWLINK,
                        RouteNetlink.NLM_F_ACK | RouteNetlink.NLM_F_CREATE | RouteNetlink.NLM_F_EXCL);
                n.interfaceInfo(0, 0);
                n.text(IFLA_IFNAME, TapDevice.checkName(host));
                n.number(IFLA_MTU, mtu);
                int info = n.open(IFLA_LINKINFO);
                n.text(IFLA_INFO_KIND, "veth");
                int data = n.open(IFLA_INFO_DATA);
                int peer = n.open(VETH_INFO_PEER);
                n.interfaceInfo(0, 0);
                n.text(IFLA_IFNAME, TapDevice.checkName(guest));
                n.number(IFLA_MTU, mtu);
                n.number(IFLA_NET_NS_FD, fd);
                if (mac >= 0) {
                    TapDevice.writeMac(n.message(), n.attribute(IFLA_ADDRESS, 6), mac);
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
                posix.close(fd);
            }
        }
        try {
            // An end without its other end cannot be up, so this is a step of its own.
            NetworkNamespace.inside(namespace, _ -> {
                up(guest);
                return null;
            });
        } catch (RuntimeException e) {
            delete(host);
            throw e;
        }
        return true;
    }

    /// Whether two interfaces are the ends of one pair.
    ///
    /// @param host      in this namespace
    /// @param guest     in `namespace`; it need not be there
    /// @throws PosixException where the kernel does not tell
    public static boolean joins(String host, String guest, String namespace) {
        int end = index(host);
        String what = "ask what '" + guest + "' in '" + namespace + "' is joined to";
        return NetworkNamespace.inside(namespace, posix -> {
            int other = index(guest);
            if (other <= 0) {
                return false;
            }
            try (Arena arena = Arena.ofConfined()) {
                RouteNetlink n = new RouteNetlink(arena, posix, RTM_GETLINK, 0);
                n.interfaceInfo(other, 0);
                int fixed = n.length();
                int got = Posix.check(n.exchange(what), what);
                if (n.message().get(ValueLayout.JAVA_SHORT, 4) != RTM_NEWLINK) {
                    throw new PosixException(what, -n.verdict(got));
                }
                int at = n.find(fixed, got, IFLA_LINK);
                return at >= 0 && n.message().get(ValueLayout.JAVA_INT, at) == end;
            }
        });
    }

    /// Sets an interface of this namespace up that carries frames of others: it gets no address of its own.
    public static void enable(String name) {
        try (Arena arena = Arena.ofConfined()) {
            RouteNetlink n = change(arena, RTM_SETLINK, require(name), 0);
            int families = n.open(IFLA_AF_SPEC);
            int ipv6 = n.open(SocketAddresses.AF_INET6);
            int at = n.attribute(IFLA_INET6_ADDR_GEN_MODE, 1);
            n.message().set(ValueLayout.JAVA_BYTE, at, ADDR_GEN_NONE);
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
            Posix.check(change(arena, RTM_SETLINK, require(name), IFF_UP).send(what), what);
        }
    }

    /// Puts the host's end into the guest's namespace, down, where it waits for the node that the guest comes to next:
    /// a pair whose one end is deleted is gone whole, and with it the guest's addresses and connections.
    ///
    /// @param parked its name there
    /// @throws PosixException naming what failed; the end is where it was then
    public static void park(String host, String namespace, String parked) {
        String what = "put '" + host + "' into '" + namespace + "'";
        Posix posix = new Posix();
        int fd = Posix.check(posix.open(namespace, Posix.O_RDONLY | Posix.O_CLOEXEC), what);
        try {
            move(require(host), fd, parked, what);
        } finally {
            posix.close(fd);
        }
    }

    /// Takes the host's end out of the guest's namespace, if [#park] put it there.
    ///
    /// @param parked its name there
    /// @param host   its name here
    /// @return whether it was there, and is here now, down
    /// @throws PosixException naming what failed; the end is where it was then
    public static boolean unpark(String parked, String namespace, String host) {
        String what = "take '" + parked + "' out of '" + namespace + "'";
        Posix posix = new Posix();
        int fd = Posix.check(posix.open("/proc/thread-self/ns/net", Posix.O_RDONLY | Posix.O_CLOEXEC), what);
        try {
            return NetworkNamespace.inside(namespace, _ -> {
                int index = index(parked);
                if (index > 0) {
                    move(index, fd, host, what);
                }
                return index > 0;
            });
        } finally {
            posix.close(fd);
        }
    }

    private static void move(int index, int namespace, String name, String what) {
        try (Arena arena = Arena.ofConfined()) {
            RouteNetlink n = change(arena, RTM_SETLINK, index, 0);
            n.number(IFLA_NET_NS_FD, namespace);
            n.text(IFLA_IFNAME, TapDevice.checkName(name));
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
            int result = change(arena, RTM_DELLINK, index, 0).send("remove '" + name + "'");
            if (result != -Errno.ENODEV) {
                Posix.check(result, "remove '" + name + "'");
            }
        }
    }

    /// The index of an interface of this namespace, or `-errno`.
    public static int index(String name) {
        return TapDevice.indexOf(name);
    }

    /// The same.
    ///
    /// @throws PosixException naming the interface that is not there
    public static int require(String name) {
        return Posix.check(index(name), "find the interface '" + name + "'");
    }

    /// A request that changes an interface.
    private static RouteNetlink change(Arena arena, short type, int index, int flags) {
        RouteNetlink n = new RouteNetlink(arena, new Posix(), type, RouteNetlink.NLM_F_ACK);
        n.interfaceInfo(index, flags);
        return n;
    }
}
