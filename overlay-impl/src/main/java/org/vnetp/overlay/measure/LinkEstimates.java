package org.vnetp.overlay.measure;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// All that is known of one link, put together from its echoes and counts.
///
/// **Thread:** one at a time.
public final class LinkEstimates {
    /// A queue above this, and above half of the base round trip, shows that the link is at its limit.
    private static final double QUEUE_NS = 2e6;

    private final DelayEstimator delay = new DelayEstimator();
    private final LossEstimator lossOut = new LossEstimator();
    private final LossEstimator lossIn = new LossEstimator();
    private final EchoLossEstimator echoLoss = new EchoLossEstimator();
    private final RateEstimator rateOut = new RateEstimator();
    private final RateEstimator rateIn = new RateEstimator();
    private Estimate capacity = Estimate.UNKNOWN;
    private long capacityNs;
    private Estimate free = Estimate.UNKNOWN;
    private long freeNs;
    private long answered;
    private long sent;
    private double errorNs = Double.NaN;
    private long extentOut;
    private long extentIn;
    private long rateOutNs;
    // Null before the first.
    private Echo last;

    /// An echo was sent.
    public void onSent(long sequence, long timeNs) {
        sent++;
        echoLoss.sent(sequence, timeNs);
    }

    /// An echo came back.
    public void onEcho(Echo echo) {
        answered++;
        errorNs = echo.errorNs();
        echoLoss.answered(echo.sequence());
        if (LinkMeter.isWarm(echo.sequence())) {
            last = echo;
            delay.add(echo.timeNs(), echo.rttNs(), echo.forwardNs(), echo.backwardNs(), echo.sameClock());
        }
        Echo.Counts there = echo.there();
        lossOut.add(echo.timeNs(), there.expected(), there.missing(), there.late(), there.breaks());
        extentOut = there.expected() < 0 ? 0 : there.extent();
        if (echo.timeNs() - rateOutNs >= 900_000_000L) {
            rateOutNs = echo.timeNs();
            boolean full = lossOut.justLost() || queued(delay.queueOut(echo.timeNs()), echo.timeNs());
            boolean waits = queued(delay.newestQueueOut(echo.timeNs()), echo.timeNs());
            rateOut.add(echo.timeNs(), there.kernelToo() ? there.bytes() : -1, full, waits);
        }
    }

    /// What this node has counted of the link.
    public void onHere(long timeNs, Echo.Counts here) {
        lossIn.add(timeNs, here.expected(), here.missing(), here.late(), here.breaks());
        extentIn = here.extent();
        rateIn.add(
                timeNs,
                here.bytes(),
                lossIn.justLost() || queued(delay.queueIn(timeNs), timeNs),
                queued(delay.newestQueueIn(timeNs), timeNs));
    }

    private boolean queued(Estimate queue, long nowNs) {
        Estimate base = delay.baseRtt(nowNs);
        return queue.known() && base.known() && queue.value() > Math.max(QUEUE_NS, base.value() / 2);
    }

    public void onCapacity(Estimate found, long timeNs) {
        capacity = found;
        capacityNs = timeNs;
    }

    /// Where nothing was found out, what was known before is still known, with its age.
    public void onFree(Estimate found, long timeNs) {
        if (found.known()) {
            free = found;
            freeNs = timeNs;
        }
    }

    private static Estimate aged(Estimate found, long ageNs) {
        return found.known()
                ? new Estimate(
                        found.value(),
                        found.low(),
                        found.high(),
                        found.samples(),
                        found.intervalNs(),
                        ageNs,
                        found.atLeast())
                : found;
    }

    /// What is known now, of every quantity.
    public Map<Quantity, Estimate> now(long nowNs) {
        Map<Quantity, Estimate> all = new EnumMap<>(Quantity.class);
        all.put(Quantity.LOSS_OUT, lossOut.loss(nowNs));
        all.put(Quantity.LOSS_IN, lossIn.loss(nowNs));
        all.put(Quantity.REORDERED_OUT, lossOut.reordered(nowNs));
        all.put(Quantity.REORDERED_IN, lossIn.reordered(nowNs));
        all.put(Quantity.ECHO_LOSS, echoLoss.loss(nowNs));
        all.put(Quantity.RTT, delay.rtt(nowNs));
        all.put(Quantity.BASE_RTT, delay.baseRtt(nowNs));
        all.put(Quantity.DELAY_OUT, delay.delayOut(nowNs));
        all.put(Quantity.DELAY_IN, delay.delayIn(nowNs));
        all.put(Quantity.BASE_DELAY_OUT, delay.baseDelayOut(nowNs));
        all.put(Quantity.BASE_DELAY_IN, delay.baseDelayIn(nowNs));
        all.put(Quantity.QUEUE_OUT, delay.queueOut(nowNs));
        all.put(Quantity.QUEUE_IN, delay.queueIn(nowNs));
        all.put(Quantity.RATE_OUT, rateOut.rate(nowNs));
        all.put(Quantity.RATE_IN, rateIn.rate(nowNs));
        all.put(Quantity.CAPACITY_OUT, aged(capacity, nowNs - capacityNs));
        all.put(Quantity.FREE_OUT, aged(free, nowNs - freeNs));
        return all;
    }

    /// The echo that came back last, of those that tell delays.
    public Optional<Echo> last() {
        return Optional.ofNullable(last);
    }

    /// Echoes sent, and answered.
    public long sent() {
        return sent;
    }

    public long answered() {
        return answered;
    }

    /// Echoes in a row that were not answered.
    public int silent(long nowNs) {
        return echoLoss.lostInARow(nowNs);
    }

    /// Echoes in a row that have waited for their answer for longer than this.
    public int unanswered(long nowNs, long patienceNs) {
        return echoLoss.unanswered(nowNs, patienceNs);
    }

    /// How wrong stamps of arrivals may be, nanoseconds; NaN: no echo yet.
    public double errorNs() {
        return errorNs;
    }

    /// The other clock's speed less this one's; NaN: not known.
    public double skew(long nowNs) {
        return delay.skew(nowNs);
    }

    public long jumps() {
        return delay.jumps();
    }

    public boolean commonClock() {
        return delay.commonClock();
    }

    /// How many numbers late a datagram of theirs or ours was at most.
    public long extentOut() {
        return extentOut;
    }

    public long extentIn() {
        return extentIn;
    }
}
