package org.vnetp.overlay.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
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
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import jdk.net.ExtendedSocketOptions;

/// The control socket of a running node: a Unix socket, mode 0600. One statement a line; the answer
/// is the lines of text, if any, then a line `ok` or `error: MESSAGE`.
///
/// The socket is bound under a name of its own inside a fresh directory that only its owner can
/// enter, gets its mode there, and is then moved to its place in one step: at no moment can
/// somebody else connect. A socket that a dead node left behind is replaced; a live one is refused.
///
/// Beside the file's mode the kernel tells whose process a client is (SO_PEERCRED): only the socket's owner and
/// root are served, whoever else a changed mode, or a descriptor handed on, would let in.
///
/// Lines and clients are bounded, and a client that says nothing for ten minutes is ended. Each client has
/// a virtual thread. When all places are taken, the client
/// that has said nothing for longest is told so and gives its place to the new one; a client that does not
/// take its answers is ended. So nobody can keep others out by holding connections.
public final class ControlSocket implements AutoCloseable {
    /// Clients at a time.
    static final int MOST_CLIENTS = 16;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Duration PROBE_PATIENCE = Duration.ofSeconds(2);
    private static final Duration GOODBYE_PATIENCE = Duration.ofSeconds(1);
    private static final Duration IDLE_PATIENCE = Duration.ofMinutes(10);
    private static final String ROOT = "root";

    private final Path path;
    private final NodeControl node;
    private final ServerSocketChannel server;
    private final Duration answerPatience;
    private final Duration idlePatience;
    private final String owner;
    private final Thread idleWatch;
    private final Set<Client> clients = ConcurrentHashMap.newKeySet();
    private final Object fileKey;

    private ControlSocket(
            Path path,
            NodeControl node,
            ServerSocketChannel server,
            Duration answerPatience,
            Duration idlePatience,
            String owner,
            Object fileKey) {
        this.path = path;
        this.node = node;
        this.server = server;
        this.answerPatience = answerPatience;
        this.idlePatience = idlePatience;
        this.owner = owner;
        this.fileKey = fileKey;
        this.idleWatch = Thread.ofVirtual().name("control-idle").unstarted(this::endIdle);
    }

    /// Opens the socket and serves it until [#close].
    ///
    /// @throws IOException naming the path: a live node has it, something else lies there, the
    ///     directory is not ours to write
    public static ControlSocket open(Path path, NodeControl node) throws IOException {
        return open(path, node, Duration.ofSeconds(10));
    }

    /// @param answerPatience how long a client may take for an answer
    static ControlSocket open(Path path, NodeControl node, Duration answerPatience) throws IOException {
        return open(path, node, answerPatience, IDLE_PATIENCE, null);
    }

