package org.vnetp.overlay.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The receive slab of one loop: slots of 64 KB, each taking one message, and what the last receive put where.
///
/// While nobody holds slices of it the slab is used from its first slot on, so that the same few
/// pages stay in the cache.
public final class ReceiveBatch {
    /// Most bytes of one message: what UDP_GRO may merge.
    public static final int SLOT_LENGTH = 65_536;

    /// Room before each slot's first byte.
    public static final int HEADROOM = 64;

    /// Distance of two slots; no power of two, so that their first bytes do not share cache sets.
    private static final int STRIDE = SLOT_LENGTH + 4096 + 2 * HEADROOM;

    private final MemorySegment slab;
    private final int slots;
    private final int[] length;
    private final int[] segmentSize;
    private final int[] ecn;
    private final long[] offset;
    private int next;
    private int first;
    private int count;

    public ReceiveBatch(Arena arena, int slots) {
        this.slab = arena.allocate((long) slots * STRIDE, 4096);
        this.slots = slots;
        this.length = new int[slots];
        this.segmentSize = new int[slots];
        this.ecn = new int[slots];
        this.offset = new long[slots];
    }

    public MemorySegment slab() {
        return slab;
    }

    public int slots() {
        return slots;
    }

    /// The first free slot; slots from here to [#slots] are free.
    public int next() {
        return next;
    }

    /// Frees all slots: nobody needs what was received before.
    public void reset() {
        next = 0;
    }

    public long slotOffset(int slot) {
        return (long) slot * STRIDE + HEADROOM;
    }

    /// Called by the link before it stores the messages of one receive.
    public void begin() {
        first = next;
        count = 0;
    }

    /// Called by the link for each message, which lies in slot [#next].
    ///
    /// @param messageSegmentSize size of the merged datagrams; the message's length where there is but one;
    ///         0 length for one refused
    /// @param messageEcn what the outer header said about congestion ([org.vnetp.overlay.frame.Ecn])
    public void received(int messageLength, int messageSegmentSize, int messageEcn) {
        receivedAt(slotOffset(next), messageLength, messageSegmentSize, messageEcn);
    }

    /// The same by a link that has posted slots ahead and gives them in turn, whichever [#next] is.
    ///
    /// @param messageOffset where it lies in the slab
    void receivedAt(long messageOffset, int messageLength, int messageSegmentSize, int messageEcn) {
        offset[next] = messageOffset;
        length[next] = messageLength;
        segmentSize[next] = messageSegmentSize;
        ecn[next] = messageEcn;
        next++;
        count++;
    }

    /// Messages of the last receive.
    public int count() {
        return count;
    }

    /// Offset in the slab of message `index` of the last receive.
    public long offset(int index) {
        return offset[first + index];
    }

    public int length(int index) {
        return length[first + index];
    }

    public int segmentSize(int index) {
        return segmentSize[first + index];
    }

    public int ecn(int index) {
        return ecn[first + index];
    }
}
