package org.vnetp.overlay.seal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.link.Link;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

/// A link that seals what is staged on it before it hands it on. Each datagram is sealed for itself, as
/// soon as its train is complete, from where its text lies (a guest's slab) into this object's own: the
/// cipher's pass over the bytes
/// is the only one, and what others still need of the frame stays as it is.
///
/// What it receives is still sealed: [SealedDecapsulator] opens it. One loop's, which has a lane of its own.
public final class SealedLink implements Link {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /// What one more frame may need, headers and tags of the smallest chunks and a bundle before it included.
    private static final int FRAME_ROOM = 160 * 1024;

    /// A visit of a guest stages less than two superframes and a half.
    private static final int SLAB_LENGTH = 512 * 1024;

    private static final int MOST_SLICES = 4096;
    private static final int ALIGNMENT = 64;

    private final Link link;
    private final Sealing sealing;
    private final int lane;
    private final DropCounters drops;
    private final MemorySegment slab;
    private final long slabAddress;
    private int cursor;
    private boolean staged;

    // The open train.
    private final long[] addresses = new long[MOST_SLICES];
    private final int[] lengths = new int[MOST_SLICES];
    private int slices;

    // Where sealing stands in it.
    private int slice;
    private int sliceOffset;

    /// @param link    takes what is sealed
    /// @param lane    the loop's, 0..7
    /// @param drops   the loop's
    public SealedLink(Arena arena, Link link, Sealing sealing, int lane, DropCounters drops) {
        this.link = link;
        this.sealing = sealing;
        this.lane = lane;
        this.drops = drops;
        this.slab = arena.allocate(SLAB_LENGTH, 4096);
        this.slabAddress = slab.address();
    }

    // --- sending, in the order a train meets it ---

    @Override
    public boolean hasRoom() {
        return cursor + FRAME_ROOM <= SLAB_LENGTH && link.hasRoom();
    }

    @Override
    public void slice(long address, int length) {
        addresses[slices] = address;
        lengths[slices++] = length;
    }

    @Override
    public void endTrain(int segmentSize, int datagrams, int totalBytes, int ecn) {
        staged = true;
        Generation keys = sealing.sending();
        int sealed = keys == null ? 0 : seal(keys, segmentSize, datagrams, totalBytes);
        slices = 0;
        if (sealed < datagrams) {
            drops.add(DropReason.NO_KEYS, datagrams - sealed);
        }
        if (sealed > 0) {
            int bytes = sealed == datagrams ? totalBytes : sealed * segmentSize;
            link.endTrain(segmentSize + SealedHeader.TRAILER, sealed, bytes + sealed * SealedHeader.TRAILER, ecn);
        }
    }

    /// @return datagrams sealed and handed on; fewer than there are where the key must not be used any more
    private int seal(Generation keys, int segmentSize, int datagrams, int totalBytes) {
        SealingLane key = keys.sealing(lane);
        slice = 0;
        sliceOffset = 0;
        int left = totalBytes;
        for (int i = 0; i < datagrams; i++) {
            // An encapsulator hands out headers as slices of their own.
            long plain = addresses[slice++];
            long back = MEMORY.get(LONG, plain + Long.BYTES);
            if (!key.use(SealedHeader.number(back))) {
                return i;
            }
            int size = Math.min(segmentSize, left);
            left -= size;
            int length = size - SealedHeader.LENGTH;
            long header = slabAddress + cursor;
            SealedHeader.encode(slab, cursor, SealedHeader.ofPlain(MEMORY.get(LONG, plain), keys.keys()), back);
            key.seal(header, text(header + SealedHeader.LENGTH, length), length);
            link.slice(header, size + SealedHeader.TRAILER);
            cursor += size + SealedHeader.TRAILER + ALIGNMENT - 1 & -ALIGNMENT;
        }
        return datagrams;
    }

    /// The address of the next so many bytes of the train: where they are, or at `gathered` where they were
    /// in pieces.
    private long text(long gathered, int length) {
        long at = addresses[slice] + sliceOffset;
        int there = lengths[slice] - sliceOffset;
        if (there >= length) {
            advance(length, there);
            return at;
        }
        long to = gathered;
        int wanted = length;
        while (wanted > 0) {
            at = addresses[slice] + sliceOffset;
            there = lengths[slice] - sliceOffset;
            int part = Math.min(there, wanted);
            MemorySegment.copy(MEMORY, at, MEMORY, to, part);
            to += part;
            wanted -= part;
            advance(part, there);
        }
        return gathered;
    }

    private void advance(int taken, int there) {
        if (taken == there) {
            slice++;
            sliceOffset = 0;
        } else {
            sliceOffset += taken;
        }
    }

    @Override
    public boolean staged() {
        // What was dropped for want of keys has used up the encapsulator's room as well.
        return staged || link.staged();
    }

    @Override
    public int stagedBytes() {
        return link.stagedBytes();
    }

    @Override
    public boolean flush(Posix posix) {
        if (link.staged() && !link.flush(posix)) {
            return false;
        }
        reset();
        return true;
    }

    @Override
    public int discard() {
        int datagrams = link.discard();
        reset();
        return datagrams;
    }

    private void reset() {
        cursor = 0;
        staged = false;
    }

    // --- the rest is the link's ---

    @Override
    public int receive(Posix posix, ReceiveBatch batch) {
        return link.receive(posix, batch);
    }

    @Override
    public void follow(Posix posix, InetSocketAddress peer) {
        link.follow(posix, peer);
    }

    @Override
    public int datagramCapacity() {
        return Math.max(0, Math.min(link.datagramCapacity(), sealing.longest()) - SealedHeader.TRAILER);
    }

    @Override
    public int descriptor() {
        return link.descriptor();
    }

    @Override
    public int death() {
        return link.death();
    }

    @Override
    public void close() {
        link.close();
    }
}
