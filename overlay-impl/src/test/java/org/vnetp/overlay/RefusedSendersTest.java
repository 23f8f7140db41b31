package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.control.NodeController;
import org.vnetp.overlay.control.StatementParser;
import org.vnetp.overlay.stats.DropReason;

/// `show stats` names whom a node refuses: strangers, peers that do not fit, and frames without a way.
class RefusedSendersTest {
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final byte[] vxlan = {8, 0, 0, 0, 0, 0, 42, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    private final byte[] version1 = {0x10, 0, 0, 42, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 16, 5, 6, 7, 8, 9, 10, 11, 12, 13
    };
    private OverlayNode node;
    private NodeController control;
    private DatagramSocket peer;
    private int port;

    @BeforeEach
    void start() throws Exception {
        peer = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        node = new OverlayNode("n", OverlayNode.Threading.SHARED, System::nanoTime, said::add);
        control = new NodeController(node);
        say("listen 127.0.0.1:" + port + " network 42");
    }

    @AfterEach
    void stop() {
        control.close();
        node.close();
        peer.close();
    }

    private String say(String statement) throws Exception {
        return control.execute(StatementParser.parseAll(statement).getFirst().statement());
    }

    private void send(DatagramSocket from, byte[] bytes) throws Exception {
        // Of a flood one in a millisecond is written down.
        Thread.sleep(2);
        from.send(new DatagramPacket(bytes, bytes.length, new InetSocketAddress("127.0.0.1", port)));
    }

    private void await(DropReason reason, long count) throws Exception {
        awaitThat(() -> node.snapshot().drops(reason) == count, reason.label());
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private void awaitThat(Condition condition, String what) throws Exception {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            if (System.nanoTime() > patience) {
                fail(what + ": " + say("show stats") + said);
            }
            Thread.sleep(2);
        }
    }

    @Test
    void aStrangerIsNamedByAddressAndPort() throws Exception {
        try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getByName("127.0.0.7"))) {
            send(stranger, new byte[] {1, 2, 3});
            await(DropReason.UNKNOWN_SENDER, 1);
            String text = say("show stats");
            assertTrue(
                    text.contains("unknown-sender 1  (sender is no configured link; last 127.0.0.7:"
                            + stranger.getLocalPort() + ", "),
                    text);
            String json = say("show stats --json");
            assertTrue(json.contains("\"address\":\"127.0.0.7\",\"port\":" + stranger.getLocalPort() + "}"), json);
        }
        assertEquals(List.of(), said, "the world is full of strangers");
    }

    @Test
    void aFrameWithoutAWayIsNamedByItsAddresses() throws Exception {
        say("nic g memory");
        say("route add 02:00:00:00:00:01 02:00:00:00:00:02 interface g any");
        byte[] frame = new byte[12 + 60];
        frame[12] = 2;
        frame[17] = 9;
        frame[18] = 2;
        frame[23] = 1;
        // Its loop looks at it when something wakes it: a NIC in memory has no descriptor.
        node.memoryNic(0).send(frame);
        say("dispatch mode vmm");
        await(DropReason.NO_ROUTE, 1);
        String text = say("show stats");
        assertTrue(text.contains("; last 02:00:00:00:00:01 to 02:00:00:00:00:09 from nic g, "), text);
        String json = say("show stats --json");
        assertTrue(
                json.contains(
                        "\"at\":\"nic g\",\"source\":\"02:00:00:00:00:01\",\"destination\":\"02:00:00:00:00:09\"}"),
                json);
    }

    @Test
    void aPeerOfTheOtherFormatIsNoStranger() throws Exception {
        say("link add b 127.0.0.1:" + peer.getLocalPort() + " encap vnet");
        // A kernel VXLAN device sends from any port; a node of the other format from the link's.
        try (DatagramSocket kernel = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
                DatagramSocket stranger = new DatagramSocket(0, InetAddress.getByName("127.0.0.7"))) {
            send(kernel, vxlan);
            await(DropReason.OTHER_FORMAT, 1);
            String text = say("show stats");
            assertTrue(text.contains("; last 127.0.0.1:" + kernel.getLocalPort() + ", "), text);
            send(kernel, version1);
            await(DropReason.UNKNOWN_SENDER, 1);
            send(stranger, vxlan);
            await(DropReason.UNKNOWN_SENDER, 2);
        }
        send(peer, vxlan);
        await(DropReason.OTHER_FORMAT, 2);
        String text = say("show stats");
        assertTrue(text.contains("; last on link b, "), text);
        awaitThat(() -> !said.isEmpty(), "a word");
        for (int i = 0; i < 20; i++) {
            send(peer, vxlan);
        }
        await(DropReason.OTHER_FORMAT, 22);
        assertEquals(
                List.of("link b: its other end sends another wire format than this link's 'encap vnet'; nothing goes"
                        + " through"),
                said);
        say("link del b");
        say("link add c 127.0.0.1:" + peer.getLocalPort() + " encap vxlan");
        send(peer, version1);
        await(DropReason.OTHER_FORMAT, 23);
        awaitThat(() -> said.getLast().startsWith("link c: its other end sends another"), "a word");
    }

    @Test
    void aNodeOfAnOlderReleaseIsToldApartInWords() throws Exception {
        say("link add b 127.0.0.1:" + peer.getLocalPort() + " encap vnet");
        for (int i = 0; i < 20; i++) {
            send(peer, version1);
        }
        await(DropReason.BAD_VERSION, 20);
        String text = say("show stats");
        assertTrue(text.contains("; last version 1 on link b, "), text);
        String json = say("show stats --json");
        assertTrue(json.contains("\"at\":\"link b\",\"version\":1}"), json);
        awaitThat(() -> !said.isEmpty(), "a word");
        assertEquals(
                List.of("link b: its node speaks version 1 of the vnet format, this one version 2: both need the same"
                        + " release; nothing goes through"),
                said);
    }
}
