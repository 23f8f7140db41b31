package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement.Encapsulation;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.MoveReport;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.route.FlowRule;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopCounter;

/// A flow of 50 000 numbered frames a second each way that is moved from a star's hub to a direct link and back while
/// it goes on. Three nodes, stepped by hand, by a clock and with delays that the test sets.
class MovedFlowTest {
    private static final long STEP_NS = 20_000;
    private static final long A_GUEST = 0x0200_0000_000AL;
    private static final long B_GUEST = 0x0200_0000_000BL;
    private static final int NIC = 0;
    /// At a and b.
    private static final int HUB = 1;

    private static final int DIRECT = 2;
    /// At the hub.
    private static final int TO_A = 1;

    private static final int TO_B = 2;
    private static final int SEQUENCE_AT = 12 + 14;

    enum Kind {
        VNET,
        SEALED,
        VXLAN
    }

    @TempDir
    Path directory;

    private final Random random = new Random(20);
    private final List<OverlayNode> nodes = new ArrayList<>();
    private final List<Line> lines = new ArrayList<>();
    private final MemorySegment scratch = Arena.ofAuto().allocate(64, 8);
    private long nowNs = 1_000_000_000L;
    private OverlayNode a;
    private OverlayNode hub;
    private OverlayNode b;
    private Line toHub;
    private Line fromHub;
    private Line direct;
    private Guest aGuest;
    private Guest bGuest;
    private IntPredicate sizes = _ -> false;

    /// A link's way, both directions; keeps each datagram for a time.
    private final class Line implements InMemoryLink.Impairment {
        private record Late(byte[] datagram, Queue<byte[]> to, long dueNs) {}

        private final Queue<Late> late = new ArrayDeque<>();
        private final long delayNs;
        private boolean cut;
        private double messageLoss;
        private boolean losesMarks;
        /// So many turns it takes for each datagram; 0: it has room for all.
        private int turnsEach;
        private int turn;
        private long dueNs;

        Line(long delayNs) {
            this.delayNs = delayNs;
            lines.add(this);
        }

        @Override
        public void onDatagram(byte[] datagram, Queue<byte[]> arrived) {
            int kind = kind(datagram);
            if (cut || kind > 0 && random.nextDouble() < messageLoss || kind == 10 && losesMarks) {
                return;
            }
            dueNs = Math.max(dueNs, nowNs + delayNs);
            late.add(new Late(datagram, arrived, nowNs + delayNs));
        }

        /// The message's kind, of a plain link's datagram; 0: a frame, or sealed.
        private int kind(byte[] datagram) {
            MemorySegment.copy(datagram, 0, scratch, ValueLayout.JAVA_BYTE, 0, Math.min(datagram.length, 64));
            boolean vxlan = datagram.length == 8 + 40;
            if (vxlan && NetworkOrder.u8(scratch, 0) != 8) {
                return NetworkOrder.u8(scratch, 7);
            }
            return 0;
        }

        void deliver() {
            if (turnsEach > 0 && ++turn % turnsEach != 0) {
                return;
            }
            boolean all = turnsEach == 0;
            for (boolean more = true; more && !late.isEmpty() && late.peek().dueNs() <= nowNs; more = all) {
                Late first = late.poll();
                first.to().add(first.datagram());
            }
        }
    }

    /// Sends numbered frames to another guest, and looks at the numbers that come.
    private final class Guest {
        private final InMemoryNic nic;
        private final long own;
        private final long other;
        private int sent;
        private int received;
        private int highest;
        private int lost;
        private int reordered;
        private int repeated;
        private final boolean[] seen = new boolean[4_000_000];

        Guest(OverlayNode node, long own, long other) {
            this.nic = node.memoryNic(NIC);
            this.own = own;
            this.other = other;
        }

        void send() {
            byte[] frame = new byte[SEQUENCE_AT + (sizes.test(sent) ? 9000 : 60)];
            put(frame, 12, other, 6);
            put(frame, 18, own, 6);
            put(frame, 24, 0x88B5, 2);
            put(frame, SEQUENCE_AT, ++sent, 4);
            nic.send(frame);
        }

        private static void put(byte[] to, int at, long value, int bytes) {
            for (int i = 0; i < bytes; i++) {
                to[at + i] = (byte) (value >>> 8 * (bytes - 1 - i));
            }
        }

