package org.vnetp.overlay.link;

import java.lang.foreign.Arena;
import org.vnetp.overlay.encap.DatagramSink;
import org.vnetp.overlay.frame.ScatterList;

/// Trains staged for one link: their slices in one array of iovecs, and a table of where each train begins.
///
/// A train that continues the one before (same segment size and ECN, and the one before ends with a full
/// datagram) is joined to it.
final class TrainBuffer implements DatagramSink {
    /// Most slices of one sendmsg (UIO_MAXIOV).
    static final int MAX_MESSAGE_SLICES = 1024;

    private static final int MAX_TRAINS = 512;

    private final ScatterList slices;
    private final int[] firstSlice = new int[MAX_TRAINS + 1];
    private final int[] segmentSize = new int[MAX_TRAINS];
    private final int[] datagrams = new int[MAX_TRAINS];
    private final int[] bytes = new int[MAX_TRAINS];
    private final int[] ecn = new int[MAX_TRAINS];
    private final int maxDatagrams;
    private final int maxBytes;
    private int trains;
    private int totalBytes;

    /// @param maxDatagrams joined trains have no more datagrams
    /// @param maxBytes     joined trains have no more bytes
    TrainBuffer(Arena arena, int capacity, int maxDatagrams, int maxBytes) {
        this.slices = new ScatterList(arena, capacity);
        this.maxDatagrams = maxDatagrams;
        this.maxBytes = maxBytes;
    }

    @Override
    public void slice(long address, int length) {
        if (!slices.addSeparately(address, length)) {
            throw new IllegalStateException("no room for a slice: the caller did not ask hasRoom()");
        }
    }

    @Override
    public void endTrain(int size, int count, int total, int mark) {
        totalBytes += total;
        int last = trains - 1;
        if (last >= 0
                && bytes[last] == datagrams[last] * segmentSize[last]
                && (size == segmentSize[last] || count == 1 && total <= segmentSize[last])
                && mark == ecn[last]
                && datagrams[last] + count <= maxDatagrams
                && bytes[last] + total <= maxBytes
                && slices.count() - firstSlice[last] <= MAX_MESSAGE_SLICES) {
            datagrams[last] += count;
            bytes[last] += total;
            firstSlice[trains] = slices.count();
            return;
        }
        segmentSize[trains] = size;
        datagrams[trains] = count;
        bytes[trains] = total;
        ecn[trains] = mark;
        trains++;
        firstSlice[trains] = slices.count();
    }

    boolean hasRoom(int wantedSlices) {
        return trains < MAX_TRAINS - 2 && slices.count() + wantedSlices <= slices.capacity();
    }

    void clear() {
        slices.clear();
        trains = 0;
        totalBytes = 0;
        firstSlice[0] = 0;
    }

    int trains() {
        return trains;
    }

    int totalBytes() {
        return totalBytes;
    }

    ScatterList slices() {
        return slices;
    }

    int firstSlice(int train) {
        return firstSlice[train];
    }

    /// One past the last slice.
    int endSlice(int train) {
        return firstSlice[train + 1];
    }

    int segmentSize(int train) {
        return segmentSize[train];
    }

    int datagrams(int train) {
        return datagrams[train];
    }

    int bytes(int train) {
        return bytes[train];
    }

    int ecn(int train) {
        return ecn[train];
    }
}
