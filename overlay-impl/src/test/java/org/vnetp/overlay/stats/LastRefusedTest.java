package org.vnetp.overlay.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastRefusedTest {
    private final LastRefused last = new LastRefused();

    @Test
    void keepsTheLastOfEachReasonAndOfAFloodOneAMillisecond() {
        assertNull(last.read(DropReason.NO_ROUTE));
        last.frame(DropReason.NO_ROUTE, 3, 2, 4, 5_000_000);
        last.frame(DropReason.NO_ROUTE, 4, 6, 8, 5_000_000 + LastRefused.PAUSE_NS - 1);
        assertEquals(
                new LastRefused.Refusal(DropReason.NO_ROUTE, 5_000_000, 3, LastRefused.Kind.FRAME, 2, 4, 0),
                last.read(DropReason.NO_ROUTE));
        last.frame(DropReason.NO_ROUTE, 4, 6, 8, 5_000_000 + LastRefused.PAUSE_NS);
        assertEquals(4, last.read(DropReason.NO_ROUTE).port());
        last.sender(DropReason.UNKNOWN_SENDER, 0, 0xFFFF_0A01_0009L, 65_535, 1);
        final LastRefused.Refusal sender = last.read(DropReason.UNKNOWN_SENDER);
        assertEquals("10.1.0.9", sender.address().getHostAddress());
        assertEquals(65_535, sender.udpPort());
        assertEquals(LastRefused.LISTENER, sender.port());
        last.sender(DropReason.UNKNOWN_SENDER, 0xFD00L << 48, 7, 1, 2_000_000);
        assertEquals(
                "fd00:0:0:0:0:0:0:7",
                last.read(DropReason.UNKNOWN_SENDER).address().getHostAddress());
    }

    @Test
    void callsOnceForEachPortThatAnOperatorHasToMend() {
        final List<LastRefused.Refusal> told = new ArrayList<>();
        last.attention(told::add);
        for (int i = 0; i < 100; i++) {
            last.arrivingAt(i % 4);
            last.datagram(DropReason.BAD_VERSION, 1, i);
            last.datagram(DropReason.WRONG_NETWORK, 1, i);
            last.sender(DropReason.OTHER_FORMAT, 1, 2, 3, i);
        }
        assertEquals(
                List.of(0, LastRefused.LISTENER, 1, 2, 3),
                told.stream().map(LastRefused.Refusal::port).toList());
    }

    @Test
    void aReaderGetsWhatBelongsTogether() throws Exception {
        final Thread writer = Thread.ofPlatform().start(() -> {
            for (long i = 1; i <= 300_000; i++) {
                last.frame(DropReason.NO_ROUTE, (int) (i & 4095), i, -i, i * LastRefused.PAUSE_NS);
            }
        });
        long read = 0;
        while (writer.isAlive()) {
            final LastRefused.Refusal refusal = last.read(DropReason.NO_ROUTE);
            if (refusal != null) {
                read++;
                assertEquals(refusal.first(), -refusal.second());
                assertEquals(refusal.first() & 4095, refusal.port());
                assertEquals(refusal.first() * LastRefused.PAUSE_NS, refusal.timeNs());
            }
        }
        writer.join();
        assertTrue(read > 0);
        assertEquals(300_000, last.read(DropReason.NO_ROUTE).first());
    }
}
