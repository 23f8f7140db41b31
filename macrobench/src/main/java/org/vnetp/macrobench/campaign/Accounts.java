package org.vnetp.macrobench.campaign;

import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;

/// What a run cost and moved, out of the counters around it.
public final class Accounts {
    private Accounts() {}

    /// Records bytes, frames and CPU time; what the nodes counted where there are nodes.
    ///
    /// @param moved between the start and the end of the run, by the fabric under test
    public static void record(Run run, Counters moved) {
        run.value(Metrics.BYTES_ON_WIRE, moved.underlayBytes());
        run.value(Metrics.FRAMES_ON_WIRE, moved.underlayFrames());
        run.value(Metrics.BYTES_ON_FABRIC, moved.endpointBytes());
        run.value(Metrics.FRAMES_ON_FABRIC, moved.endpointFrames());
        run.value(Metrics.CPU_NODES, moved.nodeCpuSeconds());
        if (!moved.guests().isEmpty()) {
            run.value(Metrics.CPU_GUESTS, moved.guestCpuSeconds());
        }
        moved.ringWork().ifPresent(work -> {
            run.value(Metrics.RING_FRAMES, moved.ringFrames());
            run.value(Metrics.KICKS, work.kicks());
            run.value(Metrics.GUEST_CALLS, work.wakes());
        });
        run.value(Metrics.SOFTIRQ, moved.softirqSeconds());
        if (Double.isFinite(moved.retransmits())) {
            run.value(Metrics.RETRANSMITS, moved.retransmits());
        }
        moved.nodeWork().ifPresent(work -> {
            run.value(Metrics.NODE_BYTES, work.bytesTaken());
            run.value(Metrics.NODE_FRAMES, work.framesTaken());
            run.value(Metrics.NODE_DATAGRAMS, work.datagrams());
            run.value(Metrics.NODE_DROPS, work.drops() + moved.forwarderDrops());
            run.value(Metrics.NODE_CALLS, work.calls());
            run.value(Metrics.NODE_WAITS, work.waits());
        });
    }
}
