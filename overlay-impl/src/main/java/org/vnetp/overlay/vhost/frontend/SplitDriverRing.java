package org.vnetp.overlay.vhost.frontend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// A split ring as its driver has it.
public final class SplitDriverRing extends DriverRing {
    private static final int FAR_BEHIND = 0x8000;

    private final long descriptors;
    private final long available;
    private final long usedRing;
    private final int[] next;
    private final int[] parts;
    private int free;
    private int freeCount;
    private int added;
    private int published;
    private int asked;
    private int seen;
    private int outstanding;

    /// @param at where the ring lies in the memory; [#bytes] of it
    public SplitDriverRing(MemorySegment memory, long base, long at, int size, boolean eventIdx) {
        super(memory, base, size, eventIdx);
        this.descriptors = at;
        this.available = at + (long) DESCRIPTOR * size;
        this.usedRing = available + 6 + 2L * size + 3 & ~3L;
        this.next = new int[size];
        this.parts = new int[size];
        for (int i = 0; i < size; i++) {
            next[i] = i + 1;
        }
        this.freeCount = size;
        memory.asSlice(at, bytes(size)).fill((byte) 0);
    }

    /// Bytes of a ring.
    public static long bytes(int size) {
        return (long) DESCRIPTOR * size + 6 + 2L * size + 4 + 6 + 8L * size + 63 & ~63L;
    }

    @Override
    public int add(long[] offsets, int[] lengths, int count, boolean writable, long table) {
        int slots = table == 0 ? count : 1;
        if (slots > freeCount) {
            return -1;
        }
        int head = free;
        if (table == 0) {
            int at = head;
            for (int i = 0; i < count; i++) {
                int flags = (writable ? WRITE : 0) | (i + 1 < count ? NEXT : 0);
                describe(descriptors + (long) at * DESCRIPTOR, offsets[i], lengths[i], flags, next[at]);
                at = next[at];
            }
            free = at;
        } else {
            table(offsets, lengths, count, writable, table, true);
            describe(descriptors + (long) head * DESCRIPTOR, table, count * DESCRIPTOR, INDIRECT, 0);
            free = next[head];
        }
        freeCount -= slots;
        parts[head] = slots;
        put16(available + 4 + 2L * (added & size - 1), head);
        added = added + 1 & 0xFFFF;
        outstanding++;
        return head;
    }

    @Override
    public void publish() {
        published = added;
        release16(available + 2, published);
    }

    @Override
    public boolean wantsKick() {
        VarHandle.fullFence();
        int before = asked;
        asked = published;
        return before != published
                && (eventIdx ? needsEvent(u16(usedRing + 4 + 8L * size), published, before) : (u16(usedRing) & 1) == 0);
    }

    @Override
    public int used() {
        if (acquire16(usedRing + 2) == seen) {
            return -1;
        }
        long at = usedRing + 4 + 8L * (seen & size - 1);
        int head = memory.get(ValueLayout.JAVA_INT, at);
        usedLength = memory.get(ValueLayout.JAVA_INT, at + 4);
        seen = seen + 1 & 0xFFFF;
        int last = head;
        for (int i = 1; i < parts[head]; i++) {
            last = next[last];
        }
        next[last] = free;
        free = head;
        freeCount += parts[head];
        outstanding--;
        return head;
    }

    @Override
    public boolean wantCalls(boolean wanted) {
        if (eventIdx) {
            put16(available + 4 + 2L * size, wanted ? seen : seen + FAR_BEHIND);
        } else {
            put16(available, wanted ? 0 : 1);
        }
        VarHandle.fullFence();
        return acquire16(usedRing + 2) != seen;
    }

    @Override
    public int outstanding() {
        return outstanding;
    }

    @Override
    public int position() {
        return published;
    }

    @Override
    public long[] areas() {
        return new long[] {descriptors, available, usedRing};
    }
}
