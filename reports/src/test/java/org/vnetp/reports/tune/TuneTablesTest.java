package org.vnetp.reports.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.table.Table;

class TuneTablesTest {
    private static final Goal GOAL = new Goal(
            "balanced",
            List.of(new Goal.Part("rtt-idle", Metrics.RTT_P50, 1), new Goal.Part("tcp", Metrics.THROUGHPUT, 1)));

    private final Random random = new Random(1);
    private final List<Observation> rows = new ArrayList<>();

    private void confirm(String setting, double gain, int launches) {
        for (int launch = 0; launch < launches; launch++) {
            for (int b = 0; b < 2; b++) {
                add(setting, Contest.CONFIRM, 2 * launch + b, launch, gain);
            }
        }
    }

    private void add(String setting, String phase, int block, int launch, double gain) {
        Params params = Params.of(Contest.PHASE, phase);
        Run rtt = new Run(Contest.SUITE, "rtt-idle", setting, "none", params, block, 0)
                .value(Metrics.RTT_P50, 50_000 * Math.exp(-gain + 0.02 * random.nextGaussian()))
                .value(Metrics.RTT_P99, 90_000 * Math.exp(0.02 * random.nextGaussian()));
        Run tcp = new Run(Contest.SUITE, "tcp", setting, "none", params, block, 0)
                .value(Metrics.THROUGHPUT, 1e10 * Math.exp(gain + 0.02 * random.nextGaussian()));
        if (launch >= 0) {
            rtt.launch(launch);
            tcp.launch(launch);
        }
        rows.addAll(rtt.observations());
        rows.addAll(tcp.observations());
    }

    private static RunInfo info() {
        return RunInfo.builder("tune", "tune", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                .setting(TuneTables.GOAL, GOAL.text())
                .setting(TuneTables.HELD_OUT, "rtt-idle rtt_p99_ns")
                .setting(TuneTables.LINES + "s01", "dispatch mode guest batch 128")
                .fabric("default", "mode=adaptive batch=64")
                .fabric("s01", "mode=guest batch=128")
                .fabric("s02", "mode=guest batch=64")
                .build();
    }

    private TuneTables tables() {
        return new TuneTables(info(), rows);
    }

    @Test
    void theWinnerIsNamedWithWhatToWrite() {
        confirm("default", 0, 10);
        confirm("s01", 0.1, 10);
        confirm("s02", 0, 10);
        confirm("native", 0.5, 10);
        TuneTables tables = tables();
        assertEquals("s01", tables.confirmation().winner().orElseThrow().setting());
        assertTrue(tables.sentence().startsWith("s01 beats the default for balanced by 1"), tables.sentence());
        Table verdict = tables.all().getFirst();
        assertTrue(
                verdict.notes().getFirst().contains("dispatch mode guest batch 128"),
                verdict.notes().toString());
        assertEquals(
                "mode=guest batch=128",
                verdict.rows().getFirst().cells().getLast().text());
        Table pareto = tables.all().get(1);
        assertEquals("on the front", pareto.rows().getFirst().cells().getLast().text());
        assertEquals("worse than s01", pareto.rows().get(2).cells().getLast().text(), "the default");
        assertEquals("no setting", pareto.rows().getLast().cells().getLast().text(), "native");
    }

    @Test
    void withoutAWinnerItIsSaidWhatWouldHaveBeenFound() {
        confirm("default", 0, 10);
        confirm("s01", 0, 10);
        confirm("s02", 0, 10);
        TuneTables tables = tables();
        assertTrue(tables.confirmation().winner().isEmpty());
        assertTrue(tables.sentence().startsWith("No setting beats the default"), tables.sentence());
        double detectable = tables.confirmation().detectable();
        assertTrue(detectable > 0.002 && detectable < 0.03, "detectable " + detectable);
    }

    @Test
    void fewLaunchesNeverMakeAWinner() {
        confirm("default", 0, 5);
        confirm("s01", 0.5, 5);
        assertTrue(tables().confirmation().winner().isEmpty());
        assertFalse(tables().confirmation().conclusive());
        assertTrue(tables().sentence().startsWith("Cannot tell"), tables().sentence());
    }

    @Test
    void aFinalistThatFailedIsNoWinner() {
        confirm("default", 0, 10);
        confirm("s01", 0.2, 10);
        rows.addAll(new Run(Contest.SUITE, "tcp", "s01", "none", Params.of(Contest.PHASE, Contest.CONFIRM), 20, 0)
                .launch(10)
                .ended(Status.FAILED, "the node has ended")
                .observations());
        assertTrue(tables().confirmation().winner().isEmpty());
    }

    @Test
    void theRaceTellsTheEffectOfEachParameter() {
        for (int block = 0; block < 8; block++) {
            add("default", Contest.RACE, block, -1, 0);
            add("s01", Contest.RACE, block, -1, 0.2);
            add("s02", Contest.RACE, block, -1, 0);
        }
        Table effects = tables().all().stream()
                .filter(table -> table.id().equals("effects"))
                .findFirst()
                .orElseThrow();
        assertEquals(2, effects.rows().size(), "batch alone has two values among those that raced");
        assertTrue(effects.rows().getFirst().cells().get(1).text().startsWith("64 (default)"));
        double effect =
                Double.parseDouble(effects.rows().getLast().cells().get(3).csv());
        // Eight blocks count as eight of nine: exp(0.2 * 8 / 9) is 1.195.
        assertEquals(19.5, effect, 3);
    }

    @Test
    void aResultThatTellsNoGoalIsRefused() {
        RunInfo bare = RunInfo.builder("tune", "tune", "2026-01-01T00:00:00Z", new Environment(Map.of()))
                .build();
        assertThrows(IllegalArgumentException.class, () -> new TuneTables(bare, rows));
        assertThrows(IllegalArgumentException.class, () -> Goal.parse("balanced: tcp"));
    }

    @Test
    void aSweepTellsWhereModesPart() {
        int[] rates = {100, 1_000, 10_000, 100_000};
        for (int block = 0; block < 3; block++) {
            for (int i = 0; i < rates.length; i++) {
                for (String mode : SweepTables.MODES) {
                    double delay = mode.equals("guest") ? 20_000 : 80_000 / Math.pow(2, i);
                    double cpu = mode.equals("guest") ? 10 : 1_000 / Math.pow(10, i);
                    rows.addAll(new Run(
                                    Contest.SUITE,
                                    SweepTables.BENCHMARK,
                                    mode,
                                    "none",
                                    Params.of(SweepTables.RATE, String.valueOf(rates[i])),
                                    block,
                                    0)
                            .value(Metrics.DELAY_P50, delay)
                            .value(Metrics.NODE_CPU_PER_MFRAMES, cpu)
                            .value(Metrics.SENT, rates[i])
                            .value(Metrics.LOSSES, 0)
                            .value(Metrics.POLLING_SHARE, i >= 2 && mode.equals("adaptive") ? 0.9 : 0)
                            .observations());
                }
            }
        }
        SweepTables sweep = new SweepTables(rows);
        // Alike at 10 000 exactly, better from there on.
        assertEquals(10_000, sweep.crossing("vmm", "guest", Metrics.DELAY_P50).orElseThrow(), 1);
        assertEquals(10_000, sweep.polls().orElseThrow());
        assertTrue(sweep.sentence().contains("adaptive dispatch polls from 10000 frames/s on"), sweep.sentence());
        assertEquals(4, sweep.all().getFirst().rows().size());
        assertFalse(sweep.crossing("guest", "vmm", Metrics.DELAY_P50).isPresent());
    }
}
