package org.vnetp.overlay.control;

import org.vnetp.overlay.stats.Snapshot;

/// `show`: what the node is and does.
public record ShowStatement(Topic topic, boolean json) implements Statement.Question {
    /// What can be shown.
    public enum Topic {
        NODE,
        ROUTES,
        LINKS,
        NICS,
        STATS,
        DISPATCH,
        MATRIX,
        LEARNED,
        GUARDS,
        MEASUREMENTS,
        DEMANDS,
        MOVES,
        ADAPTATION;

        private String help() {
            return switch (this) {
                case NODE -> "its name, where it listens, how long it took to start";
                case ROUTES -> "the rules, with the index that 'route del' takes";
                case LINKS -> "the links, where they leave, what fits their paths, counters";
                case NICS -> "the guests' NICs, their addresses and MTUs, the fast path and why it is off, counters";
                case STATS -> "all counters; rates since the last time; every drop by its reason";
                case DISPATCH -> "modes, the rates behind them, parameters";
                case MATRIX -> "frames and bytes by pairs of guests";
                case LEARNED -> "addresses that were learned, where, and for how long they have been silent";
                case ADAPTATION -> "who adapts this node, what is his, and his last decision";
                case DEMANDS -> "who talks to whom, how much a second, and the shape of it";
                case MOVES -> "flows that were moved last, and how that went";
                case MEASUREMENTS -> "what is known of the links: delay, loss, rate, capacity, and how well";
                case GUARDS -> "what may come in at the NICs and links that are guarded";
            };
        }
    }

    private static final Argument<Topic> TOPIC = Argument.oneOf(Topic.values(), Topic::help);
    private static final Option<Void> JSON = Option.flag("--json", "the answer as one line of JSON");

    static final Syntax SYNTAX = Syntax.of(
            "show",
            "tells what the node is and does",
            Form.of(TOPIC).options(JSON).makes(said -> new ShowStatement(said.get(TOPIC), said.has(JSON))));

    @Override
    public String answer(Asked asked) {
        NodeConfig config = asked.config();
        NodeActuator node = asked.actuator();
        return switch (topic) {
            case NODE -> Showing.node(config, node.startUp(), json);
            case ROUTES -> Showing.routes(config, json);
            case LINKS -> ShownPorts.links(config, node::describe, node.snapshot(), json);
            case NICS -> ShownPorts.nics(config, node::describe, node.snapshot(), json);
            case DISPATCH -> ShownDispatch.of(node.dispatchReport(), json);
            case MATRIX -> Showing.matrix(node.snapshot(), json);
            case LEARNED -> Showing.learned(config, node.learned(), json);
            case GUARDS -> ShownGuards.of(config, json);
            case ADAPTATION -> ShownAdaptation.of(config, AdaptStatement.now(), json);
            case DEMANDS -> ShownDemands.of(config, node.demands(), json);
            case MOVES -> ShownMoves.of(config, node.moves(), json);
            case MEASUREMENTS -> ShownMeasurements.of(config, node.measurements(), json);
            case STATS -> {
                Snapshot now = node.snapshot();
                yield ShownStats.of(now, asked.previous(now), json);
            }
        };
    }
}
