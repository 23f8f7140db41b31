package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;

/// What the network of this process's namespace looks like at the moment, by rtnetlink (RFC 3549,
/// linux/rtnetlink.h): where a route leads, what an interface is, whether a neighbour answers. For control, never per
/// frame.
public final class NetworkTables {
    /// Interfaces whose packets begin with an Ethernet header (linux/if_arp.h).
    private static final int ARPHRD_ETHER = 1;

    private static final short RTM_NEWLINK = 16;
    private static final short RTM_GETLINK = 18;
    private static final short RTM_NEWROUTE = 24;
    private static final short RTM_GETROUTE = 26;
    private static final short RTM_NEWNEIGH = 28;
    private static final short RTM_GETNEIGH = 30;
    private static final int IFINFOMSG = 16;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_EXT_MASK = 29;
    private static final int SKIP_STATISTICS = 8;
    private static final int RTMSG = 12;
    private static final int RTM_TYPE = 7;
    private static final int RTN_LOCAL = 2;
    private static final int RTA_DST = 1;
    private static final int RTA_SRC = 2;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int NDMSG = 12;
    private static final int NDA_DST = 1;
    private static final int NUD_FAILED = 0x20;
    private static final int IFF_UP = 1;
    private static final int IFF_LOWER_UP = 0x1_0000;

    private NetworkTables() {}

    /// Where a route leads.
    ///
    /// @param interfaceIndex the interface by which packets leave
    /// @param nextHop        whose link-layer address they bear: a gateway's, or the destination's own
    /// @param local          the destination is this host
    public record Route(int interfaceIndex, InetAddress nextHop, boolean local) {}

    /// An interface.
    ///
    /// @param ethernet its packets have an Ethernet header
    /// @param mtu      bytes of an IP packet
    /// @param up       it is set up
    /// @param carrier  it has a carrier: a cable, or the other end of a pair that is up
    public record Device(int index, String name, boolean ethernet, int mtu, boolean up, boolean carrier) {}

    /// Where packets from one address to another leave.
    ///
    /// @throws PosixException where the network has no way, as the kernel says: ENETUNREACH, EHOSTUNREACH, EINVAL
    public static Route route(InetAddress source, InetAddress destination) {
        String what = "ask for the route from " + source.getHostAddress() + " to " + destination.getHostAddress();
        byte[] bytes = destination.getAddress();
        try (Arena arena = Arena.ofConfined()) {
            RouteNetlink n = new RouteNetlink(arena, new Posix(), RTM_GETROUTE, 0);
            int rtmsg = n.fixed(RTMSG);
            MemorySegment message = n.message();
            message.set(ValueLayout.JAVA_BYTE, rtmsg, (byte) SocketAddresses.family(destination));
            message.set(ValueLayout.JAVA_BYTE, rtmsg + 1, (byte) (8 * bytes.length));
            message.set(ValueLayout.JAVA_BYTE, rtmsg + 2, (byte) (8 * bytes.length));
            n.bytes(RTA_DST, bytes);
            n.bytes(RTA_SRC, source.getAddress());
            int got = answer(n, RTM_NEWROUTE, what);
            int index = n.find(rtmsg + RTMSG, got, RTA_OIF);
            if (index < 0) {
                // A route of a kind that leads nowhere: blackhole, unreachable, prohibit.
                throw new PosixException(what, Errno.ENETUNREACH);
            }
            int gateway = n.find(rtmsg + RTMSG, got, RTA_GATEWAY);
            return new Route(
                    message.get(ValueLayout.JAVA_INT, index),
                    gateway < 0 ? destination : SocketAddresses.address(message, gateway, bytes.length),
                    message.get(ValueLayout.JAVA_BYTE, rtmsg + RTM_TYPE) == RTN_LOCAL);
        }
    }

    /// An interface by its index.
    ///
    /// @throws PosixException ENODEV where it is no more
    public static Device device(int index) {
        String what = "ask for the interface " + index;
        try (Arena arena = Arena.ofConfined()) {
            RouteNetlink n = new RouteNetlink(arena, new Posix(), RTM_GETLINK, 0);
            n.interfaceInfo(index, 0);
            n.number(IFLA_EXT_MASK, SKIP_STATISTICS);
            int got = answer(n, RTM_NEWLINK, what);
            MemorySegment message = n.message();
            int at = RouteNetlink.NLMSG_HEADER;
            int name = n.find(at + IFINFOMSG, got, IFLA_IFNAME);
            int mtu = n.find(at + IFINFOMSG, got, IFLA_MTU);
            int flags = message.get(ValueLayout.JAVA_INT, at + 8);
            return new Device(
                    index,
                    name < 0 ? Integer.toString(index) : message.getString(name),
                    message.get(ValueLayout.JAVA_SHORT, at + 2) == ARPHRD_ETHER,
                    mtu < 0 ? 0 : message.get(ValueLayout.JAVA_INT, mtu),
                    (flags & IFF_UP) != 0,
                    (flags & IFF_LOWER_UP) != 0);
        }
    }

    /// Whether a neighbour was asked for its link-layer address lately, and did not answer.
    public static boolean isSilent(int interfaceIndex, InetAddress neighbour) {
        try (Arena arena = Arena.ofConfined()) {
            RouteNetlink n = new RouteNetlink(arena, new Posix(), RTM_GETNEIGH, 0);
            int ndmsg = n.fixed(NDMSG);
            MemorySegment message = n.message();
            message.set(ValueLayout.JAVA_BYTE, ndmsg, (byte) SocketAddresses.family(neighbour));
            message.set(ValueLayout.JAVA_INT, ndmsg + 4, interfaceIndex);
            n.bytes(NDA_DST, neighbour.getAddress());
            int got = n.exchange("ask for the neighbour " + neighbour.getHostAddress());
            // None is known where nobody has sent anything to it; kernels before 5.0 cannot be asked for one.
            return got > 0
                    && message.get(ValueLayout.JAVA_SHORT, 4) == RTM_NEWNEIGH
                    && (message.get(ValueLayout.JAVA_SHORT, ndmsg + 8) & NUD_FAILED) != 0;
        }
    }

    private static int answer(RouteNetlink n, short expected, String what) {
        int got = Posix.check(n.exchange(what), what);
        if (n.message().get(ValueLayout.JAVA_SHORT, 4) != expected) {
            throw new PosixException(what, -n.verdict(got));
        }
        return got;
    }
}
