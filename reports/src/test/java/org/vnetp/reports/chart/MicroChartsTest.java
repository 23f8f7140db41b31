package org.vnetp.reports.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.JmhResult;

class MicroChartsTest {
    private static JmhResult result(String method, String... params) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < params.length; i += 2) {
            map.put(params[i], params[i + 1]);
        }
        return new JmhResult(
                "org.vnetp.microbench.x." + method, "avgt", map, 50, 1, "ns/op", 0, 0, JmhResult.Forks.NONE, Map.of());
    }

    private static List<JmhResult> codec() {
        List<JmhResult> results = new ArrayList<>();
        for (String method : List.of("CodecBenchmark.out", "CodecBenchmark.outAndIn")) {
            for (String size : List.of("64", "1400", "1500", "9000", "65000")) {
                for (String batch : List.of("1", "16", "64")) {
                    for (String mtu : List.of("1500", "9000")) {
                        results.add(result(method, "frameBytes", size, "batch", batch, "underlayMtu", mtu));
                    }
                }
            }
        }
        return results;
    }

    @Test
    void noPictureHasMoreLinesThanCanBeToldApart() {
        List<Picture> pictures = MicroCharts.of(codec());

        long lines = 0;
        for (Picture picture : pictures) {
            long some = picture.labels().stream()
                    .filter(label -> label.matches("(frameBytes|batch)=.*"))
                    .count();
            assertTrue(some <= 8, picture.title() + ": " + some + " lines");
            lines += some;
        }
        // Every line against frame size (2 methods x 3 batches x 2 MTUs) and against batch (2 x 5 x 2), once.
        assertEquals(12 + 20, lines);
        assertEquals(
                List.of(
                        "CodecBenchmark, out: cost against frame size",
                        "CodecBenchmark, outAndIn: cost against frame size",
                        "CodecBenchmark, out, underlayMtu=1500: cost against batch",
                        "CodecBenchmark, out, underlayMtu=9000: cost against batch",
                        "CodecBenchmark, outAndIn, underlayMtu=1500: cost against batch",
                        "CodecBenchmark, outAndIn, underlayMtu=9000: cost against batch"),
                pictures.stream().map(Picture::title).toList());
        assertEquals(
                pictures.size(),
                new HashSet<>(pictures.stream().map(Picture::name).toList()).size());
    }

    @Test
    void twoPointsAreALineOnlyOnAScale() {
        assertEquals(
                List.of("WakeBenchmark: cost"),
                MicroCharts.of(List.of(
                                result("WakeBenchmark.wake", "pauseUs", "0"),
                                result("WakeBenchmark.wake", "pauseUs", "500")))
                        .stream()
                        .map(Picture::title)
                        .toList());
        assertEquals(
                List.of("LookupBenchmark: cost against rules"),
                MicroCharts.of(List.of(
                                result("LookupBenchmark.hit", "rules", "10"),
                                result("LookupBenchmark.hit", "rules", "1000000")))
                        .stream()
                        .map(Picture::title)
                        .toList());
    }
}
