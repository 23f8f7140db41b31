package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.YieldStrategy;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.stats.DropReason;

/// Two nodes stepped by hand, one of which dies and starts anew, with a clock that is set by hand.
class NodeRestartTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final List<byte[]> captured = new ArrayList<>();
    private final InMemoryLink[] ends = InMemoryLink.pair(1472, true, this::onDatagram);
    private long nowNs = 5 * SECOND_NS;
    private long timeOfDayNs = 1_790_000_000L * SECOND_NS;
    private OverlayNode a;
    private OverlayNode b;
    private int frames;
    private int longer = 1000;

    private void onDatagram(byte[] datagram, Queue<byte[]> arrived) {
        captured.add(datagram);
        arrived.add(datagram);
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    private OverlayNode node(String name, InMemoryLink end, Statement.Encapsulation format) throws Exception {
        return SteppedNode.open(name, () -> nowNs, timeOfDayNs, end, format, Optional.empty());
    }

    private void pass(long ns) {
        nowNs += ns;
        timeOfDayNs += ns;
    }

    private void step() {
        for (int i = 0; i < 4; i++) {
            pass(1_000_000);
            a.loops().forEach(DispatchLoop::doWork);
            b.loops().forEach(DispatchLoop::doWork);
        }
    }

    /// Sends a frame each way; tells whether each arrived.
    private void exchange(String when, boolean fromA, boolean fromB) {
        byte[] frame = new byte[12 + 60 + frames % 7 * longer];
        frame[12] = 2;
        frame[18] = 4;
        frame[12 + 59] = (byte) ++frames;
        a.memoryNic(SteppedNode.NIC).send(frame);
        b.memoryNic(SteppedNode.NIC).send(frame);
        step();
        assertEquals(fromA, got(b.memoryNic(SteppedNode.NIC), frame), when + ", a to b");
        assertEquals(fromB, got(a.memoryNic(SteppedNode.NIC), frame), when + ", b to a");
    }

    private static boolean got(InMemoryNic nic, byte[] frame) {
        byte[] got = nic.received();
        return got != null && got.length == frame.length && got[12 + 59] == frame[12 + 59];
    }

    private void restartA(Statement.Encapsulation format) throws Exception {
        a.close();
        a = node("a", ends[0], format);
    }

    @Test
    void noFrameIsLostAfterARestartAtAnyTime() throws Exception {
        Random random = new Random(6);
        for (Statement.Encapsulation format : Statement.Encapsulation.values()) {
            // What does not fit a datagram the vxlan format cannot carry.
            longer = format == Statement.Encapsulation.VNET ? 1000 : 190;
            a = node("a", ends[0], format);
            b = node("b", ends[1], format);
            for (int restart = 0; restart < 100; restart++) {
                for (int i = random.nextInt(4); i >= 0; i--) {
                    exchange(format + ", restart " + restart, true, true);
                }
                pass(random.nextLong(1L << random.nextInt(20, 40)));
                restartA(format);
            }
            assertEquals(0, a.snapshot().dropsTotal() + b.snapshot().dropsTotal());
            a.close();
            b.close();
        }
    }

    @Test
    void aClockThatWasSetBackCostsOneFrameAndIsShown() throws Exception {
        a = node("a", ends[0], Statement.Encapsulation.VNET);
        b = node("b", ends[1], Statement.Encapsulation.VNET);
        exchange("before", true, true);
        for (int restart = 0; restart < 10; restart++) {
            timeOfDayNs -= 3600 * SECOND_NS;
            restartA(Statement.Encapsulation.VNET);
            exchange("first frame of life " + restart, false, true);
            for (int i = 0; i < 5; i++) {
                exchange("later", true, true);
            }
        }
        NodeConfig.Link link = new NodeConfig.Link(
                SteppedNode.LINK,
                SteppedNode.LINK,
                "link",
                new Endpoint(InetAddress.getByName("192.0.2.1"), 4789),
                Statement.Encapsulation.VNET,
                OptionalInt.empty());
        assertEquals(1L, a.describe(link).get("renumbered"));
        assertEquals(null, b.describe(link).get("renumbered"));
    }

    @Test
    void replaysAreRefusedAlsoByLoopsThatWereMadeAnew() throws Exception {
        a = node("a", ends[0], Statement.Encapsulation.VNET);
        b = node("b", ends[1], Statement.Encapsulation.VNET);
        for (int life = 0; life < 20; life++) {
            for (int i = 0; i < 5; i++) {
                exchange("life " + life, true, true);
            }
            pass(SECOND_NS);
            if (life % 2 == 0) {
                restartA(Statement.Encapsulation.VNET);
            } else {
                dispatchers(a, 1 + life % 3);
                dispatchers(b, 1 + life % 4);
            }
        }
        exchange("last life", true, true);
        List<byte[]> replays = List.copyOf(captured);
        long before = b.snapshot().drops(DropReason.REPLAYED);
        for (byte[] replay : replays) {
            ends[1].arrive(replay);
        }
        step();
        step();
        assertEquals(null, b.memoryNic(SteppedNode.NIC).received(), "a replay");
        assertTrue(b.snapshot().drops(DropReason.REPLAYED) >= before + replays.size() / 2);
        exchange("after the replays", true, true);
    }

    private static void dispatchers(OverlayNode node, int count) throws Exception {
        node.dispatch(new DispatchSettings(
                DispatchMode.GUEST,
                DispatchMode.GUEST,
                1000,
                10_000,
                5_000_000,
                YieldStrategy.IMMEDIATE,
                50_000,
                1000,
                count,
                64));
    }
}
