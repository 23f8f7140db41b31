package org.vnetp.reports.steps;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.hipparchus.distribution.continuous.TDistribution;

/// The first detector: divides a series where the energy distance between both sides is largest, as long as a
/// t-test tells the sides apart.
///
/// The statistic is that of D. Matteson and N. James, A Nonparametric Approach for Multiple Change Point
/// Analysis of Multivariate Data (2014), section 2.2, with exponent 1: between X, which begins an interval,
/// and Y, which follows it and may end before the interval does,
///
/// ```
/// Q(X, Y) = mn/(m+n) * (2 mean |x - y|  -  mean |x - x'|  -  mean |y - y'|)
/// ```
///
/// over all pairs of different values. Their permutation test is replaced by Student's t-test, as in M.
/// Fleming and P. Kolaczkowski, Hunter: Using Change Point Detection to Hunt for Performance Regressions
/// (2023): sliding windows that overlap by half keep far changes from hiding near ones; what passes ten times
/// the p-value asked for is collected; then the weakest is taken away, and its neighbours are tested anew,
/// until all pass what was asked.
public final class EDivisive {
    /// Windows of about this length were found to do well in the paper.
    public static final int WINDOW = 50;

    /// Below this relative spread, differences are those of the last digit.
    static final double RESOLUTION = 1e-4;

    /// How the t-test and the merging are reckoned.
    public enum Reckoning {
        /// As the textbooks have it.
        PLAIN,
        /// As Apache Otava does, so that its results can be checked value by value: the t-test gets
        /// deviations that were divided by n and not by n - 1, and after a change is taken away the two
        /// changes after it are tested anew, not those on either side.
        OTAVA
    }

    /// @param window how many values are looked at together, at least 2
    /// @param maxPValue what every change has to stay below
    /// @param minMagnitude relative difference of means that every change has to exceed, from the smaller one
    /// @param logs whether values are logarithms: a difference then is a relative one as it is
    /// @param reckoning [Reckoning#PLAIN], unless Otava's results are wanted
    public record Settings(int window, double maxPValue, double minMagnitude, boolean logs, Reckoning reckoning) {
        public Settings {
            if (window < 2 || !(maxPValue > 0 && maxPValue <= 1) || !(minMagnitude >= 0)) {
                throw new IllegalArgumentException("window " + window + ", p-value " + maxPValue + ", magnitude "
                        + minMagnitude + ": expected a window of 2 or more, 0 < p-value <= 1, magnitude of 0 or more");
            }
        }
    }

    /// A change.
    ///
    /// @param index of the first value after it
    /// @param before mean of the values since the change before
    /// @param after mean of the values until the next change
    /// @param pValue two-sided, of Student's t-test between these
    /// @param magnitude relative difference of the means, from the smaller one
    public record Change(int index, double before, double after, double pValue, double magnitude) {}

    private record Candidate(int index, double q) {}

    private final double[] x;
    private final Settings settings;

    private EDivisive(double[] x, Settings settings) {
        this.x = x;
        this.settings = settings;
    }

    /// Finds the changes in a series of finite values.
    public static List<Change> find(double[] series, Settings settings) {
        EDivisive detector = new EDivisive(series, settings);
        return detector.merge(detector.collect());
    }

    /// The p-value of the first pass.
    private double relaxed() {
        double p = settings.maxPValue();
        return p < 0.05 ? 10 * p : p < 0.5 ? 2 * p : p;
    }

    /// Whatever any window shows.
    private List<Integer> collect() {
        TreeSet<Integer> found = new TreeSet<>();
        int step = settings.window() / 2;
        int start = 0;
        while (start < x.length) {
            TreeSet<Integer> own = divide(start, Math.min(start + settings.window(), x.length));
            found.addAll(own);
            start = Math.max(own.isEmpty() ? 0 : own.last(), start + step);
        }
        return new ArrayList<>(found);
    }

    /// Divides one window until its best division is not significant.
    private TreeSet<Integer> divide(int from, int to) {
        TreeSet<Integer> found = new TreeSet<>();
        TreeMap<Integer, Candidate> best = new TreeMap<>(); // by the interval's beginning
        TreeMap<Integer, Integer> ends = new TreeMap<>();
        ends.put(from, to);
        best.put(from, candidate(from, to));
        while (true) {
            int begin = -1;
            for (var entry : best.entrySet()) {
                if (entry.getValue() != null
                        && (begin < 0 || entry.getValue().q() > best.get(begin).q())) {
                    begin = entry.getKey();
                }
            }
            if (begin < 0) {
                return found;
            }
            int at = best.get(begin).index();
            int end = ends.get(begin);
            if (!(change(begin, at, end).pValue() <= relaxed())) {
                return found;
            }
            found.add(at);
            ends.put(begin, at);
            ends.put(at, end);
            best.put(begin, candidate(begin, at));
            best.put(at, candidate(at, end));
        }
    }

