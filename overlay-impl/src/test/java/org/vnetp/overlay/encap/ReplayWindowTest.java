package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {
    private static final long MASK = (1L << 55) - 1;

    @Test
    void agreesWithASetOfAllNumbersSeen() {
        Random random = new Random(1);
        ReplayWindow window = new ReplayWindow();
        Set<Long> seen = new HashSet<>();
        // Starts so that the numbers wrap round.
        long newest = -5000;
        for (int i = 0; i < 200_000; i++) {
            long number = newest + 1 - (random.nextInt(4) == 0 ? random.nextInt(3000) : 0) + random.nextInt(3);
            boolean expected = seen.add(number & MASK);
            assertEquals(expected, window.accept(number & MASK), "number " + number + " after " + newest);
            newest = Math.max(newest, number);
        }
    }

    @Test
    void knowsTheLifeBeforeStill() {
        ReplayWindow window = new ReplayWindow();
        long second = 1L << 40;
        assertTrue(window.accept(7));
        assertTrue(window.accept(9));
        assertTrue(window.accept(second));
        assertFalse(window.accept(7), "a replay of the life before");
        assertFalse(window.behind(), "seen, not old");
        assertTrue(window.accept(8), "was late, but never came before");
        assertTrue(window.accept(second + 1));
        assertFalse(window.accept(second));
        assertEquals(second + 1, window.newest());
    }

    @Test
    void anythingAheadIsBelievedAndNothingIsBelievedTwice() {
        Random random = new Random(2);
        ReplayWindow window = new ReplayWindow();
        long number = random.nextLong() & MASK;
        List<Long> accepted = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            assertTrue(window.accept(number), "life " + i);
            accepted.add(number);
            for (int k = 0; k < 5; k++) {
                assertFalse(window.accept(accepted.get(random.nextInt(accepted.size()))), "life " + i);
            }
            number = number + (1L << random.nextInt(26)) & MASK;
        }
    }

    @Test
    void aCorruptedNumberCostsTheLivingSenderNothing() {
        ReplayWindow window = new ReplayWindow();
        Random random = new Random(3);
        for (long i = 1L << 53; i < (1L << 53) + 10_000; i++) {
            assertTrue(window.accept(i), "number " + i);
            if (i % 10 == 0) {
                window.accept(i ^ 1L << 18 + random.nextInt(37));
            }
        }
    }

    @Test
    void aSenderThatRestartsAfterACorruptedNumberIsBelieved() {
        ReplayWindow window = new ReplayWindow();
        long life = 1L << 53;
        for (int i = 0; i < 100; i++) {
            assertTrue(window.accept(life + i));
        }
        assertTrue(window.accept(life | 1L << 50), "nobody can know");
        for (int i = 100; i < 100 + ReplayWindow.RETURN_RUN; i++) {
            assertTrue(window.accept(life + i));
        }
        assertTrue(window.accept(life + (1L << 30)), "the next life");
    }

    @Test
    void tellsWhoIsBehindFromWhatTheNetworkRepeats() {
        ReplayWindow window = new ReplayWindow();
        for (int i = 0; i < 10_000; i++) {
            assertTrue(window.accept(i));
            assertFalse(window.accept(i));
            assertFalse(window.behind(), "a copy");
        }
        assertFalse(window.accept(17));
        assertTrue(window.behind(), "from before the window");
        for (int i = 1; i < ReplayWindow.REFUSED_RUN; i++) {
            window.accept(9000 + i);
        }
        assertFalse(window.accept(9100));
        assertTrue(window.behind(), "a sender whose memory was set back a little");
    }
}
