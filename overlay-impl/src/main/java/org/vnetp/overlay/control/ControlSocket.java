package org.vnetp.overlay.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// The control socket of a running node: a Unix socket, mode 0600. One statement a line; the answer
/// is the lines of text, if any, then a line `ok` or `error: MESSAGE`.
///
/// The socket is bound under a name of its own inside a fresh directory that only its owner can
/// enter, gets its mode there, and is then moved to its place in one step: at no moment can
/// somebody else connect. A socket that a dead node left behind is replaced; a live one is refused.
/// Lines and clients are bounded. Each client has a virtual thread.
public final class ControlSocket implements AutoCloseable {
    private static final int MOST_CLIENTS = 16;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path path;
    private final NodeControl node;
    private final ServerSocketChannel server;
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();
    private final Semaphore places = new Semaphore(MOST_CLIENTS);
    private final Object fileKey;

    private ControlSocket(Path path, NodeControl node, ServerSocketChannel server, Object fileKey) {
        this.path = path;
        this.node = node;
        this.server = server;
        this.fileKey = fileKey;
    }

    /// Opens the socket and serves it until [#close].
    ///
    /// @throws IOException naming the path: a live node has it, something else lies there, the
    ///     directory is not ours to write
    public static ControlSocket open(Path path, NodeControl node) throws IOException {
        Path target = path.toAbsolutePath();
        Path directory = target.getParent();
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory.getParent());
            try {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(directory)) {
                    throw new IOException("control socket " + target + ": " + directory + " is no directory", e);
                }
            }
        }
        refuseLive(target);
        // Short, because the whole path of a Unix socket has to fit 107 bytes.
        Path hidden = Files.createTempDirectory(
                directory, ".", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path born = hidden.resolve("s");
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        boolean done = false;
        try {
            server.bind(UnixDomainSocketAddress.of(born), MOST_CLIENTS);
            Files.setPosixFilePermissions(born, OWNER_ONLY);
            Object key = Files.readAttributes(born, java.nio.file.attribute.BasicFileAttributes.class)
                    .fileKey();
            Files.move(born, target, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            ControlSocket socket = new ControlSocket(target, node, server, key);
            Thread.ofVirtual().name("control-accept").start(socket::accept);
            done = true;
            return socket;
        } catch (IOException | RuntimeException e) {
            throw new IOException("control socket " + target + ": " + e.getMessage(), e);
        } finally {
            if (!done) {
                server.close();
            }
            Files.deleteIfExists(born);
            Files.deleteIfExists(hidden);
        }
    }

    private static void refuseLive(Path target) throws IOException {
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(target, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("control socket " + target + ": something that is no socket lies there");
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(target))) {
            throw new IOException("control socket " + target + ": a live node has it (" + probe.getRemoteAddress()
                    + " answers); stop that node or name another socket");
        } catch (java.net.ConnectException e) {
            // Nobody listens: a dead node's. The move replaces it.
        }
    }

    /// Where it is.
    public Path path() {
        return path;
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                if (!places.tryAcquire()) {
                    try (client) {
                        send(client, "error: more than " + MOST_CLIENTS + " clients\n");
                    }
                    continue;
                }
                clients.add(client);
                Thread.ofVirtual().name("control-client").start(() -> serve(client));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                pause();
            }
        }
    }

    /// Accepting failed for want of something (descriptors, memory): tries again a little later.
    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel client) {
        try (client) {
            ControlSession session = new ControlSession(node);
            ByteBuffer received = ByteBuffer.allocate(4096);
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (client.read(received.clear()) >= 0) {
                received.flip();
                while (received.hasRemaining()) {
                    byte b = received.get();
                    if (b == '\n') {
                        send(client, answer(session, line.toString(StandardCharsets.UTF_8)));
                        line.reset();
                    } else if (line.size() >= StatementParser.MAX_LINE) {
                        send(client, "error: a line of more than " + StatementParser.MAX_LINE + " bytes; good-bye\n");
                        return;
                    } else {
                        line.write(b);
                    }
                }
            }
        } catch (IOException e) {
            // The client is gone; what it asked for has been done, or not begun.
        } finally {
            clients.remove(client);
            places.release();
        }
    }

    private static String answer(ControlSession session, String line) {
        try {
            String text = session.line(line);
            return text.isEmpty() ? "ok\n" : text + "\nok\n";
        } catch (StatementException e) {
            return "error: " + e.getMessage().replace('\n', ' ') + "\n";
        } catch (RuntimeException e) {
            return "error: " + ("internal fault, please report it: " + e).replace('\n', ' ') + "\n";
        }
    }

    private static void send(SocketChannel client, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    /// Stops serving and removes the socket, unless another node has taken its place since.
    @Override
    public void close() throws IOException {
        server.close();
        for (SocketChannel client : clients) {
            client.close();
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && Files.readAttributes(
                                path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey()
                        .equals(fileKey)) {
            Files.delete(path);
        }
    }
}
