package org.vnetp.overlay.measure;

/// Finds how many bits a second a link's narrowest place takes, by trains that are sent as fast as
/// the node can.
///
/// A shaper with a token bucket lets its burst pass at the speed of what is behind it: a short
/// train reads that speed, not the shaper's. So only the second half of a train counts, trains grow
/// by doubling until both quarters of it tell one rate, and a longer train has to tell the same
/// once more. A train that came about as fast as it was sent tells nothing but a lower bound, so
/// trains grow then too.
public final class CapacitySearch {
    static final int LEAST_BYTES = 128 << 10;
    static final int MOST_BYTES = 16 << 20;

    private static final double QUARTERS_ALIKE = 0.10;
    private static final double TRAINS_ALIKE = 0.05;
    private static final double SENDER_LIMITED = 0.85;
    private static final int LEAST_POINTS = 3;
    private static final int MOST_FAILURES = 3;

    /// A half that takes so long needs no second train to be believed.
    private static final long LONG_NS = 200_000_000L;

    private final int messageBytes;
    private final int packetBytes;
    private int datagrams;
    private double candidate = Double.NaN;
    private double low = Double.NaN;
    private double high = Double.NaN;
    private double bound = Double.NaN;
    private int trains;
    private int failures;
    private long sentBytes;
    private long burst;
    private boolean done;
    private boolean sure;

    /// @param messageBytes of each datagram's message
    /// @param packetBytes  of the IP packet that it makes
    public CapacitySearch(int messageBytes, int packetBytes) {
        this.messageBytes = messageBytes;
        this.packetBytes = packetBytes;
        this.datagrams = datagramsOf(LEAST_BYTES);
    }

    private int datagramsOf(int bytes) {
        return Math.max(16, bytes / packetBytes);
    }

    /// Datagrams of the next train; 0: the search is over.
    public int next() {
        return done ? 0 : datagrams;
    }

    /// What has come of the train that [#next] asked for.
    ///
    /// @param result null: nobody told
    public void onTrain(TrainResult result) {
        trains++;
        sentBytes += (long) datagrams * packetBytes;
        TrainShape shape = result == null ? null : new TrainShape(result, packetBytes);
        double rate = shape == null ? Double.NaN : shape.receivedRate(0.5, 1, messageBytes);
        if (Double.isNaN(rate)) {
            failures++;
            done = failures >= MOST_FAILURES && result == null;
            grow();
            return;
        }
        double third = shape.receivedRate(0.5, 0.75, messageBytes);
        double fourth = shape.receivedRate(0.75, 1, messageBytes);
        double sent = shape.sentRate(0.5, 1);
        boolean enough = shape.points(0.5, 1) >= LEAST_POINTS;
        boolean alike = Math.abs(third - fourth) <= QUARTERS_ALIKE * Math.max(third, fourth);
        if (sent > 0 && rate > SENDER_LIMITED * sent) {
            bound = Double.isNaN(bound) ? rate : Math.max(bound, rate);
            candidate = Double.NaN;
        } else if (enough && alike) {
            boolean confirmed = Math.abs(rate - candidate) <= TRAINS_ALIKE * Math.max(rate, candidate)
                    || shape.receivedNs(0.5, 1) >= LONG_NS;
            low = Math.min(rate, Math.min(third, fourth));
            high = Math.max(rate, Math.max(third, fourth));
            if (confirmed && !Double.isNaN(candidate)) {
                low = Math.min(low, candidate);
                high = Math.max(high, candidate);
            }
            if (Double.isNaN(candidate)) {
                burst = (long) datagrams * packetBytes / 2;
            }
            candidate = rate;
            sure = confirmed;
            done = confirmed;
        } else {
            candidate = Double.NaN;
        }
        grow();
    }

    private void grow() {
        int most = datagramsOf(MOST_BYTES);
        done |= datagrams >= most;
        datagrams = Math.min(most, 2 * datagrams);
    }

    /// The capacity, as far as it was found out; a lower bound where the sender was no faster.
    public Estimate estimate(long intervalNs, long ageNs) {
        if (!Double.isNaN(candidate)) {
            return Estimate.of(candidate, low, high, trains, intervalNs, ageNs);
        }
        return Double.isNaN(bound)
                ? Estimate.UNKNOWN
                : Estimate.of(bound, bound, Double.NaN, trains, intervalNs, ageNs)
                        .atLeast(true);
    }

    /// Whether two trains, or a long one, told the same.
    public boolean sure() {
        return sure;
    }

    /// Bytes that pass at once at most, as far as is known: half of the first train that told one rate.
    public long burst() {
        return burst;
    }

    /// Bytes that the search has sent.
    public long sentBytes() {
        return sentBytes;
    }
}
