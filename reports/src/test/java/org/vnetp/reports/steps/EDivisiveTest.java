package org.vnetp.reports.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EDivisiveTest {
    private static final int OTAVAS_WINDOW = 30;

    static List<String> lines(String resource) throws IOException {
        try (InputStream in = EDivisiveTest.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .skip(1)
                    .toList();
        }
    }

    static double[] tigerBeetle() throws IOException {
        return lines("tigerbeetle.csv").stream()
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static List<Integer> find(double[] series, double p, double magnitude, EDivisive.Reckoning reckoning) {
        return EDivisive.find(series, new EDivisive.Settings(OTAVAS_WINDOW, p, magnitude, false, reckoning)).stream()
                .map(EDivisive.Change::index)
                .toList();
    }

    @Test
    void findsWhatOtavaFindsInTigerBeetlesSeriesAtElevenSettings() throws IOException {
        double[] series = tigerBeetle();
        assertEquals(365, series.length);
        List<String> settings = lines("tigerbeetle-changes.csv");
        assertEquals(11, settings.size());
        for (String setting : settings) {
            String[] fields = setting.split(",");
            List<Integer> expected =
                    Arrays.stream(fields[2].split(" ")).map(Integer::valueOf).toList();
            assertEquals(
                    expected,
                    find(
                            series,
                            Double.parseDouble(fields[0]),
                            Double.parseDouble(fields[1]),
                            EDivisive.Reckoning.OTAVA),
                    "p-value " + fields[0] + ", magnitude " + fields[1]);
        }
    }

    /// What our own reckoning says about the same series at the strictest settings that gates use.
    @Test
    void plainReckoningDiffersFromOtavasByTheWeakestChange() throws IOException {
        assertEquals(
                List.of(15, 61, 71, 95, 117, 131, 142, 148, 192, 212),
                find(tigerBeetle(), 0.001, 0, EDivisive.Reckoning.PLAIN));
        assertEquals(List.of(15, 71), find(tigerBeetle(), 0.01, 0.05, EDivisive.Reckoning.PLAIN));
    }

    /// The quick sums against the definition.
    @Test
    void dividesWhereTheDefinitionOfQIsLargest() {
        Random random = new Random(3);
        for (int round = 0; round < 30; round++) {
            double[] x = random.doubles(14).toArray();
            for (int i = 9; i < 14; i++) {
                x[i] += 3;
            }
            List<EDivisive.Change> changes =
                    EDivisive.find(x, new EDivisive.Settings(14, 0.001, 0, false, EDivisive.Reckoning.PLAIN));
            assertEquals(best(x), changes.getFirst().index());
        }
    }

    private static int best(double[] x) {
        int best = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (int at = 1; at < x.length; at++) {
            for (int end = at + 1; end <= x.length; end++) {
                double[] left = Arrays.copyOf(x, at);
                double[] right = Arrays.copyOfRange(x, at, end);
                double m = left.length;
                double n = right.length;
                double q = m * n / (m + n) * (2 * mean(left, right) - within(left) - within(right));
                if (q > most) {
                    most = q;
                    best = at;
                }
            }
        }
        return best;
    }

    private static double mean(double[] a, double[] b) {
        double sum = 0;
        for (double x : a) {
            for (double y : b) {
                sum += Math.abs(x - y);
            }
        }
        return sum / a.length / b.length;
    }

    private static double within(double[] a) {
        return a.length < 2 ? 0 : mean(a, a) * a.length / (a.length - 1);
    }

    @Test
    void flatSeriesAndShortOnesHaveNoChange() {
        EDivisive.Settings settings = new EDivisive.Settings(50, 0.001, 0, false, EDivisive.Reckoning.PLAIN);
        double[] flat = new double[80];
        Arrays.fill(flat, 7);
        List<double[]> series = new ArrayList<>(List.of(flat, new double[0], new double[] {1}, new double[] {1, 2}));
        series.add(new double[] {0, 0, 0, 0});
        for (double[] each : series) {
            assertEquals(List.of(), EDivisive.find(each, settings), Arrays.toString(each));
        }
    }

    @Test
    void aStepBetweenFlatLevelsIsFoundAndItsPValueIsANumber() {
        double[] series = new double[40];
        Arrays.fill(series, 0, 20, 100);
        Arrays.fill(series, 20, 40, 105);
        List<EDivisive.Change> changes =
                EDivisive.find(series, new EDivisive.Settings(50, 0.001, 0.03, false, EDivisive.Reckoning.PLAIN));
        assertEquals(1, changes.size());
        assertEquals(20, changes.getFirst().index());
        assertEquals(0.05, changes.getFirst().magnitude(), 1e-12);
        assertTrue(changes.getFirst().pValue() >= 0 && changes.getFirst().pValue() < 0.001);
    }
}
