package org.vnetp.overlay.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// When flows are opened, with entries in memory that do what the kernel's do.
class FlowGatesTest {
    private static final int NIC = 3;
    private static final int LINK = 5;
    private static final long BY_NODE = 1L << FlowEntry.SENT_BY_NODE_SHIFT;

    /// The gates' words by flow.
    private static final class InMemory implements FlowGates.Entries {
        final Map<Long, Long> words = new HashMap<>();
        int looks;

        private static long flow(boolean outbound, MemorySegment key) {
            return key.get(ValueLayout.JAVA_LONG, 0) * 2 + (outbound ? 1 : 0);
        }

        @Override
        public long gate(boolean outbound, MemorySegment key) {
            looks++;
            return words.getOrDefault(flow(outbound, key), GONE);
        }

        @Override
        public int open(boolean outbound, MemorySegment key, long seen) {
            Long word = words.get(flow(outbound, key));
            if (word == null) {
                return Programs.GONE;
            }
            if (seen != Programs.HOWEVER && seen != word) {
                return Programs.CLOSED;
            }
            words.put(flow(outbound, key), FlowEntry.OPEN);
            return Programs.OPENED;
        }

        /// What the programs do with a frame that the other kernel, or a guest, has sent.
        ///
        /// @return whether the kernel carries it
        boolean carries(long flow) {
            Long word = words.get(flow);
            if (word == null) {
                return false;
            }
            if (word >= 0) {
                words.put(flow, word + 1);
            }
            return word < 0;
        }

        /// What the inbound program does with one that the other node has sent.
        void byNode(long flow) {
            words.computeIfPresent(flow, (_, word) -> (word & ~FlowEntry.OPEN) + BY_NODE);
        }
    }

    private final InMemory entries = new InMemory();
    private final FlowGates gates = new FlowGates(entries);
    private final MemorySegment key = Arena.ofAuto().allocate(FlowEntry.KEY_BYTES, 8);
    private long now = -5_000_000_000L;

    /// Gives the kernel a flow.
    ///
    /// @return what it is called by
    private long add(boolean outbound, long number) {
        return add(entries, gates, outbound, number);
    }

    private long add(InMemory into, FlowGates noted, boolean outbound, long number) {
        key.set(ValueLayout.JAVA_LONG, 0, number);
        long flow = InMemory.flow(outbound, key);
        into.words.put(flow, 0L);
        noted.add(outbound, key, outbound ? NIC : LINK, outbound ? LINK : NIC, 0, now);
        return flow;
    }

    @Test
    void aFlowIsOpenedOnceNothingOfItIsOnTheWay() {
        long flow = add(true, 7);
        assertTrue(gates.waitAt(NIC));
        assertFalse(gates.waitAt(LINK));
        assertFalse(entries.carries(flow));
        assertTrue(gates.look(NIC, now));
        assertEquals(LINK, gates.leavesBy(NIC, -1));
        assertEquals(-1, gates.leavesBy(NIC, LINK));
        gates.open(NIC, false, true, now);
        assertFalse(entries.carries(flow), "there was another frame");
        assertTrue(gates.look(NIC, now));
        assertFalse(entries.carries(flow));
        gates.open(NIC, true, true, now);
        assertFalse(entries.carries(flow), "a frame has gone to the node after the look");
        assertTrue(gates.look(NIC, now));
        gates.open(NIC, true, true, now);
        assertTrue(entries.carries(flow));
        assertEquals(0, gates.waiting());
        assertEquals(0, gates.hurried());
    }

    @Test
    void whatTheKernelHasNotSentIsWaitedForNotSoLong() {
        long flow = add(true, 7);
        now += FlowGates.LEAVING_NS - 1;
        assertTrue(gates.look(NIC, now));
        gates.open(NIC, true, false, now);
        assertFalse(entries.carries(flow));
        now++;
        assertTrue(gates.look(NIC, now));
        gates.open(NIC, true, false, now);
        assertTrue(entries.carries(flow));
        assertEquals(0, gates.hurried());
    }

    @Test
    void aPortThatHasMoreThanTheNodeCanTakeKeepsItsFlowsForABoundedTime() {
        long flow = add(true, 7);
        // However rarely its loop runs: that alone is no reason.
        for (int i = 0; i < FlowGates.FULL_LOOKS - 1; i++) {
            now += FlowGates.FULL_NS;
            look(flow, false);
            assertFalse(entries.carries(flow));
        }
        look(flow, false);
        assertEquals(1, gates.hurried());
        assertTrue(entries.carries(flow));
    }

