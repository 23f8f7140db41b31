package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vnetp.macrobench.workload.OneRun.value;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Networks that adapt, as workloads see them.
class AdaptationTest {
    private static final String APPLIED =
            "{\"time\":\"2026-01-01T00:00:%s.500Z\",\"event\":\"applied\",\"kind\":\"%s\","
                    + "\"steps\":[\"x\",\"y\"]}";

    @TempDir
    Path directory;

    private static Run run() {
        return new Run("macro", "adaptation", "vnetp", "none", Params.NONE, 0, 0);
    }

    @Test
    void whatAControllerDidIsReadFromItsLog() {
        Decisions decisions = Decisions.parse(List.of(
                String.format(java.util.Locale.ROOT, APPLIED, "10", "open"),
                String.format(java.util.Locale.ROOT, APPLIED, "12", "shortcut"),
                "{\"time\":\"2026-01-01T00:00:20Z\",\"event\":\"outcome\",\"kind\":\"shortcut\","
                        + "\"predicted_gain\":2.0,\"measured_gain\":1.8,\"taken_back\":false}",
                "{\"time\":\"2026-01-01T00:00:21Z\",\"event\":\"complaint\",\"why\":\"x\"}"));
        Run run = run();
        decisions.record(false, Instant.parse("2026-01-01T00:00:09Z"), run);
        assertEquals(3, value(run, Metrics.CHANGES), "two links and one change of ways");
        assertEquals(3.5, value(run, Metrics.REACTION));
        assertEquals(200, value(run, Metrics.PREDICTED_GAIN));
        assertEquals(180, value(run, Metrics.MEASURED_GAIN));
        assertEquals(Status.OK, run.status());
        assertEquals(-10, value(run().value(Metrics.MEASURED_GAIN, -10), Metrics.MEASURED_GAIN), "a loss is told");
        Run negative = run();
        decisions.record(true, Instant.EPOCH, negative);
        assertEquals(Status.FAILED, negative.status());
        assertTrue(negative.reason().startsWith("3 changes where nothing was to change"), negative.reason());
        assertThrows(IllegalArgumentException.class, () -> Decisions.parse(List.of("no JSON")));
    }

    @Test
    void placesThatAreAdvisedAreFollowedByRanks() {
        Decisions decisions = Decisions.parse(List.of("{\"time\":\"2026-01-01T00:00:10Z\",\"event\":\"advised\","
                + "\"kind\":\"place\",\"predicted_gain\":19.0,\"steps\":["
                + "\"guest 02:00:00:00:00:02 would be better at c-x than at b-x\","
                + "\"guest 02:00:00:00:00:03 would be better at b-x than at c-x\"]}"));
        Decisions.Advice advice = decisions.placement().orElseThrow();
        assertEquals(19, advice.gain());
        List<String> nodes = List.of("a-x", "b-x", "c-x", "d-x");
        // Ranks 0 and 2 talk, and 1 and 3: rank 2 comes to b, next to 0.
        assertEquals(List.of("1", "0", "3", "2"), Placement.partners(nodes, advice.homes()));
        assertThrows(IllegalArgumentException.class, () -> Placement.partners(List.of("a-x"), advice.homes()));
        assertThrows(
                IllegalArgumentException.class,
                () -> Placement.partners(nodes, advice.homes().subList(0, 1)),
                "two guests at one node");
        Run control = run();
        decisions.record(true, Instant.EPOCH, control);
        assertEquals(Status.FAILED, control.status());
        assertTrue(control.reason().startsWith("a change was advised"), control.reason());
    }

    private static TestbedSpec spec(int hosts, String name) {
        return TestbedSpec.hosts(hosts).withName(name + ProcessHandle.current().pid() % 100_000);
    }

