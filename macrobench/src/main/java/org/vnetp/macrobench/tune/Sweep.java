package org.vnetp.macrobench.tune;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.vnetp.macrobench.campaign.ConsoleProgress;
import org.vnetp.macrobench.workload.ResidentPair;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.tune.Contest;
import org.vnetp.reports.tune.SweepTables;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// VNET/P's experiment, which shows why dispatch is adaptive: the modes side by side over the offered rate,
/// small frames one
/// way by a schedule, with the delay of each and the processor time of the nodes.
public final class Sweep {
    /// Frames a second.
    public static final List<Integer> RATES = List.of(100, 300, 1_000, 3_000, 10_000, 20_000, 50_000, 100_000, 200_000);

    /// Blocks at most; the time ends it before.
    private static final int MOST_BLOCKS = 30;

    /// From a region's end to the question for modes, roughly.
    private static final double TAIL_SECONDS = 0.05;

    private final Space space;
    private final LiveBench bench;
    private final ResultDirectory results;
    private final Random random;
    private final Consumer<String> progress;
    private final List<Integer> rates;
    private final double seconds;
    private final Set<String> stored = new HashSet<>();
    private double spent;

    /// @param bench with the workloads of [#workloads]
    /// @param seconds of a region, as theirs
    public Sweep(
            Space space,
            LiveBench bench,
            ResultDirectory results,
            List<Integer> rates,
            double seconds,
            long seed,
            Consumer<String> progress) {
        this.rates = List.copyOf(rates);
        this.seconds = seconds;
        this.space = space;
        this.bench = bench;
        this.results = results;
        this.random = new Random(seed);
        this.progress = progress;
        for (Observation row : results.earlier()) {
            stored.add(key(row.fabric(), row.params(), row.block()));
            if (row.metric().equals(Metrics.WALL.name())) {
                spent += row.value();
            }
        }
    }

    private static String key(String arm, String params, int block) {
        return arm + ' ' + params + ' ' + block;
    }

    /// A workload for each rate.
    ///
    /// @param rates frames a second
    /// @param seconds of a region
    public static List<LiveWorkload> workloads(List<Integer> rates, double seconds) {
        List<LiveWorkload> all = new ArrayList<>();
        rates.forEach(rate -> all.add(NetworkLoad.frames(name(rate), rate, ResidentPair.SMALL, seconds)));
        return all;
    }

    private static String name(int rate) {
        return "sweep-" + rate;
    }

    /// Blocks of all rates and modes until the budget is spent; the first is always whole.
    public void run(Duration budget) throws IOException, InterruptedException {
        for (int block = 0; block < MOST_BLOCKS; block++) {
            double each = block == 0 ? 0 : spent / block;
            if (block > 0 && spent + each > budget.toMillis() / 1e3) {
                return;
            }
            progress.accept("block " + (block + 1)
                    + (block == 0
                            ? ""
                            : ", about "
                                    + ConsoleProgress.words(
                                            Duration.ofMillis(budget.toMillis() - Math.round(1e3 * spent)))
                                    + " left"));
            List<Integer> order = new ArrayList<>(rates);
            Collections.shuffle(order, random);
            for (int rate : order) {
                List<String> arms = new ArrayList<>(SweepTables.MODES);
                arms.add(Fabrics.NATIVE);
                Collections.shuffle(arms, random);
                for (String arm : arms) {
                    once(arm, rate, block);
                }
            }
        }
    }

    private void once(String arm, int rate, int block) throws IOException, InterruptedException {
        Params params = Params.of(SweepTables.RATE, String.valueOf(rate));
        if (!stored.add(key(arm, params.text(), block))) {
            return;
        }
        Run run = new Run(Contest.SUITE, SweepTables.BENCHMARK, arm, "none", params, block, 0);
        Optional<Setting> setting =
                arm.equals(Fabrics.NATIVE) ? Optional.empty() : Optional.of(space.setting(Map.of("mode", arm)));
        long start = System.nanoTime();
        bench.measure(setting, name(rate), run);
        if (setting.isPresent() && run.status() == Status.OK) {
            modes(setting.get(), run);
        }
        double wall = (System.nanoTime() - start) / 1e9;
        run.value(Metrics.WALL, wall);
        spent += wall;
        results.append(run);
    }

    /// What the nodes say of their modes in the region that has just ended.
    private void modes(Setting setting, Run run) throws IOException, InterruptedException {
        List<Double> shares = new ArrayList<>();
        double held = 0;
        double switches = 0;
        for (String answer : bench.dispatch(setting)) {
            for (JsonNode direction : JsonMapper.shared().readTree(answer).path("directions")) {
                shares.add(polling(direction, seconds + TAIL_SECONDS, TAIL_SECONDS));
                held += direction.path("held_back").asDouble(0);
                switches += direction.path("switches").asDouble(0);
            }
        }
        run.value(
                Metrics.POLLING_SHARE,
                shares.stream().mapToDouble(Double::doubleValue).average().orElse(0));
        run.value(Metrics.MODE_SWITCHES, switches);
        run.value(Metrics.HELD_BACK, held);
    }

    /// The share of a time in which a direction polled, by the changes that it remembers.
    ///
    /// @param direction of `show dispatch --json`
    /// @param from seconds ago
    /// @param to seconds ago, less than `from`
    static double polling(JsonNode direction, double from, double to) {
        // Backwards from now: each change ends a stretch in the state that it went to.
        double polled = 0;
        double until = to;
        boolean state = direction.path("state").asString("").equals("vmm");
        List<JsonNode> changes = new ArrayList<>();
        direction.path("recent").forEach(changes::add);
        for (JsonNode change : changes.reversed()) {
            double at = change.path("seconds_ago").asDouble(0);
            double begin = Math.clamp(at, to, from);
            if (state) {
                polled += Math.max(0, begin - until);
            }
            until = Math.max(until, begin);
            state = !change.path("to").asString("").equals("vmm");
        }
        if (state) {
            polled += Math.max(0, from - until);
        }
        return polled / (from - to);
    }
}
