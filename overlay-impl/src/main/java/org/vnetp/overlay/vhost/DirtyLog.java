package org.vnetp.overlay.vhost;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.SharedMemory;

/// Which pages of a guest's memory have been written to, for a VMM that moves the guest to another host while it
/// runs: a bit for each page of 4 KiB, the lowest bit of a byte first, in memory that the VMM shares
/// (VHOST_USER_SET_LOG_BASE of QEMU's docs/interop/vhost-user). The VMM clears bits as it copies pages.
///
/// A page is marked after it has been written: marked before, it could be cleared and copied in between. Loops mark
/// at the same time as the VMM clears, so each bit is set by one atomic step.
///
/// **Threads:** [#mark] any loop's; the rest the device's. Closed once no loop has it any more.
final class DirtyLog implements AutoCloseable {
    static final int PAGE_BITS = 12;

    /// Longest log: of 64 TiB of guest memory.
    private static final long MAX_BYTES = 1L << 31;

    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    private final int fd;
    private final long fileBytes;
    private final MemorySegment mapped;
    private final long start;
    private final long bytes;

    private DirtyLog(int fd, long fileBytes, MemorySegment mapped, long offset, long bytes) {
        this.fd = fd;
        this.fileBytes = fileBytes;
        this.mapped = mapped;
        this.start = mapped.address() + offset;
        this.bytes = bytes;
    }

    /// @param fd     the log's from now on, but for where this throws
    /// @param offset where it begins in the file
    /// @throws VhostException where it makes no sense or the file is too short
    static DirtyLog map(int fd, long bytes, long offset) throws VhostException {
        if (bytes <= 0 || bytes > MAX_BYTES || offset < 0 || offset > Long.MAX_VALUE - MAX_BYTES || offset % 4 != 0) {
            throw new VhostException("a log of 0x" + Long.toHexString(bytes) + " bytes at 0x" + Long.toHexString(offset)
                    + ": expected 1 to 2^31 bytes, from a multiple of 4 on");
        }
        long file = SharedMemory.size(fd);
        if (file < offset + bytes) {
            throw new VhostException(
                    "a log of " + bytes + " bytes at " + offset + " of a file that has " + file + " bytes");
        }
        try {
            return new DirtyLog(fd, offset + bytes, new Posix().mapShared(fd, offset + bytes), offset, bytes);
        } catch (PosixException e) {
            throw new VhostException("log: " + e.getMessage());
        }
    }

    /// Marks the pages of a range of guest-physical addresses that has been written. What lies beyond the log is
    /// not marked: the VMM has made it for all memory that it copies.
    void mark(long guest, long length) {
        if (length <= 0 || guest < 0) {
            return;
        }
        long last = guest + length - 1 >>> PAGE_BITS;
        for (long page = guest >>> PAGE_BITS; page <= last; page++) {
            if (page >>> 3 >= bytes) {
                return;
            }
            // Little-endian, as virtio is: bit 3 of byte 2 is bit 19 of the word.
            int unused = (int) WORD.getAndBitwiseOr(Memory.ALL, start + (page >>> 5 << 2), 1 << (int) (page & 31));
        }
    }

    /// Whether the file still is as long as the log.
    boolean intact() {
        return SharedMemory.size(fd) >= fileBytes;
    }

    @Override
    public void close() {
        Posix posix = new Posix();
        posix.unmap(mapped);
        posix.close(fd);
    }
}
