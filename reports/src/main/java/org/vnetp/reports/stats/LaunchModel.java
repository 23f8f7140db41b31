package org.vnetp.reports.stats;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.hipparchus.distribution.continuous.TDistribution;

/// How regions and launches of one run of the suite scatter, and what follows for the interval of a ratio.
///
/// Timed regions of one launch (one start of an arm's processes) share its memory layout, its compiled code and its
/// connections, so they are not independent of each other. The log ratio of a block is taken to be
///
/// ```
/// log ratio = truth + (effect of the arm's launch + noise of its region)
///                   - (the same of the reference; where the reference is measured twice, the mean of both)
/// ```
///
/// - The variance of a launch's effect is one number for the whole run, by the method of moments over all arms
///   together (Searle, Casella and McCulloch, Variance Components, 1992, ch. 3): one arm has too few launches to tell.
///   The reference measured against itself (the control arm) takes part with its known truth of zero, and is what
///   tells where every arm had but one launch.
/// - The variance of a region's noise is the arm's own, half of that of a pair of single regions, moderated towards
///   the run's usual one as by Smyth (2004), Linear models and empirical Bayes methods, section 5: few blocks then
///   give no wild intervals.
/// - The estimate is the mean of the launches' Hodges-Lehmann estimates, weighted by their precision; the interval is
///   Student's with Satterthwaite's degrees of freedom.
///
/// Immutable.
final class LaunchModel {
    private static final double TAIL = 0.025;
    private static final int ROUNDS = 50;

    /// One arm's paired blocks.
    ///
    /// @param benchmark whose launches these are; cells that differ only in their link share them
    /// @param arm name of the arm, for counting launches
    /// @param control whether the arm is the reference itself once more
    /// @param pairs one a block
    record Sample(String benchmark, String arm, boolean control, List<Pair> pairs) {}

    /// @param launch of the arm
    /// @param references what the arm was compared with: one launch, or one of either native arm
    /// @param logRatio of the arm's region and the references' geometric mean, more is better
    record Pair(int launch, List<Reference> references, double logRatio) {
        /// The variance of a pair, in variances of one region: noise and launches of either side.
        private double sides() {
            return 1 + 1.0 / references.size();
        }
    }

    record Reference(String arm, int launch) {}

    /// The blocks that share all launches.
    ///
    /// @param squares sum of squared deviations from the mean, in variances of one region
    private record Group(Pair first, int size, double location, double squares) {
        double sides() {
            return first.sides();
        }
    }

    private final double launchVariance;
    private final double launchFreedom;
    private final VariancePrior prior;

    private LaunchModel(double launchVariance, double launchFreedom, VariancePrior prior) {
        this.launchVariance = launchVariance;
        this.launchFreedom = launchFreedom;
        this.prior = prior;
    }

    /// Learns from all arms of a run that are compared with one reference by one metric.
    static LaunchModel of(List<Sample> samples) {
        double[] variances = new double[samples.size()];
        int[] freedoms = new int[samples.size()];
        for (int i = 0; i < samples.size(); i++) {
            List<Group> groups = groups(samples.get(i).pairs());
            freedoms[i] = freedom(groups);
            variances[i] = freedoms[i] == 0 ? 0 : squares(groups) / freedoms[i];
        }
        VariancePrior prior = VariancePrior.of(variances, freedoms);
        return new LaunchModel(variance(samples, prior), launchFreedom(samples), prior);
    }

    /// The variance of the effect of one launch on the log of a value; 0 where regions explain all.
    double launchVariance() {
        return launchVariance;
    }

    /// Degrees of freedom of [#launchVariance()]; 0 where the run does not tell it.
    double launchFreedom() {
        return launchFreedom;
    }

