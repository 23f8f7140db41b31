package org.vnetp.macrobench.mpi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A row of slots for non-blocking calls. A slot is free at first and again after its wait;
/// starting a call in a slot that is in use is an error. The buffers of a call in flight stay the
/// caller's to keep alive and untouched until the wait.
public final class Requests implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment handles;
    private final long base;
    private final int count;

    /// @param count number of slots
    public Requests(int count) {
        this.count = count;
        this.handles = arena.allocate((long) Math.max(count, 1) * MpiLibrary.REQUEST_BYTES, 8);
        this.base = handles.address();
        for (int i = 0; i < count; i++) {
            set(i, MpiLibrary.ABI.requestNull());
        }
    }

    public int count() {
        return count;
    }

    /// Waits until the call in `slot` is complete; returns at once when the slot is free.
    public void waitOne(int slot) {
        checkSlot(slot);
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.WAIT.invokeExact(
                    base + (long) slot * MpiLibrary.REQUEST_BYTES, MpiLibrary.STATUS_IGNORE);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Wait");
    }

    /// Waits for all slots.
    public void waitAll() {
        waitAll(0, count);
    }

    /// Waits for the slots from `from` to before `to`.
    public void waitAll(int from, int to) {
        if (from < 0 || to > count || from > to) {
            throw new IndexOutOfBoundsException("slots " + from + " to " + to + " of " + count);
        }
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.WAITALL.invokeExact(
                    to - from, base + (long) from * MpiLibrary.REQUEST_BYTES, MpiLibrary.STATUS_IGNORE);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Waitall");
    }

    /// Frees the memory of the slots. Calls in flight must have been waited for.
    @Override
    public void close() {
        arena.close();
    }

    /// The address where MPI is to store the handle of a call it starts in `slot`.
    long start(int slot) {
        checkSlot(slot);
        if (get(slot) != MpiLibrary.ABI.requestNull()) {
            throw new IllegalStateException("request slot " + slot + " is in use: wait for it first");
        }
        return base + (long) slot * MpiLibrary.REQUEST_BYTES;
    }

    private void checkSlot(int slot) {
        if (slot < 0 || slot >= count) {
            throw new IndexOutOfBoundsException("slot " + slot + " of " + count);
        }
    }

    private long get(int slot) {
        return MpiLibrary.REQUEST_BYTES == 8
                ? handles.getAtIndex(ValueLayout.JAVA_LONG, slot)
                : handles.getAtIndex(ValueLayout.JAVA_INT, slot);
    }

    private void set(int slot, long handle) {
        if (MpiLibrary.REQUEST_BYTES == 8) {
            handles.setAtIndex(ValueLayout.JAVA_LONG, slot, handle);
        } else {
            handles.setAtIndex(ValueLayout.JAVA_INT, slot, (int) handle);
        }
    }
}
