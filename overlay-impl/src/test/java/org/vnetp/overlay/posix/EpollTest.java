package org.vnetp.overlay.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EpollTest {
    private static final int LONG_ENOUGH_MS = 10_000;

    private final Posix posix = new Posix();
    private final Epoll epoll = new Epoll(posix);
    private final int one = Posix.check(posix.eventfd(), "create an eventfd");
    private final int other = Posix.check(posix.eventfd(), "create an eventfd");

    @AfterEach
    void close() {
        epoll.close();
        posix.close(one);
        posix.close(other);
    }

    private void ring(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
            assertEquals(8, posix.write(fd, count.address(), 8));
        }
    }

    @Test
    void anEventTellsWhatItsDescriptorWasAddedWith() {
        assertEquals(0, epoll.add(posix, one, Epoll.IN, 7));
        assertEquals(0, epoll.add(posix, other, Epoll.IN, 1 << 18 | 9));
        assertEquals(0, epoll.await(posix, 0));
        ring(other);
        assertEquals(1, epoll.await(posix, LONG_ENOUGH_MS));
        assertEquals(1 << 18 | 9, epoll.data(0));
        ring(one);
        assertEquals(2, epoll.await(posix, LONG_ENOUGH_MS));
        assertEquals(7 + (1 << 18 | 9), epoll.data(0) + epoll.data(1));
    }

    @Test
    void onlyWhatIsOfInterestIsReported() {
        epoll.add(posix, one, Epoll.IN, 1);
        ring(one);
        epoll.change(posix, one, 0, 1);
        assertEquals(0, epoll.await(posix, 0));
        epoll.change(posix, one, Epoll.OUT, 2);
        assertEquals(1, epoll.await(posix, LONG_ENOUGH_MS), "an eventfd has room");
        assertEquals(2, epoll.data(0));
        epoll.remove(posix, one);
        assertEquals(0, epoll.await(posix, 0));
    }

    @Test
    void refusalsAreTold() {
        assertEquals(-Errno.EBADF, epoll.add(posix, -1, Epoll.IN, 0));
        epoll.add(posix, one, Epoll.IN, 0);
        assertEquals(-Errno.EEXIST, epoll.add(posix, one, Epoll.IN, 0));
    }

    /// As the one of a virtual machine's rings is in the loop's.
    @Test
    void anEpollInAnotherIsReadableWhileItHasEvents() {
        try (Epoll outer = new Epoll(posix)) {
            outer.add(posix, epoll.descriptor(), Epoll.IN, 5);
            epoll.add(posix, one, Epoll.IN, 0);
            assertEquals(0, outer.await(posix, 0));
            ring(one);
            assertEquals(1, outer.await(posix, LONG_ENOUGH_MS));
            assertEquals(5, outer.data(0));
        }
    }
}
