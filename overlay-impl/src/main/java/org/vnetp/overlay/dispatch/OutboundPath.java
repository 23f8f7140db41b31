package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.OffloadCheck;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.PortCounter;

/// The way out, mirror of [InboundPath]:
///
/// 1. [#drain] visits a guest's NIC and takes up to a batch of frames; each is read once into the slab
/// ([VirtualNic#read]).
/// 2. [#onFrame] checks it and asks for its route; [Ports#cross] hands it to each destination.
/// 3. A destination link's encapsulator describes datagrams whose slices point into the slab.
/// 4. Two superframes are flushed at once, while they are in the cache; small frames gather until
///    the visit ends: one system call sends them all ([Ports#flushAll]).
/// 5. Once nothing is staged the slab is used from its start again.
///
/// The methods stand in the order in which a frame meets them. One loop's; nothing here blocks, allocates or
/// throws.
public final class OutboundPath {
    /// How often a guest's frame may be forwarded from link to link.
    static final int HOPS = 16;

    /// So many bytes staged are sent without waiting for the end of the visit: two superframes,
    /// which still are in the cache.
    private static final int FLUSH_BYTES = 131_072;

    /// So often a visit tries to let the kernel carry flows.
    static final int SETTLINGS = 8;

    private static final int HEADROOM = 64;
    private static final int FRAME_ROOM = HEADROOM + VirtioNetHeader.LENGTH + Frame.MAX_LENGTH;
    private static final int SLAB_LENGTH = 384 * 1024;

    /// Most slices of a frame that stay in its guest's memory; one of more is copied.
    private static final int LENT_SLICES = 64;

    /// So often a visit looks at a NIC again that is not polled: a guest that sends all the time is visited again
    /// anyhow.
    private static final int MAX_RESTS = 4;

    private final Posix posix;
    private final Ports ports;
    private final MemorySegment slab;
    private final Frame frame;
    /// What of the frame at hand lies in its guest's memory, behind what was read.
    private final ScatterList lent;
    private int cursor;
    private int batch;
    private int unsent;
    /// Whose frames are in the slab, or were last; null: nobody's.
    private NicPort lender;

    public OutboundPath(Arena arena, Posix posix, Ports ports, int batch) {
        this.posix = posix;
        this.ports = ports;
        this.slab = arena.allocate(SLAB_LENGTH, 4096);
        this.frame = new Frame(arena, 1 + LENT_SLICES);
        this.lent = new ScatterList(arena, LENT_SLICES);
        this.batch = batch;
    }

    /// Frames taken from a NIC in one visit.
    public void batch(int frames) {
        batch = frames;
    }

    /// Visits one NIC.
    ///
    /// @return frames taken
    public int drain(NicPort port, long nowNs) {
        int frames = visit(port, nowNs);
        if (ports.gated(port.id)) {
            frames += settle(port, nowNs);
        }
        return frames;
    }

    /// Lets the kernel carry flows that it has, as soon as nothing of them is on its way through here. Apart, as all
    /// seldom ways are.
    private int settle(NicPort port, long nowNs) {
        int frames = 0;
        for (int i = 0; i < SETTLINGS && !ports.anyBlocked() && ports.look(port.id, nowNs); i++) {
            int more = visit(port, nowNs);
            ports.open(port.id, more == 0, nowNs);
            frames += more;
        }
        return frames;
    }

    private int visit(NicPort port, long nowNs) {
        if (ports.anyBlocked() && !resume()) {
            return 0;
        }
        lender = port;
        boolean lends = port.memory && ports.takesSlices();
        int frames = 0;
        int rests = 0;
        while (frames < batch) {
            int length = take(port, lends);
            if (length <= 0) {
                if (length == VirtualNic.NOTHING && port.memory && again(port, ++rests)) {
                    continue;
                }
                if (length < 0) {
                    onError(port, length);
                }
                port.expectMore = frames > 1;
                break;
            }
            frames++;
            onFrame(port, length, nowNs);
            if (ports.anyBlocked()) {
                return frames;
            }
            if (!port.expectMore && !port.memory) {
                break;
            }
        }
        send();
        ports.endWrites();
        return frames;
    }

    private int take(NicPort port, boolean lends) {
        int capacity = VirtioNetHeader.LENGTH + Frame.MAX_LENGTH;
        if (port.memory) {
            lent.clear();
            return port.nic.lend(posix, slab, cursor + HEADROOM, capacity, port.toGuest, lends ? lent : null);
        }
        port.counters.increment(PortCounter.CALLS_IN);
        return port.nic.read(posix, slab, cursor + HEADROOM, capacity);
    }

    /// Sends what was read so far, and looks once more at a NIC that is not polled, after it has been told that the
    /// node will wait for it. Apart, as are all seldom ways.
    private boolean again(NicPort port, int rests) {
        send();
        ports.endWrites();
        return !ports.anyBlocked() && port.nic.rest(posix) && rests <= MAX_RESTS;
    }

    private void onError(NicPort port, int result) {
        port.counters.increment(PortCounter.ERRORS);
        if (result == -Errno.EMSGSIZE) {
            port.counters.increment(PortCounter.DROPS_IN);
            ports.drops().increment(DropReason.OVERSIZE);
        } else if (VirtualNic.isGone(result)) {
            port.death = -result;
        }
    }

    private void send() {
        if (unsent > 0) {
            ports.flushAll();
        }
        if (!ports.anyBlocked()) {
            rewind();
        }
    }

    /// Tries again to send what a full link left staged.
    ///
    /// @return true when nothing is left
    boolean resume() {
        ports.flushAll();
        if (ports.anyBlocked()) {
            return false;
        }
        rewind();
        return true;
    }

    private void onFrame(NicPort port, int length, long nowNs) {
        if (length < VirtioNetHeader.LENGTH + EthernetHeader.LENGTH) {
            port.counters.frameIn(0);
            port.counters.increment(PortCounter.DROPS_IN);
            ports.drops().increment(DropReason.RUNT);
            return;
        }
        if (port.memory && !isSound(length)) {
            port.counters.frameIn(length - VirtioNetHeader.LENGTH);
            port.counters.increment(PortCounter.DROPS_IN);
            ports.drops().increment(DropReason.BAD_OFFLOAD);
            return;
        }
        frame.wrap(slab, cursor + HEADROOM, length, HOPS);
        if (port.memory) {
            for (int i = 0; i < lent.count(); i++) {
                frame.slices().addSeparately(lent.sliceAddress(i), lent.sliceLength(i));
            }
        }
        ports.cross(frame, port.id, port.counters, false, nowNs);
        port.toGuest = ports.wentToMachine();
        cursor += HEADROOM + length + 63 & ~63;
        unsent += frame.length();
        if (unsent >= FLUSH_BYTES || cursor + FRAME_ROOM > SLAB_LENGTH) {
            ports.flushAll();
            if (!ports.anyBlocked()) {
                rewind();
            }
        }
    }

    /// Of what a virtual machine wrote itself: a kernel has seen to that of others.
    private boolean isSound(int length) {
        long at = cursor + HEADROOM;
        return !VirtioNetHeader.tunnelled(VirtioNetHeader.gsoType(slab, at))
                && OffloadCheck.accept(slab, at, length, length + lent.totalBytes());
    }

    private void rewind() {
        cursor = 0;
        unsent = 0;
        if (lender != null) {
            lender.nic.release(posix);
        }
    }

    /// A NIC is about to take back what it lent: nothing of it may be sent any more.
    void letGo(NicPort port) {
        if (lender == port) {
            ports.discardAll();
            rewind();
            lender = null;
        }
    }
}
