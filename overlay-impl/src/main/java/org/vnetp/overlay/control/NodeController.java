package org.vnetp.overlay.control;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.vnetp.overlay.stats.MetricsEndpoint;
import org.vnetp.overlay.stats.PrometheusText;
import org.vnetp.overlay.stats.Snapshot;

/// Carries statements out: checks them against the configuration, moves the actuator, and only then
/// keeps the new configuration. Safe for use by several threads; statements are carried out one
/// after the other.
public final class NodeController implements NodeControl, AutoCloseable {
    private final NodeActuator actuator;
    private NodeConfig config = NodeConfig.empty();
    private MetricsEndpoint metrics;
    private Snapshot lastShown;

    public NodeController(NodeActuator actuator) {
        this.actuator = actuator;
    }

    /// The configuration in force.
    public synchronized NodeConfig config() {
        return config;
    }

    @Override
    public synchronized String execute(Statement statement) throws StatementException {
        if (statement instanceof Statement.Show show) {
            return show(show);
        }
        NodeConfig next = config.apply(statement);
        switch (statement) {
            case Statement.Listen _ -> actuator.listen(next.listening().orElseThrow());
            case Statement.NicAdd s -> {
                NodeConfig.Nic nic = next.nics().get(s.name());
                actuator.openNic(nic);
                actuator.replaceTable(next.routingTable());
            }
            case Statement.NicDelete s -> {
                NodeConfig.Nic gone = config.nics().get(s.name());
                actuator.replaceTable(next.routingTable());
                actuator.closeNic(gone);
            }
            case Statement.LinkAdd _ -> {
                if (next.listening().isEmpty()) {
                    throw new StatementException("'link': expected a 'listen IP:PORT' before the first link");
                }
                actuator.openLink(List.copyOf(next.links().values()).getLast());
                actuator.replaceTable(next.routingTable());
            }
            case Statement.LinkDelete _, Statement.LinkDeleteIndex _ -> {
                NodeConfig.Link gone = config.links().values().stream()
                        .filter(link -> !next.links().containsKey(link.name()))
                        .findFirst()
                        .orElseThrow();
                actuator.replaceTable(next.routingTable());
                actuator.closeLink(gone);
            }
            case Statement.Routing _, Statement.Learn _ -> actuator.replaceTable(next.routingTable());
            case Statement.Dispatch _ -> actuator.dispatch(next.dispatch());
            case Statement.FastPath s -> actuator.fastPath(s.on());
            case Statement.Mtu s -> actuator.mtu(next.nics().get(s.nic()));
            case Statement.Metrics s -> metrics(s);
            case Statement.Node _, Statement.Begin _, Statement.Commit _, Statement.Abort _, Statement.Show _ -> {}
        }
        config = next;
        return "";
    }

    @Override
    public synchronized void executeTogether(List<Statement.Routing> statements) throws StatementException {
        NodeConfig next = config.applyAll(statements);
        actuator.replaceTable(next.routingTable());
        config = next;
    }

    private void metrics(Statement.Metrics s) throws StatementException {
        MetricsEndpoint old = metrics;
        if (s.endpoint().isPresent()) {
            Endpoint at = s.endpoint().get();
            if (config.metrics().equals(s.endpoint()) && old != null) {
                return;
            }
            try {
                metrics = MetricsEndpoint.open(
                        new InetSocketAddress(at.address(), at.port()), () -> PrometheusText.of(actuator.snapshot()));
            } catch (IOException | IllegalArgumentException e) {
                throw new StatementException("'" + at + "': cannot listen there for metrics: " + e.getMessage());
            }
        } else {
            metrics = null;
        }
        if (old != null) {
            old.close();
        }
    }

    private String show(Statement.Show show) {
        return switch (show.topic()) {
            case NODE -> Showing.node(config, actuator.startUp(), show.json());
            case ROUTES -> Showing.routes(config, show.json());
            case LINKS -> Showing.links(config, actuator::describe, actuator.snapshot(), show.json());
            case NICS -> Showing.nics(config, actuator::describe, actuator.snapshot(), show.json());
            case DISPATCH -> Showing.dispatch(actuator.dispatchReport(), show.json());
            case MATRIX -> Showing.matrix(actuator.snapshot(), show.json());
            case LEARNED -> Showing.learned(config, actuator.learned(), show.json());
            case STATS -> {
                Snapshot now = actuator.snapshot();
                String text = Showing.stats(now, lastShown, show.json());
                lastShown = now;
                yield text;
            }
        };
    }

    /// Stops serving metrics. The actuator is the caller's.
    @Override
    public synchronized void close() {
        if (metrics != null) {
            metrics.close();
            metrics = null;
        }
    }
}
