package org.vnetp.overlay.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.stats.DropReason;

class GuardCheckTest {
    private static final long ALICE = 0x02_00_00_00_00_01L;
    private static final long BOB = 0x02_00_00_00_00_02L;
    private static final long EVE = 0x02_00_00_00_00_66L;
    private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;
    private static final int NIC = 0;
    private static final int OTHER_NIC = 1;
    private static final int LINK = 2;
    private static final int FREE = 3;

    private final Arena arena = Arena.ofAuto();
    private final GuardCheck check = new GuardCheck(List.of(
            new Guard(NIC, List.of(ALICE), List.of(ip("192.168.7.1"), ip("fd00::1")), 0),
            new Guard(OTHER_NIC, List.of(), List.of(), 10),
            new Guard(LINK, List.of(BOB), List.of(), 0)));

    private static InetAddress ip(String text) {
        return InetAddress.ofLiteral(text);
    }

    private static String mac(long mac) {
        return HexFormat.of().toHexDigits(mac, 12);
    }

    private Frame frame(long source, long destination, String payload) {
        byte[] bytes = HexFormat.of().parseHex("00".repeat(12) + mac(destination) + mac(source) + payload);
        MemorySegment segment = arena.allocate(bytes.length);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return new Frame(arena, 1).wrap(segment, 0, bytes.length, 16);
    }

    private DropReason refusal(int port, long source, long destination, String payload) {
        return check.refusal(frame(source, destination, payload), port, source, destination, 0);
    }

    private static String ipv4() {
        return "0800" + "00".repeat(46);
    }

    private static String arp(long sender, String ip) {
        byte[] four = ip(ip).getAddress();
        return "0806" + "0001080006040001" + mac(sender) + HexFormat.of().formatHex(four) + "00".repeat(10);
    }

    private static String ipv6(String from, String icmp) {
        return "86dd" + "60000000" + "0020" + "3aff" + HexFormat.of().formatHex(ip(from).getAddress()) + "00".repeat(16)
                + icmp;
    }

    private static String advertisement(String target, long mac) {
        return "88000000" + "60000000" + HexFormat.of().formatHex(ip(target).getAddress()) + "0201" + mac(mac);
    }

    @Test
    void aBoundAddressComesInWhereItIsBoundAndNowhereElse() {
        assertNull(refusal(NIC, ALICE, BOB, ipv4()));
        assertEquals(DropReason.SOURCE_REFUSED, refusal(NIC, EVE, BOB, ipv4()));
        for (int port : new int[] {OTHER_NIC, LINK, FREE, 77}) {
            assertEquals(DropReason.SOURCE_REFUSED, refusal(port, ALICE, BOB, ipv4()), "stolen at port " + port);
        }
        assertNull(refusal(FREE, EVE, ALICE, ipv4()));
        assertNull(refusal(77, EVE, ALICE, ipv4()));
        assertNull(refusal(LINK, BOB, ALICE, ipv4()));
        assertEquals(DropReason.SOURCE_REFUSED, refusal(LINK, EVE, ALICE, ipv4()));
    }

    @Test
    void arpSpeaksForItsSenderOnly() {
        assertNull(refusal(NIC, ALICE, BROADCAST, arp(ALICE, "192.168.7.1")));
        assertNull(refusal(NIC, ALICE, BROADCAST, arp(ALICE, "0.0.0.0")));
        assertEquals(DropReason.NEIGHBOUR_REFUSED, refusal(NIC, ALICE, BROADCAST, arp(ALICE, "192.168.7.2")));
        assertEquals(DropReason.NEIGHBOUR_REFUSED, refusal(NIC, ALICE, BROADCAST, arp(BOB, "192.168.7.1")));
        assertEquals(DropReason.NEIGHBOUR_REFUSED, refusal(FREE, EVE, BROADCAST, arp(ALICE, "192.168.7.1")));
        assertNull(refusal(FREE, EVE, BROADCAST, arp(EVE, "192.168.7.9")));
        assertEquals(DropReason.NEIGHBOUR_REFUSED, refusal(NIC, ALICE, BROADCAST, "08060001"));
        assertEquals(
                DropReason.NEIGHBOUR_REFUSED, refusal(NIC, ALICE, BROADCAST, "81000001" + arp(ALICE, "192.168.7.2")));
    }

    @Test
    void neighbourDiscoverySpeaksForItsSenderOnly() {
        assertNull(refusal(NIC, ALICE, BOB, ipv6("fd00::1", advertisement("fd00::1", ALICE))));
        assertEquals(
                DropReason.NEIGHBOUR_REFUSED,
                refusal(NIC, ALICE, BOB, ipv6("fd00::1", advertisement("fd00::2", ALICE))));
        assertEquals(
                DropReason.NEIGHBOUR_REFUSED, refusal(NIC, ALICE, BOB, ipv6("fd00::1", advertisement("fd00::1", BOB))));
        assertEquals(
                DropReason.NEIGHBOUR_REFUSED,
                refusal(FREE, EVE, BOB, ipv6("fd00::9", advertisement("fd00::9", ALICE))));
        // An option without a length would be read for ever.
        assertEquals(
                DropReason.NEIGHBOUR_REFUSED,
                refusal(
                        NIC,
                        ALICE,
                        BOB,
                        ipv6(
                                "fd00::1",
                                "88000000" + "60000000" + "fd" + "00".repeat(14) + "01" + "0200" + mac(ALICE))));
        assertNull(refusal(NIC, ALICE, BOB, ipv6("fd00::2", "80000000" + "00".repeat(16))), "no neighbour discovery");
    }

    @Test
    void broadcastIsBoundedAndComesBack() {
        Frame frame = frame(EVE, BROADCAST, ipv4());
        int passed = 0;
        for (int i = 0; i < 100; i++) {
            passed += check.refusal(frame, OTHER_NIC, EVE, BROADCAST, 1_000_000L * i) == null ? 1 : 0;
        }
        assertEquals(10, passed);
        assertNull(check.refusal(frame, OTHER_NIC, EVE, BROADCAST, 2_000_000_000L));
        assertNull(refusal(OTHER_NIC, EVE, ALICE, ipv4()), "unicast is not bounded");
        passed = 0;
        for (int i = 0; i < 1000; i++) {
            passed += check.refusal(frame, OTHER_NIC, EVE, BROADCAST, 3_000_000_000L + 10_000_000L * i) == null ? 1 : 0;
        }
        assertTrue(passed >= 100 && passed <= 110, passed + " in 10 s");
    }
}
