package org.vnetp.overlay.dispatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.ScatterList;

/// Copies of a flow's frames in the order in which they came, until they may go on. One loop's.
final class HeldFrames {
    private static final int LENGTH_AT = 0;
    private static final int HOPS_AT = 4;
    /// Also what a NIC and a bundle of the vnet format use before a frame, 12 bytes, be it the first of all.
    private static final int HEAD = 16;
    private static final int ALIGNMENT = 8;

    private static final MemorySegment ANYWHERE = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final HeldMemory memory;
    /// The blocks that are in use, in the order of their frames, and how much of each.
    private final byte[] blocks = new byte[HeldMemory.BLOCKS];
    private final int[] used = new int[HeldMemory.BLOCKS];
    private int count;
    private int frames;

    // Where the next frame is taken from.
    private int block;
    private int at;

    HeldFrames(HeldMemory memory) {
        this.memory = memory;
    }

    int frames() {
        return frames;
    }

    /// @return false where there is no room for it
    boolean add(Frame frame) {
        int length = frame.length();
        int needed = HEAD + length + ALIGNMENT - 1 & -ALIGNMENT;
        if (count == 0 || used[count - 1] + needed > HeldMemory.BLOCK) {
            int next = memory.take();
            if (next == HeldMemory.NONE) {
                return false;
            }
            blocks[count] = (byte) next;
            used[count] = 0;
            count++;
        }
        MemorySegment to = memory.bytes();
        int last = count - 1;
        long where = start(last) + used[last];
        to.set(ValueLayout.JAVA_INT, where + LENGTH_AT, length);
        to.set(ValueLayout.JAVA_INT, where + HOPS_AT, frame.hopLimit());
        where += HEAD;
        ScatterList slices = frame.slices();
        for (int i = 0; i < slices.count(); i++) {
            int bytes = slices.sliceLength(i);
            MemorySegment.copy(ANYWHERE, slices.sliceAddress(i), to, where, bytes);
            where += bytes;
        }
        used[last] += needed;
        frames++;
        return true;
    }

    private long start(int index) {
        return (long) blocks[index] * HeldMemory.BLOCK;
    }

    /// Takes the next frame out.
    ///
    /// @param into the view that gets it; its bytes stay until [#clear]
    /// @return false where there is none left
    boolean take(Frame into) {
        while (block < count && at >= used[block]) {
            block++;
            at = 0;
        }
        if (block == count) {
            return false;
        }
        MemorySegment from = memory.bytes();
        long where = start(block) + at;
        int length = from.get(ValueLayout.JAVA_INT, where + LENGTH_AT);
        into.wrap(from, where + HEAD, length, from.get(ValueLayout.JAVA_INT, where + HOPS_AT));
        at += HEAD + length + ALIGNMENT - 1 & -ALIGNMENT;
        return true;
    }

    /// Gives the memory back: nobody needs a frame of it any more.
    void clear() {
        for (int i = 0; i < count; i++) {
            memory.giveBack(blocks[i]);
        }
        count = 0;
        frames = 0;
        block = 0;
        at = 0;
    }
}
