package org.vnetp.overlay.control;

import java.util.OptionalLong;
import org.vnetp.overlay.route.LearningPolicy;

/// `learn`: whether and how the node learns where guests are.
///
/// @param ageNs nanoseconds; empty: [LearningPolicy#DEFAULT_AGE_NS]
/// @param relay flood frames that came from a link to other links as well
public record LearnStatement(boolean on, OptionalLong ageNs, boolean relay) implements Statement {
    private static final Option<Long> AGE = Option.of(
            "age",
            Argument.duration(
                    "TIME",
                    "an age",
                    1_000_000L,
                    86_400_000_000_000L,
                    "an address not heard for so long is forgotten; " + Durations.format(LearningPolicy.DEFAULT_AGE_NS)
                            + " unless told"));
    private static final Option<Void> RELAY = Option.flag(
            "relay",
            "pass what is flooded on from link to link. Without it a frame that came from a link goes to this node's guests"
                    + " only, which is right where every node has a link to every other; with it nodes may be joined in"
                    + " any way, also in rings: each node passes a frame on once and counts further copies as"
                    + " 'duplicate'. It costs a digest of each flooded frame");

    static final Syntax SYNTAX = Syntax.of(
                    "learn",
                    "finds guests by the frames that they send, without routes",
                    Form.of("on")
                            .options(AGE, RELAY)
                            .makes(said -> new LearnStatement(true, said.big(AGE), said.has(RELAY))),
                    Form.of("off").makes(said -> new LearnStatement(false, OptionalLong.empty(), false)))
            .notes(
                    "Off unless told, as VNET/P has rules only. What is sent to an address that is not known, to broadcast or"
                            + " to multicast is flooded: to all guests and links, but never back. Routes win over what was"
                            + " learned.");

    @Override
    public void apply(ConfigEditor config) {
        config.learning(new LearningPolicy(
                on, ageNs.orElse(LearningPolicy.DEFAULT_AGE_NS), relay, LearningPolicy.DEFAULT_CAPACITY));
    }

    @Override
    public void carryOut(Works works, NodeConfig before, NodeConfig after) {
        works.actuator().replaceTable(after.routingTable());
    }
}
