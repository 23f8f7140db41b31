package org.vnetp.reports.steps;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How well the detectors agree with people, on series of SAP HANA. Neither data set is part of this project;
/// README says where they are.
///
/// - `-Dvnetp.annotations=FILE`: `rq3/annotations.json` of mtucci/changepoint-performance-regression-study.
/// - `-Dvnetp.sap=DIR`: the directory of NNNNN__METRIC__UNIT.csv in SAP/performance-regression-data-set.
///
/// - `-Dvnetp.sapSmall=DIR`: `hana/small_2021` of the same: 25 series that SAP itself sorted into kinds.
///
/// A series of the large one is the means of the values of each version, in the order of versions. Long ones
/// were shown to people in two parts: the first 800 versions, and those from 750 on (found by where their
/// marks fall on steps of the data). The measure is F1 as G. van den Burg and C. Williams define it (An
/// Evaluation of Change Point Detection Algorithms, 2020, section 3): precision against what any annotator
/// marked, recall averaged over annotators, a margin of 5 versions, the beginning counted as a mark of
/// everybody's.
class AnnotatedSeriesTest {
    private static final int MARGIN = 5;
    private static final int FIRST_PART = 800;
    private static final int SECOND_PART = 750;
    private static final Pattern ID = Pattern.compile("sap_(\\d+)(?:_(split1|split2))?");
    private static final Pattern FILE = Pattern.compile("0*(\\d+)__.*\\.csv");

    private record Annotated(String name, double[] values, List<List<Integer>> marks) {}

