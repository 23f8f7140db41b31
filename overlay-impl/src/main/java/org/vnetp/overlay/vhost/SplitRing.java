package org.vnetp.overlay.vhost;

/// A split ring (virtio 1.2, 2.7): descriptors, a ring of what is available, a ring of what is used.
final class SplitRing extends Ring {
    private static final int NO_NOTIFY = 1;
    private static final int NO_INTERRUPT = 1;
    private static final int INDEX = 2;
    private static final int ENTRIES = 4;
    private static final int USED_ENTRY = 8;

    /// As far away as an event index can be: no batch passes it.
    private static final int FAR_BEHIND = 0x8000;

    private final long descriptors;
    private final long available;
    private final long used;
    private final long usedEvent;
    private final long availableEvent;
    private final int mask;
    private int next;
    private int seen;
    private int marked;
    private int given;
    private int published;
    private int asked;
    private boolean everAsked;
    private int awaited;

    /// @param size a power of two
    /// @param base index of the next available buffer
    SplitRing(GuestMemory memory, Areas areas, int size, long features, int base) {
        super(memory, size, features);
        this.descriptors = areas.descriptors();
        this.available = areas.driver();
        this.used = areas.device();
        this.mask = size - 1;
        this.usedEvent = available + ENTRIES + 2L * size;
        this.availableEvent = used + ENTRIES + (long) USED_ENTRY * size;
        this.next = base & 0xFFFF;
        this.seen = next;
        // What the guest has seen, also where another backend has been before.
        this.published = Memory.acquire16(used + INDEX);
        this.given = published;
        this.asked = published;
    }

    static long descriptorBytes(int size) {
        return (long) DESCRIPTOR * size;
    }

    static long driverBytes(int size) {
        return ENTRIES + 2L * size + 2;
    }

    static long deviceBytes(int size) {
        return ENTRIES + (long) USED_ENTRY * size + 2;
    }

    @Override
    int take(boolean writable) {
        if (broken() != null) {
            return BROKEN;
        }
        if (seen == next) {
            seen = Memory.acquire16(available + INDEX);
            if (seen == next) {
                return EMPTY;
            }
            if ((seen - next & 0xFFFF) > size) {
                return fail("the available index is " + seen + ", " + (seen - next & 0xFFFF) + " ahead in a ring of "
                        + size);
            }
        }
        int head = Memory.u16(available + ENTRIES + 2L * (next & mask));
        if (head >= size) {
            return fail("the available ring names descriptor " + head + " of " + size);
        }
        chain.clear();
        chain.id = head;
        chain.slots = 1;
        int result = walk(descriptors, size, head, false, writable);
        if (result == TAKEN) {
            next = next + 1 & 0xFFFF;
        }
        return result;
    }

    @Override
    boolean empty() {
        return seen == next && Memory.acquire16(available + INDEX) == next;
    }

    @Override
    void mark() {
        marked = next;
    }

    @Override
    void untake() {
        next = marked;
    }

    @Override
    void give(int id, int slots, int written) {
        long at = used + ENTRIES + (long) USED_ENTRY * (given & mask);
        Memory.put32(at, id);
        Memory.put32(at + 4, written);
        markDevice(at - used, USED_ENTRY);
        given = given + 1 & 0xFFFF;
    }

    @Override
    void publish() {
        if (published != given) {
            published = given;
            Memory.release16(used + INDEX, published);
            markDevice(INDEX, 2);
        }
    }

    @Override
    boolean wantsCall() {
        int before = asked;
        asked = published;
        boolean first = !everAsked;
        everAsked = true;
        if (before == published) {
            return false;
        }
        Memory.fence();
        if (!eventIdx) {
            return (Memory.u16(available) & NO_INTERRUPT) == 0;
        }
        return first || needsEvent(Memory.u16(usedEvent), published, before);
    }

    @Override
    boolean idle() {
        return published == given
                && (eventIdx ? Memory.u16(usedEvent) == published : (Memory.u16(available) & NO_INTERRUPT) == 0);
    }

    @Override
    boolean wantKicks() {
        awaited = next;
        if (eventIdx) {
            Memory.put16(availableEvent, next);
        } else {
            Memory.put16(used, 0);
        }
        markEvent();
        Memory.fence();
        return !empty();
    }

    @Override
    boolean grown() {
        return Memory.acquire16(available + INDEX) != awaited;
    }

    @Override
    void refuseKicks() {
        if (eventIdx) {
            Memory.put16(availableEvent, next + FAR_BEHIND);
        } else {
            Memory.put16(used, NO_NOTIFY);
        }
        markEvent();
    }

    private void markEvent() {
        markDevice(eventIdx ? availableEvent - used : 0, 2);
    }

    @Override
    int position() {
        return next;
    }
}
