package org.vnetp.overlay.dispatch;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.posix.LazyArena;

/// The memory of all frames that one loop holds while flows move, in blocks. It is reserved once and used again by the
/// next flow: nothing is allocated while frames come, and what has never been needed costs nothing ([LazyArena]).
///
/// The JDK's own would be counted against the heap's size, and asked for a 20th time runs the garbage collector and
/// sleeps until it has found the first: on a loop's thread, with frames waiting.
final class HeldMemory {
    /// Frames of this many bytes together may be held.
    static final int BYTES = 16 << 20;

    static final int BLOCKS = Long.SIZE;

    /// Several times what the longest frame needs.
    static final int BLOCK = BYTES / BLOCKS;

    static final int NONE = -1;

    private final MemorySegment bytes = new LazyArena().allocate(BYTES, 64);
    /// A bit a block.
    private long free = -1;

    MemorySegment bytes() {
        return bytes;
    }

    /// @return a block that nobody has, or [#NONE]
    int take() {
        if (free == 0) {
            return NONE;
        }
        int block = Long.numberOfTrailingZeros(free);
        free &= free - 1;
        return block;
    }

    void giveBack(int block) {
        free |= 1L << block;
    }
}
