package org.vnetp.overlay.nic;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;

/// One queue of a guest's NIC. Frames begin with their 12-byte virtio_net_hdr. Neither method blocks.
public interface VirtualNic extends AutoCloseable {
    /// Result of [#read] when the guest has sent nothing.
    int NOTHING = 0;

    /// Whether a result of [#read] or [#write] says that the device behind the NIC was deleted: no call will ever
    /// succeed again.
    static boolean isGone(int result) {
        return result == -Errno.EBADFD || result == -Errno.EBADF || result == -Errno.ENODEV || result == -Errno.ENXIO;
    }

    /// Reads one frame into `slab` at `offset`.
    ///
    /// @return bytes read, virtio_net_hdr included; [#NOTHING]; or `-errno` when the NIC is out of order
    int read(Posix posix, MemorySegment slab, long offset, int capacity);

    /// Writes one frame, virtio_net_hdr first. The slices are only lent.
    ///
    /// @return bytes written, or `-errno`: the guest does not get this frame
    int write(Posix posix, ScatterList frame);

    /// Whether the guest's kernel takes superframes inside a tunnel; else they are cut before.
    default boolean takesTunnels() {
        return false;
    }

    /// The descriptor that becomes readable when the guest sends; -1 where there is none.
    int descriptor();

    @Override
    void close();
}
