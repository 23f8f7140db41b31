package org.vnetp.overlay.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ModeControllerTest {
    private static final long WINDOW = DispatchSettings.DEFAULT.omegaNs();

    private long nowNs;
    private final ModeController mode = new ModeController("out", DispatchSettings.DEFAULT, 0);

    /// One window with packets at a rate, packets/s.
    private void window(long rate) {
        nowNs += WINDOW;
        mode.onRound((int) (rate * WINDOW / 1_000_000_000L), nowNs);
    }

    @Test
    void startsGuestDriven() {
        assertFalse(mode.polling());
    }

    @Test
    void pollsAboveAlphaUAndBlocksBelowAlphaLAndKeepsBetween() {
        window(9_000);
        assertFalse(mode.polling(), "between the bounds it stays");
        window(20_000);
        assertTrue(mode.polling());
        window(2_000);
        assertTrue(mode.polling(), "between the bounds it stays");
        window(400);
        assertFalse(mode.polling());
        assertEquals(2, mode.describe("loop0", nowNs).switches());
    }

    @Test
    void takesTheRateOverTheTimeThatReallyPassed() {
        // As many packets as would exceed alpha-u in one window, but over a long sleep.
        nowNs += 1000 * WINDOW;
        mode.onRound(100, nowNs);
        assertFalse(mode.polling());
        assertEquals(20, mode.describe("loop0", nowNs).packetsPerSecond(), 0.1);
    }

    @Test
    void tellsWhyItSwitched() {
        window(20_000);
        DispatchReport.Switch last = mode.describe("loop0", nowNs).recent().getLast();
        assertEquals(DispatchMode.VMM, last.to());
        assertEquals("rate 20000/s above alpha-u 10000/s", last.cause());
    }

    @Test
    void givesWayToGuestsAndTriesAgainLater() {
        window(20_000);
        assertTrue(mode.giveWay(nowNs, nowNs + 10 * WINDOW, "starved"));
        assertFalse(mode.polling());
        window(20_000);
        assertFalse(mode.polling(), "the guard holds");
        nowNs += 10 * WINDOW;
        window(20_000);
        window(20_000);
        assertTrue(mode.polling());
    }

    @Test
    void doesNotGiveWayWhenPollingWasSetByHand() {
        mode.configure(DispatchSettings.DEFAULT.driven(DispatchMode.VMM), nowNs);
        assertTrue(mode.polling());
        assertFalse(mode.giveWay(nowNs, nowNs + WINDOW, "starved"));
        window(0);
        assertTrue(mode.polling());
    }

    @Test
    void remembersABoundedNumberOfSwitches() {
        for (int i = 0; i < 100; i++) {
            window(i % 2 == 0 ? 20_000 : 0);
        }
        assertEquals(100, mode.describe("loop0", nowNs).switches());
        assertEquals(
                ModeController.REMEMBERED,
                mode.describe("loop0", nowNs).recent().size());
    }

    @Test
    void doesNotPollWhileNoProcessorIsToSpareAndAsksAgainLater() {
        boolean[] spare = {false};
        ModeController held = new ModeController("out", DispatchSettings.DEFAULT, 0, now -> spare[0]);
        long now = 0;
        for (int i = 0; i < 3; i++) {
            now += WINDOW;
            held.onRound(1000, now);
        }
        assertFalse(held.polling());
        assertEquals(1, held.describe("loop0", now).heldBack(), "it does not ask in every window");
        spare[0] = true;
        now += ModeController.HELD_BACK_NS;
        held.onRound(100_000, now);
        assertTrue(held.polling());
    }
}
