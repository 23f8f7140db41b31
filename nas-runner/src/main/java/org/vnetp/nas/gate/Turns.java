package org.vnetp.nas.gate;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// The gate at which forks of several builds wait for their turns, one fork an arm at a time. When all arms wait, those
/// that are about to run the same go one after the other, in an order that is drawn anew each time.
///
/// One thread's.
final class Turns implements AutoCloseable {
    private static final long LOOK_MS = 200;
    private static final int LONGEST_LINE = 4096;

    /// One arm's place.
    private static final class Seat {
        private final ServerSocketChannel door;
        private final Path path;
        private SocketChannel fork;
        private final StringBuilder said = new StringBuilder();
        /// What it is about to run; null while it does not wait.
        private String waitsFor;

        Seat(Path path) throws IOException {
            this.path = path;
            this.door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            door.bind(UnixDomainSocketAddress.of(path));
            door.configureBlocking(false);
        }
    }

    /// Whether an arm's program still runs.
    interface Alive {
        boolean alive(String arm);
    }

    private final Selector selector;
    private final Map<String, Seat> seats = new LinkedHashMap<>();
    private final Random random;
    private final Deque<Seat> next = new ArrayDeque<>();
    private Seat running;

    /// @param directory for the sockets; a socket's path has at most about a hundred bytes
    Turns(List<String> arms, Path directory, Random random) throws IOException {
        this.random = random;
        this.selector = Selector.open();
        for (String arm : arms) {
            Seat seat = new Seat(directory.resolve(arm));
            seats.put(arm, seat);
            seat.door.register(selector, SelectionKey.OP_ACCEPT, seat);
        }
    }

    /// Where an arm's forks find this.
    Path socket(String arm) {
        return seats.get(arm).path;
    }

    /// Hands out turns until no arm's program runs any more.
    ///
    /// @param deadlineNs by [System#nanoTime]
    /// @return false when the deadline has passed, or this thread was interrupted
    boolean run(Alive programs, long deadlineNs) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_LINE);
        while (true) {
            List<Seat> there = new ArrayList<>();
            seats.forEach((arm, seat) -> {
                if (programs.alive(arm)) {
                    there.add(seat);
                }
            });
            if (there.isEmpty()) {
                return true;
            }
            if (System.nanoTime() > deadlineNs || Thread.currentThread().isInterrupted()) {
                return false;
            }
            giveTurn(there);
            selector.select(LOOK_MS);
            for (SelectionKey key : selector.selectedKeys()) {
                Seat seat = (Seat) key.attachment();
                if (!key.isValid()) {
                    continue; // a fork that has been followed by another since
                }
                if (key.isAcceptable()) {
                    accept(seat);
                } else if (key.isReadable()) {
                    read(seat, bytes);
                }
            }
            selector.selectedKeys().clear();
        }
    }

    private void giveTurn(List<Seat> there) throws IOException {
        if (running == null && next.isEmpty() && there.stream().allMatch(seat -> seat.waitsFor != null)) {
            // Builds may have other benchmarks or parameters: what one alone has runs alone.
            String first = there.stream()
                    .map(seat -> seat.waitsFor)
                    .min(String::compareTo)
                    .orElseThrow();
            List<Seat> group = new ArrayList<>(
                    there.stream().filter(seat -> seat.waitsFor.equals(first)).toList());
            Collections.shuffle(group, random);
            next.addAll(group);
        }
        while (running == null && !next.isEmpty()) {
            Seat seat = next.poll();
            if (seat.waitsFor != null) { // its fork may have died since
                seat.waitsFor = null;
                running = seat;
                seat.fork.write(ByteBuffer.wrap(new byte[] {'g'}));
            }
        }
    }

    private void accept(Seat seat) throws IOException {
        SocketChannel fork = seat.door.accept();
        if (fork == null) {
            return;
        }
        leave(seat);
        fork.configureBlocking(false);
        fork.register(selector, SelectionKey.OP_READ, seat);
        seat.fork = fork;
    }

    private void read(Seat seat, ByteBuffer bytes) throws IOException {
        bytes.clear();
        int length;
        try {
            length = seat.fork.read(bytes);
        } catch (IOException e) {
            length = -1; // a fork that was killed
        }
        if (length < 0) {
            leave(seat);
            return;
        }
        seat.said.append(new String(bytes.array(), 0, length, StandardCharsets.UTF_8));
        for (int end = seat.said.indexOf("\n"); end >= 0; end = seat.said.indexOf("\n")) {
            String line = seat.said.substring(0, end);
            seat.said.delete(0, end + 1);
            if (line.startsWith("ready ")) {
                seat.waitsFor = line.substring("ready ".length());
            } else if (running == seat) {
                running = null;
            }
        }
    }

    /// A fork is gone: it has no turn any more.
    private void leave(Seat seat) throws IOException {
        if (seat.fork != null) {
            seat.fork.close();
            seat.fork = null;
        }
        seat.said.setLength(0);
        seat.waitsFor = null;
        if (running == seat) {
            running = null;
        }
    }

    @Override
    public void close() throws IOException {
        for (Seat seat : seats.values()) {
            leave(seat);
            seat.door.close();
            Files.deleteIfExists(seat.path);
        }
        selector.close();
    }
}
