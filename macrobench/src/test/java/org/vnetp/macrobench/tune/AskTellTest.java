package org.vnetp.macrobench.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.tune.Goal;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AskTellTest {
    private static final Space SPACE = Space.of(2, true);
    private static final Goal GOAL =
            new Goal("throughput", List.of(new Goal.Part(SimulatedBench.STREAM, Metrics.THROUGHPUT, 1)));

    @TempDir
    private Path directory;

    private List<JsonNode> answers(SimulatedBench bench, String... orders) throws Exception {
        RunInfo info = RunInfo.builder("tune", "tune", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                .build();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ResultDirectory results = ResultDirectory.create(directory.resolve("asked"), info)) {
            new AskTell(
                            SPACE,
                            GOAL,
                            bench,
                            results,
                            1,
                            (_, _) -> {},
                            new PrintStream(out, true, StandardCharsets.UTF_8))
                    .serve(new BufferedReader(new StringReader(String.join("\n", orders))));
        }
        List<JsonNode> answers = new ArrayList<>();
        for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
            answers.add(JsonMapper.shared().readTree(line));
        }
        return answers;
    }

    @Test
    void anOptimiserAsksAndIsToldWhatItsSettingsAreWorth() throws Exception {
        SimulatedBench bench =
                new SimulatedBench(1, 0.01, 0, s -> s.get("batch").equals("128") ? 0.2 : 0);
        List<JsonNode> answers = answers(
                bench,
                "{\"ask\":3}",
                "{\"measure\":{\"batch\":\"128\"},\"blocks\":8}",
                "{\"measure\":{\"batch\":\"128\"},\"blocks\":2}",
                "{\"measure\":{}}",
                "{\"end\":true}",
                "{\"ask\":3}");
        assertEquals(5, answers.size(), answers.toString());
        JsonNode hello = answers.get(0);
        assertEquals("adaptive", hello.path("default").path("mode").asString());
        assertEquals(SPACE.parameters().size(), hello.path("parameters").size());
        assertEquals(3, answers.get(1).path("settings").size());
        JsonNode measured = answers.get(2);
        assertEquals("ok", measured.path("status").asString());
        assertEquals(8, measured.path("blocks").asInt());
        assertTrue(Math.abs(measured.path("gain").asDouble() - 0.2) < 0.05, measured.toString());
        assertTrue(measured.path("low").asDouble() > 0.1, measured.toString());
        assertTrue(measured.path("metrics").has("tcp.throughput_bps"), measured.toString());
        assertEquals(10, answers.get(3).path("blocks").asInt(), "blocks add up");
        assertEquals("default", answers.get(4).path("name").asString());
    }

    @Test
    void whatCannotBeDoneIsSaidAndItGoesOn() throws Exception {
        SimulatedBench bench = new SimulatedBench(1, 0.01, 0, _ -> 0);
        bench.broken(SPACE.setting(Map.of("mode", "guest")));
        List<JsonNode> answers = answers(
                bench,
                "nonsense",
                "{\"measure\":{\"batch\":\"0\"}}",
                "{\"measure\":{\"speed\":\"9\"}}",
                "{\"ask\":0}",
                "{\"frobnicate\":1}",
                "{\"measure\":{\"mode\":\"guest\"},\"blocks\":3}");
        for (int i = 1; i <= 5; i++) {
            assertTrue(answers.get(i).has("error"), answers.get(i).toString());
        }
        assertTrue(answers.get(3).path("error").asString().contains("expected one of mode"));
        assertEquals("failed", answers.get(6).path("status").asString());
        assertTrue(answers.get(6).path("reason").asString().contains("has ended"));
    }
}
