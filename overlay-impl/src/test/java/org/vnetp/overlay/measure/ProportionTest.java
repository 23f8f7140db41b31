package org.vnetp.overlay.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ProportionTest {
    /// Rounding once put the lower bound of no loss above it, and whoever read that took it for a lie.
    @Test
    void theIntervalHoldsTheValue() {
        for (int trials = 1; trials <= 2000; trials++) {
            for (int events : new int[] {0, 1, trials / 2, trials - 1, trials}) {
                Estimate loss = Proportion.of(events, trials, 1, 0);
                assertTrue(
                        0 <= loss.low()
                                && loss.low() <= loss.value()
                                && loss.value() <= loss.high()
                                && loss.high() <= 1,
                        events + " of " + trials + ": " + loss);
            }
        }
    }

    /// Figures of Wilson's formula.
    @Test
    void fewEventsHaveAnInterval() {
        Estimate loss = Proportion.of(1, 10, 1, 0);
        assertEquals(0.1, loss.value());
        assertEquals(0.0179, loss.low(), 1e-4);
        assertEquals(0.4042, loss.high(), 1e-4);
    }
}
