package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.RankJvm;
import org.vnetp.macrobench.testbed.Adapter;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.result.TimeLineFile;

/// Whether a network that adapts pays: a fixed amount of work over four hosts, its whole time from the first byte to
/// the last, reaction and changes included. Arms are fabrics: `vnetp:topology=star` stays a star, `vnetp` is the best
/// there is for an exchange of all with all, `vnetp:topology=star,adapt=on` begins as the star in each run, and
/// `...,adapt=advise` measures and decides but changes nothing.
///
/// `work=compute` is the negative control: a change there fails the run.
record Adaptation(Supplier<MpiLauncher> launcher) implements Workload {
    private static final int HOSTS = 4;
    private static final int MEGABYTES = 50;
    private static final int COMPUTE_SECONDS = 10;
    private static final int ESTIMATE_SECONDS = 45;
    private static final String COMPUTE = "compute";
    private static final Pattern SAID =
            Pattern.compile("exchange begin_ms=(\\d+) seconds=(\\d+\\.\\d+) elsewhere=(\\d+) end");

    @Override
    public String name() {
        return "adaptation";
    }

    @Override
    public Metric primary() {
        return Metrics.TIME;
    }

    @Override
    public boolean busy() {
        return false;
    }

    @Override
    public int hosts() {
        return HOSTS;
    }

    @Override
    public boolean byDefault() {
        return false;
    }

    @Override
    public boolean everywhere() {
        return true;
    }

    @Override
    public boolean sized() {
        return true;
    }

    @Override
    public List<Params> cells() {
        List<Params> cells = new ArrayList<>(cells(List.of(MEGABYTES)));
        cells.add(Params.of("work", COMPUTE));
        return cells;
    }

    /// @param sizes megabytes from each rank to each other
    @Override
    public List<Params> cells(List<Integer> sizes) {
        return sizes.stream().map(size -> Params.of("work", "alltoall-" + size)).toList();
    }

    @Override
    public Duration overhead() {
        return Duration.ofSeconds(ESTIMATE_SECONDS);
    }

    @Override
    public List<Need> needs() {
        return Need.ofRanks();
    }

    /// Links that a controller had added before go with what they counted.
    @Override
    public void prepare(Fabric fabric) {
        fabric.restartAdapter();
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        run.value(Metrics.TIME, Double.NaN); // a run that fails is seen to be missing
        boolean compute = setup.params().get("work").equals(COMPUTE);
        String amount = compute
                ? Integer.toString(COMPUTE_SECONDS)
                : setup.params().get("work").split("-")[1];
        ProcessBuilder command = launcher.get()
                .over(
                        setup.fabric(),
                        setup.fabric().endpoints().size(),
                        RankJvm.command(0, List.of(), Exchange.class, List.of(compute ? COMPUTE : "alltoall", amount)));
        Path output = Path.of(setup.raw() + ".txt");
        Path errors = Path.of(setup.raw() + ".err.txt");
        TimeLine line = TimeLine.begin(setup.fabric());
        Program.Result result;
        try (line) {
            result = Program.run(command, output, errors, setup.limit());
        }
        if (setup.killed("ranks", result, run)) {
            return null;
        }
        Matcher said = SAID.matcher(Program.text(output));
        if (result.exitCode() != 0 || !said.find()) {
            run.ended(Status.FAILED, "mpirun ended with " + result.exitCode() + Program.said(Program.text(errors)));
            return null;
        }
        run.value(Metrics.TIME, Double.parseDouble(said.group(2)));
        Instant begin = Instant.ofEpochMilli(Long.parseLong(said.group(1)));
        Optional<Decisions> decisions =
                setup.fabric().adapter().map(Adapter::decisions).map(Decisions::parse);
        decisions.ifPresent(all -> record(all, compute, begin, run));
        line.write(
                Path.of(setup.raw() + TimeLineFile.SUFFIX),
                begin,
                decisions.map(Decisions::events).orElse(List.of()));
        return compute ? Moved.NOTHING : new Moved(Long.parseLong(said.group(3)), 0);
    }

    /// What the controller did, and whether it was to.
    static void record(Adapter adapter, boolean negative, Instant begin, Run run) {
        record(Decisions.parse(adapter.decisions()), negative, begin, run);
    }

    static void record(Decisions decisions, boolean negative, Instant begin, Run run) {
        run.value(Metrics.CHANGES, decisions.changes());
        run.value(Metrics.TAKEN_BACK, decisions.takenBack());
        decisions.reaction(begin).ifPresent(seconds -> run.value(Metrics.REACTION, seconds));
        for (int i = 0; i < decisions.predicted().size(); i++) {
            if (!Double.isNaN(decisions.measured().get(i))) {
                run.value(Metrics.PREDICTED_GAIN, 100 * decisions.predicted().get(i));
                run.value(Metrics.MEASURED_GAIN, 100 * decisions.measured().get(i));
                break;
            }
        }
        if (negative && decisions.changes() > 0) {
            run.ended(
                    Status.FAILED, decisions.changes() + " changes where nothing was to change: " + decisions.moves());
        }
    }
}
