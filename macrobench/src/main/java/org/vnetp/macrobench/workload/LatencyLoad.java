package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Round trips while other frames cross the fabric: 1000 probes a second by [LatencyProbe] beside a
/// stream of frames at a share of the loss-free rate, which each run measures for itself just
/// before (so that neither a change of the machine nor another session's figure enters). The
/// share 0 is the idle fabric.
final class LatencyLoad implements Workload {
    private static final int FRAME = 512;
    private static final String PROBES_PER_SECOND = "1000";
    private static final String PROBE_PAYLOAD = "64";
    /// The prober's start, its warm-up and its wait for the last answers.
    private static final double AROUND_SECONDS = 2.5;

    private static final double SEARCH_SHARE = 0.5;

    @Override
    public String name() {
        return "latency-load";
    }

    @Override
    public Metric primary() {
        return Metrics.RTT_P50;
    }

    @Override
    public List<Params> cells() {
        return Stream.of("0", "10", "50", "90")
                .map(share -> Params.of("load", share))
                .toList();
    }

    @Override
    public boolean byDefault() {
        return false;
    }

    @Override
    public Duration estimate(double seconds) {
        double search = new LossFree().estimate(SEARCH_SHARE * seconds).toMillis() / 1e3;
        return Duration.ofMillis(Math.round(1000 * (seconds + AROUND_SECONDS + 0.75 * search)));
    }

    @Override
    public List<Need> needs() {
        return Need.ofOurs();
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        int share = Integer.parseInt(setup.params().get("load"));
        if (share == 0) {
            return Latency.probe(setup, run, PROBES_PER_SECOND, PROBE_PAYLOAD);
        }
        int payload = FrameSize.payload(FRAME);
        try (LoadPair pair = new LoadPair(setup.client(), setup.server(), payload, setup.raw())) {
            LossFreeSearch.Result found = LossFree.search(setup, SEARCH_SHARE * setup.seconds(), pair);
            if (found.load() == 0) {
                run.ended(Status.FAILED, "no load without loss found, so none to take " + share + " % of");
                return null;
            }
            double rate = found.conditionalThroughput() * share / 100;
            double seconds = setup.seconds() + AROUND_SECONDS;
            pair.begin(rate, seconds);
            Moved probes = Latency.probe(setup, run, PROBES_PER_SECOND, PROBE_PAYLOAD);
            LossFreeSearch.Trial background = pair.finish(seconds);
            run.value(Metrics.BACKGROUND_RATE, background.receivedPerSecond());
            run.value(Metrics.BACKGROUND_LOSSES, background.sent() - background.received());
            return probes == null
                    ? null
                    : new Moved(probes.bytes() + pair.arrived() * payload, probes.messages() + pair.arrived());
        }
    }
}
