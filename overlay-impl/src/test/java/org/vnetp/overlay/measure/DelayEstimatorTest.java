package org.vnetp.overlay.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// Delays against ground truth: known ways, queues, offsets and skews of clocks.
class DelayEstimatorTest {
    private static final double THERE_NS = 5e6;
    private static final double BACK_NS = 7e6;
    private static final long STEP_NS = 500_000_000L;

    private final DelayEstimator estimator = new DelayEstimator();
    private final Random random = new Random(11);
    private long nowNs = 1_000_000_000_000L;
    private double queueOutNs;

    /// Echoes twice a second; every other one meets a queue of exponential length, 2 ms in the mean.
    private void run(int seconds, double offsetNs, double skew, boolean sameClock) {
        for (int i = 0; i < 2 * seconds; i++) {
            nowNs += STEP_NS;
            double there = THERE_NS + queueOutNs + queue();
            double back = BACK_NS + queue();
            double ahead = offsetNs + skew * nowNs;
            estimator.add(nowNs, there + back, there + ahead, back - ahead, sameClock);
        }
    }

    private double queue() {
        return random.nextBoolean() ? 0 : -2e6 * Math.log(1 - random.nextDouble());
    }

    @Test
    void baseAndMedianOfRoundTrips() {
        run(30, 0, 0, false);
        Estimate base = estimator.baseRtt(nowNs);
        assertEquals(THERE_NS + BACK_NS, base.value(), 1e4);
        assertTrue(base.samples() > 50 && base.samples() <= 61, base.toString());
        assertTrue(base.intervalNs() <= DelayEstimator.LONG_NS);
        assertEquals(0, base.ageNs());
        Estimate median = estimator.rtt(nowNs);
        assertTrue(median.value() > base.value() && median.value() < base.value() + 4e6, median.toString());
    }

    @Test
    void oneWayDelaysAreUnknownBetweenTwoClocksAndQueuesAreNot() {
        run(30, 3e9, 80e-6, false);
        assertFalse(estimator.delayOut(nowNs).known());
        assertFalse(estimator.baseDelayIn(nowNs).known());
        assertEquals(80e-6, estimator.skew(nowNs), 20e-6);
        assertTrue(estimator.queueOut(nowNs).value() < 2e6);
        queueOutNs = 40e6;
        run(10, 3e9, 80e-6, false);
        assertEquals(40e6, estimator.queueOut(nowNs).value(), 3e6);
        assertTrue(estimator.queueIn(nowNs).value() < 3e6);
        assertEquals(0, estimator.jumps());
    }

    @Test
    void oneClockMakesThemAbsolute() {
        run(30, 0, 0, true);
        assertEquals(THERE_NS, estimator.baseDelayOut(nowNs).value(), 1e4);
        assertEquals(BACK_NS, estimator.baseDelayIn(nowNs).value(), 1e4);
        assertTrue(estimator.commonClock());
    }

    @Test
    void aClockThatIsSetIsNoticedAndWhatItSaidForgotten() {
        run(20, 0, 0, true);
        run(5, 50e6, 0, true);
        assertEquals(1, estimator.jumps());
        // Ahead by 50 ms from the beginning, as far as is known now.
        assertEquals(THERE_NS + 50e6, estimator.baseDelayOut(nowNs).value(), 3e6);
        assertEquals(THERE_NS + BACK_NS, estimator.baseRtt(nowNs).value(), 1e4);
        run(5, -50e6, 0, true);
        assertEquals(2, estimator.jumps());
    }

    @Test
    void aClockThatIsSlewedIsNot() {
        run(600, 0, 500e-6, false);
        assertEquals(0, estimator.jumps());
        assertEquals(500e-6, estimator.skew(nowNs), 50e-6);
    }

    @Test
    void whatIsOldIsUnknown() {
        assertFalse(estimator.rtt(nowNs).known());
        run(10, 0, 0, true);
        nowNs += DelayEstimator.SHORT_NS + STEP_NS;
        assertFalse(estimator.rtt(nowNs).known());
        assertTrue(estimator.baseRtt(nowNs).known());
        nowNs += DelayEstimator.LONG_NS;
        assertFalse(estimator.baseRtt(nowNs).known());
        assertFalse(estimator.queueOut(nowNs).known());
    }
}
