package org.vnetp.macrobench.guest;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.vnetp.overlay.control.ControlClient;

/// Runs commands in a guest for [CommandChannel]'s script.
///
/// A command is four TCP connections, so that each of its streams ends by itself and none can hold up another. Each
/// begins with a line `SECRET ROLE TOKEN`; the token says which belong together. Roles:
///
/// ```
/// in    to us: the command's standard input, up to the end of the connection
/// out   from us: its standard output
/// err   from us: its standard error
/// run   to us: texts that a zero byte ends: directory, number of words, the words, the environment's NAME=VALUE, an
///       empty text. Then at any time the line "end": the command is to end.
///       From us: the line "exit CODE" when it has ended.
/// ```
///
/// When the connection `run` ends before that, so is the command: who asked for it is gone.
///
/// A node of the overlay that runs in the guest is talked to by a connection of its own, since its control socket is
/// the guest's:
///
/// ```
/// say   to us: a line with the path of the control socket, a line with the statement.
///       From us: the line "ok" and the answer, or the line "failed" and why; the connection ends.
/// ```
///
/// **Threads:** one takes connections, each command has its own few. Idle, none of them wakes up.
public final class GuestAgent implements AutoCloseable {
    /// What it prints when it takes commands.
    public static final String READY = "guest agent ready";

    /// What [#say] answers begin with.
    public static final String SAID = "ok";

    public static final String NOT_SAID = "failed";

    private static final int LONGEST_GREETING = 256;
    private static final long GREETING_SECONDS = 10;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    private final ServerSocket server;
    private final byte[] secret;
    /// Connections of a command that wait for its `run`, by role and token.
    private final Map<String, SynchronousQueue<Socket>> meetings = new ConcurrentHashMap<>();

    /// @param where it listens; port 0 for any that is free
    /// @param secret that every connection must say
    public GuestAgent(InetSocketAddress where, String secret) throws IOException {
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
        server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(where);
    }

    /// `GuestAgent PORT SECRET-FILE`: takes commands until it is killed.
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("expected PORT SECRET-FILE, got " + arguments.length + " words");
        }
        String secret = Files.readString(Path.of(arguments[1])).strip();
        try (GuestAgent agent = new GuestAgent(new InetSocketAddress(Integer.parseInt(arguments[0])), secret)) {
            System.out.println(READY);
            agent.serve();
        }
    }

    int port() {
        return server.getLocalPort();
    }

    /// Takes connections until closed.
    public void serve() throws IOException {
        while (!server.isClosed()) {
            Socket socket;
            try {
                socket = server.accept();
            } catch (IOException e) {
                if (server.isClosed()) {
                    return;
                }
                throw e;
            }
            Thread.ofPlatform().daemon().name("guest-connection").start(() -> take(socket));
        }
    }

    private void take(Socket socket) {
        boolean kept = false;
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(GREETING_SECONDS));
            String[] words = greeting(socket.getInputStream()).split(" ", -1);
            if (words.length != 3 || !MessageDigest.isEqual(secret, words[0].getBytes(StandardCharsets.UTF_8))) {
                return;
            }
            if (words[1].equals("say")) {
                say(socket);
                return;
            }
            socket.setSoTimeout(0);
            if (words[1].equals("run")) {
                command(socket, words[2]);
            } else {
                kept = meeting(words[1], words[2]).offer(socket, GREETING_SECONDS, TimeUnit.SECONDS);
                if (!kept) {
                    meetings.remove(words[1] + " " + words[2]); // whoever began did not go on
                }
            }
        } catch (IOException e) {
            // Whoever is there is gone or no client of ours; the connection ends.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!kept) {
                close(socket);
            }
        }
    }

    private static void say(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        String node = greeting(in);
        String statement = greeting(in);
        String answer;
        try {
            answer = SAID + "\n" + ControlClient.say(Path.of(node), statement, ANSWER_WITHIN);
        } catch (IOException e) {
            answer = NOT_SAID + "\n" + e.getMessage();
        }
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
    }

    private void command(Socket run, String token) throws IOException, InterruptedException {
        Socket[] others = new Socket[3];
        String[] roles = {"in", "out", "err"};
        try {
            for (int i = 0; i < roles.length; i++) {
                others[i] = meeting(roles[i], token).poll(GREETING_SECONDS, TimeUnit.SECONDS);
                if (others[i] == null) {
                    return;
                }
            }
            new GuestCommand(run, others[0], others[1], others[2]).run();
        } finally {
            for (int i = 0; i < roles.length; i++) {
                meetings.remove(roles[i] + " " + token);
                if (others[i] != null) {
                    close(others[i]);
                }
            }
        }
    }

    private SynchronousQueue<Socket> meeting(String role, String token) {
        return meetings.computeIfAbsent(role + " " + token, _ -> new SynchronousQueue<>());
    }

    /// A line byte by byte: what follows it is the command's.
    private static String greeting(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        int c = in.read();
        while (c != '\n') {
            if (c < 0 || text.length() == LONGEST_GREETING) {
                throw new IOException("expected a line of up to " + LONGEST_GREETING + " bytes");
            }
            text.append((char) c);
            c = in.read();
        }
        return text.toString();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
