package org.vnetp.overlay.control;

import java.util.Optional;

/// `metrics`: where counters are served for Prometheus.
public record MetricsStatement(Optional<Endpoint> endpoint) implements Statement {
    private static final String EXPECTED = "a loopback address, as 127.0.0.1:9100";
    private static final Argument<Endpoint> WHERE = new Argument<>(
            "IP:PORT",
            EXPECTED,
            "a loopback address, as 127.0.0.1:9100: counters tell who talks to whom",
            MetricsStatement::loopback);

    static final Syntax SYNTAX = Syntax.of(
                    "metrics",
                    "serves all counters for Prometheus",
                    Form.of("listen", WHERE).makes(said -> new MetricsStatement(Optional.of(said.get(WHERE)))),
                    Form.of("off").makes(_ -> new MetricsStatement(Optional.empty())))
            .notes("By HTTP, at /metrics. Off unless told.");

    private static Endpoint loopback(Words words) throws StatementException {
        String word = words.peek(EXPECTED);
        Endpoint endpoint = words.endpoint(EXPECTED, false);
        if (!endpoint.address().isLoopbackAddress()) {
            throw Words.refused(word, EXPECTED + "; metrics are never served to other hosts");
        }
        return endpoint;
    }

    @Override
    public void apply(ConfigEditor config) {
        config.metrics(endpoint);
    }

    @Override
    public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
        works.serveMetrics(endpoint);
    }
}
