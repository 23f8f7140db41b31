package org.vnetp.overlay.measure;

/// Delays of a link from its echoes: round trip, one way, and queues.
///
/// Two clocks need not agree: one-way delays are told as such only where both nodes have one clock
/// ([#commonClock]), else only how far they are above their least, after the clocks' skew has been
/// taken off ([SkewLine]).
///
/// **Clocks that jump.** The other clock is ahead of this one by something between `-backward` and
/// `forward` of each echo, as neither way takes less than nothing. Echoes whose ranges have nothing
/// in common, but for skew, are of different offsets: a clock was set, and what one-way delays told
/// until then is forgotten. Round trips are by one clock at each end that is never set.
public final class DelayEstimator {
    static final long SHORT_NS = 10_000_000_000L;
    static final long LONG_NS = 30_000_000_000L;

    /// Two oscillators differ by less, and a clock that is being slewed (500 ppm, ntp_adjtime)
    /// hardly by more.
    private static final double MOST_SKEW = 600e-6;

    private static final int MOST = 128;

    private final Samples rtt = new Samples(SHORT_NS, MOST);
    private final Samples longRtt = new Samples(LONG_NS, MOST);
    private final Samples out = new Samples(LONG_NS, MOST);
    private final Samples back = new Samples(LONG_NS, MOST);
    private boolean common;
    private long jumps;

    /// An echo came back.
    ///
    /// @param timeNs     when, by a clock that is never set
    /// @param rttNs      round trip without the other node's own time
    /// @param forwardNs  there, by two clocks: their offset is in it
    /// @param backwardNs back, the same
    /// @param sameClock  both nodes read one clock
    public void add(long timeNs, double rttNs, double forwardNs, double backwardNs, boolean sameClock) {
        if (common != sameClock || jumped(timeNs, forwardNs, backwardNs)) {
            jumps += common == sameClock ? 1 : 0;
            common = sameClock;
            out.clear();
            back.clear();
        }
        rtt.add(timeNs, rttNs);
        longRtt.add(timeNs, rttNs);
        out.add(timeNs, forwardNs);
        back.add(timeNs, backwardNs);
    }

    private boolean jumped(long timeNs, double forwardNs, double backwardNs) {
        // Offset of the other clock: at least -backward, at most forward.
        return ahead(out, timeNs, -backwardNs) || ahead(back, timeNs, -forwardNs);
    }

    /// Whether a lower bound lies above an upper one of before.
    private static boolean ahead(Samples upper, long timeNs, double lower) {
        for (Samples.Sample each : upper.all()) {
            if (lower > each.value() + MOST_SKEW * (timeNs - each.timeNs())) {
                return true;
            }
        }
        return false;
    }

    /// How often a clock at either end was set.
    public long jumps() {
        return jumps;
    }

    /// Whether one-way delays are absolute.
    public boolean commonClock() {
        return common;
    }

    public Estimate rtt(long nowNs) {
        return rtt.median(nowNs);
    }

    public Estimate baseRtt(long nowNs) {
        Estimate least = longRtt.least(nowNs);
        Estimate there = out.least(nowNs);
        Estimate here = back.least(nowNs);
        if (!common || !there.known() || there.value() + here.value() >= least.value()) {
            return least;
        }
        // With one clock both ways need not have been empty at the same time.
        double sum = there.value() + here.value();
        return Estimate.of(sum, sum, least.high(), least.samples(), least.intervalNs(), least.ageNs());
    }

    public Estimate delayOut(long nowNs) {
        return common ? lately(out, nowNs, false) : Estimate.UNKNOWN;
    }

    public Estimate delayIn(long nowNs) {
        return common ? lately(back, nowNs, false) : Estimate.UNKNOWN;
    }

    public Estimate baseDelayOut(long nowNs) {
        return common ? out.least(nowNs) : Estimate.UNKNOWN;
    }

    public Estimate baseDelayIn(long nowNs) {
        return common ? back.least(nowNs) : Estimate.UNKNOWN;
    }

    public Estimate queueOut(long nowNs) {
        return lately(out, nowNs, true);
    }

    public Estimate queueIn(long nowNs) {
        return lately(back, nowNs, true);
    }

    /// What the newest echo alone met.
    public Estimate newestQueueOut(long nowNs) {
        return newest(out, nowNs);
    }

    /// The same, back.
    public Estimate newestQueueIn(long nowNs) {
        return newest(back, nowNs);
    }

    private static Estimate newest(Samples samples, long nowNs) {
        samples.forget(nowNs);
        if (samples.size() == 0) {
            return Estimate.UNKNOWN;
        }
        Samples.Sample last = samples.newest();
        double queue = last.value()
                - line(samples)
                        .at(last.timeNs() - samples.all().iterator().next().timeNs());
        return Estimate.of(queue, queue, queue, 1, 0, nowNs - last.timeNs());
    }

    /// How much faster the other clock runs; NaN: not known.
    public double skew(long nowNs) {
        out.forget(nowNs);
        return out.size() < 2 ? Double.NaN : line(out).slope();
    }

    private static Estimate lately(Samples samples, long nowNs, boolean aboveLeast) {
        samples.forget(nowNs);
        if (samples.size() == 0) {
            return Estimate.UNKNOWN;
        }
        SkewLine line = aboveLeast ? line(samples) : null;
        long origin = samples.all().iterator().next().timeNs();
        Samples late = new Samples(SHORT_NS, MOST);
        for (Samples.Sample each : samples.all()) {
            double base = line == null ? 0 : line.at(each.timeNs() - origin);
            late.add(each.timeNs(), each.value() - base);
        }
        return late.median(nowNs);
    }

    private static SkewLine line(Samples samples) {
        double[] times = new double[samples.size()];
        double[] delays = new double[samples.size()];
        int count = 0;
        long origin = samples.all().iterator().next().timeNs();
        for (Samples.Sample each : samples.all()) {
            times[count] = each.timeNs() - origin;
            delays[count++] = each.value();
        }
        return SkewLine.below(times, delays, count);
    }
}
