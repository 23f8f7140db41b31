package org.vnetp.overlay.measure;

/// What a direction delivers: the most bits of a second within the last 10 (the windowed maximum of
/// BBR, Cardwell et al., ACM Queue 2016). It is a lower bound, as the application may not have asked
/// for more, unless the link was at its limit in each of three seconds in a row: a single one may be
/// a busy machine's. Then it carries what it did in these, whatever it did before, since it may have
/// become slower.
public final class RateEstimator {
    static final long SPAN_NS = 10_000_000_000L;
    private static final int MOST = 64;
    private static final int LIMITS = 3;

    private final Samples free = new Samples(SPAN_NS, MOST);
    private final Samples full = new Samples(SPAN_NS, MOST);
    private int limitsInARow;
    private boolean proven;
    private long provenNs;
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
            limitsInARow = atItsLimit ? limitsInARow + 1 : 0;
            if (limitsInARow >= LIMITS) {
                free.clear();
                full.keepNewest(LIMITS);
                proven = true;
                provenNs = timeNs;
            }
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
        boolean bound = mostFree > mostFull || !proven || nowNs - provenNs > SPAN_NS;
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
