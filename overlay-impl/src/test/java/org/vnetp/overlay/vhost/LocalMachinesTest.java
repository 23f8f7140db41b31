package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.OverlayNode;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// Two machines of one node: what one sends stays in its memory until it is in the other's.
class LocalMachinesTest {
    private static final int FRAMES = 40;

    @TempDir
    Path directory;

    private long nowNs;

    private Path path(int port) {
        return directory.resolve(port + ".sock");
    }

    private OverlayNode node() throws Exception {
        OverlayNode node = new OverlayNode("n", OverlayNode.Threading.INVOKER, () -> nowNs, _ -> {});
        for (int port = 0; port < 2; port++) {
            node.openNic(new NodeConfig.Nic(
                    port,
                    "eth" + port,
                    new NicKind.VhostUser(path(port), NicKind.VhostUser.Mode.SERVER, 1),
                    OptionalLong.empty(),
                    OptionalInt.empty()));
        }
        MacPattern any = MacPattern.ANY;
        node.replaceTable(RoutingTable.of(List.of(new Rule(any, any, 0, 1), new Rule(any, any, 1, 0))));
        return node;
    }

    private void step(OverlayNode node, int rounds) {
        for (int i = 0; i < rounds; i++) {
            nowNs += 100_000;
            node.turnVhost(0);
            node.turnVhost(1);
            node.loops().forEach(DispatchLoop::doWork);
        }
    }

    private long copied(OverlayNode node) {
        return node.dispatchReport().machines().getFirst().copied();
    }

    private VhostFrontend guest(OverlayNode node, int port, VhostFrontend.Options options) {
        VhostFrontend guest = new VhostFrontend(options, () -> step(node, 1));
        guest.connect(path(port));
        guest.start();
        guest.receiving(0).refill();
        return guest;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, VirtioFeatures.RING_PACKED, VirtioFeatures.MRG_RXBUF})
    void longFramesAreCopiedOnceAndShortOnesTwice(long features) throws Exception {
        VhostFrontend.Options options = new VhostFrontend.Options(features, 64, 1, 9100, 9100, false, 3, true);
        OverlayNode node = node();
        try (VhostFrontend from = guest(node, 0, options);
                VhostFrontend to = guest(node, 1, options)) {
            Random random = new Random(1);
            // The first shows where they go.
            pass(node, from, to, VhostGuests.frame(random, 1400));
            long before = copied(node);
            for (int i = 0; i < FRAMES; i++) {
                pass(node, from, to, VhostGuests.frame(random, 512 + random.nextInt(8400)));
            }
            assertEquals(before, copied(node), "not copied on their way in");
            for (int i = 0; i < FRAMES; i++) {
                pass(node, from, to, VhostGuests.frame(random, 14 + random.nextInt(490)));
            }
            assertEquals(before + FRAMES, copied(node), "copied on their way in");
            assertEquals(0, node.snapshot().dropsTotal());
        } finally {
            node.close();
        }
    }

    private void pass(OverlayNode node, VhostFrontend from, VhostFrontend to, byte[] frame) {
        assertTrue(from.sending(0).send(frame));
        step(node, 2);
        byte[] got = to.receiving(0).receive();
        assertNotNull(got);
        assertArrayEquals(Arrays.copyOfRange(frame, 12, frame.length), Arrays.copyOfRange(got, 12, got.length));
    }

    /// More than are made visible at a time, and fewer.
    @Test
    void allFramesOfAVisitAreSeen() throws Exception {
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.EVENT_IDX);
        OverlayNode node = node();
        try (VhostFrontend from = guest(node, 0, options);
                VhostFrontend to = guest(node, 1, options)) {
            Random random = new Random(2);
            for (int count : new int[] {1, 15, 16, 17, 33, 64}) {
                to.receiving(0).ring().wantCalls(true);
                for (int i = 0; i < count; i++) {
                    assertTrue(from.sending(0).send(VhostGuests.frame(random, 60)));
                }
                to.receiving(0).calls();
                step(node, 1);
                assertEquals(1, to.receiving(0).calls(), "one call for " + count);
                for (int i = 0; i < count; i++) {
                    assertNotNull(to.receiving(0).receive(), "frame " + i + " of " + count);
                }
            }
        } finally {
            node.close();
        }
    }
}
