package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.measure.Echo;
import org.vnetp.overlay.measure.Estimate;
import org.vnetp.overlay.measure.LinkReport;
import org.vnetp.overlay.measure.Probe;
import org.vnetp.overlay.measure.Quantity;
import org.vnetp.overlay.stats.DropReason;

/// A link between two nodes that are stepped by hand, whose losses, order, delays and clocks the
/// test knows.
class MeasuredLinkTest {
    private static final long STEP_NS = 1_000_000;
    private static final int FRAMES_A_STEP = 2;

    enum Kind {
        VNET,
        SEALED,
        VXLAN
    }

    @TempDir
    Path directory;

    private long nowNs = 1_000_000_000L;
    private double loss;
    private double late;
    private long seen;
    private long lost;
    private final Random random = new Random(21);
    private final Queue<byte[]> held = new ArrayDeque<>();
    private OverlayNode a;
    private OverlayNode b;
    private boolean peerLives = true;

    private void impair(byte[] datagram, Queue<byte[]> arrived) {
        seen++;
        if (random.nextDouble() < loss) {
            lost++;
            return;
        }
        if (held.isEmpty() && random.nextDouble() < late) {
            held.add(datagram);
            return;
        }
        arrived.add(datagram);
        arrived.addAll(held);
        held.clear();
    }

