package org.vnetp.overlay.measure;

/// Finds how many bits a second a link has to spare, by trains at set rates (self-loading periodic
/// streams: M. Jain, C. Dovrolis, "End-to-end available bandwidth", SIGCOMM 2002). A train that
/// comes slower than it was sent, or whose datagrams take longer and longer, was faster than what
/// is free; the search halves between the fastest that was not and the slowest that was.
///
/// As with capacity a token bucket's burst hides that for a while: only a train's second half
/// counts, and trains last long enough for the burst to be used up by a sixteenth of the capacity.
public final class FreeRateSearch implements PacedSearch {
    static final int STEPS = 6;
    private static final long LEAST_NS = 50_000_000L;
    private static final long MOST_NS = 1_000_000_000L;

    /// A train takes as long as so many bursts: half of it uses up one by a sixteenth of the capacity.
    private static final int BURSTS = 32;

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

    @Override
    public double next() {
        return steps >= STEPS || failures >= MOST_FAILURES ? 0 : rate;
    }

    @Override
    public int datagrams() {
        return (int) Math.max(32, rate * durationNs / 8e9 / packetBytes);
    }

    @Override
    public void onTrain(TrainResult result) {
        sentBytes += (long) datagrams() * packetBytes;
        TrainShape shape = result == null ? null : new TrainShape(result, packetBytes);
        if (shape == null || !shape.tells(messageBytes)) {
            failures++;
            return;
        }
        steps++;
        known = true;
        if (shape.keepsUp(messageBytes)) {
            low = Math.max(low, Math.min(rate, shape.sentRate(0.5, 1)));
        } else {
            high = Math.min(high, rate);
        }
        if (low >= 0.94 * capacity) {
            steps = STEPS;
        }
        rate = (low + high) / 2;
    }

    @Override
    public Estimate estimate(long intervalNs, long ageNs) {
        return known ? Estimate.of((low + high) / 2, low, high, steps, intervalNs, ageNs) : Estimate.UNKNOWN;
    }

    /// Bytes that the search has sent.
    public long sentBytes() {
        return sentBytes;
    }
}
