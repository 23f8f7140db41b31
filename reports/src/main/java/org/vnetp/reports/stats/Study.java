package org.vnetp.reports.stats;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Status;

/// Observations of one suite, sorted: runs, arms (a cell on one fabric) and cells. The order is
/// that of names, sizes and rates, never that of the runs, which is random.
///
/// A run that was recorded again under the same block and repetition (a resumed campaign repeating
/// a failed run) replaces the earlier one; [#replacedRuns] counts that.
public final class Study {
    /// What is compared across fabrics.
    ///
    /// @param benchmark as in the observation
    /// @param params as in the observation
    /// @param link as in the observation
    public record Cell(String benchmark, String params, String link) {}

    /// One run's values, put together from its rows.
    ///
    /// @param launch see [Observation#launch()]
    /// @param atSeconds when it began, seconds since the campaign's start; NaN where that is not known
    /// @param values by metric name
    public record RunValues(
            int block,
            int repetition,
            Status status,
            String reason,
            int launch,
            double atSeconds,
            Map<String, Double> values) {}

    private record ArmKey(Cell cell, String fabric) {}

    private record Slot(int block, int repetition) {}

    /// What ratios are formed with.
    private record Comparison(String reference, Metric metric) {}

    private final Map<ArmKey, Map<Slot, RunValues>> arms = new HashMap<>();
    private final Map<String, Metric> metrics = new TreeMap<>();
    private final Map<Comparison, LaunchModel> models = new ConcurrentHashMap<>();
    private final Set<Cell> cells;
    private final Set<String> fabrics;
    private final List<String> links;
    private int replacedRuns;

    public Study(Collection<Observation> observations, String suite) {
        cells = new TreeSet<>(Comparator.comparing((Cell cell) -> cell.benchmark(), Names::compare)
                .thenComparing(Cell::params, Names::compare)
                .thenComparing(Cell::link, Names::compareLinks));
        fabrics = new TreeSet<>(Names::compareFabrics);
        TreeSet<String> rates = new TreeSet<>(Names::compareLinks);
        Slot lastSlot = null;
        ArmKey lastArm = null;
        for (Observation o : observations) {
            if (!o.suite().equals(suite)) {
                continue;
            }
            ArmKey arm = new ArmKey(new Cell(o.benchmark(), o.params(), o.link()), o.fabric());
            Slot slot = new Slot(o.block(), o.repetition());
            cells.add(arm.cell());
            fabrics.add(o.fabric());
            rates.add(o.link());
            Map<Slot, RunValues> runs = arms.computeIfAbsent(
                    arm, _ -> new TreeMap<>(Comparator.comparingInt(Slot::block).thenComparingInt(Slot::repetition)));
            RunValues run = runs.get(slot);
            boolean again = run != null
                    && (!arm.equals(lastArm)
                            || !slot.equals(lastSlot)
                            || run.values().containsKey(o.metric()));
            if (run == null || again) {
                replacedRuns += again ? 1 : 0;
                run = new RunValues(
                        o.block(),
                        o.repetition(),
                        o.status(),
                        o.reason(),
                        o.launch(),
                        o.atSeconds(),
                        new LinkedHashMap<>());
                runs.put(slot, run);
            }
            run.values().put(o.metric(), o.value());
            metrics.computeIfAbsent(o.metric(), name -> Metrics.named(name, o.unit()));
            lastArm = arm;
            lastSlot = slot;
        }
        links = List.copyOf(rates);
    }

    public Collection<Cell> cells() {
        return cells;
    }

    /// All fabrics, native first.
    public Collection<String> fabrics() {
        return fabrics;
    }

    /// The fabrics that are compared with native: all but native itself and its second arm.
    public List<String> overlays() {
        return fabrics.stream()
                .filter(fabric -> !fabric.equals(Fabrics.NATIVE) && !fabric.equals(Fabrics.NATIVE_AGAIN))
                .toList();
    }

    /// All link rates, slow ones first.
    public List<String> links() {
        return links;
    }

    /// All metrics that were recorded, by name.
    public Map<String, Metric> metrics() {
        return metrics;
    }

    public int replacedRuns() {
        return replacedRuns;
    }

    /// The runs of a cell on a fabric, by block and repetition.
    public Collection<RunValues> runs(Cell cell, String fabric) {
        return arms.getOrDefault(new ArmKey(cell, fabric), Map.of()).values();
    }

