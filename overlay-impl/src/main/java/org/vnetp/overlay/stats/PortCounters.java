package org.vnetp.overlay.stats;

/// The counters of one port as seen by one loop. One writer loop, any reader.
public final class PortCounters extends CounterBlock {
    private static final int FRAMES_IN = PortCounter.FRAMES_IN.ordinal();
    private static final int BYTES_IN = PortCounter.BYTES_IN.ordinal();
    private static final int FRAMES_OUT = PortCounter.FRAMES_OUT.ordinal();
    private static final int BYTES_OUT = PortCounter.BYTES_OUT.ordinal();

    public PortCounters() {
        super(PortCounter.values().length);
    }

    /// A frame of `bytes` bytes (Ethernet header included) came in.
    public void frameIn(long bytes) {
        add(FRAMES_IN, 1);
        add(BYTES_IN, bytes);
    }

    /// A frame of `bytes` bytes (Ethernet header included) went out.
    public void frameOut(long bytes) {
        add(FRAMES_OUT, 1);
        add(BYTES_OUT, bytes);
    }

    public void increment(PortCounter counter) {
        add(counter.ordinal(), 1);
    }

    public void add(PortCounter counter, long n) {
        add(counter.ordinal(), n);
    }

    public long get(PortCounter counter) {
        return get(counter.ordinal());
    }
}
