package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What numbers tell of loss and reordering, against what really happened to them.
class LaneCountTest {
    private static final long FIRST = 1L << 40;
    private static final int SENT = 50_000;

    /// Numbers as they arrive: some lost, some later by up to so many places.
    private static List<Long> arrivals(double loss, double late, int places, long seed) {
        Random random = new Random(seed);
        List<long[]> kept = new ArrayList<>();
        for (int i = 0; i < SENT; i++) {
            // The first and the last come, and in time, so that what was sent is what the numbers span.
            boolean edge = i == 0 || i == SENT - 1;
            if (edge || random.nextDouble() >= loss) {
                long place = 1000L * i + (!edge && random.nextDouble() < late ? 1000L * random.nextInt(1, places) : 0);
                kept.add(new long[] {Math.min(place, 1000L * (SENT - 1) - (edge ? 0 : 1)), FIRST + i});
            }
        }
        kept.sort((a, b) -> a[0] != b[0] ? Long.compare(a[0], b[0]) : Long.compare(a[1], b[1]));
        return kept.stream().map(each -> each[1]).toList();
    }

    private static long lateOf(List<Long> arrivals) {
        long newest = Long.MIN_VALUE;
        long late = 0;
        for (long number : arrivals) {
            late += number < newest ? 1 : 0;
            newest = Math.max(newest, number);
        }
        return late;
    }

    private static long extentOf(List<Long> arrivals) {
        long newest = arrivals.getFirst();
        long extent = 0;
        for (long number : arrivals) {
            extent = Math.max(extent, newest - number);
            newest = Math.max(newest, number);
        }
        return extent;
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 2", "0.001, 0, 2", "0.2, 0, 2", "0, 0.1, 50", "0.01, 0.05, 300", "0.5, 0.5, 900"})
    void exactly(double loss, double late, int places) {
        for (long seed = 1; seed <= 3; seed++) {
            List<Long> arrivals = arrivals(loss, late, places, seed);
            ReplayWindow window = new ReplayWindow();
            OpenedSequence opened = new OpenedSequence();
            Set<Long> repeated = new HashSet<>();
            Random random = new Random(seed);
            for (long number : arrivals) {
                assertTrue(window.accept(number));
                opened.follow(number);
                if (random.nextInt(20) == 0 && repeated.add(number)) {
                    assertTrue(!window.accept(number), "a copy");
                }
            }
            assertEquals(SENT, window.expected());
            assertEquals(SENT - arrivals.size(), window.count().missing());
            assertEquals(lateOf(arrivals), window.count().late());
            assertEquals(Math.max(0, extentOf(arrivals)), window.count().extent());
            assertEquals(0, window.count().breaks());
            assertEquals(SENT, opened.expected());
            assertEquals(SENT - arrivals.size(), opened.count().missing());
            assertEquals(lateOf(arrivals), opened.count().late());
        }
    }

    @Test
    void aSenderThatBeginsAnewHasLostNothing() {
        ReplayWindow window = new ReplayWindow();
        OpenedSequence opened = new OpenedSequence();
        for (int life = 0; life < 4; life++) {
            for (int i = 0; i < 100; i++) {
                long number = FIRST + life * (1L << 30) + i;
                assertTrue(window.accept(number));
                opened.follow(number);
            }
        }
        assertEquals(400, window.expected());
        assertEquals(0, window.count().missing());
        assertEquals(3, window.count().breaks());
        assertEquals(400, opened.expected());
        assertEquals(0, opened.count().missing());
        assertEquals(3, opened.count().breaks());
    }

    @Test
    void aCorruptedNumberFarAheadIsNoLoss() {
        ReplayWindow window = new ReplayWindow();
        for (int i = 0; i < 1000; i++) {
            if (i == 500) {
                window.accept(FIRST + (1L << 50));
            }
            window.accept(FIRST + i);
        }
        assertEquals(0, window.count().missing());
        assertTrue(Math.abs(window.expected() - 1000) <= ReplayWindow.RETURN_RUN + 1, "" + window.expected());
    }
}
