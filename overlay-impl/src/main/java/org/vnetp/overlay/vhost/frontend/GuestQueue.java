package org.vnetp.overlay.vhost.frontend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.vhost.VirtioFeatures;

/// One ring of a guest's NIC with its buffers, one for each entry, and its bells. One thread's; sending and
/// receiving allocates nothing but where it says so.
public final class GuestQueue {
    private static final int TABLE = 64;

    private final Posix posix = new Posix();
    private final VhostFrontend frontend;
    private final VhostFrontend.Options options;
    private final int index;
    private final DriverRing ring;
    private final int headerLength;
    private final int bufferBytes;
    private final long buffers;
    private final long tables;
    private final Doorbell kick = VhostFrontend.bell();
    private final Doorbell call = VhostFrontend.bell();
    private final Doorbell error = VhostFrontend.bell();
    private final int[] bufferOf;
    private final int[] free;
    private int freeCount;
    private int base;
    private final long[] offsets;
    private final int[] lengths;
    private long kicks;
    private int received;
    private int receivedBuffer;

    GuestQueue(VhostFrontend frontend, VhostFrontend.Options options, long features, int index, long at) {
        this.frontend = frontend;
        this.options = options;
        this.index = index;
        MemorySegment memory = frontend.memory();
        int size = options.ringSize();
        boolean packed = (features & VirtioFeatures.RING_PACKED) != 0;
        boolean eventIdx = (features & VirtioFeatures.EVENT_IDX) != 0;
        this.ring = packed
                ? new PackedDriverRing(memory, VhostFrontend.GUEST_BASE, at, size, eventIdx)
                : new SplitDriverRing(memory, VhostFrontend.GUEST_BASE, at, size, eventIdx);
        this.base = packed ? 0x8000_8000 : 0;
        this.headerLength = VirtioFeatures.headerLength(features);
        this.bufferBytes = sends() ? options.sendBytes() : options.receiveBytes();
        this.tables = at + SplitDriverRing.bytes(size);
        this.buffers = tables + (options.indirect() ? (long) TABLE * 16 * size : 0);
        this.bufferOf = new int[size];
        this.free = new int[size];
        this.offsets = new long[Math.max(options.parts(), 2) + 1];
        this.lengths = new int[offsets.length];
        for (int i = 0; i < size; i++) {
            free[i] = size - 1 - i;
        }
        this.freeCount = size;
    }

    static long bytes(VhostFrontend.Options options) {
        long size = options.ringSize();
        return SplitDriverRing.bytes(options.ringSize())
                        + TABLE * 16 * size
                        + size * Math.max(options.sendBytes(), options.receiveBytes())
                        + 4095
                & ~4095L;
    }

    private boolean sends() {
        return (index & 1) == 1;
    }

    public int index() {
        return index;
    }

    public DriverRing ring() {
        return ring;
    }

    int base() {
        return base;
    }

    /// The ring is handed over from there on.
    public void base(int at) {
        base = at;
    }

    /// Where the ring begins anew, as the backend finds it without having been asked.
    /// The ring is handed over from there on.
    public void baseFromRing() {
        base = ring.position();
    }

    /// Offset in the guest's memory of a buffer's first byte.
    public long buffer(int number) {
        return buffers + (long) number * bufferBytes;
    }

    // --- sending ---

    /// A free buffer, or -1 where none is.
    public int take() {
        return freeCount == 0 ? -1 : free[--freeCount];
    }

    /// Gives a buffer to the device: a frame of so many bytes, header included. It sees it after
    /// [#publish].
    ///
    /// @return false where the ring has no room; the buffer stays taken
    public boolean add(int buffer, int length) {
        int id = ring.add(offsets, lengths, describe(buffer, length), !sends(), table(buffer));
        if (id < 0) {
            return false;
        }
        bufferOf[id] = buffer;
        return true;
    }

    private long table(int buffer) {
        return options.indirect() ? tables + (long) buffer * TABLE * 16 : 0;
    }

    private int describe(int buffer, int length) {
        long at = buffer(buffer);
        int parts = sends() ? options.parts() : 1;
        if (parts == 1 || length <= headerLength + parts) {
            offsets[0] = at;
            lengths[0] = length;
            return 1;
        }
        offsets[0] = at;
        lengths[0] = headerLength;
        int left = length - headerLength;
        int each = left / (parts - 1);
        long from = at + headerLength;
        for (int i = 1; i < parts; i++) {
            offsets[i] = from;
            lengths[i] = i + 1 == parts ? left : each;
            from += lengths[i];
            left -= lengths[i];
        }
        return parts;
    }

