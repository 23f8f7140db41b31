package org.vnetp.microbench;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.encap.DatagramSink;

/// Takes trains and lays them out as a receiver would find them, one message a train.
///
/// The first layout copies everything. Later ones copy headers only ([#headersOnly]): the payload
/// stands where it stood, as it does for a kernel that moves it, and what is measured is the
/// codec's work and no copy of payload.
public final class Wire implements DatagramSink {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final int TWO_LONGS = 2 * Long.BYTES;
    private static final int MAX_TRAINS = 4096;

    private final MemorySegment slab;
    private final long[] offset = new long[MAX_TRAINS];
    private final int[] length = new int[MAX_TRAINS];
    private final int[] segmentSize = new int[MAX_TRAINS];
    private int longest = Integer.MAX_VALUE;
    private int trains;
    private int datagrams;
    private long start;
    private long at;

    public Wire(Arena arena, long bytes) {
        slab = arena.allocate(bytes, 64);
    }

    /// From now on slices of up to `longest` bytes, the format's headers, are copied, and longer ones only
    /// counted.
    public void headersOnly(int longest) {
        this.longest = longest;
    }

    public void clear() {
        trains = 0;
        datagrams = 0;
        start = 0;
        at = 0;
    }

    @Override
    public void slice(long address, int bytes) {
        if (bytes == TWO_LONGS) {
            slab.set(JAVA_LONG_UNALIGNED, at, MEMORY.get(JAVA_LONG_UNALIGNED, address));
            slab.set(JAVA_LONG_UNALIGNED, at + Long.BYTES, MEMORY.get(JAVA_LONG_UNALIGNED, address + Long.BYTES));
        } else if (bytes <= longest) {
            MemorySegment.copy(MEMORY, address, slab, at, bytes);
        }
        at += bytes;
    }

    @Override
    public void endTrain(int size, int count, int totalBytes, int ecn) {
        offset[trains] = start;
        length[trains] = totalBytes;
        segmentSize[trains] = size;
        trains++;
        datagrams += count;
        start = at;
    }

    public MemorySegment slab() {
        return slab;
    }

    public int trains() {
        return trains;
    }

    public int datagrams() {
        return datagrams;
    }

    public long offset(int train) {
        return offset[train];
    }

    public int length(int train) {
        return length[train];
    }

    public int segmentSize(int train) {
        return segmentSize[train];
    }
}
