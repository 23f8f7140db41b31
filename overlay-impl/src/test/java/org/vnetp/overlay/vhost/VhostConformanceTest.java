package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vnetp.overlay.OverlayNode;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.posix.LocalSocket;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.vhost.frontend.GuestQueue;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// A guest's driver in Java drives a node's rings: every kind of ring, every order, guests and nodes that
/// go and come.
class VhostConformanceTest {
    private static final long OFFLOADS = VirtioFeatures.CSUM
            | VirtioFeatures.GUEST_CSUM
            | VirtioFeatures.GUEST_TSO4
            | VirtioFeatures.GUEST_TSO6
            | VirtioFeatures.HOST_TSO4
            | VirtioFeatures.HOST_TSO6;

    @TempDir
    Path directory;

    static Stream<VhostFrontend.Options> rings() {
        List<VhostFrontend.Options> all = new ArrayList<>();
        for (long ring : new long[] {0, VirtioFeatures.RING_PACKED}) {
            for (long event : new long[] {0, VirtioFeatures.EVENT_IDX}) {
                for (long merge : new long[] {0, VirtioFeatures.MRG_RXBUF}) {
                    for (boolean indirect : new boolean[] {false, true}) {
                        for (int parts : new int[] {1, 3, 17}) {
                            long features = ring | event | merge | OFFLOADS;
                            all.add(new VhostFrontend.Options(
                                    features | (indirect ? VirtioFeatures.INDIRECT_DESC : 0),
                                    64,
                                    1,
                                    66_000,
                                    merge == 0 ? 66_000 : 1536,
                                    indirect,
                                    parts,
                                    true));
                        }
                    }
                }
            }
        }
        return all.stream();
    }

    private static void assertSame(byte[] sent, byte[] got, int buffers) {
        assertNotNull(got);
        assertArrayEquals(Arrays.copyOfRange(sent, 12, sent.length), Arrays.copyOfRange(got, 12, got.length));
        assertEquals(sent[0], got[0], "flags");
        assertEquals(sent[1], got[1], "gso type");
        assertEquals(buffers, got[10] & 0xFF | (got[11] & 0xFF) << 8, "buffers");
    }

