package org.vnetp.overlay.vhost;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.ScatterList;

/// Frames for a guest that had no buffer for them when they came, in their order, each copied. What a queue behind a
/// TAP is to other guests: a guest that is late loses nothing, and one that stands still loses what is too much.
///
/// Bounded by bytes, in one piece of memory: each frame is a length and its bytes without a gap, and one that does not
/// fit before the end begins anew at the start. Whoever has the ring has it.
final class Backlog {
    /// Sixty-four superframes. A stream that fills it is told by a loss that its guest is too slow.
    static final int BYTES = 1 << 22;

    private static final int LENGTH = 8;

    /// In the place of a length: the next frame is at the start.
    private static final int AT_START = 0;

    private final MemorySegment memory = Arena.ofAuto().allocate(BYTES, LENGTH);
    private final long base = memory.address();
    private final ScatterList first;
    private int head;
    private int tail;
    private int frames;

    Backlog() {
        first = new ScatterList(Arena.ofAuto(), 1);
    }

    boolean isEmpty() {
        return frames == 0;
    }

    int frames() {
        return frames;
    }

    /// Takes a copy of a frame.
    ///
    /// @return false, and nothing taken, where there is no room
    boolean add(ScatterList frame) {
        int bytes = frame.totalBytes();
        int needed = LENGTH + (bytes + LENGTH - 1 & -LENGTH);
        if (frames == 0) {
            head = 0;
            tail = 0;
        }
        boolean wrapped = frames > 0 && tail <= head;
        if (needed > (wrapped ? head : BYTES) - tail) {
            if (wrapped || needed > head) {
                return false;
            }
            if (tail < BYTES) {
                Memory.put32(base + tail, AT_START);
            }
            tail = 0;
        }
        Memory.put32(base + tail, bytes);
        long to = base + tail + LENGTH;
        for (int i = 0; i < frame.count(); i++) {
            int length = frame.sliceLength(i);
            Memory.copy(frame.sliceAddress(i), to, length);
            to += length;
        }
        tail += needed;
        frames++;
        return true;
    }

    /// The frame that came first; there is one. Reused: lent until the next call of any kind.
    ScatterList first() {
        if (head == BYTES || Memory.i32(base + head) == AT_START) {
            head = 0;
        }
        first.clear();
        first.addSeparately(base + head + LENGTH, Memory.i32(base + head));
        return first;
    }

    /// Forgets the frame that [#first] has told last.
    void removeFirst() {
        head += LENGTH + (first.totalBytes() + LENGTH - 1 & -LENGTH);
        frames--;
    }

    /// Forgets all.
    ///
    /// @return how many frames that were
    int clear() {
        int all = frames;
        frames = 0;
        return all;
    }
}
