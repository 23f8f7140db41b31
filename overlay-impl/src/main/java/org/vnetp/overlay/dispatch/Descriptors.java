package org.vnetp.overlay.dispatch;

import java.util.ArrayList;
import java.util.List;
import org.vnetp.overlay.posix.Epoll;
import org.vnetp.overlay.posix.Posix;

/// What a loop waits for: an epoll and the descriptors in it.
///
/// One that reports without end while nothing can be had from it (an error that no read takes away) would keep the loop
/// awake for ever. After a run of such reports it is out of the epoll for a while, each time for longer: whatever is
/// wrong with it, it costs little, and is found again when it is well. One loop's.
final class Descriptors implements AutoCloseable {
    /// So many reports in a row that yield nothing, all within [#RUN_NS], are not what traffic looks like.
    static final int RUN = 64;

    static final long RUN_NS = 25_000_000L;

    static final long FIRST_PAUSE_NS = 10_000_000L;
    static final long LAST_PAUSE_NS = 100_000_000L;

    private final Posix posix;
    private final Epoll epoll;
    private final List<Watch> paused = new ArrayList<>();

    Descriptors(Posix posix) {
        this.posix = posix;
        this.epoll = new Epoll(posix);
    }

    /// A descriptor in the epoll.
    final class Watch {
        private final int fd;
        private final int data;
        private int interest = Epoll.IN;
        private boolean in;
        private int fruitless;
        private long sinceNs;
        private long pauseNs = FIRST_PAUSE_NS;
        private long untilNs;

        private Watch(int fd, int data) {
            this.fd = fd;
            this.data = data;
        }

        /// The last report of the descriptor yielded something.
        void fruitful() {
            if (fruitless != 0) {
                fruitless = 0;
                pauseNs = FIRST_PAUSE_NS;
            }
        }

        /// The last report of the descriptor yielded nothing.
        void fruitless(long nowNs) {
            if (fruitless == 0) {
                sinceNs = nowNs;
            }
            if (++fruitless < RUN) {
                return;
            }
            if (nowNs - sinceNs < RUN_NS && in) {
                leave();
                untilNs = nowNs + pauseNs;
                pauseNs = Math.min(LAST_PAUSE_NS, 2 * pauseNs);
                paused.add(this);
            }
            // Not 0: only what is fruitful makes the next pause short again.
            fruitless = 1;
            sinceNs = nowNs;
        }

        /// What is to be reported beside errors: [Epoll#IN], [Epoll#OUT], both or neither.
        void interest(int events) {
            interest = events;
            if (in) {
                epoll.change(posix, fd, events, data);
            }
        }

        /// Takes the descriptor out for good.
        void remove() {
            paused.remove(this);
            leave();
        }

        private void leave() {
            if (in) {
                // Errors are reported whatever the interest is, so it has to leave.
                epoll.remove(posix, fd);
                in = false;
            }
        }

        private int enter() {
            int result = epoll.add(posix, fd, interest, data);
            in = result >= 0;
            return result;
        }
    }

    /// Adds a descriptor; one of -1 is never reported.
    ///
    /// @param data what [#data] gives of its events
    /// @param what named where the kernel refuses
    Watch add(int fd, int data, int events, String what) {
        Watch watch = new Watch(fd, data);
        watch.interest = events;
        if (fd >= 0) {
            Posix.check(watch.enter(), "watch " + what);
        }
        return watch;
    }

    /// Waits; see [Epoll#await].
    int await(int timeoutMs) {
        return epoll.await(posix, timeoutMs);
    }

    /// Whose an event of the last wait is.
    int data(int event) {
        return epoll.data(event);
    }

    /// The time-out that lets nothing stay out for longer than it should.
    int timeout(int wantedMs, long nowNs) {
        int timeoutMs = wantedMs;
        for (int i = 0; i < paused.size(); i++) {
            int leftMs = (int) Math.max(1, (paused.get(i).untilNs - nowNs) / 1_000_000);
            timeoutMs = timeoutMs < 0 ? leftMs : Math.min(timeoutMs, leftMs);
        }
        return timeoutMs;
    }

    /// Lets in again what has been out for long enough.
    void resume(long nowNs) {
        for (int i = paused.size() - 1; i >= 0; i--) {
            Watch watch = paused.get(i);
            if (nowNs - watch.untilNs >= 0) {
                paused.remove(i);
                watch.enter();
            }
        }
    }

    boolean anyPaused() {
        return !paused.isEmpty();
    }

    @Override
    public void close() {
        epoll.close();
    }
}
