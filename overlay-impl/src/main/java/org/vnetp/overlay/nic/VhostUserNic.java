package org.vnetp.overlay.nic;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.vnetp.overlay.frame.Announcement;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Epoll;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;
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
    private static final ReceiveRing[] NONE_AWAITED = {};

    private final PortCounters counters;
    private final DropCounters drops;
    private final Runnable onBroken;
    private final Posix setUp = new Posix();
    private final Epoll epoll;
    private final Doorbell bell;
    private SendRing[] sends = NO_RINGS;
    private ReceiveRing receive;
    private ReceiveRing[] awaited = NONE_AWAITED;
    private int current;
    private boolean polled;
    private boolean bellRung;
    private boolean toldBroken;
    // The address of which others are to hear, or 0.
    private long announced;

    /// @param counters of the loop and the port
    /// @param drops    of the loop
    /// @param onBroken called where a ring is found broken; must not wait
    public VhostUserNic(PortCounters counters, DropCounters drops, Runnable onBroken) {
        this.counters = counters;
        this.drops = drops;
        this.onBroken = onBroken;
        this.epoll = new Epoll(setUp);
        this.bell = new Doorbell(Posix.check(setUp.eventfd(), "create an eventfd"));
        epoll.add(setUp, bell.descriptor(), Epoll.IN, 0);
    }

    /// Goes over to other rings.
    ///
    /// @param read  rings of the guest's frames that this loop reads
    /// @param write where frames for the guest go; null for nowhere
    /// @param await rings whose waiting frames this loop writes once there are buffers; each is one loop's
    public void serve(List<SendRing> read, ReceiveRing write, List<ReceiveRing> await) {
        Posix posix = setUp;
        endWrites(posix);
        for (SendRing ring : sends) {
            if (!read.contains(ring)) {
                counters.add(PortCounter.KICKS, ring.kicks(posix));
                release(posix, ring);
                epoll.remove(setUp, ring.descriptor());
            }
        }
        List<SendRing> before = List.of(sends);
        sends = read.toArray(SendRing[]::new);
        receive = write;
        follow(await);
        current = 0;
        toldBroken = false;
        boolean waits = false;
        for (SendRing ring : sends) {
            if (!before.contains(ring)) {
                epoll.add(setUp, ring.descriptor(), Epoll.IN, 0);
                waits |= ring.wantKicks(!polled);
            }
        }
        if (waits) {
            ringBell(posix);
        }
    }

    private void follow(List<ReceiveRing> await) {
        List<ReceiveRing> before = List.of(awaited);
        for (ReceiveRing ring : awaited) {
            if (!await.contains(ring)) {
                epoll.remove(setUp, ring.descriptor());
                count(ring.takeLost(true), DropReason.PORT_DOWN);
            }
        }
        awaited = await.toArray(ReceiveRing[]::new);
        for (ReceiveRing ring : awaited) {
            if (!before.contains(ring)) {
                epoll.add(setUp, ring.descriptor(), Epoll.IN, 0);
            }
        }
    }

    private void count(int lost, DropReason reason) {
        if (lost > 0) {
            counters.add(PortCounter.DROPS_OUT, lost);
            drops.add(reason, lost);
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
            writeWaiting(posix);
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
        writeWaiting(posix);
        if (waits) {
            ringBell(posix);
        }
        return waits;
    }

    /// The guest may have given buffers for frames that wait.
    private void writeWaiting(Posix posix) {
        for (ReceiveRing ring : awaited) {
            if (ring.hasWaiting()) {
                if (ring.writeWaiting(posix)) {
                    counters.increment(PortCounter.CALLS);
                }
                count(ring.takeLost(false), DropReason.NIC_ERROR);
                if (ring.broken() != null) {
                    tellBroken();
                }
            }
        }
    }

    private void takeKicks(Posix posix) {
        long kicks = 0;
        for (SendRing ring : sends) {
            kicks += ring.kicks(posix);
        }
        for (ReceiveRing ring : awaited) {
            // Such kicks are seldom, and asking costs a system call; so what woke the loop is looked for elsewhere
            // first.
            if (ring.hasWaiting() || kicks == 0 && !bellRung) {
                kicks += ring.kicks(posix);
            }
        }
        counters.add(PortCounter.KICKS, kicks);
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
        return epoll.descriptor();
    }

    @Override
    public void close() {
        epoll.close();
        bell.close();
    }
}
