package org.vnetp.overlay.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.vnetp.overlay.posix.Posix;

class IdleProcessorsTest {
    @Test
    void tellsNothingBeforeAWindowIsOver() {
        try (IdleProcessors processors = new IdleProcessors(new Posix(), 0)) {
            assertTrue(Double.isNaN(processors.idle(IdleProcessors.WINDOW_NS - 1)));
        }
    }

    @Test
    void isBetweenNoneAndAllOfTheMachine() throws Exception {
        long start = System.nanoTime();
        try (IdleProcessors processors = new IdleProcessors(new Posix(), start)) {
            Thread.sleep(300);
            double idle = processors.idle(System.nanoTime());
            // A tick more or less for each processor at either end of the window.
            double most = Runtime.getRuntime().availableProcessors() * 1.2;
            assertTrue(
                    idle >= 0 && idle <= most,
                    idle + " of " + Runtime.getRuntime().availableProcessors());
            assertEquals(idle, processors.idle(System.nanoTime()), "the same until the next window is over");
        }
    }
}
