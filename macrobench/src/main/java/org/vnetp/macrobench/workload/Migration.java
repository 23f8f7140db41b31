package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Traveller;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// How long a guest cannot be reached while it moves from host b to host c under a stream of datagrams from host a,
/// sent by a schedule whatever becomes of them. The outage is the longest time between two that arrived and between
/// which the guest moved, less the time between two that were sent. What a busy machine does to the stream without
/// a move is told beside it, as the longest time before.
///
/// Of a guest that is a namespace it is the network's part of a live migration ([Traveller]): the NIC with its MAC and
/// IP address goes to another host, and the overlay learns of it at run time. Copying memory is no part of it. A
/// virtual machine moves whole ([MovedMachine]).
final class Migration implements Workload {
    private static final int FROM = 1;
    private static final int TO = 2;
    private static final String PORT = "7009";
    private static final double WARM_UP_SECONDS = 0.4;
    private static final double BEFORE_SHARE = 0.4; // of the time, before the guest moves
    private static final long IN_FLIGHT_MS = 100;
    /// Of the last tenth of the datagrams so many must have arrived, for the guest to count as reached again.
    private static final double RESUMED = 0.5;

    @Override
    public String name() {
        return "migration";
    }

    @Override
    public Metric primary() {
        return Metrics.OUTAGE;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.of("rate", "2000"));
    }

    @Override
    public int hosts() {
        return TO + 1;
    }

    @Override
    public boolean needsOurHosts() {
        return true;
    }

    @Override
    public boolean byDefault() {
        return false;
    }

    @Override
    public Duration overhead() {
        return Duration.ofMillis(2_500);
    }

    @Override
    public List<Need> needs() {
        return Need.ofOurs();
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        int rate = Integer.parseInt(setup.params().get("rate"));
        int count = (int) Math.round(rate * setup.seconds());
        Traveller there;
        try {
            there = setup.fabric().traveller(FROM);
        } catch (UnsupportedOperationException e) {
            run.ended(Status.SKIPPED, "not applicable: " + e.getMessage());
            return null;
        }
        try (Traveller traveller = there) {
            if (!traveller.longestMove().isZero()) {
                MovedMachine.measure(setup, run, traveller, TO);
                return Moved.NOTHING;
            }
            Endpoint guest = traveller.endpoint();
            try (Talk watch = NumberedStream.watch(setup, guest, PORT, count + 1);
                    Talk source = NumberedStream.source(setup, setup.client(), guest, PORT)) {
                NumberedStream.begin(watch, source, rate, WARM_UP_SECONDS, setup.seconds());
                Thread.sleep(Math.round(1000 * BEFORE_SHARE * setup.seconds()));
                NumberedStream.mark(watch);
                long start = System.nanoTime();
                traveller.moveTo(TO);
                run.value(Metrics.MOVE_TIME, (System.nanoTime() - start) / 1e6);
                NumberedStream.unmark(watch);
                double sent = NumberedStream.sent(source, setup.seconds());
                Thread.sleep(IN_FLIGHT_MS);
                record(run, rate, sent, NumberedStream.came(watch, sent));
            }
            // The guest has no other interface than the fabric's, so what arrived came that way.
            return Moved.NOTHING;
        }
    }

    static void record(Run run, double rate, double sent, Map<String, Double> came) {
        run.value(Metrics.SENT, sent);
        run.value(Metrics.LOSSES, came.get("lost"));
        if (came.containsKey("reordered")) {
            run.value(Metrics.REPEATED, came.get("repeated"));
            run.value(Metrics.REORDERED, came.get("reordered"));
        }
        run.value(Metrics.GAP_BEFORE, Math.max(0, came.get("before") / 1e6 - 1e3 / rate));
        if (came.get("last") < RESUMED) {
            run.ended(
                    Status.FAILED,
                    "the guest was not reached again: of the last tenth of the datagrams "
                            + Math.round(100 * came.get("last")) + " % arrived");
            return;
        }
        run.value(Metrics.OUTAGE, Math.max(0, came.get("longest") / 1e6 - 1e3 / rate));
    }
}
