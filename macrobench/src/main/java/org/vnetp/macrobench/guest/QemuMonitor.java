package org.vnetp.macrobench.guest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Tells a running QEMU what to do, by its machine protocol (QEMU's docs/interop/qmp-spec): a JSON object a line each
/// way. Events, which come at any time, are passed over.
///
/// For one thread. No answer is waited for longer than [#PATIENCE].
public final class QemuMonitor implements AutoCloseable {
    /// A machine with much else to do may keep a monitor waiting.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final JsonMapper JSON = JsonMapper.shared();

    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer received = ByteBuffer.allocate(1 << 14).flip();

    /// @throws IOException where nobody listens there, or no QEMU
    public QemuMonitor(Path socket) throws IOException {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector opened = null;
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            opened = Selector.open();
            channel.register(opened, SelectionKey.OP_READ);
            selector = opened;
            JsonNode greeting = line();
            if (!greeting.has("QMP")) {
                throw new IOException(socket + ": expected a QEMU's greeting, got " + greeting);
            }
            execute("qmp_capabilities", Map.of());
        } catch (IOException | RuntimeException e) {
            channel.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
    }

    /// Has a command carried out.
    ///
    /// @return what it returns
    /// @throws IOException with QEMU's own words where it refuses, and where it does not answer
    public JsonNode execute(String command, Map<String, Object> arguments) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("execute", command);
        if (!arguments.isEmpty()) {
            all.put("arguments", arguments);
        }
        ByteBuffer bytes = ByteBuffer.wrap((JSON.writeValueAsString(all) + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        while (true) {
            JsonNode answer = line();
            if (answer.has("error")) {
                throw new IOException("QEMU refuses " + command + ": "
                        + answer.path("error").path("desc").asString(""));
            }
            if (answer.has("return")) {
                return answer.get("return");
            }
            if (!answer.has("event")) {
                throw new IOException("QEMU answers " + command + " by " + answer);
            }
        }
    }

    private JsonNode line() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            while (received.hasRemaining()) {
                byte next = received.get();
                if (next == '\n') {
                    return parsed(text.toString(StandardCharsets.UTF_8));
                }
                text.write(next);
            }
            long leftMs = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                throw new IOException("QEMU said nothing within " + PATIENCE.toSeconds() + " s");
            }
            selector.select(leftMs);
            selector.selectedKeys().clear();
            received.clear();
            int count = channel.read(received);
            received.flip();
            if (count < 0) {
                throw new IOException("QEMU has ended the connection");
            }
        }
    }

    private static JsonNode parsed(String text) throws IOException {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new IOException("expected a JSON object of QEMU, got '" + text + "'", e);
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
