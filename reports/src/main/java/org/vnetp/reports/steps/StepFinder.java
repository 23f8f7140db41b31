package org.vnetp.reports.steps;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Finds the steps of a series with two detectors, and grades them by whether both agree.
///
/// Positive values are compared by their logarithms, so that a step is a relative one. Gaps are left out, not
/// filled. Single values that lie more than [#OUTLIER] robust deviations off their neighbourhood are told,
/// and take no part.
public final class StepFinder {
    /// What a step's p-value has to be at most.
    public static final double MAX_P_VALUE = 0.001;
    /// How many values a confirmed step needs after it.
    public static final int VALUES_AFTER = 4;
    /// How many values a series needs for a step in it to be confirmed: as many before it as after it.
    public static final int LEAST_VALUES = 2 * VALUES_AFTER;
    /// How far the two detectors may be apart, in values.
    public static final int APART = 2;
    /// In robust standard deviations of the neighbourhood.
    public static final double OUTLIER = 5;

    private static final int NEIGHBOURS = 4; // on either side
    private static final double DOUBT = 3; // nats: one place in twenty is as good by chance
    private static final int FARTHEST = 10; // values from where the detectors put it
    private static final double MOST_OUTLIERS = 0.1; // of all values

    /// What was found.
    ///
    /// @param steps by their place
    /// @param outliers indices of single values that are far off
    /// @param noise standard deviation of a value around its level, relative; NaN below three values
    public record Found(List<Step> steps, List<Integer> outliers, double noise) {}

    private StepFinder() {}

