package org.vnetp.microbench.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the profiler of JMH can only bound, exactly: the thread's own count of allocated bytes.
class WholeWayTest {
    private static final int BATCHES = 2000;
    private static final int BATCH = 16;

    @ParameterizedTest
    @CsvSource({"64, vnet", "9000, vnet", "1400, vxlan", "9000, vxlan"})
    void framesCrossTwoNodesWithoutAllocationOnceCompiled(int frameBytes, String format) {
        WholeWayBenchmark way = new WholeWayBenchmark();
        way.frameBytes = frameBytes;
        way.batch = BATCH;
        way.format = format;
        way.setUp();
        long allocated = AllocatedBytes.onceCompiled(BATCHES, way::wholeWay);
        way.everyFrameArrived();
        assertEquals(0, allocated, "bytes in " + BATCHES + " batches of " + BATCH + " frames");
    }
}
