package org.vnetp.macrobench.campaign;

import java.util.Map;
import java.util.Optional;

/// Judges from counters whether a run's bytes crossed the fabric it is booked under.
///
/// A run that used shared memory, or another interface than the one meant, gives a fine figure for the wrong
/// thing; no message of the MPI shows it, the counters do.
public final class PathProof {
    /// Bytes that are sent by others than the ranks while they run: the launcher's own connection, ARP, TCP's
    /// ends.
    static final long SLACK_BYTES = 256 << 10;
    /// Of the bytes that the ranks say they sent to other hosts, at least this share must be seen. Less than 1
    /// since some libraries send less than a naive count of a collective says.
    static final double LEAST_SHARE = 0.5;
    /// Another fabric may carry this share of the bytes besides the slack.
    static final double STRAY_SHARE = 0.01;
    /// Headers make the wire carry more than the fabric's interfaces show: 5 % in large frames, twofold and
    /// more in small ones, so they are allowed by the frame.
    static final double WIRE_SHARE = 1.10;

    static final long WIRE_BYTES_PER_FRAME = 120;

    /// What the counters moved by during one run.
    ///
    /// @param expectedBytes that the ranks sent from host to host, or a lower bound above 0
    /// @param fabricBytes sent by the interfaces of the fabric under test, all hosts together
    /// @param fabricFrames the same in frames
    /// @param wireBytes sent by the hosts' links; equal to `fabricBytes` for native
    /// @param wireFrames the same in frames
    /// @param nodeFrames frames that the fabric's nodes took from their guests; negative where it has none to
    ///     ask
    /// @param othersBytes sent by the interfaces of every other fabric that does not lie below this one, by
    ///     name
    public record Evidence(
            long expectedBytes,
            long fabricBytes,
            long fabricFrames,
            long wireBytes,
            long wireFrames,
            long nodeFrames,
            Map<String, Long> othersBytes) {}

    private PathProof() {}

    /// The reason why the run was not on path, or empty when it was.
    public static Optional<String> objection(Evidence e) {
        long least = Math.max(1, (long) (LEAST_SHARE * e.expectedBytes()));
        if (e.fabricBytes() < least || e.fabricFrames() < 1) {
            return Optional.of("the ranks sent at least " + bytes(e.expectedBytes())
                    + " to other hosts, but this fabric's interfaces carried " + bytes(e.fabricBytes()));
        }
        for (Map.Entry<String, Long> other : e.othersBytes().entrySet()) {
            if (other.getValue() > SLACK_BYTES + (long) (STRAY_SHARE * e.fabricBytes())) {
                return Optional.of("the interfaces of fabric " + other.getKey() + " carried " + bytes(other.getValue())
                        + " meanwhile, this fabric's " + bytes(e.fabricBytes()));
            }
        }
        if (e.wireBytes() < least) {
            return Optional.of("this fabric's interfaces carried " + bytes(e.fabricBytes())
                    + ", but the hosts' links only " + bytes(e.wireBytes()));
        }
        long most = SLACK_BYTES
                + (long) (WIRE_SHARE * e.fabricBytes())
                + WIRE_BYTES_PER_FRAME * Math.max(e.fabricFrames(), e.wireFrames());
        if (e.wireBytes() > most) {
            return Optional.of("the hosts' links carried " + bytes(e.wireBytes()) + ", this fabric's interfaces only "
                    + bytes(e.fabricBytes()) + ": part of the bytes took another way");
        }
        if (e.nodeFrames() >= 0 && e.nodeFrames() < e.fabricFrames() / 2) {
            return Optional.of("this fabric's interfaces sent " + e.fabricFrames() + " frames, its nodes took only "
                    + e.nodeFrames());
        }
        return Optional.empty();
    }

    private static String bytes(long n) {
        if (n < 10_000) {
            return n + " B";
        }
        return n < 10_000_000 ? n / 1000 + " kB" : n / 1_000_000 + " MB";
    }
}
