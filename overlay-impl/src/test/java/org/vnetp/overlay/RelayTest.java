package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement.Encapsulation;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.DispatchSettings;
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

/// Nodes that pass frames on from link to link, in every kind of topology: each guest gets each frame once,
/// and the copies that go round are counted.
class RelayTest {
    private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;
    private static final int NIC = 0;
    private static final int MOST_ROUNDS = 2_000;

    private final List<OverlayNode> nodes = new ArrayList<>();
    private final List<InMemoryNic> guests = new ArrayList<>();
    private final List<List<RoutingTable.Port>> ports = new ArrayList<>();
    private int edges;
    private long nowNs;

    @AfterEach
    void close() {
        nodes.forEach(OverlayNode::close);
    }

    /// How nodes are joined.
    private enum Shape {
        MESH,
        RING,
        STAR,
        CHAIN;

        boolean joins(int a, int b, int n) {
            return switch (this) {
                case MESH -> true;
                case RING -> b == a + 1 || a == 0 && b == n - 1;
                case STAR -> a == 0;
                case CHAIN -> b == a + 1;
            };
        }
    }

    /// Which wire formats the links have.
    private enum Wires {
        VNET,
        VXLAN,
        BOTH;

        Encapsulation of(int edge) {
            return this == VNET || this == BOTH && edge % 2 == 0 ? Encapsulation.VNET : Encapsulation.VXLAN;
        }
    }

    private static Stream<Arguments> topologies() {
        List<Arguments> all = new ArrayList<>();
        for (Shape shape : Shape.values()) {
            for (Wires wires : Wires.values()) {
                for (int n = 2; n <= 8; n++) {
                    all.add(Arguments.of(shape, n, wires));
                }
            }
        }
        return all.stream();
    }

    private void build(Shape shape, int n, Wires wires) throws Exception {
        for (int i = 0; i < n; i++) {
            OverlayNode node = new OverlayNode("n" + i, OverlayNode.Threading.INVOKER, () -> nowNs, _ -> {});
            nodes.add(node);
            node.openNic(new NodeConfig.Nic(
                    NIC, "vnet0", NicKind.InProcess.MEMORY, OptionalLong.empty(), OptionalInt.empty()));
            guests.add(node.memoryNic(NIC));
            ports.add(new ArrayList<>(List.of(new RoutingTable.Port(NIC, false))));
        }
        for (int a = 0; a < n; a++) {
            for (int b = a + 1; b < n; b++) {
                if (shape.joins(a, b, n)) {
                    InMemoryLink[] ends = InMemoryLink.pair(1472, true, Impairments.none());
                    Encapsulation encapsulation = wires.of(edges++);
                    link(a, ends[0], encapsulation);
                    link(b, ends[1], encapsulation);
                }
            }
        }
    }

    private void link(int node, InMemoryLink end, Encapsulation encapsulation) throws Exception {
        int port = ports.get(node).size();
        Endpoint nowhere = new Endpoint(InetAddress.getByName("192.0.2.1"), 4789);
        nodes.get(node)
                .openLink(
                        new NodeConfig.Link(port, port, "l" + port, nowhere, encapsulation, OptionalInt.empty()), end);
        ports.get(node).add(new RoutingTable.Port(port, true));
    }

