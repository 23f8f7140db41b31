package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vnetp.overlay.OverlayNode;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.LocalSocket;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.SharedMemory;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// A hostile frontend and a hostile guest: whatever they say and write, only they lose by it. Seeded; with
/// `-Dvnetp.fuzz=N` so many mutations (a million take two minutes), else a short run; with
/// `-Dvnetp.fuzz.seeds=A,B` from other seeds than 1, 2 and 3, which share the mutations.
class VhostFuzzTest {
    private static final int MUTATIONS = Integer.getInteger("vnetp.fuzz", 15_000);
    private static final long[] SEEDS = Arrays.stream(
                    System.getProperty("vnetp.fuzz.seeds", "1,2,3").split(","))
            .mapToLong(Long::parseLong)
            .toArray();
    private static final int HOSTILE = 0;
    private static final int FIRST = 1;
    private static final int SECOND = 2;
    private static final int MARGIN = 8192;
    private static final int SHARED = 1 << 20;
    private static final byte UNTOUCHED = 0x5A;

    @TempDir
    Path directory;

    private OverlayNode node;
    private long nowNs;

    private Path path(int port) {
        return directory.resolve(port + ".sock");
    }

    private void start() throws Exception {
        node = new OverlayNode("n", OverlayNode.Threading.INVOKER, () -> nowNs, _ -> {});
        for (int port : new int[] {HOSTILE, FIRST, SECOND}) {
            node.openNic(new NodeConfig.Nic(
                    port,
                    "nic" + port,
                    new NicKind.VhostUser(path(port), NicKind.VhostUser.Mode.SERVER, 2),
                    OptionalLong.empty(),
                    OptionalInt.empty()));
        }
        MacPattern any = MacPattern.ANY;
        node.replaceTable(RoutingTable.of(List.of(
                new Rule(any, any, FIRST, SECOND),
                new Rule(any, any, SECOND, FIRST),
                new Rule(any, any, SECOND, HOSTILE),
                new Rule(any, any, HOSTILE, HOSTILE + 99))));
    }

    private void pump() {
        nowNs += 100_000;
        for (int port : new int[] {HOSTILE, FIRST, SECOND}) {
            node.turnVhost(port);
        }
        node.loops().forEach(DispatchLoop::doWork);
    }

    /// What a hostile frontend sends: memory of which the backend is given the middle, descriptors of all
    /// kinds.
    private final class Hostile implements AutoCloseable {
        private final Random random;
        private final Posix posix = new Posix();
        private final int file = SharedMemory.create("hostile", SHARED + 2 * MARGIN, false);
        private final MemorySegment memory = posix.mapShared(file, SHARED + 2 * MARGIN);
        private final int[] bells = new int[4];
        private final int nothing = Posix.check(posix.open("/dev/null", Posix.O_RDWR), "open /dev/null");
        private final MemorySegment message = Arena.ofAuto().allocate(4096, 8);
        private LocalSocket socket;
        private int connections;

        Hostile(long seed) {
            random = new Random(seed);
            memory.fill(UNTOUCHED);
            for (int i = 0; i < bells.length; i++) {
                bells[i] = Posix.check(posix.eventfd(), "create an eventfd");
            }
        }

        private void connect() {
            for (int tries = 0; socket == null; tries++) {
                try {
                    socket = LocalSocket.connect(path(HOSTILE).toString());
                    connections++;
                } catch (PosixException e) {
                    assertTrue(tries < 1000, "the node listens no more: " + e.getMessage());
                }
                pump();
            }
        }

        /// One after the other of what a frontend says to make rings run, with mistakes at a rate.
        void begin(double mistakes) {
            connect();
            say(VhostRequest.GET_FEATURES, VhostFrontend.payload(0), mistakes);
            long features = VhostFrontend.PLAIN
                    | random.nextLong() & VirtioFeatures.OFFERED
                    | (random.nextBoolean() ? VirtioFeatures.RING_PACKED : 0);
            say(
                    VhostRequest.SET_PROTOCOL_FEATURES,
                    VhostFrontend.payload(8).putLong(0, VirtioFeatures.PROTOCOL_OFFERED),
                    mistakes);
            say(VhostRequest.SET_FEATURES, VhostFrontend.payload(8).putLong(0, features), mistakes);
            ByteBuffer table = VhostFrontend.payload(40);
            table.putInt(0, 1);
            table.putLong(8, VhostFrontend.GUEST_BASE);
            table.putLong(16, SHARED);
            table.putLong(24, VhostFrontend.GUEST_BASE);
            table.putLong(32, MARGIN);
            say(VhostRequest.SET_MEM_TABLE, table, mistakes, file);
            for (int ring = 0; ring < 4; ring++) {
                say(VhostRequest.SET_VRING_NUM, pair(ring, 1 << 2 + random.nextInt(6)), mistakes);
                boolean packed = (features & VirtioFeatures.RING_PACKED) != 0;
                say(VhostRequest.SET_VRING_BASE, pair(ring, packed ? 0x8000_8000 : 0), mistakes);
                ByteBuffer addresses = VhostFrontend.payload(40);
                addresses.putInt(0, ring);
                for (int area = 0; area < 3; area++) {
                    addresses.putLong(8 + 8 * area, VhostFrontend.GUEST_BASE + (ring * 4 + area) * 8192L);
                }
                say(VhostRequest.SET_VRING_ADDR, addresses, mistakes);
                say(VhostRequest.SET_VRING_KICK, VhostFrontend.payload(8).putLong(0, ring), mistakes, bells[ring]);
                say(VhostRequest.SET_VRING_CALL, VhostFrontend.payload(8).putLong(0, ring), mistakes, bells[ring]);
                say(VhostRequest.SET_VRING_ENABLE, pair(ring, 1), mistakes);
            }
        }

