package org.vnetp.reports.tune;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;

/// What settings are judged by: one metric of each workload, with its weight.
///
/// @param name as in `--for`
/// @param parts at least one
public record Goal(String name, List<Part> parts) {

    /// @param workload the benchmark of the observations
    /// @param metric with a direction
    /// @param weight above 0; of the workload's log ratio in the score
    public record Part(String workload, Metric metric, double weight) {
        public Part {
            if (metric.direction() == Metric.Direction.NEUTRAL || !(weight > 0)) {
                throw new IllegalArgumentException(workload + " " + metric.name() + " " + weight
                        + ": expected a metric with a direction and a" + " weight above 0");
            }
        }

        /// How much better a value is than another, as a log ratio; above 0 is better.
        public double gain(double value, double other) {
            double log = Math.log(value / other);
            return metric.direction() == Metric.Direction.HIGHER_IS_BETTER ? log : -log;
        }
    }

    public Goal {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("goal " + name + ": expected at least one workload");
        }
    }

    /// All weights together.
    double weight() {
        return parts.stream().mapToDouble(Part::weight).sum();
    }

    /// For `run.json`: `NAME: WORKLOAD METRIC UNIT DIRECTION WEIGHT; ...`.
    public String text() {
        List<String> words = new ArrayList<>();
        for (Part part : parts) {
            words.add(String.format(
                    Locale.ROOT,
                    "%s %s %s %s %s",
                    part.workload(),
                    part.metric().name(),
                    part.metric().unit().isEmpty() ? "-" : part.metric().unit(),
                    part.metric().direction() == Metric.Direction.HIGHER_IS_BETTER ? "more" : "less",
                    part.weight()));
        }
        return name + ": " + String.join("; ", words);
    }

    /// Reads what [#text()] wrote.
    ///
    /// @throws IllegalArgumentException naming what was expected
    public static Goal parse(String text) {
        int colon = text.indexOf(": ");
        if (colon <= 0) {
            throw new IllegalArgumentException(
                    "goal '" + text + "': expected NAME: WORKLOAD METRIC UNIT more|less WEIGHT");
        }
        List<Part> parts = new ArrayList<>();
        for (String each : text.substring(colon + 2).split("; ", -1)) {
            String[] words = each.split(" ", -1);
            if (words.length != 5) {
                throw new IllegalArgumentException(
                        "goal, part '" + each + "': expected WORKLOAD METRIC UNIT more|less WEIGHT");
            }
            Metric metric = Metrics.find(words[1])
                    .orElseGet(() -> new Metric(
                            words[1],
                            words[2].equals("-") ? "" : words[2],
                            words[3].equals("more")
                                    ? Metric.Direction.HIGHER_IS_BETTER
                                    : Metric.Direction.LOWER_IS_BETTER,
                            words[1]));
            parts.add(new Part(words[0], metric, Double.parseDouble(words[4])));
        }
        return new Goal(text.substring(0, colon), parts);
    }
}
