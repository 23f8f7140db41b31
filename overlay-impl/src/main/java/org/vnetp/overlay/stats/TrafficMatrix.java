package org.vnetp.overlay.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/// Frames and bytes per pair of MAC addresses: who talks to whom, and how much.
///
/// Bounded: pairs that find no room near their hash are counted together as `other`, so that an
/// attacker's invented addresses cost no memory. Rows are never removed, which is what lets readers
/// go over them while the loop writes. One writer loop, any reader; nothing allocates after
/// construction.
public final class TrafficMatrix {
    /// Pairs kept by default.
    public static final int DEFAULT_CAPACITY = 1024;

    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PROBES = 16;
    // A row: source + 1 (0 is an empty row), destination, frames, bytes.
    private static final int SOURCE = 0;
    private static final int DESTINATION = 1;
    private static final int FRAMES = 2;
    private static final int BYTES = 3;
    private static final int ROW = 4;

    private final long[] rows;
    private final int mask;
    private final int otherRow;

    /// One row as read.
    public record Row(long source, long destination, long frames, long bytes) {}

    public TrafficMatrix() {
        this(DEFAULT_CAPACITY);
    }

    /// @param capacity pairs to keep; rounded up to a power of two
    public TrafficMatrix(int capacity) {
        if (capacity < 1 || capacity > 1 << 24) {
            throw new IllegalArgumentException("traffic matrix of " + capacity + " pairs: expected 1..16777216");
        }
        int slots = capacity == 1 ? 1 : Integer.highestOneBit(capacity - 1) << 1;
        this.mask = slots - 1;
        this.otherRow = slots * ROW;
        this.rows = new long[otherRow + ROW];
    }

    /// Counts one frame of `bytes` bytes. The loop's thread only.
    public void count(long source, long destination, long bytes) {
        count(source, destination, 1, bytes);
    }

    /// Counts frames of `bytes` bytes together. The loop's thread only.
    public void count(long source, long destination, long frames, long bytes) {
        int row = row(source, destination);
        ELEMENT.setOpaque(rows, row + FRAMES, rows[row + FRAMES] + frames);
        ELEMENT.setOpaque(rows, row + BYTES, rows[row + BYTES] + bytes);
    }

    private int row(long source, long destination) {
        long hash = source * 0x9E37_79B9_7F4A_7C15L ^ destination * 0xC2B2_AE3D_27D4_EB4FL;
        int slot = (int) (hash >>> 32);
        long tag = source + 1;
        for (int probe = 0; probe < PROBES; probe++) {
            int row = ((slot + probe) & mask) * ROW;
            long found = rows[row + SOURCE];
            if (found == tag && rows[row + DESTINATION] == destination) {
                return row;
            }
            if (found == 0) {
                rows[row + DESTINATION] = destination;
                ELEMENT.setRelease(rows, row + SOURCE, tag);
                return row;
            }
        }
        return otherRow;
    }

    /// The pairs seen so far, in no order.
    public List<Row> rows() {
        List<Row> found = new ArrayList<>();
        for (int row = 0; row < otherRow; row += ROW) {
            long tag = (long) ELEMENT.getAcquire(rows, row + SOURCE);
            if (tag != 0) {
                found.add(new Row(tag - 1, rows[row + DESTINATION], read(row + FRAMES), read(row + BYTES)));
            }
        }
        return found;
    }

    /// Frames of pairs that found no room.
    public long otherFrames() {
        return read(otherRow + FRAMES);
    }

    /// Bytes of pairs that found no room.
    public long otherBytes() {
        return read(otherRow + BYTES);
    }

    private long read(int index) {
        return (long) ELEMENT.getOpaque(rows, index);
    }
}
