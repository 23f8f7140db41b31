package org.vnetp.overlay.vhost;

/// A packed ring (virtio 1.2, 2.8): one ring of descriptors, whose flags tell by two bits and a wrap
/// counter on either side whether they are available or used; and two areas that tell when to notify.
final class PackedRing extends Ring {
    /// What a fresh ring's position is: both at 0, both wrap counters 1.
    static final int FRESH = 0x8000_8000;

    /// Bytes of an event area: offset with wrap counter, flags.
    static final int EVENT = 4;

    private static final int AVAILABLE = 1 << 7;
    private static final int USED = 1 << 15;
    private static final int WRAP = 0x8000;
    private static final int NOTIFY_ON = 0;
    private static final int NOTIFY_OFF = 1;
    private static final int NOTIFY_AT = 2;

    private final long ring;
    private final long driverEvent;
    private final long deviceEvent;
    private int next;
    private boolean nextWrap;
    private int marked;
    private boolean markedWrap;
    private int given;
    private boolean givenWrap;
    // The first descriptor given since the last publish; the guest looks at it first, so it is written last.
    private long first;
    private int firstFlags;
    private boolean everAsked;
    // Slots given since it was asked whether the guest wants a call. More than positions can tell apart, where the
    // guest
    // keeps up with what is given.
    private int givenSince;
    private int awaited;
    private boolean awaitedWrap;

    /// @param base as [#position]
    PackedRing(GuestMemory memory, Areas areas, int size, long features, int base) {
        super(memory, size, features);
        this.ring = areas.descriptors();
        this.driverEvent = areas.driver();
        this.deviceEvent = areas.device();
        // User-Mode Linux says 0 of a fresh ring, as of a split one. Where 0 is true, the first descriptor has been
        // used in the round before, which began with wrap counters of 1.
        boolean fresh = base == 0 && (Memory.acquire16(ring + 14) & USED) == 0;
        int from = fresh ? FRESH : base;
        this.next = from & WRAP - 1;
        this.nextWrap = (from & WRAP) != 0;
        this.given = from >>> 16 & WRAP - 1;
        this.givenWrap = from < 0;
        if (next >= size || given >= size) {
            fail("base 0x" + Integer.toHexString(base) + " for a packed ring of " + size);
        }
    }

    static long descriptorBytes(int size) {
        return (long) DESCRIPTOR * size;
    }

    private boolean available(int flags) {
        return available(flags, nextWrap);
    }

    private static boolean available(int flags, boolean wrap) {
        return (flags & AVAILABLE) != 0 == wrap && (flags & USED) != 0 != wrap;
    }

    @Override
    int take(boolean writable) {
        if (broken() != null) {
            return BROKEN;
        }
        long at = ring + (long) next * DESCRIPTOR;
        int flags = Memory.acquire16(at + 14);
        if (!available(flags)) {
            return EMPTY;
        }
        chain.clear();
        int index = next;
        boolean wrap = nextWrap;
        int result;
        int slots = 0;
        while (true) {
            long guest = Memory.i64(at);
            int length = Memory.i32(at + 8);
            // The last descriptor of a chain has the id that counts.
            chain.id = Memory.u16(at + 12);
            slots++;
            if (++index == size) {
                index = 0;
                wrap = !wrap;
            }
            if ((flags & INDIRECT) != 0) {
                result = slots > 1 || (flags & NEXT) != 0
                        ? fail("an indirect descriptor is in a chain")
                        : indirect(guest, length, writable);
                break;
            }
            result = add(guest, length, flags, writable);
            if (result != TAKEN || (flags & NEXT) == 0) {
                break;
            }
            if (slots == size) {
                return fail("a chain of descriptors is longer than the ring");
            }
            at = ring + (long) index * DESCRIPTOR;
            flags = Memory.u16(at + 14);
        }
        if (result == TAKEN) {
            chain.slots = slots;
            next = index;
            nextWrap = wrap;
        }
        return result;
    }

    /// In a packed ring's indirect table descriptors follow each other, whatever their flags say.
    private int indirect(long guest, int length, boolean writable) {
        long table = indirectTable(guest, length);
        if (table == 0) {
            return BROKEN;
        }
        int result = TAKEN;
        for (int i = 0; i < length / DESCRIPTOR && result == TAKEN; i++) {
            long at = table + (long) i * DESCRIPTOR;
            int flags = Memory.u16(at + 14);
            result = (flags & INDIRECT) != 0
                    ? fail("an indirect descriptor is in an indirect table")
                    : add(Memory.i64(at), Memory.i32(at + 8), flags, writable);
        }
        return result;
    }

    @Override
    boolean empty() {
        return !available(Memory.acquire16(ring + (long) next * DESCRIPTOR + 14));
    }

    @Override
    void mark() {
        marked = next;
        markedWrap = nextWrap;
    }

    @Override
    void untake() {
        next = marked;
        nextWrap = markedWrap;
    }

    @Override
    void give(int id, int slots, int written) {
        long at = ring + (long) given * DESCRIPTOR;
        Memory.put32(at + 8, written);
        Memory.put16(at + 12, id);
        int flags = (givenWrap ? AVAILABLE | USED : 0) | (written > 0 ? WRITE : 0);
        if (first == 0) {
            first = at;
            firstFlags = flags;
        } else {
            Memory.release16(at + 14, flags);
        }
        markDescriptors(at - ring, DESCRIPTOR);
        givenSince += slots;
        given += slots;
        if (given >= size) {
            given -= size;
            givenWrap = !givenWrap;
        }
    }

    @Override
    void publish() {
        if (first != 0) {
            Memory.release16(first + 14, firstFlags);
            markDescriptors(first - ring, DESCRIPTOR);
            first = 0;
        }
    }

    @Override
    boolean wantsCall() {
        // No guest waits for a slot further back than a round.
        int since = Math.min(givenSince, size);
        givenSince = 0;
        boolean firstTime = !everAsked;
        everAsked = true;
        if (since == 0) {
            return false;
        }
        Memory.fence();
        int event = Memory.i32(driverEvent);
        int flags = event >>> 16 & 3;
        if (flags != NOTIFY_AT || !eventIdx) {
            return flags == NOTIFY_ON;
        }
        int at = (event & WRAP - 1) - ((event & WRAP) != 0 == givenWrap ? 0 : size);
        return firstTime || needsEvent(at, given, given - since);
    }

    @Override
    boolean idle() {
        int event = Memory.i32(driverEvent);
        int flags = event >>> 16 & 3;
        if (first != 0) {
            return false;
        }
        return flags == NOTIFY_ON || flags == NOTIFY_AT && (event & 0xFFFF) == (given | (givenWrap ? WRAP : 0));
    }

    @Override
    boolean wantKicks() {
        awaited = next;
        awaitedWrap = nextWrap;
        if (eventIdx) {
            Memory.put16(deviceEvent, next | (nextWrap ? WRAP : 0));
            Memory.release16(deviceEvent + 2, NOTIFY_AT);
        } else {
            Memory.put16(deviceEvent + 2, NOTIFY_ON);
        }
        markDevice(0, EVENT);
        Memory.fence();
        return !empty();
    }

    @Override
    boolean grown() {
        return available(Memory.acquire16(ring + (long) awaited * DESCRIPTOR + 14), awaitedWrap);
    }

    @Override
    void refuseKicks() {
        Memory.put16(deviceEvent + 2, NOTIFY_OFF);
        markDevice(0, EVENT);
    }

    @Override
    int position() {
        return next | (nextWrap ? WRAP : 0) | (given | (givenWrap ? WRAP : 0)) << 16;
    }
}
