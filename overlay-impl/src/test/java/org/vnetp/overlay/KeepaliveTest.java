package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.Keepalive.Due;

class KeepaliveTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final Keepalive keepalive = new Keepalive(10 * SECOND_NS, 0);
    private final List<Long> sentAt = new ArrayList<>(List.of(0L));
    private final List<Long> doubts = new ArrayList<>();
    private long sent;
    private long received;

    /// A second passes, in which datagrams are sent and received; what the link then says is answered or not.
    private void second(long now, int out, int in, boolean answered) {
        sent += out;
        received += in;
        if (out > 0) {
            sentAt.add(now);
        }
        Due due = keepalive.look(now * SECOND_NS, sent, received);
        if (due != Due.NOTHING) {
            sentAt.add(now);
            sent += 2;
            received += answered ? 2 : 0;
        }
        if (due == Due.DOUBT) {
            doubts.add(now);
        }
    }

    @Test
    void nothingIsSaidWhileSomethingIsSent() {
        for (int now = 1; now < 100; now++) {
            second(now, 1, 1, true);
        }
        assertEquals(0, keepalive.said());
    }

    @Test
    void noSilenceIsLongerThanTheInterval() {
        for (int now = 1; now < 300; now++) {
            second(now, now % 37 == 0 ? 5 : 0, 0, true);
        }
        for (int i = 1; i < sentAt.size(); i++) {
            assertTrue(sentAt.get(i) - sentAt.get(i - 1) <= 10, () -> sentAt.toString());
        }
        assertEquals(List.of(), doubts, "it is answered");
    }

    @Test
    void whoeverOnlySendsAsksForAnAnswerAndDoesNotDoubt() {
        for (int now = 1; now < 300; now++) {
            second(now, 100, 0, true);
        }
        assertEquals(List.of(), doubts);
    }

    @Test
    void aPeerThatSaysNothingForTwoIntervalsIsDoubtedAndAgainAfterTwo() {
        for (int now = 1; now < 60; now++) {
            second(now, 0, 0, false);
        }
        assertEquals(List.of(25L, 45L), doubts);
        assertEquals(0, keepalive.dueIn(60 * SECOND_NS));
    }
}
