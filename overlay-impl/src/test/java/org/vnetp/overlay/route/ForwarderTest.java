package org.vnetp.overlay.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopCounters;

class ForwarderTest {
    private static final long A = 0x0200_0000_0001L;
    private static final long B = 0x0200_0000_0002L;
    private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;
    private static final int NIC = 0;
    private static final int LINK1 = 1;
    private static final int LINK2 = 2;
    private static final int NIC2 = 3;
    private static final List<RoutingTable.Port> PORTS = List.of(
            new RoutingTable.Port(NIC, false),
            new RoutingTable.Port(LINK1, true),
            new RoutingTable.Port(LINK2, true),
            new RoutingTable.Port(NIC2, false));

    private final LoopCounters counters = new LoopCounters();

    private static Rule rule(MacPattern source, MacPattern destination, int from, int to) {
        return new Rule(source, destination, from, to);
    }

    private Forwarder learning(LearningPolicy policy, Rule... rules) {
        return new Forwarder(new RoutingTable(List.of(rules), PORTS, policy), counters);
    }

    @Test
    void whatTheKernelHearsKeepsAnAddressYoungWhereItIsKnown() {
        Forwarder forwarder = learning(new LearningPolicy(true, 1_000, false, 100));
        assertFalse(forwarder.learn(B, LINK1, 0));
        forwarder.heardByKernel(B, LINK1, 900);
        forwarder.learn(A, NIC, 1_500);
        assertEquals("[1]", forwarder.lookup(NIC, B, A).toString());
        assertEquals(Forwarder.Decision.LEARNED, forwarder.decision());
        // Frames from where it was do not keep it, nor does a stranger become known.
        forwarder.heardByKernel(B, LINK2, 1_800);
        forwarder.heardByKernel(A + 77, LINK1, 1_500);
        assertEquals(-1, forwarder.learnedPort(A + 77));
        forwarder.learn(A, NIC, 1_901);
        forwarder.lookup(NIC, B, A);
        assertEquals(Forwarder.Decision.FLOOD, forwarder.decision());
    }

    @Test
    void aMoveIsToldAndTakenOverFromAnotherLoopThatHeardItLater() {
        Forwarder forwarder = learning(LearningPolicy.on());
        forwarder.learn(B, LINK1, 100);
        assertTrue(forwarder.learn(B, LINK2, 200));
        assertFalse(forwarder.learn(B, LINK2, 300));
        forwarder.heardByOther(B, LINK1, 250);
        assertEquals(LINK2, forwarder.learnedPort(B));
        forwarder.heardByOther(B, LINK1, 350);
        assertEquals(LINK1, forwarder.learnedPort(B));
        forwarder.heardByOther(A, NIC, 350);
        assertEquals(NIC, forwarder.learnedPort(A));
    }

    @Test
    void aFrameByAPairsOwnWayDoesNotMoveItsSender() {
        Forwarder forwarder = learning(
                new LearningPolicy(true, 1_000, false, 100),
                rule(MacPattern.exact(A), MacPattern.exact(B), Rule.ANY_PORT, LINK2));
        forwarder.learn(B, LINK1, 0, BROADCAST);
        assertFalse(forwarder.learn(B, LINK2, 900, A));
        assertEquals(LINK1, forwarder.learnedPort(B));
        // It keeps it young there.
        forwarder.learn(A + 100, NIC, 1_500, B);
        assertEquals("[1]", forwarder.lookup(NIC, B, A + 100).toString());
        assertEquals("[2]", forwarder.lookup(NIC, B, A).toString());
        // To anybody else it counts, and where the sender is not known.
        assertTrue(forwarder.learn(B, LINK2, 1_600, A + 100));
        assertEquals(LINK2, forwarder.learnedPort(B));
        forwarder.learn(A + 200, LINK1, 1_600, A);
        assertEquals(LINK1, forwarder.learnedPort(A + 200));
    }

