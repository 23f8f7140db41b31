package org.vnetp.nas.gate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.ConsoleProgress;
import org.vnetp.macrobench.campaign.StopOnSignal;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.nas.Rounds;
import org.vnetp.reports.gate.Comparison;
import org.vnetp.reports.gate.Gate;
import org.vnetp.reports.gate.GateResult;
import org.vnetp.reports.gate.InTurns;
import org.vnetp.reports.gate.Paired;
import org.vnetp.reports.gate.Series;
import org.vnetp.reports.gate.SeriesKey;
import org.vnetp.reports.gate.Side;
import org.vnetp.reports.gate.Verdict;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Status;

/// Two builds side by side: `base`, `head` and `base-again`, which is base's own build in another place, each with
/// nodes of its own, up at the same time.
///
/// - A *round* brings all of them up anew and measures each series once or a few times, in random order, seconds
///   apart. A round is one independent unit; the arms are compared within it.
/// - *Screen, then confirm.* After the first rounds, what looks slower (one-sided p below 0.2) is a suspect, and what
///   is too rough to tell is measured longer where that would tell. Suspects are judged by the fresh rounds alone, with
///   Holm's procedure over them: whatever the first rounds showed, at most one gate of twenty fails an unchanged
/// program.
/// - *The null arm.* Where base-again differs from base, the session cannot be trusted, and says so.
final class Interleaved {
    private static final double SUSPECT = 0.2;
    private static final List<String> ARMS = List.of("base", "head", "base-again");

    /// @param base built checkout
    /// @param head built checkout
    /// @param again base's build in another place
    record Homes(Path base, Path head, Path again) {
        Path of(String arm) {
            return switch (arm) {
                case "base" -> base;
                case "head" -> head;
                default -> again;
            };
        }
    }

    /// @param fabric a description of what is compared, without a build: `vnetp`, `vnetp-ebpf`
    /// @param workloads cells of `macro` as WORKLOAD:PARAMS:LINK, PARAMS as in results
    /// @param kernels cells of `nas` at 10 Gbit/s
    /// @param micro pattern of microbenchmarks, empty for none
    /// @param screening rounds of all
    /// @param confirming fresh rounds of suspects
    record What(
            String fabric, List<String> workloads, List<String> kernels, String micro, int screening, int confirming) {
        static final List<String> WORKLOADS = List.of(
                "tcp-throughput:streams=1;direction=forward:none",
                "tcp-throughput:streams=1;direction=forward:10gbit",
                "udp-frames:payload=64:none",
                "latency:payload=64;rate=1000:none");
        static final List<String> KERNELS = List.of("is.A.2", "cg.W.2");
    }

    private final Homes homes;
    private final What what;
    private final double threshold;
    private final Path into;
    private final long seed;
    private final PrintStream log;
    private final Rounds rounds;
    /// By series, arm and round.
    private final Map<SeriesKey, Map<String, Map<Integer, Double>>> values = new TreeMap<>();
    private final Map<SeriesKey, Metric> metrics = new TreeMap<>();
    private final Set<String> failures = new TreeSet<>();
    private int made;

    Interleaved(Homes homes, What what, double threshold, Path into, long seed, PrintStream log, StopOnSignal stop) {
        this.homes = homes;
        this.what = what;
        this.threshold = threshold;
        this.into = into;
        this.seed = seed;
        this.log = log;
        List<FabricSpec> specs = new ArrayList<>();
        for (String arm : ARMS) {
            specs.add(FabricSpec.parse(what.fabric())
                    .withName(arm)
                    .withOption("build", homes.of(arm).toAbsolutePath().toString()));
        }
        this.rounds = new Rounds(specs, into, stop::campaign);
    }

    /// @param base what it is called, its commit first
    /// @param head the same
    /// @param difference a note on what lies between them, or empty
    /// @return empty where the process was told to end
    Optional<GateResult> run(String base, String head, String difference) throws IOException, InterruptedException {
        List<Cell> all = cells();
        Rounds.require(all);
        long start = System.nanoTime();
        if (!measure(what.screening(), all, what.micro(), start, what.screening())) {
            return Optional.empty();
        }
        Set<Integer> first = numbers(1, made);
        double floor = floor(first);
        double allowed = Math.min(Gate.MOST, Math.max(threshold, floor));
        List<Comparison> screened = Gate.paired(pairs("head", first), allowed);
        // What looks better has to show it in fresh rounds too: the best of many series looks better than it is.
        Set<SeriesKey> suspects =
                keys(screened, c -> c.ratio() < 1 && c.p() / 2 < SUSPECT || c.verdict() == Verdict.IMPROVED);
        // What as many rounds more would not clear is not measured longer: it says how many would.
        Set<SeriesKey> rough = keys(
                screened,
                c -> !suspects.contains(c.key()) && !(c.low() > 1 - allowed) && c.needed() <= what.confirming());
        List<Comparison> judged = new ArrayList<>(screened);
        if (!suspects.isEmpty() || !rough.isEmpty()) {
            Set<SeriesKey> more = new TreeSet<>(suspects);
            more.addAll(rough);
            log.println(suspects.size() + " suspects, " + rough.size() + " too rough to tell; " + what.confirming()
                    + " fresh rounds of them");
            int before = made;
            if (!measure(what.confirming(), cellsOf(all, more), microOf(more), start, before + what.confirming())) {
                return Optional.empty();
            }
            judged = confirmed(screened, suspects, rough, numbers(before + 1, made), allowed);
        }
        return Optional.of(result(base, head, difference, judged, allowed));
    }

