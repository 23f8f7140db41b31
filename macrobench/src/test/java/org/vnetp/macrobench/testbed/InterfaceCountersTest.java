package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InterfaceCountersTest {
    private static final String TEXT = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
              eth0: 1234567     890    1    2    0     0          0         0 7654321     98    3    4    0     0       0          0
            """;

    @Test
    void theLineOfTheInterfaceIsTaken() {
        assertEquals(
                new Counters.Interface("a", "eth0", 1234567, 890, 2, 7654321, 98, 4),
                InterfaceCounters.parse("a", "eth0", TEXT));
        assertNull(InterfaceCounters.parse("a", "eth", TEXT));
    }

    @Test
    void segmentsSentAgainAreFoundByName() {
        assertEquals(27, InterfaceCounters.retransmits("""
                Ip: Forwarding DefaultTTL
                Ip: 1 64
                Tcp: RtoMax InSegs RetransSegs InErrs
                Tcp: 120000 275821 27 0
                Udp: InDatagrams
                Udp: 5
                """));
        assertTrue(Double.isNaN(InterfaceCounters.retransmits("Tcp: RtoMax\nTcp: 5\n")));
    }

    @Test
    void aDifferenceSubtractsAllButTheNames() {
        var earlier = new Counters(
                5,
                List.of(new Counters.Interface("a", "tap0", 1, 1, 0, 1, 1, 0)),
                List.of(),
                List.of(new Counters.Node("a", 7, 1.5, statistics(5, 500, 1))),
                2,
                3,
                100);
        var later = new Counters(
                9,
                List.of(new Counters.Interface("a", "tap0", 11, 21, 3, 31, 41, 5)),
                List.of(),
                List.of(new Counters.Node("a", 7, 4, statistics(12, 900, 4))),
                2.5,
                7,
                130);
        assertEquals(
                new Counters(
                        4,
                        List.of(new Counters.Interface("a", "tap0", 10, 20, 3, 30, 40, 5)),
                        List.of(),
                        List.of(new Counters.Node(
                                "a",
                                7,
                                2.5,
                                statistics(12, 900, 4),
                                Optional.of(new NodeWork(7, 400, 0, 0, 7, 3, 14, 7, 14, 21)))),
                        0.5,
                        4,
                        30),
                later.minus(earlier));
    }

    /// An answer of a node with one guest and one link.
    private static String statistics(long frames, long bytes, long drops) {
        return String.format(Locale.ROOT, """
                {"node":"a","ports":[
                {"kind":"nic","name":"vnet0","frames_in":%1$d,"bytes_in":%2$d,"calls_in":%1$d,"kicks":%4$d,"calls":%5$d},
                {"kind":"link","name":"b","frames_out":%1$d,"bytes_out":%2$d,"datagrams_out":%1$d,"calls_out":%1$d}
                ],"drops_total":%3$d,"drops":{},"loops":[{"name":"0","waits":%1$d}]}""", frames, bytes, drops, 2 * frames, 3 * frames);
    }

    @Test
    void aNodeThatWasStartedAnewHasCountedFromZero() {
        var before = new Counters.Node("a", 7, 9, statistics(100, 9000, 1));
        var after = new Counters.Node("a", 8, 1, statistics(3, 300, 0));
        assertEquals(after, after.minus(before));
    }

    @Test
    void whatIsNoAnswerOfOurNodesTellsNothing() {
        assertEquals(Optional.empty(), NodeWork.parse(""));
        assertEquals(Optional.empty(), NodeWork.parse("{\"ports\":7}"));
        assertEquals(Optional.empty(), NodeWork.parse("{\"ports\":["));
    }

    /// A forwarder takes and gives at both of its sides, so what crossed the rings is what the hosts sent on.
    @Test
    void ringsAreServedByNodesOrByThoseThatForwardForThem() {
        var node = new Counters.Node("a", 7, 4, statistics(12, 900, 4));
        var forwarder = new Counters.Node("a", 8, 3, statistics(240, 90_000, 5));
        var guest = new Counters.Guest("a", 2.5);
        var wire = new Counters.Interface("a", "up0", 1, 1, 0, 60_000, 110, 0);
        var beside = new Counters(1, List.of(), List.of(wire), List.of(node), List.of(), List.of(guest), 0, 0, 0);
        assertEquals(12, beside.ringFrames());
        assertEquals(24, beside.ringWork().orElseThrow().kicks());
        assertEquals(36, beside.ringWork().orElseThrow().wakes());
        assertEquals(4, beside.nodeCpuSeconds());
        assertEquals(2.5, beside.guestCpuSeconds());
        var inside = new Counters(
                1, List.of(), List.of(wire), List.of(node), List.of(forwarder), List.of(guest, guest), 0, 0, 0);
        assertEquals(110, inside.ringFrames());
        assertEquals(480, inside.ringWork().orElseThrow().kicks());
        assertEquals(12, inside.nodeWork().orElseThrow().framesTaken());
        assertEquals(5, inside.forwarderDrops());
        assertEquals(0, beside.forwarderDrops());
        assertEquals(7, inside.nodeCpuSeconds());
        assertEquals(5, inside.guestCpuSeconds());
        assertEquals(Optional.empty(), new Counters(1, List.of(), List.of(wire), List.of(node), 0, 0, 0).ringWork());
        assertEquals(0, inside.minus(inside).guestCpuSeconds());
        assertEquals(0, inside.minus(inside).ringWork().orElseThrow().kicks());
    }
}
