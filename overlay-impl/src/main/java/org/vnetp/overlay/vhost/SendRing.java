package org.vnetp.overlay.vhost;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Posix;

/// A ring of frames that a guest sends. One loop's.
///
/// A buffer that was read stays taken until [#release]: the guest may not use it while its bytes are on
/// their way.
public final class SendRing extends GuestRing {
    /// Result of [#read]: the guest has sent nothing.
    public static final int NOTHING = 0;

    /// Result of [#read]: the ring is [#broken].
    public static final int BROKEN = -1;

    /// Result of [#read]: a frame was longer than there is room for, and is gone.
    public static final int TOO_LONG = -2;

    /// Of a frame that stays in the guest's memory, so many bytes are copied.
    public static final int HEAD = 244;

    /// Shorter frames are copied whole on their way to a link: that costs less than another slice in a system call.
    public static final int LEND_TO_LINK = 2048;

    /// The same on their way to another guest of the node, whose ring they are copied to.
    public static final int LEND_TO_GUEST = 512;

    /// Most buffers that can be taken at a time: no visit takes more.
    private static final int MAX_TAKEN = 1024;

    private final int[] ids = new int[MAX_TAKEN];
    private final int[] slots = new int[MAX_TAKEN];
    private int taken;
    private boolean kicksWanted;

    SendRing(Ring ring, int headerLength, Doorbell kick, Doorbell call) {
        super(ring, headerLength, kick, call);
    }

    /// Takes one frame: its header first, 12 bytes whatever the guest's has, checked by nobody yet. A short
    /// frame is copied whole; of a long one the first [#HEAD] bytes are, which hold all headers, so that
    /// the guest cannot change them any more.
    ///
    /// @param from bytes of the shortest frame that stays in the guest's memory
    /// @param rest takes the slices of a long frame that stay in the guest's memory; null: it is copied,
    ///             too
    /// @return bytes read into `slab`, [#NOTHING], [#BROKEN] or [#TOO_LONG]
    public int read(MemorySegment slab, long offset, int capacity, int from, ScatterList rest) {
        if (taken == MAX_TAKEN) {
            return NOTHING;
        }
        int result = ring.take(false);
        if (result != Ring.TAKEN) {
            return result == Ring.EMPTY ? NOTHING : BROKEN;
        }
        Chain chain = ring.chain;
        ids[taken] = chain.id;
        slots[taken] = chain.slots;
        taken++;
        int payload = chain.bytes() - headerLength;
        if (payload > capacity - VirtioNetHeader.LENGTH) {
            return TOO_LONG;
        }
        if (payload <= 0) {
            VirtioNetHeader.clear(slab, offset);
            return VirtioNetHeader.LENGTH;
        }
        int copied = payload;
        if (rest != null && payload >= from && chain.lend(headerLength + HEAD, rest)) {
            copied = HEAD;
        }
        long to = slab.address() + offset;
        if (headerLength == VirtioNetHeader.LENGTH) {
            chain.copyTo(to, 0, VirtioNetHeader.LENGTH + copied);
        } else {
            chain.copyTo(to, 0, headerLength);
            chain.copyTo(to + VirtioNetHeader.LENGTH, headerLength, copied);
        }
        // Only a receiver may be told that a checksum was verified; buffers are counted where they are received.
        int flags = VirtioNetHeader.flags(slab, offset) & VirtioNetHeader.FLAG_NEEDS_CHECKSUM;
        slab.set(ValueLayout.JAVA_BYTE, offset + VirtioNetHeader.FLAGS_FIELD_OFFSET, (byte) flags);
        slab.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset + VirtioNetHeader.BUFFERS_FIELD_OFFSET, (short) 0);
        return VirtioNetHeader.LENGTH + copied;
    }

    /// Whether [#read] would find nothing.
    public boolean empty() {
        return ring.broken() != null || ring.empty();
    }

    /// Gives back all buffers that were read, and wakes the guest if it wants to know.
    ///
    /// @return whether it was woken
    public boolean release(Posix posix) {
        if (taken == 0 || ring.broken() != null) {
            return false;
        }
        for (int i = 0; i < taken; i++) {
            ring.give(ids[i], slots[i], 0);
        }
        taken = 0;
        ring.publish();
        return callIfWanted(posix);
    }

    /// Asks the guest to kick for the next frame, or not to kick any more.
    ///
    /// @return whether a frame already waits for which it may not kick
    public boolean wantKicks(boolean wanted) {
        if (ring.broken() != null) {
            return false;
        }
        kicksWanted = wanted;
        if (wanted) {
            return ring.wantKicks();
        }
        ring.refuseKicks();
        return !ring.empty();
    }

    /// While kicks are unwanted, that has to be said again before the guest's index has gone once around.
    public void keepQuiet() {
        if (!kicksWanted) {
            ring.refuseKicks();
        }
    }
}
