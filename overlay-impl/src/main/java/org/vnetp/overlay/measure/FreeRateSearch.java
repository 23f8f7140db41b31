package org.vnetp.overlay.measure;

/// Finds how many bits a second a link has to spare, by trains at set rates (self-loading periodic
/// streams: M. Jain, C. Dovrolis, "End-to-end available bandwidth", SIGCOMM 2002). A train that
/// comes slower than it was sent, or whose datagrams take longer and longer, was faster than what
/// is free; the search halves between the fastest that was not and the slowest that was.
///
/// As with capacity a token bucket's burst hides that for a while: only a train's second half
/// counts, and trains last long enough for the burst to be used up by a sixteenth of the capacity.
public final class FreeRateSearch {
    static final int STEPS = 6;
    private static final long LEAST_NS = 50_000_000L;
    private static final long MOST_NS = 1_000_000_000L;

    /// A train takes as long as so many bursts: half of it uses up one by a sixteenth of the capacity.
    private static final int BURSTS = 32;

    private static final double SLOWER = 0.95;

    /// A queue that grows by so much of a train's time is one, and no accident of a busy machine.
    private static final double GROWTH = 0.04;

    private static final int MOST_FAILURES = 3;

    private final int messageBytes;
    private final int packetBytes;
    private final double capacity;
    private final long durationNs;
    private double low;
    private double high;
    private double rate;
    private int steps;
    private int failures;
    private long sentBytes;
    private boolean known;

    /// @param capacity     bit/s of IP packets
    /// @param burst        bytes that may pass at once
    /// @param messageBytes of each datagram's message
    /// @param packetBytes  of the IP packet that it makes
    public FreeRateSearch(double capacity, long burst, int messageBytes, int packetBytes) {
        this.messageBytes = messageBytes;
        this.packetBytes = packetBytes;
        this.capacity = capacity;
        this.high = capacity;
        this.rate = 0.95 * capacity;
        this.durationNs = Math.clamp((long) (BURSTS * burst * 8e9 / capacity), LEAST_NS, MOST_NS);
    }

    /// The rate of the next train, bit/s of IP packets; 0: the search is over.
    public double next() {
        return steps >= STEPS || failures >= MOST_FAILURES ? 0 : rate;
    }

    /// Datagrams of the next train.
    public int datagrams() {
        return (int) Math.max(32, rate * durationNs / 8e9 / packetBytes);
    }

    /// What has come of the train that [#next] asked for.
    ///
    /// @param result null: nobody told
    public void onTrain(TrainResult result) {
        sentBytes += (long) datagrams() * packetBytes;
        TrainShape shape = result == null ? null : new TrainShape(result, packetBytes);
        double came = shape == null ? Double.NaN : shape.receivedRate(0.5, 1, messageBytes);
        double sent = shape == null ? Double.NaN : shape.sentRate(0.5, 1);
        if (Double.isNaN(came) || Double.isNaN(sent)) {
            failures++;
            return;
        }
        steps++;
        known = true;
        double growth = shape.delayGrowthNs(0.5, 1);
        boolean above = came < SLOWER * sent || growth > GROWTH * shape.receivedNs(0.5, 1);
        if (above) {
            high = Math.min(high, rate);
        } else {
            low = Math.max(low, Math.min(rate, sent));
        }
        if (low >= 0.94 * capacity) {
            steps = STEPS;
        }
        rate = (low + high) / 2;
    }

    /// What is free, as far as it was found out.
    public Estimate estimate(long intervalNs, long ageNs) {
        return known ? Estimate.of((low + high) / 2, low, high, steps, intervalNs, ageNs) : Estimate.UNKNOWN;
    }

    /// Bytes that the search has sent.
    public long sentBytes() {
        return sentBytes;
    }
}
