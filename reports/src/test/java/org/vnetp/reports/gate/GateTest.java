package org.vnetp.reports.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vnetp.reports.gate.Sides.key;
import static org.vnetp.reports.gate.Sides.series;
import static org.vnetp.reports.gate.Sides.side;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.reports.stats.Holm;

class GateTest {
    private static Comparison one(Series base, Series head) {
        return Gate.compare(side("base", base), side("head", head), Rules.usual())
                .comparisons()
                .getFirst();
    }

    /// Errors of 1 % on either side: the interval is about +-3 %.
    @ParameterizedTest
    @CsvSource({
        "0.900, REGRESSED",
        "0.960, INCONCLUSIVE", // suspect: 4 % and p just about 0.01, but its interval reaches the threshold
        "0.990, INCONCLUSIVE",
        "1.020, PASS",
        "1.100, IMPROVED",
    })
    void theVerdictFollowsTheInterval(double head, Verdict expected) {
        Comparison c = one(series("cg.A.2", 1, 0.01, 20), series("cg.A.2", head, 0.01, 20));
        Verdict verdict = c.verdict();
        if (head == 0.96) { // alone it is significant
            assertEquals(Verdict.REGRESSED, verdict);
            assertEquals(0.0075, c.p(), 0.002);
        } else {
            assertEquals(expected, verdict, c.reason());
        }
        assertEquals(head, c.ratio(), 1e-12);
        assertTrue(c.low() < c.ratio() && c.ratio() < c.high());
        // Student's 0.975 quantile of 40 degrees of freedom, times the root of two errors.
        assertEquals(2.0211 * Math.sqrt(2) * 0.01, Math.log(c.high() / c.low()) / 2, 1e-4);
    }

