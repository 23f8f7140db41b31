package org.vnetp.overlay.nic;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;

/// One queue of a TAP device.
public final class TapNic implements VirtualNic {
    private final int fd;
    private final ReadBudget budget;

    /// @param fd a non-blocking descriptor of an attached TAP with a 12-byte virtio_net_hdr; closed by [#close]
    public TapNic(int fd) {
        this(fd, ReadBudget.NONE);
    }

    /// @param budget told what was read
    public TapNic(int fd, ReadBudget budget) {
        this.fd = fd;
        this.budget = budget;
    }

    @Override
    public int read(Posix posix, MemorySegment slab, long offset, int capacity) {
        int got = posix.read(fd, slab.address() + offset, capacity);
        if (got > 0) {
            budget.taken(got - VirtioNetHeader.LENGTH);
            return got;
        }
        if (got == -Errno.EAGAIN) {
            budget.empty();
            return NOTHING;
        }
        return got == -Errno.EINTR ? NOTHING : got;
    }

    @Override
    public int write(Posix posix, ScatterList frame) {
        return frame.count() == 1
                ? posix.write(fd, frame.sliceAddress(0), frame.sliceLength(0))
                : posix.writev(fd, frame.address(), frame.count());
    }

    @Override
    public int descriptor() {
        return fd;
    }

    @Override
    public void close() {
        new Posix().close(fd);
    }
}
