package org.vnetp.overlay.vhost.frontend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// A packed ring as its driver has it. Buffers come back in order, as this project's device gives them.
public final class PackedDriverRing extends DriverRing {
    private static final int AVAILABLE = 1 << 7;
    private static final int USED = 1 << 15;
    private static final int WRAP = 0x8000;

    private final long ring;
    private final long driverEvent;
    private final long deviceEvent;
    private final int[] slotsOf;
    private int next;
    private boolean nextWrap = true;
    private int freeSlots;
    private int id;
    private long first = -1;
    private int firstFlags;
    private int seen;
    private boolean seenWrap = true;
    private int asked;
    private boolean askedWrap = true;
    private int outstanding;

    /// @param at where the ring lies in the memory; [#bytes] of it
    public PackedDriverRing(MemorySegment memory, long base, long at, int size, boolean eventIdx) {
        super(memory, base, size, eventIdx);
        this.ring = at;
        this.driverEvent = at + (long) DESCRIPTOR * size;
        this.deviceEvent = driverEvent + 4;
        this.slotsOf = new int[size];
        this.freeSlots = size;
        memory.asSlice(at, bytes(size)).fill((byte) 0);
    }

    /// Bytes of a ring.
    public static long bytes(int size) {
        return (long) DESCRIPTOR * size + 8 + 63 & ~63L;
    }

    @Override
    public int add(long[] offsets, int[] lengths, int count, boolean writable, long table) {
        int slots = table == 0 ? count : 1;
        if (slots > freeSlots) {
            return -1;
        }
        int buffer = id;
        id = id + 1 == size ? 0 : id + 1;
        slotsOf[buffer] = slots;
        if (table != 0) {
            table(offsets, lengths, count, writable, table, false);
        }
        for (int i = 0; i < slots; i++) {
            long at = ring + (long) next * DESCRIPTOR;
            int flags = (nextWrap ? AVAILABLE : USED) | (i + 1 < slots ? NEXT : 0) | (writable ? WRITE : 0);
            if (table != 0) {
                flags = flags & ~WRITE | INDIRECT;
            }
            memory.set(ValueLayout.JAVA_LONG, at, base + (table != 0 ? table : offsets[i]));
            memory.set(ValueLayout.JAVA_INT, at + 8, table != 0 ? count * DESCRIPTOR : lengths[i]);
            put16(at + 12, buffer);
            if (first < 0) {
                first = at;
                firstFlags = flags;
            } else {
                release16(at + 14, flags);
            }
            if (++next == size) {
                next = 0;
                nextWrap = !nextWrap;
            }
        }
        freeSlots -= slots;
        outstanding++;
        return buffer;
    }

    @Override
    public void publish() {
        if (first >= 0) {
            release16(first + 14, firstFlags);
            first = -1;
        }
    }

    @Override
    public boolean wantsKick() {
        int before = asked - (askedWrap == nextWrap ? 0 : size);
        boolean nothing = asked == next && askedWrap == nextWrap;
        asked = next;
        askedWrap = nextWrap;
        if (nothing) {
            return false;
        }
        VarHandle.fullFence();
        int event = i32(deviceEvent);
        int flags = event >>> 16 & 3;
        if (flags != 2) {
            return flags == 0;
        }
        int at = (event & WRAP - 1) - ((event & WRAP) != 0 == nextWrap ? 0 : size);
        return needsEvent(at, next, before);
    }

    private boolean isUsed() {
        int flags = acquire16(ring + (long) seen * DESCRIPTOR + 14);
        return (flags & AVAILABLE) != 0 == seenWrap && (flags & USED) != 0 == seenWrap;
    }

    @Override
    public int used() {
        if (outstanding == 0 || !isUsed()) {
            return -1;
        }
        long at = ring + (long) seen * DESCRIPTOR;
        int buffer = u16(at + 12);
        usedLength = i32(at + 8);
        seen += slotsOf[buffer];
        if (seen >= size) {
            seen -= size;
            seenWrap = !seenWrap;
        }
        freeSlots += slotsOf[buffer];
        outstanding--;
        return buffer;
    }

    @Override
    public boolean wantCalls(boolean wanted) {
        if (!wanted) {
            put16(driverEvent + 2, 1);
        } else if (eventIdx) {
            put16(driverEvent, seen | (seenWrap ? WRAP : 0));
            release16(driverEvent + 2, 2);
        } else {
            put16(driverEvent + 2, 0);
        }
        VarHandle.fullFence();
        return outstanding > 0 && isUsed();
    }

    @Override
    public int outstanding() {
        return outstanding;
    }

    @Override
    public int position() {
        int at = next | (nextWrap ? WRAP : 0);
        return at | at << 16;
    }

    @Override
    public long[] areas() {
        return new long[] {ring, driverEvent, deviceEvent};
    }
}
