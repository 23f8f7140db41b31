package org.vnetp.overlay.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Rates and shapes over time, from counts that the test makes.
class DemandEstimatorTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long BASE = 0x0200_0000_0000L;

    private final DemandEstimator estimator = new DemandEstimator(5 * SECOND_NS);
    private final Map<List<Integer>, long[]> counts = new LinkedHashMap<>();
    private long nowNs;
    private long other;

    private void sends(int from, int to, long bytes) {
        long[] count = counts.computeIfAbsent(List.of(from, to), _ -> new long[2]);
        count[0] += bytes / 1000 + 1;
        count[1] += bytes;
    }

    private void second() {
        nowNs += SECOND_NS;
        List<DemandEstimator.Counted> all = new ArrayList<>();
        counts.forEach((pair, count) ->
                all.add(new DemandEstimator.Counted(BASE + pair.get(0), BASE + pair.get(1), count[0], count[1])));
        estimator.add(nowNs, all, other);
    }

    private void ring(int seconds) {
        for (int i = 0; i < seconds; i++) {
            for (int guest = 0; guest < 4; guest++) {
                sends(guest, (guest + 1) % 4, 2_000_000);
            }
            second();
        }
    }

    private void allToAll(int seconds) {
        for (int i = 0; i < seconds; i++) {
            for (int guest = 0; guest < 4; guest++) {
                for (int to = 0; to < 4; to++) {
                    if (to != guest) {
                        sends(guest, to, 1_000_000);
                    }
                }
            }
            second();
        }
    }

    @Test
    void ratesOfTheWindowAndTheShapeOnceItIsStable() {
        assertEquals(Demands.UNKNOWN, estimator.now());
        second();
        ring(1);
        assertEquals(Topology.NONE, estimator.now().topology(), "not yet stable");
        assertEquals(Topology.RING, estimator.now().now());
        ring(2);
        Demands now = estimator.now();
        assertEquals(Topology.RING, now.topology());
        assertEquals(1, now.confidence(), 1e-9);
        assertEquals(4, now.pairs().size());
        assertEquals(2e6, now.pairs().getFirst().bytesPerS(), 1);
        assertEquals(2001, now.pairs().getFirst().framesPerS(), 1);
        assertEquals(1, now.pairs().getLast().share(), 1e-9);
        assertEquals(4, now.guests().size());
        assertEquals(3, now.windowS(), 1e-9);
        assertEquals(2, now.stableS(), 1e-9);
    }

    @Test
    void aChangeIsTheUnionUntilTheWindowIsOver() {
        second();
        ring(10);
        allToAll(2);
        // The ring's edges still carry most.
        assertTrue(estimator.now().pairs().stream().anyMatch(pair -> !pair.kept() || pair.share() < 0.5));
        allToAll(10);
        assertEquals(Topology.ALL_TO_ALL, estimator.now().topology());
        for (int i = 0; i < 12; i++) {
            second();
        }
        assertEquals(Topology.NONE, estimator.now().topology());
        assertTrue(estimator.now().pairs().isEmpty());
    }

    @Test
    void groupsAndWhatFoundNoRoomAreNoPairs() {
        second();
        for (int i = 0; i < 5; i++) {
            sends(0, 1, 1_000_000);
            counts.put(List.of(0, 2), new long[] {0, 0});
            other += 1_000_000;
            List<DemandEstimator.Counted> all = new ArrayList<>();
            all.add(new DemandEstimator.Counted(BASE, BASE + 1, 10 * (i + 1), 1_000_000L * (i + 1)));
            all.add(new DemandEstimator.Counted(BASE, 0xFFFF_FFFF_FFFFL, 10 * (i + 1), 9_000_000L * (i + 1)));
            nowNs += SECOND_NS;
            estimator.add(nowNs, all, other);
        }
        Demands now = estimator.now();
        assertEquals(1, now.pairs().size());
        assertEquals(Topology.PAIRS, now.topology());
        assertEquals(0.5, now.otherShare(), 0.01);
        assertEquals(0.5, now.confidence(), 0.01);
    }

    @Test
    void countsThatGoBackBeginAnew() {
        second();
        sends(0, 1, 5_000_000);
        second();
        counts.put(List.of(0, 1), new long[] {10, 30_000});
        second();
        assertTrue(estimator.now().pairs().getFirst().bytesPerS() > 0);
        assertFalse(estimator.now().pairs().getFirst().bytesPerS() > 5_000_000);
    }
}
