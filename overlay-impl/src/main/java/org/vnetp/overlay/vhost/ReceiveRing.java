package org.vnetp.overlay.vhost;

import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;

/// A ring of buffers for frames that a guest receives. A frame that finds no buffer waits ([Backlog]), and while one
/// does the guest is asked to kick for the next buffer; a frame that finds no room to wait either is dropped.
///
/// One loop's, or several loops' where [#shared] says so.
public final class ReceiveRing extends GuestRing {
    /// Most buffers of a frame: 64 KB in buffers of 64 bytes.
    private static final int MAX_BUFFERS = 1100;

    /// A guest that looks at its ring meanwhile sees so many frames at a time: each time that it is told of one takes
    /// the ring's index from its processor's cache.
    private static final int PUBLISH_FRAMES = 16;

    /// Of [#copyIn]: there was no room, and now there is.
    private static final int AGAIN = Integer.MIN_VALUE;

    private final boolean mergeable;
    private final boolean checksums;
    // By GSO type: whether the guest takes such superframes.
    private final int superframes;
    private final boolean congestion;
    private final int[] ids = new int[MAX_BUFFERS];
    private final int[] slots = new int[MAX_BUFFERS];
    private final int[] written = new int[MAX_BUFFERS];
    private boolean shared;
    private boolean unsaid;
    private int unpublished;
    // Null as long as no frame has had to wait.
    private Backlog waiting;

    // Of those that waited.
    private int lost;

    // Where the copy of a frame stands.
    private int slice;
    private long from;
    private int left;
    // Where the two bytes of the number of buffers are.
    private long buffersLow;
    private long buffersHigh;
    // The same as the guest has them.
    private long buffersLowGuest;
    private long buffersHighGuest;

    /// @param features that the guest has agreed to
    ReceiveRing(Ring ring, long features, Doorbell kick, Doorbell call) {
        super(ring, VirtioFeatures.headerLength(features), kick, call);
        this.mergeable = (features & VirtioFeatures.MRG_RXBUF) != 0;
        this.checksums = (features & VirtioFeatures.GUEST_CSUM) != 0;
        this.superframes = ((features & VirtioFeatures.GUEST_TSO4) != 0 ? 1 << VirtioNetHeader.GSO_TCPV4 : 0)
                | ((features & VirtioFeatures.GUEST_TSO6) != 0 ? 1 << VirtioNetHeader.GSO_TCPV6 : 0);
        this.congestion = (features & VirtioFeatures.GUEST_ECN) != 0;
        ring.refuseKicks();
    }

    /// Several loops write from now on, or one. While none does.
    public void shared(boolean byLoops) {
        shared = byLoops;
    }

    /// Whether the guest has agreed to receive a frame as its header says.
    ///
    /// @param front [VirtioNetHeader#front]
    public boolean takes(long front) {
        int type = VirtioNetHeader.gsoType(front);
        if ((VirtioNetHeader.flags(front) & VirtioNetHeader.FLAG_NEEDS_CHECKSUM) != 0 && !checksums) {
            return false;
        }
        boolean ecn = (type & VirtioNetHeader.GSO_ECN) != 0;
        int plain = type & ~VirtioNetHeader.GSO_ECN;
        return type == VirtioNetHeader.GSO_NONE
                || plain < Integer.SIZE && (superframes & 1 << plain) != 0 && (!ecn || congestion);
    }

    /// Writes one frame, copied once. The guest sees it at [#call] at the latest, which wakes it.
    ///
    /// @param frame virtio_net_hdr first
    /// @return bytes of the frame, or `-errno`: EAGAIN without room, EMSGSIZE where no buffer is long
    ///         enough, EIO once the ring is [#broken]
    public int write(Posix posix, ScatterList frame) {
        if (!shared) {
            return writeAlone(frame);
        }
        lock(posix);
        try {
            return writeAlone(frame);
        } finally {
            ring.unlock();
        }
    }

    private void lock(Posix posix) {
        int spins = 0;
        while (!ring.tryLock()) {
            if (++spins % 64 == 0) {
                posix.yieldCpu();
            }
        }
    }

    private int writeAlone(ScatterList frame) {
        if (waits()) {
            return writeBehind(frame);
        }
        int result = writeNow(frame);
        return result == -Errno.EAGAIN ? hold(frame) : result;
    }

    private boolean waits() {
        return waiting != null && !waiting.isEmpty();
    }

    /// Apart, as are all seldom ways.
    private int writeBehind(ScatterList frame) {
        if (ring.grown()) {
            writeWaiting();
        }
        int result = waits() ? -Errno.EAGAIN : writeNow(frame);
        return result == -Errno.EAGAIN ? hold(frame) : result;
    }

    private int hold(ScatterList frame) {
        if (waiting == null) {
            waiting = new Backlog();
        }
        return waiting.add(frame) ? frame.totalBytes() : -Errno.EAGAIN;
    }

    /// Writes what waits, as far as there are buffers. A frame for which no buffer is long enough is gone.
    private void writeWaiting() {
        while (!waiting.isEmpty()) {
            int result = writeNow(waiting.first());
            if (result == -Errno.EAGAIN) {
                return;
            }
            if (result < 0) {
                lost++;
            }
            waiting.removeFirst();
        }
    }

    private int writeNow(ScatterList frame) {
        int result = copyIn(frame);
        return result == AGAIN ? Math.max(copyIn(frame), -Errno.EAGAIN) : result;
    }

    /// No buffer is left for what remains of a frame: the guest is asked to kick for the next one.
    ///
    /// @return whether there have come enough until it could be asked
    private boolean await(int remains) {
        int came = 0;
        while (ring.wantKicks() && ring.take(true) == Ring.TAKEN) {
            came += ring.chain.bytes();
        }
        return came >= remains;
    }