    @Test
    void whatOneSeriesShowsMayBeChanceAmongMany() {
        List<Series> base = new ArrayList<>();
        List<Series> head = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            base.add(series("k" + i, 1, 0.01, 20));
            head.add(series("k" + i, i == 7 ? 0.96 : 1, 0.01, 20));
        }
        GateResult gate = Gate.compare(
                side("base", base.toArray(Series[]::new)), side("head", head.toArray(Series[]::new)), Rules.usual());
        Comparison seventh = gate.comparisons().stream()
                .filter(c -> c.key().equals(key("k7")))
                .findFirst()
                .orElseThrow();
        assertEquals(Verdict.INCONCLUSIVE, seventh.verdict());
        assertTrue(seventh.reason().startsWith("suspect"), seventh.reason());
        assertEquals(5, gate.exitCode());
    }

    @Test
    void holmsValuesAreThoseOfTheBook() {
        double[] adjusted = Holm.adjusted(new double[] {0.01, 0.04, Double.NaN, 0.03, 0.005});
        assertEquals(0.03, adjusted[0], 1e-12);
        assertEquals(0.06, adjusted[1], 1e-12);
        assertTrue(Double.isNaN(adjusted[2]));
        assertEquals(0.06, adjusted[3], 1e-12);
        assertEquals(0.02, adjusted[4], 1e-12);
    }

    /// 1000 gates over nothing of 20 series each, with the errors as their intervals say.
    @Test
    void atMostOneGateOfTwentyAlarmsForNothing() {
        Random random = new Random(11);
        int alarms = 0;
        for (int i = 0; i < 1000; i++) {
            Series[] base = new Series[20];
            Series[] head = new Series[20];
            for (int k = 0; k < 20; k++) {
                base[k] = series("k" + k, Math.exp(0.03 * random.nextGaussian()), 0.03, 1000);
                head[k] = series("k" + k, Math.exp(0.03 * random.nextGaussian()), 0.03, 1000);
            }
            GateResult gate = Gate.compare(side("base", base), side("head", head), Rules.usual());
            alarms += gate.exitCode() == 1 ? 1 : 0;
        }
        // Only the worse half of Holm's 5 % is an alarm.
        assertTrue(alarms > 5 && alarms <= 50, alarms + " of 1000");
    }

    @Test
    void ofNeededUnitsAsManyAreToldAsTheIntervalIsTooWide() {
        Comparison c = one(series("cg.A.2", 1, 0.02, 20), series("cg.A.2", 1, 0.02, 20));
        assertEquals(Verdict.INCONCLUSIVE, c.verdict());
        double half = Math.log(c.high() / c.low()) / 2;
        double times = half / -Math.log(0.97);
        assertEquals(Math.ceil(8 * (times * times - 1)), c.needed());
    }

    @Test
    void whatIsNotThereIsNeverGreen() {
        Series there = series("cg.A.2", 1, 0.001, 20);
        Series gone = Series.without(key("cg.A.2"), "of native", true, "failed: exit code 1");
        assertVerdict(Verdict.MISSING, 5, side("base", there), side("head"), Rules.usual());
        assertVerdict(Verdict.FAILED, 5, side("base", there), side("head", gone), Rules.usual());
        assertVerdict(Verdict.NEW, 5, side("base"), side("head", there), Rules.usual());
        assertVerdict(Verdict.NEW, 5, side("base", gone), side("head", there), Rules.usual());
        GateResult nothing = Gate.compare(side("base"), side("head"), Rules.usual());
        assertEquals(5, nothing.exitCode());
        assertEquals("Nothing was compared.", nothing.sentence());
    }

    private static void assertVerdict(Verdict expected, int code, Side base, Side head, Rules rules) {
        GateResult gate = Gate.compare(base, head, rules);
        assertEquals(expected, gate.comparisons().getFirst().verdict());
        assertEquals(code, gate.exitCode());
        assertFalse(gate.sentence().contains("NaN"), gate.sentence());
    }

    @Test
    void whatMayBeMissingDoesNotDecide() {
        Rules rules = new Rules(0.03, List.of(), List.of("nas/cg*"), Map.of(), false);
        Side base = side("base", series("cg.A.2", 1, 0.001, 20), series("is.A.2", 1, 0.001, 20));
        GateResult gate = Gate.compare(base, side("head", series("is.A.2", 1, 0.001, 20)), rules);
        assertEquals(0, gate.exitCode());
        assertEquals(1, gate.compared());
    }

    @Test
    void aRenamedSeriesIsComparedUnderItsNewName() {
        Rules rules = new Rules(0.03, List.of(), List.of(), Map.of("cg.A.2", "cg.W.2"), false);
        GateResult gate = Gate.compare(
                side("base", series("cg.A.2", 1, 0.001, 20)), side("head", series("cg.W.2", 0.8, 0.001, 20)), rules);
        assertEquals(1, gate.comparisons().size());
        assertEquals(
                "nas/cg.A.2/vnetp/10gbit/mops",
                gate.comparisons().getFirst().renamedFrom().orElseThrow());
        assertEquals(1, gate.exitCode());
    }

    @Test
    void anAliasThatRenamesNothingIsTold() {
        Rules rules = new Rules(
                0.03,
                List.of(),
                List.of(),
                Map.of("cg.A.2", "cg.W.2", "cg.A.4", "cg.W.4", "nas/cg.A.2/vnetp/10gbit/mops", "cg.W.2/vnetp"),
                false);
        Side base = side("base", series("cg.A.2", 1, 0.001, 20));
        List<String> notes = Gate.compare(base, base, rules).notes();
        assertTrue(
                notes.stream().anyMatch(n -> n.startsWith("The alias of 'cg.A.4' renames nothing: ")), notes::toString);
        assertTrue(notes.stream().anyMatch(n -> n.contains("'nas/cg.A.2/vnetp/10gbit/mops' renames")), notes::toString);
        Rules good = new Rules(0.03, List.of(), List.of(), Map.of("cg.A.2", "cg.W.2"), false);
        assertTrue(Gate.compare(base, base, good).notes().stream().noneMatch(n -> n.contains("alias")));
    }

    @Test
    void anotherMachineIsAnotherSeries() {
        Map<String, String> other = Map.of("cpu.model", "Test 2", "cpu.processors", "2", "memory.total", "8000000 kB");
        Series same = series("cg.A.2", 1, 0.001, 20);
        GateResult gate = Gate.compare(side("base", same), side("head", other, same), Rules.usual());
        assertEquals(5, gate.exitCode());
        assertTrue(gate.notes().getFirst().contains("Test 1"), gate.notes().toString());
        Rules any = new Rules(0.03, List.of(), List.of(), Map.of(), true);
        assertEquals(
                0,
                Gate.compare(side("base", same), side("head", other, same), any).exitCode());
    }

    @Test
    void theThresholdIsNeverBelowWhatNativeDiffersFromItself() {
        Series base = series("cg.A.2", 1, 0.001, 20);
        Side noisy = new Side(
                "head",
                "nas",
                "",
                "",
                "complete",
                Sides.MACHINE,
                Map.of(),
                0.08,
                Map.of(base.key(), series("cg.A.2", 0.95, 0.001, 20)));
        GateResult gate = Gate.compare(side("base", base), noisy, Rules.usual());
        assertEquals(0.08, gate.threshold());
        assertEquals(0, gate.exitCode());
    }

    @Test
    void flatSeriesAndOnesWithoutAnIntervalHaveTheirWords() {
        assertEquals(
                Verdict.PASS, one(series("k", 1, 0, 4), series("k", 1, 0, 4)).verdict());
        assertEquals(
                Verdict.REGRESSED,
                one(series("k", 1, 0, 4), series("k", 0.9, 0, 4)).verdict());
        Comparison single = one(series("k", 1, Double.NaN, 0), series("k", 0.5, Double.NaN, 0));
        assertEquals(Verdict.INCONCLUSIVE, single.verdict());
        assertTrue(single.reason().startsWith("no interval"), single.reason());
        assertTrue(single.needed() >= 1);
    }

    @Test
    void anotherUnitIsNotCompared() {
        Series base = series("k", 1, 0.001, 20);
        Series head = new Series(key("k"), "Mop/s", false, true, true, 100, Math.log(100), 0.001, 20, 8, "");
        Comparison c = one(base, head);
        assertEquals(Verdict.INCONCLUSIVE, c.verdict());
        assertEquals("its unit was 'of native' and is 'Mop/s'", c.reason());
    }

    /// Arms side by side: a slowdown of 6 % in six rounds that scatter by 2 % among series that do not change.
    @Test
    void roundsSideBySideFindWhatIsSlower() {
        Random random = new Random(3);
        List<Paired> pairs = new ArrayList<>();
        for (int k = 0; k < 10; k++) {
            double[] base = new double[6];
            double[] head = new double[6];
            for (int i = 0; i < 6; i++) {
                double machine = 1000 * Math.exp(0.5 * random.nextGaussian());
                base[i] = machine * Math.exp(0.014 * random.nextGaussian());
                head[i] = machine * (k == 4 ? 0.94 : 1) * Math.exp(0.014 * random.nextGaussian());
            }
            pairs.add(Paired.of(key("k" + k), "Mop/s", true, base, head));
        }
        List<Comparison> judged = Gate.paired(pairs, 0.03);
        assertEquals(key("k4"), judged.getFirst().key());
        assertEquals(
                Verdict.REGRESSED,
                judged.getFirst().verdict(),
                judged.getFirst().reason());
        assertEquals(0.94, judged.getFirst().ratio(), 0.03);
        assertEquals(
                1, judged.stream().filter(c -> c.verdict() == Verdict.REGRESSED).count());
    }

    @Test
    void ofTimesLessIsBetter() {
        Paired slower = Paired.of(key("k"), "ns", false, new double[] {100, 110, 90}, new double[] {120, 132, 108});
        assertEquals(1 / 1.2, Gate.paired(List.of(slower), 0.03).getFirst().ratio(), 1e-9);
    }

    /// The fault: two rounds of throughput that happened to agree, beside microbenchmarks that scatter little,
    /// were sure of a difference that was none.
    @Test
    void aSeriesLeansOnItsOwnSuiteAlone() {
        List<Paired> pairs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            double jitter = 1 + 0.001 * (i + 1);
            pairs.add(Paired.of(
                    new SeriesKey("micro", "b" + i, "", "", "", "avgt"),
                    "ns",
                    false,
                    new double[] {10, 10},
                    new double[] {10 * jitter, 10 / jitter}));
        }
        pairs.add(Paired.of(
                new SeriesKey("macro", "tcp", "vnetp", "none", "", "bps"),
                "bit/s",
                true,
                new double[] {100, 100},
                new double[] {118, 124}));
        Comparison tcp = Gate.paired(pairs, 0.03).stream()
                .filter(c -> c.key().suite().equals("macro"))
                .findFirst()
                .orElseThrow();
        assertEquals(Verdict.INCONCLUSIVE, tcp.verdict(), tcp.toString());
    }
}