    /// Finds the steps.
    ///
    /// @param values positive, NaN for a gap
    /// @param least relative difference that a step has to have, such as 0.03
    /// @throws IllegalArgumentException naming a value that is zero, negative or infinite
    public static Found find(double[] values, double least) {
        for (int i = 0; i < values.length; i++) {
            if (!(Double.isNaN(values[i]) || values[i] > 0 && values[i] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("value " + values[i] + " at " + i + ": expected more than 0");
            }
        }
        int[] there = IntStream.range(0, values.length)
                .filter(i -> !Double.isNaN(values[i]))
                .toArray();
        double[] logs =
                Arrays.stream(there).mapToDouble(i -> Math.log(values[i])).toArray();
        if (logs.length < 3) {
            return new Found(List.of(), List.of(), Double.NaN);
        }
        double noise = Robust.noise(logs, EDivisive.RESOLUTION);
        List<Integer> far = outliers(logs, noise);
        if (far.size() > logs.length * MOST_OUTLIERS) {
            // So many are a mode of their own, which the median does not see: what looks far off is usual here.
            noise = Math.max(noise, Robust.roughNoise(logs));
            far = outliers(logs, noise);
        }
        List<Integer> outliers = far;
        int[] places = IntStream.range(0, logs.length)
                .filter(i -> !outliers.contains(i))
                .toArray();
        double[] kept = Arrays.stream(places).mapToDouble(i -> logs[i]).toArray();
        List<Step> steps = new ArrayList<>();
        for (Step step : steps(kept, noise, Math.log1p(least))) {
            steps.add(new Step(
                    there[places[step.from()]],
                    there[places[step.to()]],
                    there[places[step.at()]],
                    step.before(),
                    step.after(),
                    step.pValue(),
                    step.valuesAfter(),
                    step.grade()));
        }
        return new Found(
                List.copyOf(steps), outliers.stream().map(i -> there[i]).toList(), noise);
    }

    /// Values far from all their neighbours on both sides. The last few are never called so: what comes after
    /// them is not known yet.
    private static List<Integer> outliers(double[] logs, double noise) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < logs.length - NEIGHBOURS; i++) {
            int from = Math.max(0, i - NEIGHBOURS);
            int at = i;
            double[] around = IntStream.rangeClosed(from, i + NEIGHBOURS)
                    .filter(k -> k != at)
                    .mapToDouble(k -> logs[k])
                    .toArray();
            double middle = Robust.median(around);
            double spread = Math.max(noise, Robust.deviation(around, middle));
            if (Math.abs(logs[i] - middle) > OUTLIER * spread) {
                found.add(i);
            }
        }
        return found;
    }

    private static List<Step> steps(double[] logs, double noise, double least) {
        EDivisive.Settings settings = new EDivisive.Settings(
                EDivisive.WINDOW, MAX_P_VALUE, Math.expm1(least), true, EDivisive.Reckoning.PLAIN);
        List<EDivisive.Change> divided = EDivisive.find(logs, settings);
        List<Integer> levels = large(logs, Potts.find(logs, noise), least);
        List<Integer> alone = new ArrayList<>(levels);
        List<Step> steps = new ArrayList<>();
        for (EDivisive.Change change : divided) {
            Optional<Integer> same = alone.stream()
                    .filter(level -> Math.abs(level - change.index()) <= APART)
                    .min(Comparator.comparingInt(level -> Math.abs(level - change.index())));
            same.ifPresent(alone::remove);
            int first = Math.min(change.index(), same.orElse(change.index()));
            int last = Math.max(change.index(), same.orElse(change.index()));
            int after = logs.length - last;
            Step.Grade grade = same.isEmpty()
                    ? Step.Grade.POSSIBLE
                    : after >= VALUES_AFTER ? Step.Grade.CONFIRMED : Step.Grade.SUSPECT;
            steps.add(new Step(
                    first - 1,
                    last,
                    same.orElse(change.index()),
                    Math.exp(change.before()),
                    Math.exp(change.after()),
                    change.pValue(),
                    after,
                    grade));
        }
        for (int level : alone) {
            int from = levels.indexOf(level) == 0 ? 0 : levels.get(levels.indexOf(level) - 1);
            int to = level == levels.getLast() ? logs.length : levels.get(levels.indexOf(level) + 1);
            steps.add(new Step(
                    level - 1,
                    level,
                    level,
                    Math.exp(Robust.median(Arrays.copyOfRange(logs, from, level))),
                    Math.exp(Robust.median(Arrays.copyOfRange(logs, level, to))),
                    EDivisive.pValue(logs, from, level, to, settings),
                    logs.length - level,
                    Step.Grade.POSSIBLE));
        }
        steps.sort(Comparator.comparingInt(Step::at));
        List<Step> placed = new ArrayList<>();
        for (int k = 0; k < steps.size(); k++) {
            int from = k == 0 ? 0 : steps.get(k - 1).at();
            int to = k + 1 < steps.size() ? steps.get(k + 1).at() : logs.length;
            placed.add(placed(logs, noise, from, steps.get(k), to));
        }
        return placed;
    }

    /// A step with all places that the values allow: noise may hide the first values after it, or bring
    /// forward the last ones before it. A place is allowed where the distances to both levels are at most
    /// [#DOUBT] worse than at the best one.
    private static Step placed(double[] logs, double noise, int from, Step step, int to) {
        int at = step.at();
        double before = Robust.median(Arrays.copyOfRange(logs, from, at));
        double after = Robust.median(Arrays.copyOfRange(logs, at, to));
        double distance = noise * Math.sqrt(2 / Math.PI);
        int least = Math.max(from + 1, at - FARTHEST);
        int most = Math.min(to - 1, at + FARTHEST);
        if (most < least) {
            return step;
        }
        double[] worse = new double[most - least + 1]; // of beginning at `least + i`, against `least`
        for (int i = 1; i < worse.length; i++) {
            double x = logs[least + i - 1];
            worse[i] = worse[i - 1] + (Math.abs(x - before) - Math.abs(x - after)) / distance;
        }
        double best = Arrays.stream(worse).min().orElseThrow();
        int first = step.from() + 1;
        int last = step.to();
        for (int i = 0; i < worse.length; i++) {
            if (worse[i] - best <= DOUBT) {
                first = Math.min(first, least + i);
                last = Math.max(last, least + i);
            }
        }
        return new Step(
                first - 1, last, at, step.before(), step.after(), step.pValue(), step.valuesAfter(), step.grade());
    }

    /// Without changes that are smaller than what counts, the smallest first.
    static List<Integer> large(double[] logs, List<Integer> changes, double least) {
        List<Integer> left = new ArrayList<>(changes);
        while (!left.isEmpty()) {
            int smallest = -1;
            double size = least;
            for (int k = 0; k < left.size(); k++) {
                int from = k == 0 ? 0 : left.get(k - 1);
                int to = k + 1 < left.size() ? left.get(k + 1) : logs.length;
                double difference = Math.abs(Robust.median(Arrays.copyOfRange(logs, left.get(k), to))
                        - Robust.median(Arrays.copyOfRange(logs, from, left.get(k))));
                if (difference < size) {
                    size = difference;
                    smallest = k;
                }
            }
            if (smallest < 0) {
                break;
            }
            left.remove(smallest);
        }
        return left;
    }
}