    private int copyIn(ScatterList frame) {
        int total = frame.totalBytes() - VirtioNetHeader.LENGTH + headerLength;
        slice = 0;
        from = frame.sliceAddress(0);
        left = frame.sliceLength(0);
        int done = 0;
        int buffers = 0;
        ring.mark();
        while (done < total) {
            int result = buffers == MAX_BUFFERS || buffers == 1 && !mergeable ? Ring.BROKEN : ring.take(true);
            if (result != Ring.TAKEN) {
                boolean again = result == Ring.EMPTY && await(total - done);
                ring.untake();
                return result == Ring.EMPTY
                        ? (again ? AGAIN : -Errno.EAGAIN)
                        : ring.broken() != null ? -Errno.EIO : -Errno.EMSGSIZE;
            }
            Chain chain = ring.chain;
            int size = Math.min(chain.bytes(), total - done);
            fill(frame, chain, done, size);
            ids[buffers] = chain.id;
            slots[buffers] = chain.slots;
            written[buffers] = size;
            buffers++;
            done += size;
        }
        if (headerLength == VirtioNetHeader.LENGTH) {
            Memory.put8(buffersLow, buffers);
            Memory.put8(buffersHigh, buffers >>> 8);
            if (ring.log != null) {
                ring.log.mark(buffersLowGuest, 1);
                ring.log.mark(buffersHighGuest, 1);
            }
        }
        for (int i = 0; i < buffers; i++) {
            ring.give(ids[i], slots[i], written[i]);
        }
        unsaid = true;
        if (++unpublished == PUBLISH_FRAMES) {
            publish();
        }
        return frame.totalBytes();
    }

    private void publish() {
        ring.publish();
        unpublished = 0;
    }

    /// Copies the frame's next bytes into a buffer.
    ///
    /// @param done bytes that are in earlier buffers
    private void fill(ScatterList frame, Chain chain, int done, int bytes) {
        int at = done < headerLength ? done : done + VirtioNetHeader.LENGTH - headerLength;
        int wanted = bytes;
        for (int i = 0; wanted > 0; i++) {
            long to = chain.address(i);
            int room = Math.min(chain.length(i), wanted);
            wanted -= room;
            final int size = room;
            final long guest = chain.guest(i) - to;
            while (room > 0) {
                if (left == 0) {
                    slice++;
                    from = frame.sliceAddress(slice);
                    left = frame.sliceLength(slice);
                }
                int part = Math.min(room, left);
                if (at < VirtioNetHeader.LENGTH) {
                    part = header(at, to, guest, part);
                }
                Memory.copy(from, to, part);
                from += part;
                left -= part;
                to += part;
                at += part;
                room -= part;
                if (at == headerLength && headerLength < VirtioNetHeader.LENGTH) {
                    // A guest without mergeable buffers or virtio 1 has no number of buffers in its header.
                    from += VirtioNetHeader.LENGTH - headerLength;
                    left -= VirtioNetHeader.LENGTH - headerLength;
                    at = VirtioNetHeader.LENGTH;
                }
            }
            if (ring.log != null) {
                ring.log.mark(chain.guest(i), size);
            }
        }
    }

    /// Within the header, a step ends where it does, and it is remembered where the number of buffers goes.
    ///
    /// @param guest what an address here is less than the guest's
    private int header(int at, long to, long guest, int part) {
        int step = Math.min(part, headerLength - at);
        int low = VirtioNetHeader.BUFFERS_FIELD_OFFSET;
        if (low >= at && low < at + step) {
            buffersLow = to + low - at;
            buffersLowGuest = buffersLow + guest;
        }
        if (low + 1 >= at && low + 1 < at + step) {
            buffersHigh = to + low + 1 - at;
            buffersHighGuest = buffersHigh + guest;
        }
        return step;
    }

    /// Wakes the guest if frames were written since the last time, and it asked for that.
    ///
    /// @return whether it was woken
    public boolean call(Posix posix) {
        if (!shared) {
            return callAlone(posix);
        }
        lock(posix);
        try {
            return callAlone(posix);
        } finally {
            ring.unlock();
        }
    }

    private boolean callAlone(Posix posix) {
        if (!unsaid) {
            return false;
        }
        unsaid = false;
        publish();
        if (!waits()) {
            ring.refuseKicks();
        }
        return callIfWanted(posix);
    }

    /// Whether frames wait for buffers.
    public boolean hasWaiting() {
        return waits();
    }

    /// Writes frames that wait, as far as the guest has given buffers meanwhile, and wakes it for them.
    ///
    /// @return whether it was woken
    public boolean writeWaiting(Posix posix) {
        if (!waits()) {
            return false;
        }
        lock(posix);
        try {
            if (waits() && ring.grown()) {
                writeWaiting();
            }
            return callAlone(posix);
        } finally {
            ring.unlock();
        }
    }

    /// Frames that were taken by [#write] and that the guest did not get, since the last call: no buffer was long
    /// enough for them, or they waited when the ring was served no more.
    ///
    /// @param ends the ring is served no more
    public int takeLost(boolean ends) {
        int all = lost + (ends && waiting != null ? waiting.clear() : 0);
        lost = 0;
        return all;
    }

    /// Wakes the guest before a frame is there, if it sleeps: it is on its way to look when the frame has
    /// been written.
    ///
    /// @return whether it was woken
    public boolean callEarly(Posix posix) {
        if (shared || unsaid || !ring.idle()) {
            return false;
        }
        return callNow(posix);
    }
}
