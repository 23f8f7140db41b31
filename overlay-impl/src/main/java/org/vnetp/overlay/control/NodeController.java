package org.vnetp.overlay.control;

import java.util.List;
import org.vnetp.overlay.stats.Snapshot;

/// Carries statements out: checks them against the configuration, moves the actuator, and only then
/// keeps the new configuration. Safe for use by several threads; statements are carried out one
/// after the other.
public final class NodeController implements NodeControl, AutoCloseable {
    private final Works works;
    private final Statement.Asked asked = new AskedHere();
    private NodeConfig config = NodeConfig.empty();
    private Snapshot lastShown;

    public NodeController(NodeActuator actuator) {
        this.works = new Works(actuator);
    }

    /// The configuration in force.
    public synchronized NodeConfig config() {
        return config;
    }

    @Override
    public synchronized String execute(Statement statement) throws StatementException {
        if (statement instanceof Statement.Question question) {
            return question.answer(asked);
        }
        NodeConfig next = config.apply(statement);
        statement.carryOut(works, config, next);
        config = next;
        return "";
    }

    @Override
    public synchronized void executeTogether(List<Statement.Routing> statements) throws StatementException {
        NodeConfig next = config.applyAll(statements);
        works.actuator().replaceTable(next.routingTable());
        config = next;
    }

    /// Stops serving metrics. The actuator is the caller's.
    @Override
    public synchronized void close() {
        works.close();
    }

    /// Used while a question is answered, so under the lock.
    private final class AskedHere implements Statement.Asked {
        @Override
        public NodeConfig config() {
            return config;
        }

        @Override
        public NodeActuator actuator() {
            return works.actuator();
        }

        @Override
        public Snapshot previous(Snapshot now) {
            Snapshot previous = lastShown;
            lastShown = now;
            return previous;
        }
    }
}
