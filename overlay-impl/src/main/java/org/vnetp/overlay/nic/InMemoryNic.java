package org.vnetp.overlay.nic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Queue;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;

/// A NIC that is two queues in this process: [#send] is what the guest sends, [#received] what it
/// gets. For tests and benchmarks; it copies and allocates. One thread at a time.
public final class InMemoryNic implements VirtualNic {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final Queue<byte[]> fromGuest = new ArrayDeque<>();
    private final Queue<byte[]> toGuest = new ArrayDeque<>();
    private int room = Integer.MAX_VALUE;

    /// The guest sends a frame: 12 bytes of virtio_net_hdr, Ethernet header, payload.
    public void send(byte[] frame) {
        fromGuest.add(frame.clone());
    }

    /// The next frame for the guest, virtio_net_hdr first, or null.
    public byte[] received() {
        return toGuest.poll();
    }

    /// How many frames the guest takes before it is full.
    public void room(int frames) {
        room = frames;
    }

    @Override
    public int read(Posix posix, MemorySegment slab, long offset, int capacity) {
        byte[] frame = fromGuest.poll();
        if (frame == null) {
            return NOTHING;
        }
        int length = Math.min(frame.length, capacity);
        MemorySegment.copy(frame, 0, slab, ValueLayout.JAVA_BYTE, offset, length);
        return length;
    }

    @Override
    public int write(Posix posix, ScatterList frame) {
        if (toGuest.size() >= room) {
            return -Errno.EAGAIN;
        }
        byte[] bytes = new byte[frame.totalBytes()];
        int at = 0;
        for (int i = 0; i < frame.count(); i++) {
            MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, frame.sliceAddress(i), bytes, at, frame.sliceLength(i));
            at += frame.sliceLength(i);
        }
        toGuest.add(bytes);
        return bytes.length;
    }

    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public void close() {}
}
