package org.vnetp.overlay.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.stats.AllocatedBytes;

class SealedWayTest {
    private static final int LENGTH = 1440;
    private static final int DATAGRAMS = 20_000;

    /// By native code nothing is allocated for a datagram, at either end.
    @Test
    void nothingIsAllocatedForADatagram() {
        Assumptions.assumeFalse(Ciphers.origin(Suite.AES_128_GCM).equals("jdk"), "neither ipsec-mb nor libcrypto here");
        Sealing[] ends = Sealing.pair(7, Suite.AES_128_GCM, 1472);
        SealingLane sealing = ends[0].sending().sealing(3);
        OpeningLane opening = ends[1].opening(0).opening(3);
        Arena arena = Arena.ofAuto();
        MemorySegment text = arena.allocate(LENGTH, 64);
        MemorySegment datagram = arena.allocate(Aead.HEADER + LENGTH + Aead.TAG, 64);
        long[] sealed = {0};
        long[] opened = {0};
        long allocated = AllocatedBytes.onceCompiled(DATAGRAMS, () -> {
            long number = 2 + sealed[0]++;
            datagram.set(ValueLayout.JAVA_LONG, Long.BYTES, number);
            if (sealing.use(number)) {
                sealing.seal(datagram.address(), text.address(), LENGTH);
            }
            if (opening.mayBeNew(number) && opening.open(datagram.address(), LENGTH, number)) {
                opened[0]++;
            }
        });
        assertEquals(sealed[0], opened[0]);
        assertEquals(0, allocated, "bytes for " + DATAGRAMS + " datagrams");
        ends[0].close();
        ends[1].close();
    }

    @Test
    void aKeySealsNoNumberTwiceAndStopsInTime() {
        int[] told = {0};
        SealingLane lane = new SealingLane(Ciphers.make(Suite.AES_128_GCM, new byte[16], 0, true), 10, () -> told[0]++);
        assertTrue(lane.use(5));
        assertEquals(false, lane.use(5));
        assertEquals(false, lane.use(4));
        for (int i = 1; i < 10; i++) {
            assertTrue(lane.use(5 + i));
        }
        assertEquals(1, told[0]);
        assertEquals(10, lane.sealed());
        assertEquals(false, lane.use(1000), "past the end");
        lane.close();
    }
}
