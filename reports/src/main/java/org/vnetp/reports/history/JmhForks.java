package org.vnetp.reports.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.reports.result.ResultException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The forks of one entry of JMH's result file: a fork is a process of its own, so forks are independent of
/// each other and iterations within one are not.
///
/// @param means one a fork: of its iterations (`rawData`), or of its samples (`rawDataHistogram`); empty
///     where the file keeps neither
/// @param iterations in all forks together
record JmhForks(List<Double> means, int iterations) {
    private static final JsonMapper JSON = new JsonMapper();

    JmhForks {
        means = List.copyOf(means);
    }

    /// One for each entry, in the file's order.
    static List<JmhForks> read(Path file) throws IOException {
        try {
            List<JmhForks> all = new ArrayList<>();
            for (JsonNode entry : JSON.readTree(Files.readAllBytes(file))) {
                JsonNode primary = entry.path("primaryMetric");
                all.add(
                        primary.has("rawData")
                                ? ofIterations(primary.path("rawData"))
                                : ofSamples(primary.path("rawDataHistogram")));
            }
            return all;
        } catch (JacksonException e) {
            throw new ResultException(file, "not JMH's results: " + e.getOriginalMessage(), e);
        }
    }

    private static JmhForks ofIterations(JsonNode forks) {
        List<Double> means = new ArrayList<>();
        int iterations = 0;
        for (JsonNode fork : forks) {
            double sum = 0;
            int count = 0;
            for (JsonNode value : fork) {
                if (value.isNumber()) { // JMH writes "NaN" where an iteration gave none
                    sum += value.asDouble();
                    count++;
                }
            }
            iterations += count;
            if (count > 0) {
                means.add(sum / count);
            }
        }
        return new JmhForks(means, iterations);
    }

    /// Per fork a list of iterations, each a list of pairs of value and how often it was seen.
    private static JmhForks ofSamples(JsonNode forks) {
        List<Double> means = new ArrayList<>();
        int iterations = 0;
        for (JsonNode fork : forks) {
            double sum = 0;
            double count = 0;
            for (JsonNode iteration : fork) {
                iterations++;
                for (JsonNode pair : iteration) {
                    sum += pair.path(0).asDouble(0) * pair.path(1).asDouble(0);
                    count += pair.path(1).asDouble(0);
                }
            }
            if (count > 0) {
                means.add(sum / count);
            }
        }
        return new JmhForks(means, iterations);
    }
}
