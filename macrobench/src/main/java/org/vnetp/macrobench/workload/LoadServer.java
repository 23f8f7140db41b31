package org.vnetp.macrobench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/// The far end of a [ResidentPair]: a program that stays, `serve PORT`, and ends when its standard input does.
///
/// It sends datagrams to PORT back, takes those to the next port in and notes how long they were on their way,
/// and reads streams from the port after that. It is told by lines on standard input:
/// - `reset N`: from now on counts datagrams of trial N and the streams' bytes
/// - `count`: prints `received=… bytes=… p50=… p99=…`: datagrams, bytes, and nanoseconds from when a datagram
///   was meant
/// to be
///   sent to its arrival, by the one clock of a machine ([DatagramLoad])
public final class LoadServer {
    static final String READY = "ready";
    private static final int SOCKET_BUFFER = 4 << 20;
    private static final int CHUNK = 1 << 18;
    private static final long LONGEST_NS = 60_000_000_000L;
    private static final int DIGITS = 3;

    private volatile int trial = -1;
    private volatile long received;
    private volatile long bytes;
    private Histogram delays = new Histogram(LONGEST_NS, DIGITS);

    private LoadServer() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2 || !arguments[0].equals("serve")) {
            System.err.println("usage: serve PORT");
            System.exit(2);
        }
        new LoadServer().serve(Integer.parseInt(arguments[1]));
    }

    private void serve(int port) throws IOException {
        try (DatagramChannel echo = datagrams(port);
                DatagramChannel sink = datagrams(port + 1);
                ServerSocketChannel streams = ServerSocketChannel.open();
                BufferedReader in = DatagramLoad.input()) {
            streams.bind(new InetSocketAddress(port + 2));
            Worker.start("echo", () -> echo(echo));
            Worker.start("sink", () -> sink(sink));
            Worker.start("streams", () -> accept(streams));
            System.out.println(READY);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("reset ")) {
                    reset(Integer.parseInt(line.substring("reset ".length())));
                }
                System.out.println(counted());
            }
        }
    }

    private static DatagramChannel datagrams(int port) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
        channel.bind(new InetSocketAddress(port));
        return channel;
    }

    private synchronized void reset(int next) {
        trial = -1;
        received = 0;
        bytes = 0;
        delays.reset();
        trial = next;
    }

    private synchronized String counted() {
        return String.format(
                Locale.ROOT,
                "received=%d bytes=%d p50=%d p99=%d",
                received,
                bytes,
                delays.getValueAtPercentile(50),
                delays.getValueAtPercentile(99));
    }

    private static void echo(DatagramChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        while (true) {
            var from = channel.receive(buffer.clear());
            channel.send(buffer.flip(), from);
        }
    }

    private void sink(DatagramChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        while (true) {
            channel.receive(buffer.clear());
            long now = System.nanoTime();
            if (buffer.position() >= DatagramLoad.STAMPED_SIZE && buffer.getInt(0) == trial) {
                take(Math.clamp(now - buffer.getLong(DatagramLoad.INTENDED_AT), 1, LONGEST_NS));
            }
        }
    }

    private synchronized void take(long delayNs) {
        received++;
        delays.recordValue(delayNs);
    }

    private void accept(ServerSocketChannel streams) throws IOException {
        while (true) {
            SocketChannel stream = streams.accept();
            Worker.start("stream", () -> drain(stream));
        }
    }

    private void drain(SocketChannel stream) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        try (stream) {
            for (int got = stream.read(buffer); got >= 0; got = stream.read(buffer.clear())) {
                add(got);
            }
        }
    }

    private synchronized void add(int more) {
        bytes += more;
    }
}
