package org.vnetp.overlay;

import java.util.HashMap;
import java.util.Map;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;

/// What the kernel dropped at the node's own interfaces and sockets, before a loop saw it. The kernel counts from a
/// device's beginning; here it becomes the port's and the reason's count, so that what a guest sent is what came out
/// plus what was dropped.
///
/// **Thread:** control's; the counters may be read by anyone.
final class OutsideDrops {
    private static final int NO_PORT = -1;

    private final LoopStatistics statistics = new LoopStatistics("outside", 16);
    private final Map<Source, Long> seen = new HashMap<>();

    /// @param device what counts: another one of the same port begins anew
    private record Source(int port, DropReason reason, Object device) {}

    /// The port's id is given to another NIC or link: its counters start at 0 again.
    void resetPort(int port) {
        statistics.resetPort(port);
        seen.keySet().removeIf(source -> source.port() == port);
    }

    /// What a device counted before it was the port's is not the node's.
    void begin(int port, DropReason reason, Object device, long count) {
        seen.keySet().removeIf(source -> source.port() == port && source.device() != device);
        seen.put(new Source(port, reason, device), count);
    }

    /// The kernel's count as it is now, of a device that is no port's: the listening socket.
    void count(DropReason reason, Object device, long count) {
        seen.keySet().removeIf(source -> source.port() == NO_PORT && source.device() != device);
        Long before = seen.put(new Source(NO_PORT, reason, device), count);
        statistics.drops().add(reason, Math.max(0, count - (before == null ? 0 : before)));
    }

    /// The kernel's count as it is now.
    ///
    /// @param in dropped on the way into the node
    void count(int port, DropReason reason, Object device, long count, boolean in) {
        Source source = new Source(port, reason, device);
        long more = count - seen.getOrDefault(source, 0L);
        seen.put(source, count);
        if (more > 0) {
            statistics.drops().add(reason, more);
            statistics.port(port).add(in ? PortCounter.DROPS_IN : PortCounter.DROPS_OUT, more);
        }
    }

    LoopStatistics statistics() {
        return statistics;
    }
}