    private void learnAndRelay() {
        LearningPolicy relay = new LearningPolicy(true, LearningPolicy.DEFAULT_AGE_NS, true, 1024);
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).replaceTable(new RoutingTable(List.of(), ports.get(i), relay));
        }
    }

    /// Steps all nodes in turn until nothing moves any more.
    private void settle() {
        for (int round = 0; round < MOST_ROUNDS; round++) {
            nowNs += 10_000;
            int work = 0;
            for (OverlayNode node : nodes) {
                for (DispatchLoop loop : node.loops()) {
                    work += loop.doWork();
                }
            }
            if (work == 0) {
                return;
            }
        }
        throw new AssertionError("frames still move after " + MOST_ROUNDS + " rounds: a storm");
    }

    private static long mac(int guest) {
        return 0x0200_0000_0001L + guest;
    }

    private static byte[] frame(long destination, long source, byte[] payload) {
        byte[] frame = new byte[12 + 14 + payload.length];
        for (int i = 0; i < 6; i++) {
            frame[12 + i] = (byte) (destination >>> 40 - 8 * i);
            frame[18 + i] = (byte) (source >>> 40 - 8 * i);
        }
        frame[24] = (byte) 0x88;
        frame[25] = (byte) 0xB5;
        System.arraycopy(payload, 0, frame, 26, payload.length);
        return frame;
    }

    private static String text(byte[] frame) {
        return Arrays.toString(Arrays.copyOfRange(frame, 12, frame.length));
    }

    private Map<String, Integer> received(int guest) {
        Map<String, Integer> all = new HashMap<>();
        for (byte[] frame = guests.get(guest).received();
                frame != null;
                frame = guests.get(guest).received()) {
            all.merge(text(frame), 1, Integer::sum);
        }
        return all;
    }

    private long drops(DropReason reason) {
        return nodes.stream().mapToLong(node -> node.snapshot().drops(reason)).sum();
    }

    private long drops() {
        return nodes.stream().mapToLong(node -> node.snapshot().dropsTotal()).sum();
    }

    private void assertConserved() {
        for (OverlayNode node : nodes) {
            Snapshot snapshot = node.snapshot();
            long in = 0;
            long out = 0;
            for (Snapshot.Port port : snapshot.ports()) {
                in += port.get(PortCounter.FRAMES_IN);
                out += port.get(PortCounter.FRAMES_OUT)
                        + port.get(PortCounter.DROPS_IN)
                        + port.get(PortCounter.DROPS_OUT);
            }
            long replicas = node.loops().stream()
                    .mapToLong(loop -> loop.ports().replicas())
                    .sum();
            assertEquals(in + replicas, out);
        }
    }

    @ParameterizedTest(name = "{0} of {1}, {2}")
    @MethodSource("topologies")
    void everyGuestGetsEachFrameOnceAndCopiesAreCounted(Shape shape, int n, Wires wires) throws Exception {
        build(shape, n, wires);
        learnAndRelay();
        Random random = new Random(20261126);
        List<Map<String, Integer>> expected = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            expected.add(new HashMap<>());
        }
        long copies = 0;
        for (int round = 0; round < 3; round++) {
            for (int from = 0; from < n; from++) {
                byte[] payload = new byte[random.nextInt(3) > 0 ? 46 : wires == Wires.VNET ? 3000 : 1400];
                random.nextBytes(payload);
                byte[] frame = frame(BROADCAST, mac(from), payload);
                // Equal frames in one burst are several frames all the same.
                int equal = 1 + random.nextInt(3);
                for (int i = 0; i < equal; i++) {
                    guests.get(from).send(frame.clone());
                }
                for (int to = 0; to < n; to++) {
                    if (to != from) {
                        expected.get(to).merge(text(frame), equal, Integer::sum);
                    }
                }
                // Every node passes a frame on over all links but the one it came by.
                copies += equal * (2L * edges - 2L * (n - 1));
                if (random.nextBoolean()) {
                    settle();
                }
            }
            settle();
            // The same contents again, later than any copy is on its way.
            nowNs += 2_000_000_000L;
        }
        for (int i = 0; i < n; i++) {
            assertEquals(expected.get(i), received(i), "guest " + i);
        }
        assertEquals(copies, drops(DropReason.DUPLICATE));
        assertEquals(copies, drops());
        assertConserved();
        allKnowEachOther(n);
        aFrameForOneGuestComesOnceThoughOnlySomeNodesKnowIt(n);
    }

    /// After the broadcasts every node knows every guest, and a frame to one of them goes nowhere else.
    private void allKnowEachOther(int n) {
        long before = drops();
        for (int from = 0; from < n; from++) {
            for (int to = 0; to < n; to++) {
                if (to != from) {
                    byte[] frame = frame(mac(to), mac(from), new byte[46]);
                    guests.get(from).send(frame);
                    settle();
                    for (int i = 0; i < n; i++) {
                        assertEquals(
                                i == to ? Map.of(text(frame), 1) : Map.of(),
                                received(i),
                                "guest " + i + " of a frame from " + from + " to " + to);
                    }
                }
            }
        }
        assertEquals(before, drops());
    }

    /// The first node floods a frame, while others know where its guest is: it comes to it by several ways.
    private void aFrameForOneGuestComesOnceThoughOnlySomeNodesKnowIt(int n) {
        nodes.getFirst().loops().forEach(loop -> loop.forwarder().forget(mac(n - 1)));
        byte[] frame = frame(mac(n - 1), mac(0), new byte[100]);
        guests.getFirst().send(frame);
        settle();
        assertEquals(Map.of(text(frame), 1), received(n - 1));
    }

    /// Copies of one frame come to different loops of a node.
    @Test
    void loopsOfANodeRememberTogether() throws Exception {
        int n = 5;
        build(Shape.MESH, n, Wires.BOTH);
        DispatchSettings d = DispatchSettings.DEFAULT;
        for (OverlayNode node : nodes) {
            node.dispatch(new DispatchSettings(
                    d.out(),
                    d.in(),
                    d.alphaL(),
                    d.alphaU(),
                    d.omegaNs(),
                    d.yield(),
                    d.tSleepNs(),
                    d.tNoyieldRounds(),
                    3,
                    d.batch()));
            assertEquals(3, node.loops().size());
        }
        learnAndRelay();
        byte[] frame = frame(BROADCAST, mac(0), new byte[46]);
        guests.getFirst().send(frame);
        guests.getFirst().send(frame.clone());
        settle();
        assertEquals(Map.of(), received(0));
        for (int i = 1; i < n; i++) {
            assertEquals(Map.of(text(frame), 2), received(i));
        }
        assertEquals(2 * (n - 1) * (n - 2), drops(DropReason.DUPLICATE));
        assertConserved();
    }

    /// Three nodes that each take the next for the way to a guest pass a frame round for ever, over a
    /// format without a hop limit.
    @Test
    void aLoopOfLearnedWaysEndsAndIsNotKept() throws Exception {
        build(Shape.RING, 3, Wires.VXLAN);
        learnAndRelay();
        long silent = mac(7);
        int[] next = {1, 2, 1};
        for (int i = 0; i < 3; i++) {
            int port = next[i];
            nodes.get(i).loops().forEach(loop -> loop.forwarder().learn(silent, port, nowNs));
        }
        guests.getFirst().send(frame(silent, mac(0), new byte[46]));
        settle();
        assertEquals(1, drops(DropReason.DUPLICATE));
        assertTrue(nodes.getFirst().learned().stream().noneMatch(address -> address.mac() == silent));
        assertConserved();
    }

    /// A guest that moves is believed at its first frame, also a broadcast.
    @Test
    void aGuestThatMovesIsHeardAtOnce() throws Exception {
        build(Shape.RING, 5, Wires.BOTH);
        learnAndRelay();
        guests.get(0).send(frame(BROADCAST, mac(0), new byte[46]));
        settle();
        guests.get(2).send(frame(BROADCAST, mac(0), new byte[50]));
        settle();
        for (int i = 0; i < 5; i++) {
            received(i);
        }
        byte[] frame = frame(mac(0), mac(4), new byte[46]);
        guests.get(4).send(frame);
        settle();
        assertEquals(Map.of(text(frame), 1), received(2));
        assertEquals(Map.of(), received(0));
    }

    /// VNET/P's rules may lead from link to link as well.
    @Test
    void broadcastsThatRulesPassOnDoNotMultiplyEither() throws Exception {
        int n = 4;
        build(Shape.MESH, n, Wires.BOTH);
        for (int i = 0; i < n; i++) {
            List<Rule> rules = new ArrayList<>();
            for (RoutingTable.Port port : ports.get(i)) {
                rules.add(new Rule(MacPattern.ANY, MacPattern.ANY, Rule.ANY_PORT, port.id()));
            }
            nodes.get(i).replaceTable(new RoutingTable(rules, ports.get(i), LearningPolicy.OFF));
        }
        byte[] frame = frame(BROADCAST, mac(0), new byte[46]);
        guests.getFirst().send(frame);
        settle();
        for (int i = 1; i < n; i++) {
            assertEquals(Map.of(text(frame), 1), received(i));
        }
        assertEquals(Map.of(), received(0));
        assertEquals((n - 1) * (n - 2), drops(DropReason.DUPLICATE));
        assertConserved();
    }

    @Test
    void moreFloodsThanANodeRemembersAreNotPassedOn() throws Exception {
        build(Shape.MESH, 3, Wires.VNET);
        learnAndRelay();
        int sent = 30_000;
        int got = 0;
        for (int i = 0; i < sent; i++) {
            byte[] payload = new byte[46];
            payload[0] = (byte) i;
            payload[1] = (byte) (i >> 8);
            payload[2] = (byte) (i >> 16);
            guests.getFirst().send(frame(BROADCAST, mac(0), payload));
            if (i % 64 == 0) {
                settle();
                got += received(1).values().stream().mapToInt(Integer::intValue).sum();
            }
        }
        settle();
        got += received(1).values().stream().mapToInt(Integer::intValue).sum();
        assertTrue(got > 4000 && got < sent, got + " of " + sent);
        assertEquals(sent - got, nodes.getFirst().snapshot().drops(DropReason.FLOOD_LIMIT));
        assertConserved();
    }
}
