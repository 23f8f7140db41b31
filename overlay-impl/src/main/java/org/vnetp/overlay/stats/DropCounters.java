package org.vnetp.overlay.stats;

/// Drops by reason. One writer loop, any reader.
public final class DropCounters extends CounterBlock {
    private static final int REASONS = DropReason.values().length;

    private final LastRefused last = new LastRefused();

    public DropCounters() {
        super(REASONS);
    }

    /// Whom the loop refused last.
    public LastRefused last() {
        return last;
    }

    public void increment(DropReason reason) {
        add(reason.ordinal(), 1);
    }

    public void add(DropReason reason, long n) {
        add(reason.ordinal(), n);
    }

    public long get(DropReason reason) {
        return get(reason.ordinal());
    }

    /// All drops together.
    public long sum() {
        long sum = 0;
        for (int i = 0; i < REASONS; i++) {
            sum += get(i);
        }
        return sum;
    }
}
