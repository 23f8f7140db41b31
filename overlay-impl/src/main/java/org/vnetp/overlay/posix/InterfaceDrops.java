package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What the kernel dropped at an interface since the interface was made (rtnetlink's RTM_GETSTATS, linux/if_link.h,
/// struct rtnl_link_stats64).
///
/// @param received frames that it should have handed to its own network stack
/// @param sent     frames that its own network stack sent, and that did not leave: at a TAP those for a full ring
public record InterfaceDrops(long received, long sent) {
    private static final short RTM_NEWSTATS = 92;
    private static final short RTM_GETSTATS = 94;
    private static final int IF_STATS_MSG = 12;
    private static final int IFLA_STATS_LINK_64 = 1;
    private static final int RX_DROPPED = 6 * Long.BYTES;
    private static final int TX_DROPPED = 7 * Long.BYTES;

    /// Asks for an interface in a namespace.
    ///
    /// @param namespace path of a network namespace, or null for this process's own
    /// @throws PosixException naming the interface, where it is not there or the kernel does not tell
    public static InterfaceDrops of(String namespace, String name) {
        return NetworkNamespace.inside(namespace, posix -> ask(posix, name));
    }

    private static InterfaceDrops ask(Posix posix, String name) {
        String what = "ask what was dropped at '" + name + "'";
        try (Arena arena = Arena.ofConfined()) {
            RouteNetlink n = new RouteNetlink(arena, posix, RTM_GETSTATS, 0);
            MemorySegment message = n.message();
            int fixed = n.fixed(IF_STATS_MSG);
            message.set(ValueLayout.JAVA_INT, fixed + 4, VethPair.require(name));
            message.set(ValueLayout.JAVA_INT, fixed + 8, 1 << IFLA_STATS_LINK_64 - 1);
            int got = Posix.check(n.exchange(what), what);
            if (message.get(ValueLayout.JAVA_SHORT, 4) != RTM_NEWSTATS) {
                throw new PosixException(what, -n.verdict(got));
            }
            int at = n.find(fixed + IF_STATS_MSG, got, IFLA_STATS_LINK_64);
            if (at < 0 || at + TX_DROPPED + Long.BYTES > got) {
                throw new PosixException(what, Errno.EOPNOTSUPP);
            }
            return new InterfaceDrops(
                    message.get(ValueLayout.JAVA_LONG_UNALIGNED, at + RX_DROPPED),
                    message.get(ValueLayout.JAVA_LONG_UNALIGNED, at + TX_DROPPED));
        }
    }
}
