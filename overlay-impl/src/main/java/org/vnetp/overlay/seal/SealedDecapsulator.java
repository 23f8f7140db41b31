package org.vnetp.overlay.seal;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.encap.Decapsulator;
import org.vnetp.overlay.encap.Messages;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

/// Opens the datagrams of a sealed link where they were received, and hands them to the format: all of a
/// merged message at once where all of them are authentic, so that a frame's chunks stay neighbours. What
/// does not open is counted and goes no further; nothing that it says is believed.
///
/// In the order in which a datagram meets it: is it sealed at all, are there such keys, may its number be
/// new, does it open. Only then its number counts as seen. One loop's.
public final class SealedDecapsulator implements Decapsulator {
    private static final int LEAST = SealedHeader.LENGTH + 1 + SealedHeader.TRAILER;

    private final Decapsulator format;
    private final Sealing sealing;
    private final DropCounters drops;
    private final int firstWord;

    /// @param format takes what was opened, with the tags still behind the datagrams
    /// @param drops  the loop's
    public SealedDecapsulator(Decapsulator format, Sealing sealing, DropCounters drops) {
        this.format = format;
        this.sealing = sealing;
        this.drops = drops;
        this.firstWord = SealedHeader.firstWord(sealing.network());
    }

    @Override
    public void decapsulate(
            MemorySegment slab, long offset, int length, int segmentSize, int ecn, long nowNs, FrameSink sink) {
        open(slab, offset, length, segmentSize <= 0 ? length : segmentSize, 0, ecn, nowNs, sink);
    }

    /// The same where the first datagram has been opened already.
    void afterFirst(MemorySegment slab, long offset, int length, int segmentSize, int ecn, long nowNs, FrameSink sink) {
        int step = segmentSize <= 0 ? length : segmentSize;
        open(slab, offset, length, step, Math.min(step, length), ecn, nowNs, sink);
    }

    /// @param opened bytes from the first on that have been opened: none, or a datagram's
    private void open(
            MemorySegment slab, long offset, int length, int step, int opened, int ecn, long nowNs, FrameSink sink) {
        int begin = 0;
        int done = opened;
        while (done < length) {
            int size = Math.min(step, length - done);
            if (!open(slab, offset + done, size, nowNs)) {
                if (done > begin) {
                    format.decapsulate(slab, offset + begin, done - begin, step, ecn, nowNs, sink);
                }
                begin = done + size;
            }
            done += size;
        }
        if (done > begin) {
            format.decapsulate(slab, offset + begin, done - begin, step, ecn, nowNs, sink);
        }
    }

    private boolean open(MemorySegment slab, long at, int size, long nowNs) {
        if (size < LEAST) {
            drops.increment(DropReason.TRUNCATED);
            return false;
        }
        long front = SealedHeader.front(slab, at);
        if (SealedHeader.withoutDataFlags(SealedHeader.firstWord(front)) != firstWord) {
            onUnusual(slab, at, size, SealedHeader.firstWord(front), nowNs);
            return false;
        }
        int number = SealedHeader.keys(front);
        Generation keys = sealing.opening(number);
        if (keys == null) {
            refuse(DropReason.OTHER_KEYS, number, nowNs);
            return false;
        }
        long back = SealedHeader.back(slab, at);
        OpeningLane lane = keys.opening(SealedHeader.lane(front));
        if (!lane.mayBeNew(SealedHeader.number(back))) {
            drops.increment(DropReason.REPLAYED);
            return false;
        }
        if (!lane.open(
                slab.address() + at, size - SealedHeader.LENGTH - SealedHeader.TRAILER, SealedHeader.number(back))) {
            refuse(DropReason.FORGED, number, nowNs);
            return false;
        }
        opened(slab, at, keys, front, back);
        return true;
    }

    /// A datagram has been opened: it becomes a plain one.
    static void opened(MemorySegment slab, long at, Generation keys, long front, long back) {
        if (!keys.heard()) {
            keys.hear();
        }
        SealedHeader.encode(slab, at, SealedHeader.toPlain(front), back);
    }

    private void onUnusual(MemorySegment slab, long at, int size, int first, long nowNs) {
        if (SealedHeader.isHandshake(first, sealing.network())) {
            DropReason reason = sealing.onHandshake(slab, at, size);
            if (reason != null) {
                refuse(reason, 0, nowNs);
            }
        } else if (SealedHeader.isPlain(first)) {
            refuse(DropReason.UNSEALED, 0, nowNs);
        } else if (SealedHeader.version(first) != SealedHeader.VERSION
                || SealedHeader.network(first) == sealing.network()) {
            refuse(DropReason.BAD_VERSION, SealedHeader.version(first), nowNs);
        } else {
            refuse(DropReason.WRONG_NETWORK, SealedHeader.network(first), nowNs);
        }
    }

    private void refuse(DropReason reason, int field, long nowNs) {
        drops.increment(reason);
        drops.last().datagram(reason, field, nowNs);
    }

    // --- the rest is the format's ---

    @Override
    public boolean holds() {
        return format.holds();
    }

    @Override
    public void endBurst(FrameSink sink) {
        format.endBurst(sink);
    }

    @Override
    public void letGo(long nowNs) {
        format.letGo(nowNs);
    }

    @Override
    public void messages(Messages listener) {
        format.messages(listener);
    }

    @Override
    public void relaying(boolean on) {
        format.relaying(on);
    }

    @Override
    public void guestMtu(int bytes) {
        format.guestMtu(bytes);
    }

    @Override
    public void expire(long nowNs) {
        format.expire(nowNs);
    }
}
