package org.vnetp.overlay.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StrictWindowTest {
    @Test
    void itIsWhatASetOfNumbersSays() {
        Random random = new Random(19);
        for (int run = 0; run < 200; run++) {
            StrictWindow window = new StrictWindow();
            Set<Long> seen = new HashSet<>();
            long newest = random.nextLong(1L << 40);
            boolean any = false;
            for (int i = 0; i < 2000; i++) {
                long number = Math.max(0, newest + jump(random));
                boolean expected = !any
                        || number > newest && number - newest <= StrictWindow.MOST_AHEAD
                        || number <= newest && newest - number < StrictWindow.SIZE && !seen.contains(number);
                assertEquals(expected, window.mayBeNew(number), "number " + number + ", newest " + newest);
                // A datagram that does not open moves nothing.
                if (expected && random.nextInt(8) > 0) {
                    window.mark(number);
                    seen.add(number);
                    newest = any ? Math.max(newest, number) : number;
                    any = true;
                    assertFalse(window.mayBeNew(number));
                }
            }
        }
    }

    private static long jump(Random random) {
        return switch (random.nextInt(6)) {
            case 0, 1 -> 1;
            case 2 -> -random.nextInt(StrictWindow.SIZE + 200);
            case 3 -> random.nextInt(3 * StrictWindow.SIZE);
            case 4 -> random.nextInt(64);
            default -> random.nextLong(1L << random.nextInt(1, 36));
        };
    }

    /// However often an old number comes, it is not believed.
    @Test
    void nothingBehindIsEverBelieved() {
        StrictWindow window = new StrictWindow();
        window.mark(1_000_000);
        for (int i = 0; i < 1000; i++) {
            assertFalse(window.mayBeNew(1_000_000 - StrictWindow.SIZE));
            assertFalse(window.mayBeNew(5));
            assertFalse(window.mayBeNew(1_000_000));
        }
        assertTrue(window.mayBeNew(1_000_000 - StrictWindow.SIZE + 1));
    }
}