    /// How an arm stands: ok when every run was (skipped ones aside), else the gravest status; empty when it was not
    /// run. An arm whose processes died or hung, and whose next launch did well, stands by that launch: the
    /// failure is told, but does not take the number away.
    public Optional<Status> status(Cell cell, String fabric) {
        Status gravest = null;
        int lastLaunch =
                runs(cell, fabric).stream().mapToInt(RunValues::launch).max().orElse(Observation.OWN_LAUNCH);
        Status last = null;
        for (RunValues run : runs(cell, fabric)) {
            gravest = graver(run.status(), gravest);
            if (run.launch() == lastLaunch) {
                last = graver(run.status(), last);
            }
        }
        boolean recovered =
                lastLaunch > 0 && last == Status.OK && (gravest == Status.FAILED || gravest == Status.TIMEOUT);
        return Optional.ofNullable(recovered ? Status.OK : gravest);
    }

    private static Status graver(Status status, Status other) {
        return other == null || gravity(status) > gravity(other) ? status : other;
    }

    private static int gravity(Status status) {
        return switch (status) {
            case SKIPPED -> 0;
            case OK -> 1;
            case TIMEOUT -> 2;
            case FAILED -> 3;
            case NOT_ON_PATH -> 4;
            case UNVERIFIED -> 5;
        };
    }

    /// The values of a metric in an arm's good runs, by block and repetition.
    public double[] values(Cell cell, String fabric, String metric) {
        return values(cell, fabric, run -> run.getOrDefault(metric, Double.NaN));
    }

    private double[] values(Cell cell, String fabric, ToDoubleFunction<Map<String, Double>> of) {
        return runs(cell, fabric).stream()
                .filter(run -> run.status() == Status.OK)
                .mapToDouble(run -> of.applyAsDouble(run.values()))
                .filter(Double::isFinite)
                .toArray();
    }

    /// The median of [#values], NaN where there are none.
    public double median(Cell cell, String fabric, String metric) {
        return median(cell, fabric, run -> run.getOrDefault(metric, Double.NaN));
    }

    /// The median of what is made of the values of each of an arm's good runs, NaN where there is none.
    ///
    /// @param of of a run's values by metric; what is not finite does not count
    public double median(Cell cell, String fabric, ToDoubleFunction<Map<String, Double>> of) {
        double[] sorted = values(cell, fabric, of);
        java.util.Arrays.sort(sorted);
        return PairedRatio.median(sorted);
    }

    /// `fabric` against `reference` in one cell; empty where one of them has no number to show, or no block has
    /// both. Several repetitions in a block are joined by their geometric mean. Where native was measured twice, it
    /// stands for both of its arms: the geometric mean of the two of a block scatters less than either.
    public Optional<PairedRatio> ratio(Cell cell, String fabric, String reference, Metric metric) {
        return ratio(cell, fabric, reference, metric, Optional.empty());
    }

    private Optional<PairedRatio> ratio(
            Cell cell, String fabric, String reference, Metric metric, Optional<LaunchModel> model) {
        List<LaunchModel.Pair> pairs = pairs(cell, fabric, reference, metric);
        if (pairs.isEmpty()) {
            return Optional.empty();
        }
        if (pairs.stream().noneMatch(pair -> pair.launch() == Observation.OWN_LAUNCH)) {
            return Optional.of(model.orElseGet(() -> model(reference, metric)).ratio(pairs));
        }
        long seed = (cell.benchmark() + '|' + cell.params() + '|' + cell.link() + '|' + fabric + '|' + metric.name())
                .hashCode();
        return Optional.of(PairedRatio.of(
                pairs.stream().mapToDouble(LaunchModel.Pair::logRatio).toArray(), seed));
    }

    /// The blocks that both have, with their launches. An overlay is compared with the mean of native's two arms,
    /// where a block has both; they are never mixed up with each other.
    private List<LaunchModel.Pair> pairs(Cell cell, String fabric, String reference, Metric metric) {
        if (metric.direction() == Metric.Direction.NEUTRAL
                || status(cell, fabric).orElse(Status.FAILED) != Status.OK
                || status(cell, reference).orElse(Status.FAILED) != Status.OK) {
            return List.of();
        }
        Map<Integer, Block> ours = byBlock(cell, fabric, metric.name());
        Map<Integer, Block> theirs = byBlock(cell, reference, metric.name());
        Map<Integer, Block> again = reference.equals(Fabrics.NATIVE)
                        && !fabric.equals(Fabrics.NATIVE_AGAIN)
                        && status(cell, Fabrics.NATIVE_AGAIN).orElse(Status.FAILED) == Status.OK
                ? byBlock(cell, Fabrics.NATIVE_AGAIN, metric.name())
                : Map.of();
        List<LaunchModel.Pair> pairs = new ArrayList<>();
        ours.forEach((block, our) -> {
            Block their = theirs.get(block);
            if (their != null) {
                LaunchModel.Reference first = new LaunchModel.Reference(reference, their.launch());
                Block second = again.get(block);
                double log = our.log() - (second == null ? their.log() : (their.log() + second.log()) / 2);
                pairs.add(new LaunchModel.Pair(
                        our.launch(),
                        second == null
                                ? List.of(first)
                                : List.of(first, new LaunchModel.Reference(Fabrics.NATIVE_AGAIN, second.launch())),
                        metric.direction() == Metric.Direction.HIGHER_IS_BETTER ? log : -log));
            }
        });
        return pairs;
    }