        void receive() {
            for (byte[] frame = nic.received(); frame != null; frame = nic.received()) {
                int number = 0;
                for (int i = 0; i < 4; i++) {
                    number = number << 8 | frame[SEQUENCE_AT + i] & 0xff;
                }
                received++;
                repeated += seen[number] ? 1 : 0;
                seen[number] = true;
                reordered += number < highest ? 1 : 0;
                highest = Math.max(highest, number);
            }
        }

        void assertAllOnce(Guest sender) {
            lost = sender.sent - received;
            assertEquals(
                    "0 lost, 0 repeated, 0 reordered",
                    lost + " lost, " + repeated + " repeated, " + reordered + " reordered");
            assertTrue(received > 0);
        }
    }

    @AfterEach
    void close() {
        nodes.forEach(OverlayNode::close);
    }

    private void open(Kind kind, long toHubNs, long fromHubNs, long directNs) throws Exception {
        a = node("a");
        hub = node("hub");
        b = node("b");
        toHub = new Line(toHubNs);
        fromHub = new Line(fromHubNs);
        direct = new Line(directNs);
        join(kind, a, HUB, hub, TO_A, toHub);
        join(kind, hub, TO_B, b, HUB, fromHub);
        join(kind, a, DIRECT, b, DIRECT, direct);
        a.replaceTable(star());
        b.replaceTable(star());
        hub.replaceTable(RoutingTable.of(List.of(
                new Rule(MacPattern.ANY, MacPattern.exact(A_GUEST), Rule.ANY_PORT, TO_A),
                new Rule(MacPattern.ANY, MacPattern.exact(B_GUEST), Rule.ANY_PORT, TO_B))));
        aGuest = new Guest(a, A_GUEST, B_GUEST);
        bGuest = new Guest(b, B_GUEST, A_GUEST);
        steps(kind == Kind.SEALED ? 20_000 : 1, false);
    }

    private OverlayNode node(String name) throws Exception {
        OverlayNode node =
                new OverlayNode(name, OverlayNode.Threading.INVOKER, () -> nowNs, 1_700_000_000_000_000_000L, _ -> {});
        node.openNic(
                new NodeConfig.Nic(NIC, "nic", NicKind.InProcess.MEMORY, OptionalLong.empty(), OptionalInt.empty()));
        nodes.add(node);
        return node;
    }

    private void join(Kind kind, OverlayNode one, int onePort, OverlayNode other, int otherPort, Line line)
            throws Exception {
        InMemoryLink[] ends = InMemoryLink.pair(1472, true, line);
        List<Optional<NodeConfig.Seal>> seals = kind == Kind.SEALED
                ? SteppedNode.seals(directory, "line" + lines.indexOf(line))
                : SteppedNode.unsealed();
        link(kind, one, onePort, ends[0], seals.getFirst());
        link(kind, other, otherPort, ends[1], seals.getLast());
    }

    private static void link(Kind kind, OverlayNode node, int port, InMemoryLink end, Optional<NodeConfig.Seal> seal)
            throws Exception {
        Endpoint nowhere = new Endpoint(InetAddress.getByName("192.0.2.1"), 4789);
        Encapsulation format = kind == Kind.VXLAN ? Encapsulation.VXLAN : Encapsulation.VNET;
        node.openLink(new NodeConfig.Link(port, port, "l" + port, nowhere, format, OptionalInt.empty(), seal), end);
    }

    private static RoutingTable star(Rule... more) {
        List<Rule> rules = new ArrayList<>(List.of(more));
        rules.add(new Rule(MacPattern.ANY, MacPattern.ANY, NIC, HUB));
        rules.add(new Rule(MacPattern.ANY, MacPattern.ANY, HUB, NIC));
        rules.add(new Rule(MacPattern.ANY, MacPattern.ANY, DIRECT, NIC));
        return RoutingTable.of(rules);
    }

    private static Rule pair(long source, long destination, int to) {
        return new Rule(MacPattern.exact(source), MacPattern.exact(destination), Rule.ANY_PORT, to);
    }

    private void steps(int steps, boolean traffic) {
        for (int i = 0; i < steps; i++) {
            nowNs += STEP_NS;
            if (traffic) {
                aGuest.send();
                bGuest.send();
            }
            lines.forEach(Line::deliver);
            for (OverlayNode node : nodes) {
                if (i % 100 == 0) {
                    node.attend();
                }
                for (DispatchLoop loop : node.loops()) {
                    loop.doWork();
                }
            }
            aGuest.receive();
            bGuest.receive();
        }
    }

