package org.vnetp.microbench.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.microbench.GuestFrames;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.posix.Posix;

/// A guest's NIC without a kernel: reading copies the same frame again and again, writing copies it
/// away, as a TAP would. Allocates nothing.
final class BenchNic implements VirtualNic {
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final MemorySegment frame;
    private final MemorySegment guest = Arena.ofAuto().allocate(VirtioNetHeader.LENGTH + Frame.MAX_LENGTH, 64);
    private final int length;
    private int pending;
    private long sent;
    private long receivedFrames;
    private long receivedBytes;

    BenchNic(int frameBytes) {
        frame = GuestFrames.allocate(Arena.ofAuto(), frameBytes);
        length = VirtioNetHeader.LENGTH + frameBytes;
    }

    /// The guest sends `frames` frames.
    void send(int frames) {
        pending = frames;
    }

    int pending() {
        return pending;
    }

    long sent() {
        return sent;
    }

    long received() {
        return receivedFrames;
    }

    @Override
    public int read(Posix posix, MemorySegment slab, long offset, int capacity) {
        if (pending == 0) {
            return NOTHING;
        }
        pending--;
        sent++;
        MemorySegment.copy(frame, GuestFrames.HEADROOM, slab, offset, length);
        return length;
    }

    @Override
    public int write(Posix posix, ScatterList slices) {
        long at = 0;
        for (int i = 0; i < slices.count(); i++) {
            int bytes = slices.sliceLength(i);
            MemorySegment.copy(MEMORY, slices.sliceAddress(i), guest, at, bytes);
            at += bytes;
        }
        receivedFrames++;
        receivedBytes += at;
        return (int) at;
    }

    /// Throws when not every frame of `sender` came here whole.
    void check(BenchNic sender) {
        if (receivedFrames != sender.sent || receivedBytes != sender.sent * sender.length) {
            throw new IllegalStateException("of " + sender.sent + " frames of " + sender.length + " bytes "
                    + receivedFrames + " arrived with " + receivedBytes + " bytes");
        }
    }

    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public void close() {
        // holds nothing
    }
}
