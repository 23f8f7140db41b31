package org.vnetp.reports.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.result.ResultException;

class InTurnsTest {
    @TempDir
    Path dir;

    private Path file(String arm, String benchmark, String unit, List<Double> values) throws IOException {
        double mean = values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        return Files.writeString(
                dir.resolve(arm + ".json"),
                "[{\"benchmark\":\"p.B." + benchmark + "\",\"mode\":\"avgt\",\"params\":{\"n\":\"1\"},"
                        + "\"primaryMetric\":{\"score\":" + mean + ",\"scoreError\":\"NaN\",\"scoreUnit\":\"" + unit
                        + "\",\"rawData\":[["
                        + values.stream().map(String::valueOf).collect(Collectors.joining(",")) + "]]}}]");
    }

    /// The fault: a machine at two thirds of its speed for a while, which a mean of one arm has and the other's not.
    @Test
    void aMachineOfTwoSpeedsMovesNoRatio() throws IOException {
        Random random = new Random(1);
        List<Double> base = new ArrayList<>();
        List<Double> head = new ArrayList<>();
        double speed = 1;
        for (int i = 0; i < 50; i++) {
            base.add(10 * speed * (1 + 0.005 * random.nextGaussian()));
            speed = random.nextInt(8) == 0 ? 2.5 - speed : speed; // between the two now and then
            head.add(10.5 * speed * (1 + 0.005 * random.nextGaussian()));
        }
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("base", file("base", "m", "us/op", base));
        files.put("head", file("head", "m", "us/op", head));
        List<InTurns> all = InTurns.of(files);
        assertEquals(1, all.size());
        InTurns each = all.getFirst();
        assertEquals("ns/op", each.series().unit());
        assertEquals(
                1.05,
                each.values().get("head") / each.values().get("base"),
                0.003,
                each.values().toString());
        assertEquals(each.series().value(), each.values().get("base"), 1e-9);
    }

    @Test
    void whatNotAllHaveIsLeftOutAndAFileThatIsNoneIsNamed() throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("base", file("base", "m", "ns/op", List.of(1.0, 2.0)));
        files.put("head", file("head", "other", "ns/op", List.of(1.0, 2.0)));
        assertEquals(List.of(), InTurns.of(files));
        files.put("head", Files.writeString(dir.resolve("cut"), "[{"));
        assertThrows(ResultException.class, () -> InTurns.of(files));
    }

    @Test
    void iterationsWithoutANumberTakeNoPart() {
        assertEquals(2, InTurns.ratio(new double[] {1, 1, Double.NaN, 0}, new double[] {2, 2, 5, 7}), 1e-12);
    }
}
