package org.vnetp.macrobench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/// The near end of a [ResidentPair]: a program that stays, `load ADDRESS PORT` of a [LoadServer], and ends when
/// its standard input does. Sockets and the stream's connection stay open. It is told by lines on standard
/// input:
/// - `rtt N SECONDS RATE SIZE`: round trips of 64 bytes, one after the other, beside RATE datagrams a second
///   of SIZE
/// bytes
///   marked N; prints `trips=… p50=… p99=… mean=… lost=… sent=…` (nanoseconds)
/// - `send N SECONDS RATE SIZE`: datagrams by a schedule, RATE 0 for as many as go; prints `sent=… seconds=…`
/// - `stream SECONDS`: one stream as fast as it goes; prints `bytes=… seconds=…`
public final class LoadClient {
    private static final int PROBE = 64;
    private static final int CHUNK = 1 << 18;
    private static final int SOCKET_BUFFER = 1 << 20;
    private static final long LONGEST_NS = 60_000_000_000L;
    private static final int DIGITS = 3;
    /// A round trip that takes longer has been lost.
    private static final long LOST_NS = 200_000_000L;

    private final InetSocketAddress echo;
    private final InetSocketAddress sink;
    private final InetSocketAddress stream;

    /// When the probe under way was sent; 0 while there is none.
    private volatile long underWaySince;

    private final AtomicLong lost = new AtomicLong();
    private volatile int probe;

    private LoadClient(String address, int port) {
        echo = new InetSocketAddress(address, port);
        sink = new InetSocketAddress(address, port + 1);
        stream = new InetSocketAddress(address, port + 2);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length != 3 || !arguments[0].equals("load")) {
            System.err.println("usage: load ADDRESS PORT");
            System.exit(2);
        }
        new LoadClient(arguments[1], Integer.parseInt(arguments[2])).serve();
    }

    private void serve() throws IOException, InterruptedException {
        try (DatagramChannel probes = connected(echo);
                DatagramChannel datagrams = connected(sink);
                SocketChannel bytes = SocketChannel.open();
                BufferedReader in = DatagramLoad.input()) {
            bytes.connect(stream);
            watch(probes);
            System.out.println(LoadServer.READY);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ");
                switch (words[0]) {
                    case "rtt" -> roundTrips(probes, datagrams, words);
                    case "send" -> {
                        DatagramLoad.Sent sent = send(datagrams, words);
                        System.out.println("sent=" + sent.count() + " seconds=" + sent.seconds());
                    }
                    case "stream" -> stream(bytes, Double.parseDouble(words[1]));
                    default -> throw new IllegalArgumentException("'" + line + "': expected rtt, send or stream");
                }
            }
        }
    }

    private static DatagramChannel connected(InetSocketAddress to) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
        channel.connect(to);
        return channel;
    }

    private static DatagramLoad.Sent send(DatagramChannel channel, String[] words) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(Integer.parseInt(words[4]));
        return DatagramLoad.send(
                channel,
                buffer,
                Integer.parseInt(words[1]),
                Double.parseDouble(words[3]),
                Double.parseDouble(words[2]));
    }

    private void roundTrips(DatagramChannel probes, DatagramChannel datagrams, String[] words)
            throws IOException, InterruptedException {
        double seconds = Double.parseDouble(words[2]);
        DatagramLoad.Sent[] sent = new DatagramLoad.Sent[1];
        Thread background = null;
        if (Double.parseDouble(words[3]) > 0) {
            background = new Thread(
                    () -> {
                        try {
                            sent[0] = send(datagrams, words);
                        } catch (IOException e) {
                            System.err.println("background: " + e);
                            Runtime.getRuntime().halt(1);
                        }
                    },
                    "background");
            background.start();
        }
        Histogram times = probe(probes, seconds);
        if (background != null) {
            background.join();
        }
        System.out.printf(
                Locale.ROOT,
                "trips=%d p50=%d p99=%d mean=%.0f lost=%d sent=%d%n",
                times.getTotalCount(),
                times.getValueAtPercentile(50),
                times.getValueAtPercentile(99),
                times.getMean(),
                lost.get(),
                sent[0] == null ? 0 : sent[0].count());
    }

    private Histogram probe(DatagramChannel channel, double seconds) throws IOException {
        Histogram times = new Histogram(LONGEST_NS, DIGITS);
        ByteBuffer out = ByteBuffer.allocateDirect(PROBE);
        ByteBuffer in = ByteBuffer.allocateDirect(1 << 16);
        lost.set(0);
        long end = System.nanoTime() + Math.round(seconds * 1e9);
        long sent = System.nanoTime();
        int number = probe;
        while (sent < end) {
            probe = ++number;
            out.putInt(0, number);
            underWaySince = sent;
            channel.write(out.clear());
            do {
                channel.read(in.clear());
            } while (in.position() < Integer.BYTES || in.getInt(0) != number);
            underWaySince = 0;
            long now = System.nanoTime();
            times.recordValue(Math.clamp(now - sent, 1, LONGEST_NS));
            sent = now;
        }
        return times;
    }

    /// Sends a probe again whose way is too long: the one who waits for it would wait for ever.
    private void watch(DatagramChannel channel) {
        Thread watch = new Thread(
                () -> {
                    ByteBuffer again = ByteBuffer.allocateDirect(PROBE);
                    while (true) {
                        long since = underWaySince;
                        try {
                            Thread.sleep(20);
                            if (since != 0 && underWaySince == since && System.nanoTime() - since > LOST_NS) {
                                lost.incrementAndGet();
                                again.putInt(0, probe);
                                channel.write(again.clear());
                                Thread.sleep(LOST_NS / 1_000_000);
                            }
                        } catch (IOException | InterruptedException e) {
                            System.err.println("watching: " + e);
                            Runtime.getRuntime().halt(1);
                        }
                    }
                },
                "watch");
        watch.setDaemon(true);
        watch.start();
    }

    private static void stream(SocketChannel channel, double seconds) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        long start = System.nanoTime();
        long length = Math.round(seconds * 1e9);
        long bytes = 0;
        long now = 0;
        while (now < length) {
            bytes += channel.write(buffer.clear());
            now = System.nanoTime() - start;
        }
        System.out.println("bytes=" + bytes + " seconds=" + now / 1e9);
    }
}