    /// The ratio of an arm with its interval; no interval where the run does not tell how launches scatter.
    PairedRatio ratio(List<Pair> pairs) {
        List<Group> groups = groups(pairs);
        double variance = moderated(groups);
        double[] weights = weights(groups, variance);
        double estimate = 0;
        for (int i = 0; i < weights.length; i++) {
            estimate += weights[i] * groups.get(i).location();
        }
        double ofLaunches = launchVariance * launchShare(groups, weights);
        double ofRegions = variance * regionShare(groups, weights);
        double error = Math.sqrt(ofLaunches + ofRegions);
        double freedom = satterthwaite(ofLaunches, ofRegions, prior.freedom() + freedom(groups));
        double half = Double.NaN;
        double pValue = Double.NaN;
        if (launchFreedom > 0 && freedom > 0) {
            TDistribution student = new TDistribution(freedom);
            half = student.inverseCumulativeProbability(1 - TAIL) * error;
            pValue = error == 0 ? Double.NaN : 2 * student.cumulativeProbability(-Math.abs(estimate) / error);
        }
        return new PairedRatio(
                Math.exp(estimate),
                Math.exp(estimate - half),
                Math.exp(estimate + half),
                pairs.size(),
                launches(pairs),
                pValue,
                Math.sqrt(sides(groups) * variance),
                launchFreedom > 0 ? error : Double.NaN,
                freedom);
    }

    /// Half of the interval's width on the log scale if an arm had more blocks, evenly over its launches; NaN where no
    /// width can be told.
    double halfWidth(List<Pair> pairs, int moreBlocks, int moreLaunches) {
        List<Group> groups = groups(pairs);
        int blocks = pairs.size() + moreBlocks;
        int launches = launches(pairs) + moreLaunches;
        double sides = sides(groups);
        double ofLaunches = sides * launchVariance / launches;
        double ofRegions = sides * moderated(groups) / blocks;
        double freedom = satterthwaite(
                ofLaunches, ofRegions, prior.freedom() + Math.max(0, blocks - groups.size() - moreLaunches));
        return launchFreedom > 0 && freedom > 0
                ? new TDistribution(freedom).inverseCumulativeProbability(1 - TAIL) * Math.sqrt(ofLaunches + ofRegions)
                : Double.NaN;
    }

    /// The variance of a block's pair, in variances of one region: the mean of the groups.
    private static double sides(List<Group> groups) {
        return groups.stream().mapToDouble(Group::sides).average().orElseThrow();
    }

    private double satterthwaite(double ofLaunches, double ofRegions, double regionFreedom) {
        double sum = ofLaunches + ofRegions;
        if (sum == 0) {
            return launchFreedom + regionFreedom;
        }
        double launches = ofLaunches == 0 ? 0 : ofLaunches * ofLaunches / launchFreedom;
        double regions = ofRegions == 0 ? 0 : ofRegions * ofRegions / regionFreedom;
        return sum * sum / (launches + regions);
    }

    private double moderated(List<Group> groups) {
        return prior.moderate(squares(groups), freedom(groups));
    }

