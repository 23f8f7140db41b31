package org.vnetp.reports.result;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One entry of a result file that JMH wrote (`-rf json`).
///
/// @param benchmark class and method, with packages
/// @param mode `avgt`, `thrpt`, `ss`, `sample`
/// @param params in the file's order
/// @param score in `unit`, more than 0; NaN where JMH gives none that can be
/// @param error half the 99.9 % interval, NaN where JMH gives none
/// @param unit such as `ns/op`
/// @param bytesPerOp allocated by the profiler's count, the median of iterations, NaN where the profiler was off
/// @param bytesPerIteration allocated in one of JMH's iterations, NaN where the profiler was off
/// @param forks see [Forks]
/// @param counters hardware events an operation by perf's name, such as `instructions`; empty without perfnorm
public record JmhResult(
        String benchmark,
        String mode,
        Map<String, String> params,
        double score,
        double error,
        String unit,
        double bytesPerOp,
        double bytesPerIteration,
        Forks forks,
        Map<String, Double> counters) {
    /// The forks of an entry: each is a process of its own, so forks are independent of each other, and iterations
    /// within one are not.
    ///
    /// @param means one a fork, in the entry's unit: of its iterations (`rawData`), or of its samples
    ///     (`rawDataHistogram`); a fork without a number is left out
    /// @param iterations in all forks together
    /// @param values by fork and iteration, NaN where an iteration gave none; empty where samples are kept instead
    public record Forks(List<Double> means, int iterations, List<List<Double>> values) {
        /// Where the file keeps neither.
        public static final Forks NONE = new Forks(List.of(), 0, List.of());

        public Forks {
            means = List.copyOf(means);
            values = List.copyOf(values);
        }

        private static Forks of(JsonNode primary) {
            List<Double> means = new ArrayList<>();
            List<List<Double>> values = new ArrayList<>();
            int iterations = 0;
            for (JsonNode fork : primary.path("rawData")) {
                Mean mean = new Mean();
                List<Double> own = new ArrayList<>();
                fork.forEach(iteration -> {
                    own.add(number(iteration));
                    mean.add(number(iteration), 1);
                });
                values.add(List.copyOf(own));
                iterations += (int) mean.count;
                mean.to(means);
            }
            // Per fork a list of iterations, each a list of pairs of value and how often it was seen.
            for (JsonNode fork : primary.path("rawDataHistogram")) {
                Mean mean = new Mean();
                fork.forEach(
                        iteration -> iteration.forEach(pair -> mean.add(number(pair.path(0)), number(pair.path(1)))));
                iterations += fork.size();
                mean.to(means);
            }
            return new Forks(means, iterations, values);
        }
    }

    private static final class Mean {
        private double sum;
        private double count;

        /// JMH writes "NaN" where an iteration gave none.
        void add(double value, double times) {
            if (Double.isFinite(value) && times > 0) {
                sum += value * times;
                count += times;
            }
        }

        void to(List<Double> means) {
            if (count > 0) {
                means.add(sum / count);
            }
        }
    }

    /// What JMH itself allocates in an iteration, at most; an empty operation is charged with 6 KiB.
    public static final int OWN_BYTES = 16 << 10;

    /// The file in a result directory.
    public static final String FILE = "jmh.json";

    private static final Metric SCORE = Metric.rate("score", "", "score");

    private static final JsonMapper JSON = new JsonMapper();

    /// Reads a file.
    ///
    /// @throws ResultException naming the file and what is wrong
    public static List<JmhResult> read(Path file) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readString(file));
        } catch (JacksonException e) {
            long line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new ResultException(file, Math.max(1, line), ResultException.plain(e));
        } catch (NoSuchFileException e) {
            throw new ResultException(
                    file, "missing; a result of suite micro holds JMH's own results under this name", e);
        } catch (CharacterCodingException e) {
            throw new ResultException(file, "not UTF-8", e);
        }
        if (!root.isArray()) {
            throw new ResultException(file, 1, "expected an array of JMH results");
        }
        List<JmhResult> results = new ArrayList<>();
        for (JsonNode node : root) {
            String where = "entry " + (results.size() + 1) + ": ";
            JsonNode primary = node.path("primaryMetric");
            if (!node.path("benchmark").isString() || !primary.isObject()) {
                throw new ResultException(file, where + "expected \"benchmark\" and \"primaryMetric\"");
            }
            Map<String, String> params = new LinkedHashMap<>();
            node.path("params")
                    .properties()
                    .forEach(e -> params.put(e.getKey(), e.getValue().asString("")));
            JsonNode secondary = node.path("secondaryMetrics");
            double bytes = typical(secondary.path("gc.alloc.rate.norm"));
            double rate = typical(secondary.path("gc.alloc.rate")) * 1024 * 1024;
            results.add(new JmhResult(
                    node.path("benchmark").asString(),
                    node.path("mode").asString(""),
                    params,
                    score(primary.path("score")),
                    number(primary.path("scoreError")),
                    primary.path("scoreUnit").asString(""),
                    bytes,
                    rate * seconds(node.path("measurementTime").asString("")),
                    Forks.of(primary),
                    counters(secondary)));
        }
        return List.copyOf(results);
    }

    /// The median of all iterations where they are told: in the last of a fork JMH itself allocates some 200 KB, which
    /// a mean would spread over all.
    private static double typical(JsonNode metric) {
        double[] all = metric.path("rawData")
                .valueStream()
                .flatMap(JsonNode::valueStream)
                .mapToDouble(JmhResult::number)
                .sorted()
                .toArray();
        return all.length == 0 ? number(metric.path("score")) : (all[all.length / 2] + all[(all.length - 1) / 2]) / 2;
    }

    private static Map<String, Double> counters(JsonNode secondary) {
        Map<String, Double> counters = new LinkedHashMap<>();
        secondary.properties().forEach(entry -> {
            double score = number(entry.getValue().path("score"));
            // perf says ":u" after an event that it may count in user space only; JMH puts a mark before some names.
            String event = entry.getKey().replaceFirst("^·", "").replaceFirst(":u$", "");
            if (!event.startsWith("gc.") && Double.isFinite(score)) {
                counters.put(event, score);
            }
        });
        return counters;
    }

    /// A time or a rate; NaN for what can be neither, such as 0.
    private static double score(JsonNode node) {
        double score = number(node);
        return score > 0 && SCORE.objection(score).isEmpty() ? score : Double.NaN;
    }

    /// JMH writes `"NaN"` where there is no number.
    private static double number(JsonNode node) {
        return node.isNumber() ? node.asDouble() : Double.NaN;
    }

    /// JMH's way to write a time, such as `100 ms`; NaN for anything else.
    private static double seconds(String time) {
        String[] parts = time.split(" ");
        double unit = parts.length != 2
                ? Double.NaN
                : switch (parts[1]) {
                    case "s" -> 1;
                    case "ms" -> 1e-3;
                    case "us" -> 1e-6;
                    default -> Double.NaN;
                };
        try {
            return Double.parseDouble(parts[0]) * unit;
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /// Whether the operation allocates nothing, as far as the profiler can tell: it counts what JMH itself
    /// allocates too, which an operation that takes long shows as bytes an operation.
    public boolean allocatesNothing() {
        return bytesPerOp < 0.01 || bytesPerIteration < OWN_BYTES;
    }

    /// The class without packages.
    public String className() {
        String[] parts = benchmark.split("\\.");
        return parts.length < 2 ? benchmark : parts[parts.length - 2];
    }

    /// The method.
    public String method() {
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    /// Nanoseconds for one operation, NaN for units that are not time for an operation.
    public double nanosPerOp() {
        return switch (unit) {
            case "ns/op" -> score;
            case "us/op" -> score * 1e3;
            case "ms/op" -> score * 1e6;
            case "s/op" -> score * 1e9;
            case "ops/s" -> 1e9 / score;
            default -> Double.NaN;
        };
    }

    /// The error in nanoseconds for one operation; of a rate, to first order.
    public double errorNanosPerOp() {
        return error / score * nanosPerOp();
    }

    /// A parameter as a number, or `otherwise` where there is none.
    public double param(String name, double otherwise) {
        try {
            return Double.parseDouble(params.getOrDefault(name, ""));
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }
}
