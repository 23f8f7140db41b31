package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.ScatterList;

/// Copies of frames in the order in which they came, until they may go on. Its memory grows by blocks up to a
/// bound, and is the collector's once nobody knows this object. One loop's.
final class HeldFrames {
    /// Frames of this many bytes together may be held.
    static final int MOST_BYTES = 16 << 20;

    private static final int BLOCK = 1 << 20;
    private static final int LENGTH_AT = 0;
    private static final int HOPS_AT = 4;
    private static final int HEAD = 8;
    private static final int ALIGNMENT = 8;

    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private MemorySegment[] blocks = {};
    private int[] used = {};
    private int frames;

    // Where the next frame is taken from.
    private int block;
    private long at;

    int frames() {
        return frames;
    }

    /// @return false where there is no room for it
    boolean add(Frame frame) {
        int length = frame.length();
        int needed = HEAD + length + ALIGNMENT - 1 & -ALIGNMENT;
        int last = blocks.length - 1;
        if (last < 0 || used[last] + needed > BLOCK) {
            if (blocks.length == MOST_BYTES / BLOCK) {
                return false;
            }
            last++;
            blocks = Arrays.copyOf(blocks, last + 1);
            used = Arrays.copyOf(used, last + 1);
            blocks[last] = Arena.ofAuto().allocate(BLOCK, 64);
        }
        MemorySegment to = blocks[last];
        long where = used[last];
        to.set(ValueLayout.JAVA_INT, where + LENGTH_AT, length);
        to.set(ValueLayout.JAVA_INT, where + HOPS_AT, frame.hopLimit());
        where += HEAD;
        ScatterList slices = frame.slices();
        for (int i = 0; i < slices.count(); i++) {
            int bytes = slices.sliceLength(i);
            MemorySegment.copy(MEMORY, slices.sliceAddress(i), to, where, bytes);
            where += bytes;
        }
        used[last] += needed;
        frames++;
        return true;
    }

    /// Takes the next frame out.
    ///
    /// @param into the view that gets it; its bytes stay while this object does
    /// @return false where there is none left
    boolean take(Frame into) {
        while (block < blocks.length && at >= used[block]) {
            block++;
            at = 0;
        }
        if (block == blocks.length) {
            return false;
        }
        MemorySegment from = blocks[block];
        int length = from.get(ValueLayout.JAVA_INT, at + LENGTH_AT);
        into.wrap(from, at + HEAD, length, from.get(ValueLayout.JAVA_INT, at + HOPS_AT));
        at += HEAD + length + ALIGNMENT - 1 & -ALIGNMENT;
        return true;
    }
}
