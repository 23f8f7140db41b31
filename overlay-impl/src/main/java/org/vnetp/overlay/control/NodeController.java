package org.vnetp.overlay.control;

import java.util.List;

/// Carries statements out: checks them against the configuration, moves the actuator, and only then keeps the new
/// configuration.
/// Safe for use by several threads; statements are carried out one after the other.
public final class NodeController implements NodeControl, AutoCloseable {
    private final NodeActuator actuator;
    private NodeConfig config = NodeConfig.empty();

    public NodeController(NodeActuator actuator) {
        this.actuator = actuator;
    }

    /// The configuration in force.
    public synchronized NodeConfig config() {
        return config;
    }

    @Override
    public synchronized String execute(Statement statement) throws StatementException {
        NodeConfig next = config.apply(statement);
        actuator.replaceTable(next.routingTable());
        config = next;
        return "";
    }

    @Override
    public synchronized void executeTogether(List<Statement.Routing> statements) throws StatementException {
        NodeConfig next = config.applyAll(statements);
        actuator.replaceTable(next.routingTable());
        config = next;
    }

    @Override
    public void close() {}
}
