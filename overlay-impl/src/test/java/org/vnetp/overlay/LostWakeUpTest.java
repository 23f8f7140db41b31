package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.YieldStrategy;
import org.vnetp.overlay.stats.DropReason;

/// A running loop that goes to and fro between polling and blocking misses neither a command nor
/// a datagram.
@Timeout(60)
class LostWakeUpTest {
    private static final int ROUNDS = 3000;
    private static final long PATIENCE_S = 10;

    private static DispatchSettings settings(DispatchMode out, DispatchMode in, YieldStrategy yield) {
        DispatchSettings d = DispatchSettings.DEFAULT;
        return new DispatchSettings(
                out, in, d.alphaL(), d.alphaU(), d.omegaNs(), yield, 10_000_000, 5, d.dispatchers(), d.batch());
    }

    private static <T> T any(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    private static void pause(Random random) {
        // So that the command or datagram meets the loop at any point of its round.
        long until = System.nanoTime() + random.nextInt(60_000);
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    @Test
    void takesEveryCommand() throws Exception {
        Random random = new Random(1);
        try (OverlayNode node = new OverlayNode("stress", OverlayNode.Threading.SHARED, System::nanoTime, _ -> {})) {
            for (int i = 0; i < ROUNDS; i++) {
                CountDownLatch done = new CountDownLatch(1);
                node.loops().getFirst().execute(done::countDown);
                assertTrue(done.await(PATIENCE_S, TimeUnit.SECONDS), "command " + i + " was not taken");
                if (i % 10 == 0) {
                    node.dispatch(settings(
                            any(random, DispatchMode.values()),
                            any(random, DispatchMode.values()),
                            any(random, YieldStrategy.values())));
                }
                pause(random);
            }
        }
    }

    @Test
    void seesEveryDatagramWhileModesChange() throws Exception {
        Random random = new Random(2);
        try (OverlayNode node = new OverlayNode("stress", OverlayNode.Threading.SHARED, System::nanoTime, _ -> {});
                DatagramSocket stranger = new DatagramSocket()) {
            InetAddress loopback = InetAddress.getByName("127.0.0.1");
            int port = freePort();
            node.listen(new NodeConfig.Listening(new Endpoint(loopback, port), 42));
            DatagramPacket packet = new DatagramPacket(new byte[40], 40, loopback, port);
            for (int i = 1; i <= ROUNDS; i++) {
                stranger.send(packet);
                long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
                while (node.snapshot().drops(DropReason.UNKNOWN_SENDER) < i && System.nanoTime() < patience) {
                    Thread.onSpinWait();
                }
                assertEquals(i, node.snapshot().drops(DropReason.UNKNOWN_SENDER), "datagram " + i + " was not seen");
                if (i % 10 == 0) {
                    node.dispatch(settings(
                            any(random, DispatchMode.values()),
                            any(random, DispatchMode.values()),
                            any(random, YieldStrategy.values())));
                }
                pause(random);
            }
        }
    }

    private static int freePort() throws Exception {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
