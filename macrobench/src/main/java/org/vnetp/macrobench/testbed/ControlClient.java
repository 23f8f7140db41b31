package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Says one statement to a node's control socket and takes the answer: lines, then `ok` or `error:
/// ...`.
final class ControlClient {
    private static final long TIMEOUT_MS = 2_000;
    private static final int MAX_ANSWER = 4 << 20;

    private ControlClient() {}

    /// Returns the answer's lines before `ok`.
    ///
    /// @throws IOException when the node does not answer in time, or refuses the statement
    static String say(Path socket, String statement) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            ByteBuffer out = ByteBuffer.wrap((statement + "\n").getBytes(StandardCharsets.UTF_8));
            SelectionKey key = channel.register(selector, SelectionKey.OP_WRITE);
            long deadline = System.nanoTime() + TIMEOUT_MS * 1_000_000;
            StringBuilder answer = new StringBuilder();
            ByteBuffer in = ByteBuffer.allocate(1 << 16);
            while (true) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new IOException(
                            "node at " + socket + " did not answer '" + statement + "' within " + TIMEOUT_MS + " ms");
                }
                selector.select(left);
                selector.selectedKeys().clear();
                if (out.hasRemaining()) {
                    channel.write(out);
                    if (!out.hasRemaining()) {
                        key.interestOps(SelectionKey.OP_READ);
                    }
                    continue;
                }
                int count = channel.read(in.clear());
                if (count < 0) {
                    throw new IOException("node at " + socket + " hung up before it answered '" + statement + "'");
                }
                // Answers are ASCII but for names in quotes; a character cut in two only spoils itself.
                answer.append(StandardCharsets.UTF_8.decode(in.flip()));
                String lines = finished(answer, statement);
                if (lines != null) {
                    return lines;
                }
                if (answer.length() > MAX_ANSWER) {
                    throw new IOException("the answer to '" + statement + "' has no end");
                }
            }
        }
    }

    private static String finished(StringBuilder answer, String statement) throws IOException {
        if (answer.isEmpty() || answer.charAt(answer.length() - 1) != '\n') {
            return null;
        }
        int lastLine = answer.lastIndexOf("\n", answer.length() - 2) + 1;
        String last = answer.substring(lastLine, answer.length() - 1);
        if (last.equals("ok")) {
            return answer.substring(0, lastLine).strip();
        }
        if (last.startsWith("error:")) {
            throw new IOException("'" + statement + "' refused: "
                    + last.substring("error:".length()).strip());
        }
        return null;
    }
}
