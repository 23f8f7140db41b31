package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// How long two guests do not reach each other whose way dies without a word: frames between two hosts vanish under a
/// stream of numbered datagrams from host b to host c, sent by a schedule. The outage is the longest time between two
/// that arrived, less the time between two that were sent. A fabric that does not route around never gets any again,
/// and its run fails with that reason.
///
/// `dies=direct` is the link between b and c; `dies=hub` that between b and the first host, for stars.
final class Failover implements Workload {
    private static final int HOSTS = 4;
    private static final int FROM = 1;
    private static final int TO = 2;
    private static final String PORT = "7013";
    private static final int RATE = 2000;
    private static final double WARM_UP_SECONDS = 1;
    private static final double BEFORE_SECONDS = 4;
    private static final double SECONDS = 14;
    private static final long IN_FLIGHT_MS = 200;

    @Override
    public String name() {
        return "failover";
    }

    @Override
    public Metric primary() {
        return Metrics.OUTAGE;
    }

    @Override
    public boolean busy() {
        return false;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.of("dies", "direct"), Params.of("dies", "hub"));
    }

    @Override
    public int hosts() {
        return HOSTS;
    }

    @Override
    public boolean needsOurHosts() {
        return true; // their links are made to die
    }

    @Override
    public boolean byDefault() {
        return false;
    }

    @Override
    public Duration overhead() {
        return Duration.ofMillis(Math.round(1000 * SECONDS) + 8_000);
    }

    @Override
    public List<Need> needs() {
        return Need.ofOurs();
    }

    /// Links that a controller had added before go with what they counted.
    @Override
    public void prepare(Fabric fabric) {
        fabric.restartAdapter();
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        run.value(Metrics.OUTAGE, Double.NaN);
        boolean hub = setup.params().get("dies").equals("hub");
        int other = hub ? 0 : TO;
        List<Endpoint> all = setup.fabric().endpoints();
        Endpoint guest = all.get(TO);
        try (Talk watch = NumberedStream.watch(setup, guest, PORT, (int) (RATE * SECONDS) + 1);
                Talk source = NumberedStream.source(setup, all.get(FROM), guest, PORT)) {
            NumberedStream.begin(watch, source, RATE, WARM_UP_SECONDS, SECONDS);
            Thread.sleep(Math.round(1000 * BEFORE_SECONDS));
            NumberedStream.mark(watch);
            Instant cause = Instant.now();
            double sent;
            try {
                setup.fabric().silence(FROM, other, true);
                sent = NumberedStream.sent(source, SECONDS);
                Thread.sleep(IN_FLIGHT_MS);
            } finally {
                setup.fabric().silence(FROM, other, false);
            }
            NumberedStream.unmark(watch);
            Migration.record(run, RATE, sent, NumberedStream.came(watch, sent));
            setup.fabric()
                    .adapter()
                    .ifPresent(adapter -> Decisions.parse(adapter.decisions()).record(false, cause, run));
        } catch (UnsupportedOperationException e) {
            run.ended(Status.SKIPPED, "not applicable: " + e.getMessage());
            return null;
        }
        return Moved.NOTHING;
    }
}