    /// One value per independent launch of an arm: the ratio to the reference, as the mean of its blocks' log
    /// ratios, by launch. Blocks that were launches of their own stand alone.
    public List<Double> launchRatios(Cell cell, String fabric, String reference, Metric metric) {
        Map<Integer, List<Double>> logs = new TreeMap<>();
        int own = 0;
        for (LaunchModel.Pair pair : pairs(cell, fabric, reference, metric)) {
            int launch = pair.launch() == Observation.OWN_LAUNCH ? own++ : pair.launch();
            logs.computeIfAbsent(launch, _ -> new ArrayList<>()).add(pair.logRatio());
        }
        return logs.values().stream().map(Study::exponentOfMean).toList();
    }

    /// One value per independent launch of an arm: the geometric mean of its good runs' values, by launch.
    public List<Double> launchValues(Cell cell, String fabric, Metric metric) {
        Map<Integer, List<Double>> logs = new TreeMap<>();
        int own = 0;
        for (Block block : byBlock(cell, fabric, metric.name()).values()) {
            int launch = block.launch() == Observation.OWN_LAUNCH ? own++ : block.launch();
            logs.computeIfAbsent(launch, _ -> new ArrayList<>()).add(block.log());
        }
        return logs.values().stream().map(Study::exponentOfMean).toList();
    }

