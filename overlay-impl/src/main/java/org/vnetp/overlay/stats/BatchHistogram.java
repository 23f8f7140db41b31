package org.vnetp.overlay.stats;

/// How many frames a round moved, in buckets by powers of two: 1, 2, 3-4, 5-8, ..., 513 and more.
/// One writer loop, any reader. A round that moved nothing is not recorded.
public final class BatchHistogram extends CounterBlock {
    /// Buckets in all; the last has no upper bound.
    public static final int BUCKETS = 11;

    private static final int SUM = BUCKETS;

    public BatchHistogram() {
        super(BUCKETS + 1);
    }

    /// Records a round that moved `frames` frames.
    public void record(int frames) {
        if (frames > 0) {
            int bucket = Integer.SIZE - Integer.numberOfLeadingZeros(frames - 1);
            add(Math.min(bucket, BUCKETS - 1), 1);
            add(SUM, frames);
        }
    }

    /// Rounds in a bucket.
    public long count(int bucket) {
        if (bucket < 0 || bucket >= BUCKETS) {
            throw new IndexOutOfBoundsException("bucket " + bucket + " of " + BUCKETS);
        }
        return get(bucket);
    }

    /// Frames of all rounds together.
    public long frames() {
        return get(SUM);
    }

    /// The largest number of frames that falls into a bucket; [Integer#MAX_VALUE] for the last.
    public static int upperBound(int bucket) {
        return bucket == BUCKETS - 1 ? Integer.MAX_VALUE : 1 << bucket;
    }
}
