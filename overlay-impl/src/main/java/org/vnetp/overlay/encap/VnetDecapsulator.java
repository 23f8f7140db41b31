package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

/// Datagrams of the `vnet` format to frames (see [VnetHeader]).
///
/// The straight way: the chunks of a frame follow one another in the receive slab, are collected as
/// slices, and the frame is handed out without a copy as soon as its last chunk is there. A chunk
/// out of order takes the frame to one of a few [Reassembly] buffers, by copy. What comes from the
/// wire is never trusted: every field is checked, every refusal counted, nothing throws.
public final class VnetDecapsulator implements Decapsulator {
    /// Frames that may be in reassembly at a time.
    static final int REASSEMBLIES = 4;

    /// How long an unfinished frame is kept.
    static final long REASSEMBLY_TIMEOUT_NS = 100_000_000L;

    private static final int MIN_FRAME = VirtioNetHeader.LENGTH + EthernetHeader.LENGTH;
    private static final int MAX_FRAME = VirtioNetHeader.LENGTH + Frame.MAX_LENGTH;
    private static final int MAX_SLICES = Frame.MAX_LENGTH / VnetEncapsulator.MIN_CHUNK + 2;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final int network;
    private final DropCounters drops;
    private final Frame whole;
    private final Frame current;
    private final ReplayWindow[] windows = new ReplayWindow[VnetHeader.LANES];
    private final Reassembly[] reassemblies = new Reassembly[REASSEMBLIES];

    /// The frame that is being collected as slices; its last word tells length, epoch, lane and hops, -1
    /// means none.
    private boolean collecting;

    private int currentId;
    private int currentLast;
    private int currentNext;
    private int currentChunk;
    private long currentSinceNs;

    private long copiedChunks;
    private long lostDatagrams;
    private int reassembling;

    /// @param network 24-bit number of the virtual network
    /// @param drops   where refusals are counted; only this object's loop writes it
    public VnetDecapsulator(Arena arena, int network, DropCounters drops) {
        this.network = network;
        this.drops = drops;
        this.whole = new Frame(arena, 1);
        this.current = new Frame(arena, MAX_SLICES);
        for (int lane = 0; lane < windows.length; lane++) {
            windows[lane] = new ReplayWindow();
        }
        for (int i = 0; i < reassemblies.length; i++) {
            reassemblies[i] = new Reassembly(arena);
        }
    }

    /// Chunks that went through a reassembly buffer, thus were copied.
    public long copiedChunks() {
        return copiedChunks;
    }

    @Override
    public void decapsulate(MemorySegment slab, long offset, int length, int segmentSize, long nowNs, FrameSink sink) {
        int step = segmentSize <= 0 ? length : segmentSize;
        int done = 0;
        do {
            int size = Math.min(step, length - done);
            onDatagram(slab, offset + done, size, nowNs, sink);
            done += size;
        } while (done < length);
    }

    private void onDatagram(MemorySegment slab, long at, int size, long nowNs, FrameSink sink) {
        if (size <= VnetHeader.LENGTH) {
            drops.increment(DropReason.TRUNCATED);
            return;
        }
        long front = VnetHeader.front(slab, at);
        int first = VnetHeader.firstWord(front);
        if ((first & ~(VnetHeader.FLAG_BUNDLE << 24)) != VnetHeader.firstWord(0, network)) {
            refuse(first);
            return;
        }
        long back = VnetHeader.back(slab, at);
        int last = VnetHeader.lastWord(back);
        if (VnetHeader.hopLimit(last) == 0) {
            drops.increment(DropReason.HOP_LIMIT);
            return;
        }
        if (!windows[VnetHeader.lane(last)].accept(VnetHeader.epoch(last), VnetHeader.sequence(front))) {
            drops.increment(DropReason.REPLAYED);
            return;
        }
        if ((first & VnetHeader.FLAG_BUNDLE << 24) != 0) {
            onBundle(slab, at, size, last, sink);
            return;
        }
        int bytes = size - VnetHeader.LENGTH;
        if (bytes == VnetHeader.frameLength(last)
                && VnetHeader.chunkOffset(back) == 0
                && bytes >= MIN_FRAME
                && bytes <= MAX_FRAME) {
            emitWhole(slab, at + VnetHeader.LENGTH, bytes, VnetHeader.hopLimit(last), sink);
        } else {
            onChunk(slab, at + VnetHeader.LENGTH, bytes, back, nowNs, sink);
        }
    }

    private void refuse(int first) {
        if (first >>> 28 != VnetHeader.VERSION || (first >>> 24 & 15 & ~VnetHeader.FLAG_BUNDLE) != 0) {
            drops.increment(DropReason.BAD_VERSION);
        } else {
            drops.increment(DropReason.WRONG_NETWORK);
        }
    }

    private void onBundle(MemorySegment slab, long at, int size, int last, FrameSink sink) {
        int used = VnetHeader.frameLength(last);
        if (used > size - VnetHeader.LENGTH) {
            drops.increment(DropReason.MALFORMED);
            return;
        }
        long entry = at + VnetHeader.LENGTH;
        long end = entry + used;
        int hops = VnetHeader.hopLimit(last);
        while (entry + VnetHeader.BUNDLE_ENTRY_HEADER_LENGTH < end) {
            int length = Short.toUnsignedInt(slab.get(SHORT, entry));
            entry += VnetHeader.BUNDLE_ENTRY_HEADER_LENGTH;
            if (length < MIN_FRAME || length > end - entry) {
                drops.increment(DropReason.MALFORMED);
                return;
            }
            emitWhole(slab, entry, length, hops, sink);
            entry += length;
        }
    }

