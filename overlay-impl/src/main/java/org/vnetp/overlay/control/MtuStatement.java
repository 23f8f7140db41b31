package org.vnetp.overlay.control;

import java.util.OptionalInt;

/// `mtu`: a NIC's MTU at run time.
///
/// @param mtu empty: derived from the underlay
public record MtuStatement(String nic, OptionalInt mtu) implements Statement {
    private static final Argument<String> NIC = Argument.name("NIC", "a NIC's name", NicStatement.MAX_NAME, "");
    private static final Argument<Integer> BYTES =
            Argument.number("N", "an MTU", NodeConfig.LEAST_MTU, NodeConfig.MOST_MTU, "the guest's MTU, bytes");

    static final Syntax SYNTAX = Syntax.of(
                    "mtu",
                    "sets a NIC's MTU",
                    Form.of(NIC, BYTES).makes(said -> new MtuStatement(said.get(NIC), OptionalInt.of(said.get(BYTES)))),
                    Form.of(NIC, "auto").makes(said -> new MtuStatement(said.get(NIC), OptionalInt.empty())))
            .notes("auto is what the links can carry unfragmented; it follows the network.");

    @Override
    public void apply(ConfigEditor config) throws StatementException {
        NodeConfig.Nic n = config.nic(nic);
        config.put(new NodeConfig.Nic(n.port(), n.name(), n.kind(), n.mac(), mtu));
    }

    @Override
    public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
        works.actuator().mtu(after.nics().get(nic));
    }
}
