package org.vnetp.microbench.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// As [WholeWayTest], from ring to ring.
class RingToRingTest {
    private static final int WINDOWS = 100;
    private static final int BATCHES = 2000;

    @ParameterizedTest
    @CsvSource({"64, split, two", "1500, packed, two", "64, packed, one", "1500, split, one"})
    void framesCrossWithoutAllocationOnceCompiled(int frameBytes, String ring, String nodes) throws Exception {
        RingToRingBenchmark way = new RingToRingBenchmark();
        way.frameBytes = frameBytes;
        way.batch = 16;
        way.ring = ring;
        way.nodes = nodes;
        way.setUp();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = -1;
        for (int window = 0; window < WINDOWS && allocated != 0; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < BATCHES; i++) {
                way.ringToRing();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        way.close();
        assertEquals(0, allocated, "bytes in " + BATCHES + " batches");
    }
}