    /// Lets the device see what was added, and kicks it if it wants that.
    ///
    /// @return whether it was kicked
    public boolean publish() {
        ring.publish();
        if (!ring.wantsKick()) {
            return false;
        }
        kicks++;
        return kick.ring(posix);
    }

    /// Kicks whether the device wants it or not.
    public void kickAnyhow() {
        kicks++;
        kick.ring(posix);
    }

    /// Kicks so far.
    public long kicks() {
        return kicks;
    }

    /// Takes back sent buffers.
    ///
    /// @return how many
    public int reclaim() {
        int count = 0;
        for (int id = ring.used(); id >= 0; id = ring.used()) {
            free[freeCount++] = bufferOf[id];
            count++;
        }
        return count;
    }

    /// Sends a frame, virtio_net_hdr first, and kicks if that is wanted. Allocates.
    ///
    /// @return false where the ring is full
    public boolean send(byte[] frame) {
        reclaim();
        int buffer = take();
        if (buffer < 0) {
            return false;
        }
        int cut = VirtioFeatures.headerLength(0) == headerLength ? 2 : 0;
        long at = buffer(buffer);
        MemorySegment.copy(frame, 0, frontend.memory(), ValueLayout.JAVA_BYTE, at, headerLength);
        int payload = frame.length - headerLength - cut;
        MemorySegment.copy(
                frame, headerLength + cut, frontend.memory(), ValueLayout.JAVA_BYTE, at + headerLength, payload);
        if (!add(buffer, headerLength + payload)) {
            free[freeCount++] = buffer;
            return false;
        }
        publish();
        return true;
    }

    // --- receiving ---

    /// Gives all free buffers to the device.
    public void refill() {
        for (int buffer = take(); buffer >= 0; buffer = take()) {
            if (!add(buffer, bufferBytes)) {
                free[freeCount++] = buffer;
                break;
            }
        }
        publish();
    }

    /// Takes the next frame's buffers out of the ring and gives them back at once, without looking at more
    /// than the header.
    ///
    /// @return bytes, header included; 0 where there is none
    public int skip() {
        int id = ring.used();
        if (id < 0) {
            return 0;
        }
        int buffer = bufferOf[id];
        int total = ring.usedLength();
        int count = count(buffer);
        free[freeCount++] = buffer;
        for (int i = 1; i < count; i++) {
            int more = ring.used();
            if (more < 0) {
                throw new IllegalStateException("a frame of " + count + " buffers has only " + i);
            }
            total += ring.usedLength();
            free[freeCount++] = bufferOf[more];
        }
        received = count;
        receivedBuffer = buffer;
        return total;
    }

    private int count(int buffer) {
        return headerLength < 12
                ? 1
                : Short.toUnsignedInt(frontend.memory().get(ValueLayout.JAVA_SHORT_UNALIGNED, buffer(buffer) + 10));
    }

    /// Buffers of the frame that [#skip] or [#receive] gave last.
    public int buffersOfFrame() {
        return received;
    }

    /// The first of them.
    public int firstBuffer() {
        return receivedBuffer;
    }

    /// The next frame, virtio_net_hdr first as the guest has it, or null. Allocates.
    public byte[] receive() {
        int id = ring.used();
        if (id < 0) {
            return null;
        }
        int count = count(bufferOf[id]);
        byte[] frame = new byte[0];
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                id = ring.used();
                if (id < 0) {
                    throw new IllegalStateException("a frame of " + count + " buffers has only " + i);
                }
            }
            int buffer = bufferOf[id];
            int length = ring.usedLength();
            byte[] longer = java.util.Arrays.copyOf(frame, frame.length + length);
            MemorySegment.copy(frontend.memory(), ValueLayout.JAVA_BYTE, buffer(buffer), longer, frame.length, length);
            frame = longer;
            free[freeCount++] = buffer;
        }
        received = count;
        refill();
        return frame;
    }

    // --- bells ---

    /// Times the device has called since this was asked last.
    public long calls() {
        return call.taken(posix);
    }

    /// Times the device has told an error.
    public long errors() {
        return error.taken(posix);
    }

    public int kickDescriptor() {
        return kick.descriptor();
    }

    public int callDescriptor() {
        return call.descriptor();
    }

    public int errorDescriptor() {
        return error.descriptor();
    }

    void close() {
        kick.close();
        call.close();
        error.close();
    }
}
