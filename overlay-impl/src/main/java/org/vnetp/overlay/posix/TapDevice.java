package org.vnetp.overlay.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/// Opens and sets up TAP devices (linux/if_tun.h), also in another network namespace. Set-up only.
public final class TapDevice {
    /// linux/if.h: 15 characters and a zero byte.
    public static final int MAX_NAME_LENGTH = 15;

    /// What the kernel may hand out as superframes.
    public enum Offload {
        /// Ordinary frames with complete checksums.
        NONE(0),
        /// Unfinished checksums, TCP superframes.
        TCP(0x7),
        /// UDP superframes as well (Linux 6.2 and later).
        TCP_UDP(0x67),
        /// Also both inside UDP tunnels of the guest's own, with or without the tunnel's checksum (Linux 6.17 and
        /// later); the virtio_net_hdr then has 24 bytes.
        TUNNELS(0x1e7);

        private final int bits;

        Offload(int bits) {
            this.bits = bits;
        }
    }

    /// An open TAP: one descriptor a queue, all non-blocking; the caller closes it.
    ///
    /// @param ring frames of the guest that may wait for the reader, or 0 for the kernel's default
    public record Opened(int[] descriptors, Offload offload, String name, int ring) {
        /// Closes the descriptors.
        public void close() {
            Posix posix = new Posix();
            for (int fd : descriptors) {
                posix.close(fd);
            }
        }
    }

    /// What is asked for.
    ///
    /// @param namespace path of a network namespace (`/run/netns/x`), or null for this process's own
    /// @param mac       48 bits, or -1 for what the kernel gives
    /// @param mtu       bytes, or 0 for the kernel's default
    /// @param gsoMax    most bytes of a superframe, or 0 for the kernel's default
    /// @param ring      frames of the guest that may wait for the reader, or 0 for the kernel's default; where the
    ///                  kernel cannot push back ([#pushBack]) its default stays
    /// @param persist   the device outlives this process
    /// @param up        set the interface up
    public record Request(
            String name,
            String namespace,
            int queues,
            long mac,
            int mtu,
            int gsoMax,
            int ring,
            boolean persist,
            boolean up,
            boolean napi,
            boolean offloads) {}

    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNSETPERSIST = 0x400454cbL;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    private static final long TUNSETSNDBUF = 0x400454d4L;
    private static final long TUNSETFILTEREBPF = 0x800454e1L;
    private static final long TUNSETVNETHDRSZ = 0x400454d8L;
    private static final long TUNSETQUEUE = 0x400454d9L;
    private static final short IFF_ATTACH_QUEUE = 0x200;
    private static final short IFF_DETACH_QUEUE = 0x400;
    private static final int IFF_TAP = 0x2;
    private static final int IFF_NAPI = 0x10;
    private static final int IFF_MULTI_QUEUE = 0x100;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final int IFREQ_LENGTH = 40;
    private static final int IFREQ_UNION = 16;
    private static final long SIOCGIFFLAGS = 0x8913;
    private static final long SIOCSIFFLAGS = 0x8914;
    private static final long SIOCGIFMTU = 0x8921;
    private static final long SIOCSIFMTU = 0x8922;
    private static final long SIOCSIFHWADDR = 0x8924;
    private static final long SIOCGIFHWADDR = 0x8927;
    private static final long SIOCGIFINDEX = 0x8933;
    private static final short ARPHRD_ETHER = 1;
    // linux/netdevice.h
    private static final String NET_ADDR_RANDOM = "1";
    private static final String NET_ADDR_SET = "3";

    private static final short IFF_UP = 1;
    /// In place of a program's descriptor.
    public static final int NO_PROGRAM = -1;

    private static final int SOCK_DGRAM = 2;

    // Lengths of the virtio_net_hdr, without and with the offsets of tunnels (linux/virtio_net.h).
    private static final int HEADER = 12;
    private static final int TUNNEL_HEADER = 24;

    // linux/rtnetlink.h
    private static final short RTM_SETLINK = 19;
    private static final short IFLA_TXQLEN = 13;
    private static final short IFLA_GSO_MAX_SIZE = 41;
    private static final short RTM_NEWQDISC = 36;
    private static final int TCMSG = 20;
    private static final short TCA_KIND = 1;
    private static final int TC_H_ROOT = -1;

    private TapDevice() {}

    /// Opens the device, made where it does not exist.
    ///
    /// @throws PosixException naming the device and what failed; nothing stays behind then
    public static Opened open(Request request) {
        return NetworkNamespace.inside(request.namespace(), posix -> openHere(posix, request));
    }