    private List<Comparison> confirmed(
            List<Comparison> screened,
            Set<SeriesKey> suspects,
            Set<SeriesKey> rough,
            Set<Integer> fresh,
            double allowed) {
        Map<SeriesKey, Comparison> latest = new LinkedHashMap<>();
        screened.forEach(c -> latest.put(c.key(), c));
        Gate.paired(only(pairs("head", fresh), suspects), allowed).forEach(c -> latest.put(c.key(), c));
        for (Comparison c : Gate.paired(only(pairs("head", numbers(1, made)), rough), allowed)) {
            // It was no suspect, so it can be cleared by all its rounds, but not be found guilty by them.
            latest.put(c.key(), c.verdict() == Verdict.REGRESSED ? c.unconfirmed() : c);
        }
        List<Comparison> all = new ArrayList<>(latest.values());
        all.sort(java.util.Comparator.comparing(Comparison::verdict).thenComparing(Comparison::key));
        return all;
    }

    private GateResult result(String base, String head, String difference, List<Comparison> judged, double allowed) {
        List<String> notes = new ArrayList<>();
        if (!difference.isEmpty()) {
            notes.add(difference);
        }
        notes.add("Both were measured side by side in " + made + " rounds with nodes of their own (" + into + ").");
        failures.forEach(notes::add);
        List<Comparison> nulls = Gate.paired(pairs("base-again", numbers(1, made)), allowed);
        List<Comparison> all = new ArrayList<>(judged);
        for (Comparison c : nulls) {
            if (c.verdict() == Verdict.REGRESSED || c.verdict() == Verdict.IMPROVED) {
                notes.add("The null arm differs from base, which is the same program: "
                        + c.key().shortText() + " " + c.reason() + ". Nothing of this session can be trusted.");
                all.replaceAll(Comparison::distrusted);
            }
        }
        Environment here = Environment.collect(Machine.home());
        return new GateResult(side(base, here), side(head, here), allowed, all, notes);
    }

    private static Side side(String name, Environment here) {
        String first = name.split(" ", 2)[0];
        return new Side(
                name,
                "gate",
                first.matches("[0-9a-f]{7,64}") ? first : "", // of a directory it is not known
                java.time.Instant.now().toString(),
                "complete",
                here.facts(),
                Map.of(),
                Double.NaN,
                Map.of());
    }

    /// How far base surely was from itself: the median over all series of what the interval of base-again leaves
    /// between it and base. What only scatters is in the intervals of head already.
    private double floor(Set<Integer> numbers) {
        double[] sizes = Gate.paired(pairs("base-again", numbers), threshold).stream()
                .mapToDouble(c -> Math.max(0, Math.max(c.low() - 1, 1 - c.high())))
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        return sizes.length == 0 ? 0 : sizes[sizes.length / 2];
    }

