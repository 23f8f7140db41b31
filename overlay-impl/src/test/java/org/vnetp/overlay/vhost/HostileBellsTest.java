package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.vhost.frontend.GuestQueue;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// A frontend shares the open files of its bells with the node, and may do with them what it likes: fill them, make
/// them wait. No loop may wait for it.
class HostileBellsTest {
    private static final long ALMOST_FULL = 0xFFFF_FFFF_FFFF_FFFEL;
    private static final int PATIENCE_S = 20;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;

    @TempDir
    Path directory;

    private final Posix posix = new Posix();

    /// The next write of 1 waits, until somebody reads.
    private void fill(int eventfd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(8, 8);
            posix.setNonBlocking(eventfd, true);
            posix.read(eventfd, count.address(), 8);
            count.set(ValueLayout.JAVA_LONG, 0, ALMOST_FULL);
            assertEquals(8, posix.write(eventfd, count.address(), 8));
            posix.setNonBlocking(eventfd, false);
        }
    }

    private long count(int eventfd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(8, 8);
            posix.setNonBlocking(eventfd, true);
            assertEquals(8, posix.read(eventfd, count.address(), 8));
            return count.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    private void empty(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            posix.setNonBlocking(descriptor, true);
            MemorySegment some = arena.allocate(65_536, 8);
            while (posix.read(descriptor, some.address(), 65_536) > 0) {
                // Who waits goes on.
            }
        }
    }

    /// Runs the node; where it waits, it is freed so that the test ends.
    private void assertDoesNotWait(Runnable work, int descriptor) throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                thrown.set(e);
            }
        });
        boolean ended = thread.join(java.time.Duration.ofSeconds(PATIENCE_S));
        if (!ended) {
            String where = java.util.Arrays.toString(thread.getStackTrace());
            for (int i = 0; i < 100 && thread.isAlive(); i++) {
                empty(descriptor);
                TimeUnit.MILLISECONDS.sleep(10);
            }
            throw new AssertionError("the node waits for a frontend: " + where);
        }
        if (thrown.get() != null) {
            throw new AssertionError(thrown.get());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, VirtioFeatures.RING_PACKED, VirtioFeatures.EVENT_IDX})
    void aFullCallThatWaitsStopsNoLoop(long features) throws Exception {
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF | features);
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            both.step(2);
            GuestQueue send = both.guests.get(0).sending(0);
            GuestQueue receive = both.guests.get(1).receiving(0);
            Random random = new Random(1);
            for (GuestQueue hostile : new GuestQueue[] {receive, send}) {
                for (int i = 0; i < 3; i++) {
                    send.reclaim();
                    hostile.ring().wantCalls(true);
                    fill(hostile.callDescriptor());
                    assertTrue(send.send(VhostGuests.frame(random, 100)));
                    assertDoesNotWait(() -> both.step(3), hostile.callDescriptor());
                    assertNotNull(receive.receive(), "the frame is there all the same");
                }
                assertEquals(-1L, count(hostile.callDescriptor()), "the count is full, as after a write");
            }
        }
    }

    /// Somebody clears the flag all the time, so that it would not help to set it before each write.
    @Test
    void theFlagMayBeClearedAtAnyTime() throws Exception {
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF);
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            both.step(2);
            GuestQueue send = both.guests.get(0).sending(0);
            GuestQueue receive = both.guests.get(1).receiving(0);
            receive.ring().wantCalls(true);
            int call = receive.callDescriptor();
            fill(call);
            Thread hostile = Thread.ofPlatform().start(() -> {
                Posix own = new Posix();
                while (!Thread.currentThread().isInterrupted()) {
                    own.setNonBlocking(call, false);
                }
            });
            try {
                Random random = new Random(2);
                assertDoesNotWait(
                        () -> {
                            for (int i = 0; i < 2000; i++) {
                                send.send(VhostGuests.frame(random, 100));
                                both.step(1);
                                receive.receive();
                            }
                        },
                        call);
            } finally {
                hostile.interrupt();
                hostile.join();
            }
        }
    }

    @Test
    void aFullErrorDescriptorStopsNoMessage() throws Exception {
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF);
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            GuestQueue send = both.guests.get(0).sending(0);
            fill(send.errorDescriptor());
            int buffer = send.take();
            send.add(buffer, 100);
            // Nothing lies there.
            both.guests
                    .get(0)
                    .memory()
                    .set(ValueLayout.JAVA_LONG_UNALIGNED, send.ring().areas()[0], 0x1L);
            send.ring().publish();
            assertDoesNotWait(() -> both.step(4), send.errorDescriptor());
            assertTrue(
                    both.said.stream().anyMatch(line -> line.contains("outside of the guest's memory")),
                    both.said::toString);
        }
    }

    /// User-Mode Linux's call is a socket, others' may be a pipe; their flags are their makers' too.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFullPipeOrSocketStopsNoLoop(boolean socket) throws Exception {
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF);
        try (VhostGuests both = new VhostGuests(directory, 1, options);
                Arena arena = Arena.ofConfined()) {
            both.start();
            MemorySegment ends = arena.allocate(8, 8);
            assertEquals(0, socket ? posix.socketPair(AF_UNIX, SOCK_STREAM, ends) : posix.pipe(ends));
            int read = ends.get(ValueLayout.JAVA_INT, 0);
            int write = ends.get(ValueLayout.JAVA_INT, 4);
            try {
                assertTrue(both.guests
                        .get(1)
                        .send(
                                VhostRequest.SET_VRING_CALL,
                                false,
                                VhostFrontend.payload(8).putLong(0, 0),
                                write));
                both.guests.get(1).barrier();
                both.step(2);
                GuestQueue send = both.guests.get(0).sending(0);
                GuestQueue receive = both.guests.get(1).receiving(0);
                receive.ring().wantCalls(true);
                empty(read);
                posix.setNonBlocking(read, false);
                Random random = new Random(3);
                assertTrue(send.send(VhostGuests.frame(random, 100)));
                both.step(3);
                assertNotNull(receive.receive());
                posix.setNonBlocking(read, true);
                MemorySegment some = arena.allocate(65_536, 8);
                assertEquals(8, posix.read(read, some.address(), 65_536), "8 bytes are written");
                posix.setNonBlocking(write, true);
                while (posix.write(write, some.address(), 4096) > 0) {
                    // Until it is full.
                }
                posix.setNonBlocking(write, false);
                receive.ring().wantCalls(true);
                assertTrue(send.send(VhostGuests.frame(random, 100)));
                assertDoesNotWait(() -> both.step(3), read);
                assertNotNull(receive.receive());
            } finally {
                posix.close(read);
                posix.close(write);
            }
        }
    }

    /// What else could be handed over may wait for ever, as a file of a file system that its owner serves.
    @ParameterizedTest
    @ValueSource(ints = {VhostRequest.SET_VRING_KICK, VhostRequest.SET_VRING_CALL, VhostRequest.SET_VRING_ERR})
    void whatMayWaitForEverIsNoBell(int request) throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(0))) {
            both.start();
            int other = Posix.check(posix.open("/dev/null", Posix.O_RDWR), "open /dev/null");
            try {
                assertTrue(both.guests
                        .get(0)
                        .send(request, false, VhostFrontend.payload(8).putLong(0, 1), other));
                both.step(2);
                assertEquals("listening", both.state(0));
                assertFalse(both.said.isEmpty());
                assertTrue(both.said.getLast().contains("/dev/null"), both.said::toString);
            } finally {
                posix.close(other);
            }
        }
    }
}
