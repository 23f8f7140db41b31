package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.control.NodeController;
import org.vnetp.overlay.control.StatementParser;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.stats.DropReason;

/// Strangers who send faster than a node looks: what the listening socket had no room for is counted too.
class ListenerDropsTest {
    private static final int MOST = 100_000;
    private static final int BEYOND = 50;

    private static String say(NodeController control, String statement) throws Exception {
        return control.execute(StatementParser.parseAll(statement).getFirst().statement());
    }

    @Test
    void everyDatagramOfAStrangersFloodIsCountedOnce() throws Exception {
        InetAddress here = InetAddress.getByName("127.0.0.1");
        int port;
        try (DatagramSocket free = new DatagramSocket(0, here)) {
            port = free.getLocalPort();
        }
        // Its loops run when they are told to, so that nothing is read meanwhile.
        try (OverlayNode node = new OverlayNode("n", OverlayNode.Threading.INVOKER, System::nanoTime, _ -> {});
                NodeController control = new NodeController(node);
                DatagramSocket stranger = new DatagramSocket(0, here)) {
            say(control, "listen 127.0.0.1:" + port + " network 42");
            node.loops().forEach(DispatchLoop::doWork);
            byte[] bytes = new byte[1400];
            long sent = 0;
            // The kernel drops at once what has no room, within the sender's call.
            while (node.snapshot().drops(DropReason.SOCKET_FULL) < BEYOND && sent < MOST) {
                for (int i = 0; i < BEYOND; i++) {
                    stranger.send(new DatagramPacket(bytes, bytes.length, new InetSocketAddress(here, port)));
                }
                sent += BEYOND;
            }
            long full = node.snapshot().drops(DropReason.SOCKET_FULL);
            assertTrue(full >= BEYOND && full < 2 * BEYOND, full + " of " + sent);
            long read = 0;
            for (int idle = 0; idle < 10; idle++) {
                node.loops().forEach(DispatchLoop::doWork);
                long now = node.snapshot().drops(DropReason.UNKNOWN_SENDER);
                idle = now > read ? 0 : idle;
                read = now;
            }
            assertEquals(sent, read + full);
            assertEquals(full, node.snapshot().drops(DropReason.SOCKET_FULL), "asking again counts nothing again");
            String text = say(control, "show stats");
            assertTrue(text.contains(DropReason.SOCKET_FULL.label() + " " + full + " "), text);
        }
    }
}
