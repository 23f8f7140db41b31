package org.vnetp.reports.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.table.NetworkTables;
import org.vnetp.reports.table.Table;

class StudyTest {
    private final List<Observation> rows = new ArrayList<>();

    private Run run(String benchmark, String fabric, int block, Metric metric, double value) {
        return new Run("nas", benchmark, fabric, "1gbit", Params.NONE, block, 0).value(metric, value);
    }

    private void add(Run run) {
        rows.addAll(run.observations());
    }

    private PairedRatio ratio(Metric metric) {
        Study study = new Study(rows, "nas");
        return study.ratio(study.cells().iterator().next(), "vnetp", "native", metric)
                .orElseThrow();
    }

    @Test
    void ratesAndTimesBothReadHundredAsNative() {
        for (int block = 0; block < 3; block++) {
            add(run("cg.A.4", "native", block, Metrics.MOPS, 100).value(Metrics.TIME, 2));
            add(run("cg.A.4", "vnetp", block, Metrics.MOPS, 80).value(Metrics.TIME, 2.5));
        }
        assertEquals(0.8, ratio(Metrics.MOPS).estimate(), 1e-12);
        assertEquals(0.8, ratio(Metrics.TIME).estimate(), 1e-12);
    }

    /// With few pairs an interval is wide for being of few; that goes with the next ones.
    @Test
    void theWidthExpectedOfMorePairsIsThatOfAsManyThatScatterAlike() {
        add(run("cg.A.4", "native", 0, Metrics.MOPS, 100));
        add(run("cg.A.4", "vnetp", 0, Metrics.MOPS, 90));
        Study.Cell cell = new Study.Cell("cg.A.4", "", "1gbit");
        Precision one = new Study(rows, "nas")
                .precision(cell, "vnetp", "native", Metrics.MOPS)
                .orElseThrow();
        assertEquals(1, one.pairs());
        assertTrue(Double.isNaN(one.halfWidth()) && Double.isNaN(one.halfWidthAfter(5, 5)));
        add(run("cg.A.4", "native", 1, Metrics.MOPS, 100));
        add(run("cg.A.4", "vnetp", 1, Metrics.MOPS, 92));
        Precision two = new Study(rows, "nas")
                .precision(cell, "vnetp", "native", Metrics.MOPS)
                .orElseThrow();
        assertEquals(two.halfWidth(), two.halfWidthAfter(0, 0), 1e-12);
        // Student's factor for 95 % is 12.706 of two values and 2.776 of five.
        assertEquals(
                two.halfWidth() * (2.776 / Math.sqrt(5)) / (12.706 / Math.sqrt(2)),
                two.halfWidthAfter(3, 3),
                two.halfWidth() * 1e-3);
    }

    @Test
    void comparesWithinBlocksOnly() {
        add(run("cg.A.4", "native", 0, Metrics.MOPS, 100));
        add(run("cg.A.4", "native", 1, Metrics.MOPS, 200));
        add(run("cg.A.4", "vnetp", 1, Metrics.MOPS, 180));
        add(run("cg.A.4", "vnetp", 2, Metrics.MOPS, 1));
        assertEquals(0.9, ratio(Metrics.MOPS).estimate(), 1e-12);
        assertEquals(1, ratio(Metrics.MOPS).pairs());
    }

    @Test
    void oneBadRunTakesTheNumberAway() {
        for (int block = 0; block < 3; block++) {
            add(run("cg.A.4", "native", block, Metrics.MOPS, 100));
            add(run("cg.A.4", "vnetp", block, Metrics.MOPS, 99).ended(block == 1 ? Status.UNVERIFIED : Status.OK, ""));
        }
        Study study = new Study(rows, "nas");
        Study.Cell cell = study.cells().iterator().next();
        assertFalse(study.ratio(cell, "vnetp", "native", Metrics.MOPS).isPresent());
        assertEquals(Status.UNVERIFIED, study.status(cell, "vnetp").orElseThrow());
        assertEquals(0, study.summary("1gbit", "vnetp", "native", Metrics.MOPS).cells());
    }

    @Test
    void repeatedRunReplacesTheEarlierOne() {
        add(run("cg.A.4", "native", 0, Metrics.MOPS, 100));
        add(run("cg.A.4", "vnetp", 0, Metrics.MOPS, 5).ended(Status.FAILED, "node died"));
        add(run("cg.A.4", "vnetp", 0, Metrics.MOPS, 95));
        assertEquals(0.95, ratio(Metrics.MOPS).estimate(), 1e-12);
        assertEquals(1, new Study(rows, "nas").replacedRuns());
    }

    /// A workload of somebody else's, whose metrics this module has never heard of.
    @Test
    void namesAndUnitsSayWhatIsBetter() {
        Metric rate = Metrics.named("connections_per_s", "connections/s");
        Metric time = Metrics.named("connect_p50_ns", "ns");
        Metric count = Metrics.named("refused", "");
        for (int block = 0; block < 3; block++) {
            add(run("connections", "native", block, time, 2000)
                    .value(rate, 100)
                    .value(count, 1)
                    .value(Metrics.CPU_SENDER, 1));
            add(run("connections", "vnetp", block, time, 4000)
                    .value(rate, 40)
                    .value(count, 2)
                    .value(Metrics.CPU_SENDER, 2));
        }
        assertEquals(0.4, ratio(rate).estimate(), 1e-12);
        assertEquals(0.5, ratio(time).estimate(), 1e-12);
        Study study = new Study(rows, "nas");
        assertEquals(rate, study.primary("connections").orElseThrow());
        assertEquals("connections per s", rate.label());
        assertEquals("connect p50", time.label());
        assertEquals(Metric.Direction.NEUTRAL, count.direction());
        assertEquals(Metrics.FLOOD_RATE, Metrics.named("flood_frames_per_s", "frames/s"), "as the list says");
        List<String> columns = new NetworkTables(study)
                .all().stream()
                        .filter(table -> table.id().equals("workload-connections"))
                        .flatMap(table -> table.columns().stream())
                        .map(Table.Column::csv)
                        .toList();
        assertTrue(
                columns.containsAll(List.of("connections_per_s", "connect_p50_ns", "refused", "cpu_sender_s")),
                columns::toString);
    }

    @Test
    void sortsKernelsAsPublishedAndSizesByNumber() {
        for (String name : List.of("bt.A.4", "cg.B.16", "cg.B.8", "cg.A.16", "ep.S.2", "zz.A.1")) {
            add(run(name, "native", 0, Metrics.MOPS, 1));
        }
        assertEquals(
                List.of("ep.S.2", "cg.A.16", "cg.B.8", "cg.B.16", "bt.A.4", "zz.A.1"),
                new Study(rows, "nas")
                        .cells().stream().map(Study.Cell::benchmark).toList());
        assertTrue(Names.compare("size=512", "size=4096") < 0);
        assertTrue(Names.compareLinks("1gbit", "10gbit") < 0 && Names.compareLinks("10gbit", "none") < 0);
        assertEquals("10 Gbit/s", Names.link("10gbit"));
        assertEquals("unshaped", Names.link("none"));
        assertEquals("unshaped links", Names.links("none"));
        assertEquals("links of 10 Gbit/s", Names.links("10gbit"));
    }
}