    /// Lets the kernel hand frames to a queue of a device with several, or not: a queue that nobody reads would keep
    /// the flows that hash to it.
    public static void use(int descriptor, boolean used) {
        Posix posix = new Posix();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ifreq = arena.allocate(IFREQ_LENGTH, 8);
            ifreq.set(ValueLayout.JAVA_SHORT, IFREQ_UNION, used ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE);
            int result = posix.ioctl(descriptor, TUNSETQUEUE, ifreq.address());
            // EINVAL: it is so already.
            if (result != -Errno.EINVAL) {
                Posix.check(result, used ? "attach a queue of a TAP device" : "detach a queue of a TAP device");
            }
        }
    }

    /// Lets a program see what the guest sends at a TAP, before it waits for the reader: it tells how much of a
    /// frame is kept, 0 for none. The frame is then dropped as by a full ring.
    ///
    /// @param descriptor of one of the TAP's queues
    /// @param program    a socket filter's descriptor, or [#NO_PROGRAM]
    public static void filter(int descriptor, int program) {
        Posix.check(new Posix().ioctlInt(descriptor, TUNSETFILTEREBPF, program), "set a BPF program at a TAP device");
    }

    /// Changes how many frames of the guest may wait for the reader; those that wait already stay.
    public static void ring(String namespace, String name, int frames) {
        NetworkNamespace.inside(namespace, posix -> {
            try (Arena arena = Arena.ofConfined()) {
                queueLength(posix, arena, name, frames, "set txqueuelen of '" + name + "' to " + frames);
                return null;
            }
        });
    }

    /// Changes the MTU of an interface in a namespace.
    public static void mtu(String namespace, String name, int mtu) {
        NetworkNamespace.inside(namespace, posix -> {
            try (Arena arena = Arena.ofConfined()) {
                return interfaceRequest(posix, arena, name, SIOCSIFMTU, mtu, "set the MTU of '" + name + "' to " + mtu);
            }
        });
    }

    /// Sets the largest superframe that the kernel hands out, bytes; connections already open keep the old limit.
    public static void superframeLimit(String namespace, String name, int bytes) {
        NetworkNamespace.inside(namespace, posix -> {
            try (Arena arena = Arena.ofConfined()) {
                limitSuperframes(posix, arena, name, bytes);
                return null;
            }
        });
    }

    /// The MTU of an interface in a namespace, bytes.
    public static int mtu(String namespace, String name) {
        return NetworkNamespace.inside(namespace, posix -> {
            try (Arena arena = Arena.ofConfined()) {
                return ask(posix, arena, name, SIOCGIFMTU, "ask the MTU of '" + name + "'")
                        .get(ValueLayout.JAVA_INT, IFREQ_UNION);
            }
        });
    }

    /// The MAC address of an interface in a namespace.
    public static long mac(String namespace, String name) {
        return NetworkNamespace.inside(namespace, posix -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment answer = ask(posix, arena, name, SIOCGIFHWADDR, "ask the MAC address of '" + name + "'");
                long mac = 0;
                for (int i = 0; i < 6; i++) {
                    mac = mac << 8 | Byte.toUnsignedLong(answer.get(ValueLayout.JAVA_BYTE, IFREQ_UNION + 2 + i));
                }
                return mac;
            }
        });
    }

    /// Whether a namespace has an interface of a name.
    public static boolean exists(String namespace, String name) {
        return NetworkNamespace.inside(namespace, _ -> indexOf(name)) > 0;
    }

    /// Whether the kernel has drawn the address of an interface, which it tells of this process's namespace only
    /// (sysfs, addr_assign_type).
    public static boolean isDrawnMac(String namespace, String name) {
        return addressIs(NET_ADDR_RANDOM, namespace, name);
    }

    /// Whether somebody has given an interface its address, which the kernel tells of this process's namespace only.
    public static boolean isGivenMac(String namespace, String name) {
        return addressIs(NET_ADDR_SET, namespace, name);
    }

    private static boolean addressIs(String type, String namespace, String name) {
        try {
            return namespace == null
                    && Files.readString(Path.of("/sys/class/net", name, "addr_assign_type"))
                            .strip()
                            .equals(type);
        } catch (IOException e) {
            return false;
        }
    }

    private static Opened openHere(Posix posix, Request request) {
        int[] descriptors = new int[request.queues()];
        java.util.Arrays.fill(descriptors, -1);
        Offload offload = Offload.NONE;
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < descriptors.length; i++) {
                descriptors[i] = Posix.check(
                        posix.open("/dev/net/tun", Posix.O_RDWR | Posix.O_NONBLOCK | Posix.O_CLOEXEC),
                        "open /dev/net/tun for the NIC '" + request.name() + "'");
                MemorySegment ifreq = ifreq(arena, request.name());
                int flags = IFF_TAP
                        | IFF_NO_PI
                        | IFF_VNET_HDR
                        | (descriptors.length > 1 ? IFF_MULTI_QUEUE : 0)
                        | (request.napi() ? IFF_NAPI : 0);
                ifreq.set(ValueLayout.JAVA_SHORT, IFREQ_UNION, (short) flags);
                Posix.check(
                        posix.ioctl(descriptors[i], TUNSETIFF, ifreq.address()),
                        "attach to the TAP device '" + request.name() + "'");
                Posix.check(
                        posix.ioctlInt(descriptors[i], TUNSETVNETHDRSZ, HEADER),
                        "set the virtio_net_hdr of '" + request.name() + "' to 12 bytes");
            }
            offload = offload(posix, descriptors[0], request.offloads());
            // How much the TAP may have in flight towards the guest before a write fails; the kernel's default is
            // INT_MAX.
            posix.ioctlInt(descriptors[0], TUNSETSNDBUF, Integer.MAX_VALUE);
            String what = "set up the TAP device '" + request.name() + "': ";
            if (request.persist()) {
                Posix.check(posix.ioctl(descriptors[0], TUNSETPERSIST, 1), what + "persist");
            }
            if (request.mac() >= 0) {
                setMac(posix, arena, request);
            }
            if (request.mtu() > 0) {
                interfaceRequest(
                        posix, arena, request.name(), SIOCSIFMTU, request.mtu(), what + "mtu " + request.mtu());
            }
            int ring = 0;
            if (request.ring() > 0 && pushBack(posix, arena, request.name())) {
                ring = request.ring();
                queueLength(posix, arena, request.name(), ring, what + "txqueuelen " + ring);
            }
            if (request.gsoMax() > 0) {
                limitSuperframes(posix, arena, request.name(), request.gsoMax());
            }
            if (request.up()) {
                short flags = ask(posix, arena, request.name(), SIOCGIFFLAGS, what + "flags")
                        .get(ValueLayout.JAVA_SHORT, IFREQ_UNION);
                interfaceRequest(posix, arena, request.name(), SIOCSIFFLAGS, flags | IFF_UP, what + "up");
            }
            return new Opened(descriptors, offload, request.name(), ring);
        } catch (RuntimeException e) {
            for (int fd : descriptors) {
                if (fd >= 0) {
                    posix.close(fd);
                }
            }
            throw e;
        }
    }

    private static Offload offload(Posix posix, int fd, boolean wanted) {
        Offload got = Offload.NONE;
        if (wanted) {
            for (Offload more : new Offload[] {Offload.TCP, Offload.TCP_UDP}) {
                if (posix.ioctl(fd, TUNSETOFFLOAD, more.bits) < 0) {
                    break;
                }
                got = more;
            }
            if (got == Offload.TCP_UDP && tunnels(posix, fd)) {
                got = Offload.TUNNELS;
            }
        }
        if (got == Offload.NONE) {
            posix.ioctl(fd, TUNSETOFFLOAD, 0);
        }
        return got;
    }

    private static boolean tunnels(Posix posix, int fd) {
        if (posix.ioctlInt(fd, TUNSETVNETHDRSZ, TUNNEL_HEADER) < 0) {
            return false;
        }
        if (posix.ioctl(fd, TUNSETOFFLOAD, Offload.TUNNELS.bits) >= 0) {
            return true;
        }
        Posix.check(posix.ioctlInt(fd, TUNSETVNETHDRSZ, HEADER), "set the virtio_net_hdr to 12 bytes");
        return false;
    }

    private static void setMac(Posix posix, Arena arena, Request request) {
        MemorySegment ifreq = ifreq(arena, request.name());
        ifreq.set(ValueLayout.JAVA_SHORT, IFREQ_UNION, ARPHRD_ETHER);
        writeMac(ifreq, IFREQ_UNION + 2, request.mac());
        call(posix, SIOCSIFHWADDR, ifreq, "set the MAC address of '" + request.name() + "'");
    }

    /// Writes an address of 48 bits as it stands in a frame.
    static void writeMac(MemorySegment segment, long at, long mac) {
        for (int i = 0; i < 6; i++) {
            segment.set(ValueLayout.JAVA_BYTE, at + i, (byte) (mac >>> (40 - 8 * i)));
        }
    }

    private static int interfaceRequest(Posix posix, Arena arena, String name, long request, int value, String what) {
        MemorySegment ifreq = ifreq(arena, name);
        ifreq.set(ValueLayout.JAVA_INT, IFREQ_UNION, value);
        call(posix, request, ifreq, what);
        return 0;
    }

    private static MemorySegment ask(Posix posix, Arena arena, String name, long request, String what) {
        MemorySegment ifreq = ifreq(arena, name);
        call(posix, request, ifreq, what);
        return ifreq;
    }

    private static void call(Posix posix, long request, MemorySegment ifreq, String what) {
        int socket = Posix.check(posix.socket(SocketAddresses.AF_INET, SOCK_DGRAM | Posix.O_CLOEXEC, 0), what);
        try {
            Posix.check(posix.ioctl(socket, request, ifreq.address()), what);
        } finally {
            posix.close(socket);
        }
    }

    private static MemorySegment ifreq(Arena arena, String name) {
        MemorySegment ifreq = arena.allocate(IFREQ_LENGTH, 8);
        ifreq.setString(0, checkName(name));
        return ifreq;
    }

    /// The name, once it is one that the kernel can take.
    static String checkName(String name) {
        if (name.isEmpty() || name.length() > MAX_NAME_LENGTH) {
            throw new IllegalArgumentException(
                    "interface name '" + name + "': expected 1 to " + MAX_NAME_LENGTH + " characters");
        }
        return name;
    }

    /// Asks by rtnetlink (RFC 3549) that the guest makes no longer superframes; a kernel that cannot leaves its
    /// default.
    private static void limitSuperframes(Posix posix, Arena arena, String name, int bytes) {
        RouteNetlink request = new RouteNetlink(arena, posix, RTM_SETLINK, RouteNetlink.NLM_F_ACK);
        request.interfaceInfo(index(name), 0);
        request.number(IFLA_GSO_MAX_SIZE, bytes);
        request.send("limit the superframes of '" + name + "'");
    }

    /// Sets how many frames of the guest may wait, by rtnetlink: the ioctl wants the machine's own CAP_NET_ADMIN, which
    /// root of a user namespace has not.
    private static void queueLength(Posix posix, Arena arena, String name, int frames, String what) {
        RouteNetlink request = new RouteNetlink(arena, posix, RTM_SETLINK, RouteNetlink.NLM_F_ACK);
        request.interfaceInfo(index(name), 0);
        request.number(IFLA_TXQLEN, frames);
        Posix.check(request.send(what), what);
    }

    /// Takes the queueing discipline off the interface, so that the guest's TCP hears at once when the ring is full:
    /// it then slows down as for a congestion mark, and nothing is lost. With a discipline in between, frames for a
    /// full ring are lost without a word.
    ///
    /// @return false, and nothing changed, where the kernel refuses
    private static boolean pushBack(Posix posix, Arena arena, String name) {
        RouteNetlink request = new RouteNetlink(
                arena,
                posix,
                RTM_NEWQDISC,
                RouteNetlink.NLM_F_ACK | RouteNetlink.NLM_F_CREATE | RouteNetlink.NLM_F_REPLACE);
        int tcmsg = request.fixed(TCMSG);
        request.message().set(ValueLayout.JAVA_INT, tcmsg + 4, index(name));
        request.message().set(ValueLayout.JAVA_INT, tcmsg + 12, TC_H_ROOT);
        request.text(TCA_KIND, "noqueue");
        return request.send("take the queueing discipline off '" + name + "'") == 0;
    }

    /// The index of an interface of this process's namespace, or `-errno`.
    static int indexOf(String name) {
        Posix posix = new Posix();
        int socket = posix.socket(SocketAddresses.AF_INET, SOCK_DGRAM | Posix.O_CLOEXEC, 0);
        if (socket < 0) {
            return socket;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ifreq = ifreq(arena, name);
            int result = posix.ioctl(socket, SIOCGIFINDEX, ifreq.address());
            return result < 0 ? result : ifreq.get(ValueLayout.JAVA_INT, IFREQ_UNION);
        } finally {
            posix.close(socket);
        }
    }

    private static int index(String name) {
        return Posix.check(indexOf(name), "ask the index of '" + name + "'");
    }
}
