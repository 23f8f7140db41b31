package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Scratch;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// What ranks that compute feel of the fabric beside them: quanta of 50 us of work at both endpoints at once
/// ([WorkQuanta]), while the fabric is idle, and while small frames cross it. The load's own programs take
/// their share of the processors too, natively as well as over an overlay.
final class Noise implements Workload {
    private static final long QUANTUM_NS = 50_000;
    private static final String LOG = "hlog";
    private static final String IDLE = "0";
    private static final long ANSWER_SECONDS = 20;
    private static final double SLACK_SECONDS = 0.2;

    @Override
    public String name() {
        return "noise";
    }

    @Override
    public Metric primary() {
        return Metrics.STRETCH;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.of("load", IDLE), Params.of("load", "1000"), Params.of("load", "10000"));
    }

    @Override
    public List<Params> quickCells() {
        return List.of(Params.of("load", IDLE), Params.of("load", "10000"));
    }

    @Override
    public Duration overhead() {
        return Duration.ofMillis(1_500);
    }

    @Override
    public boolean byDefault() {
        return false;
    }

    @Override
    public boolean busy() {
        return false;
    }

    @Override
    public List<Need> needs() {
        return Need.ofOurs();
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        double load = Double.parseDouble(setup.params().get("load"));
        List<Endpoint> ends = List.of(setup.client(), setup.server());
        List<Talk> ranks = new ArrayList<>();
        List<Scratch> rooms = new ArrayList<>();
        LoadPair pair =
                load > 0 ? new LoadPair(setup.client(), setup.server(), DatagramLoad.STAMPED_SIZE, setup.raw()) : null;
        try {
            for (Endpoint end : ends) {
                Scratch room = Scratch.at(end);
                rooms.add(room);
                Talk rank = new Talk(
                        end,
                        Path.of(setup.raw() + "." + end.hostIndex() + ".err.txt"),
                        WorkQuanta.class,
                        "work",
                        String.valueOf(QUANTUM_NS),
                        room.path(LOG));
                ranks.add(rank);
                rank.read(WorkQuanta.READY, ANSWER_SECONDS);
            }
            if (pair != null) {
                pair.begin(load, setup.seconds() + 2 * SLACK_SECONDS);
                Thread.sleep(Math.round(1e3 * SLACK_SECONDS));
            }
            for (Talk rank : ranks) {
                rank.say("go " + setup.seconds());
            }
            List<Map<String, Double>> told = new ArrayList<>();
            for (Talk rank : ranks) {
                told.add(rank.read("quanta=", (long) setup.seconds() + ANSWER_SECONDS));
            }
            record(run, told);
            logs(setup, rooms);
            if (pair == null) {
                return Moved.NOTHING;
            }
            LossFreeSearch.Trial trial = pair.finish(setup.seconds() + 2 * SLACK_SECONDS);
            run.value(Metrics.BACKGROUND_RATE, trial.receivedPerSecond());
            run.value(Metrics.BACKGROUND_LOSSES, trial.sent() - trial.received());
            if (trial.received() == 0) {
                run.ended(Status.FAILED, "no frame of the load came through");
                return null;
            }
            return new Moved(trial.received() * DatagramLoad.STAMPED_SIZE, trial.received());
        } finally {
            ranks.forEach(Talk::close);
            for (Scratch room : rooms) {
                room.close();
            }
            if (pair != null) {
                pair.close();
            }
        }
    }

    /// A job is as slow as its slowest rank; single quanta are those of all.
    private static void record(Run run, List<Map<String, Double>> ranks) {
        double stretch = largest(ranks, "mean", "min");
        run.value(Metrics.STRETCH, stretch);
        run.value(Metrics.NOISE, Math.max(0, 100 * (stretch - 1)));
        run.value(
                Metrics.QUANTUM_MIN,
                ranks.stream().mapToDouble(r -> r.get("min")).min().orElseThrow());
        run.value(Metrics.QUANTUM_P50, largest(ranks, "p50", ""));
        run.value(Metrics.QUANTUM_P99, largest(ranks, "p99", ""));
        run.value(Metrics.QUANTUM_P999, largest(ranks, "p999", ""));
        run.value(Metrics.QUANTUM_MAX, largest(ranks, "max", ""));
    }

    private static double largest(List<Map<String, Double>> ranks, String value, String in) {
        return ranks.stream()
                .mapToDouble(rank -> rank.get(value) / (in.isEmpty() ? 1 : rank.get(in)))
                .max()
                .orElseThrow();
    }

    /// The first rank's histogram stands for the run; the others' are beside their output.
    private static void logs(Setup setup, List<Scratch> rooms) throws IOException {
        for (int i = 0; i < rooms.size(); i++) {
            Path to = i == 0 ? setup.latency() : Path.of(setup.raw() + "." + i + ".hlog");
            Files.writeString(to, rooms.get(i).read(LOG).orElse(""));
        }
    }
}
