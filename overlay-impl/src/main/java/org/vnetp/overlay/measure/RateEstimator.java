package org.vnetp.overlay.measure;

/// What a direction delivers: the most bits of a second within the last 10 (the windowed maximum of
/// BBR, Cardwell et al., ACM Queue 2016). Where nothing in that second showed that the link was at
/// its limit, the value is a lower bound: the application did not ask for more.
public final class RateEstimator {
    static final long SPAN_NS = 10_000_000_000L;
    private static final int MOST = 64;

    private final Samples free = new Samples(SPAN_NS, MOST);
    private final Samples full = new Samples(SPAN_NS, MOST);
    private boolean begun;
    private long lastNs;
    private long lastBytes;

    /// What has been delivered in all.
    ///
    /// @param bytes negative: nobody can tell
    /// @param atItsLimit a queue or a loss showed that the link was full since the last time
    public void add(long timeNs, long bytes, boolean atItsLimit) {
        long elapsed = timeNs - lastNs;
        if (bytes < 0) {
            begun = false;
            return;
        }
        if (begun && bytes >= lastBytes && elapsed > 0) {
            (atItsLimit ? full : free).add(timeNs, (bytes - lastBytes) * 8e9 / elapsed);
        }
        begun = true;
        lastNs = timeNs;
        lastBytes = bytes;
    }

    public Estimate rate(long nowNs) {
        free.forget(nowNs);
        full.forget(nowNs);
        int samples = free.size() + full.size();
        if (samples == 0) {
            return Estimate.UNKNOWN;
        }
        double mostFree = most(free);
        double mostFull = most(full);
        boolean bound = mostFree > mostFull;
        Samples newer = full.size() == 0
                        || free.size() > 0
                                && free.newest().timeNs() - full.newest().timeNs() > 0
                ? free
                : full;
        return new Estimate(
                Math.max(mostFree, mostFull),
                newer.newest().value(),
                Double.NaN,
                samples,
                SPAN_NS,
                nowNs - newer.newest().timeNs(),
                bound);
    }

    private static double most(Samples samples) {
        double most = -1;
        for (Samples.Sample each : samples.all()) {
            most = Math.max(most, each.value());
        }
        return most;
    }
}
