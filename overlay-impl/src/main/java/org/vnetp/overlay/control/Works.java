package org.vnetp.overlay.control;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.vnetp.overlay.stats.MetricsEndpoint;
import org.vnetp.overlay.stats.PrometheusText;

/// What statements set in motion: the node, and the endpoint that serves its metrics. One thread at a time.
public final class Works implements AutoCloseable {
    private final NodeActuator actuator;
    private MetricsEndpoint metrics;

    Works(NodeActuator actuator) {
        this.actuator = actuator;
    }

    /// The node's moving parts.
    NodeActuator actuator() {
        return actuator;
    }

    /// Serves metrics there and nowhere else, or nowhere.
    ///
    /// @throws StatementException when that is not possible; where they are served stays as it was
    void serveMetrics(Optional<Endpoint> where) throws StatementException {
        MetricsEndpoint opened = null;
        if (where.isPresent()) {
            Endpoint at = where.get();
            InetSocketAddress address = new InetSocketAddress(at.address(), at.port());
            if (metrics != null && metrics.address().equals(address)) {
                return;
            }
            try {
                opened = MetricsEndpoint.open(address, () -> PrometheusText.of(actuator.snapshot()));
            } catch (IOException | IllegalArgumentException e) {
                throw new StatementException("'" + at + "': cannot listen there for metrics: " + e.getMessage());
            }
        }
        close();
        metrics = opened;
    }

    /// Stops serving metrics. The actuator is the caller's.
    @Override
    public void close() {
        if (metrics != null) {
            metrics.close();
            metrics = null;
        }
    }
}