    @Test
    void allRulesOfTheHighestPriorityFireAndEachPortGetsOneCopy() {
        Forwarder forwarder = new Forwarder(
                RoutingTable.of(List.of(
                        rule(MacPattern.ANY, MacPattern.exact(BROADCAST), Rule.ANY_PORT, NIC),
                        rule(MacPattern.ANY, MacPattern.exact(BROADCAST), Rule.ANY_PORT, LINK1),
                        rule(MacPattern.exact(A), MacPattern.ANY, Rule.ANY_PORT, LINK1),
                        rule(MacPattern.ANY, MacPattern.exact(BROADCAST), Rule.ANY_PORT, LINK2),
                        rule(MacPattern.ANY, MacPattern.ANY, Rule.ANY_PORT, NIC2))),
                counters);
        assertEquals("[1, 2]", forwarder.lookup(NIC, BROADCAST, A).toString());
        assertEquals("[0, 2]", forwarder.lookup(LINK1, BROADCAST, A).toString());
    }

    @Test
    void aRuleThatLeadsOnlyBackDoesNotLetAWeakerOneFire() {
        Forwarder forwarder = new Forwarder(
                RoutingTable.of(List.of(
                        rule(MacPattern.ANY, MacPattern.exact(B), Rule.ANY_PORT, LINK1),
                        rule(MacPattern.ANY, MacPattern.ANY, Rule.ANY_PORT, LINK2))),
                counters);
        assertSame(Destinations.HAIRPIN, forwarder.lookup(LINK1, B, A));
        assertEquals("[1]", forwarder.lookup(LINK2, B, A).toString());
    }

    @Test
    void theSourceLinkOfARuleIsHonoured() {
        Forwarder forwarder =
                new Forwarder(RoutingTable.of(List.of(rule(MacPattern.ANY, MacPattern.ANY, LINK1, NIC))), counters);
        assertEquals("[0]", forwarder.lookup(LINK1, B, A).toString());
        assertSame(Destinations.NONE, forwarder.lookup(LINK2, B, A));
    }

    @Test
    void aNewTableIsSeenByTheNextLookup() {
        Forwarder forwarder = new Forwarder(
                RoutingTable.of(List.of(rule(MacPattern.ANY, MacPattern.exact(B), Rule.ANY_PORT, LINK1))), counters);
        assertEquals("[1]", forwarder.lookup(NIC, B, A).toString());
        // More often than the cache has epochs.
        for (int i = 0; i < 70_000; i++) {
            int port = i % 2 == 0 ? LINK2 : LINK1;
            forwarder.replace(RoutingTable.of(List.of(rule(MacPattern.ANY, MacPattern.exact(B), Rule.ANY_PORT, port))));
            assertEquals(port, forwarder.lookup(NIC, B, A).port(0));
        }
    }

    @Test
    void unknownAddressesAreFloodedWithSplitHorizonBetweenLinks() {
        Forwarder forwarder = learning(LearningPolicy.on());
        assertEquals("[1, 2, 3]", forwarder.lookup(NIC, B, A).toString());
        assertEquals("[0, 3]", forwarder.lookup(LINK1, B, A).toString());
        assertEquals("[0, 3]", forwarder.lookup(LINK1, BROADCAST, A).toString());
    }

    @Test
    void aRelayFloodsBetweenLinks() {
        Forwarder forwarder = learning(new LearningPolicy(true, 1_000, true, 16));
        assertEquals("[0, 2, 3]", forwarder.lookup(LINK1, B, A).toString());
    }

    @Test
    void aHeardAddressIsSentWhereItWasHeardAndMovesAreCounted() {
        Forwarder forwarder = learning(LearningPolicy.on());
        assertEquals(3, forwarder.lookup(NIC, B, A).count());
        forwarder.learn(B, LINK1, 1);
        assertEquals("[1]", forwarder.lookup(NIC, B, A).toString());
        assertSame(Destinations.HAIRPIN, forwarder.lookup(LINK1, B, A));
        forwarder.learn(B, LINK2, 2);
        assertEquals("[2]", forwarder.lookup(NIC, B, A).toString());
        assertEquals(1, counters.get(LoopCounter.ADDRESSES_LEARNED));
        assertEquals(1, counters.get(LoopCounter.ADDRESSES_MOVED));
        assertEquals(List.of(new LearnedAddress(B, LINK2, 5)), forwarder.learned(7));
    }

    @Test
    void aSilentAddressIsForgotten() {
        Forwarder forwarder = learning(new LearningPolicy(true, 1_000, false, 16));
        forwarder.learn(B, LINK1, 0);
        forwarder.learn(A, NIC, 1_000);
        assertEquals("[1]", forwarder.lookup(NIC, B, A).toString());
        forwarder.learn(A, NIC, 1_001);
        assertEquals("[1, 2, 3]", forwarder.lookup(NIC, B, A).toString());
        forwarder.age(2_002);
        assertEquals(List.of(), forwarder.learned(2_002));
    }