    private double[] weights(List<Group> groups, double regionVariance) {
        double[] weights = new double[groups.size()];
        for (int i = 0; i < weights.length; i++) {
            Group group = groups.get(i);
            double variance = group.sides() * (launchVariance + regionVariance / group.size());
            weights[i] = variance == 0 ? groups.get(i).size() : 1 / variance;
        }
        double sum = Arrays.stream(weights).sum();
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= sum;
        }
        return weights;
    }

    /// How much of one launch's variance is in the weighted mean: launches that occur in several groups weigh more.
    private static double launchShare(List<Group> groups, double[] weights) {
        Map<Integer, Double> ours = new HashMap<>();
        Map<Reference, Double> theirs = new HashMap<>();
        for (int i = 0; i < weights.length; i++) {
            Pair pair = groups.get(i).first();
            ours.merge(pair.launch(), weights[i], Double::sum);
            for (Reference reference : pair.references()) {
                theirs.merge(reference, weights[i] / pair.references().size(), Double::sum);
            }
        }
        double share = 0;
        for (double weight : ours.values()) {
            share += weight * weight;
        }
        for (double weight : theirs.values()) {
            share += weight * weight;
        }
        return share;
    }

    private static double regionShare(List<Group> groups, double[] weights) {
        double share = 0;
        for (int i = 0; i < weights.length; i++) {
            share += weights[i]
                    * weights[i]
                    * groups.get(i).sides()
                    / groups.get(i).size();
        }
        return share;
    }

    private static int launches(List<Pair> pairs) {
        Set<Integer> launches = new HashSet<>();
        pairs.forEach(pair -> launches.add(pair.launch()));
        return launches.size();
    }

    private static List<Group> groups(List<Pair> pairs) {
        Map<List<?>, List<Pair>> byLaunches = new LinkedHashMap<>();
        for (Pair pair : pairs) {
            byLaunches
                    .computeIfAbsent(List.of(pair.launch(), pair.references()), _ -> new java.util.ArrayList<>())
                    .add(pair);
        }
        return byLaunches.values().stream()
                .map(group -> {
                    double[] logs = group.stream().mapToDouble(Pair::logRatio).toArray();
                    double mean = Arrays.stream(logs).average().orElseThrow();
                    double squares = Arrays.stream(logs)
                            .map(x -> (x - mean) * (x - mean))
                            .sum();
                    Pair first = group.getFirst();
                    return new Group(first, logs.length, PairedRatio.hodgesLehmann(logs), squares / first.sides());
                })
                .toList();
    }

    private static double squares(List<Group> groups) {
        return groups.stream().mapToDouble(Group::squares).sum();
    }

    private static int freedom(List<Group> groups) {
        return groups.stream().mapToInt(group -> group.size() - 1).sum();
    }

    /// Distinct launches less the means that they have to tell; the control's is known to be the reference's.
    private static double launchFreedom(List<Sample> samples) {
        Map<String, Set<Reference>> launches = new TreeMap<>();
        Map<String, Set<String>> means = new TreeMap<>();
        for (Sample sample : samples) {
            Set<Reference> all = launches.computeIfAbsent(sample.benchmark(), _ -> new HashSet<>());
            Set<String> unknown = means.computeIfAbsent(sample.benchmark(), _ -> new HashSet<>(Set.of("")));
            if (!sample.control()) {
                unknown.add(sample.arm());
            }
            for (Pair pair : sample.pairs()) {
                all.add(new Reference(sample.arm(), pair.launch()));
                all.addAll(pair.references());
            }
        }
        double freedom = 0;
        for (Map.Entry<String, Set<Reference>> entry : launches.entrySet()) {
            freedom += entry.getValue().size() - means.get(entry.getKey()).size();
        }
        return Math.max(0, freedom);
    }

    /// One arm's sum of squares between launches, and what it is expected to be made of.
    private record Moment(double squares, double ofLaunches, double ofRegions, double sides, double typicalRegion) {}

    private static double variance(List<Sample> samples, VariancePrior prior) {
        List<Moment> moments = samples.stream()
                .map(sample -> moment(sample, prior))
                .filter(moment -> moment.ofLaunches() > 0)
                .toList();
        double variance = 0;
        // Arms whose regions scatter much tell little about launches: each weighs by the variance of what it says,
        // which depends on the result, hence the repetition.
        for (int round = 0; round < ROUNDS; round++) {
            double above = 0;
            double below = 0;
            for (Moment m : moments) {
                double spread = m.sides() * variance + m.typicalRegion();
                double weight = spread == 0 ? 1 : 1 / (spread * spread);
                above += weight * (m.squares() - m.ofRegions());
                below += weight * m.ofLaunches();
            }
            variance = below == 0 ? 0 : Math.max(0, above / below);
        }
        return variance;
    }

    private static Moment moment(Sample sample, VariancePrior prior) {
        List<Group> groups = groups(sample.pairs());
        int k = groups.size();
        if (k == 0) {
            return new Moment(0, 0, 0, 0, 0);
        }
        double variance = prior.moderate(squares(groups), freedom(groups));
        double regions = groups.stream()
                .mapToDouble(group -> group.sides() * variance / group.size())
                .sum();
        double sides = groups.stream().mapToDouble(Group::sides).sum();
        double centre = sample.control()
                ? 0
                : groups.stream().mapToDouble(Group::location).average().orElseThrow();
        double squares = groups.stream()
                .mapToDouble(group -> (group.location() - centre) * (group.location() - centre))
                .sum();
        if (sample.control()) {
            return new Moment(squares, sides, regions, sides / k, regions / k);
        }
        double[] even = new double[k];
        Arrays.fill(even, 1.0 / k);
        // E[sum of squares about their mean] = variance * (sides - k * share of the mean) + regions * (1 - 1/k)
        return new Moment(
                squares,
                sides - k * launchShare(groups, even),
                regions * (1 - 1.0 / k),
                sides / k,
                k == 1 ? 0 : regions / k);
    }
}