    /// @param idlePatience how long a client may say nothing
    /// @param owner        who is served beside root, by name; null: the owner of the socket's file
    static ControlSocket open(Path path, NodeControl node, Duration answerPatience, Duration idlePatience, String owner)
            throws IOException {
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
            Object key = Files.readAttributes(born, BasicFileAttributes.class).fileKey();
            String served = owner == null ? Files.getOwner(born).getName() : owner;
            Files.move(born, target, StandardCopyOption.ATOMIC_MOVE);
            ControlSocket socket = new ControlSocket(target, node, server, answerPatience, idlePatience, served, key);
            Thread.ofVirtual().name("control-accept").start(socket::accept);
            socket.idleWatch.start();
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
        if (!Files.readAttributes(target, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("control socket " + target + ": something that is no socket lies there");
        }
        try (SocketChannel probe = ControlClient.connect(target, PROBE_PATIENCE)) {
            throw new IOException("control socket " + target + ": a live node has it (" + probe.getRemoteAddress()
                    + " answers); stop that node or name another socket");
        } catch (ConnectException e) {
            // Nobody listens: a dead node's. The move replaces it.
        }
    }

    /// Where it is.
    public Path path() {
        return path;
    }

    /// Clients whose statement is being carried out.
    long busy() {
        return clients.stream()
                .filter(client -> client.doing.get() == Doing.STATEMENT)
                .count();
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel channel = server.accept();
                String user = user(channel);
                if (!user.equals(owner) && !user.equals(ROOT)) {
                    goodbye(channel, "user " + user + " does not command this node; its owner is " + owner);
                    continue;
                }
                if (clients.size() >= MOST_CLIENTS && !makePlace()) {
                    goodbye(channel, MOST_CLIENTS + " clients are being served at this moment; try again");
                    continue;
                }
                Client client = new Client(channel);
                clients.add(client);
                Thread.ofVirtual().name("control-client").start(() -> serve(client));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                pause();
            }
        }
    }

    /// Ends the client that has been silent for longest, or does not take its answer.
    ///
    /// @return false when all of them wait for the node
    private boolean makePlace() {
        Client longest = null;
        do {
            longest = null;
            for (Client each : clients) {
                if (each.idle() && (longest == null || each.sinceNs - longest.sinceNs < 0)) {
                    longest = each;
                }
            }
            if (longest == null) {
                return false;
            }
        } while (!longest.end());
        clients.remove(longest);
        goodbye(
                longest.channel,
                "this client has been silent for " + longest.silentS()
                        + " s and gives its place to another, as at most " + MOST_CLIENTS + " are served");
        return true;
    }

    /// Whose process the client is, by the kernel; empty where it is gone.
    private static String user(SocketChannel channel) {
        try {
            return channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
        } catch (IOException e) {
            return "";
        }
    }

    /// Ends who has been silent for too long.
    private void endIdle() {
        Duration pause = idlePatience.dividedBy(4);
        while (server.isOpen()) {
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
            for (Client each : clients) {
                if (each.idle() && each.silentNs() > idlePatience.toNanos() && each.end()) {
                    clients.remove(each);
                    goodbye(each.channel, "this client has been silent for " + each.silentS() + " s; good-bye");
                }
            }
        }
    }

    /// Hangs up with a word, which a client that takes nothing cannot hinder.
    private static void goodbye(SocketChannel channel, String word) {
        Thread.ofVirtual()
                .name("control-goodbye")
                .start(() -> within(GOODBYE_PATIENCE, channel, () -> {
                    try (channel) {
                        write(channel, "error: " + word + "\n");
                    } catch (IOException e) {
                        // Gone, or deaf.
                    }
                }));
    }

    /// Does something that writes to a channel, and closes the channel if that takes too long.
    private static void within(Duration patience, SocketChannel channel, Runnable writing) {
        Thread watch = Thread.ofVirtual().name("control-deadline").start(() -> {
            try {
                Thread.sleep(patience);
                channel.close();
            } catch (InterruptedException e) {
                // Done in time.
            } catch (IOException e) {
                // Closed all the same.
            }
        });
        try {
            writing.run();
        } finally {
            watch.interrupt();
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

    private void serve(Client client) {
        SocketChannel channel = client.channel;
        try (channel) {
            ControlSession session = new ControlSession(node);
            ByteBuffer received = ByteBuffer.allocate(4096);
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (channel.read(received.clear()) >= 0) {
                received.flip();
                while (received.hasRemaining()) {
                    byte b = received.get();
                    if (b == '\n') {
                        if (!client.goesOn(Doing.NOTHING, Doing.STATEMENT)) {
                            return;
                        }
                        String answer = answer(session, line.toString(StandardCharsets.UTF_8));
                        client.goesOn(Doing.STATEMENT, Doing.ANSWER);
                        send(channel, answer);
                        client.goesOn(Doing.ANSWER, Doing.NOTHING);
                        line.reset();
                    } else if (line.size() >= StatementParser.MAX_LINE) {
                        send(channel, "error: a line of more than " + StatementParser.MAX_LINE + " bytes; good-bye\n");
                        return;
                    } else {
                        line.write(b);
                    }
                }
            }
        } catch (IOException e) {
            // The client is gone or was ended; what it asked for has been done, or not begun.
        } finally {
            clients.remove(client);
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

    private void send(SocketChannel channel, String text) throws IOException {
        IOException[] failure = {null};
        within(answerPatience, channel, () -> {
            try {
                write(channel, text);
            } catch (IOException e) {
                failure[0] = e;
            }
        });
        if (failure[0] != null) {
            throw failure[0];
        }
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// Stops serving and removes the socket, unless another node has taken its place since.
    @Override
    public void close() throws IOException {
        server.close();
        idleWatch.interrupt();
        for (Client client : clients) {
            client.channel.close();
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey()
                        .equals(fileKey)) {
            Files.delete(path);
        }
    }

    private enum Doing {
        /// Waits for a line of the client.
        NOTHING,
        /// The node carries a statement out.
        STATEMENT,
        /// Waits for the client to take an answer.
        ANSWER,
        /// Has given its place to another; none of its lines is carried out any more.
        ENDED
    }

    /// A connection. Its own thread goes on from state to state, the accepting one may end it.
    private static final class Client {
        private final SocketChannel channel;
        private final AtomicReference<Doing> doing = new AtomicReference<>(Doing.NOTHING);
        private volatile long sinceNs = System.nanoTime();

        Client(SocketChannel channel) {
            this.channel = channel;
        }

        /// It is silent from the statement on, and anew from the answer, before it can have that: so who has heard
        /// its answer before another one asks has been silent for longer, however late this thread goes on.
        ///
        /// @return false when it has been ended
        boolean goesOn(Doing from, Doing to) {
            if (to != Doing.NOTHING) {
                sinceNs = System.nanoTime();
            }
            return doing.compareAndSet(from, to);
        }

        boolean idle() {
            Doing now = doing.get();
            return now == Doing.NOTHING || now == Doing.ANSWER;
        }

        /// @return false when it has begun a statement meanwhile
        boolean end() {
            return doing.compareAndSet(Doing.NOTHING, Doing.ENDED) || doing.compareAndSet(Doing.ANSWER, Doing.ENDED);
        }

        long silentNs() {
            return System.nanoTime() - sinceNs;
        }

        long silentS() {
            return silentNs() / 1_000_000_000L;
        }
    }
}
