package org.vnetp.overlay.seal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.encap.StrayDatagrams;
import org.vnetp.overlay.frame.FrameSink;

/// Finds out whether a datagram that came from elsewhere is a sealed link's peer's, as WireGuard's roaming does: it
/// is where it opens by the link's keys and is no replay. Its sender is where the peer is now if it also is the
/// newest of its lane by the newest keys, so that what was held up on a way that is no more, or held back by
/// somebody, moves nothing.
///
/// An attempt costs about what opening costs; all links of a node share a budget of them ([Budget]). What is not
/// claimed is left as it was, for the next link to try.
public final class SealedStrays implements StrayDatagrams {
    private static final int LEAST = SealedHeader.LENGTH + 1 + SealedHeader.TRAILER;

    private final SealedDecapsulator decapsulator;
    private final Sealing sealing;
    private final Budget budget;
    private final MemorySegment kept;
    private final int firstWord;

    /// How many attempts strangers may cause. One loop's at a time.
    public static final class Budget {
        /// A second of them is a hundredth of a processor or so.
        static final int MOST = 100;

        static final long WINDOW_NS = 10_000_000L;

        private long sinceNs;
        private int used = MOST;

        boolean take(long nowNs) {
            if (nowNs - sinceNs >= WINDOW_NS || nowNs < sinceNs) {
                sinceNs = nowNs;
                used = 0;
            }
            return used < MOST && used++ < MOST;
        }
    }

    /// @param decapsulator the link's
    public SealedStrays(Arena arena, SealedDecapsulator decapsulator, Sealing sealing, Budget budget) {
        this.decapsulator = decapsulator;
        this.sealing = sealing;
        this.budget = budget;
        this.kept = arena.allocate(KeyExchange.MOST_BYTES, 64);
        this.firstWord = SealedHeader.firstWord(sealing.network());
    }

    @Override
    public int claim(MemorySegment slab, long at, int size, long nowNs, Supplier<InetSocketAddress> sender) {
        if (size < LEAST || size > KeyExchange.MOST_BYTES) {
            return STRANGE;
        }
        long front = SealedHeader.front(slab, at);
        int first = SealedHeader.firstWord(front);
        if (SealedHeader.isHandshake(first, sealing.network())) {
            return budget.take(nowNs) ? claimHandshake(slab, at, size, sender) : STRANGE;
        }
        if (SealedHeader.withoutDataFlags(first) != firstWord) {
            return STRANGE;
        }
        Generation keys = sealing.opening(SealedHeader.keys(front));
        if (keys == null) {
            return STRANGE;
        }
        long back = SealedHeader.back(slab, at);
        long number = SealedHeader.number(back);
        OpeningLane lane = keys.opening(SealedHeader.lane(front));
        if (!lane.mayBeNew(number) || !budget.take(nowNs)) {
            return STRANGE;
        }
        boolean newest = lane.isAhead(number) && sealing.isNewest(keys);
        MemorySegment.copy(slab, at, kept, 0, size);
        if (!lane.open(slab.address() + at, size - SealedHeader.LENGTH - SealedHeader.TRAILER, number)) {
            MemorySegment.copy(kept, 0, slab, at, size);
            return STRANGE;
        }
        SealedDecapsulator.opened(slab, at, keys, front, back);
        return newest ? NEWEST : LATE;
    }

    private int claimHandshake(MemorySegment slab, long at, int size, Supplier<InetSocketAddress> sender) {
        MemorySegment.copy(slab, at, kept, 0, size);
        if (sealing.onHandshake(slab, at, size, sender) == null) {
            return MESSAGE;
        }
        MemorySegment.copy(kept, 0, slab, at, size);
        return STRANGE;
    }

    @Override
    public void take(
            MemorySegment slab, long offset, int length, int segmentSize, int ecn, long nowNs, FrameSink sink) {
        decapsulator.afterFirst(slab, offset, length, segmentSize, ecn, nowNs, sink);
    }
}
