package org.vnetp.overlay.vhost.frontend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// The driver's side of a ring (virtio 1.2, 2.7 and 2.8). One thread's; nothing here allocates after
/// construction.
///
/// Addresses are offsets in the guest's memory, which begins at a guest-physical address.
public abstract sealed class DriverRing permits SplitDriverRing, PackedDriverRing {
    static final int NEXT = 1;
    static final int WRITE = 2;
    static final int INDIRECT = 4;
    static final int DESCRIPTOR = 16;

    private static final VarHandle ORDERED_SHORT = ValueLayout.JAVA_SHORT.varHandle();

    final MemorySegment memory;
    final long base;
    final int size;
    final boolean eventIdx;
    int usedLength;

    /// @param base guest-physical address of the memory's first byte
    DriverRing(MemorySegment memory, long base, int size, boolean eventIdx) {
        this.memory = memory;
        this.base = base;
        this.size = size;
        this.eventIdx = eventIdx;
    }

    /// Makes a buffer available; the device sees it after [#publish].
    ///
    /// @param offsets  where its parts begin in the guest's memory
    /// @param lengths  their lengths, bytes
    /// @param parts    how many of them
    /// @param writable for the device to write
    /// @param table    where a table of indirect descriptors may be written; 0 for none
    /// @return the buffer's id, or -1 where the ring is full
    public abstract int add(long[] offsets, int[] lengths, int parts, boolean writable, long table);

    /// Lets the device see what was added.
    public abstract void publish();

    /// Whether the device wants to be kicked for what was published since it was asked the last time.
    public abstract boolean wantsKick();

    /// Takes back the next buffer that the device has used.
    ///
    /// @return its id, or -1; [#usedLength] tells what was written
    public abstract int used();

    /// Asks the device to call for the next used buffer, or not to.
    ///
    /// @return whether one is there already, for which it may not
    public abstract boolean wantCalls(boolean wanted);

    /// Buffers that the device has not given back yet.
    public abstract int outstanding();

    /// As GET_VRING_BASE tells for a ring whose buffers all have come back.
    public abstract int position();

    /// Offsets of descriptors, driver area, device area.
    public abstract long[] areas();

    /// Bytes that the device has written to the buffer that [#used] gave.
    public final int usedLength() {
        return usedLength;
    }

    final void describe(long at, long offset, int length, int flags, int rest) {
        memory.set(ValueLayout.JAVA_LONG, at, base + offset);
        memory.set(ValueLayout.JAVA_INT, at + 8, length);
        memory.set(ValueLayout.JAVA_SHORT, at + 12, (short) flags);
        memory.set(ValueLayout.JAVA_SHORT, at + 14, (short) rest);
    }

    final void table(long[] offsets, int[] lengths, int parts, boolean writable, long table, boolean chained) {
        for (int i = 0; i < parts; i++) {
            int flags = (writable ? WRITE : 0) | (chained && i + 1 < parts ? NEXT : 0);
            if (chained) {
                describe(table + (long) i * DESCRIPTOR, offsets[i], lengths[i], flags, i + 1);
            } else {
                describe(table + (long) i * DESCRIPTOR, offsets[i], lengths[i], 0, flags);
            }
        }
    }

    final int u16(long at) {
        return Short.toUnsignedInt(memory.get(ValueLayout.JAVA_SHORT, at));
    }

    final void put16(long at, int value) {
        memory.set(ValueLayout.JAVA_SHORT, at, (short) value);
    }

    final int i32(long at) {
        return memory.get(ValueLayout.JAVA_INT, at);
    }

    final int acquire16(long at) {
        return Short.toUnsignedInt((short) ORDERED_SHORT.getAcquire(memory, at));
    }

    final void release16(long at, int value) {
        ORDERED_SHORT.setRelease(memory, at, (short) value);
    }

    static boolean needsEvent(int event, int now, int before) {
        return (now - event - 1 & 0xFFFF) < (now - before & 0xFFFF);
    }
}
