package org.vnetp.macrobench.mpi;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// Where the ranks of a resident job wait for the next order without using a processor. Rank 0 reads a line of its
/// standard input, which MPI's launchers lead to it, and passes it on to the others by a TCP connection to each: MPI's
/// own calls poll while they wait.
///
/// It is also what ends a job that nobody wants any more: when the standard input ends, because the harness or the
/// launcher has died, rank 0 ends at once, even in the middle of a region, and the others with it, since their
/// connections end. No order says so to MPI; its launcher, if it lives, sees ranks that failed.
///
/// [#await()] belongs to the rank's MPI thread; the threads that read only hand lines over.
public final class Gate implements AutoCloseable {
    /// The last order: from then on the ranks may end, in any order among them.
    public static final String END = "end";

    /// The exit code of a rank whose standard input or connection has ended.
    public static final int ABANDONED = 9;

    private static final int CONNECT_MILLIS = 30_000;
    private static final int LONGEST_ORDER = 512;

    private final Communicator world;
    private final BlockingQueue<String> orders = new LinkedBlockingQueue<>();
    private final List<Socket> sockets = new ArrayList<>();
    private volatile boolean closed;

    private Gate(Communicator world) {
        this.world = world;
    }

    /// Connects the ranks; all of them call it.
    ///
    /// @param address of rank 0's host that the others reach
    /// @param input rank 0's orders, a line each; not used on other ranks
    /// @throws UncheckedIOException when the ranks do not reach each other
    public static Gate open(Communicator world, String address, InputStream input) {
        Gate gate = new Gate(world);
        try {
            if (world.rank() == 0) {
                gate.gather(address);
                gate.follow(new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8)));
            } else {
                gate.join(address);
            }
        } catch (IOException e) {
            gate.close();
            throw new UncheckedIOException(
                    "rank " + world.rank() + " cannot join the others at " + address + ": " + e.getMessage(), e);
        }
        return gate;
    }

    /// Waits for the next order; the same on all ranks. Uses no processor meanwhile, and MPI makes no progress.
    public String await() {
        try {
            String order = orders.take();
            if (world.rank() == 0) {
                byte[] line = (order + "\n").getBytes(StandardCharsets.UTF_8);
                for (Socket socket : sockets) {
                    OutputStream out = socket.getOutputStream();
                    out.write(line);
                    out.flush();
                }
            }
            return order;
        } catch (IOException e) {
            throw new UncheckedIOException("a rank does not take orders any more", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an order", e);
        }
    }

    /// Gives the connections up. Before [#END] came that is the end of the other ranks.
    @Override
    public void close() {
        closed = true;
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                // It is of no use any more.
            }
        }
    }

    private void gather(String address) throws IOException {
        byte[] secret = new byte[Long.BYTES];
        new SecureRandom().nextBytes(secret);
        long word = java.nio.ByteBuffer.wrap(secret).getLong();
        try (ServerSocket server = new ServerSocket()) {
            server.bind(new InetSocketAddress(InetAddress.getByName(address), 0), world.size());
            share(server.getLocalPort(), word);
            long end = System.nanoTime() + CONNECT_MILLIS * 1_000_000L;
            while (sockets.size() < world.size() - 1) {
                server.setSoTimeout((int) Math.max(1, (end - System.nanoTime()) / 1_000_000));
                Socket socket;
                try {
                    socket = server.accept();
                } catch (SocketTimeoutException e) {
                    throw new IOException("only " + sockets.size() + " of " + (world.size() - 1) + " ranks came", e);
                }
                socket.setSoTimeout(CONNECT_MILLIS);
                if (new DataInputStream(socket.getInputStream()).readLong() != word) {
                    socket.close(); // not one of ours
                    continue;
                }
                socket.setSoTimeout(0);
                socket.setTcpNoDelay(true);
                sockets.add(socket);
            }
        }
    }

    private void join(String address) throws IOException {
        long[] where = share(0, 0);
        Socket socket = new Socket();
        sockets.add(socket);
        socket.connect(new InetSocketAddress(InetAddress.getByName(address), (int) where[0]), CONNECT_MILLIS);
        socket.setKeepAlive(true);
        new DataOutputStream(socket.getOutputStream()).writeLong(where[1]);
        follow(new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
    }

    /// Rank 0's numbers, on all ranks. Two of 32 bits make the secret, as the smallest type here is an int.
    private long[] share(int port, long word) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(3 * Integer.BYTES, Integer.BYTES);
            numbers.setAtIndex(ValueLayout.JAVA_INT, 0, port);
            numbers.setAtIndex(ValueLayout.JAVA_INT, 1, (int) (word >>> 32));
            numbers.setAtIndex(ValueLayout.JAVA_INT, 2, (int) word);
            world.bcast(numbers, 3, Datatype.INT, 0);
            return new long[] {
                numbers.getAtIndex(ValueLayout.JAVA_INT, 0),
                (long) numbers.getAtIndex(ValueLayout.JAVA_INT, 1) << 32
                        | numbers.getAtIndex(ValueLayout.JAVA_INT, 2) & 0xFFFFFFFFL
            };
        }
    }

    private void follow(BufferedReader lines) {
        Thread reader = new Thread(
                () -> {
                    try {
                        String line;
                        while ((line = lines.readLine()) != null && line.length() <= LONGEST_ORDER) {
                            // Before the rank knows: what ends after this is nobody's death.
                            closed |= line.equals(END);
                            orders.add(line);
                        }
                    } catch (IOException e) {
                        // Ended, one way or the other.
                    }
                    if (!closed) {
                        Runtime.getRuntime().halt(ABANDONED);
                    }
                },
                "gate");
        reader.setDaemon(true);
        reader.start();
    }
}
