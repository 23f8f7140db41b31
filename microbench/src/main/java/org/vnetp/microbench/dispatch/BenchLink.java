package org.vnetp.microbench.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.link.Link;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.posix.Posix;

/// One end of a link without a kernel: sending copies the slices away, receiving copies them into
/// the slab, as sockets do, and datagrams of one size arrive merged, as with UDP_GRO. Allocates
/// nothing after construction.
final class BenchLink implements Link {
    private static final int MAX_TRAINS = 1024;
    private static final int MAX_SLICES = 8192;
    private static final int FRAME_SLICES = 512;
    private static final int MAX_MERGED = 64;
    private static final int MAX_TRAIN_BYTES = 65_507;
    private static final long WIRE_BYTES = 16L << 20;

    private final int capacity;
    private final long[] address = new long[MAX_SLICES];
    private final int[] length = new int[MAX_SLICES];
    private int slices;
    private int stagedBytes;
    private int stagedTrains;

    // The wire towards the other end: messages one after another.
    private final MemorySegment wire = Arena.ofAuto().allocate(WIRE_BYTES, 64);
    private final int[] messageBytes = new int[MAX_TRAINS];
    private final int[] messageSegment = new int[MAX_TRAINS];
    private final int[] messageDatagrams = new int[MAX_TRAINS];
    private int messages;
    private int taken;
    private long wireEnd;
    private long wireStart;
    private BenchLink other;

    private BenchLink(int capacity) {
        this.capacity = capacity;
    }

    /// Both ends of a link for datagrams of `capacity` bytes.
    static BenchLink[] pair(int capacity) {
        BenchLink[] ends = {new BenchLink(capacity), new BenchLink(capacity)};
        ends[0].other = ends[1];
        ends[1].other = ends[0];
        return ends;
    }

    @Override
    public void slice(long sliceAddress, int sliceLength) {
        address[slices] = sliceAddress;
        length[slices] = sliceLength;
        slices++;
        stagedBytes += sliceLength;
    }

    @Override
    public void endTrain(int segmentSize, int datagrams, int totalBytes, int ecn) {
        stagedTrains++;
        int last = messages - 1;
        if (last >= taken
                && messageBytes[last] == messageDatagrams[last] * messageSegment[last]
                && (segmentSize == messageSegment[last] || datagrams == 1 && totalBytes <= messageSegment[last])
                && messageDatagrams[last] + datagrams <= MAX_MERGED
                && messageBytes[last] + totalBytes <= MAX_TRAIN_BYTES) {
            messageBytes[last] += totalBytes;
            messageDatagrams[last] += datagrams;
            return;
        }
        int most = Math.min(MAX_MERGED, MAX_TRAIN_BYTES / segmentSize);
        int bytes = totalBytes;
        for (int left = datagrams; left > 0; left -= most) { // a train longer than a message is sent by several calls
            messageDatagrams[messages] = Math.min(most, left);
            messageBytes[messages] = Math.min(most * segmentSize, bytes);
            messageSegment[messages] = segmentSize;
            bytes -= messageBytes[messages];
            messages++;
        }
    }

    @Override
    public boolean hasRoom() {
        return slices + FRAME_SLICES <= MAX_SLICES && messages + 4 < MAX_TRAINS;
    }

    @Override
    public boolean staged() {
        return stagedTrains > 0;
    }

    @Override
    public int stagedBytes() {
        return stagedBytes;
    }

    @Override
    public boolean flush(Posix posix) {
        for (int i = 0; i < slices; i++) {
            MemorySegment.copy(BenchNic.MEMORY, address[i], wire, wireEnd, length[i]);
            wireEnd += length[i];
        }
        slices = 0;
        stagedBytes = 0;
        stagedTrains = 0;
        return true;
    }

    @Override
    public int discard() {
        throw new IllegalStateException("a benchmark's link is never full");
    }

    @Override
    public int receive(Posix posix, ReceiveBatch batch) {
        batch.begin();
        BenchLink sender = other;
        while (batch.next() < batch.slots() && sender.taken < sender.messages) {
            int bytes = sender.messageBytes[sender.taken];
            MemorySegment.copy(sender.wire, sender.wireStart, batch.slab(), batch.slotOffset(batch.next()), bytes);
            batch.received(bytes, sender.messageSegment[sender.taken], Ecn.NOT_ECT);
            sender.wireStart += bytes;
            sender.taken++;
        }
        if (sender.taken == sender.messages) {
            sender.taken = 0;
            sender.messages = 0;
            sender.wireStart = 0;
            sender.wireEnd = 0;
        }
        return batch.count();
    }

    @Override
    public int datagramCapacity() {
        return capacity;
    }

    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public void close() {
        // holds nothing
    }
}
