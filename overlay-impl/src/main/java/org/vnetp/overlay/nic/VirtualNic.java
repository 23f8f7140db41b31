package org.vnetp.overlay.nic;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;

/// One queue of a guest's NIC. Frames begin with their 12-byte virtio_net_hdr. Neither method blocks.
public interface VirtualNic extends AutoCloseable {
    /// Result of [#read] when the guest has sent nothing.
    int NOTHING = 0;

    /// Whether a result of [#read] or [#write] says that the device behind the NIC was deleted: no call
    /// will ever succeed again.
    static boolean isGone(int result) {
        return result == -Errno.EBADFD || result == -Errno.EBADF || result == -Errno.ENODEV || result == -Errno.ENXIO;
    }

    /// Reads one frame into `slab` at `offset`.
    ///
    /// @return bytes read, virtio_net_hdr included; [#NOTHING]; or `-errno` when the NIC is out of order
    int read(Posix posix, MemorySegment slab, long offset, int capacity);

    /// As [#read], but most of a long frame may stay where the guest has it, until [#release].
    ///
    /// @param toGuest the frame will go to another guest of this node, as it seems
    /// @param rest takes the slices that follow what was read into `slab`, if any
    /// @return bytes read into `slab`: all headers, at least
    default int lend(Posix posix, MemorySegment slab, long offset, int capacity, boolean toGuest, ScatterList rest) {
        return read(posix, slab, offset, capacity);
    }

    /// Writes one frame, virtio_net_hdr first. The slices are only lent.
    ///
    /// @return bytes written, or `-errno`: the guest does not get this frame
    int write(Posix posix, ScatterList frame);

    /// Whether reading takes no system call, so that a visit goes on until nothing is left. Such a NIC
    /// lends the guest's memory: it is told when that is needed no more ([#release]), when a visit found
    /// nothing more ([#rest]), and when the frames of a visit have been written ([#endWrites]).
    default boolean readsMemory() {
        return false;
    }

    /// All that was read has been sent or dropped.
    default void release(Posix posix) {}

    /// A read found nothing, and all that was read has been released: the descriptor is to become readable
    /// with the next frame.
    ///
    /// @return whether there is a frame after all
    default boolean rest(Posix posix) {
        return false;
    }

    /// The NIC is read again and again from now on, whatever its descriptor says; or when that is readable.
    default void polled(Posix posix, boolean on) {}

    /// No more frames are written for now: the guest may be woken.
    default void endWrites(Posix posix) {}

    /// A frame for the guest may be on its way: it may be woken already.
    default void callEarly(Posix posix) {}

    /// Access to somebody's memory has failed.
    default void suspect() {}

    /// Whether the guest's kernel takes superframes inside a tunnel; else they are cut before.
    default boolean takesTunnels() {
        return false;
    }

    /// Whether the guest takes a frame as its virtio_net_hdr says; else it is cut into ordinary frames
    /// before.
    ///
    /// @param front [VirtioNetHeader#front]
    default boolean takes(long front) {
        return !VirtioNetHeader.tunnelled(VirtioNetHeader.gsoType(front)) || takesTunnels();
    }

    /// The descriptor that becomes readable when the guest sends; -1 where there is none.
    int descriptor();

    @Override
    void close();
}
