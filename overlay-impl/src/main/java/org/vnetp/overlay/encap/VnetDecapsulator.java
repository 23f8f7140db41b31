package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.frame.OffloadCheck;
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

    /// The peer is told that it is behind so often at most; the next refused datagram asks again.
    static final long BEHIND_PAUSE_NS = 10_000_000L;

    private static final int MIN_FRAME = VirtioNetHeader.LENGTH + EthernetHeader.LENGTH;
    private static final int MAX_FRAME = VirtioNetHeader.LENGTH + Frame.MAX_LENGTH;
    private static final int MAX_SLICES = Frame.MAX_LENGTH / VnetEncapsulator.MIN_CHUNK + 2;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int CHUNK_FLAGS = (VnetHeader.FLAG_BUNDLE | VnetHeader.FLAG_LAST) << 24;

    private final int network;
    private final DropCounters drops;
    private final Frame whole;
    private final Frame current;
    private final VnetPeer peer;
    /// Null where the datagrams have been opened before: who opens them refuses replays.
    private final ReplayWindow[] windows;

    private final OpenedSequence[] opened;

    /// Bytes behind each datagram that are not its own.
    private final int trailer;

    /// Null where nobody wants to hear any.
    private Messages messages;

    private final Reassembly[] reassemblies = new Reassembly[REASSEMBLIES];

    /// The frame that is being collected as slices: what its chunks' headers have in common, and the last 8 bytes of
    /// the next one's.
    private boolean collecting;

    private long currentFront;
    private long currentBack;
    private int currentNext;
    private int currentChunk;
    private int currentEcn;
    private long currentSinceNs;

    /// What the outer header of the datagram at hand said.
    private int ecn;

    // What the peer is to be told.
    private boolean tellBehind;
    private long behindFront;
    private long behindBack;
    private long behindNewest;
    private long toldBehindNs;
    private boolean toldBehind;

    private long copiedChunks;
    private long lostDatagrams;
    private int reassembling;

    /// @param network 24-bit number of the virtual network
    /// @param peer    the link's
    /// @param drops   where refusals are counted; only this object's loop writes it
    public VnetDecapsulator(Arena arena, int network, VnetPeer peer, DropCounters drops) {
        this(arena, network, peer, peer.windows(), 0, drops);
    }

    /// Of datagrams that were sealed, and have been opened: they are authentic, none comes twice, and a tag
    /// is still behind each.
    public static VnetDecapsulator ofOpened(Arena arena, int network, VnetPeer peer, DropCounters drops) {
        return new VnetDecapsulator(arena, network, peer, null, SealedHeader.TRAILER, drops);
    }

    private VnetDecapsulator(
            Arena arena, int network, VnetPeer peer, ReplayWindow[] windows, int trailer, DropCounters drops) {
        this.network = network;
        this.peer = peer;
        this.windows = windows;
        this.opened = peer.opened();
        this.trailer = trailer;
        this.drops = drops;
        this.whole = new Frame(arena, 1);
        this.current = new Frame(arena, MAX_SLICES);
        for (int i = 0; i < reassemblies.length; i++) {
            reassemblies[i] = new Reassembly(arena);
        }
    }

    /// Chunks that went through a reassembly buffer, thus were copied.
    public long copiedChunks() {
        return copiedChunks;
    }

    @Override
    public void decapsulate(
            MemorySegment slab, long offset, int length, int segmentSize, int mark, long nowNs, FrameSink sink) {
        int step = segmentSize <= 0 ? length : segmentSize;
        int done = 0;
        // The first one's it is for sure.
        ecn = mark & Ecn.FIELD;
        do {
            int size = Math.min(step, length - done);
            onDatagram(slab, offset + done, size - trailer, nowNs, sink);
            ecn = mark;
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
        if ((first & ~CHUNK_FLAGS) != VnetHeader.firstWord(0, network)) {
            onUnusual(slab, at, size, front, nowNs);
            return;
        }
        long back = VnetHeader.back(slab, at);
        if (VnetHeader.hopLimit(front) == 0) {
            drops.increment(DropReason.HOP_LIMIT);
            return;
        }
        if (windows == null) {
            opened[VnetHeader.lane(front)].follow(VnetHeader.number(back));
        } else if (!windows[VnetHeader.lane(front)].accept(VnetHeader.number(back))) {
            onReplayed(front, back);
            return;
        }
        if ((first & VnetHeader.FLAG_BUNDLE << 24) != 0) {
            onBundle(slab, at, size, front, sink);
            return;
        }
        int bytes = size - VnetHeader.LENGTH;
        if (bytes == VnetHeader.frameLength(front)
                && VnetHeader.index(back) == 0
                && VnetHeader.isLast(front)
                && bytes >= MIN_FRAME
                && bytes <= MAX_FRAME) {
            emitWhole(slab, at + VnetHeader.LENGTH, bytes, VnetHeader.hopLimit(front), sink);
        } else {
            onChunk(slab, at + VnetHeader.LENGTH, bytes, front, back, nowNs, sink);
        }
    }

    private void onUnusual(MemorySegment slab, long at, int size, long front, long nowNs) {
        int first = VnetHeader.firstWord(front);
        if (first == VnetHeader.firstWord(VnetHeader.FLAG_BEHIND, network) && size >= VnetHeader.BEHIND_LENGTH) {
            peer.numbers().atLeast(VnetHeader.after(slab, at) + 1);
        } else if (VxlanHeader.looksLike(first)) {
            refuse(DropReason.OTHER_FORMAT, 0, nowNs);
        } else if (VnetHeader.version(first) != VnetHeader.VERSION
                || (first >>> 24 & 15 & ~(VnetHeader.FLAG_BUNDLE | VnetHeader.FLAG_LAST)) != 0) {
            refuse(DropReason.BAD_VERSION, VnetHeader.version(first), nowNs);
        } else {
            refuse(DropReason.WRONG_NETWORK, first & VnetHeader.MAX_NETWORK, nowNs);
        }
    }

    private void refuse(DropReason reason, int field, long nowNs) {
        drops.increment(reason);
        drops.last().datagram(reason, field, nowNs);
    }

    private void onReplayed(long front, long back) {
        drops.increment(DropReason.REPLAYED);
        ReplayWindow window = windows[VnetHeader.lane(front)];
        if (window.behind() && !tellBehind) {
            tellBehind = true;
            behindFront = front;
            behindBack = back;
            behindNewest = window.newest();
        }
    }

    @Override
    public int answer(MemorySegment to, long nowNs) {
        if (!tellBehind || toldBehind && nowNs - toldBehindNs < BEHIND_PAUSE_NS) {
            tellBehind = false;
            return 0;
        }
        tellBehind = false;
        toldBehind = true;
        toldBehindNs = nowNs;
        VnetHeader.encode(
                to,
                0,
                VnetHeader.front(VnetHeader.FLAG_BEHIND, network, Long.BYTES, VnetHeader.lane(behindFront), 1),
                behindBack);
        VnetHeader.after(to, 0, behindNewest);
        return VnetHeader.BEHIND_LENGTH;
    }

    private void onBundle(MemorySegment slab, long at, int size, long front, FrameSink sink) {
        int used = VnetHeader.frameLength(front);
        if (used > size - VnetHeader.LENGTH) {
            drops.increment(DropReason.MALFORMED);
            return;
        }
        long entry = at + VnetHeader.LENGTH;
        long end = entry + used;
        int hops = VnetHeader.hopLimit(front);
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

    private void onChunk(
            MemorySegment slab, long payload, int bytes, long front, long back, long nowNs, FrameSink sink) {
        int frameLength = VnetHeader.frameLength(front);
        boolean last = VnetHeader.isLast(front);
        int chunkOffset = last ? frameLength - bytes : VnetHeader.index(back) * bytes;
        if (frameLength > MAX_FRAME) {
            drops.increment(DropReason.OVERSIZE);
            return;
        }
        // Only the last chunk ends where the frame does.
        if (frameLength < MIN_FRAME
                || (last ? chunkOffset < 0 : chunkOffset + bytes >= frameLength)
                || last && chunkOffset == 0 != (VnetHeader.index(back) == 0)) {
            onNoFrame(slab, payload, bytes, front, back);
            return;
        }
        if (!last && (bytes < VnetEncapsulator.MIN_CHUNK || (bytes & 1) != 0)) {
            drops.increment(DropReason.MALFORMED);
            return;
        }
        long common = VnetHeader.withoutLast(front);
        if (collecting
                && back == currentBack
                && common == currentFront
                && chunkOffset == currentNext
                && (last ? bytes <= currentChunk : bytes == currentChunk)) {
            current.slices().addSeparately(slab.address() + payload, bytes);
            currentNext += bytes;
            currentBack += VnetHeader.NEXT_NUMBER + 1;
            if (ecn != currentEcn) {
                currentEcn = Ecn.worse(currentEcn, ecn);
            }
            if (last) {
                collecting = false;
                emit(current, currentEcn, sink);
            }
            return;
        }
        long frame = VnetHeader.frame(back);
        if (chunkOffset == 0 && (reassembling == 0 || find(frame, common) == null)) {
            if (collecting) {
                if (isCollected(frame, common)) {
                    drops.increment(DropReason.OVERLAP);
                    return;
                }
                copyCurrentAside();
            }
            current.wrap(slab, payload, bytes, VnetHeader.hopLimit(front));
            collecting = true;
            currentFront = common;
            currentBack = back + VnetHeader.NEXT_NUMBER + 1;
            currentNext = bytes;
            currentChunk = bytes;
            currentEcn = ecn;
            currentSinceNs = nowNs;
            return;
        }
        reassemble(slab, payload, bytes, frame, chunkOffset, common, nowNs, sink);
    }

    /// A datagram that is no part of a frame: a message, or nonsense.
    private void onNoFrame(MemorySegment slab, long payload, int bytes, long front, long back) {
        int kind = VnetHeader.frameLength(front);
        if (messages != null
                && kind >= 1
                && kind <= Messages.MOST_KINDS
                && VnetHeader.isLast(front)
                && VnetHeader.index(back) == 0) {
            messages.onMessage(kind, slab, payload, bytes);
        } else {
            drops.increment(DropReason.MALFORMED);
        }
    }

    private boolean isCollected(long frame, long common) {
        return frame == VnetHeader.frame(currentBack) && common == currentFront;
    }

    private void reassemble(
            MemorySegment slab,
            long payload,
            int bytes,
            long frame,
            int chunkOffset,
            long common,
            long nowNs,
            FrameSink sink) {
        if (collecting && isCollected(frame, common)) {
            copyCurrentAside();
        }
        Reassembly reassembly = find(frame, common);
        if (reassembly == null) {
            reassembly = claim(frame, common, nowNs);
        }
        copiedChunks++;
        reassembly.mark(ecn);
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
                VnetHeader.hopLimit(reassembly.front()));
        reassembly.release();
        emit(whole, reassembly.ecn(), sink);
    }

    private Reassembly find(long frame, long common) {
        for (Reassembly reassembly : reassemblies) {
            if (reassembly.is(frame, common)) {
                return reassembly;
            }
        }
        return null;
    }

    private Reassembly claim(long frame, long common, long nowNs) {
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
        oldest.claim(frame, common, nowNs);
        return oldest;
    }

    /// Takes the frame that is being collected from the receive slab to a reassembly buffer.
    private void copyCurrentAside() {
        collecting = false;
        Reassembly reassembly = claim(VnetHeader.frame(currentBack), currentFront, currentSinceNs);
        reassembly.mark(currentEcn);
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
        emit(whole.wrap(slab, at, length, hops), ecn, sink);
    }

    private void emit(Frame frame, int mark, FrameSink sink) {
        if (!OffloadCheck.accept(frame.head(), frame.offset(), frame.headLength(), frame.length())) {
            drops.increment(DropReason.BAD_OFFLOAD);
            return;
        }
        if (Ecn.matters(mark)
                && !Ecn.decapsulate(
                        frame.head(), frame.ethernet(), frame.headLength() - VirtioNetHeader.LENGTH, mark)) {
            drops.increment(DropReason.CONGESTION);
            return;
        }
        sink.onFrame(frame);
    }

    @Override
    public void messages(Messages listener) {
        messages = listener;
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
            copyCurrentAside();
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