    @Test
    void groupAddressesAreNeverLearned() {
        Forwarder forwarder = learning(LearningPolicy.on());
        forwarder.learn(BROADCAST, LINK1, 1);
        forwarder.learn(0x0100_5E00_0001L, LINK1, 1);
        forwarder.learn(0, LINK1, 1);
        assertEquals(List.of(), forwarder.learned(1));
    }

    @Test
    void rulesWinOverWhatWasLearned() {
        Forwarder forwarder =
                learning(LearningPolicy.on(), rule(MacPattern.ANY, MacPattern.exact(B), Rule.ANY_PORT, LINK2));
        forwarder.learn(B, LINK1, 1);
        assertEquals("[2]", forwarder.lookup(NIC, B, A).toString());
    }

    @Test
    void inventedAddressesDoNotGrowTheTableNorPushOutKnownOnes() {
        Forwarder forwarder = learning(new LearningPolicy(true, 1_000_000, false, 64));
        forwarder.learn(B, LINK1, 0);
        for (long mac = 0x0600_0000_0000L; mac < 0x0600_0000_0000L + 10_000; mac++) {
            forwarder.learn(mac, LINK2, 1);
        }
        assertEquals(64, forwarder.learned(1).size());
        assertEquals("[1]", forwarder.lookup(NIC, B, A).toString());
        assertEquals(10_001 - 64, counters.get(LoopCounter.ADDRESSES_REFUSED));
        // Once they are silent there is room again.
        forwarder.learn(A, LINK1, 2_000_000);
        forwarder.age(2_000_000);
        assertEquals(List.of(new LearnedAddress(A, LINK1, 0)), forwarder.learned(2_000_000));
    }

    @Test
    void learnedAddressesOutliveATableChangeUnlessTheirPortIsGone() {
        Forwarder forwarder = learning(LearningPolicy.on());
        forwarder.learn(A, NIC, 1);
        forwarder.learn(B, LINK1, 1);
        forwarder.replace(new RoutingTable(
                List.of(), PORTS.stream().filter(port -> port.id() != LINK1).toList(), LearningPolicy.on()));
        assertEquals(List.of(new LearnedAddress(A, NIC, 0)), forwarder.learned(1));
        assertEquals("[2, 3]", forwarder.lookup(NIC, B, A).toString());
        // A frame still under way from the port that is gone.
        forwarder.learn(B, LINK1, 2);
        assertSame(Destinations.NONE, forwarder.lookup(LINK1, BROADCAST, B));
        forwarder.replace(RoutingTable.of(List.of()));
        assertSame(Destinations.NONE, forwarder.lookup(NIC, A, B));
    }

    @Test
    void lookupsAllocateNothingWhetherRememberedOrNot() {
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            rules.add(rule(MacPattern.ANY, MacPattern.exact(B + i), Rule.ANY_PORT, i % 4));
        }
        Forwarder forwarder = new Forwarder(new RoutingTable(rules, PORTS, LearningPolicy.on()), counters, 256);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long checksum = traverse(forwarder);
        long before = threads.getCurrentThreadAllocatedBytes();
        checksum += traverse(forwarder);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(checksum > 0);
        assertTrue(counters.get(LoopCounter.FLOW_CACHE_EVICTIONS) > 1000, "no misses, no proof");
        assertTrue(allocated < 4096, allocated + " bytes for 200000 lookups");
    }

    private static long traverse(Forwarder forwarder) {
        long checksum = 0;
        for (int i = 0; i < 200_000; i++) {
            forwarder.learn(A + i % 50, LINK1, i);
            checksum += forwarder.lookup(NIC, B + i % 2000, A + i % 7).count();
        }
        return checksum;
    }

    @Test
    void aPairWithoutPriorityIsNoRule() {
        assertThrows(IllegalArgumentException.class, () -> rule(MacPattern.not(A), MacPattern.not(B), -1, 0));
        assertThrows(IllegalArgumentException.class, () -> rule(MacPattern.ANY, MacPattern.NONE, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> rule(MacPattern.NONE, MacPattern.ANY, -1, 0));
    }
}