        private ByteBuffer pair(int ring, int value) {
            return VhostFrontend.payload(8).putInt(0, ring).putInt(4, value);
        }

        /// Says something, or something like it.
        void say(int request, ByteBuffer payload, double mistakes, int... descriptors) {
            if (socket == null) {
                connect();
            }
            int size = payload.capacity();
            int flags = VhostRequest.VERSION | (random.nextBoolean() ? VhostRequest.FLAG_NEED_REPLY : 0);
            int[] given = descriptors;
            int told = size;
            int what = request;
            MemorySegment.copy(payload.array(), 0, message, ValueLayout.JAVA_BYTE, VhostRequest.HEADER_LENGTH, size);
            if (random.nextDouble() < mistakes) {
                switch (random.nextInt(7)) {
                    case 0 -> what = random.nextInt(45);
                    case 1 -> flags = random.nextInt();
                    case 2 -> told = random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(300);
                    case 3 -> given = someDescriptors();
                    default -> {
                        for (int i = 0; i < 1 + random.nextInt(3) && size > 0; i++) {
                            int at = random.nextInt(size);
                            byte value = (byte) (random.nextBoolean() ? random.nextInt() : 0xFF * random.nextInt(2));
                            message.set(ValueLayout.JAVA_BYTE, VhostRequest.HEADER_LENGTH + at, value);
                        }
                    }
                }
            }
            message.set(ValueLayout.JAVA_INT, 0, what);
            message.set(ValueLayout.JAVA_INT, 4, flags);
            message.set(ValueLayout.JAVA_INT, 8, told);
            int length = VhostRequest.HEADER_LENGTH + Math.clamp(told, 0, 1000);
            int sent = socket.send(message, 0, length, given);
            pump();
            // Replies are not read with care; that they pile up is part of it.
            int got = random.nextInt(4) == 0 ? socket.receive(message, 0, 4096) : -Errno.EAGAIN;
            if (sent < 0 && sent != -Errno.EAGAIN || got == 0 || got < 0 && got != -Errno.EAGAIN) {
                hangUp();
            }
        }

        private int[] someDescriptors() {
            int[] some = new int[random.nextInt(random.nextInt(4) == 0 ? 30 : 4)];
            for (int i = 0; i < some.length; i++) {
                some[i] = random.nextBoolean() ? bells[random.nextInt(4)] : random.nextBoolean() ? file : nothing;
            }
            return some;
        }

        void hangUp() {
            if (socket != null) {
                socket.close();
                socket = null;
            }
            pump();
        }

