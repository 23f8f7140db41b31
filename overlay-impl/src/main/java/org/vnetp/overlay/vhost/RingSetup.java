package org.vnetp.overlay.vhost;

import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Posix;

/// What a frontend has said about one ring so far, and the ring once it runs. A ring runs while all of it
/// has been said and it is enabled, in whatever order that came.
final class RingSetup {
    private static final int NONE = -1;

    final int index;
    private int size;
    private long descriptors;
    private long used;
    private long available;
    private boolean addressed;
    int base;
    boolean enabled;
    private Doorbell kick;
    private Doorbell call;
    private int error = NONE;
    private boolean failed;
    GuestRing running;

    RingSetup(int index) {
        this.index = index;
    }

    /// Whether the guest sends by it; a network device's rings come in pairs, receive first.
    boolean sends() {
        return (index & 1) == 1;
    }

    void size(int entries) throws VhostException {
        if (entries < 1 || entries > Ring.MAX_SIZE) {
            throw new VhostException("ring " + index + " of " + Integer.toUnsignedString(entries)
                    + " entries: expected 1 to " + Ring.MAX_SIZE);
        }
        size = entries;
    }

    void addresses(long descriptorsUser, long usedUser, long availableUser) {
        descriptors = descriptorsUser;
        used = usedUser;
        available = availableUser;
        addressed = true;
    }

    /// @param fd the ring's from now on, or -1
    void kick(int fd) {
        close(kick);
        kick = fd < 0 ? null : new Doorbell(fd);
        failed = false;
    }

    /// @param fd the ring's from now on, or -1
    void call(int fd) {
        close(call);
        call = fd < 0 ? null : new Doorbell(fd);
    }

    /// @param fd the ring's from now on, or -1
    void error(int fd) {
        if (error != NONE) {
            new Posix().close(error);
        }
        error = fd;
    }

    /// The ring is no more until it is kicked off anew, and the frontend is told.
    void fail() {
        failed = true;
        if (error != NONE) {
            new Doorbell(error).ring(new Posix());
        }
    }

    boolean mayRun() {
        return enabled && kick != null && addressed && size > 0 && !failed;
    }

    /// Makes the ring, as it stands in the guest's memory.
    ///
    /// @throws VhostException where that cannot be
    GuestRing start(GuestMemory memory, long features) throws VhostException {
        boolean packed = (features & VirtioFeatures.RING_PACKED) != 0;
        if (!packed && Integer.bitCount(size) != 1) {
            throw new VhostException("split ring " + index + " of " + size + " entries: expected a power of two");
        }
        long descriptorBytes = packed ? PackedRing.descriptorBytes(size) : SplitRing.descriptorBytes(size);
        Ring.Areas areas = new Ring.Areas(
                area(memory, "descriptors", descriptors, descriptorBytes, 16),
                area(
                        memory,
                        "driver area",
                        available,
                        packed ? PackedRing.EVENT : SplitRing.driverBytes(size),
                        packed ? 4 : 2),
                area(memory, "device area", used, packed ? PackedRing.EVENT : SplitRing.deviceBytes(size), 4));
        Ring ring = packed
                ? new PackedRing(memory, areas, size, features, base)
                : new SplitRing(memory, areas, size, features, base);
        if (ring.broken() != null) {
            throw new VhostException("ring " + index + ": " + ring.broken());
        }
        running = sends()
                ? new SendRing(ring, VirtioFeatures.headerLength(features), kick, call)
                : new ReceiveRing(ring, features, kick, call);
        return running;
    }

    private long area(GuestMemory memory, String what, long user, long bytes, int alignment) throws VhostException {
        long host = memory.hostOfUser(user, bytes);
        if (host == 0 || host % alignment != 0) {
            throw new VhostException("ring " + index + ": its " + what + " (" + bytes + " bytes at 0x"
                    + Long.toHexString(user) + ") "
                    + (host == 0 ? "do not lie in one memory region" : "are not aligned to " + alignment + " bytes"));
        }
        return host;
    }

    /// The ring runs no more; where it stands is kept.
    void stopped() {
        if (running != null) {
            base = running.ring.position();
            running = null;
        }
    }

    /// Closes all descriptors; the ring has stopped.
    void close() {
        close(kick);
        close(call);
        error(NONE);
        kick = null;
        call = null;
    }

    private static void close(Doorbell doorbell) {
        if (doorbell != null) {
            doorbell.close();
        }
    }
}
