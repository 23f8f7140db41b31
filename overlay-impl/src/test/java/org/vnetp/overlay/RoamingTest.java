package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.overlay.control.NodeController;
import org.vnetp.overlay.control.StatementParser;
import org.vnetp.overlay.it.UdpTranslator;
import org.vnetp.overlay.seal.KeyFiles;
import org.vnetp.overlay.stats.DropReason;

/// A hub that is told no address of its node, and a node behind a translator, over the kernel's sockets.
class RoamingTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    @TempDir
    private Path directory;

    private final List<byte[]> captured = new CopyOnWriteArrayList<>();
    private String hubKey;
    private String nodeKey;
    private int hubPort;
    private Member hub;
    private Member node;
    private UdpTranslator translator;

    /// A node with a guest in memory, every frame of which goes over its link and back.
    private static final class Member implements AutoCloseable {
        final OverlayNode node;
        final NodeController control;

        Member(String name, int port, String link) throws Exception {
            node = new OverlayNode(name, OverlayNode.Threading.SHARED, System::nanoTime, _ -> {});
            control = new NodeController(node);
            say("listen 127.0.0.1:" + port + " network 42");
            say("nic g memory");
            say(link);
            say("route add any any edge peer interface g");
            say("route add any any interface g edge peer");
            // A NIC in memory has no descriptor to be waited for.
            say("dispatch mode vmm yield timed t-sleep 200us");
        }

        String say(String statement) throws Exception {
            return control.execute(
                    StatementParser.parseAll(statement).getFirst().statement());
        }

        boolean shows(String what) throws Exception {
            return say("show links").contains(what);
        }

        void sends(int number) {
            byte[] frame = new byte[12 + 60];
            frame[12] = 2;
            frame[18] = 2;
            frame[12 + 20] = (byte) number;
            node.memoryNic(0).send(frame);
        }

        /// Whether the guest gets that frame, those before it passed over.
        boolean got(int number) {
            byte[] frame = node.memoryNic(0).received();
            while (frame != null && frame[12 + 20] != (byte) number) {
                frame = node.memoryNic(0).received();
            }
            return frame != null;
        }

        @Override
        public void close() {
            control.close();
            node.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        hubKey = KeyFiles.create(directory.resolve("hub.key")).publicText();
        nodeKey = KeyFiles.create(directory.resolve("node.key")).publicText();
        hubPort = freePort();
        hub = hub();
        translator = new UdpTranslator(
                new InetSocketAddress(HERE, 0), HERE, new InetSocketAddress(HERE, hubPort), captured::add);
        node = new Member(
                "node",
                freePort(),
                "link add peer 127.0.0.1:" + translator.insidePort() + " key " + directory.resolve("node.key")
                        + " peer " + hubKey + " keepalive 1s");
    }

    private Member hub() throws Exception {
        return new Member("hub", hubPort, "link add peer any key " + directory.resolve("hub.key") + " peer " + nodeKey);
    }

    @AfterEach
    void stop() {
        node.close();
        hub.close();
        translator.close();
    }

    private static int freePort() throws Exception {
        try (DatagramSocket free = new DatagramSocket(0, HERE)) {
            return free.getLocalPort();
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private void await(Condition condition, String what) throws Exception {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.holds()) {
            if (System.nanoTime() > patience) {
                fail(what + ": " + hub.say("show links") + "\n" + node.say("show links") + "\n"
                        + hub.say("show stats"));
            }
            Thread.sleep(2);
        }
    }

    private String there() {
        return "at=127.0.0.1:" + translator.outsidePort() + " ";
    }

    private long unknownSenders() {
        return hub.node.snapshot().drops(DropReason.UNKNOWN_SENDER);
    }

    private void reachEachOther(int number) throws Exception {
        await(
                () -> {
                    node.sends(number);
                    return hub.got(number);
                },
                "to the hub");
        await(
                () -> {
                    hub.sends(number);
                    return node.got(number);
                },
                "from the hub");
    }

    @Test
    void theHubLearnsWhereTheNodeIsAndFollowsItWithinADatagram() throws Exception {
        assertTrue(hub.shows("any") && hub.shows("moves=0"), hub.say("show links"));
        await(() -> hub.shows(there()) && hub.shows("state=up"), "learned");
        reachEachOther(1);
        for (int i = 2; i < 6; i++) {
            String before = there();
            translator.rebind();
            assertNotEquals(before, there());
            int number = i;
            await(
                    () -> {
                        node.sends(number);
                        return hub.got(number);
                    },
                    "after a rebinding");
            assertTrue(hub.shows(there()), hub.say("show links"));
            assertTrue(hub.shows("moves=" + (i - 1)), hub.say("show links"));
            reachEachOther(i);
        }
        assertEquals(0, unknownSenders(), "not a datagram of the node was refused over it");
    }

    @Test
    void aKeepaliveFollowsARebindingOfASilentNode() throws Exception {
        await(() -> hub.shows(there()), "learned");
        reachEachOther(1);
        translator.rebind();
        await(() -> hub.shows(there()), "followed though no guest sent anything");
        await(
                () -> {
                    hub.sends(2);
                    return node.got(2);
                },
                "reached without its guest having sent anything");
        assertTrue(node.shows("keepalives="), node.say("show links"));
    }

    @Test
    void whatIsReplayedOrForgedFromElsewhereMovesNothing() throws Exception {
        await(() -> hub.shows(there()), "learned");
        reachEachOther(1);
        await(() -> captured.stream().anyMatch(each -> !isHandshake(each)), "data");
        List<byte[]> replays = List.copyOf(captured);
        // By then the hub has had all of them.
        reachEachOther(2);
        assertTrue(replays.stream().anyMatch(RoamingTest::isHandshake));
        String where = there();
        long sent = 0;
        try (DatagramSocket elsewhere = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.7"))) {
            for (byte[] replay : replays) {
                byte[] forged = replay.clone();
                // A number that may come.
                forged[10] += 1;
                for (byte[] each : List.of(replay, forged, new byte[] {1, 2, 3})) {
                    elsewhere.send(new DatagramPacket(each, each.length, HERE, hubPort));
                    sent++;
                }
            }
            long all = sent;
            await(() -> unknownSenders() == all, "all refused");
        }
        assertTrue(hub.shows(where) && hub.shows("moves=0"), hub.say("show links"));
        assertFalse(hub.shows("127.0.0.7"));
        reachEachOther(3);
    }

    private static boolean isHandshake(byte[] datagram) {
        return (datagram[0] & 8) != 0;
    }

    @Test
    void aHubThatHasForgottenItsNodeIsFoundAgain() throws Exception {
        await(() -> hub.shows(there()), "learned");
        reachEachOther(1);
        hub.close();
        hub = hub();
        await(() -> hub.shows(there()), "by the keepalive's doubt, long before keys are old");
        reachEachOther(2);
    }

    @Test
    void theLinkLivesThroughNewLoopsAndANewListeningAddress() throws Exception {
        await(() -> hub.shows(there()), "learned");
        reachEachOther(1);
        hub.say("dispatch dispatchers 2");
        reachEachOther(2);
        translator.rebind();
        reachEachOther(3);
        assertTrue(hub.shows(there()), hub.say("show links"));
        hub.say("listen 127.0.0.1:" + hubPort + " network 42");
        await(() -> hub.shows(there()), "learned again");
        reachEachOther(4);
    }
}