        /// Writes what a guest could into rings, tables and headers: likely values most of the time.
        void scribble() {
            for (int i = 0; i < 1 + random.nextInt(8); i++) {
                long at = MARGIN + (random.nextInt(16) * 8192L + random.nextInt(40) * 2L);
                switch (random.nextInt(6)) {
                    case 0 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) random.nextInt(1 << 9));
                    case 1 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) random.nextInt());
                    case 2 -> memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at & ~7L, random.nextLong());
                    case 3 -> descriptor();
                    default -> available();
                }
            }
        }

        private void descriptor() {
            int ring = random.nextInt(4);
            long at = MARGIN + ring * 4 * 8192L + 16L * random.nextInt(8);
            long address = switch (random.nextInt(6)) {
                case 0 -> random.nextLong();
                case 1 -> VhostFrontend.GUEST_BASE + SHARED - random.nextInt(64);
                case 2 -> VhostFrontend.GUEST_BASE - random.nextInt(64);
                default -> VhostFrontend.GUEST_BASE + random.nextInt(SHARED);
            };
            int length = random.nextInt(8) == 0 ? random.nextInt() : 16 * random.nextInt(200);
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at, address);
            memory.set(ValueLayout.JAVA_INT_UNALIGNED, at + 8, length);
            memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 12, (short)
                    random.nextInt(random.nextInt(8) == 0 ? 65536 : 8));
            int flags =
                    random.nextInt(8) | (random.nextBoolean() ? 1 << 7 : 0) | (random.nextInt(4) == 0 ? 1 << 15 : 0);
            memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 14, (short)
                    (random.nextBoolean() ? flags : random.nextInt(8)));
        }

        private void available() {
            long area = MARGIN + (random.nextInt(4) * 4 + 2) * 8192L;
            memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, area + 2, (short) random.nextInt(12));
            memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, area + 4 + 2 * random.nextInt(8), (short) random.nextInt(9));
        }

        void assertMarginsUntouched() {
            for (int i = 0; i < MARGIN; i++) {
                assertEquals(UNTOUCHED, memory.get(ValueLayout.JAVA_BYTE, i), "byte " + i + " before the region");
                long behind = MARGIN + SHARED + (long) i;
                assertEquals(UNTOUCHED, memory.get(ValueLayout.JAVA_BYTE, behind), "byte " + i + " behind the region");
            }
        }

        @Override
        public void close() {
            hangUp();
            posix.unmap(memory);
            posix.close(file);
            posix.close(nothing);
            for (int bell : bells) {
                posix.close(bell);
            }
        }
    }

    private void assertOthersGoOn(VhostFrontend first, VhostFrontend second, Random random) {
        byte[] frame = VhostGuests.frame(random, 60 + random.nextInt(1400));
        assertTrue(first.sending(0).send(frame));
        pump();
        byte[] got = second.receiving(0).receive();
        assertNotNull(got, "the other guests' frames go on");
        assertArrayEquals(Arrays.copyOfRange(frame, 12, frame.length), Arrays.copyOfRange(got, 12, got.length));
    }

    private static VhostFrontend.Options wellBehaved() {
        return new VhostFrontend.Options(
                VirtioFeatures.MRG_RXBUF | VirtioFeatures.EVENT_IDX, 64, 2, 2048, 2048, false, 1, true);
    }

    static LongStream seeds() {
        return LongStream.of(SEEDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whateverIsSaidAndWrittenOnlyItsAuthorLosesByIt(long seed) throws Exception {
        start();
        try (Hostile hostile = new Hostile(seed);
                VhostFrontend first = new VhostFrontend(wellBehaved(), this::pump);
                VhostFrontend second = new VhostFrontend(wellBehaved(), this::pump)) {
            Random random = new Random(seed);
            first.connect(path(FIRST));
            first.start();
            second.connect(path(SECOND));
            second.start();
            first.receiving(0).refill();
            second.receiving(0).refill();
            int upTimes = 0;
            for (int i = 0; i < MUTATIONS / SEEDS.length; i++) {
                if (i % 40 == 0) {
                    hostile.hangUp();
                    hostile.begin(random.nextInt(3) == 0 ? 0.05 : 0);
                    upTimes += "up".equals(node.describe(config()).get("state")) ? 1 : 0;
                }
                hostile.scribble();
                if (random.nextInt(10) == 0) {
                    hostile.say(1 + random.nextInt(38), VhostFrontend.payload(8 * random.nextInt(6)), 0.5);
                }
                pump();
                // A frame for the hostile guest as well, by its rings as they are.
                second.sending(0).send(VhostGuests.frame(random, 60 + random.nextInt(2000 - 72)));
                pump();
                if (i % 50 == 0) {
                    while (first.receiving(0).receive() != null) {
                        // What the second guest sent.
                    }
                    assertOthersGoOn(first, second, random);
                }
            }
            hostile.assertMarginsUntouched();
            assertTrue(
                    upTimes > MUTATIONS / SEEDS.length / 134,
                    "rings ran " + upTimes + " times only: the fuzzer met nothing");
        } finally {
            node.close();
        }
    }

    private NodeConfig.Nic config() {
        return new NodeConfig.Nic(
                HOSTILE,
                "nic0",
                new NicKind.VhostUser(path(HOSTILE), NicKind.VhostUser.Mode.SERVER, 2),
                OptionalLong.empty(),
                OptionalInt.empty());
    }

    /// Descriptors that change between check and use: another thread writes them while the loop reads.
    @Test
    void descriptorsMayChangeAtAnyTime() throws Exception {
        start();
        try (Hostile hostile = new Hostile(4)) {
            Thread writer = Thread.ofPlatform().start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    hostile.scribble();
                }
            });
            try {
                for (int i = 0; i < MUTATIONS / 100; i++) {
                    hostile.hangUp();
                    hostile.begin(0);
                    for (int j = 0; j < 20; j++) {
                        pump();
                    }
                }
            } finally {
                writer.interrupt();
                writer.join();
            }
            hostile.assertMarginsUntouched();
        } finally {
            node.close();
        }
    }
}
