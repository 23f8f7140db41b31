package org.vnetp.overlay.measure;

/// Finds out whether a link has so much to spare, by trains at that rate: one that neither comes slower than it was
/// sent nor meets a growing queue proves it. One that does may be an accident of a busy machine, so only some in a row
/// prove the contrary; fewer where they come clearly slower. No capacity need be known, and trains are no faster than
/// what is asked about: several links
/// that share a connection can be asked at once, and tell what they would have beside each other.
final class SpareSearch implements PacedSearch {
    static final int TRIES = 3;
    private static final int MOST_FAILURES = 2;

    /// A train that comes at less than this share of its rate counts twice.
    private static final double CLEARLY = 0.8;

    /// Half of it uses up a token bucket's burst of 1/40 s by a tenth too much.
    private static final long TRAIN_NS = 500_000_000L;

    private final double wanted;
    private final int messageBytes;
    private final int packetBytes;
    private int trains;
    private int failures;
    private int slow;
    private boolean free;

    /// @param wanted       bit/s of IP packets
    /// @param messageBytes of each datagram's message
    /// @param packetBytes  of the IP packet that it makes
    SpareSearch(double wanted, int messageBytes, int packetBytes) {
        this.wanted = wanted;
        this.messageBytes = messageBytes;
        this.packetBytes = packetBytes;
    }

    @Override
    public double next() {
        return free || trains >= TRIES || slow >= TRIES || failures >= MOST_FAILURES ? 0 : wanted;
    }

    @Override
    public int datagrams() {
        return (int) Math.max(32, wanted * TRAIN_NS / 8e9 / packetBytes);
    }

    @Override
    public void onTrain(TrainResult result) {
        trains++;
        TrainShape shape = result == null ? null : new TrainShape(result, packetBytes);
        if (shape == null || !shape.tells(messageBytes)) {
            failures++;
            return;
        }
        free = shape.keepsUp(messageBytes);
        slow += shape.share(messageBytes) < CLEARLY ? 2 : 1;
    }

    @Override
    public Estimate estimate(long intervalNs, long ageNs) {
        if (free) {
            return Estimate.of(wanted, wanted, Double.NaN, trains, intervalNs, ageNs)
                    .atLeast(true);
        }
        return slow > 1 ? Estimate.of(wanted / 2, 0, wanted, trains, intervalNs, ageNs) : Estimate.UNKNOWN;
    }
}
