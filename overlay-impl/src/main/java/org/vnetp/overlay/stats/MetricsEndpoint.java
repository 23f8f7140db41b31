package org.vnetp.overlay.stats;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// Serves `/metrics` (GET and HEAD) over HTTP, and nothing else: on a loopback address, or elsewhere to who
/// brings a token.
public final class MetricsEndpoint implements AutoCloseable {
    private static final int BACKLOG = 16;

    private final HttpServer server;
    private final ExecutorService threads;

    private MetricsEndpoint(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /// Begins to serve on a loopback address, to everybody.
    ///
    /// @param address a loopback address; port 0 lets the system choose
    /// @param text makes the page; called on the endpoint's own threads
    /// @throws IOException when the address is taken
    /// @throws IllegalArgumentException when the address is not loopback: counters tell who
    ///     talks to whom
    public static MetricsEndpoint open(InetSocketAddress address, Supplier<String> text) throws IOException {
        return open(address, Optional.empty(), text);
    }

    /// The same; with a token on any address, to who brings it as `Authorization: Bearer TOKEN` (RFC 6750,
    /// 2.1).
    public static MetricsEndpoint open(InetSocketAddress address, Optional<String> token, Supplier<String> text)
            throws IOException {
        if (address.getAddress() == null
                || token.isEmpty() && !address.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException(
                    "'" + address + "': metrics are served on a loopback address only, or with a token");
        }
        byte[] expected = token.map(secret -> ("Bearer " + secret).getBytes(StandardCharsets.ISO_8859_1))
                .orElse(null);
        HttpServer server = HttpServer.create(address, BACKLOG);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, expected, text));
        server.start();
        return new MetricsEndpoint(server, threads);
    }

    private static boolean may(HttpExchange exchange, byte[] expected) {
        if (expected == null) {
            return true;
        }
        String brought = exchange.getRequestHeaders().getFirst("Authorization");
        return brought != null && MessageDigest.isEqual(brought.getBytes(StandardCharsets.ISO_8859_1), expected);
    }

    private static void answer(HttpExchange exchange, byte[] expected, Supplier<String> text) throws IOException {
        try (exchange) {
            if (!may(exchange, expected)) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            String method = exchange.getRequestMethod();
            boolean head = method.equals("HEAD");
            boolean known = exchange.getRequestURI().getPath().equals("/metrics");
            int status = !known ? 404 : head || method.equals("GET") ? 200 : 405;
            byte[] body =
                    (status == 200 ? text.get() : "only GET and HEAD /metrics here\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders()
                    .set("Content-Type", status == 200 ? PrometheusText.CONTENT_TYPE : "text/plain; charset=utf-8");
            if (status == 405) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            }
            if (head) {
                // RFC 9110, 9.3.2: what GET would say of the body, without the body.
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /// Where it serves.
    public InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
