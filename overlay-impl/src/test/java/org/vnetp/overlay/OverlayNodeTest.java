package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.link.Impairments;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.route.LearningPolicy;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.Snapshot;
import org.vnetp.overlay.stats.StartUp;

/// Nodes stepped by hand, over links and NICs in memory.
class OverlayNodeTest {
    private static final int NIC = 0;
    private static final int LINK = 1;
    private static final int SECOND_LINK = 2;
    private static final int SECOND_NIC = 3;
    private static final MacPattern ANY = MacPattern.ANY;

    private final List<OverlayNode> nodes = new ArrayList<>();
    private long nowNs;

    @AfterEach
    void close() {
        nodes.forEach(OverlayNode::close);
    }

    private OverlayNode node(String name) throws Exception {
        OverlayNode node = new OverlayNode(name, OverlayNode.Threading.INVOKER, () -> nowNs, _ -> {});
        nodes.add(node);
        return node;
    }

    private static InMemoryNic nic(OverlayNode node, int port) throws Exception {
        node.openNic(new NodeConfig.Nic(
                port, "nic" + port, NicKind.InProcess.MEMORY, OptionalLong.empty(), OptionalInt.empty()));
        return node.memoryNic(port);
    }

    private static void link(OverlayNode node, int port, InMemoryLink end) throws Exception {
        Endpoint nowhere = new Endpoint(InetAddress.getByName("192.0.2.1"), 4789);
        node.openLink(
                new NodeConfig.Link(
                        port, port, "link" + port, nowhere, Statement.Encapsulation.VNET, OptionalInt.empty()),
                end);
    }

    private static void rules(OverlayNode node, Rule... rules) {
        node.replaceTable(RoutingTable.of(List.of(rules)));
    }

    private void step(int rounds) {
        for (int i = 0; i < rounds; i++) {
            nowNs += 1_000_000;
            for (OverlayNode node : nodes) {
                node.loops().forEach(DispatchLoop::doWork);
            }
        }
    }

    private static byte[] frame(Random random, long destination, long source, int length) {
        byte[] frame = new byte[12 + length];
        random.nextBytes(frame);
        Arrays.fill(frame, 0, 12, (byte) 0);
        for (int i = 0; i < 6; i++) {
            frame[12 + i] = (byte) (destination >>> 40 - 8 * i);
            frame[18 + i] = (byte) (source >>> 40 - 8 * i);
        }
        return frame;
    }

    /// Frames in and copies made are frames out and frames dropped, at every node.
    private static void assertConserved(OverlayNode node) {
        Snapshot snapshot = node.snapshot();
        long in = 0;
        long out = 0;
        long dropped = 0;
        for (Snapshot.Port port : snapshot.ports()) {
            in += port.get(PortCounter.FRAMES_IN);
            out += port.get(PortCounter.FRAMES_OUT);
            dropped += port.get(PortCounter.DROPS_IN) + port.get(PortCounter.DROPS_OUT);
        }
        long replicas =
                node.loops().stream().mapToLong(loop -> loop.ports().replicas()).sum();
        assertEquals(in + replicas, out + dropped);
    }

    @Test
    void tellsHowLongItTookToTheFirstFrame() throws Exception {
        OverlayNode a = node("a");
        InMemoryNic first = nic(a, NIC);
        InMemoryNic second = nic(a, SECOND_NIC);
        rules(a, new Rule(ANY, ANY, NIC, SECOND_NIC));
        assertEquals(StartUp.UNKNOWN, a.startUp());

        nowNs = 5_000_000_000L;
        a.ready(400_000_000L);
        step(3);
        assertEquals(OptionalDouble.of(400), a.startUp().readyMs());
        assertEquals(OptionalDouble.empty(), a.startUp().firstFrameMs());

        first.send(frame(new Random(1), 2, 4, 60));
        step(1);
        first.send(frame(new Random(2), 2, 4, 60));
        step(5);
        assertNotNull(second.received());
        assertEquals(OptionalDouble.of(404), a.startUp().firstFrameMs());
    }

    @Test
    void aProcessKnowsItsAge() throws Exception {
        long before = StartUp.processAgeNs();
        long from = System.nanoTime();
        while (System.nanoTime() - from < 100_000_000L) {
            Thread.onSpinWait();
        }
        long aged = StartUp.processAgeNs() - before;
        assertTrue(before > 0 && aged >= 80_000_000L, before + " ns, then " + aged + " more");
    }

