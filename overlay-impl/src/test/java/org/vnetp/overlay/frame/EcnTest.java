package org.vnetp.overlay.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RFC 6040's table, on frames of both IP versions with and without VLAN tags.
class EcnTest {
    private static final int DROP = -1;
    private static final int LENGTH = 80;
    private static final int AT = 3;

    private final MemorySegment frame = Arena.ofAuto().allocate(256, 8);
    private final MemorySegment before = Arena.ofAuto().allocate(256, 8);
    private final Random random = new Random(6040);

    /// RFC 6040, figure 4, by its words; the outer field's codepoint stands behind each.
    private static int oracle(int inner, int outer) {
        final int[][] table = {
            // Not-ECT (00), ECT(1) (01), ECT(0) (10), CE (11) outside
            {0b00, 0b00, 0b00, DROP}, // Not-ECT inside
            {0b01, 0b01, 0b01, 0b11}, // ECT(1)
            {0b10, 0b01, 0b10, 0b11}, // ECT(0)
            {0b11, 0b11, 0b11, 0b11}, // CE
        };
        return table[inner][outer];
    }

    /// A frame with random content and a right IPv4 header checksum.
    private int build(boolean ipv4, int tags, int ecn) {
        for (int i = 0; i < 256; i++) {
            NetworkOrder.put8(frame, i, random.nextInt(256));
        }
        int at = AT + 12;
        for (int i = 0; i < tags; i++) {
            NetworkOrder.put16(frame, at, i == 0 && tags == 2 ? 0x88a8 : 0x8100);
            at += 4;
        }
        NetworkOrder.put16(frame, at, ipv4 ? 0x0800 : 0x86dd);
        final int ip = at + 2;
        if (ipv4) {
            NetworkOrder.put8(frame, ip, 0x45);
            NetworkOrder.put8(frame, ip + 1, random.nextInt(64) << 2 | ecn);
            NetworkOrder.put16(frame, ip + 10, 0);
            NetworkOrder.put16(frame, ip + 10, InternetChecksum.complement(InternetChecksum.sum(frame, ip, 20)));
        } else {
            NetworkOrder.put32(frame, ip, 6 << 28 | random.nextInt(64) << 22 | ecn << 20 | random.nextInt(1 << 20));
        }
        before.copyFrom(frame);
        return ip;
    }

    @ParameterizedTest(name = "IPv4 {0}, {1} tags")
    @CsvSource({"true, 0", "true, 1", "true, 2", "false, 0", "false, 1", "false, 2"})
    void allSixteenCombinationsAreThoseOfTheRfc(boolean ipv4, int tags) {
        for (int inner = 0; inner < 4; inner++) {
            for (int outer = 0; outer < 4; outer++) {
                for (int times = 0; times < 200; times++) {
                    final String what = "inner " + inner + ", outer " + outer;
                    final int ip = build(ipv4, tags, inner);
                    assertEquals(inner, Ecn.of(frame, AT, LENGTH), what);
                    final boolean kept = !Ecn.matters(outer) || Ecn.decapsulate(frame, AT, LENGTH, outer);
                    final int expected = oracle(inner, outer);
                    assertEquals(expected != DROP, kept, what);
                    final int left = expected == DROP ? inner : expected;
                    assertEquals(left, Ecn.of(frame, AT, LENGTH), what);
                    onlyTheFieldChanged(ipv4, ip, what);
                }
            }
        }
    }

    private void onlyTheFieldChanged(boolean ipv4, int ip, String what) {
        if (ipv4) {
            assertEquals(0xffff, InternetChecksum.sum(frame, ip, 20), what + ": the header's checksum");
            NetworkOrder.put8(
                    frame, ip + 1, NetworkOrder.u8(frame, ip + 1) & 0xfc | NetworkOrder.u8(before, ip + 1) & 3);
            NetworkOrder.put16(frame, ip + 10, NetworkOrder.u16(before, ip + 10));
        } else {
            NetworkOrder.put32(
                    frame, ip, NetworkOrder.i32(frame, ip) & ~(3 << 20) | NetworkOrder.i32(before, ip) & 3 << 20);
        }
        assertEquals(-1, frame.mismatch(before), what);
    }

    @Test
    void aMarkThatMayBeAnotherDatagramsIsAppliedButDropsNothing() {
        for (final boolean ipv4 : new boolean[] {true, false}) {
            build(ipv4, 0, Ecn.NOT_ECT);
            assertTrue(Ecn.matters(Ecn.CE | Ecn.UNSURE));
            assertTrue(Ecn.decapsulate(frame, AT, LENGTH, Ecn.CE | Ecn.UNSURE));
            assertEquals(-1, frame.mismatch(before));
            assertFalse(Ecn.decapsulate(frame, AT, LENGTH, Ecn.CE));
            build(ipv4, 0, Ecn.ECT_0);
            assertTrue(Ecn.decapsulate(frame, AT, LENGTH, Ecn.CE | Ecn.UNSURE));
            assertEquals(Ecn.CE, Ecn.of(frame, AT, LENGTH));
            assertFalse(Ecn.matters(Ecn.ECT_0 | Ecn.UNSURE));
        }
    }

    /// ARP, too many tags, a type that the version belies, headers cut off: no ECN to copy or to mark, nothing to drop.
    @Test
    void whatIsNoIpIsLeftAsItIs() {
        final int ip = build(true, 0, Ecn.ECT_0);
        for (int available = 14; available < 34; available++) {
            assertEquals(available < 16 ? Ecn.NOT_ECT : Ecn.ECT_0, Ecn.of(frame, AT, available));
            leftAlone(available);
        }
        NetworkOrder.put8(frame, ip, 0x65);
        leftAlone(LENGTH);
        NetworkOrder.put16(frame, AT + 12, 0x0806);
        leftAlone(LENGTH);
        build(true, 3, Ecn.CE);
        leftAlone(LENGTH);
        build(false, 0, Ecn.ECT_0);
        for (int available = 14; available < 16; available++) {
            leftAlone(available);
        }
        NetworkOrder.put8(frame, AT + 14, 0x45);
        leftAlone(LENGTH);
    }

    private void leftAlone(int available) {
        before.copyFrom(frame);
        assertTrue(Ecn.decapsulate(frame, AT, available, Ecn.CE));
        assertEquals(-1, frame.mismatch(before));
        if (available == LENGTH) {
            assertEquals(Ecn.NOT_ECT, Ecn.of(frame, AT, available));
        }
    }

    @Test
    void aWholeBearsTheMarkOfItsMostCongestedPart() {
        final int[] rising = {Ecn.NOT_ECT, Ecn.ECT_0, Ecn.ECT_1, Ecn.CE};
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                assertEquals(rising[Math.max(i, j)], Ecn.worse(rising[i], rising[j]));
            }
        }
    }
}
