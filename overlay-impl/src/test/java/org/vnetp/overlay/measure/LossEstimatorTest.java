package org.vnetp.overlay.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Loss and reordering from counts, echoes' loss, rates: against ground truth.
class LossEstimatorTest {
    private static final long STEP_NS = 500_000_000L;
    private long nowNs = 5;

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.001, 0.01, 0.2})
    void lossOfTheLastMinute(double loss) {
        Random random = new Random(7);
        LossEstimator estimator = new LossEstimator();
        long sent = 0;
        long lost = 0;
        long before = 0;
        for (int i = 0; i < 240; i++) {
            before = i == 120 ? lost : before;
            // What was long ago, another loss, does not matter.
            double now = i < 100 ? 0.5 : loss;
            for (int k = 0; k < 1000; k++) {
                sent++;
                lost += random.nextDouble() < now ? 1 : 0;
            }
            nowNs += STEP_NS;
            estimator.add(nowNs, sent, lost, 0, 0);
        }
        Estimate estimate = estimator.loss(nowNs);
        assertEquals((lost - before) / 120_000.0, estimate.value(), 1e-9);
        assertTrue(estimate.low() <= estimate.value() && estimate.value() <= estimate.high(), estimate.toString());
        assertEquals(120_000, estimate.samples());
        assertEquals(LossEstimator.SPAN_NS, estimate.intervalNs());
    }

    @Test
    void itsIntervalHoldsTheTruthNineteenTimesInTwenty() {
        int holds = 0;
        for (int seed = 0; seed < 1000; seed++) {
            Random random = new Random(seed);
            long lost = 0;
            for (int i = 0; i < 3000; i++) {
                lost += random.nextDouble() < 0.01 ? 1 : 0;
            }
            Estimate estimate = Proportion.of(lost, 3000, 0, 0);
            holds += estimate.low() <= 0.01 && 0.01 <= estimate.high() ? 1 : 0;
        }
        assertEquals(950, holds, 25);
        assertEquals(0, Proportion.of(0, 100, 0, 0).low());
        assertTrue(Proportion.of(0, 100, 0, 0).high() > 0.03);
        assertFalse(Proportion.of(0, 0, 0, 0).known());
    }

    @Test
    void lateIsNotLost() {
        LossEstimator estimator = new LossEstimator();
        estimator.add(nowNs, 1000, 0, 0, 0);
        estimator.add(nowNs + STEP_NS, 2000, 20, 0, 0);
        assertEquals(0.02, estimator.loss(nowNs + STEP_NS).value(), 1e-9);
        assertTrue(estimator.justLost());
        // Fifteen of them come.
        estimator.add(nowNs + 2 * STEP_NS, 2000, 5, 15, 0);
        assertEquals(0.005, estimator.loss(nowNs + 2 * STEP_NS).value(), 1e-9);
        assertEquals(0.015, estimator.reordered(nowNs + 2 * STEP_NS).value(), 1e-9);
        assertFalse(estimator.justLost());
    }

    @Test
    void impossibleCountsAndNewBeginningsAreForgotten() {
        LossEstimator estimator = new LossEstimator();
        assertFalse(estimator.loss(nowNs).known());
        estimator.add(nowNs, -1, 0, 0, 0);
        estimator.add(nowNs + 1, -1, 0, 0, 0);
        assertFalse(estimator.loss(nowNs + 1).known());
        estimator.add(nowNs + 2, 1000, 0, 0, 0);
        estimator.add(nowNs + 3, 2000, 10, 0, 0);
        assertTrue(estimator.loss(nowNs + 3).known());
        // More missing than were sent; more late ones than there were.
        estimator.add(nowNs + 4, 3000, 4000, 0, 0);
        assertFalse(estimator.loss(nowNs + 4).known());
        estimator.add(nowNs + 5, 3000, 0, Long.MAX_VALUE, 0);
        assertFalse(estimator.loss(nowNs + 5).known());
        estimator.add(nowNs + 6, 100, 1, 0, 0);
        estimator.add(nowNs + 7, 200, 3, 0, 0);
        assertEquals(0.02, estimator.loss(nowNs + 7).value(), 1e-9);
    }

    @Test
    void echoesLostInARowAndInAll() {
        EchoLossEstimator estimator = new EchoLossEstimator();
        assertFalse(estimator.loss(nowNs).known());
        for (int i = 0; i < 100; i++) {
            nowNs += STEP_NS;
            estimator.sent(i, nowNs);
            if (i % 10 != 3 && i < 96) {
                estimator.answered(i);
            }
        }
        nowNs += EchoLossEstimator.TIMEOUT_NS;
        assertEquals(4, estimator.lostInARow(nowNs));
        assertEquals(14.0 / 100, estimator.loss(nowNs).value(), 1e-9);
        estimator.answered(99);
        assertEquals(0, estimator.lostInARow(nowNs));
        // From before the memory, and from the future.
        estimator.answered(-1);
        estimator.answered(100);
        assertEquals(13.0 / 100, estimator.loss(nowNs).value(), 1e-9);
    }

    @Test
    void ratesAreLowerBoundsUnlessTheLinkWasFull() {
        RateEstimator estimator = new RateEstimator();
        long bytes = 0;
        for (int second = 0; second < 5; second++) {
            nowNs += 1_000_000_000L;
            bytes += 1_000_000;
            estimator.add(nowNs, bytes, false, false);
        }
        assertEquals(8e6, estimator.rate(nowNs).value(), 1);
        assertTrue(estimator.rate(nowNs).atLeast());
        for (int second = 0; second < 3; second++) {
            assertTrue(estimator.rate(nowNs).atLeast(), "an accident, or two");
            nowNs += 1_000_000_000L;
            bytes += 12_500_000;
            estimator.add(nowNs, bytes, true, false);
            assertEquals(1e8, estimator.rate(nowNs).value(), 1);
        }
        assertFalse(estimator.rate(nowNs).atLeast());
        nowNs += 11_000_000_000L;
        assertFalse(estimator.rate(nowNs).known());
        // Somebody counts from 0 again, and somebody cannot tell.
        estimator.add(nowNs, 10, false, false);
        estimator.add(nowNs + 1, -1, false, false);
        assertFalse(estimator.rate(nowNs + 1).known());
    }

    @Test
    void aFullLinkThatHasBecomeSlowerIsSeenAfterThreeSeconds() {
        RateEstimator estimator = new RateEstimator();
        long bytes = 0;
        for (int second = 0; second < 5; second++) {
            nowNs += 1_000_000_000L;
            bytes += 12_500_000;
            estimator.add(nowNs, bytes, true, false);
        }
        for (int second = 0; second < 3; second++) {
            assertEquals(1e8, estimator.rate(nowNs).value(), 1, "not yet: one such second is an accident");
            nowNs += 1_000_000_000L;
            bytes += 2_500_000 - second;
            estimator.add(nowNs, bytes, true, false);
        }
        assertEquals(2e7, estimator.rate(nowNs).value(), 1, "the most of the three");
        assertFalse(estimator.rate(nowNs).atLeast());
        nowNs += 1_000_000_000L;
        bytes += 1_000_000;
        estimator.add(nowNs, bytes, false, false);
        assertEquals(2e7, estimator.rate(nowNs).value(), 1, "what it carried before stays forgotten");
        assertFalse(estimator.rate(nowNs).atLeast());
    }

    private static final int MB = 125_000; // of a second of 1 Mbit/s

    /// What a link carries second by second, Mbit/s; a w behind it: something waited at that moment.
    private RateEstimator after(String... seconds) {
        RateEstimator estimator = new RateEstimator();
        long bytes = 0;
        estimator.add(nowNs, bytes, false, false);
        for (String second : seconds) {
            nowNs += 1_000_000_000L;
            bytes += (long) MB * Integer.parseInt(second.replace("w", ""));
            estimator.add(nowNs, bytes, false, second.endsWith("w"));
        }
        return estimator;
    }

    @Test
    void aLinkThatDeliversLessWhileSomethingWaitsHasBecomeSlower() {
        // The second in which it happens has something of the old rate.
        Estimate rate =
                after("60", "62", "58w", "60", "40w", "20w", "19", "20w").rate(nowNs);
        assertEquals(2e7, rate.value(), 1);
        assertFalse(rate.atLeast());
        assertFalse(
                after("60", "62", "58w", "60", "50w", "20w", "19w").rate(nowNs).atLeast(), "two show a queue");
        assertTrue(
                after("60", "62", "58w", "60", "50w", "20w", "19").rate(nowNs).atLeast(), "one does");
    }

    @Test
    void aLinkThatDeliversLessBecauseLessIsAskedForHasNot() {
        assertTrue(
                after("60", "62", "58", "60", "20", "20w", "20", "20")
                        .rate(nowNs)
                        .atLeast(),
                "one accident");
        assertTrue(after("60", "62", "58", "60", "0", "0", "0", "0").rate(nowNs).atLeast());
        // A busy machine, on which something waits all the time, and a link that wavers.
        assertTrue(after("60w", "62w", "58w", "50w", "64w", "48w", "50w", "53w")
                .rate(nowNs)
                .atLeast());
        assertTrue(after("20w", "20w", "60w", "60w", "60w").rate(nowNs).atLeast(), "it has become faster");
    }
}