    /// The division of an interval with the largest Q, null where there is nothing to divide.
    ///
    /// All distances are added up once: `column[k]` is the sum of distances from x[k] to the values before
    /// `at`.
    private Candidate candidate(int from, int to) {
        if (to - from < 2) {
            return null;
        }
        double[] column = new double[to - from];
        double[] whole = new double[to - from];
        for (int k = from; k < to; k++) {
            for (int i = from; i < k; i++) {
                whole[k - from] += Math.abs(x[i] - x[k]);
            }
        }
        Candidate best = null;
        double left = 0; // distances within [from, at)
        for (int at = from + 1; at < to; at++) {
            for (int k = at - 1; k < to; k++) {
                column[k - from] += Math.abs(x[at - 1] - x[k]);
            }
            left += at - 1 > from ? whole[at - 1 - from] : 0;
            int n = at - from;
            double across = 0;
            double right = 0; // distances within [at, k]
            for (int k = at; k < to; k++) {
                across += column[k - from];
                right += whole[k - from] - column[k - from];
                int m = k + 1 - at;
                double q = 2.0
                        / (m + n)
                        * (across
                                - (n > 1 ? (double) m / (n - 1) * left : 0)
                                - (m > 1 ? (double) n / (m - 1) * right : 0));
                if (best == null || q > best.q()) {
                    best = new Candidate(at, q);
                }
            }
        }
        return best;
    }

    /// Takes away the weakest until all pass.
    private List<Change> merge(List<Integer> found) {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            changes.add(change(
                    i == 0 ? 0 : found.get(i - 1), found.get(i), i + 1 < found.size() ? found.get(i + 1) : x.length));
        }
        while (!changes.isEmpty()) {
            int weakest = 0;
            for (int i = 1; i < changes.size(); i++) {
                weakest = changes.get(i).pValue() > changes.get(weakest).pValue() ? i : weakest;
            }
            if (changes.get(weakest).pValue() < settings.maxPValue()) {
                weakest = 0;
                for (int i = 1; i < changes.size(); i++) {
                    weakest = changes.get(i).magnitude() < changes.get(weakest).magnitude() ? i : weakest;
                }
                if (changes.get(weakest).magnitude() > settings.minMagnitude()) {
                    break;
                }
            }
            changes.remove(weakest);
            again(changes, settings.reckoning() == Reckoning.OTAVA ? weakest + 1 : weakest - 1);
            again(changes, weakest);
        }
        return changes;
    }

    private void again(List<Change> changes, int i) {
        if (i >= 0 && i < changes.size()) {
            changes.set(
                    i,
                    change(
                            i == 0 ? 0 : changes.get(i - 1).index(),
                            changes.get(i).index(),
                            i + 1 < changes.size() ? changes.get(i + 1).index() : x.length));
        }
    }

    private Change change(int from, int at, int to) {
        double before = mean(x, from, at);
        double after = mean(x, at, to);
        double magnitude = settings.logs()
                ? Math.expm1(Math.abs(after - before))
                : before == 0 || after == 0 ? 0 : Math.max(Math.abs(after / before - 1), Math.abs(before / after - 1));
        return new Change(at, before, after, pValue(x, from, at, to, settings), magnitude);
    }

    /// Student's t-test between x[from, at) and x[at, to), two-sided, with one variance for both; 1 where
    /// there are fewer than three values. The spread is taken to be at least [#RESOLUTION].
    static double pValue(double[] x, int from, int at, int to, Settings settings) {
        int freedom = to - from - 2;
        if (freedom < 1 || at <= from || to <= at) {
            return 1;
        }
        double before = mean(x, from, at);
        double after = mean(x, at, to);
        double left = squares(x, from, at, before);
        double right = squares(x, at, to, after);
        if (settings.reckoning() == Reckoning.OTAVA) {
            left *= (at - from - 1.0) / (at - from);
            right *= (to - at - 1.0) / (to - at);
        }
        double least = RESOLUTION * (settings.logs() ? 1 : Math.max(Math.abs(before), Math.abs(after)));
        double variance = Math.max((left + right) / freedom, least * least);
        double t = Math.abs(after - before) / Math.sqrt(variance * (1.0 / (at - from) + 1.0 / (to - at)));
        return t == 0 || variance == 0 ? 1 : 2 * new TDistribution(freedom).cumulativeProbability(-t);
    }

    private static double squares(double[] x, int from, int to, double mean) {
        double squares = 0;
        for (int i = from; i < to; i++) {
            squares += (x[i] - mean) * (x[i] - mean);
        }
        return squares;
    }

    private static double mean(double[] x, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += x[i];
        }
        return sum / (to - from);
    }
}
