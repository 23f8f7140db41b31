package org.vnetp.overlay.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class FloodMemoryTest {
    private static final long FRAME = 0x1234_5678_9ABC_DEF0L;
    private static final int A = 3;
    private static final int B = 4000;
    private static final int C = 5;

    private final FloodMemory memory = new FloodMemory();
    private long nowNs = Long.MAX_VALUE - 5_000_000_000L;

    private int flood(long digest, int port) {
        return memory.admit(digest, port, true, nowNs);
    }

    @Test
    void theFirstCopyIsNewWhicheverPortItComesBy() {
        assertEquals(FloodMemory.NEW, flood(FRAME, B));
        assertEquals(FloodMemory.REPEATED, flood(FRAME, A));
        assertEquals(FloodMemory.REPEATED, flood(FRAME, C));
        assertEquals(FloodMemory.NEW, flood(FRAME + 1, A));
    }

    @Test
    void equalFramesAreToldApartByHowManyAPortBrought() {
        assertEquals(FloodMemory.NEW, flood(FRAME, A));
        assertEquals(FloodMemory.NEW, flood(FRAME, A));
        assertEquals(FloodMemory.REPEATED, flood(FRAME, B));
        assertEquals(FloodMemory.REPEATED, flood(FRAME, B));
        // B is ahead now.
        assertEquals(FloodMemory.NEW, flood(FRAME, B));
        assertEquals(FloodMemory.REPEATED, flood(FRAME, A));
        assertEquals(FloodMemory.NEW, flood(FRAME, A));
    }

    /// Also at a turn of the clock.
    @Test
    void aPortThatLostSomeIsLevelAgainAfterAPause() {
        for (int i = 0; i < 10; i++) {
            assertEquals(FloodMemory.NEW, flood(FRAME, A));
        }
        assertEquals(FloodMemory.REPEATED, flood(FRAME, B));
        nowNs += FloodMemory.SETTLED_NS + 1;
        assertEquals(FloodMemory.NEW, flood(FRAME, B));
        assertEquals(FloodMemory.REPEATED, flood(FRAME, A));
        // One that has never brought any is not behind either.
        assertEquals(FloodMemory.REPEATED, flood(FRAME, C));
        assertEquals(FloodMemory.NEW, flood(FRAME, C));
    }

    @Test
    void aFrameIsForgottenAfterItsTime() {
        assertEquals(FloodMemory.NEW, flood(FRAME, A));
        nowNs += FloodMemory.HOLD_NS;
        // Such a late copy belongs to the frame still: nothing says that A has brought another.
        assertEquals(FloodMemory.NEW, flood(FRAME, A));
        nowNs += FloodMemory.HOLD_NS + 1;
        assertEquals(FloodMemory.NEW, flood(FRAME, B));
        assertEquals(FloodMemory.REPEATED, flood(FRAME, A));
    }

    @Test
    void copiesByMorePortsThanAreCountedAreNeverNew() {
        assertEquals(FloodMemory.NEW, flood(FRAME, 0));
        for (int port = 1; port < 100; port++) {
            assertEquals(FloodMemory.REPEATED, flood(FRAME, port));
        }
        assertEquals(FloodMemory.NEW, flood(FRAME, 0));
        assertEquals(FloodMemory.REPEATED, flood(FRAME, 99));
        assertEquals(FloodMemory.REPEATED, flood(FRAME, 99));
    }

    @Test
    void floodsPushOutOtherFramesButNoFloods() {
        long bucket = FRAME & ~0xFFL;
        for (int i = 0; i < FloodMemory.WAYS; i++) {
            assertEquals(FloodMemory.NEW, memory.admit(bucket + i, A, false, nowNs));
        }
        for (int i = 0; i < FloodMemory.WAYS; i++) {
            assertEquals(FloodMemory.NEW, flood(bucket + 100 + i, A));
        }
        assertEquals(FloodMemory.FULL, flood(bucket + 200, A));
        assertEquals(FloodMemory.NEW, memory.admit(bucket + 200, A, false, nowNs), "is not remembered, so goes on");
        for (int i = 0; i < FloodMemory.WAYS; i++) {
            assertEquals(FloodMemory.REPEATED, flood(bucket + 100 + i, B));
        }
        nowNs += FloodMemory.HOLD_NS + 1;
        assertEquals(FloodMemory.NEW, flood(bucket + 200, A));
    }

    /// Copies by several loops at once: one of them is new.
    @Test
    @Timeout(60)
    void ofAllLoopsOneIsToldThatAFrameIsNew() throws Exception {
        int loops = 4;
        int frames = 50_000;
        CyclicBarrier together = new CyclicBarrier(loops);
        try (ExecutorService threads = Executors.newFixedThreadPool(loops)) {
            List<Future<int[]>> all = new ArrayList<>();
            for (int loop = 0; loop < loops; loop++) {
                int port = loop;
                all.add(threads.submit(() -> {
                    SplittableRandom digests = new SplittableRandom(1);
                    int[] said = new int[frames];
                    for (int i = 0; i < frames; i++) {
                        if (i % 200 == 0) {
                            together.await();
                        }
                        said[i] = memory.admit(digests.nextLong(), port, true, i * 1_000_000L);
                    }
                    return said;
                }));
            }
            int[] news = new int[frames];
            boolean[] full = new boolean[frames];
            for (Future<int[]> each : all) {
                int[] said = each.get();
                for (int i = 0; i < frames; i++) {
                    news[i] += said[i] == FloodMemory.NEW ? 1 : 0;
                    full[i] |= said[i] == FloodMemory.FULL;
                }
            }
            int unsure = 0;
            for (int i = 0; i < frames; i++) {
                // A loop that loses its processor at the wrong moment may make others give up.
                unsure += full[i] ? 1 : 0;
                assertTrue(news[i] == 1 || news[i] == 0 && full[i], news[i] + " times new: frame " + i);
            }
            assertTrue(unsure < frames / 100, unsure + " of " + frames);
        }
    }

    @Test
    void allocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            memory.admit(i * 0x9E37_79B9_7F4A_7C15L, i % 7, i % 3 == 0, nowNs + i * 1000L);
        }
        assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 4096);
    }
}