    private static Set<SeriesKey> keys(List<Comparison> all, java.util.function.Predicate<Comparison> which) {
        return all.stream().filter(which).map(Comparison::key).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<Integer> numbers(int from, int to) {
        Set<Integer> numbers = new TreeSet<>();
        for (int i = from; i <= to; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    private static List<Paired> only(List<Paired> all, Set<SeriesKey> keys) {
        return all.stream().filter(p -> keys.contains(p.base().key())).toList();
    }

    /// An arm against base, of the rounds that have both.
    private List<Paired> pairs(String arm, Set<Integer> numbers) {
        List<Paired> pairs = new ArrayList<>();
        values.forEach((key, byArm) -> {
            Map<Integer, Double> base = byArm.getOrDefault("base", Map.of());
            Map<Integer, Double> other = byArm.getOrDefault(arm, Map.of());
            int[] both = base.keySet().stream()
                    .filter(round -> numbers.contains(round) && other.containsKey(round))
                    .mapToInt(Integer::intValue)
                    .toArray();
            if (both.length > 0) {
                Metric metric = metrics.get(key);
                pairs.add(Paired.of(
                        key,
                        metric.unit(),
                        metric.direction() == Metric.Direction.HIGHER_IS_BETTER,
                        Arrays.stream(both).mapToDouble(base::get).toArray(),
                        Arrays.stream(both).mapToDouble(other::get).toArray()));
            }
        });
        return pairs;
    }

    // --- measuring ---

    private List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        List<String> fabrics = new ArrayList<>(List.of(Fabrics.NATIVE));
        fabrics.addAll(ARMS);
        for (String workload : what.workloads()) {
            String[] parts = workload.split(":", -1);
            if (parts.length != 3) {
                throw new IllegalArgumentException("workload '" + workload + "': expected WORKLOAD:PARAMS:LINK");
            }
            fabrics.forEach(f -> cells.add(new Cell("macro", parts[0], Params.parse(parts[1]), f, parts[2])));
        }
        for (String kernel : what.kernels()) {
            fabrics.forEach(f -> cells.add(new Cell("nas", kernel, Params.NONE, f, "10gbit")));
        }
        return cells;
    }

    private static List<Cell> cellsOf(List<Cell> all, Set<SeriesKey> keys) {
        return all.stream()
                .filter(cell -> !cell.fabric().equals(Fabrics.NATIVE)) // it was seen beside them, and decides nothing
                .filter(cell -> keys.stream()
                        .anyMatch(key -> key.suite().equals(cell.suite())
                                && key.benchmark().equals(cell.benchmark())
                                && key.params().equals(cell.params().text())
                                && key.link().equals(cell.link())))
                .toList();
    }

    private static String microOf(Set<SeriesKey> keys) {
        String names = keys.stream()
                .filter(key -> key.suite().equals("micro"))
                .map(key -> java.util.regex.Pattern.quote(key.benchmark()) + "$")
                .distinct()
                .collect(Collectors.joining("|"));
        return names.isEmpty() ? "" : "^(" + names + ")";
    }

    private boolean measure(int count, List<Cell> cells, String micro, long start, int planned)
            throws IOException, InterruptedException {
        Random random = new Random(seed + made);
        for (int i = 0; i < count; i++) {
            made++;
            double took = (System.nanoTime() - start) / 1e9;
            log.println("round " + made + " of " + planned
                    + (made == 1
                            ? ""
                            : ", about "
                                    + ConsoleProgress.words(
                                            Duration.ofSeconds(Math.round(took / (made - 1) * (planned - made + 1))))
                                    + " left"));
            if (!micro.isEmpty()) {
                micro(micro, random);
            }
            if (StopOnSignal.ending()) {
                return false;
            }
            if (!cells.isEmpty()) {
                List<Observation> rows = rounds.round(made, cells, random.nextLong());
                if (rows.isEmpty()) {
                    return false;
                }
                take(rows);
            }
        }
        return true;
    }

    private void micro(String pattern, Random random) throws IOException {
        Map<String, Path> builds = new LinkedHashMap<>();
        ARMS.forEach(arm -> builds.put(arm, homes.of(arm)));
        Map<String, Path> files = MicroRound.run(builds, pattern, into.resolve("round-" + made + "-micro"), random);
        for (InTurns each : InTurns.of(files)) {
            SeriesKey key = each.series().key();
            metrics.put(key, metric(each.series()));
            each.values().forEach((arm, value) -> put(key, arm, value));
        }
    }

    private static Metric metric(Series series) {
        return new Metric(
                "score",
                series.unit(),
                series.moreIsBetter() ? Metric.Direction.HIGHER_IS_BETTER : Metric.Direction.LOWER_IS_BETTER,
                "score");
    }

    private void put(SeriesKey key, String arm, double value) {
        values.computeIfAbsent(key, _ -> new LinkedHashMap<>())
                .computeIfAbsent(arm, _ -> new TreeMap<>())
                .put(made, value);
    }

    /// What each cell is about; a round's value is the geometric mean of its blocks.
    private void take(List<Observation> rows) {
        Map<SeriesKey, Map<String, List<Double>>> logs = new TreeMap<>();
        for (Observation o : rows) {
            if (o.status() != Status.OK && o.status() != Status.SKIPPED) {
                failures.add(
                        o.fabric() + ": " + o.benchmark() + " " + o.status().text() + ": " + o.reason());
            }
            Metric metric = Metrics.named(o.metric(), o.unit());
            if (!o.usable() || o.value() <= 0 || !ARMS.contains(o.fabric()) || !isAbout(o)) {
                continue;
            }
            SeriesKey key = new SeriesKey(
                    o.suite(), o.benchmark(), FabricSpec.parse(what.fabric()).name(), o.link(), o.params(), o.metric());
            metrics.put(key, metric);
            logs.computeIfAbsent(key, _ -> new LinkedHashMap<>())
                    .computeIfAbsent(o.fabric(), _ -> new ArrayList<>())
                    .add(Math.log(o.value()));
        }
        logs.forEach((key, byArm) -> byArm.forEach((arm, all) -> put(
                key,
                arm,
                Math.exp(all.stream().mapToDouble(Double::doubleValue).average().orElseThrow()))));
    }

    private static boolean isAbout(Observation o) {
        String metric = o.suite().equals("nas")
                ? Metrics.MOPS.name()
                : org.vnetp.macrobench.workload.Workloads.find(o.benchmark())
                        .primary()
                        .name();
        return o.metric().equals(metric);
    }
}
