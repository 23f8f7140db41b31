package org.vnetp.overlay.measure;

import java.util.List;

/// What a direction delivers: the most bits of a second within the last 10 (the windowed maximum of
/// BBR, Cardwell et al., ACM Queue 2016). It is a lower bound, as the application may not have asked
/// for more, unless the link was at its limit in each of three seconds in a row: a single one may be
/// a busy machine's. Then it carries what it did in these, whatever it did before, since it may have
/// become slower.
///
/// That it has become slower is known sooner: a link that delivers much less than before for two
/// seconds, in both of which something waited at it, is at its limit. What waits need not be there at
/// every moment, as a program may wait for what comes back: two of three seconds will do.
public final class RateEstimator {
    static final long SPAN_NS = 10_000_000_000L;
    private static final int MOST = 64;
    private static final int LIMITS = 3;

    /// So many of up to three seconds have to show a queue where the link has become slower.
    private static final int QUEUES = 2;

    /// It has, where it delivers less than this share of before.
    private static final double SLOWER = 0.7;

    private final Samples free = new Samples(SPAN_NS, MOST);
    private final Samples full = new Samples(SPAN_NS, MOST);
    private final Samples newest = new Samples(SPAN_NS, MOST);
    private int limitsInARow;
    private final boolean[] waited = new boolean[LIMITS];
    private int added;
    private boolean proven;
    private long provenNs;
    private boolean begun;
    private long lastNs;
    private long lastBytes;

    /// What has been delivered in all.
    ///
    /// @param bytes      negative: nobody can tell
    /// @param atItsLimit a queue that has been there for long, or a loss, showed that the link was
    ///                   full since the last time
    /// @param waits      at this moment something did wait at it
    public void add(long timeNs, long bytes, boolean atItsLimit, boolean waits) {
        long elapsed = timeNs - lastNs;
        if (bytes < 0) {
            begun = false;
            return;
        }
        if (begun && bytes >= lastBytes && elapsed > 0) {
            double rate = (bytes - lastBytes) * 8e9 / elapsed;
            (atItsLimit ? full : free).add(timeNs, rate);
            newest.add(timeNs, rate);
            newest.keepNewest(LIMITS);
            waited[added++ % LIMITS] = atItsLimit || waits;
            limitsInARow = atItsLimit ? limitsInARow + 1 : 0;
            if (limitsInARow >= LIMITS || isSlower()) {
                free.clear();
                full.clear();
                newest.all().forEach(each -> full.add(each.timeNs(), each.value()));
                proven = true;
                provenNs = timeNs;
            }
        }
        begun = true;
        lastNs = timeNs;
        lastBytes = bytes;
    }

    private boolean isSlower() {
        double most = -1;
        int queues = 0;
        int back = 0;
        for (Samples.Sample each : newest.fromNewest()) {
            most = Math.max(most, each.value());
            queues += waited[(added - ++back) % LIMITS] ? 1 : 0;
            if (queues >= QUEUES && most < SLOWER * before(each.timeNs())) {
                return true;
            }
        }
        return false;
    }

    /// The most that was delivered in a second before that one; negative: not known.
    private double before(long timeNs) {
        double most = -1;
        for (Samples samples : List.of(free, full)) {
            for (Samples.Sample each : samples.all()) {
                most = each.timeNs() - timeNs < 0 ? Math.max(most, each.value()) : most;
            }
        }
        return most;
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
