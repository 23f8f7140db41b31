package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.SharedMemory;
import org.vnetp.overlay.vhost.frontend.GuestQueue;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// What a node does for a guest that its VMM moves to another host: each page that it writes to is marked in the
/// VMM's log, and where the guest has come to, it is announced.
class MigrationLogTest {
    private static final int PAGE = 4096;

    @TempDir
    Path directory;

    static Stream<VhostFrontend.Options> rings() {
        List<VhostFrontend.Options> all = new ArrayList<>();
        for (long ring : new long[] {0, VirtioFeatures.RING_PACKED}) {
            for (long event : new long[] {0, VirtioFeatures.EVENT_IDX}) {
                for (long merge : new long[] {0, VirtioFeatures.MRG_RXBUF}) {
                    for (boolean indirect : new boolean[] {false, true}) {
                        all.add(new VhostFrontend.Options(
                                ring | event | merge | (indirect ? VirtioFeatures.INDIRECT_DESC : 0),
                                64,
                                1,
                                9100,
                                merge == 0 ? 9100 : 1536,
                                indirect,
                                3,
                                true));
                    }
                }
            }
        }
        return all.stream();
    }

    /// Guests only write between the node's rounds, so what a round changes is the node's doing.
    @ParameterizedTest
    @MethodSource("rings")
    void eachPageThatIsWrittenIsMarked(VhostFrontend.Options options) throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, options);
                Arena arena = Arena.ofConfined()) {
            both.start();
            List<MemorySegment> before = new ArrayList<>();
            for (VhostFrontend guest : both.guests) {
                before.add(arena.allocate(guest.memory().byteSize(), PAGE));
                guest.startLog();
                guest.takeWritten();
            }
            Random random = new Random(31);
            int marked = 0;
            for (int round = 0; round < 30; round++) {
                int most = 8; // a log's other pages stay unmarked: rings have some, each frame's buffers two each
                List<byte[]> sent = new ArrayList<>();
                for (int i = 0; i <= random.nextInt(3); i++) {
                    byte[] frame = VhostGuests.frame(random, 60 + random.nextInt(9000));
                    assertTrue(both.guests.getFirst().sending(0).send(frame));
                    sent.add(frame);
                    most += 2 * (frame.length / 1536 + 1) + frame.length / PAGE + 1;
                }
                for (int i = 0; i < 2; i++) {
                    before.get(i).copyFrom(both.guests.get(i).memory());
                }
                both.step(2);
                for (int i = 0; i < 2; i++) {
                    BitSet pages = both.guests.get(i).takeWritten();
                    assertAllMarked(before.get(i), both.guests.get(i).memory(), pages, "round " + round);
                    assertTrue(pages.cardinality() <= most, pages + ": more than " + most + " can have been written");
                    marked += pages.cardinality();
                }
                for (byte[] frame : sent) {
                    byte[] got = both.guests.get(1).receiving(0).receive();
                    assertNotNull(got);
                    assertArrayEquals(tail(frame), tail(got));
                }
            }
            assertTrue(marked > 60, marked + " pages marked");
            // Once it has moved, or not, nothing is marked any more.
            for (VhostFrontend guest : both.guests) {
                guest.stopLog();
                guest.takeWritten();
            }
            byte[] frame = VhostGuests.frame(random, 1000);
            assertTrue(both.guests.getFirst().sending(0).send(frame));
            both.step(2);
            assertArrayEquals(tail(frame), tail(both.guests.get(1).receiving(0).receive()));
            assertTrue(both.guests.get(0).takeWritten().isEmpty());
            assertTrue(both.guests.get(1).takeWritten().isEmpty());
        }
    }

    private static byte[] tail(byte[] frame) {
        return java.util.Arrays.copyOfRange(frame, 12, frame.length);
    }

    private static void assertAllMarked(MemorySegment before, MemorySegment now, BitSet marked, String when) {
        for (long page = 0; page < now.byteSize() / PAGE; page++) {
            MemorySegment a = before.asSlice(page * PAGE, PAGE);
            if (!marked.get((int) page) && a.mismatch(now.asSlice(page * PAGE, PAGE)) >= 0) {
                throw new AssertionError(when + ": page " + page + " was written and is not marked; marked " + marked);
            }
        }
    }

    /// Loops mark pages of one word of the log while the VMM takes marks from it.
    @Test
    void noMarkIsLostBesideOthers() throws Exception {
        int words = 50_000;
        int fd = SharedMemory.create("log", words * 4L, true);
        VarHandle word = ValueLayout.JAVA_INT.varHandle();
        BitSet seen = new BitSet();
        MemorySegment shared = new Posix().mapShared(fd, words * 4L);
        // The log closes its descriptor.
        try (DirtyLog log = DirtyLog.map(fd, words * 4L, 0)) {
            Thread[] markers = new Thread[3];
            for (int i = 0; i < markers.length; i++) {
                int mine = i;
                markers[i] = Thread.ofPlatform().start(() -> {
                    for (long page = mine; page < words * 32L; page += 3) {
                        log.mark(page * PAGE + 17, 8);
                    }
                });
            }
            boolean more = true;
            while (more) {
                more = false;
                for (Thread marker : markers) {
                    more |= marker.isAlive();
                }
                for (int i = 0; i < words; i++) {
                    int bits = (int) word.getAndSet(shared, i * 4L, 0);
                    for (; bits != 0; bits &= bits - 1) {
                        seen.set(i * 32 + Integer.numberOfTrailingZeros(bits));
                    }
                }
            }
        } finally {
            new Posix().unmap(shared);
        }
        assertEquals(words * 32, seen.cardinality());
    }

    @Test
    void aRangeMarksAllItsPagesAndNoOther() throws Exception {
        int fd = SharedMemory.create("log", 8, true);
        MemorySegment shared = new Posix().mapShared(fd, 8);
        try (DirtyLog log = DirtyLog.map(fd, 8, 0)) {
            log.mark(PAGE - 1, 2);
            assertEquals(0b11, shared.get(ValueLayout.JAVA_LONG, 0));
            log.mark(10 * PAGE, 3 * PAGE);
            assertEquals(0b1_1100_0000_0011, shared.get(ValueLayout.JAVA_LONG, 0));
            log.mark(63L * PAGE, 10L * PAGE);
            assertEquals(0x8000_0000_0000_1C03L, shared.get(ValueLayout.JAVA_LONG, 0));
            log.mark(40L * PAGE, 0);
            log.mark(Long.MAX_VALUE - 100, 50);
            log.mark(-PAGE, PAGE);
            assertEquals(0x8000_0000_0000_1C03L, shared.get(ValueLayout.JAVA_LONG, 0));
        } finally {
            new Posix().unmap(shared);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-8, 0", "4096, 8192", "4096, -4096", "8192, 2", "9223372036854775807, 4"})
    void aLogThatCannotBeEndsTheConnection(long bytes, long offset) throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(0))) {
            both.start();
            int fd = SharedMemory.create("log", 8192, true);
            try {
                ByteBuffer where = VhostFrontend.payload(16).putLong(0, bytes).putLong(8, offset);
                assertTrue(both.guests.getFirst().send(VhostRequest.SET_LOG_BASE, false, where, fd));
                both.step(3);
                assertEquals("listening", both.state(0));
                assertTrue(both.said.getLast().contains(" log of "), both.said::toString);
            } finally {
                new Posix().close(fd);
            }
        }
    }

    @Test
    void aGuestThatHasMovedIsAnnounced() throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF))) {
            both.guestDriven();
            both.start();
            both.turn(3);
            GuestQueue receive = both.guests.get(1).receiving(0);
            assertNull(receive.receive());
            both.guests.getFirst().announce(0x02_11_22_33_44_55L);
            both.guests.getFirst().barrier();
            both.turn(3);
            byte[] got = receive.receive();
            assertNotNull(got, "the network hears of it");
            byte[] expected = new byte[60];
            int[] head = {
                0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0x11, 0x22, 0x33, 0x44, 0x55, 0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3
            };
            for (int i = 0; i < head.length; i++) {
                expected[i] = (byte) head[i];
            }
            System.arraycopy(expected, 6, expected, 22, 6);
            System.arraycopy(expected, 6, expected, 32, 6);
            assertArrayEquals(expected, tail(got));
            both.turn(3);
            assertNull(receive.receive(), "once");
        }
    }

    @Test
    void aGroupIsNoGuest() throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(0))) {
            both.start();
            both.guests.getFirst().announce(0x01_00_5E_00_00_01L);
            both.step(3);
            assertEquals("listening", both.state(0));
            assertFalse(both.said.isEmpty());
        }
    }
}