    @Test
    void aPortThatIsFoundEmptyNowAndThenKeepsItsFlowsUntilNoneIsOnTheWay() {
        long flow = add(true, 7);
        for (int i = 0; i < 10 * FlowGates.FULL_LOOKS; i++) {
            now += FlowGates.FULL_NS / 500;
            assertTrue(gates.look(NIC, now));
            assertFalse(entries.carries(flow));
            gates.open(NIC, i % 400 == 0, true, now);
        }
        assertEquals(1, gates.waiting());
        look(flow, true);
        assertEquals(0, gates.hurried());
        assertTrue(entries.carries(flow));
    }

    private void look(long flow, boolean empty) {
        assertTrue(gates.look(NIC, now), "flow " + flow);
        gates.open(NIC, empty, true, now);
    }

    @Test
    void aFlowThatIsGivenAnewWaitsAnew() {
        long flow = add(true, 7);
        now += FlowGates.LEAVING_NS;
        // Taken back, and given to another link.
        key.set(ValueLayout.JAVA_LONG, 0, 7);
        entries.words.put(flow, 0L);
        gates.add(true, key, NIC, LINK + 1, 0, now);
        assertEquals(1, gates.waiting());
        assertTrue(gates.look(NIC, now));
        assertEquals(LINK + 1, gates.leavesBy(NIC, -1));
        assertEquals(-1, gates.leavesBy(NIC, LINK + 1));
        gates.open(NIC, true, false, now);
        assertFalse(entries.carries(flow));
    }

    @Test
    void inboundOnlyWhenTheOtherKernelSends() {
        long flow = add(false, 7);
        entries.byNode(flow);
        assertFalse(gates.look(LINK, now), "its node sends");
        int looks = entries.looks;
        assertFalse(gates.look(LINK, now + FlowGates.BETWEEN_LOOKS_NS - 1));
        assertEquals(looks, entries.looks, "seldom, while nothing changes");
        assertFalse(entries.carries(flow));
        now += FlowGates.BETWEEN_LOOKS_NS;
        assertTrue(gates.look(LINK, now));
        gates.open(LINK, true, true, now);
        assertTrue(entries.carries(flow));
        entries.byNode(flow);
        assertFalse(entries.carries(flow), "it has closed again by itself");
    }

    @Test
    void nobodyWaitsForANodeWhoseKernelNeverSends() {
        long flow = add(false, 7);
        for (long waited = 0; waited < FlowGates.UNCHANGED_NS; waited += FlowGates.BETWEEN_LOOKS_NS) {
            entries.byNode(flow);
            assertEquals(1, gates.waiting());
            assertFalse(gates.look(LINK, now + waited));
            gates.open(LINK, true, true, now + waited);
        }
        assertFalse(gates.look(LINK, now + FlowGates.UNCHANGED_NS));
        assertEquals(0, gates.waiting());
        assertFalse(entries.carries(flow));
        assertEquals(0, gates.hurried());
    }

    @Test
    void whatTheKernelHasNoMoreIsForgottenAndTheRestKept() {
        for (int i = 0; i < FlowGates.MOST; i++) {
            assertTrue(gates.hasRoom());
            add(true, i);
        }
        assertFalse(gates.hasRoom());
        entries.words.entrySet().removeIf(entry -> entry.getKey() % 4 == 1);
        assertTrue(gates.look(NIC, now));
        assertEquals(FlowGates.MOST / 2, gates.waiting());
        entries.words.entrySet().removeIf(entry -> entry.getKey() % 8 == 3);
        gates.open(NIC, true, true, now);
        assertEquals(0, gates.waiting());
        assertEquals(FlowGates.MOST / 4, entries.words.size());
        entries.words.values().forEach(word -> assertEquals(FlowEntry.OPEN, word));
    }

    /// A flow from a guest over two nodes to another guest: programs, queues, and nodes that act step by step, in an
    /// order that chance gives.
    private final class Way {
        private record Packet(int number, boolean byNode) {}

        private final InMemory out = new InMemory();
        private final InMemory in = new InMemory();
        private final FlowGates sender = new FlowGates(out);
        private final FlowGates receiver = new FlowGates(in);
        private final Deque<Packet> tap = new ArrayDeque<>();
        private final Deque<Packet> toTap = new ArrayDeque<>();
        private final Deque<Packet> socket = new ArrayDeque<>();
        private final Deque<Packet> toSocket = new ArrayDeque<>();
        private final boolean gated;
        private final Random random;
        private long outFlow;
        private long inFlow;
        private int sent;
        private int last = -1;
        private int reordered;
        private int carried;
        private int received;
        private boolean sentEmpty;
        private boolean receivedEmpty;

        Way(boolean gated, long seed) {
            this.gated = gated;
            this.random = new Random(seed);
        }

