package org.vnetp.overlay.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Talks to a node's control socket. One connection, one thread.
public final class ControlClient implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader answers;

    /// @throws IOException when nobody listens at the socket
    public ControlClient(Path socket) throws IOException {
        this.channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        this.answers =
                new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
    }

    /// Sends one statement and waits for its answer.
    ///
    /// @return the answer's text without the final `ok`
    /// @throws StatementException with the node's message when it refuses
    /// @throws IOException when the node goes away
    public String send(String statement) throws IOException, StatementException {
        if (statement.indexOf('\n') >= 0) {
            throw new StatementException("a statement is one line; send several one by one");
        }
        ByteBuffer bytes = ByteBuffer.wrap((statement + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        StringBuilder text = new StringBuilder();
        while (true) {
            String line = answers.readLine();
            if (line == null) {
                throw new IOException("the node closed the connection");
            }
            if (line.equals("ok")) {
                return text.toString();
            }
            if (line.startsWith("error: ")) {
                throw new StatementException(line.substring("error: ".length()));
            }
            text.append(text.isEmpty() ? "" : "\n").append(line);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
