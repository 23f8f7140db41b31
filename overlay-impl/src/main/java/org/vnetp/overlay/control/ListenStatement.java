package org.vnetp.overlay.control;

/// `listen`: where the node receives datagrams, and the number of its network.
///
/// @param network 24 bits
public record ListenStatement(Endpoint endpoint, int network) implements Statement {
    private static final int MAX_NETWORK = 0xFF_FFFF;
    private static final Argument<Endpoint> WHERE = new Argument<>(
            "IP:PORT",
            "where to listen, as 10.1.0.1:4789 or 0.0.0.0:4789",
            "an address of this machine, as 10.1.0.1:4789 or [fd00::1]:4789; 0.0.0.0 and [::] are any; UDP",
            words -> words.endpoint("where to listen, as 10.1.0.1:4789 or 0.0.0.0:4789", true));
    private static final Option<Integer> NETWORK = Option.of(
            "network",
            Argument.number(
                    "N", "a network id", 0, MAX_NETWORK, "must be the same on all nodes of an overlay; 0 unless told"));

    static final Syntax SYNTAX = Syntax.of(
                    "listen",
                    "where the node receives, and the number of its network",
                    Form.of(WHERE)
                            .options(NETWORK)
                            .makes(said -> new ListenStatement(
                                    said.get(WHERE), said.get(NETWORK).orElse(0))))
            .notes("Comes before the first link. Said again, it moves the node and all its links.");

    @Override
    public void apply(ConfigEditor config) throws StatementException {
        for (NodeConfig.Link link : config.links().values()) {
            if (link.endpoint().equals(endpoint)) {
                throw new StatementException("'" + endpoint + "': link '" + link.name() + "' leads there");
            }
        }
        config.listening(new NodeConfig.Listening(endpoint, network));
    }

    @Override
    public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
        works.actuator().listen(after.listening().orElseThrow());
    }
}