    @ParameterizedTest
    @MethodSource("rings")
    void framesCrossWholeAndInOrder(VhostFrontend.Options options) throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            assertEquals("up", both.state(0));
            Random random = new Random(17);
            boolean merges = (options.features() & VirtioFeatures.MRG_RXBUF) != 0;
            for (int round = 0; round < 60; round++) {
                List<byte[]> sent = new ArrayList<>();
                int count = 1 + random.nextInt(options.indirect() ? 16 : 3);
                for (int i = 0; i < count; i++) {
                    byte[] frame = random.nextInt(8) == 0
                            ? superframe(random, 1000 + random.nextInt(20_000))
                            : VhostGuests.frame(random, 14 + random.nextInt(1400));
                    if (both.guests.getFirst().sending(0).send(frame)) {
                        sent.add(frame);
                    }
                }
                both.step(3);
                for (byte[] frame : sent) {
                    byte[] got = both.guests.get(1).receiving(0).receive();
                    assertSame(frame, got, merges ? (frame.length + 1535) / 1536 : 1);
                }
                assertNull(both.guests.get(1).receiving(0).receive());
            }
            both.guests.getFirst().sending(0).reclaim();
            assertEquals(0, both.guests.getFirst().sending(0).ring().outstanding());
            assertEquals(0, both.nodes.get(0).snapshot().dropsTotal());
            assertEquals(0, both.nodes.get(1).snapshot().dropsTotal());
        }
    }

    /// TCP over IPv4, as a guest's kernel leaves it to be segmented.
    private static byte[] superframe(Random random, int payload) {
        byte[] frame = VhostGuests.frame(random, 14 + 20 + 20 + payload);
        byte[] header = {1, 1, 54, 0, (byte) 0xA8, 5, 34, 0, 16, 0, 0, 0};
        System.arraycopy(header, 0, frame, 0, 12);
        frame[24] = 8;
        frame[25] = 0;
        frame[26] = 0x45;
        frame[28] = (byte) (40 + payload >>> 8);
        frame[29] = (byte) (40 + payload);
        frame[35] = 6;
        frame[12 + 34 + 12] = 0x50;
        return frame;
    }

    @Test
    void aGuestOfThePastHasAShorterHeader() throws Exception {
        // Without VERSION_1 and MRG_RXBUF the header has 10 bytes (virtio 1.2, 5.1.6.1).
        assertEquals(10, VirtioFeatures.headerLength(OFFLOADS));
        assertEquals(12, VirtioFeatures.headerLength(VirtioFeatures.VERSION_1));
    }

    @ParameterizedTest
    @MethodSource("rings")
    void framesThatFindNoBufferWaitForOne(VhostFrontend.Options options) throws Exception {
        boolean merges = (options.features() & VirtioFeatures.MRG_RXBUF) != 0;
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.guestDriven();
            both.start();
            both.turn(3);
            GuestQueue late = both.guests.get(1).receiving(0);
            Random random = new Random(29);
            List<byte[]> sent = new ArrayList<>();
            // More than the ring has buffers for; the guest sleeps, and then looks at one frame after the other.
            for (int i = 0; i < 300; i++) {
                byte[] frame = i % 7 == 0
                        ? superframe(random, 1000 + random.nextInt(20_000))
                        : VhostGuests.frame(random, 14 + random.nextInt(1400));
                assertTrue(both.guests.get(0).sending(0).send(frame));
                sent.add(frame);
                both.turn(2);
            }
            for (byte[] frame : sent) {
                byte[] got = late.receive();
                assertSame(frame, got, merges ? (frame.length + 1535) / 1536 : 1);
                late.refill();
                both.turn(1);
            }
            assertNull(late.receive());
            assertEquals(0, both.nodes.get(1).snapshot().dropsTotal());
        }
    }

    @Test
    void aFullGuestCostsItsOwnFramesOnly() throws Exception {
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF | OFFLOADS);
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.guests.get(0).connect(both.path(0));
            both.guests.get(0).start();
            both.guests.get(1).connect(both.path(1));
            both.guests.get(1).start();
            Random random = new Random(3);
            // A virtio_net_hdr of 12 bytes, 14 + 40 of headers, and a length of 8: 64 of them and one byte more than
            // fits for the 65th.
            int payload = Backlog.BYTES / 64 - 12 - 54 - 8;
            List<byte[]> sent = new ArrayList<>();
            for (int i = 0; i < 69; i++) {
                sent.add(superframe(random, payload));
                assertTrue(both.guests.get(0).sending(0).send(sent.getLast()));
                both.step(3);
                both.guests.get(0).sending(0).reclaim();
            }
            assertEquals(5, both.nodes.get(1).snapshot().drops(DropReason.NIC_FULL));
            GuestQueue late = both.guests.get(1).receiving(0);
            for (int i = 0; i < 64; i++) {
                late.refill();
                both.step(2);
                assertSame(sent.get(i), late.receive(), (sent.get(i).length + 2047) / 2048);
            }
            late.refill();
            byte[] frame = VhostGuests.frame(random, 100);
            both.guests.get(0).sending(0).send(frame);
            both.step(3);
            assertSame(frame, late.receive(), 1);
            assertEquals(5, both.nodes.get(1).snapshot().dropsTotal());
        }
    }

    @Test
    void framesThatWaitWhenTheMachineGoesAreCountedAsDropped() throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF))) {
            both.guests.get(0).connect(both.path(0));
            both.guests.get(0).start();
            both.guests.get(1).connect(both.path(1));
            both.guests.get(1).start();
            for (int i = 0; i < 7; i++) {
                assertTrue(both.guests.get(0).sending(0).send(VhostGuests.frame(new Random(i), 100)));
            }
            both.step(3);
            assertEquals(0, both.nodes.get(1).snapshot().dropsTotal());
            both.guests.get(1).close();
            both.step(3);
            assertEquals(7, both.nodes.get(1).snapshot().drops(DropReason.PORT_DOWN));
        }
    }

    @Test
    void framesForAMachineThatIsNotThereAreDropped() throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(0))) {
            both.guests.get(0).connect(both.path(0));
            both.guests.get(0).start();
            both.guests.get(0).sending(0).send(VhostGuests.frame(new Random(1), 100));
            both.step(3);
            assertEquals("listening", both.state(1));
            assertEquals(1, both.nodes.get(1).snapshot().drops(DropReason.PORT_DOWN));
        }
    }

    @ParameterizedTest
    @MethodSource("rings")
    void ringsGoOnAfterAConnectionWasLost(VhostFrontend.Options options) throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            Random random = new Random(5);
            for (int connection = 0; connection < 4; connection++) {
                for (int i = 0; i < 40; i++) {
                    byte[] frame = VhostGuests.frame(random, 60);
                    assertTrue(both.guests.get(0).sending(0).send(frame));
                    both.step(2);
                    assertSame(frame, both.guests.get(1).receiving(0).receive(), 1);
                }
                VhostFrontend guest = both.guests.get(0);
                guest.disconnect();
                both.step(3);
                assertEquals("listening", both.state(0));
                guest.sending(0).reclaim();
                guest.connect(both.path(0));
                guest.introduce();
                guest.sending(0).baseFromRing();
                if ((options.features() & VirtioFeatures.RING_PACKED) == 0) {
                    guest.receiving(0).base(0);
                } else {
                    guest.receiving(0).base(0x8000_8000);
                }
                guest.hand();
                guest.barrier();
                assertEquals("up", both.state(0));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rings")
    void aGuestBootsAgain(VhostFrontend.Options options) throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            Random random = new Random(6);
            for (int boot = 0; boot < 3; boot++) {
                for (int i = 0; i < 30; i++) {
                    byte[] frame = VhostGuests.frame(random, 200);
                    assertTrue(both.guests.get(0).sending(0).send(frame));
                    both.step(2);
                    assertSame(frame, both.guests.get(1).receiving(0).receive(), 1);
                }
                // As QEMU: stop the rings, ask for their bases, enable them again, hand over fresh ones.
                VhostFrontend guest = both.guests.get(1);
                int position = guest.sending(0).ring().position();
                assertEquals(position, guest.stop(1));
                guest.stop(0);
                assertEquals("connected", both.state(1));
                guest.enable(0, true);
                guest.enable(1, true);
                guest.startDriver();
                guest.barrier();
                guest.receiving(0).refill();
                assertEquals("up", both.state(1));
            }
        }
    }

    @Test
    void ringsRunOnlyWhileEnabledInWhateverOrder() throws Exception {
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.EVENT_IDX);
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            Random random = new Random(7);
            VhostFrontend guest = both.guests.get(0);
            for (int i = 0; i < 20; i++) {
                guest.enable(1, false);
                guest.enable(0, i % 2 == 0);
                guest.barrier();
                byte[] frame = VhostGuests.frame(random, 64);
                guest.sending(0).send(frame);
                both.step(2);
                assertNull(both.guests.get(1).receiving(0).receive());
                guest.enable(1, true);
                guest.barrier();
                both.step(2);
                assertSame(frame, both.guests.get(1).receiving(0).receive(), 1);
            }
        }
    }

    @Test
    void memoryMayBeHandedOverAnewWhileRingsRun() throws Exception {
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF);
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            Random random = new Random(8);
            for (int i = 0; i < 50; i++) {
                byte[] frame = VhostGuests.frame(random, 1000);
                assertTrue(both.guests.get(0).sending(0).send(frame));
                both.guests.get(i % 2).shareMemory();
                both.guests.get(i % 2).barrier();
                both.step(2);
                assertSame(frame, both.guests.get(1).receiving(0).receive(), 1);
            }
        }
    }

    @Test
    void severalQueuesAreServed() throws Exception {
        VhostFrontend.Options options = new VhostFrontend.Options(
                VirtioFeatures.MQ | VirtioFeatures.MRG_RXBUF, 64, 4, 2048, 2048, false, 1, true);
        try (VhostGuests both = new VhostGuests(directory, 4, options)) {
            both.start();
            Random random = new Random(9);
            for (int i = 0; i < 100; i++) {
                byte[] frame = VhostGuests.frame(random, 300);
                assertTrue(both.guests.get(0).sending(i % 4).send(frame));
                both.step(2);
                assertSame(frame, both.guests.get(1).receiving(0).receive(), 1);
            }
        }
    }

    /// Guest-driven: a guest that does not poll is woken for each frame, and wakes the node for each.
    @ParameterizedTest
    @MethodSource("rings")
    void kicksAndCallsAreNeitherLostNorWasted(VhostFrontend.Options options) throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.guestDriven();
            both.start();
            GuestQueue send = both.guests.get(0).sending(0);
            GuestQueue receive = both.guests.get(1).receiving(0);
            both.turn(3);
            send.calls();
            receive.calls();
            Random random = new Random(10);
            for (int i = 0; i < 300; i++) {
                send.ring().wantCalls(false);
                send.reclaim();
                assertFalse(receive.ring().wantCalls(true), "frame " + i);
                long kicks = send.kicks();
                byte[] frame = VhostGuests.frame(random, 64);
                assertTrue(send.send(frame));
                assertEquals(kicks + 1, send.kicks(), "frame " + i + " needs a kick: nobody polls");
                both.turn(2);
                assertTrue(receive.calls() > 0, "frame " + i + " needs a call");
                receive.ring().wantCalls(false);
                assertSame(frame, receive.receive(), 1);
            }
            // While the node polls, no frame kicks; while the guest polls, none calls.
            both.step(1);
            send.calls();
            receive.calls();
            long kicks = send.kicks();
            for (int i = 0; i < 1000; i++) {
                send.ring().wantCalls(false);
                receive.ring().wantCalls(false);
                assertTrue(send.send(VhostGuests.frame(random, 64)), "frame " + i);
                both.step(2);
                assertNotNull(receive.receive());
            }
            assertEquals(kicks, send.kicks());
            assertEquals(0, send.calls() + receive.calls());
        }
    }

    @Test
    void theSocketGoesWithTheNode() throws Exception {
        VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(0));
        Path path = both.path(0);
        assertTrue(Files.exists(path));
        both.close();
        assertFalse(Files.exists(path));
    }

    @Test
    void aSocketThatAKilledNodeLeftIsTakenOver() throws Exception {
        Path path = directory.resolve("n0.sock");
        org.vnetp.overlay.posix.LocalSocket.listen(path.toString()).close();
        assertTrue(Files.exists(path));
        try (VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(0))) {
            both.start();
            assertEquals("up", both.state(0));
        }
    }

    /// A guest whose driver has agreed to neither checksums nor segmentation gets ordinary frames,
    /// finished.
    @Test
    void superframesAreCutForAGuestThatTakesNone() throws Exception {
        VhostFrontend.Options sender = new VhostFrontend.Options(OFFLOADS, 64, 1, 66_000, 2048, false, 3, true);
        VhostFrontend.Options receiver = new VhostFrontend.Options(0, 64, 1, 2048, 2048, false, 1, true);
        try (VhostGuests both = new VhostGuests(directory, 1, sender, receiver)) {
            both.start();
            Random random = new Random(11);
            for (int payload : new int[] {1, 700, 1448, 1449, 20_000, 60_000}) {
                byte[] frame = superframe(random, payload);
                if (payload <= 1448) {
                    frame[1] = 0;
                    frame[4] = 0;
                    frame[5] = 0;
                }
                // The kernel leaves the pseudo header's sum in the field.
                put16(frame, 12 + 34 + 16, sum(frame, 12 + 26, 8, 6 + 20 + payload));
                assertTrue(both.guests.get(0).sending(0).send(frame));
                both.step(3);
                int done = 0;
                while (done < payload) {
                    byte[] piece = both.guests.get(1).receiving(0).receive();
                    assertNotNull(piece, "after " + done + " of " + payload);
                    assertEquals(0, piece[0] | piece[1], "nothing is left to do");
                    int size = piece.length - 12 - 54;
                    assertTrue(size > 0 && size <= 1448, "a piece of " + size);
                    assertArrayEquals(
                            Arrays.copyOfRange(frame, 66 + done, 66 + done + size),
                            Arrays.copyOfRange(piece, 66, piece.length));
                    int tcp = 20 + size;
                    int pseudo = sum(piece, 12 + 26, 8, 6 + tcp);
                    assertEquals(0xFFFF, sum(piece, 12 + 34, tcp, pseudo), "TCP checksum at " + done);
                    done += size;
                }
                assertNull(both.guests.get(1).receiving(0).receive());
            }
        }
    }

    private static int sum(byte[] bytes, int from, int length, int begin) {
        long sum = begin;
        for (int i = 0; i < length; i++) {
            sum += (bytes[from + i] & 0xFF) << (i % 2 == 0 ? 8 : 0);
        }
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (int) sum;
    }

    private static void put16(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    /// The VMM may be the side that listens, and may come later than the node.
    @Test
    void theNodeConnectsWhereTheMachineListens() throws Exception {
        Path path = directory.resolve("vmm.sock");
        OverlayNode node = new OverlayNode("c", OverlayNode.Threading.INVOKER, System::nanoTime, _ -> {});
        NodeConfig.Nic nic = new NodeConfig.Nic(
                0,
                "eth0",
                new NicKind.VhostUser(path, NicKind.VhostUser.Mode.CLIENT, 1),
                OptionalLong.empty(),
                OptionalInt.empty());
        node.openNic(nic);
        node.turnVhost(0);
        try (LocalSocket listening = LocalSocket.listen(path.toString());
                VhostFrontend guest = new VhostFrontend(
                        VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF), () -> node.turnVhost(0))) {
            for (int connection = 0; connection < 3; connection++) {
                LocalSocket accepted = listening.accept();
                while (accepted == null) {
                    node.turnVhost(0);
                    accepted = listening.accept();
                }
                guest.accept(accepted);
                guest.start();
                assertEquals("up", node.describe(nic).get("state"));
                guest.disconnect();
                node.turnVhost(0);
            }
        } finally {
            node.close();
        }
        assertTrue(Files.exists(path), "the socket is the machine's");
    }
}
