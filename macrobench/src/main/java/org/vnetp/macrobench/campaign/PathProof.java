package org.vnetp.macrobench.campaign;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.NodeWork;
import org.vnetp.reports.result.Fabrics;

/// Judges from counters whether a run's bytes crossed the fabric it is booked under.
///
/// A run that used shared memory, or another interface than the one meant, gives a fine figure for the wrong
/// thing; no message of the MPI shows it, the counters do.
public final class PathProof {
    /// Bytes that are sent by others than the ranks while they run: the launcher's own connection, ARP, TCP's
    /// ends.
    static final long SLACK_BYTES = 256 << 10;
    /// Another fabric may carry this share of the bytes besides the slack.
    static final double STRAY_SHARE = 0.01;
    /// Headers make the wire carry more than the fabric's interfaces show: 5 % in large frames, twofold and
    /// more in small ones, so they are allowed by the frame.
    static final double WIRE_SHARE = 1.10;

    static final long WIRE_BYTES_PER_FRAME = 120;

    /// Of what the interfaces sent, the nodes must have taken so much; the two are read one after the other.
    static final double NODE_SHARE = 0.9;

    /// What the counters moved by during one run.
    ///
    /// @param leastBytes that were sent from host to host, payload only: what crossed cannot be less
    /// @param fabricBytes sent by the interfaces of the fabric under test, all hosts together
    /// @param fabricFrames the same in frames
    /// @param wireBytes sent by the hosts' links; equal to `fabricBytes` for native, and where hosts send
    ///     each other by memory
    /// @param wireFrames the same in frames
    /// @param nodes what the fabric's nodes counted; empty where it has none to ask
    /// @param forwarders what those counted that only pass on what the nodes send; empty where there
    ///     are none
    /// @param othersBytes sent by the interfaces of every other fabric that does not lie below this one, by
    ///     name
    /// @param crossings how many links a frame may cross: 2 where nodes relay; empty where a
    ///     controller leads: its probes cross them too, so that there is no telling how much is too
    ///     much
    public record Evidence(
            long leastBytes,
            long fabricBytes,
            long fabricFrames,
            long wireBytes,
            long wireFrames,
            Optional<NodeWork> nodes,
            Optional<NodeWork> forwarders,
            Map<String, Long> othersBytes,
            OptionalInt crossings) {

        /// Where nodes send to the network themselves, and none relays.
        public Evidence(
                long leastBytes,
                long fabricBytes,
                long fabricFrames,
                long wireBytes,
                long wireFrames,
                Optional<NodeWork> nodes,
                Map<String, Long> othersBytes) {
            this(
                    leastBytes,
                    fabricBytes,
                    fabricFrames,
                    wireBytes,
                    wireFrames,
                    nodes,
                    Optional.empty(),
                    othersBytes,
                    OptionalInt.of(1));
        }

        /// Out of counters.
        ///
        /// @param moved by every fabric that is up, the one under test included
        public static Evidence of(long leastBytes, Fabric fabric, Map<Fabric, Counters> moved) {
            Counters own = moved.get(fabric);
            Map<String, Long> others = new LinkedHashMap<>();
            moved.forEach((other, counters) -> {
                // Native's interfaces are the links that lie below every overlay.
                if (other != fabric && !other.name().equals(Fabrics.NATIVE)) {
                    others.put(other.name(), counters.endpointBytes());
                }
            });
            // What goes by memory shows in the nodes' counters, and in no link's.
            boolean links = !fabric.byMemory();
            return new Evidence(
                    leastBytes,
                    own.endpointBytes(),
                    own.endpointFrames(),
                    links ? own.underlayBytes() : own.endpointBytes(),
                    links ? own.underlayFrames() : own.endpointFrames(),
                    own.nodeWork(),
                    own.forwarders().isEmpty() ? Optional.empty() : own.ringWork(),
                    others,
                    fabric.crossings());
        }
    }

    private PathProof() {}

    /// The reason why the run was not on path, or empty when it was.
    public static Optional<String> objection(Evidence e) {
        long least = Math.max(1, e.leastBytes());
        if (e.fabricBytes() < least || e.fabricFrames() < 1) {
            return Optional.of("the ranks sent at least " + bytes(least)
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
        if (e.crossings().isPresent() && e.wireBytes() > most(e, e.crossings().getAsInt())) {
            return Optional.of("the hosts' links carried " + bytes(e.wireBytes()) + ", this fabric's interfaces only "
                    + bytes(e.fabricBytes()) + ": part of the bytes took another way");
        }
        return e.nodes()
                .flatMap(nodes -> objection(e, nodes, least))
                .or(() -> e.forwarders().flatMap(forwarders -> forwarded(forwarders, least)));
    }

    /// What may have crossed the hosts' links, bytes.
    private static long most(Evidence e, int crossings) {
        return SLACK_BYTES
                + (long) (crossings * WIRE_SHARE * e.fabricBytes())
                + WIRE_BYTES_PER_FRAME * Math.max(crossings * e.fabricFrames(), e.wireFrames());
    }

    /// Whether all went through those that forward: each frame is taken and given on the sender's host and on the
    /// receiver's.
    private static Optional<String> forwarded(NodeWork forwarders, long least) {
        long there = Math.min(forwarders.bytesTaken(), forwarders.bytesGiven());
        return there >= 2 * least
                ? Optional.empty()
                : Optional.of("the ranks sent at least " + bytes(least) + " to other hosts, but the nodes that forward"
                        + " between guests and network passed on only " + bytes(there) + " on both hosts together");
    }

    /// Whether the nodes saw what the interfaces before them saw, and delivered it.
    private static Optional<String> objection(Evidence e, NodeWork nodes, long least) {
        if (nodes.framesTaken() < Math.max(1, (long) (NODE_SHARE * e.fabricFrames()))) {
            return Optional.of("this fabric's interfaces sent " + e.fabricFrames() + " frames, its nodes took only "
                    + nodes.framesTaken());
        }
        if (nodes.bytesTaken() < Math.max(least, (long) (NODE_SHARE * e.fabricBytes()))) {
            return Optional.of("this fabric's interfaces sent " + bytes(e.fabricBytes()) + ", its nodes took only "
                    + bytes(nodes.bytesTaken()));
        }
        if (nodes.bytesGiven() < least) {
            return Optional.of("the nodes took " + bytes(nodes.bytesTaken()) + " from their guests, but gave only "
                    + bytes(nodes.bytesGiven()) + " to them");
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
