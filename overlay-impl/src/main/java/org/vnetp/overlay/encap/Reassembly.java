package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.VirtioNetHeader;

/// A buffer in which one frame is put together from chunks in any order. The chunks lie on a grid:
/// all but the last have one size.
final class Reassembly {
    static final int HEADROOM = 64;
    static final int ADDED = 0;
    static final int COMPLETE = 1;
    /// Overlaps what is there, or does not fit the grid.
    static final int REFUSED = 2;

    private static final int MAX_CHUNKS = Frame.MAX_LENGTH / VnetEncapsulator.MIN_CHUNK + 2;

    private final Arena arena;
    private final long[] present = new long[(MAX_CHUNKS + 63) / 64];
    private MemorySegment buffer;
    private boolean used;
    private int ecn;
    private long frame;
    private long front;
    private int frameLength;
    private int chunk;
    private int received;
    private int tailOffset;
    private long sinceNs;

    /// The buffer is taken from the arena at the first use.
    Reassembly(Arena arena) {
        this.arena = arena;
    }

    boolean used() {
        return used;
    }

    /// @param aFrame the frame's first number, see [VnetHeader#frame]
    /// @param aFront the first 8 bytes of its chunks' headers, the last chunk's flag aside
    boolean is(long aFrame, long aFront) {
        return used && aFrame == frame && aFront == front;
    }

    long sinceNs() {
        return sinceNs;
    }

    long front() {
        return front;
    }

    int frameLength() {
        return frameLength;
    }

    /// The frame lies at [#HEADROOM].
    MemorySegment buffer() {
        return buffer;
    }

    void claim(long aFrame, long aFront, long nowNs) {
        if (buffer == null) {
            buffer = arena.allocate(HEADROOM + Frame.MAX_LENGTH + VirtioNetHeader.LENGTH, 64);
        }
        used = true;
        ecn = Ecn.NOT_ECT;
        frame = aFrame;
        front = aFront;
        frameLength = VnetHeader.frameLength(aFront);
        chunk = 0;
        received = 0;
        tailOffset = -1;
        sinceNs = nowNs;
        java.util.Arrays.fill(present, 0);
    }

    /// Takes note of what the outer header of a chunk said.
    void mark(int chunkEcn) {
        ecn = Ecn.worse(ecn, chunkEcn);
    }

    /// What the outer headers of all chunks say together.
    int ecn() {
        return ecn;
    }

    void release() {
        used = false;
    }

    /// Copies one chunk in; the caller has checked that `offset + bytes` does not exceed the frame's length.
    int add(MemorySegment source, long at, int bytes, int offset) {
        if (offset + bytes == frameLength && offset > 0) {
            return addTail(source, at, bytes, offset);
        }
        if (chunk == 0) {
            if (bytes < VnetEncapsulator.MIN_CHUNK || tailOffset >= 0 && tailOffset % bytes != 0) {
                return REFUSED;
            }
            chunk = bytes;
        }
        if (bytes != chunk || offset % chunk != 0 || tailOffset >= 0 && offset >= tailOffset) {
            return REFUSED;
        }
        int index = offset / chunk;
        if ((present[index >>> 6] & 1L << index) != 0) {
            return REFUSED;
        }
        present[index >>> 6] |= 1L << index;
        return copy(source, at, bytes, offset);
    }

    private int addTail(MemorySegment source, long at, int bytes, int offset) {
        if (tailOffset >= 0 || chunk > 0 && (offset % chunk != 0 || bytes > chunk)) {
            return REFUSED;
        }
        tailOffset = offset;
        return copy(source, at, bytes, offset);
    }

    private int copy(MemorySegment source, long at, int bytes, int offset) {
        MemorySegment.copy(source, at, buffer, HEADROOM + offset, bytes);
        received += bytes;
        if (received < frameLength) {
            return ADDED;
        }
        used = false;
        return COMPLETE;
    }
}