    @Test
    void carriesFramesBothWays() throws Exception {
        OverlayNode a = node("a");
        OverlayNode b = node("b");
        InMemoryLink[] ends = InMemoryLink.pair(1472, true, Impairments.none());
        InMemoryNic atA = nic(a, NIC);
        InMemoryNic atB = nic(b, NIC);
        link(a, LINK, ends[0]);
        link(b, LINK, ends[1]);
        Rule out = new Rule(ANY, ANY, NIC, LINK);
        Rule in = new Rule(ANY, ANY, LINK, NIC);
        rules(a, out, in);
        rules(b, out, in);
        Random random = new Random(1);
        List<byte[]> sent = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            byte[] frame = frame(random, 2, 4, random.nextInt(4) == 0 ? 14 + random.nextInt(60_000) : 60);
            sent.add(frame);
            atA.send(frame);
            atB.send(frame);
        }
        step(100);
        for (byte[] frame : sent) {
            byte[] got = atB.received();
            assertNotNull(got);
            assertArrayEquals(Arrays.copyOfRange(frame, 12, frame.length), Arrays.copyOfRange(got, 12, got.length));
            assertNotNull(atA.received());
        }
        assertEquals(0, a.snapshot().dropsTotal() + b.snapshot().dropsTotal());
        assertConserved(a);
        assertConserved(b);
    }

    @Test
    void countsEveryFrameOverABadLink() throws Exception {
        OverlayNode a = node("a");
        OverlayNode b = node("b");
        InMemoryLink[] ends = InMemoryLink.pair(1472, true, Impairments.random(7, 0.01, 0.01, 0.05, 0.01));
        InMemoryNic atA = nic(a, NIC);
        InMemoryNic atB = nic(b, NIC);
        link(a, LINK, ends[0]);
        link(b, LINK, ends[1]);
        rules(a, new Rule(ANY, ANY, NIC, LINK));
        rules(b, new Rule(ANY, MacPattern.exact(2), LINK, NIC));
        atB.room(1500);
        Random random = new Random(2);
        for (int i = 0; i < 3000; i++) {
            atA.send(frame(random, i % 10 == 0 ? 6 : 2, 4, 14 + random.nextInt(i % 3 == 0 ? 20_000 : 100)));
            if (i % 50 == 0) {
                step(1);
            }
        }
        step(200);
        assertConserved(a);
        assertConserved(b);
        Snapshot snapshot = b.snapshot();
        assertTrue(snapshot.drops(DropReason.NO_ROUTE) > 0);
        assertTrue(snapshot.drops(DropReason.NIC_FULL) > 0);
        assertTrue(snapshot.drops(DropReason.REPLAYED) > 0);
    }

    @Test
    void replicatesToEveryDestinationOfTheBestRules() throws Exception {
        OverlayNode a = node("a");
        InMemoryNic first = nic(a, NIC);
        InMemoryNic second = nic(a, SECOND_NIC);
        InMemoryLink[] ends = InMemoryLink.pair(1472, true, Impairments.none());
        OverlayNode b = node("b");
        InMemoryNic atB = nic(b, NIC);
        link(a, LINK, ends[0]);
        link(b, LINK, ends[1]);
        rules(a, new Rule(ANY, ANY, NIC, LINK), new Rule(ANY, ANY, NIC, SECOND_NIC));
        rules(b, new Rule(ANY, ANY, LINK, NIC));
        first.send(frame(new Random(3), 0xFFFF_FFFF_FFFFL, 4, 60));
        step(5);
        assertNotNull(second.received());
        assertNotNull(atB.received());
        assertConserved(a);
    }

    @Test
    void endsARoutingLoopByTheHopLimit() throws Exception {
        OverlayNode a = node("a");
        OverlayNode b = node("b");
        InMemoryLink[] one = InMemoryLink.pair(1472, true, Impairments.none());
        InMemoryLink[] two = InMemoryLink.pair(1472, true, Impairments.none());
        InMemoryNic atA = nic(a, NIC);
        link(a, LINK, one[0]);
        link(b, LINK, one[1]);
        link(a, SECOND_LINK, two[0]);
        link(b, SECOND_LINK, two[1]);
        rules(a, new Rule(ANY, ANY, NIC, LINK), new Rule(ANY, ANY, SECOND_LINK, LINK));
        rules(b, new Rule(ANY, ANY, LINK, SECOND_LINK));
        atA.send(frame(new Random(4), 2, 4, 3000));
        atA.send(frame(new Random(4), 2, 4, 60));
        step(100);
        assertEquals(2, a.snapshot().drops(DropReason.HOP_LIMIT) + b.snapshot().drops(DropReason.HOP_LIMIT));
        assertConserved(a);
        assertConserved(b);
    }

    @Test
    void learnsWhereGuestsAre() throws Exception {
        OverlayNode a = node("a");
        OverlayNode b = node("b");
        InMemoryLink[] ends = InMemoryLink.pair(1472, true, Impairments.none());
        InMemoryNic atA = nic(a, NIC);
        InMemoryNic other = nic(a, SECOND_NIC);
        InMemoryNic atB = nic(b, NIC);
        link(a, LINK, ends[0]);
        link(b, LINK, ends[1]);
        a.replaceTable(new RoutingTable(
                List.of(),
                List.of(
                        new RoutingTable.Port(NIC, false),
                        new RoutingTable.Port(LINK, true),
                        new RoutingTable.Port(SECOND_NIC, false)),
                LearningPolicy.on()));
        b.replaceTable(new RoutingTable(
                List.of(),
                List.of(new RoutingTable.Port(NIC, false), new RoutingTable.Port(LINK, true)),
                LearningPolicy.on()));
        Random random = new Random(5);
        atB.send(frame(random, 4, 2, 60));
        step(5);
        assertNotNull(atA.received(), "unknown addresses are flooded");
        assertNotNull(other.received());
        atA.send(frame(random, 2, 4, 60));
        step(5);
        assertNotNull(atB.received());
        assertNull(other.received(), "a known address goes to its port only");
    }

    @Test
    void goesOnWithASmallerDatagramWhenThePathShrinks() throws Exception {
        OverlayNode a = node("a");
        OverlayNode b = node("b");
        InMemoryLink[] ends = InMemoryLink.pair(8972, true, Impairments.none());
        InMemoryNic atA = nic(a, NIC);
        InMemoryNic atB = nic(b, NIC);
        link(a, LINK, ends[0]);
        link(b, LINK, ends[1]);
        rules(a, new Rule(ANY, ANY, NIC, LINK));
        rules(b, new Rule(ANY, ANY, LINK, NIC));
        Random random = new Random(6);
        atA.send(frame(random, 2, 4, 30_000));
        step(5);
        ends[0].datagramCapacity(1252);
        atA.send(frame(random, 2, 4, 30_000));
        step(5);
        atA.send(frame(random, 2, 4, 30_000));
        step(5);
        for (int i = 0; i < 3; i++) {
            assertNotNull(atB.received());
        }
    }
}