        private void guestSends() {
            Packet packet = new Packet(sent++, false);
            if (out.carries(outFlow)) {
                wire(packet);
            } else {
                toTap.add(packet);
            }
        }

        private void wire(Packet packet) {
            if (packet.byNode()) {
                if (gated) {
                    in.byNode(inFlow);
                }
            } else if (in.carries(inFlow)) {
                carried++;
                arrives(packet);
                return;
            }
            toSocket.add(packet);
        }

        private void arrives(Packet packet) {
            received++;
            reordered += packet.number() < last ? 1 : 0;
            last = Math.max(last, packet.number());
        }

        private static void move(Deque<Packet> from, Deque<Packet> to, int packets) {
            for (int i = 0; i < packets && !from.isEmpty(); i++) {
                to.add(from.poll());
            }
        }

        private boolean senderVisits() {
            int taken = 0;
            int most = 1 + random.nextInt(8);
            for (; taken < most && !tap.isEmpty(); taken++) {
                if (!out.words.containsKey(outFlow)) {
                    outFlow = add(out, sender, true, 1);
                    if (!gated) {
                        out.words.put(outFlow, FlowEntry.OPEN);
                    }
                }
                wire(new Packet(tap.poll().number(), true));
            }
            return taken == 0;
        }

        private boolean receiverVisits() {
            int taken = 0;
            int most = 1 + random.nextInt(8);
            for (; taken < most && !socket.isEmpty(); taken++) {
                if (!in.words.containsKey(inFlow)) {
                    inFlow = add(in, receiver, false, 1);
                    if (!gated) {
                        in.words.put(inFlow, FlowEntry.OPEN);
                    }
                } else if (in.words.get(inFlow) >= 0
                        && receiver.waiting() == 0
                        && FlowGates.isSentByKernel(in.words.get(inFlow))) {
                    // Offered again.
                    receiver.add(false, key, LINK, NIC, in.words.get(inFlow), now);
                }
                arrives(socket.poll());
            }
            return taken == 0;
        }

        void run(int steps) {
            int senderAt = 0;
            int receiverAt = 0;
            for (int i = 0; i < steps; i++) {
                now += 5000;
                // Busy and less so by turns.
                if (random.nextInt(i / 100 % 2 == 0 ? 3 : 20) == 0) {
                    guestSends();
                }
                switch (random.nextInt(6)) {
                    case 0, 1 -> move(toTap, tap, 1 + random.nextInt(3));
                    case 2 -> move(toSocket, socket, 1 + random.nextInt(3));
                    case 3, 4 -> senderAt = senderActs(senderAt);
                    default -> receiverAt = receiverActs(receiverAt);
                }
                if (random.nextInt(400) == 0) {
                    (random.nextBoolean() ? out : in).words.clear();
                }
            }
        }

        private int senderActs(int at) {
            switch (at) {
                case 0 -> senderVisits();
                case 1 -> {
                    return sender.look(NIC, now) ? 2 : 0;
                }
                // What was counted before the look is in the queue by now.
                case 2 -> move(toTap, tap, toTap.size());
                case 3 -> sentEmpty = senderVisits();
                default -> {
                    // What has left the node is at the other one.
                    sender.open(NIC, sentEmpty, true, now);
                    return 0;
                }
            }
            return at + 1;
        }

        private int receiverActs(int at) {
            switch (at) {
                case 0 -> receiverVisits();
                case 1 -> {
                    return receiver.look(LINK, now) ? 2 : 0;
                }
                case 2 -> move(toSocket, socket, toSocket.size());
                case 3 -> receivedEmpty = receiverVisits();
                default -> {
                    receiver.open(LINK, receivedEmpty, true, now);
                    return 0;
                }
            }
            return at + 1;
        }
    }

    @Test
    void noFrameOvertakesAnotherWhateverActsFirst() {
        int carried = 0;
        for (long seed = 0; seed < 200; seed++) {
            Way way = new Way(true, seed);
            way.run(5_000);
            assertTrue(way.received > 0, "seed " + seed);
            assertEquals(0, way.sender.hurried() + way.receiver.hurried(), "seed " + seed);
            assertEquals(0, way.reordered, "seed " + seed);
            carried += way.carried;
        }
        assertTrue(carried > 1000, carried + " carried");
    }

    /// What it is good for: the same with flows that are open at once.
    @Test
    void flowsThatAreOpenAtOnceAreOvertaken() {
        int reordered = 0;
        for (long seed = 0; seed < 20; seed++) {
            Way way = new Way(false, seed);
            way.run(5_000);
            reordered += way.reordered;
        }
        assertTrue(reordered > 0);
    }
}
