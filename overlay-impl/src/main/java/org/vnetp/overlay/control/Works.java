package org.vnetp.overlay.control;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.vnetp.overlay.measure.MeasurementText;
import org.vnetp.overlay.seal.PrivateFile;
import org.vnetp.overlay.stats.MetricsEndpoint;
import org.vnetp.overlay.stats.PrometheusText;
import org.vnetp.overlay.stats.Snapshot;

/// What statements set in motion: the node, and the endpoint that serves its metrics. One thread at a time.
public final class Works implements AutoCloseable {
    private static final int LEAST_TOKEN = 16;

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
    void serveMetrics(Optional<Endpoint> where, Optional<Path> tokenFile) throws StatementException {
        MetricsEndpoint opened = null;
        if (where.isPresent()) {
            Endpoint at = where.get();
            InetSocketAddress address = new InetSocketAddress(at.address(), at.port());
            Optional<String> token = token(tokenFile);
            if (metrics != null && metrics.address().equals(address)) {
                // The address is this one's until it goes.
                close();
            }
            try {
                opened = MetricsEndpoint.open(address, token, this::page);
            } catch (IOException | IllegalArgumentException e) {
                throw new StatementException("'" + at + "': cannot listen there for metrics: " + e.getMessage());
            }
        }
        close();
        metrics = opened;
    }

    private String page() {
        Snapshot counters = actuator.snapshot();
        return PrometheusText.of(counters) + MeasurementText.of(counters.node(), actuator.measurements());
    }

    private static Optional<String> token(Optional<Path> file) throws StatementException {
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            String token = PrivateFile.read(file.get(), "expected a line with a secret, mode 0600")
                    .strip();
            if (token.length() < LEAST_TOKEN || token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw new StatementException("'" + file.get() + "': expected a line of at least " + LEAST_TOKEN
                        + " printable characters without spaces");
            }
            return Optional.of(token);
        } catch (IOException e) {
            throw new StatementException("'token': " + e.getMessage());
        }
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