    private static List<Annotated> load() throws IOException {
        Map<String, Path> files = new HashMap<>();
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("vnetp.sap")))) {
            all.forEach(file -> {
                Matcher name = FILE.matcher(file.getFileName().toString());
                if (name.matches()) {
                    files.put(name.group(1), file);
                }
            });
        }
        List<Annotated> loaded = new ArrayList<>();
        JsonNode root = new JsonMapper().readTree(Files.readAllBytes(Path.of(System.getProperty("vnetp.annotations"))));
        root.properties().forEach(entry -> {
            Matcher id = ID.matcher(entry.getKey());
            if (id.matches() && files.containsKey(id.group(1))) {
                List<List<Integer>> marks = new ArrayList<>();
                for (JsonNode annotator : entry.getValue()) {
                    List<Integer> own = new ArrayList<>();
                    annotator.forEach(mark -> own.add(mark.asInt()));
                    marks.add(own);
                }
                double[] all = means(files.get(id.group(1)));
                double[] part = id.group(2) == null
                        ? all
                        : id.group(2).equals("split1")
                                ? Arrays.copyOf(all, Math.min(FIRST_PART, all.length))
                                : Arrays.copyOfRange(all, Math.min(SECOND_PART, all.length), all.length);
                loaded.add(new Annotated(entry.getKey(), part, marks));
            }
        });
        return loaded;
    }

    private static double[] means(Path file) {
        Map<String, double[]> versions = new LinkedHashMap<>();
        try (Stream<String> lines = Files.lines(file)) {
            lines.skip(1).forEach(line -> {
                String[] fields = line.split(",");
                double[] sum = versions.computeIfAbsent(fields[2], _ -> new double[2]);
                sum[0] += Double.parseDouble(fields[3]);
                sum[1]++;
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return versions.values().stream()
                .mapToDouble(sum -> sum[0] > 0 ? sum[0] / sum[1] : Double.NaN)
                .toArray();
    }

    /// How many of `marks` have a prediction of their own within the margin.
    private static int hits(TreeSet<Integer> marks, TreeSet<Integer> predictions) {
        TreeSet<Integer> left = new TreeSet<>(predictions);
        int hits = 0;
        for (int mark : marks) {
            Integer nearest = null;
            for (int prediction : left.subSet(mark - MARGIN, true, mark + MARGIN, true)) {
                if (nearest == null || Math.abs(prediction - mark) < Math.abs(nearest - mark)) {
                    nearest = prediction;
                }
            }
            if (nearest != null) {
                left.remove(nearest);
                hits++;
            }
        }
        return hits;
    }

    static double f1(List<List<Integer>> annotators, List<Integer> found) {
        TreeSet<Integer> predictions = new TreeSet<>(found);
        predictions.add(0);
        TreeSet<Integer> any = new TreeSet<>();
        double recall = 0;
        for (List<Integer> annotator : annotators) {
            TreeSet<Integer> own = new TreeSet<>(annotator);
            own.add(0);
            any.addAll(own);
            recall += (double) hits(own, predictions) / own.size() / annotators.size();
        }
        double precision = (double) hits(any, predictions) / predictions.size();
        return 2 * precision * recall / (precision + recall);
    }

    @Test
    void theMeasureIsThatOfItsDefinition() {
        assertTrue(Math.abs(
                        f1(List.of(List.of(10, 20), List.of(11, 20), List.of(10), List.of(0, 5)), List.of(10, 20)) - 1)
                < 1e-12);
        assertTrue(Math.abs(f1(List.of(List.of(), List.of(10), List.of(50)), List.of(10)) - 10.0 / 11) < 1e-12);
        assertTrue(Math.abs(f1(List.of(List.of(), List.of(10), List.of(50)), List.of()) - 0.8) < 1e-12);
    }

    @Test
    @EnabledIfSystemProperty(named = "vnetp.sap", matches = ".+")
    void agreesWithPeopleOnSeriesOfSap() throws IOException {
        List<Annotated> series = load();
        System.out.printf(
                Locale.ROOT,
                "%d series, %d values%n",
                series.size(),
                series.stream().mapToInt(s -> s.values().length).sum());
        double people = 0;
        int judged = 0;
        for (Annotated each : series) {
            if (each.marks().size() > 1) {
                double sum = 0;
                for (int k = 0; k < each.marks().size(); k++) {
                    List<List<Integer>> others = new ArrayList<>(each.marks());
                    sum += f1(others, others.remove(k));
                }
                people += sum / each.marks().size();
                judged++;
            }
        }
        System.out.printf(
                Locale.ROOT, "each annotator against the others: F1 %.3f (%d series)%n", people / judged, judged);
        print("nothing at all", series, _ -> List.of());
        for (double least : new double[] {0.01, 0.03}) {
            print("E-divisive, " + 100 * least + " %", series, values -> divided(values, least));
            print("Potts, " + 100 * least + " %", series, values -> levels(values, least));
            print("confirmed, " + 100 * least + " %", series, values -> steps(values, least, false));
            print("confirmed or possible, " + 100 * least + " %", series, values -> steps(values, least, true));
        }
        double ours = mean(series, values -> steps(values, 0.03, false));
        assertTrue(ours > 0.75, "F1 " + ours);
    }

    @Test
    @EnabledIfSystemProperty(named = "vnetp.sapSmall", matches = ".+")
    void findsTheRegressionsThatSapFound() throws IOException {
        Path directory = Path.of(System.getProperty("vnetp.sapSmall"));
        int regressions = 0;
        int found = 0;
        for (String line : Files.readAllLines(directory.resolve("metadata/dataset_details.csv"))) {
            String[] fields = line.split(";");
            if (fields[0].equals("Type")) {
                continue;
            }
            double[] values;
            try (Stream<String> rows = Files.lines(directory.resolve("data").resolve(fields[1]))) {
                values = rows.skip(1)
                        .mapToDouble(row -> Double.parseDouble(row.split(",")[2]))
                        .toArray();
            }
            int change = Integer.parseInt(fields[2]); // the last value before it, counted from 1
            List<Integer> steps = steps(values, 0.03, false);
            System.out.printf(
                    Locale.ROOT,
                    "%-16s %s %4d values, change %3d, confirmed %s%n",
                    fields[0],
                    fields[1],
                    values.length,
                    change,
                    steps);
            if (fields[0].equals("regression")) {
                regressions++;
                found += steps.stream().anyMatch(step -> Math.abs(step - change) <= MARGIN) ? 1 : 0;
            } else if (fields[0].equals("Stable")) {
                assertTrue(steps.isEmpty(), line + ": " + steps);
            }
        }
        assertTrue(found >= regressions - 1, found + " of " + regressions);
    }

    private static List<Integer> steps(double[] values, double least, boolean all) {
        return StepFinder.find(values, least).steps().stream()
                .filter(step -> all || step.grade() != Step.Grade.POSSIBLE)
                .map(Step::at)
                .toList();
    }

    private static double[] logs(double[] values) {
        return IntStream.range(0, values.length)
                .filter(i -> !Double.isNaN(values[i]))
                .mapToDouble(i -> Math.log(values[i]))
                .toArray();
    }

    private static List<Integer> divided(double[] values, double least) {
        return EDivisive.find(
                        logs(values),
                        new EDivisive.Settings(
                                EDivisive.WINDOW, StepFinder.MAX_P_VALUE, least, true, EDivisive.Reckoning.PLAIN))
                .stream()
                .map(EDivisive.Change::index)
                .toList();
    }

    private static List<Integer> levels(double[] values, double least) {
        double[] logs = logs(values);
        return StepFinder.large(logs, Potts.find(logs, Robust.noise(logs, EDivisive.RESOLUTION)), Math.log1p(least));
    }

    private static double mean(List<Annotated> series, Function<double[], List<Integer>> detector) {
        return series.parallelStream()
                .mapToDouble(each -> f1(each.marks(), detector.apply(each.values())))
                .average()
                .orElseThrow();
    }

    private static void print(String name, List<Annotated> series, Function<double[], List<Integer>> detector) {
        System.out.printf(Locale.ROOT, "%-32s F1 %.3f%n", name, mean(series, detector));
    }
}
