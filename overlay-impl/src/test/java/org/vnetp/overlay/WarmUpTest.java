package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    @Test
    void framesOfAllSizesCrossTheRig() {
        // If one of the sizes or bursts got lost, fewer than a whole number of rounds would arrive.
        for (boolean sealed : new boolean[] {false, true}) {
            int delivered = WarmUp.run(50_000_000L, System::nanoTime, sealed);
            assertTrue(delivered >= WarmUp.FRAMES_A_ROUND, delivered + " frames");
            assertEquals(0, delivered % WarmUp.FRAMES_A_ROUND, delivered + " frames");
        }
    }

    @Test
    void nothingOfTheRigStaysOpen() throws Exception {
        WarmUp.run(1_000_000L, System::nanoTime, true);
        long before = descriptors();
        WarmUp.run(1_000_000L, System::nanoTime, true);
        assertEquals(before, descriptors());
    }

    private static long descriptors() throws Exception {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
