package org.vnetp.reports.history;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.RunInfo;

/// A history to look at: every run is drawn from the blocks of one real result, with replacement, and some
/// are changed by arithmetic. Its values are those of one evening, its steps are made up.
///
/// Arguments: RESULT HISTORY RUNS.
final class ResampledHistory {
    private static final int SLOWER = 40; // vnetp's cg and ft lose 6 %
    private static final int FASTER = 24; // vnetp-ebpf's is gains 8 %
    private static final int ACCEPTED = 30; // vnetp's mg loses 7 %, which is accepted
    private static final int KERNEL = 52;
    private static final int DAY_OFF = 18; // a run that was interrupted

    private ResampledHistory() {}

    public static void main(String[] arguments) throws IOException {
        Results result = ResultDirectory.read(Path.of(arguments[0]));
        HistoryDirectory history = HistoryDirectory.at(Path.of(arguments[1]));
        int runs = Integer.parseInt(arguments[2]);
        for (int i = 0; i < runs; i++) {
            history.add(HistoryRun.of(resampled(result, i)));
        }
        history.accept(new Decisions.Decision(
                Glob.of("nas/mg.*/vnetp/*"),
                Made.commit(ACCEPTED),
                "checksums on by default",
                Made.started(ACCEPTED + 1)));
    }

    static Results resampled(Results result, int run) {
        SplittableRandom random = new SplittableRandom(run);
        RunInfo info = result.info();
        Map<String, String> facts = new LinkedHashMap<>(info.environment().facts());
        if (run >= KERNEL) {
            facts.merge("kernel.version", "-next", String::concat);
        }
        // A launch's blocks stay together: what is drawn anew is which block stands at which place.
        Map<String, Map<Integer, List<Observation>>> blocks = new LinkedHashMap<>();
        for (Observation o : result.observations()) {
            blocks.computeIfAbsent(o.benchmark() + o.params() + o.link(), _ -> new HashMap<>())
                    .computeIfAbsent(o.block(), _ -> new ArrayList<>())
                    .add(o);
        }
        List<Observation> drawn = new ArrayList<>();
        for (Map<Integer, List<Observation>> cell : blocks.values()) {
            List<Integer> numbers = List.copyOf(new TreeSet<>(cell.keySet()));
            for (int place = 0; place < numbers.size(); place++) {
                for (Observation o : cell.get(numbers.get(random.nextInt(numbers.size())))) {
                    drawn.add(changed(o, place, run));
                }
            }
        }
        return new Results(
                result.directory(),
                new RunInfo(
                        info.schema(),
                        "resampled-" + run,
                        info.suite(),
                        Instant.parse(Made.started(run))
                                .truncatedTo(ChronoUnit.SECONDS)
                                .toString(),
                        info.ended(),
                        run == DAY_OFF ? "interrupted" : info.state(),
                        info.command(),
                        info.seed(),
                        Made.commit(run),
                        false,
                        info.settings(),
                        info.fabrics(),
                        info.versions(),
                        info.notes(),
                        new Environment(facts)),
                drawn,
                0);
    }

    private static Observation changed(Observation o, int place, int run) {
        double factor = 1;
        if (o.metric().equals(Metrics.MOPS.name())) {
            boolean vnetp = o.fabric().equals("vnetp");
            if (vnetp && run >= SLOWER && o.benchmark().matches("(cg|ft)\\..*")) {
                factor = 0.94;
            } else if (vnetp && run >= ACCEPTED && o.benchmark().startsWith("mg.")) {
                factor = 0.93;
            } else if (o.fabric().equals("vnetp-ebpf")
                    && run >= FASTER
                    && o.benchmark().startsWith("is.")) {
                factor = 1.08;
            }
        }
        return new Observation(
                o.suite(),
                o.benchmark(),
                o.fabric(),
                o.link(),
                o.params(),
                o.metric(),
                o.unit(),
                o.value() * factor,
                place,
                o.repetition(),
                o.status(),
                o.reason(),
                o.launch(),
                o.atSeconds());
    }
}
