package org.vnetp.overlay.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Queue;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.posix.Posix;

/// A link that is two queues of datagrams in this process. For tests and benchmarks; it copies and
/// allocates. One thread at a time.
///
/// [Impairment] stands between the ends: it may lose, repeat, reorder or corrupt. There are no outer headers, so
/// nothing marks congestion.
public final class InMemoryLink implements Link {
    /// What happens to a datagram on the way.
    @FunctionalInterface
    public interface Impairment {
        /// @param datagram belongs to the callee
        /// @param arrived  takes what arrives at the other end, in that order
        void onDatagram(byte[] datagram, Queue<byte[]> arrived);
    }

    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final int SLICES = 4096;
    private static final int FRAME_SLICES = 800;
    private static final int MAX_MERGED = 64;

    private final TrainBuffer trains;
    private final Queue<byte[]> incoming;
    private final Queue<byte[]> outgoing;
    private final Impairment impairment;
    private final boolean merges;
    private int capacity;

    private InMemoryLink(
            Arena arena,
            Queue<byte[]> incoming,
            Queue<byte[]> outgoing,
            int capacity,
            boolean merges,
            Impairment impairment) {
        this.trains = new TrainBuffer(arena, SLICES, MAX_MERGED, 65_507);
        this.incoming = incoming;
        this.outgoing = outgoing;
        this.capacity = capacity;
        this.merges = merges;
        this.impairment = impairment;
    }

    /// Two ends of one link.
    ///
    /// @param capacity bytes of a datagram
    /// @param merges   datagrams of one size arrive merged, as with UDP_GRO
    public static InMemoryLink[] pair(int capacity, boolean merges, Impairment impairment) {
        Queue<byte[]> there = new ArrayDeque<>();
        Queue<byte[]> back = new ArrayDeque<>();
        return new InMemoryLink[] {
            new InMemoryLink(Arena.ofAuto(), back, there, capacity, merges, impairment),
            new InMemoryLink(Arena.ofAuto(), there, back, capacity, merges, impairment)
        };
    }

    /// The path's MTU changed.
    public void datagramCapacity(int bytes) {
        capacity = bytes;
    }

    /// Puts a datagram before this end, as if it had arrived.
    public void arrive(byte[] datagram) {
        incoming.add(datagram);
    }

    @Override
    public void slice(long address, int length) {
        trains.slice(address, length);
    }

    @Override
    public void endTrain(int segmentSize, int datagrams, int totalBytes, int ecn) {
        trains.endTrain(segmentSize, datagrams, totalBytes, ecn);
    }

    @Override
    public boolean hasRoom() {
        return trains.hasRoom(FRAME_SLICES);
    }

    @Override
    public boolean staged() {
        return trains.trains() > 0;
    }

    @Override
    public int stagedBytes() {
        return trains.totalBytes();
    }

    @Override
    public boolean flush(Posix posix) {
        for (int train = 0; train < trains.trains(); train++) {
            byte[] bytes = new byte[trains.bytes(train)];
            int at = 0;
            for (int i = trains.firstSlice(train); i < trains.endSlice(train); i++) {
                int length = trains.slices().sliceLength(i);
                MemorySegment.copy(
                        MEMORY, ValueLayout.JAVA_BYTE, trains.slices().sliceAddress(i), bytes, at, length);
                at += length;
            }
            int size = trains.segmentSize(train);
            for (int from = 0; from < bytes.length; from += size) {
                impairment.onDatagram(
                        java.util.Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + size)), outgoing);
            }
        }
        trains.clear();
        return true;
    }

    @Override
    public int discard() {
        int datagrams = 0;
        for (int train = 0; train < trains.trains(); train++) {
            datagrams += trains.datagrams(train);
        }
        trains.clear();
        return datagrams;
    }

    @Override
    public int receive(Posix posix, ReceiveBatch batch) {
        batch.begin();
        while (batch.next() < batch.slots() && !incoming.isEmpty()) {
            byte[] first = incoming.poll();
            long at = batch.slotOffset(batch.next());
            MemorySegment.copy(first, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, first.length);
            int length = first.length;
            int joined = 1;
            boolean full = true;
            while (merges
                    && full
                    && joined < MAX_MERGED
                    && !incoming.isEmpty()
                    && incoming.peek().length <= first.length
                    && length + incoming.peek().length <= ReceiveBatch.SLOT_LENGTH) {
                byte[] next = incoming.poll();
                MemorySegment.copy(next, 0, batch.slab(), ValueLayout.JAVA_BYTE, at + length, next.length);
                length += next.length;
                full = next.length == first.length;
                joined++;
            }
            batch.received(length, first.length, Ecn.NOT_ECT);
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
    public void close() {}
}
