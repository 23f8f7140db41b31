package org.vnetp.overlay.stats;

/// A loop's counters about itself. One writer loop, any reader.
public final class LoopCounters extends CounterBlock {
    public LoopCounters() {
        super(LoopCounter.values().length);
    }

    public void increment(LoopCounter counter) {
        add(counter.ordinal(), 1);
    }

    public void add(LoopCounter counter, long n) {
        add(counter.ordinal(), n);
    }

    public long get(LoopCounter counter) {
        return get(counter.ordinal());
    }
}