    /// Moves a flow while both guests send, and says how that went.
    private MoveReport move(OverlayNode node, long source, long destination, RoutingTable next) throws Exception {
        RouteMoves.Move move = node.routes().begin(new FlowRule(source, destination, Rule.ANY_PORT), next);
        for (int i = 0; i < 200_000 && !move.over(); i++) {
            node.routes().attend(move);
            steps(1, true);
        }
        assertTrue(move.over(), "3 s of the clock, and it is not over");
        node.routes().end(move);
        return node.moves().getLast();
    }

    private MoveReport moveA(int to) throws Exception {
        return move(a, A_GUEST, B_GUEST, to == HUB ? star() : star(pair(A_GUEST, B_GUEST, to)));
    }

    private MoveReport moveB(int to) throws Exception {
        return move(b, B_GUEST, A_GUEST, to == HUB ? star() : star(pair(B_GUEST, A_GUEST, to)));
    }

    private void assertNothingLost() {
        // What was under way arrives.
        steps(20_000, false);
        bGuest.assertAllOnce(aGuest);
        aGuest.assertAllOnce(bGuest);
    }

    private static long counted(OverlayNode node, LoopCounter counter) {
        return node.snapshot().loops().stream()
                .mapToLong(loop -> loop.get(counter))
                .sum();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void loseNothingAndKeepTheirOrder(Kind kind) throws Exception {
        open(kind, 3_000_000, 2_000_000, 100_000);
        // Frames of several datagrams too, where the format has such.
        sizes = number -> kind != Kind.VXLAN && number % 7 == 0;
        steps(500, true);
        // More than nodes keep in mind.
        for (int i = 0; i < 20; i++) {
            MoveReport out = moveA(DIRECT);
            assertEquals("moved", out.state());
            assertEquals("", out.why());
            assertEquals(HUB, out.from());
            assertEquals(DIRECT, out.to());
            assertEquals(4_900_000, out.differenceNs(), 5 * STEP_NS);
            assertTrue(out.heldFrames() > 200, out.toString());
            steps(random.nextInt(300), true);
            assertEquals("moved", moveB(DIRECT).state());
            steps(random.nextInt(300), true);
            MoveReport back = moveA(HUB);
            assertEquals("moved", back.state());
            assertEquals(0, back.heldFrames(), "the old way was the shorter one");
            assertEquals("moved", moveB(HUB).state());
        }
        assertNothingLost();
        assertEquals(0, counted(a, LoopCounter.MOVE_TIMEOUTS) + counted(b, LoopCounter.MOVE_TIMEOUTS));
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"VNET", "VXLAN"})
    void wouldBeReorderedIfNothingWereHeld(Kind kind) throws Exception {
        open(kind, 3_000_000, 2_000_000, 100_000);
        b.routes().holdFrames(false);
        steps(500, true);
        assertEquals("moved", moveA(DIRECT).state());
        steps(20_000, false);
        assertEquals(aGuest.sent, bGuest.received);
        // So many overtake as are under way by the old way.
        assertTrue(bGuest.reordered > 200, bGuest.reordered + " reordered");
    }

    @Test
    void surviveTheLossOfWhatIsSaidAboutThem() throws Exception {
        open(Kind.VXLAN, 3_000_000, 2_000_000, 100_000);
        for (Line line : lines) {
            line.messageLoss = 0.3;
        }
        steps(500, true);
        for (int i = 0; i < 10; i++) {
            assertEquals("moved", moveA(DIRECT).state());
            assertEquals("moved", moveA(HUB).state());
        }
        assertNothingLost();
    }

