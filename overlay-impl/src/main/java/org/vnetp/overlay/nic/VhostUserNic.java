package org.vnetp.overlay.nic;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.vnetp.overlay.frame.Announcement;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;
import org.vnetp.overlay.vhost.ReceiveRing;
import org.vnetp.overlay.vhost.SendRing;

/// A virtual machine's NIC as one loop sees it: the rings that the loop serves, in the guest's memory.
///
/// Its descriptor is an epoll of the rings' kick descriptors, so that it stays the same while frontends
/// come and go. While the loop waits for it, whatever has not been taken yet keeps it readable: a kick is
/// taken only where the rings were found empty after the guest was asked to kick again, or else the NIC
/// rings its own bell.
///
/// **Thread:** the loop's; [#serve] runs as a command of it, [#close] after it has the NIC no more.
public final class VhostUserNic implements VirtualNic {
    private static final SendRing[] NO_RINGS = {};

    private final PortCounters counters;
    private final Runnable onBroken;
    private final Posix setUp = new Posix();
    private final int epoll;
    private final Doorbell bell;
    private SendRing[] sends = NO_RINGS;
    private ReceiveRing receive;
    private int current;
    private boolean polled;
    private boolean bellRung;
    private boolean toldBroken;
    // The address of which others are to hear, or 0.
    private long announced;

    /// @param counters of the loop and the port
    /// @param onBroken called where a ring is found broken; must not wait
    public VhostUserNic(PortCounters counters, Runnable onBroken) {
        this.counters = counters;
        this.onBroken = onBroken;
        this.epoll = Posix.check(setUp.epollCreate(), "create an epoll");
        this.bell = new Doorbell(Posix.check(setUp.eventfd(), "create an eventfd"));
        setUp.epollControl(epoll, Posix.EPOLL_CTL_ADD, bell.descriptor(), Posix.EPOLLIN, 0);
    }

    /// Goes over to other rings.
    ///
    /// @param read  rings of the guest's frames that this loop reads
    /// @param write where frames for the guest go; null for nowhere
    public void serve(List<SendRing> read, ReceiveRing write) {
        Posix posix = setUp;
        endWrites(posix);
        for (SendRing ring : sends) {
            if (!read.contains(ring)) {
                counters.add(PortCounter.KICKS, ring.kicks(posix));
                release(posix, ring);
                setUp.epollControl(epoll, Posix.EPOLL_CTL_DEL, ring.descriptor(), 0, 0);
            }
        }
        List<SendRing> before = List.of(sends);
        sends = read.toArray(SendRing[]::new);
        receive = write;
        current = 0;
        toldBroken = false;
        boolean waits = false;
        for (SendRing ring : sends) {
            if (!before.contains(ring)) {
                setUp.epollControl(epoll, Posix.EPOLL_CTL_ADD, ring.descriptor(), Posix.EPOLLIN, 0);
                waits |= ring.wantKicks(!polled);
            }
        }
        if (waits) {
            ringBell(posix);
        }
    }

    @Override
    public boolean readsMemory() {
        return true;
    }

    @Override
    public int read(Posix posix, MemorySegment slab, long offset, int capacity) {
        return lend(posix, slab, offset, capacity, false, null);
    }

    @Override
    public int lend(Posix posix, MemorySegment slab, long offset, int capacity, boolean toGuest, ScatterList rest) {
        int rings = sends.length;
        int from = toGuest ? SendRing.LEND_TO_GUEST : SendRing.LEND_TO_LINK;
        for (int tried = 0; tried < rings; tried++) {
            int length = sends[current].read(slab, offset, capacity, from, rest);
            if (length > 0) {
                if (rest == null || rest.count() == 0) {
                    counters.increment(PortCounter.COPIED_FRAMES);
                }
                return length;
            }
            if (length == SendRing.TOO_LONG) {
                return -Errno.EMSGSIZE;
            }
            if (length == SendRing.BROKEN) {
                tellBroken();
            }
            current = current + 1 == rings ? 0 : current + 1;
        }
        return announced == 0 ? NOTHING : announcement(slab, offset, capacity);
    }

    /// A guest of that address is here now: as soon as it has nothing to send itself, a frame says so.
    public void announce(long mac) {
        announced = mac;
        if (!polled) {
            ringBell(setUp);
        }
    }

    /// Apart, as are all seldom ways.
    private int announcement(MemorySegment slab, long offset, int capacity) {
        long mac = announced;
        announced = 0;
        return Announcement.write(slab, offset, capacity, mac);
    }

    private void tellBroken() {
        if (!toldBroken) {
            toldBroken = true;
            onBroken.run();
        }
    }

    @Override
    public void release(Posix posix) {
        for (SendRing ring : sends) {
            release(posix, ring);
        }
    }

    private void release(Posix posix, SendRing ring) {
        if (ring.release(posix)) {
            counters.increment(PortCounter.CALLS);
        }
        if (polled) {
            ring.keepQuiet();
        }
    }

    @Override
    public boolean rest(Posix posix) {
        if (polled) {
            return false;
        }
        boolean waits = false;
        for (SendRing ring : sends) {
            waits |= ring.wantKicks(true);
        }
        if (waits) {
            return true;
        }
        takeKicks(posix);
        for (SendRing ring : sends) {
            waits |= !ring.empty();
        }
        if (waits) {
            ringBell(posix);
        }
        return waits;
    }

    private void takeKicks(Posix posix) {
        for (SendRing ring : sends) {
            counters.add(PortCounter.KICKS, ring.kicks(posix));
        }
        if (bellRung) {
            bellRung = false;
            bell.taken(posix);
        }
    }

    private void ringBell(Posix posix) {
        bellRung = true;
        bell.ring(posix);
    }

    @Override
    public void polled(Posix posix, boolean on) {
        polled = on;
        boolean waits = false;
        for (SendRing ring : sends) {
            waits |= ring.wantKicks(!on);
        }
        if (on) {
            takeKicks(posix);
        } else if (waits) {
            ringBell(posix);
        }
    }

    @Override
    public int write(Posix posix, ScatterList frame) {
        if (receive == null) {
            return -Errno.ENODEV;
        }
        int written = receive.write(posix, frame);
        if (written == -Errno.EIO) {
            tellBroken();
        }
        return written;
    }

    @Override
    public boolean takes(long front) {
        return receive == null || receive.takes(front);
    }

    @Override
    public void endWrites(Posix posix) {
        if (receive != null && receive.call(posix)) {
            counters.increment(PortCounter.CALLS);
        }
    }

    @Override
    public void callEarly(Posix posix) {
        if (receive != null && receive.callEarly(posix)) {
            counters.increment(PortCounter.CALLS);
            counters.increment(PortCounter.EARLY_CALLS);
        }
    }

    @Override
    public void suspect() {
        boolean broken = false;
        for (SendRing ring : sends) {
            broken |= !ring.checkMemory();
        }
        if (receive != null) {
            broken |= !receive.checkMemory();
        }
        if (broken) {
            tellBroken();
        }
    }

    @Override
    public int descriptor() {
        return epoll;
    }

    @Override
    public void close() {
        setUp.close(epoll);
        bell.close();
    }
}
