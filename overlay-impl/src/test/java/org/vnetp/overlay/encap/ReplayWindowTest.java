package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {
    @Test
    void agreesWithASetOfAllNumbersSeen() {
        Random random = new Random(1);
        ReplayWindow window = new ReplayWindow();
        Set<Integer> seen = new HashSet<>();
        // Starts so that the numbers wrap round.
        int newest = -5000;
        for (int i = 0; i < 200_000; i++) {
            int sequence = newest + 1 - (random.nextInt(4) == 0 ? random.nextInt(3000) : 0) + random.nextInt(3);
            boolean expected = seen.add(sequence);
            assertEquals(expected, window.accept(1, sequence), "number " + sequence + " after " + newest);
            if (sequence - newest > 0) {
                newest = sequence;
            }
        }
    }

    @Test
    void knowsTheEpochBeforeStill() {
        ReplayWindow window = new ReplayWindow();
        assertTrue(window.accept(1, 7));
        assertTrue(window.accept(2, 3));
        assertFalse(window.accept(1, 7), "a replay of the life before");
        assertTrue(window.accept(2, 4));
        assertFalse(window.accept(2, 3));
    }

    @Test
    void aCorruptedEpochOrNumberCostsTheLivingSenderNothing() {
        ReplayWindow window = new ReplayWindow();
        Random random = new Random(3);
        for (int i = 0; i < 10_000; i++) {
            assertTrue(window.accept(1, i), "number " + i);
            if (i % 10 == 0) {
                window.accept(2 + random.nextInt(14), random.nextInt());
                window.accept(1, i ^ 1 << 18 + random.nextInt(14));
            }
        }
    }
}