    /// On a busy machine it takes its time until the kernel has the flow no more; asks go on meanwhile.
    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"VNET", "VXLAN"})
    void beginOnlyOnceFramesCanBeHeld(Kind kind) throws Exception {
        open(kind, 3_000_000, 2_000_000, 100_000);
        List<Runnable> late = new ArrayList<>();
        b.routes().arming((_, _, then) -> late.add(then));
        steps(500, true);
        RouteMoves.Move move =
                a.routes().begin(new FlowRule(A_GUEST, B_GUEST, Rule.ANY_PORT), star(pair(A_GUEST, B_GUEST, DIRECT)));
        for (int i = 0; i < 10_000; i++) {
            a.routes().attend(move);
            steps(1, true);
        }
        assertEquals(1, late.size());
        late.removeFirst().run();
        for (int i = 0; i < 10_000 && !move.over(); i++) {
            a.routes().attend(move);
            steps(1, true);
        }
        a.routes().end(move);
        MoveReport report = a.moves().getLast();
        assertEquals("moved", report.state());
        assertEquals("", report.why());
        assertTrue(report.heldFrames() > 200, report.toString());
        assertNothingLost();
    }

    /// The hub gets less than its turn from when the ways have been compared on: what waits there takes longer than the
    /// ways differ.
    @Test
    void waitForAsLongAsFramesComeByTheOldWay() throws Exception {
        open(Kind.VXLAN, 3_000_000, 2_000_000, 100_000);
        b.routes().arming((_, _, then) -> {
            fromHub.turnsEach = 5;
            then.run();
        });
        steps(500, true);
        MoveReport report = moveA(DIRECT);
        assertEquals("moved", report.state());
        assertEquals("", report.why());
        assertTrue(report.heldNs() > 100_000_000, report.toString());
        assertTrue(report.heldFrames() > 4_000, report.toString());
        fromHub.turnsEach = 0;
        assertNothingLost();
        assertEquals(0, counted(b, LoopCounter.MOVE_TIMEOUTS));
    }

    @Test
    void waitNoLongerThanASecond() throws Exception {
        open(Kind.VXLAN, 3_000_000, 2_000_000, 100_000);
        fromHub.losesMarks = true;
        b.routes().arming((_, _, then) -> {
            fromHub.turnsEach = 20;
            then.run();
        });
        steps(500, true);
        MoveReport report = moveA(DIRECT);
        assertEquals("moved", report.state());
        assertTrue(report.letGoEarly());
        assertEquals(1_000_000_000, report.heldNs(), 300_000);
        assertEquals(1, counted(b, LoopCounter.MOVE_TIMEOUTS));
        fromHub.turnsEach = 0;
        steps(20_000, false);
        assertEquals(aGuest.sent, bGuest.received);
        assertEquals(0, bGuest.repeated);
    }

    @Test
    void waitNoLongerThanTheWaysDifferWhenNoMarkComes() throws Exception {
        open(Kind.VXLAN, 3_000_000, 2_000_000, 100_000);
        fromHub.losesMarks = true;
        steps(500, true);
        MoveReport report = moveA(DIRECT);
        assertEquals("moved", report.state());
        assertTrue(report.letGoEarly());
        // 50 ms and four times the difference, from the last frame of the old way on.
        assertEquals(69_600_000 + 4_900_000, report.heldNs(), 300_000);
        assertEquals(1, counted(b, LoopCounter.MOVE_TIMEOUTS));
        assertNothingLost();
    }

    @Test
    void areLetGoWhenThereIsNoRoomForMore() throws Exception {
        open(Kind.VNET, 30_000_000, 20_000_000, 100_000);
        sizes = _ -> true;
        steps(5_000, true);
        MoveReport report = moveA(DIRECT);
        assertTrue(report.letGoEarly());
        assertEquals(1, counted(b, LoopCounter.MOVE_FULL));
        steps(20_000, false);
        assertEquals(aGuest.sent, bGuest.received);
        assertEquals(0, bGuest.repeated);
    }

    @Test
    void doNotWaitForADeadWay() throws Exception {
        open(Kind.VNET, 3_000_000, 2_000_000, 100_000);
        steps(500, true);
        fromHub.cut = true;
        MoveReport report = moveA(DIRECT);
        assertEquals("moved", report.state());
        assertEquals("the old way does not answer", report.why());
        assertEquals(0, report.heldFrames());
        steps(1_000, false);
        int before = bGuest.received;
        steps(100, true);
        steps(100, false);
        assertEquals(100, bGuest.received - before);
        assertEquals(0, bGuest.reordered);
    }

    @Test
    void stayWhereTheyAreWhenTheNewWayIsDead() throws Exception {
        open(Kind.VNET, 3_000_000, 2_000_000, 100_000);
        steps(500, true);
        direct.cut = true;
        MoveReport report = moveA(DIRECT);
        assertEquals("refused", report.state());
        assertTrue(report.why().contains("nothing has changed"), report.why());
        assertNothingLost();
        assertEquals(0, a.snapshot().drops(DropReason.NO_ROUTE));
    }

    @Test
    void areSetAtOnceWhereTheyGoThereAlready() throws Exception {
        open(Kind.VNET, 3_000_000, 2_000_000, 100_000);
        steps(500, true);
        assertEquals("set", moveA(HUB).state());
        MoveReport again = move(a, A_GUEST, B_GUEST, star(pair(A_GUEST, B_GUEST, HUB)));
        assertEquals("set", again.state());
        assertNothingLost();
    }
}
