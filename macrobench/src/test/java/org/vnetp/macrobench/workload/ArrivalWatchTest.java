package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vnetp.macrobench.workload.ArrivalWatch.Stillness;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

class ArrivalWatchTest {
    @Test
    void whatComesAgainOrTooLateIsCounted() {
        ArrivalWatch watch = new ArrivalWatch(10);
        for (int number : new int[] {0, 1, 3, 2, 2, 3, 5, 4, 9}) {
            watch.note(number, MS * (1 + number));
        }
        assertEquals(2, watch.repeated());
        assertEquals(2, watch.reordered());
    }

    private static final long MS = 1_000_000;

    /// One a millisecond, but for the numbers from `silentFrom` up to `silentTo`.
    private static long[] arrivals(int count, int silentFrom, int silentTo) {
        long[] arrivals = new long[count];
        for (int i = 0; i < count; i++) {
            arrivals[i] = i >= silentFrom && i < silentTo ? 0 : (1 + i) * MS;
        }
        return arrivals;
    }

    @Test
    void theLongestStillnessDuringTheMoveIsTold() {
        Stillness still = Stillness.of(arrivals(100, 40, 55), 100, 41 * MS, 45 * MS);
        assertEquals(85, still.received());
        assertEquals(15, still.lost());
        assertEquals(MS, still.beforeNs());
        assertEquals(16 * MS, still.longestNs());
        assertEquals(1, still.last());
    }

    @Test
    void aStillnessBeforeTheMarkIsNotTheMoves() {
        Stillness still = Stillness.of(arrivals(100, 20, 30), 100, 60 * MS, 70 * MS);
        assertEquals(11 * MS, still.beforeNs());
        assertEquals(MS, still.longestNs());
    }

    @Test
    void aStillnessThatBeginsWhenTheMoveIsDoneIsNotTheMoves() {
        Stillness still = Stillness.of(arrivals(100, 80, 95), 100, 60 * MS, 70 * MS);
        assertEquals(MS, still.longestNs());
        assertEquals(15, still.lost());
    }

    @Test
    void whatOvertakesIsNoLossAndArrivesInItsOwnTime() {
        long[] arrivals = {MS, 3 * MS, 2 * MS, 4 * MS};
        Stillness still = Stillness.of(arrivals, 4, 0, 9 * MS);
        assertEquals(0, still.lost());
        assertEquals(MS, still.longestNs());
    }

    @Test
    void aStreamThatDoesNotResumeHasNothingOfItsEnd() {
        Stillness still = Stillness.of(arrivals(100, 50, 100), 100, 50 * MS, 60 * MS);
        assertEquals(50, still.lost());
        assertEquals(0, still.last());
        assertEquals(0, Stillness.of(new long[10], 10, 5, 9).received());
    }

    @Test
    void aGuestThatIsNotReachedAgainFailsTheRun() {
        Run run = new Run("macro", "migration", "vnetp", "none", Params.NONE, 0, 0);
        Migration.record(run, 1000, 100, Map.of("lost", 95.0, "before", 1e6, "longest", 3e6, "last", 0.2));
        assertEquals(Status.FAILED, run.status());
        assertTrue(run.reason().contains("20 % arrived"), run.reason());
        assertTrue(run.observations().stream().noneMatch(o -> o.metric().equals(Metrics.OUTAGE.name())));
    }

    @Test
    void anOutageIsCountedWithoutTheTimeBetweenTwoThatAreSent() {
        Run run = new Run("macro", "migration", "vnetp", "none", Params.NONE, 0, 0);
        Migration.record(run, 1000, 100, Map.of("lost", 2.0, "before", 1e6, "longest", 3.5e6, "last", 1.0));
        assertEquals(Status.OK, run.status());
        double outage = run.observations().stream()
                .filter(o -> o.metric().equals(Metrics.OUTAGE.name()))
                .findFirst()
                .orElseThrow()
                .value();
        assertEquals(2.5, outage, 1e-9);
    }
}
