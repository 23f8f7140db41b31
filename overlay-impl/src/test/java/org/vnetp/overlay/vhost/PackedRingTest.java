package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.posix.SharedMemory;

class PackedRingTest {
    private static final int SIZE = 4;
    private static final int WRAP = 0x8000;
    private static final int AT_POSITION = 2;

    private final MemorySegment memory = Arena.ofAuto().allocate(Ring.DESCRIPTOR * SIZE + 8, 16);
    private final long driver = memory.address() + Ring.DESCRIPTOR * SIZE;

    /// The guest waits for what comes after so many slots, counted from the first round on.
    private void guestWaitsAfter(int slots) {
        int round = slots / SIZE;
        int event = slots % SIZE | (round % 2 == 0 ? WRAP : 0) | AT_POSITION << 16;
        memory.set(ValueLayout.JAVA_INT, driver - memory.address(), event);
    }

    /// A guest that takes what it is given as fast as that comes, then waits: however much was given meanwhile, also
    /// more than one or two rounds, it is called if it waits for what it has not been called for, and only then.
    @Test
    void aGuestThatWaitsIsCalledHoweverOftenItsRingWentRoundMeanwhile() throws Exception {
        int file = SharedMemory.create("guest", 4096, true);
        GuestMemory guest = GuestMemory.map(List.of(new GuestMemory.Region(0, 4096, 0, 0, file)));
        for (int earlier = 0; earlier <= 2 * SIZE; earlier++) {
            for (int more = 0; more <= 5 * SIZE; more++) {
                int all = earlier + more;
                for (int seen = Math.max(0, all - SIZE); seen <= all; seen++) {
                    PackedRing ring = new PackedRing(
                            guest,
                            new Ring.Areas(memory.address(), driver, driver + 4),
                            SIZE,
                            VirtioFeatures.EVENT_IDX,
                            PackedRing.FRESH);
                    assertFalse(ring.wantsCall(), "nothing was given");
                    give(ring, earlier);
                    ring.wantsCall();
                    give(ring, more);
                    guestWaitsAfter(seen);
                    boolean wanted = seen >= earlier && seen < all;
                    assertEquals(wanted, ring.wantsCall(), earlier + " given, then " + more + ", seen " + seen);
                    assertFalse(ring.wantsCall(), "nothing was given since");
                }
            }
        }
        guest.close();
    }

    private static void give(PackedRing ring, int slots) {
        for (int i = 0; i < slots; i++) {
            ring.give(i % SIZE, 1, 64);
        }
        ring.publish();
    }
}