    @Test
    @Tag("netns")
    @Timeout(120)
    void aStarIsLedByAControllerThatCanBeginAnew() throws Exception {
        NeedsForTests.namespaces();
        try (Testbed testbed = Testbed.up(spec(3, "ada"))) {
            Fabric star = testbed.fabric(FabricSpec.parse("vnetp:topology=star,adapt=on,warm-up=0"));
            assertEquals("on", star.adapter().orElseThrow().mode());
            star.restartAdapter();
            star.check();
            assertEquals(
                    0, Decisions.parse(star.adapter().orElseThrow().decisions()).changes());
            for (String refused : List.of("vnetp:topology=tree", "vnetp:adapt=maybe", "vnetp:topology=star,learn=on")) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> testbed.fabric(FabricSpec.parse("x=" + refused)),
                        refused);
            }
        }
    }

    private Run run(MacroRunner runner, String workload, Params params, String fabric) throws Exception {
        Cell cell = new Cell("macro", workload, params, fabric, "100mbit");
        return OneRun.of(runner, cell, 0, directory, Duration.ofSeconds(120));
    }

    @Test
    @Tag("netns")
    @Timeout(400)
    @EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // two minutes
    void anExchangeGetsFasterAndADeadLinkIsPassed() throws Exception {
        NeedsForTests.namespaces();
        try (Testbed testbed = Testbed.up(spec(4, "adb").withLink(LinkRate.parse("100mbit")));
                Servers servers = new Servers()) {
            testbed.fabric(FabricSpec.parse("star=vnetp:topology=star"));
            testbed.fabric(FabricSpec.parse("adaptive=vnetp:topology=star,adapt=on"));
            MacroRunner runner = new MacroRunner(testbed, servers, Map.of(), 1);
            Params work = Params.of("work", "alltoall-30");
            Run star = run(runner, "adaptation", work, "star");
            Run adaptive = run(runner, "adaptation", work, "adaptive");
            assertEquals(Status.OK, star.status(), star.reason());
            assertEquals(Status.OK, adaptive.status(), adaptive.reason());
            assertTrue(
                    value(adaptive, Metrics.TIME) < 0.8 * value(star, Metrics.TIME), adaptive.observations()::toString);
            assertTrue(value(adaptive, Metrics.CHANGES) > 0, adaptive.observations()::toString);
            Run idle = run(runner, "adaptation", Params.of("work", "compute-10"), "adaptive");
            assertEquals(Status.OK, idle.status(), idle.reason());
            assertEquals(0, value(idle, Metrics.CHANGES));
            Run dead = run(runner, "failover", Params.of("dies", "hub"), "adaptive");
            assertEquals(Status.OK, dead.status(), dead.reason());
            assertTrue(value(dead, Metrics.OUTAGE) > 0, dead.observations()::toString);
            Run never = run(runner, "failover", Params.of("dies", "hub"), "star");
            assertEquals(Status.FAILED, never.status(), never.reason());
        }
    }

    /// Two hosts whose link gets slower go over another; where it only wavers they stay.
    @Test
    @Tag("netns")
    @Timeout(600)
    @EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // two minutes
    void aLinkThatGetsSlowerIsPassed() throws Exception {
        NeedsForTests.namespaces();
        try (Testbed testbed = Testbed.up(spec(4, "add").withLink(LinkRate.parse("100mbit")));
                Servers servers = new Servers()) {
            testbed.fabric(FabricSpec.parse("adaptive=vnetp:adapt=on"));
            MacroRunner runner = new MacroRunner(testbed, servers, Map.of(), 1);
            Run slower = run(runner, "slow-link", Params.of("work", "pair-150", "link", "slower"), "adaptive");
            assertEquals(Status.OK, slower.status(), slower.reason());
            assertTrue(value(slower, Metrics.CHANGES) > 0, slower.observations()::toString);
            assertTrue(value(slower, Metrics.REACTION) > 0, slower.observations()::toString);
            Run noise = run(runner, "slow-link", Params.of("work", "pair-60", "link", "noise"), "adaptive");
            assertEquals(Status.OK, noise.status(), noise.reason());
            Run early = run(runner, "slow-link", Params.of("work", "pair-2", "link", "slower"), "adaptive");
            assertEquals(Status.FAILED, early.status());
            assertTrue(early.reason().contains("before the link got slower"), early.reason());
        }
    }
}