    private void open(Kind kind, long offsetNs) throws Exception {
        InMemoryLink[] ends = InMemoryLink.pair(1472, false, this::impair);
        List<Optional<NodeConfig.Seal>> seals =
                kind == Kind.SEALED ? SteppedNode.seals(directory, "link") : SteppedNode.unsealed();
        Statement.Encapsulation format =
                kind == Kind.VXLAN ? Statement.Encapsulation.VXLAN : Statement.Encapsulation.VNET;
        long day = 1_700_000_000_000_000_000L;
        a = SteppedNode.open("a", () -> nowNs, day, ends[0], format, seals.getFirst());
        b = SteppedNode.open("b", () -> nowNs, day + offsetNs, ends[1], format, seals.getLast());
        if (kind == Kind.SEALED) {
            steps(20, false);
        }
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    private void steps(int steps, boolean traffic) throws Exception {
        byte[] frame = new byte[12 + 600];
        frame[12] = 2;
        frame[18] = 4;
        for (int i = 0; i < steps; i++) {
            nowNs += STEP_NS;
            for (int k = 0; traffic && k < FRAMES_A_STEP; k++) {
                a.memoryNic(SteppedNode.NIC).send(frame.clone());
            }
            step(a);
            if (peerLives) {
                step(b);
            }
            while (b.memoryNic(SteppedNode.NIC).received() != null) {
                // Only that it came matters.
            }
        }
    }

    private void step(OverlayNode node) {
        node.attend();
        node.attendMeasuring();
        node.loops().forEach(DispatchLoop::doWork);
    }

    private static Estimate value(OverlayNode node, Quantity quantity) {
        return report(node).values().get(quantity);
    }

    private static LinkReport report(OverlayNode node) {
        return node.measurements().getFirst();
    }

    private static NodeConfig.Link config() throws Exception {
        return new NodeConfig.Link(
                SteppedNode.LINK,
                SteppedNode.LINK,
                "link",
                new Endpoint(InetAddress.getByName("192.0.2.1"), 4789),
                Statement.Encapsulation.VNET,
                OptionalInt.empty());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void oneSideMeasuresAndTheOtherOnlyAnswers(Kind kind) throws Exception {
        open(kind, 0);
        a.measure(true);
        steps(1000, true);
        loss = 0.03;
        late = 0.05;
        seen = 0;
        lost = 0;
        steps(20_000, true);
        double truth = (double) lost / seen;
        Estimate lossOut = value(a, Quantity.LOSS_OUT);
        if (kind == Kind.VXLAN) {
            assertFalse(lossOut.known(), "its datagrams have no numbers");
            assertFalse(value(a, Quantity.REORDERED_OUT).known());
        } else {
            // The first second had no losses.
            assertEquals(truth, lossOut.value(), 0.15 * truth, lossOut.toString());
            assertEquals(0.05, value(a, Quantity.REORDERED_OUT).value(), 0.02);
            assertTrue(lossOut.samples() > 35_000, lossOut.toString());
        }
        Estimate echoes = value(a, Quantity.ECHO_LOSS);
        assertTrue(echoes.low() <= 4 * truth && echoes.value() < 0.3, echoes.toString());
        assertTrue(value(a, Quantity.BASE_RTT).value() <= 3 * STEP_NS);
        // 2000 frames a second of 600 bytes.
        Estimate rate = value(a, Quantity.RATE_OUT);
        assertEquals(2000 * 600 * 8, rate.value(), 0.1 * 2000 * 600 * 8, rate.toString());
        assertFalse(value(b, Quantity.RTT).known(), "b does not measure");
        assertEquals("answers", report(a).more().get("state"));
        assertEquals("off", report(b).more().get("state"));
        for (OverlayNode node : List.of(a, b)) {
            assertEquals(0, node.snapshot().drops(DropReason.MALFORMED));
            assertEquals(0, node.snapshot().drops(DropReason.BAD_VERSION));
        }
    }

    @Test
    void nodesOfOneMachineKnowOneWayDelays() throws Exception {
        open(Kind.VNET, 0);
        a.measure(true);
        steps(3000, false);
        assertEquals("one", report(a).more().get("clocks"));
        assertTrue(value(a, Quantity.BASE_DELAY_OUT).known());
        assertTrue(value(a, Quantity.BASE_DELAY_IN).value() <= 2 * STEP_NS);
        assertEquals(0L, report(a).more().get("messages_refused"));
        assertEquals(0L, report(b).more().get("messages_refused"));
    }

    @Test
    void aPeerThatIsGoneDoesNotAnswer() throws Exception {
        open(Kind.VNET, 0);
        a.measure(true);
        steps(3000, false);
        peerLives = false;
        steps(6000, false);
        assertEquals("no answer", report(a).more().get("state"));
        assertTrue(value(a, Quantity.RTT).ageNs() >= 5_000_000_000L);
        peerLives = true;
        steps(2500, false);
        assertEquals("answers", report(a).more().get("state"));
    }

    @Test
    void whatMeasuringCostsIsTwoEchoesASecond() throws Exception {
        open(Kind.VNET, 0);
        steps(10, false);
        seen = 0;
        a.measure(true);
        steps(10_000, false);
        // Two echoes and their answers a second, each one datagram.
        assertEquals(40, seen, 4);
        a.measure(false);
        steps(1000, false);
        seen = 0;
        steps(10_000, false);
        assertEquals(0, seen);
    }

    @Test
    void aProbeEndsAndAnotherOneMustWait() throws Exception {
        open(Kind.VNET, 0);
        a.probe(config(), Probe.CAPACITY);
        StatementException refused = assertThrows(StatementException.class, () -> a.probe(config(), Probe.FREE));
        assertTrue(refused.getMessage().contains("link link: it is being measured already"), refused.getMessage());
        for (int i = 0; i < 200 && (boolean) report(a).more().get("probing"); i++) {
            steps(100, false);
        }
        assertEquals(false, report(a).more().get("probing"));
        // Steps of a millisecond are all that limits this link: nothing is sure, but nothing is 0 either.
        Estimate capacity = value(a, Quantity.CAPACITY_OUT);
        assertTrue(!capacity.known() || capacity.value() > 0, capacity.toString());
    }

    @Test
    void anEchoIsAskedForWhileNothingIsMeasured() throws Exception {
        open(Kind.VNET, 0);
        assertEquals(Optional.empty(), report(a).last());
        seen = 0;
        a.probe(config(), Probe.ECHO);
        steps(100, false);
        Echo first = report(a).last().orElseThrow();
        assertTrue(first.rttNs() > 0 && first.rttNs() <= 3 * STEP_NS, first.toString());
        assertEquals(first.rttNs(), value(a, Quantity.RTT).value());
        assertEquals(4, seen, "two echoes and their answers");
        a.probe(config(), Probe.CAPACITY);
        a.probe(config(), Probe.ECHO); // beside a train
        steps(100, false);
        assertTrue(report(a).last().orElseThrow().sequence() > first.sequence());
        peerLives = false;
        steps(1, false);
        Echo last = report(a).last().orElseThrow();
        a.probe(config(), Probe.ECHO);
        steps(2000, false);
        assertEquals(last, report(a).last().orElseThrow(), "nobody answers");
    }

    @Test
    void theFileHasALineASecondAndIsBounded() throws Exception {
        open(Kind.VNET, 0);
        Path file = directory.resolve("log.jsonl");
        a.measure(true);
        a.measureLog(Optional.of(file), 4_000);
        steps(5100, true);
        List<String> lines = Files.readAllLines(file);
        Path before = directory.resolve("log.jsonl.1");
        lines.addAll(0, Files.exists(before) ? Files.readAllLines(before) : List.of());
        assertTrue(lines.size() >= 4, lines.toString());
        assertTrue(lines.getLast().contains("\"link\":\"link\""), lines.getLast());
        assertTrue(lines.getLast().contains("\"capacity_out\":null"), "unknown is null, not 0: " + lines.getLast());
        steps(60_000, false);
        assertTrue(Files.size(file) + Files.size(before) <= 4_000, "bounded");
        a.measureLog(Optional.empty(), 0);
        long size = Files.size(file);
        steps(2000, false);
        assertEquals(size, Files.size(file));
        StatementException refused = assertThrows(
                StatementException.class, () -> a.measureLog(Optional.of(directory.resolve("none/log")), 4_000));
        assertTrue(refused.getMessage().contains("none/log': cannot be written"), refused.getMessage());
    }

    @Test
    void loopsThatAreMadeAnewGoOn() throws Exception {
        open(Kind.VNET, 0);
        a.measure(true);
        steps(3000, true);
        Map<Quantity, Estimate> before = report(a).values();
        a.dispatch(org.vnetp.overlay.dispatch.DispatchSettings.DEFAULT);
        b.measure(true);
        steps(3000, true);
        assertTrue(value(a, Quantity.RTT).samples() > before.get(Quantity.RTT).samples());
        assertTrue(value(b, Quantity.LOSS_IN).known());
        assertEquals(0, value(b, Quantity.LOSS_IN).value());
    }
}
