package org.vnetp.overlay.adapt;

/// When something is worth a change. Times in nanoseconds, rates in bits a second.
///
/// @param rateBits     what every node's way to the network carries; NaN: what is measured
/// @param gain         least predicted gain in speed, a share
/// @param errors       it must also be so many times the prediction's error
/// @param savedShare   least share of the time that is saved
/// @param readings     in a row that must find it so
/// @param floorBits    a pair of nodes that exchanges less is nobody's bottleneck
/// @param waitingShare a pair of guests that waits for less of its time is not held up by delay
/// @param windowNs     over which rates are taken
/// @param settleNs     after a change, until its gain is judged
/// @param dwellNs      between two changes of the same; doubled after each that was taken back
/// @param mostDwellNs  no longer than that
/// @param deadEchoes   so many echoes without an answer on a link without traffic are a dead link
/// @param busyEchoes   so many are one whatever else comes over it
/// @param patienceNs   a new link that does not answer by then is of no use
/// @param askAgainNs   between two probes of one link
record Thresholds(
        double rateBits,
        double gain,
        double errors,
        double savedShare,
        int readings,
        double floorBits,
        double waitingShare,
        long windowNs,
        long settleNs,
        long dwellNs,
        long mostDwellNs,
        int deadEchoes,
        int busyEchoes,
        long patienceNs,
        long askAgainNs) {
    private static final long SECOND = 1_000_000_000L;

    static final Thresholds USUAL = new Thresholds(
            Double.NaN,
            0.2,
            3,
            0.05,
            3,
            10e6,
            0.05,
            3 * SECOND,
            7 * SECOND,
            30 * SECOND,
            600 * SECOND,
            6,
            16,
            10 * SECOND,
            60 * SECOND);

    Thresholds withRate(double bits) {
        return new Thresholds(
                bits,
                gain,
                errors,
                savedShare,
                readings,
                floorBits,
                waitingShare,
                windowNs,
                settleNs,
                dwellNs,
                mostDwellNs,
                deadEchoes,
                busyEchoes,
                patienceNs,
                askAgainNs);
    }

    Thresholds withDwell(long ns) {
        return new Thresholds(
                rateBits,
                gain,
                errors,
                savedShare,
                readings,
                floorBits,
                waitingShare,
                windowNs,
                settleNs,
                ns,
                Math.max(ns, mostDwellNs),
                deadEchoes,
                busyEchoes,
                patienceNs,
                askAgainNs);
    }
}
