package org.vnetp.reports.steps;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Steps of many series together, by the procedure of Benjamini and Hochberg (1995, Controlling the False Discovery
/// Rate, Journal of the Royal Statistical Society B 57): of the steps that are told, about one in twenty at most is
/// chance, however many series were looked at.
///
/// A series in which nothing was found was tested too, and counts as one test that showed nothing.
public final class FalseDiscovery {
    /// The share of the steps told that chance may have given.
    public static final double RATE = 0.05;

    private FalseDiscovery() {}

    /// The same steps, those that chance may have given among so many series with [Step.Grade#CHANCE].
    ///
    /// @param series the steps of each series that was looked at
    public static List<List<Step>> graded(List<List<Step>> series) {
        int tests = series.stream().mapToInt(steps -> Math.max(1, steps.size())).sum();
        double[] p =
                series.stream().flatMap(List::stream).mapToDouble(Step::pValue).toArray();
        double[] adjusted = adjusted(p, tests);
        List<List<Step>> graded = new ArrayList<>();
        int next = 0;
        for (List<Step> steps : series) {
            List<Step> each = new ArrayList<>();
            for (Step step : steps) {
                boolean both = step.grade() != Step.Grade.POSSIBLE;
                each.add(adjusted[next++] > RATE && both ? step.graded(Step.Grade.CHANCE) : step);
            }
            graded.add(List.copyOf(each));
        }
        return graded;
    }

    /// The p-values to be held against the rate itself, in the same order.
    ///
    /// @param p of the tests that showed something; NaN counts as 1
    /// @param tests how many there were, at least as many
    static double[] adjusted(double[] p, int tests) {
        Integer[] order = IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> Double.isNaN(p[i]) ? 1 : p[i]))
                .toArray(Integer[]::new);
        double[] adjusted = new double[p.length];
        double least = 1;
        for (int k = order.length; k >= 1; k--) {
            double own = Double.isNaN(p[order[k - 1]]) ? 1 : p[order[k - 1]];
            least = Math.min(least, own * tests / k);
            adjusted[order[k - 1]] = least;
        }
        return adjusted;
    }
}
