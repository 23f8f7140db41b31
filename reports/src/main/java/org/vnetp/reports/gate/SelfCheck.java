package org.vnetp.reports.gate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.hipparchus.stat.interval.BinomialProportion;
import org.hipparchus.stat.interval.ConfidenceInterval;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.Status;

/// How far a gate may be trusted, by a result that is there: its blocks are dealt to a base and a head at random, a
/// thousand times. Both are of the same program, so every alarm is a false one; and with the overlays' values
/// of one side made worse by some percent, every gate that says nothing missed it.
///
/// The blocks of one launch share its luck. Dealt to both sides they share it there too, which is kinder to a
/// false alarm than two results of different launches are: what real sessions show stands beside it in the
/// module's README.
public final class SelfCheck {
    private static final int GATES = 1000;
    private static final int SEEDED_GATES = 200;
    private static final int LEAST_BLOCKS = 4;
    private static final double[] SLOWDOWNS = {0.01, 0.03, 0.05, 0.10};

    private SelfCheck() {}

    /// A table in words.
    ///
    /// @param directory of a result of `nas` or `macro` with native beside the overlays
    /// @throws IllegalArgumentException when it has too few blocks to deal
    public static String of(Path directory, Rules rules, long seed) throws IOException {
        Results results = ResultDirectory.read(directory);
        List<Observation> rows = results.observations();
        if (results.info().suite().equals("micro")) {
            throw new IllegalArgumentException(directory + " is a result of micro: it has no blocks to deal");
        }
        Map<String, List<Integer>> blocks = blocks(rows);
        int cells = blocks.size();
        blocks.values().removeIf(of -> of.size() < LEAST_BLOCKS);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException(directory + ": none of " + cells + " cells has at least " + LEAST_BLOCKS
                    + " blocks, which are needed to deal two to either side");
        }
        Random random = new Random(seed);
        int alarms = 0;
        int told = 0;
        double errors = 0;
        int series = 0;
        for (int i = 0; i < GATES; i++) {
            GateResult gate = gate(results, blocks, rules, random, 0);
            alarms += gate.verdict() == Verdict.REGRESSED ? 1 : 0;
            told += gate.exitCode() == GateResult.GOOD ? 1 : 0;
            for (Comparison c : gate.gating()) {
                if (c.low() > 0) {
                    errors += Math.log(c.high() / c.low()) / 2 / 1.96;
                    series++;
                }
            }
        }
        double error = errors / Math.max(1, series);
        int among = Math.max(1, series / GATES);
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "Blocks of %s dealt to two sides at random (%d of %d cells have %d or more), %d series that decide,"
                        + " threshold %.1f %%:%n%n",
                results.info().name(),
                blocks.size(),
                cells,
                LEAST_BLOCKS,
                among,
                100 * rules.threshold()));
        text.append(line("false alarms of whole gates, nothing changed", alarms, GATES, Double.NaN));
        text.append(line("gates that could say that nothing is slower", told, GATES, Double.NaN));
        for (double slowdown : SLOWDOWNS) {
            int found = 0;
            for (int i = 0; i < SEEDED_GATES; i++) {
                found += gate(results, blocks, rules, random, slowdown).verdict() == Verdict.REGRESSED ? 1 : 0;
            }
            text.append(line(
                    String.format(Locale.ROOT, "all overlays slower by %.0f %%: found", 100 * slowdown),
                    found,
                    SEEDED_GATES,
                    power(slowdown, rules.threshold(), error, among)));
        }
        text.append(String.format(
                Locale.ROOT,
                "%nPredicted: that one series of that typical standard error (%.1f %%) is found. A gate finds a slowdown"
                        + " of all series by any of them.%n",
                100 * error));
        return text.toString();
    }

    private static String line(String what, int count, int of, double predicted) {
        ConfidenceInterval wilson = BinomialProportion.getWilsonScoreInterval(of, count / (double) of, 0.95);
        return String.format(
                Locale.ROOT,
                "  %-48s %5.1f %%  (%.1f to %.1f, of %d)%s%n",
                what,
                100.0 * count / of,
                100 * wilson.getLowerBound(),
                100 * wilson.getUpperBound(),
                of,
                Double.isNaN(predicted)
                        ? ""
                        : String.format(Locale.ROOT, "  predicted for one %5.1f %%", 100 * predicted));
    }

    /// That the estimate is beyond the threshold and its p-value below the level, of one series among as many.
    private static double power(double slowdown, double threshold, double error, int among) {
        NormalDistribution normal = new NormalDistribution();
        double critical = normal.inverseCumulativeProbability(1 - Gate.LEVEL / 2 / among) * error;
        double needed = Math.max(critical, -Math.log1p(-threshold));
        return normal.cumulativeProbability((-Math.log1p(-slowdown) - needed) / error);
    }

    private static Map<String, List<Integer>> blocks(List<Observation> rows) {
        Map<String, TreeSet<Integer>> sets = new LinkedHashMap<>();
        for (Observation o : rows) {
            if (o.status() == Status.OK) {
                sets.computeIfAbsent(cell(o), _ -> new TreeSet<>()).add(o.block());
            }
        }
        Map<String, List<Integer>> blocks = new LinkedHashMap<>();
        sets.forEach((cell, set) -> blocks.put(cell, new ArrayList<>(set)));
        return blocks;
    }

    private static String cell(Observation o) {
        return o.benchmark() + ' ' + o.params() + ' ' + o.link();
    }

    private static GateResult gate(
            Results results, Map<String, List<Integer>> blocks, Rules rules, Random random, double slowdown)
            throws IOException {
        Map<String, List<Integer>> ofBase = new LinkedHashMap<>();
        blocks.forEach((cell, all) -> {
            List<Integer> dealt = new ArrayList<>(all);
            Collections.shuffle(dealt, random);
            ofBase.put(cell, dealt.subList(0, dealt.size() / 2));
        });
        List<Observation> base = new ArrayList<>();
        List<Observation> head = new ArrayList<>();
        for (Observation o : results.observations()) {
            if (!blocks.containsKey(cell(o))) {
                continue;
            }
            if (ofBase.get(cell(o)).contains(o.block())) {
                base.add(o);
            } else {
                head.add(slower(o, slowdown));
            }
        }
        return Gate.compare(side(results, base, "base"), side(results, head, "head"), rules);
    }

    private static Side side(Results results, List<Observation> rows, String name) throws IOException {
        return Side.of(new Results(results.directory(), results.info(), rows, 0), name);
    }

    /// An overlay's value made worse; native stays what it is.
    private static Observation slower(Observation o, double slowdown) {
        Metric.Direction direction = Metrics.named(o.metric(), o.unit()).direction();
        if (slowdown == 0
                || direction == Metric.Direction.NEUTRAL
                || o.fabric().equals(Fabrics.NATIVE)
                || o.fabric().equals(Fabrics.NATIVE_AGAIN)) {
            return o;
        }
        return o.withValue(
                direction == Metric.Direction.HIGHER_IS_BETTER
                        ? o.value() * (1 - slowdown)
                        : o.value() / (1 - slowdown));
    }
}
