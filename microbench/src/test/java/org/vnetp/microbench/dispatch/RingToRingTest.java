package org.vnetp.microbench.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// As [WholeWayTest], from ring to ring.
class RingToRingTest {
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
        long allocated = AllocatedBytes.onceCompiled(BATCHES, way::ringToRing);
        way.close();
        assertEquals(0, allocated, "bytes in " + BATCHES + " batches");
    }
}