    private void onChunk(MemorySegment slab, long payload, int bytes, long back, long nowNs, FrameSink sink) {
        int last = VnetHeader.lastWord(back);
        int frameLength = VnetHeader.frameLength(last);
        int chunkOffset = VnetHeader.chunkOffset(back);
        if (frameLength > MAX_FRAME) {
            drops.increment(DropReason.OVERSIZE);
            return;
        }
        if (frameLength < MIN_FRAME || chunkOffset + bytes > frameLength) {
            drops.increment(DropReason.MALFORMED);
            return;
        }
        if (chunkOffset + bytes < frameLength && (bytes < VnetEncapsulator.MIN_CHUNK || (bytes & 1) != 0)) {
            drops.increment(DropReason.MALFORMED);
            return;
        }
        int id = VnetHeader.frameId(back);
        if (collecting
                && chunkOffset == currentNext
                && id == currentId
                && last == currentLast
                && (bytes == currentChunk || chunkOffset + bytes == frameLength && bytes < currentChunk)) {
            current.slices().addSeparately(slab.address() + payload, bytes);
            currentNext += bytes;
            if (currentNext == frameLength) {
                collecting = false;
                emit(current, sink);
            }
            return;
        }
        if (chunkOffset == 0 && (reassembling == 0 || find(id, last) == null)) {
            if (collecting) {
                if (id == currentId && last == currentLast) {
                    drops.increment(DropReason.OVERLAP);
                    return;
                }
                copyCurrentAside(nowNs);
            }
            current.wrap(slab, payload, bytes, VnetHeader.hopLimit(last));
            collecting = true;
            currentId = id;
            currentLast = last;
            currentNext = bytes;
            currentChunk = bytes;
            currentSinceNs = nowNs;
            return;
        }
        reassemble(slab, payload, bytes, id, chunkOffset, last, nowNs, sink);
    }

    private void reassemble(
            MemorySegment slab,
            long payload,
            int bytes,
            int id,
            int chunkOffset,
            int last,
            long nowNs,
            FrameSink sink) {
        if (collecting && id == currentId && last == currentLast) {
            copyCurrentAside(nowNs);
        }
        Reassembly reassembly = find(id, last);
        if (reassembly == null) {
            reassembly = claim(id, last, nowNs);
        }
        copiedChunks++;
        switch (reassembly.add(slab, payload, bytes, chunkOffset)) {
            case Reassembly.COMPLETE -> {
                reassembling--;
                current(reassembly, sink);
            }
            case Reassembly.REFUSED -> drops.increment(DropReason.OVERLAP);
            default -> {}
        }
    }

    private void current(Reassembly reassembly, FrameSink sink) {
        whole.wrap(
                reassembly.buffer(),
                Reassembly.HEADROOM,
                reassembly.frameLength(),
                VnetHeader.hopLimit(reassembly.lastWord()));
        reassembly.release();
        emit(whole, sink);
    }

    private Reassembly find(int id, int last) {
        for (Reassembly reassembly : reassemblies) {
            if (reassembly.is(id, last)) {
                return reassembly;
            }
        }
        return null;
    }

    private Reassembly claim(int id, int last, long nowNs) {
        Reassembly oldest = reassemblies[0];
        for (Reassembly reassembly : reassemblies) {
            if (!reassembly.used()) {
                oldest = reassembly;
                break;
            }
            if (reassembly.sinceNs() - oldest.sinceNs() < 0) {
                oldest = reassembly;
            }
        }
        if (oldest.used()) {
            drops.increment(DropReason.REASSEMBLY_EVICTED);
        } else {
            reassembling++;
        }
        oldest.claim(id, last, VnetHeader.frameLength(last), nowNs);
        return oldest;
    }

    /// Takes the frame that is being collected from the receive slab to a reassembly buffer.
    private void copyCurrentAside(long nowNs) {
        collecting = false;
        Reassembly reassembly = claim(currentId, currentLast, currentSinceNs);
        for (int i = 0, at = 0; i < current.slices().count(); i++) {
            int bytes = current.slices().sliceLength(i);
            copiedChunks++;
            reassembly.add(
                    current.head(),
                    current.slices().sliceAddress(i) - current.head().address(),
                    bytes,
                    at);
            at += bytes;
        }
    }

    private void emitWhole(MemorySegment slab, long at, int length, int hops, FrameSink sink) {
        emit(whole.wrap(slab, at, length, hops), sink);
    }

    private void emit(Frame frame, FrameSink sink) {
        if (!OffloadCheck.accept(frame.head(), frame.offset(), frame.headLength(), frame.length())) {
            drops.increment(DropReason.BAD_OFFLOAD);
            return;
        }
        sink.onFrame(frame);
    }

    @Override
    public boolean holds() {
        return collecting;
    }

    @Override
    public void endBurst(FrameSink sink) {
        // A frame is handed out with its last chunk; nothing waits for the end of a burst.
    }

    @Override
    public void letGo(long nowNs) {
        if (collecting) {
            copyCurrentAside(nowNs);
        }
    }

    @Override
    public void expire(long nowNs) {
        if (collecting && nowNs - currentSinceNs > REASSEMBLY_TIMEOUT_NS) {
            collecting = false;
            drops.increment(DropReason.REASSEMBLY_TIMEOUT);
        }
        if (reassembling == 0) {
            return;
        }
        for (Reassembly reassembly : reassemblies) {
            if (reassembly.used() && nowNs - reassembly.sinceNs() > REASSEMBLY_TIMEOUT_NS) {
                reassembly.release();
                reassembling--;
                drops.increment(DropReason.REASSEMBLY_TIMEOUT);
            }
        }
    }
}
