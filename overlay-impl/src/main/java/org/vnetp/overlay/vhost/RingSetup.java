package org.vnetp.overlay.vhost;

import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;

/// What a frontend has said about one ring so far, and the ring once it runs. A ring runs while all of it
/// has been said and it is enabled, in whatever order that came.
final class RingSetup {
    final int index;
    private int size;
    private long descriptors;
    private long used;
    private long available;
    /// Guest-physical address of what the device writes, to be marked in a log; -1: it is not to be.
    private long logged = -1;
    private boolean addressed;
    int base;
    boolean enabled;
    private Doorbell kick;
    private Doorbell call;
    private Doorbell error;
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

    /// @param log guest-physical address at which the device's area is marked as written; -1: it is not
    void addresses(long descriptorsUser, long usedUser, long availableUser, long log) {
        logged = log;
        descriptors = descriptorsUser;
        used = usedUser;
        available = availableUser;
        addressed = true;
    }

    /// @param fd the ring's from now on, or -1
    void kick(int fd) throws VhostException {
        close(kick);
        kick = null;
        kick = bell(fd, "kick", false);
        failed = false;
    }

    /// @param fd the ring's from now on, or -1
    void call(int fd) throws VhostException {
        close(call);
        call = null;
        call = bell(fd, "call", true);
    }

    /// @param fd the ring's from now on, or -1
    void error(int fd) throws VhostException {
        close(error);
        error = null;
        error = bell(fd, "error", true);
    }

    private Doorbell bell(int fd, String what, boolean rings) throws VhostException {
        if (fd < 0) {
            return null;
        }
        try {
            return Doorbell.ofOther(fd, rings);
        } catch (PosixException e) {
            new Posix().close(fd);
            throw new VhostException("ring " + index + "'s " + what + " descriptor: " + e.getMessage());
        }
    }

    /// Why its frontend could stop a loop by the call descriptor, or an empty text.
    String weakness() {
        return call == null ? "" : call.weakness();
    }

    /// The ring is no more until it is kicked off anew, and the frontend is told.
    void fail() {
        failed = true;
        if (error != null) {
            error.ring(new Posix());
        }
    }

    boolean mayRun() {
        return enabled && kick != null && addressed && size > 0 && !failed;
    }

    /// Makes the ring, as it stands in the guest's memory.
    ///
    /// @param log where written pages are marked, or null
    /// @throws VhostException where that cannot be
    GuestRing start(GuestMemory memory, long features, DirtyLog log) throws VhostException {
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
        ring.log(log, memory.guestOfUser(descriptors), logged);
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
        close(error);
        kick = null;
        call = null;
        error = null;
    }

    private static void close(Doorbell doorbell) {
        if (doorbell != null) {
            doorbell.close();
        }
    }
}
