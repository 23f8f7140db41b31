package org.vnetp.overlay.vhost;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A ring of a guest's buffers, the device's side: takes buffers that the guest has made available, gives
/// them back used.
///
/// The guest sees what was given back once it is published; then [#wantsCall] tells whether it wants to be
/// woken. One loop's, or several loops' that lock it. Nothing here allocates; a guest that breaks the rules
/// ends the ring ([#broken]).
abstract sealed class Ring permits SplitRing, PackedRing {
    /// Results of [#take].
    static final int EMPTY = 0;

    static final int TAKEN = 1;
    static final int BROKEN = -1;

    /// Longest ring (virtio 1.2, 2.7 and 2.8).
    static final int MAX_SIZE = 32_768;

    static final int NEXT = 1;
    static final int WRITE = 2;
    static final int INDIRECT = 4;
    static final int DESCRIPTOR = 16;

    /// Longest table of indirect descriptors, as in QEMU and Linux's vhost.
    private static final int MAX_INDIRECT = 1024;

    private static final VarHandle LOCK;

    static {
        try {
            LOCK = MethodHandles.lookup().findVarHandle(Ring.class, "lock", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// Where a ring's parts lie here: descriptors, what the driver writes, what the device writes.
    record Areas(long descriptors, long driver, long device) {}

    final GuestMemory memory;
    final int size;
    final boolean eventIdx;
    final Chain chain;
    private final boolean indirect;
    private String broken;
    /// Where pages are marked that have been written to; null while the guest stays where it is.
    DirtyLog log;
    private long descriptorsGuest;
    private long deviceGuest;

    @SuppressWarnings("UnusedVariable") // by LOCK
    private int lock;

    Ring(GuestMemory memory, int size, long features) {
        this.memory = memory;
        this.size = size;
        this.eventIdx = (features & VirtioFeatures.EVENT_IDX) != 0;
        this.indirect = (features & VirtioFeatures.INDIRECT_DESC) != 0;
        this.chain = new Chain(Math.max(size, MAX_INDIRECT) + GuestMemory.MAX_REGIONS);
    }

    /// Marks from now on what is written. Before the ring runs.
    ///
    /// @param descriptors guest-physical address of the descriptors
    /// @param device      that of the device's area, as the frontend wants it marked; -1: it is not to be
    final void log(DirtyLog to, long descriptors, long device) {
        log = to;
        descriptorsGuest = descriptors;
        deviceGuest = device;
    }

    /// Bytes of the device's area have been written.
    final void markDevice(long offset, int bytes) {
        if (log != null && deviceGuest >= 0) {
            log.mark(deviceGuest + offset, bytes);
        }
    }

    /// The same of descriptors, which the device writes in a packed ring only.
    final void markDescriptors(long offset, int bytes) {
        if (log != null) {
            log.mark(descriptorsGuest + offset, bytes);
        }
    }

    /// Takes the next buffer into [#chain].
    ///
    /// @param writable it is for the device to write
    /// @return [#TAKEN], [#EMPTY] or [#BROKEN]
    abstract int take(boolean writable);

    /// Whether there is nothing to take.
    abstract boolean empty();

    /// Remembers where the ring stands, for [#untake].
    abstract void mark();

    /// Takes back all that was taken since [#mark]; nothing of it may have been given.
    abstract void untake();

    /// Gives a buffer back, in the order in which they were taken; the guest sees it after [#publish].
    ///
    /// @param written bytes that were written to it
    abstract void give(int id, int slots, int written);

    /// Lets the guest see what was given.
    abstract void publish();

    /// Whether the guest wants to be called for what was published since it was asked the last time.
    abstract boolean wantsCall();

    /// Asks the guest to kick from the next buffer on.
    ///
    /// @return whether there already is one, for which it may not
    abstract boolean wantKicks();

    /// Whether there is a buffer where there was none when [#wantKicks] was called last, whatever was taken or taken
    /// back since.
    abstract boolean grown();

    /// Asks the guest not to kick.
    abstract void refuseKicks();

    /// Whether the guest waits for its next call: it has seen all that was published.
    abstract boolean idle();

    /// Where the ring stands, as GET_VRING_BASE tells.
    abstract int position();

    /// Why the ring is no more, or null.
    final String broken() {
        return broken;
    }

    final int fail(String why) {
        if (broken == null) {
            broken = why;
        }
        return BROKEN;
    }

    /// Reads one descriptor after the other of a table in one piece, each once.
    ///
    /// @param table  its address here
    /// @param limit  entries
    /// @param nested false where entries may be indirect
    final int walk(long table, int limit, int first, boolean nested, boolean writable) {
        int index = first;
        for (int step = 0; step < limit; step++) {
            long at = table + (long) index * DESCRIPTOR;
            long guest = Memory.i64(at);
            int length = Memory.i32(at + 8);
            int rest = Memory.i32(at + 12);
            int flags = rest & 0xFFFF;
            if ((flags & INDIRECT) != 0) {
                if (nested || (flags & NEXT) != 0) {
                    return fail("an indirect descriptor has a next one, or is in an indirect table");
                }
                return walkIndirect(guest, length, writable);
            }
            int added = add(guest, length, flags, writable);
            if (added != TAKEN || (flags & NEXT) == 0) {
                return added;
            }
            index = rest >>> 16;
            if (index >= limit) {
                return fail("a descriptor's next is " + index + " of " + limit);
            }
        }
        return fail("a chain of descriptors has a loop");
    }

    private int walkIndirect(long guest, int length, boolean writable) {
        long table = indirectTable(guest, length);
        return table == 0 ? BROKEN : walk(table, length / DESCRIPTOR, 0, true, writable);
    }

    /// The address here of an indirect table, or 0 after [#fail].
    final long indirectTable(long guest, int length) {
        if (!indirect) {
            fail("an indirect descriptor, which was not agreed on");
            return 0;
        }
        if (length <= 0 || length % DESCRIPTOR != 0 || length / DESCRIPTOR > MAX_INDIRECT) {
            fail("an indirect table of " + Integer.toUnsignedString(length) + " bytes: expected a multiple of 16 up to "
                    + MAX_INDIRECT * DESCRIPTOR);
            return 0;
        }
        long table = memory.host(guest, length);
        if (table == 0) {
            fail("an indirect table lies outside of the guest's memory");
        }
        return table;
    }

    final int add(long guest, int length, int flags, boolean writable) {
        if ((flags & WRITE) != 0 != writable) {
            return fail(writable ? "a buffer for received frames is read-only" : "a buffer with a frame is write-only");
        }
        String wrong = chain.add(memory, guest, length);
        return wrong == null ? TAKEN : fail(wrong);
    }

    /// Whether an event index lies between two positions (virtio 1.2, 2.7.7.1), all modulo 2^16.
    static boolean needsEvent(int event, int now, int before) {
        return (now - event - 1 & 0xFFFF) < (now - before & 0xFFFF);
    }

    /// Several loops write to a guest with fewer queues than loops. Held for a frame's copy, so waiting is
    /// spinning, and then giving others the processor.
    final boolean tryLock() {
        return LOCK.compareAndSet(this, 0, 1);
    }

    final void unlock() {
        LOCK.setRelease(this, 0);
    }
}
