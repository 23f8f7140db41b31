package org.vnetp.reports.tune;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.PairedRatio;

/// One phase of tuning: settings against the default, block by block. Settings are compared only with the
/// default's run of the same workload in the same block, seconds apart; what drifts from block to block is in
/// neither.
///
/// Grows by [#add]; for one thread.
public final class Contest {
    /// The name of the default among settings.
    public static final String DEFAULT = "default";

    /// The name of the suite in results.
    public static final String SUITE = "tune";

    /// The parameter of observations that tells phases apart.
    public static final String PHASE = "phase";

    public static final String RACE = "race";
    public static final String CONFIRM = "confirm";

    /// With so many blocks more of nothing an estimate is drawn to zero: one lucky block does not lead.
    private static final double CAUTION = 1;

    private final Goal goal;
    private final String phase;
    /// By setting, block and workload.
    private final Map<String, TreeMap<Integer, Map<String, Double>>> values = new LinkedHashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();
    /// The launch that each block belongs to.
    private final Map<Integer, Integer> launches = new HashMap<>();

    /// @param phase [#RACE] or [#CONFIRM]
    public Contest(Goal goal, String phase) {
        this.goal = goal;
        this.phase = phase;
    }

    /// Takes the rows of runs; those of other phases and metrics are passed over.
    public void add(Collection<Observation> rows) {
        for (Observation row : rows) {
            if (!row.suite().equals(SUITE) || !row.params().equals(PHASE + "=" + phase)) {
                continue;
            }
            for (Goal.Part part : goal.parts()) {
                if (!part.workload().equals(row.benchmark())) {
                    continue;
                }
                if (row.status() != Status.OK) {
                    failures.putIfAbsent(row.fabric(), part.workload() + ": " + row.reason());
                } else if (part.metric().name().equals(row.metric()) && row.value() > 0) {
                    values.computeIfAbsent(row.fabric(), _ -> new TreeMap<>())
                            .computeIfAbsent(row.block(), _ -> new HashMap<>())
                            .put(part.workload(), row.value());
                    launches.put(row.block(), row.launch());
                }
            }
        }
    }

    /// The settings that have values, without the default and native, which is none.
    public Set<String> settings() {
        Set<String> all = new TreeSet<>(values.keySet());
        all.remove(DEFAULT);
        all.remove(Fabrics.NATIVE);
        return all;
    }

    /// Why a setting is out; empty where it is not. A setting that failed once has failed.
    public Optional<String> failure(String setting) {
        return Optional.ofNullable(failures.get(setting));
    }

    /// The score of a setting in each block that it and the default have whole.
    public Map<Integer, Double> scores(String setting) {
        Map<Integer, Double> scores = new TreeMap<>();
        values.getOrDefault(setting, new TreeMap<>()).keySet().forEach(block -> {
            OptionalDouble score = score(setting, block);
            if (score.isPresent()) {
                scores.put(block, score.getAsDouble());
            }
        });
        return scores;
    }

    private OptionalDouble score(String setting, int block) {
        double sum = 0;
        for (Goal.Part part : goal.parts()) {
            Double own = value(setting, block, part);
            Double other = value(DEFAULT, block, part);
            if (own == null || other == null) {
                return OptionalDouble.empty();
            }
            sum += part.weight() * part.gain(own, other);
        }
        return OptionalDouble.of(sum / goal.weight());
    }

    private Double value(String setting, int block, Goal.Part part) {
        Map<Integer, Map<String, Double>> blocks = values.get(setting);
        Map<String, Double> block0 = blocks == null ? null : blocks.get(block);
        return block0 == null ? null : block0.get(part.workload());
    }

    /// One score an independent launch: the mean of its blocks'.
    public double[] launchScores(String setting) {
        Map<Integer, double[]> sums = new TreeMap<>();
        scores(setting).forEach((block, score) -> {
            double[] sum = sums.computeIfAbsent(launches.get(block), _ -> new double[2]);
            sum[0] += score;
            sum[1]++;
        });
        return sums.values().stream().mapToDouble(sum -> sum[0] / sum[1]).toArray();
    }

    /// What a setting is ranked by: the Hodges-Lehmann estimate of its scores, drawn towards zero where they
    /// are few; minus infinity without any.
    public double rank(String setting) {
        double[] scores = scores(setting).values().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        return scores.length == 0
                ? Double.NEGATIVE_INFINITY
                : PairedRatio.hodgesLehmann(scores) * scores.length / (scores.length + CAUTION);
    }

    /// Whether a setting is worse than the default by Wilcoxon's test at 5 %; never below six blocks.
    public boolean clearlyWorse(String setting) {
        double[] scores = scores(setting).values().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        return scores.length >= PairedRatio.BOOTSTRAP_FROM
                && PairedRatio.hodgesLehmann(scores) < 0
                && PairedRatio.signedRank(scores) < 0.05;
    }

    public Goal goal() {
        return goal;
    }

    /// Of a whole result.
    public static Contest of(Goal goal, String phase, List<Observation> rows) {
        Contest contest = new Contest(goal, phase);
        contest.add(rows);
        return contest;
    }
}
