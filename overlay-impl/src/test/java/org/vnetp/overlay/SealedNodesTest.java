package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.seal.KeyFiles;
import org.vnetp.overlay.seal.Suite;
import org.vnetp.overlay.stats.DropReason;

/// What an attacker on the network between two nodes of a sealed link can do: nothing but take datagrams
/// away. Nodes and
/// clock are stepped by hand; the attacker sees, keeps, alters and makes datagrams.
class SealedNodesTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long REKEY_NS = 120 * SECOND_NS;
    private static final byte[] MARKER = "plaintext marker".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @TempDir
    private Path directory;

    private final List<byte[]> captured = new ArrayList<>();
    private final InMemoryLink[] ends = InMemoryLink.pair(1472, true, this::onDatagram);
    private BooleanSupplier dropsDatagram = () -> false;
    private long nowNs = 5 * SECOND_NS;
    private long timeOfDayNs = 1_790_000_000L * SECOND_NS;
    private OverlayNode a;
    private OverlayNode b;
    private int frames;

    private void onDatagram(byte[] datagram, Queue<byte[]> arrived) {
        captured.add(datagram.clone());
        if (!dropsDatagram.getAsBoolean()) {
            arrived.add(datagram);
        }
    }

    @BeforeEach
    void open() throws Exception {
        String keyA = KeyFiles.create(directory.resolve("a.key")).publicText();
        String keyB = KeyFiles.create(directory.resolve("b.key")).publicText();
        a = node("a", ends[0], seal("a", keyB, Suite.AES_128_GCM));
        b = node("b", ends[1], seal("b", keyA, Suite.AES_128_GCM));
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    private Optional<NodeConfig.Seal> seal(String name, String peer, Suite suite) {
        return Optional.of(new NodeConfig.Seal(directory.resolve(name + ".key"), peer, suite, REKEY_NS));
    }

    private String publicKey(String name) throws Exception {
        return KeyFiles.read(directory.resolve(name + ".key")).publicText();
    }

    private OverlayNode node(String name, InMemoryLink end, Optional<NodeConfig.Seal> seal) throws Exception {
        return SteppedNode.open(name, () -> nowNs, timeOfDayNs, end, Statement.Encapsulation.VNET, seal);
    }

    private void pass(long ns) {
        nowNs += ns;
        timeOfDayNs += ns;
    }

    private void step() {
        for (int i = 0; i < 10; i++) {
            pass(1_000_000);
            for (OverlayNode node : List.of(a, b)) {
                node.attend();
                node.loops().forEach(DispatchLoop::doWork);
            }
        }
    }

    private byte[] frame(int length) {
        byte[] frame = new byte[12 + length];
        frame[12] = 2;
        frame[18] = 4;
        for (int at = 40; at + MARKER.length < frame.length; at += 64) {
            System.arraycopy(MARKER, 0, frame, at, MARKER.length);
        }
        frame[12 + 28] = (byte) ++frames;
        return frame;
    }

    /// Sends a frame from a to b; tells whether it came out as it was.
    private boolean crosses(int length) {
        byte[] frame = frame(length);
        a.memoryNic(SteppedNode.NIC).send(frame);
        step();
        byte[] got = b.memoryNic(SteppedNode.NIC).received();
        assertTrue(got == null || same(frame, got), "altered");
        return got != null;
    }

    /// Whether the Ethernet frames are the same; of the virtio_net_hdr the receiver sets a field anew.
    private static boolean same(byte[] one, byte[] other) {
        return other != null && Arrays.equals(one, 12, one.length, other, 12, other.length);
    }

    private static long drops(OverlayNode node, DropReason reason) {
        return node.snapshot().drops(reason);
    }

    private Object shown(OverlayNode node, String what) throws Exception {
        Endpoint nowhere = new Endpoint(InetAddress.getByName("192.0.2.1"), 4789);
        return node.describe(new NodeConfig.Link(
                        SteppedNode.LINK,
                        SteppedNode.LINK,
                        "link",
                        nowhere,
                        Statement.Encapsulation.VNET,
                        OptionalInt.empty()))
                .get(what);
    }

    /// The sealed datagrams with frames in them, from a, of those captured since.
    private List<byte[]> data(int since) {
        return captured.subList(since, captured.size()).stream()
                .filter(each -> each[0] >> 4 == 3 && (each[0] & 8) == 0)
                .toList();
    }

    private static boolean contains(byte[] bytes, byte[] part) {
        for (int at = 0; at + part.length <= bytes.length; at++) {
            if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    private void assertNothingCame(OverlayNode node, String what) {
        assertNull(node.memoryNic(SteppedNode.NIC).received(), what);
    }

    // --- what a link is for ---

    @Test
    void framesOfAllSizesCrossAndNoneCanBeRead() throws Exception {
        step();
        for (int length : new int[] {60, 61, 98, 380, 400, 1400, 1418, 1419, 2800, 9000, 20_000, 60_000}) {
            assertTrue(crosses(length), length + " bytes");
        }
        // Small ones share datagrams.
        for (int i = 0; i < 40; i++) {
            a.memoryNic(SteppedNode.NIC).send(frame(60 + 3 * i));
        }
        step();
        for (int i = 0; i < 40; i++) {
            byte[] got = b.memoryNic(SteppedNode.NIC).received();
            assertEquals(12 + 60 + 3 * i, got.length);
        }
        captured.forEach(datagram -> assertFalse(contains(datagram, MARKER)));
        assertEquals(0, a.snapshot().dropsTotal() + b.snapshot().dropsTotal());
        assertEquals("aes-128-gcm", shown(a, "sealed"));
        assertEquals(1L, shown(a, "generation"));
    }

    @Test
    void everySuiteWorksAndTheyDoNotMix() throws Exception {
        for (Suite suite : Suite.values()) {
            a.close();
            b.close();
            a = node("a", ends[0], seal("a", publicKey("b"), suite));
            b = node("b", ends[1], seal("b", publicKey("a"), suite));
            step();
            assertTrue(crosses(3000), suite.label());
            assertTrue(crosses(100), suite.label());
        }
        a.close();
        a = node("a", ends[0], seal("a", publicKey("b"), Suite.AES_256_GCM));
        step();
        assertFalse(crosses(100));
        assertEquals(1, drops(a, DropReason.NO_KEYS));
        assertEquals("no keys", shown(a, "sealed"));
    }

    @Test
    void keysAreReplacedAndNoFrameIsLostOverIt() throws Exception {
        step();
        long generation = 1;
        for (int i = 0; i < 900; i++) {
            assertTrue(crosses(60 + i * 3), "frame " + i);
            pass(SECOND_NS);
        }
        generation = (Long) shown(a, "generation");
        assertTrue(generation >= 7, "generations " + generation);
        assertEquals(0, a.snapshot().dropsTotal() + b.snapshot().dropsTotal());
    }

    @Test
    void eitherMayStartAnewAtAnyTime() throws Exception {
        step();
        for (int restart = 0; restart < 20; restart++) {
            assertTrue(crosses(500));
            // Two handshakes of one peer are so far apart, or the second has to be tried again.
            pass(SECOND_NS);
            if (restart % 2 == 0) {
                a.close();
                a = node("a", ends[0], seal("a", publicKey("b"), Suite.AES_128_GCM));
            } else {
                b.close();
                b = node("b", ends[1], seal("b", publicKey("a"), Suite.AES_128_GCM));
            }
            pass(restart * 7 * SECOND_NS);
            step();
            assertTrue(crosses(700), "restart " + restart);
        }
    }

    @Test
    void aClockThatWasSetBackCostsSomeSeconds() throws Exception {
        step();
        assertTrue(crosses(100));
        for (int i = 0; i < 4; i++) {
            boolean first = i % 2 == 0;
            timeOfDayNs -= 3600 * SECOND_NS;
            if (first) {
                a.close();
                a = node("a", ends[0], seal("a", publicKey("b"), Suite.AES_128_GCM));
            } else {
                b.close();
                b = node("b", ends[1], seal("b", publicKey("a"), Suite.AES_128_GCM));
            }
            for (int s = 0; s < 30; s++) {
                pass(SECOND_NS);
                step();
            }
            assertTrue(crosses(100), "restart " + i);
        }
    }

    @Test
    void lossDelaysKeysAndNothingElse() throws Exception {
        int[] count = {0};
        dropsDatagram = () -> count[0]++ % 3 != 2;
        for (int i = 0; i < 60; i++) {
            pass(SECOND_NS / 4);
            step();
        }
        dropsDatagram = () -> false;
        for (int i = 0; i < 8; i++) {
            pass(SECOND_NS);
            step();
        }
        assertTrue(crosses(3000));
    }

    @Test
    void keysEndWhenTheOtherNodeIsGone() throws Exception {
        step();
        assertTrue(crosses(100));
        dropsDatagram = () -> true;
        for (int i = 0; i < 170; i++) {
            pass(SECOND_NS);
            step();
        }
        assertFalse(crosses(100));
        long before = captured.size();
        pass(20 * SECOND_NS);
        step();
        a.memoryNic(SteppedNode.NIC).send(frame(100));
        step();
        assertEquals(1, drops(a, DropReason.NO_KEYS));
        assertEquals("no keys", shown(a, "sealed"));
        assertTrue(captured.size() - before <= 4, "attempts only");
        dropsDatagram = () -> false;
        for (int i = 0; i < 8; i++) {
            pass(SECOND_NS);
            step();
        }
        assertTrue(crosses(100));
    }

    // --- what an attacker tries ---

    @Test
    void everyFlippedBitIsFoundAndMovesNothing() {
        step();
        int since = captured.size();
        dropsDatagram = () -> true;
        byte[] frame = frame(100);
        a.memoryNic(SteppedNode.NIC).send(frame);
        step();
        dropsDatagram = () -> false;
        byte[] datagram = data(since).getFirst();
        long before = b.snapshot().dropsTotal();
        for (int bit = 0; bit < datagram.length * 8; bit++) {
            byte[] altered = datagram.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            ends[1].arrive(altered);
            b.loops().forEach(DispatchLoop::doWork);
            assertNothingCame(b, "bit " + bit);
        }
        assertEquals(before + datagram.length * 8L, b.snapshot().dropsTotal());
        assertTrue(drops(b, DropReason.FORGED) > 100L * 8);
        // The number was not used up by the forgeries.
        ends[1].arrive(datagram);
        step();
        assertTrue(same(frame, b.memoryNic(SteppedNode.NIC).received()));
        assertTrue(crosses(2000));
    }

    @Test
    void forgedChunksBetweenTheOthersDoNotHurtThem() {
        step();
        for (int i = 0; i < 20; i++) {
            int since = captured.size();
            dropsDatagram = () -> true;
            byte[] frame = frame(20_000);
            a.memoryNic(SteppedNode.NIC).send(frame);
            step();
            dropsDatagram = () -> false;
            List<byte[]> chunks = new ArrayList<>(data(since));
            byte[] forged = chunks.get(i % chunks.size()).clone();
            forged[forged.length - 20] ^= 1;
            chunks.add(i % chunks.size(), forged);
            byte[] strange = chunks.getFirst().clone();
            strange[0] = 0x23;
            chunks.add(3, strange);
            chunks.forEach(ends[1]::arrive);
            step();
            assertTrue(same(frame, b.memoryNic(SteppedNode.NIC).received()), "frame " + i);
        }
        assertEquals(20, drops(b, DropReason.FORGED));
        assertEquals(20, drops(b, DropReason.UNSEALED));
    }

    @Test
    void nothingIsTakenTwiceWhereverItIsReplayed() throws Exception {
        step();
        List<byte[]> seen = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int since = captured.size();
            assertTrue(crosses(100));
            seen.addAll(data(since));
        }
        for (byte[] datagram : seen) {
            ends[1].arrive(datagram.clone());
        }
        step();
        assertEquals(300, drops(b, DropReason.REPLAYED));
        assertNothingCame(b, "within the window");
        // Past the window, and so often that a plain link would believe that its peer had started anew.
        for (int i = 0; i < 9000; i++) {
            a.memoryNic(SteppedNode.NIC).send(frame(1000));
            if (i % 50 == 0) {
                step();
            }
        }
        step();
        while (b.memoryNic(SteppedNode.NIC).received() != null) {}
        for (int i = 0; i < 100; i++) {
            ends[1].arrive(seen.get(i).clone());
        }
        step();
        assertEquals(400, drops(b, DropReason.REPLAYED));
        // Past the keys.
        long generation = (Long) shown(b, "generation");
        for (int i = 0; i < 4; i++) {
            pass(REKEY_NS + 16 * SECOND_NS);
            step();
            step();
        }
        assertTrue((Long) shown(b, "generation") > generation);
        seen.forEach(datagram -> ends[1].arrive(datagram.clone()));
        step();
        assertNothingCame(b, "past the keys");
        // Past a restart, whose keys may have the same number.
        pass(SECOND_NS);
        b.close();
        b = node("b", ends[1], seal("b", publicKey("a"), Suite.AES_128_GCM));
        step();
        assertTrue(crosses(100));
        seen.forEach(datagram -> ends[1].arrive(datagram.clone()));
        step();
        assertNothingCame(b, "past a restart");
        // Back to its sender.
        seen.forEach(datagram -> ends[0].arrive(datagram.clone()));
        step();
        assertNothingCame(a, "reflected");
        // To another lane of the same keys.
        int since = captured.size();
        assertTrue(crosses(100));
        byte[] lane = data(since).getFirst().clone();
        lane[6] ^= 1;
        ends[1].arrive(lane);
        step();
        assertNothingCame(b, "another lane");
        assertTrue(crosses(100));
    }

    @Test
    void handshakesFromThePastAndForgedOnesGetNoAnswer() {
        step();
        assertTrue(crosses(100));
        List<byte[]> handshakes = captured.stream()
                .filter(each -> each[0] == 0x38)
                .map(byte[]::clone)
                .toList();
        assertTrue(handshakes.size() >= 3, "handshakes " + handshakes.size());
        int before = captured.size();
        for (byte[] handshake : handshakes) {
            for (InMemoryLink end : ends) {
                end.arrive(handshake.clone());
                byte[] later = handshake.clone();
                later[9] += 1;
                end.arrive(later);
                byte[] altered = handshake.clone();
                altered[500 % altered.length] ^= 4;
                end.arrive(altered);
                byte[] shorter = Arrays.copyOf(handshake, handshake.length - 1);
                end.arrive(shorter);
            }
        }
        step();
        assertEquals(before, captured.size(), "nobody answered");
        assertTrue(drops(a, DropReason.REPLAYED) + drops(a, DropReason.FORGED) >= 3);
        assertTrue(crosses(100));
    }

    /// Half-open handshakes: what the peer's own recorded first messages, kept from it, can bring about.
    @Test
    void halfOpenHandshakesDoNotTouchTheKeysInForce() throws Exception {
        step();
        assertTrue(crosses(100));
        long generation = (Long) shown(b, "generation");
        // a's attempts at new keys reach b; b's answers do not reach a.
        int[] lengths = {0};
        for (int i = 0; i < 40; i++) {
            pass(4 * SECOND_NS);
            int since = captured.size();
            dropsDatagram = () -> {
                byte[] last = captured.getLast();
                return last[0] == 0x38 && (last[6] & 7) == 2;
            };
            step();
            lengths[0] += captured.size() - since;
            dropsDatagram = () -> false;
            if (i < 38) {
                assertTrue(crosses(100), "after " + 4 * i + " s");
            }
        }
        assertTrue(lengths[0] > 0);
        assertNotEquals(null, shown(b, "sealed"));
        assertTrue((Long) shown(b, "generation") >= generation);
    }

    @Test
    void aFloodOfForgedDatagramsIsCountedAndTheStreamLives() {
        step();
        int since = captured.size();
        assertTrue(crosses(1000));
        byte[] model = data(since).getFirst();
        java.util.Random random = new java.util.Random(7);
        for (int i = 0; i < 50; i++) {
            for (int k = 0; k < 200; k++) {
                byte[] forged = model.clone();
                if (k % 2 == 0) {
                    random.nextBytes(forged);
                    forged[0] = 0x32;
                    forged[1] = forged[2] = forged[3] = 0;
                } else {
                    ByteBuffer.wrap(forged).putLong(8, ByteBuffer.wrap(forged).getLong(8) + 512L * (1000 + k));
                    forged[40] ^= 1;
                }
                ends[1].arrive(forged);
            }
            assertTrue(crosses(3000), "round " + i);
        }
        assertTrue(
                drops(b, DropReason.FORGED) + drops(b, DropReason.OTHER_KEYS) + drops(b, DropReason.REPLAYED) >= 9_900);
    }

    // --- no downgrade ---

    @Test
    void aPlainEndAndASealedOneExchangeNothing() throws Exception {
        a.close();
        a = node("a", ends[0], Optional.empty());
        step();
        assertFalse(crosses(100));
        assertEquals(1, drops(b, DropReason.UNSEALED));
        byte[] frame = frame(100);
        b.memoryNic(SteppedNode.NIC).send(frame);
        step();
        assertNothingCame(a, "from the sealed end");
        assertTrue(drops(a, DropReason.BAD_VERSION) > 0);
    }

    @Test
    void anotherNodesKeyIsNoKey() throws Exception {
        KeyFiles.create(directory.resolve("c.key"));
        a.close();
        a = node("a", ends[0], seal("c", publicKey("b"), Suite.AES_128_GCM));
        for (int i = 0; i < 5; i++) {
            pass(2 * SECOND_NS);
            step();
        }
        assertFalse(crosses(100));
        assertTrue(drops(b, DropReason.FORGED) > 0);
        assertEquals("no keys", shown(b, "sealed"));
    }
}
