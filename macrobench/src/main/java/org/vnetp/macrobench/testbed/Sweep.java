package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.vnetp.overlay.posix.NetworkNamespace;

/// Which guests reach which: a datagram from each to each other, and an answer to each, like ping's but by one
/// process that has a socket in every guest. 254 guests are 64 262 pairs, for which ping would have to be
/// started as often.
///
/// So many pairs at most wait for their answer at once as fit any socket's queue. What got none within a second is
/// asked
/// again, and given up after ten times.
final class Sweep implements AutoCloseable {
    private static final int PORT = 17_077;
    private static final int AT_ONCE = 64;
    private static final long AGAIN_NS = 1_000_000_000L;
    private static final int TRIES = 10;
    private static final long LOOK_MS = 20;

    private static final int QUESTION = 0x766e_7071;
    private static final int ANSWER = 0x766e_7061;
    private static final int LENGTH = 12;

    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private final List<DatagramChannel> sockets = new ArrayList<>();
    private final Selector selector;
    private final ByteBuffer message = ByteBuffer.allocate(LENGTH + 1);

    private final int guests;
    private final BitSet answered = new BitSet();
    /// Asked, and neither answered nor given up.
    private final BitSet open = new BitSet();

    private final Deque<Asked> waiting = new ArrayDeque<>();
    private int outstanding;
    private int again;

    private record Asked(int pair, int tries, long ns) {}

    /// What came of it.
    ///
    /// @param pairs    that there are, each direction one
    /// @param answered pairs whose answer came
    /// @param again    questions that were asked again
    /// @param missing  the first pairs that got no answer, as `FROM>TO`
    /// @param seconds  it took
    record Outcome(int pairs, int answered, int again, List<String> missing, double seconds) {
        boolean whole() {
            return answered == pairs;
        }
    }

    private final List<? extends NamespaceEndpoint> endpoints;

    /// Opens a socket in each guest.
    ///
    /// @throws FabricException when one cannot be opened
    Sweep(List<? extends NamespaceEndpoint> endpoints) {
        this.endpoints = endpoints;
        this.guests = endpoints.size();
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            for (NamespaceEndpoint endpoint : endpoints) {
                InetSocketAddress address = new InetSocketAddress(endpoint.address(), PORT);
                addresses.add(address);
                sockets.add(open(endpoint, address));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private DatagramChannel open(NamespaceEndpoint endpoint, InetSocketAddress address) {
        return NetworkNamespace.inside("/run/netns/" + endpoint.place().namespace(), _ -> {
            try {
                DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET);
                try {
                    socket.bind(address).configureBlocking(false);
                    socket.register(selector, SelectionKey.OP_READ, sockets.size());
                    return socket;
                } catch (IOException e) {
                    socket.close();
                    throw e;
                }
            } catch (IOException e) {
                throw new FabricException("no socket at " + endpoint.hostName() + ": " + e.getMessage(), e);
            }
        });
    }

    /// Asks all pairs. Once only.
    ///
    /// @param within gives up on the rest after that
    Outcome run(Duration within) throws InterruptedException {
        long began = System.nanoTime();
        long deadline = began + within.toNanos();
        int pairs = guests * (guests - 1);
        int next = 0;
        try {
            while ((next < pairs || outstanding > 0) && System.nanoTime() < deadline) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                while (next < pairs && outstanding < AT_ONCE) {
                    // First each guest its next one, then its next but one: no guest is asked by all at once.
                    int pair = next % guests * guests + (next % guests + next / guests + 1) % guests;
                    open.set(pair);
                    outstanding++;
                    next++;
                    ask(pair, 1);
                }
                selector.select(LOOK_MS);
                for (SelectionKey key : selector.selectedKeys()) {
                    read((DatagramChannel) key.channel(), (Integer) key.attachment());
                }
                selector.selectedKeys().clear();
                askAgain(System.nanoTime());
            }
        } catch (IOException e) {
            throw new FabricException("the sweep over all pairs failed: " + e.getMessage(), e);
        }
        return new Outcome(pairs, answered.cardinality(), again, missing(), (System.nanoTime() - began) / 1e9);
    }

    private void ask(int pair, int tries) {
        waiting.add(new Asked(pair, tries, System.nanoTime()));
        int from = pair / guests;
        send(QUESTION, from, pair % guests, sockets.get(from), addresses.get(pair % guests));
    }

    private void askAgain(long nowNs) {
        while (!waiting.isEmpty()) {
            Asked eldest = waiting.getFirst();
            boolean still = open.get(eldest.pair());
            if (still && nowNs - eldest.ns() < AGAIN_NS) {
                return;
            }
            waiting.removeFirst();
            if (still && eldest.tries() == TRIES) {
                settle(eldest.pair());
            } else if (still) {
                again++;
                ask(eldest.pair(), eldest.tries() + 1);
            }
        }
    }

    private void settle(int pair) {
        if (open.get(pair)) {
            open.clear(pair);
            outstanding--;
        }
    }

    private void read(DatagramChannel socket, int at) throws IOException {
        while (true) {
            message.clear();
            SocketAddress sender = socket.receive(message);
            if (sender == null) {
                return;
            }
            message.flip();
            if (message.remaining() != LENGTH) {
                continue; // not ours
            }
            int kind = message.getInt();
            int from = message.getInt();
            int to = message.getInt();
            if (from < 0 || from >= guests || to < 0 || to >= guests) {
                continue;
            }
            if (kind == QUESTION && to == at && sender.equals(addresses.get(from))) {
                send(ANSWER, from, to, socket, addresses.get(from));
            } else if (kind == ANSWER && from == at && sender.equals(addresses.get(to))) {
                answered.set(from * guests + to);
                settle(from * guests + to);
            }
        }
    }

    private void send(int kind, int from, int to, DatagramChannel socket, InetSocketAddress where) {
        message.clear();
        message.putInt(kind).putInt(from).putInt(to).flip();
        try {
            socket.send(message, where);
        } catch (IOException lost) {
            // As if it were lost on the way: it is asked again.
        }
    }

    private List<String> missing() {
        List<String> pairs = new ArrayList<>();
        for (int pair = 0; pair < guests * guests && pairs.size() < 8; pair++) {
            if (pair / guests != pair % guests && !answered.get(pair)) {
                pairs.add(endpoints.get(pair / guests).hostName() + ">"
                        + endpoints.get(pair % guests).hostName());
            }
        }
        return pairs;
    }

    @Override
    public void close() {
        try {
            for (DatagramChannel socket : sockets) {
                socket.close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
