package org.vnetp.overlay.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/// Talks to a node's control socket. One connection, one thread. Nothing here waits for ever: a node
/// whose process is stopped still accepts connections, by its kernel, but never answers.
public final class ControlClient implements AutoCloseable {
    /// How long a node may take for one statement. Its loops have 10 s to take a command.
    public static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final int CONNECT_AGAIN_MS = 20;
    private static final int CHUNK = 1 << 16;

    private final Path socket;
    private final Duration patience;
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final ByteBuffer received = ByteBuffer.allocate(CHUNK).flip();

    /// Waits [#PATIENCE] for the connection, and for every answer.
    ///
    /// @throws IOException when nobody listens at the socket
    public ControlClient(Path socket) throws IOException {
        this(socket, PATIENCE);
    }

    /// @param patience how long to wait for the connection, and for every answer
    /// @throws IOException when nobody listens at the socket, or nobody takes the connection in time
    public ControlClient(Path socket, Duration patience) throws IOException {
        this.socket = socket;
        this.patience = patience;
        this.channel = connect(socket, patience);
        try {
            this.selector = Selector.open();
            this.key = channel.register(selector, SelectionKey.OP_READ);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /// Says one statement over a connection of its own.
    ///
    /// @return the answer's text without the final `ok`
    /// @throws IOException when nobody answers in time, or the node refuses the statement
    public static String say(Path socket, String statement, Duration patience) throws IOException {
        try (ControlClient client = new ControlClient(socket, patience)) {
            return client.send(statement);
        } catch (StatementException e) {
            throw new IOException("'" + statement + "' refused: " + e.getMessage(), e);
        }
    }

    /// A connection that does not block.
    ///
    /// @throws ConnectException when nobody listens
    /// @throws IOException when it is not taken in time: connections wait in a queue of the kernel, which
    ///     a process that is stopped does not empty
    static SocketChannel connect(Path socket, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.configureBlocking(false);
                if (channel.connect(UnixDomainSocketAddress.of(socket))) {
                    return channel;
                }
                throw new SocketException("connection pending");
            } catch (ConnectException e) {
                channel.close();
                throw e;
            } catch (SocketException e) {
                channel.close();
                if (!Files.exists(socket)) {
                    throw new NoSuchFileException(socket.toString(), null, "no such socket");
                }
                if (!Files.isWritable(socket)) {
                    throw new AccessDeniedException(socket.toString(), null, "not ours to talk to: " + e.getMessage());
                }
                // The queue is full (EAGAIN).
                if (System.nanoTime() - deadline >= 0) {
                    throw new IOException(
                            "no connection within " + said(patience)
                                    + ": others wait too; is the node's process stopped, or its machine overloaded?",
                            e);
                }
                pause();
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(CONNECT_AGAIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// Sends one statement and waits for its answer.
    ///
    /// @return the answer's text without the final `ok`
    /// @throws StatementException with the node's message when it refuses
    /// @throws IOException when the node goes away, or does not answer in time; the connection is of no
    ///     further use then
    public String send(String statement) throws IOException, StatementException {
        if (statement.indexOf('\n') >= 0) {
            throw new StatementException("a statement is one line; send several one by one");
        }
        long deadline = System.nanoTime() + patience.toNanos();
        try {
            write(ByteBuffer.wrap((statement + "\n").getBytes(StandardCharsets.UTF_8)), deadline);
        } catch (SocketException e) {
            throw lastWord(e, deadline);
        } catch (IOException e) {
            // A broken pipe is a plain IOException.
            if (System.nanoTime() - deadline >= 0) {
                throw e;
            }
            throw lastWord(e, deadline);
        }
        StringBuilder text = new StringBuilder();
        while (true) {
            String line = line(deadline);
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

    /// Waits for what the node says without having been asked, which is why it hangs up.
    ///
    /// @throws StatementException with the node's message
    /// @throws IOException when it says nothing in time
    void awaitWord() throws IOException, StatementException {
        throw lastWord(new IOException("the node closed the connection"), System.nanoTime() + patience.toNanos());
    }

    /// The node has hung up before the statement was through: what it said at that is worth more than `Broken pipe`.
    private IOException lastWord(IOException cause, long deadline) throws StatementException {
        try {
            String line = line(deadline);
            if (line != null && line.startsWith("error: ")) {
                throw new StatementException(line.substring("error: ".length()));
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        return cause;
    }

    private void write(ByteBuffer bytes, long deadline) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                await(SelectionKey.OP_WRITE, deadline);
            }
        }
    }

    /// The next line, or null at the end.
    private String line(long deadline) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            while (received.hasRemaining()) {
                byte b = received.get();
                if (b == '\n') {
                    return line.toString(StandardCharsets.UTF_8);
                }
                line.write(b);
            }
            received.clear();
            int count = 0;
            try {
                count = channel.read(received);
            } finally {
                received.flip();
            }
            if (count < 0) {
                return line.size() == 0 ? null : line.toString(StandardCharsets.UTF_8);
            }
            if (count == 0) {
                await(SelectionKey.OP_READ, deadline);
            }
        }
    }

    private void await(int what, long deadline) throws IOException {
        key.interestOps(what);
        long leftMs = (deadline - System.nanoTime()) / 1_000_000 + 1;
        if (leftMs > 0) {
            selector.select(leftMs);
            selector.selectedKeys().clear();
        }
        if (System.nanoTime() - deadline >= 0) {
            throw new IOException("no answer within " + said(patience)
                    + ": is the node's process stopped, or its machine overloaded? It may still do what it was told");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new IOException("interrupted");
        }
    }

    private static String said(Duration duration) {
        return Durations.format(duration.toNanos());
    }

    @Override
    public void close() throws IOException {
        try (selector) {
            channel.close();
        }
    }
}
