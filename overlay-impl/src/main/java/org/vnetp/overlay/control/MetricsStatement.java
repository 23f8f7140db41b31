package org.vnetp.overlay.control;

import java.nio.file.Path;
import java.util.Optional;

/// `metrics`: where counters are served for Prometheus.
///
/// @param token a file with what who asks must bring; empty: nobody has to bring anything
public record MetricsStatement(Optional<Endpoint> endpoint, Optional<Path> token) implements Statement {
    private static final String EXPECTED = "a loopback address, as 127.0.0.1:9100, or another and a token";
    private static final Argument<Endpoint> WHERE = new Argument<>(
            "IP:PORT",
            EXPECTED,
            "an address of this machine, as 127.0.0.1:9100; one that is not loopback needs a token, as counters tell who"
                    + " talks to whom",
            words -> words.endpoint(EXPECTED, false));
    private static final Option<Path> TOKEN = Option.of(
            "token",
            new Argument<>(
                    "FILE",
                    LinkStatement.PATH_EXPECTED,
                    "a file, mode 0600, with a secret that who asks must bring: Authorization: Bearer SECRET; an absolute"
                            + " path. It goes unencrypted over the network",
                    LinkStatement::path));

    static final Syntax SYNTAX = Syntax.of(
                    "metrics",
                    "serves all counters for Prometheus",
                    Form.of("listen", WHERE).options(TOKEN).makes(MetricsStatement::listen),
                    Form.of("off").makes(_ -> new MetricsStatement(Optional.empty())))
            .notes("By HTTP, at /metrics. Off unless told.");

    /// To everybody on this machine, or to nobody.
    public MetricsStatement(Optional<Endpoint> endpoint) {
        this(endpoint, Optional.empty());
    }

    private static MetricsStatement listen(Said said) throws StatementException {
        Endpoint endpoint = said.get(WHERE);
        if (!endpoint.address().isLoopbackAddress() && !said.has(TOKEN)) {
            throw Words.refused(
                    endpoint.toString(),
                    "a loopback address, as 127.0.0.1:9100, or token FILE too; metrics are never served to everybody");
        }
        return new MetricsStatement(Optional.of(endpoint), said.get(TOKEN));
    }

    @Override
    public void apply(ConfigEditor config) {
        config.metrics(endpoint);
    }

    @Override
    public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
        works.serveMetrics(endpoint, token);
    }
}
