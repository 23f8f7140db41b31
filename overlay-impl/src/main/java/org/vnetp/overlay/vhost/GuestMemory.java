package org.vnetp.overlay.vhost;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.SharedMemory;

/// The memory that a guest shares: regions of its physical addresses, mapped into this process. Immutable.
///
/// Addresses are the guest's until [#host] or [#find] has found them in a region; only then do they become
/// addresses here. Whoever may still use one of those keeps the object open.
public final class GuestMemory implements AutoCloseable {
    /// Most regions; QEMU and its peers need no more.
    public static final int MAX_REGIONS = 8;

    /// One region as the frontend tells it.
    ///
    /// @param guest  its first guest-physical address
    /// @param bytes  its length
    /// @param user   the frontend's own address of it, which ring addresses are given in
    /// @param offset where it begins in the file
    /// @param fd     the file's descriptor; the memory's from [#map] on
    public record Region(long guest, long bytes, long user, long offset, int fd) {
        private long guestEnd() {
            return guest + bytes;
        }

        private long userEnd() {
            return user + bytes;
        }
    }

    private final List<Region> regions;
    private final MemorySegment[] mapped;
    private final long[] start;
    private final long[] end;
    private final long[] host;
    private final boolean sealed;

    private GuestMemory(List<Region> regions, MemorySegment[] mapped) {
        this.regions = List.copyOf(regions);
        this.mapped = mapped;
        int count = regions.size();
        this.start = new long[count];
        this.end = new long[count];
        this.host = new long[count];
        this.sealed = regions.stream().allMatch(r -> SharedMemory.cannotShrink(r.fd()));
        for (int i = 0; i < count; i++) {
            start[i] = regions.get(i).guest();
            end[i] = regions.get(i).guestEnd();
            host[i] = mapped[i].address() + regions.get(i).offset();
        }
    }

    /// Checks and maps regions.
    ///
    /// @throws VhostException where they make no sense or their files are too short; descriptors stay the
    ///         caller's then
    public static GuestMemory map(List<Region> regions) throws VhostException {
        if (regions.isEmpty() || regions.size() > MAX_REGIONS) {
            throw new VhostException(regions.size() + " memory regions: expected 1 to " + MAX_REGIONS);
        }
        for (int i = 0; i < regions.size(); i++) {
            Region region = regions.get(i);
            check(region);
            for (Region other : regions.subList(0, i)) {
                boolean disjoint = (region.guestEnd() <= other.guest() || other.guestEnd() <= region.guest())
                        && (region.userEnd() <= other.user() || other.userEnd() <= region.user());
                if (!disjoint) {
                    throw new VhostException("memory regions at 0x" + Long.toHexString(region.guest()) + " and 0x"
                            + Long.toHexString(other.guest()) + " overlap");
                }
            }
        }
        Posix posix = new Posix();
        MemorySegment[] mapped = new MemorySegment[regions.size()];
        try {
            for (int i = 0; i < mapped.length; i++) {
                Region region = regions.get(i);
                mapped[i] = posix.mapShared(region.fd(), region.offset() + region.bytes());
            }
        } catch (PosixException e) {
            unmap(posix, mapped);
            throw new VhostException("memory region: " + e.getMessage());
        }
        return new GuestMemory(regions, mapped);
    }

    private static void check(Region region) throws VhostException {
        boolean positive = region.bytes() > 0 && region.guest() >= 0 && region.user() >= 0 && region.offset() >= 0;
        if (!positive || region.guestEnd() < 0 || region.userEnd() < 0 || region.offset() + region.bytes() < 0) {
            throw new VhostException("memory region at 0x" + Long.toHexString(region.guest()) + ", 0x"
                    + Long.toHexString(region.bytes()) + " bytes, frontend address 0x"
                    + Long.toHexString(region.user()) + ", file offset 0x" + Long.toHexString(region.offset())
                    + ": expected positive numbers below 2^63");
        }
        long file = SharedMemory.size(region.fd());
        if (file < region.offset() + region.bytes()) {
            throw new VhostException("memory region of " + region.bytes() + " bytes at " + region.offset()
                    + " of a file that has " + file + " bytes");
        }
    }

    /// What the regions were made of.
    public List<Region> regions() {
        return regions;
    }

    /// The address here of a range that lies wholly in one region; 0 where it does not.
    public long host(long guest, long bytes) {
        int region = find(guest);
        return region < 0 || bytes < 0 || end[region] - guest < bytes ? 0 : host(region, guest);
    }

    /// The region that a guest-physical address lies in, or -1.
    int find(long guest) {
        for (int i = 0; i < start.length; i++) {
            if (guest >= start[i] && guest < end[i]) {
                return i;
            }
        }
        return -1;
    }

    /// Bytes from an address to its region's end.
    long left(int region, long guest) {
        return end[region] - guest;
    }

    long host(int region, long guest) {
        return host[region] + (guest - start[region]);
    }

    /// As [#host], of an address of the frontend's.
    public long hostOfUser(long user, long bytes) {
        for (int i = 0; i < start.length; i++) {
            Region region = regions.get(i);
            if (user >= region.user() && user < region.userEnd()) {
                return bytes < 0 || region.userEnd() - user < bytes ? 0 : host[i] + (user - region.user());
            }
        }
        return 0;
    }

    /// The guest-physical address of what the frontend has at an address of its own; -1 where that is no memory
    /// of the guest's.
    long guestOfUser(long user) {
        for (Region region : regions) {
            if (user >= region.user() && user < region.userEnd()) {
                return region.guest() + (user - region.user());
            }
        }
        return -1;
    }

    /// Whether the files still are as long as the regions.
    public boolean intact() {
        return regions.stream().allMatch(r -> SharedMemory.size(r.fd()) >= r.offset() + r.bytes());
    }

    /// Whether all files are sealed, so that they stay [#intact].
    public boolean sealed() {
        return sealed;
    }

    /// Bytes of all regions.
    public long bytes() {
        return regions.stream().mapToLong(Region::bytes).sum();
    }

    /// Takes the mappings away, and closes the descriptors where no later memory has them.
    ///
    /// @param next what has come in this memory's place, or null
    void closeExcept(GuestMemory next) {
        Posix posix = new Posix();
        unmap(posix, mapped);
        for (Region region : regions) {
            if (next == null || next.regions.stream().noneMatch(r -> r.fd() == region.fd())) {
                posix.close(region.fd());
            }
        }
    }

    @Override
    public void close() {
        closeExcept(null);
    }

    private static void unmap(Posix posix, MemorySegment[] mapped) {
        for (MemorySegment segment : mapped) {
            if (segment != null) {
                posix.unmap(segment);
            }
        }
    }
}