    private static double exponentOfMean(List<Double> logs) {
        return Math.exp(logs.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
    }

    /// How launches and regions of the whole run scatter, learnt from all arms that are compared with native, whose
    /// control arm tells most; without native, with `reference`.
    private LaunchModel model(String reference, Metric metric) {
        String from = fabrics.contains(Fabrics.NATIVE) ? Fabrics.NATIVE : reference;
        return models.computeIfAbsent(new Comparison(from, metric), _ -> LaunchModel.of(samples(from, metric, cells)));
    }

    private List<LaunchModel.Sample> samples(String reference, Metric metric, Collection<Cell> of) {
        List<LaunchModel.Sample> samples = new ArrayList<>();
        for (Cell cell : of) {
            for (String fabric : fabrics) {
                List<LaunchModel.Pair> pairs =
                        fabric.equals(reference) ? List.of() : pairs(cell, fabric, reference, metric);
                if (!pairs.isEmpty() && pairs.stream().noneMatch(p -> p.launch() == Observation.OWN_LAUNCH)) {
                    boolean control = fabric.equals(Fabrics.NATIVE_AGAIN) && reference.equals(Fabrics.NATIVE)
                            || fabric.equals(Fabrics.NATIVE) && reference.equals(Fabrics.NATIVE_AGAIN);
                    samples.add(new LaunchModel.Sample(cell.benchmark() + ' ' + cell.params(), fabric, control, pairs));
                }
            }
        }
        return samples;
    }

    /// The width of an arm's interval against `reference`, now and with more blocks or launches; what a campaign spends
    /// its time by. Empty where nothing is known yet.
    public Optional<Precision> precision(Cell cell, String fabric, String reference, Metric metric) {
        List<LaunchModel.Pair> pairs = pairs(cell, fabric, reference, metric);
        return pairs.isEmpty()
                ? Optional.empty()
                : Optional.of(Precision.of(
                        pairs, ratio(cell, fabric, reference, metric).orElseThrow(), model(reference, metric)));
    }

    /// The spread of a value between launches of the same arm, as a standard deviation of its log; empty where nothing
    /// in the run tells it.
    public OptionalDouble launchDeviation(Metric metric) {
        LaunchModel model = model(Fabrics.NATIVE, metric);
        return model.launchFreedom() > 0
                ? OptionalDouble.of(Math.sqrt(model.launchVariance()))
                : OptionalDouble.empty();
    }

    /// Native against native, each cell's interval by what the other benchmarks tell of launches: so a cell does not
    /// testify for itself. Empty where that was not run.
    public Optional<Coverage> coverage(Metric metric) {
        List<PairedRatio> ratios = new ArrayList<>();
        for (Cell cell : cells) {
            List<Cell> others = cells.stream()
                    .filter(other -> !other.benchmark().equals(cell.benchmark()))
                    .toList();
            LaunchModel model = LaunchModel.of(samples(Fabrics.NATIVE, metric, others));
            ratio(cell, Fabrics.NATIVE_AGAIN, Fabrics.NATIVE, metric, Optional.of(model))
                    .filter(PairedRatio::hasInterval)
                    .ifPresent(ratios::add);
        }
        return ratios.isEmpty() ? Optional.empty() : Optional.of(Coverage.of(ratios));
    }

    private record Block(double log, int launch) {}

    private Map<Integer, Block> byBlock(Cell cell, String fabric, String metric) {
        Map<Integer, List<RunValues>> runs = new TreeMap<>();
        for (RunValues run : runs(cell, fabric)) {
            double value = run.values().getOrDefault(metric, Double.NaN);
            if (run.status() == Status.OK && Double.isFinite(value) && value > 0) {
                runs.computeIfAbsent(run.block(), _ -> new ArrayList<>()).add(run);
            }
        }
        Map<Integer, Block> blocks = new TreeMap<>();
        runs.forEach((block, repetitions) -> blocks.put(
                block,
                new Block(
                        repetitions.stream()
                                .mapToDouble(run -> Math.log(run.values().get(metric)))
                                .average()
                                .orElseThrow(),
                        repetitions.getLast().launch())));
        return blocks;
    }

    /// The cells of a link in which `fabric` compares with `reference` by `metric`, put together.
    public Summary summary(String link, String fabric, String reference, Metric metric) {
        List<Summary.Cell> parts = new ArrayList<>();
        for (Cell cell : cells) {
            if (cell.link().equals(link)) {
                ratio(cell, fabric, reference, metric)
                        .ifPresent(ratio -> parts.add(new Summary.Cell(Names.row(cell), ratio)));
            }
        }
        return Summary.of(parts);
    }

    /// Native against native, where that was run.
    public Optional<NoiseFloor> noiseFloor(Metric metric) {
        List<PairedRatio> ratios = cells.stream()
                .flatMap(cell -> ratio(cell, Fabrics.NATIVE_AGAIN, Fabrics.NATIVE, metric).stream())
                .toList();
        return ratios.isEmpty() ? Optional.empty() : Optional.of(NoiseFloor.of(ratios));
    }

    /// The metric that a benchmark is about: the first of the list of metrics, results before costs, that any run
    /// recorded; then those that are not in the list, rates before times.
    public Optional<Metric> primary(String benchmark) {
        Set<String> recorded = new TreeSet<>();
        arms.forEach((arm, runs) -> {
            if (arm.cell().benchmark().equals(benchmark)) {
                runs.values()
                        .forEach(run -> run.values().forEach((name, value) -> {
                            if (Double.isFinite(value)) {
                                recorded.add(name);
                            }
                        }));
            }
        });
        Stream<Metric> others = metrics.values().stream()
                .filter(metric -> Metrics.find(metric.name()).isEmpty());
        return Stream.concat(Metrics.all().stream(), others)
                .filter(metric -> metric.direction() != Metric.Direction.NEUTRAL && recorded.contains(metric.name()))
                .min(Comparator.comparingInt(Study::rank));
    }

    /// A median tells more than the least of all round trips, and a rate more than the time it took. A latency is
    /// there for every message size, the empty one included, a throughput is not.
    private static int rank(Metric metric) {
        if (metric.equals(Metrics.RTT_P50) || metric.equals(Metrics.LATENCY)) {
            return 0;
        }
        if (metric.name().startsWith("cpu_") || metric.equals(Metrics.SOFTIRQ)) {
            return 3; // what it cost is never what it is about
        }
        boolean time = metric.equals(Metrics.TIME)
                || Metrics.find(metric.name()).isEmpty() && metric.direction() == Metric.Direction.LOWER_IS_BETTER;
        return time ? 2 : 1;
    }

    /// A parameter of a cell as a number (`64`, `4KiB`, `1e6`), NaN where it has none.
    public static double number(Cell cell, String param) {
        return Names.number(Params.parse(cell.params()).get(param));
    }
}
