package org.vnetp.overlay.measure;

/// Carries out a [Probe] of one link that takes trains: sends trains by the link's meter, asks what
/// has come of them, and leaves what it found to the link's estimates. It is called every
/// millisecond or so while it goes on, and never waits.
///
/// **Thread:** one at a time.
public final class Probing {
    /// Trains go by the loop that receives from the link.
    public interface Way {
        /// Runs between two rounds of that loop, which then sends what the meter has to say.
        void say(Runnable before);

        /// Bytes that a datagram's message may have now.
        int messageBytes();

        /// Bytes that it makes of an IP packet, beside the message's own.
        int overheadBytes();
    }

    /// A loop sends so many datagrams of a train before it looks at anything else.
    static final int AT_A_TIME = 2048;

    private static final long ASK_NS = 100_000_000L;
    private static final int MOST_ASKED = 30;
    /// Whether so much is free is wanted soon, or not at all.
    private static final int MOST_ASKED_SOON = 15;
    private static final long SENDING_NS = 10_000_000_000L;

    private final LinkMeter meter;
    private final LinkEstimates estimates;
    private final Way way;
    private final int messageBytes;
    private final int packetBytes;
    private final boolean free;
    private final int mostAsked;
    private final long begunNs;
    /// Null once it is over, and where it is not wanted.
    private CapacitySearch capacity;
    private PacedSearch paced;
    private int train;
    private int datagrams;
    private double rate;
    private int allowed;
    private long trainNs;
    private long askNs;
    private int asked;
    private boolean asking;
    private boolean over;

    /// @param train the number of its first train; later ones count on
    public Probing(Probe what, LinkMeter meter, LinkEstimates estimates, Way way, int train, long nowNs) {
        this.meter = meter;
        this.estimates = estimates;
        this.way = way;
        this.train = train;
        this.free = what.kind() == Probe.Kind.FREE;
        boolean soon = !Double.isNaN(what.bits());
        this.mostAsked = soon ? MOST_ASKED_SOON : MOST_ASKED;
        this.begunNs = nowNs;
        this.messageBytes = way.messageBytes();
        this.packetBytes = messageBytes + way.overheadBytes();
        this.capacity = soon ? null : new CapacitySearch(messageBytes, packetBytes);
        this.paced = soon ? new SpareSearch(what.bits(), messageBytes, packetBytes) : null;
        begin(nowNs);
    }

    /// Whether it has ended.
    public boolean over() {
        return over;
    }

    /// The number of the next train that nobody has used.
    public int nextTrain() {
        return train + 1;
    }

    private void begin(long nowNs) {
        if (capacity != null) {
            datagrams = capacity.next();
            rate = 0;
            if (datagrams == 0) {
                Estimate found = capacity.estimate(nowNs - begunNs, 0);
                estimates.onCapacity(found, nowNs);
                if (!free || !found.known()) {
                    over = true;
                    return;
                }
                paced = new FreeRateSearch(found.value(), capacity.burst(), messageBytes, packetBytes);
                capacity = null;
            }
        }
        if (capacity == null) {
            rate = paced.next();
            datagrams = paced.datagrams();
            if (rate == 0) {
                estimates.onFree(paced.estimate(nowNs - begunNs, 0), nowNs);
                over = true;
                return;
            }
        }
        train++;
        trainNs = nowNs;
        asking = false;
        asked = 0;
        int number = train;
        int count = datagrams;
        int first = rate == 0 ? AT_A_TIME : 1;
        allowed = first;
        way.say(() -> meter.startTrain(number, count, messageBytes, first));
    }

    /// Goes on.
    ///
    /// @return whether a datagram's pace asks to be called soon; else some milliseconds later is as
    /// well
    public boolean attend(long nowNs) {
        if (over) {
            return false;
        }
        TrainResult result = meter.trainResult();
        if (asking && result != null && result.train() == train) {
            told(result, nowNs);
            return true;
        }
        if (!asking && meter.trainLeft() > 0 && nowNs - trainNs < SENDING_NS) {
            sendMore(nowNs);
            return true;
        }
        if (!asking) {
            asking = true;
            askNs = nowNs;
        }
        if (nowNs - askNs >= 0) {
            if (asked++ >= mostAsked) {
                told(null, nowNs);
                return true;
            }
            askNs = nowNs + ASK_NS;
            int number = train;
            way.say(() -> meter.askTrain(number, messageBytes));
        }
        return true;
    }

    private void sendMore(long nowNs) {
        int more = AT_A_TIME;
        if (rate > 0) {
            long due = Math.min(datagrams, (long) (rate * (nowNs - trainNs) / 8e9 / packetBytes) + 1);
            more = (int) (due - allowed);
            if (more <= 0) {
                return;
            }
            allowed += more;
        }
        int count = more;
        way.say(() -> meter.goOn(count));
    }

    private void told(TrainResult result, long nowNs) {
        if (capacity != null) {
            capacity.onTrain(result);
        } else {
            paced.onTrain(result);
        }
        begin(nowNs);
    }
}
