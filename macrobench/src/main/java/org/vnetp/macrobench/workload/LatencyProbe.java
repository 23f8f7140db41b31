package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/// An open-loop prober of round trips over UDP. It sends by a schedule, whatever comes back and
/// when: a stall of the network then shows in every probe that should have been sent during it, not
/// in one.
///
/// Runs as a program of its own at the endpoints:
/// - `echo ADDRESS PORT`: sends every datagram back to where it came from, until ended
/// - `probe ADDRESS PORT RATE SECONDS SIZE LOG`: RATE probes a second of SIZE bytes; writes the
///   corrected histogram to LOG and one line of `key=value` words to standard output
///
/// Corrected times count from when a probe was meant to be sent, uncorrected ones from when it was.
/// A lost probe counts as the time from its sending to the end of the wait, so that losses cannot
/// improve a percentile.
public final class LatencyProbe {
    /// What the echo says when it answers. Not the one word: "Address already in use" ends with it in the middle.
    static final String ECHO_READY = "echo is ready";

    static final int LEAST_SIZE = 16;
    static final int MOST_SIZE = 65_000;
    private static final long DRAIN_NS = 500_000_000;
    private static final long LONGEST_NS = 60_000_000_000L;
    private static final int DIGITS = 3;
    private static final int SOCKET_BUFFER = 4 << 20;

    private LatencyProbe() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 3 && arguments[0].equals("echo")) {
            echo(new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2])));
        } else if (arguments.length == 7 && arguments[0].equals("probe")) {
            Probe probe = new Probe(
                    new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2])),
                    Double.parseDouble(arguments[3]),
                    Double.parseDouble(arguments[4]),
                    Integer.parseInt(arguments[5]));
            probe.run();
            probe.write(Path.of(arguments[6]), System.out);
        } else {
            System.err.println("usage: echo ADDRESS PORT | probe ADDRESS PORT RATE SECONDS SIZE LOG");
            System.exit(2);
        }
    }

    private static void echo(InetSocketAddress at) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
            channel.bind(at);
            System.out.println(ECHO_READY);
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
            while (true) {
                var from = channel.receive(buffer.clear());
                channel.send(buffer.flip(), from);
            }
        }
    }

    /// One series of probes.
    static final class Probe {
        private final InetSocketAddress target;
        private final double rate;
        private final int count;
        private final int size;
        /// When each probe was meant to be sent, was sent, and came back; 0 for not yet. Times of
        /// [System#nanoTime] less the series' start, plus 1.
        private final long[] intended;

        private final long[] sent;
        private final long[] returned;
        private volatile long start;
        private long end;

        Probe(InetSocketAddress target, double rate, double seconds, int size) {
            if (!(rate > 0 && rate <= 1e6) || !(seconds > 0 && seconds <= 3600)) {
                throw new IllegalArgumentException("expected a rate up to 1e6 a second and up to 3600 seconds");
            }
            if (size < LEAST_SIZE || size > MOST_SIZE) {
                throw new IllegalArgumentException(
                        "size: expected " + LEAST_SIZE + " to " + MOST_SIZE + " bytes, got " + size);
            }
            this.target = target;
            this.rate = rate;
            this.size = size;
            count = (int) Math.max(1, Math.min(100_000_000, rate * seconds));
            intended = new long[count];
            sent = new long[count];
            returned = new long[count];
        }

        void run() throws IOException, InterruptedException {
            try (DatagramChannel channel = DatagramChannel.open()) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
                channel.connect(target);
                warmUp(channel);
                start = System.nanoTime();
                AtomicBoolean done = new AtomicBoolean();
                Thread receiver = new Thread(() -> receive(channel, done), "receiver");
                receiver.setDaemon(true);
                receiver.start();
                send(channel);
                long drainUntil = System.nanoTime() + DRAIN_NS;
                while (receiver.isAlive() && System.nanoTime() < drainUntil) {
                    receiver.join(10);
                }
                end = System.nanoTime() - start + 1;
                done.set(true);
            }
        }

        /// Compiles the code and fills neighbour tables before anything counts.
        private void warmUp(DatagramChannel channel) throws IOException, InterruptedException {
            ByteBuffer buffer = ByteBuffer.allocateDirect(size);
            channel.configureBlocking(false);
            long until = System.nanoTime() + 300_000_000;
            for (int i = 0; i < 300 && System.nanoTime() < until; i++) {
                buffer.clear().putInt(0, -1);
                try {
                    channel.write(buffer);
                    Thread.sleep(1);
                    while (channel.read(buffer.clear()) > 0) {
                        // An answer to warm up the way back.
                    }
                } catch (java.net.PortUnreachableException e) {
                    throw new IOException("nobody answers at " + target, e);
                }
            }
            Thread.sleep(20);
            while (channel.read(buffer.clear()) > 0) {
                // Late ones.
            }
            channel.configureBlocking(true);
        }

        private void send(DatagramChannel channel) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocateDirect(size);
            double interval = 1e9 / rate;
            for (int i = 0; i < count; i++) {
                long due = (long) (i * interval);
                long now = System.nanoTime() - start;
                while (now < due) {
                    LockSupport.parkNanos(due - now);
                    now = System.nanoTime() - start;
                }
                intended[i] = due + 1;
                sent[i] = now + 1;
                buffer.clear().putInt(0, i);
                channel.write(buffer);
            }
        }

        private void receive(DatagramChannel channel, AtomicBoolean done) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
            int left = count;
            try {
                while (left > 0) {
                    channel.read(buffer.clear());
                    long now = System.nanoTime() - start + 1;
                    int number = buffer.position() >= 4 ? buffer.getInt(0) : -1;
                    if (number >= 0 && number < count && returned[number] == 0) {
                        returned[number] = now;
                        left--;
                    }
                }
            } catch (IOException e) {
                if (!done.get()) {
                    System.err.println("receiving: " + e);
                }
            }
        }

        int lost() {
            return (int) Arrays.stream(returned).filter(t -> t == 0).count();
        }

        Histogram histogram(boolean corrected) {
            Histogram histogram = new Histogram(LONGEST_NS, DIGITS);
            for (int i = 0; i < count; i++) {
                long from = corrected ? intended[i] : sent[i];
                long to = returned[i] == 0 ? end : returned[i];
                histogram.recordValue(Math.clamp(to - from, 1, LONGEST_NS));
            }
            return histogram;
        }

        void write(Path log, PrintStream out) throws IOException {
            Histogram corrected = histogram(true);
            Histogram raw = histogram(false);
            long now = System.currentTimeMillis();
            corrected.setStartTimeStamp(now - (long) (count / rate * 1e3));
            corrected.setEndTimeStamp(now);
            try (PrintStream stream = new PrintStream(log.toFile(), java.nio.charset.StandardCharsets.UTF_8)) {
                HistogramLogWriter writer = new HistogramLogWriter(stream);
                writer.outputLogFormatVersion();
                writer.outputLegend();
                writer.outputIntervalHistogram(corrected);
            }
            out.printf(
                    Locale.ROOT,
                    "sent=%d lost=%d min=%d mean=%.0f p50=%d p90=%d p99=%d p999=%d max=%d "
                            + "raw50=%d raw90=%d raw99=%d raw999=%d rawmax=%d%n",
                    count,
                    lost(),
                    corrected.getMinValue(),
                    corrected.getMean(),
                    corrected.getValueAtPercentile(50),
                    corrected.getValueAtPercentile(90),
                    corrected.getValueAtPercentile(99),
                    corrected.getValueAtPercentile(99.9),
                    corrected.getMaxValue(),
                    raw.getValueAtPercentile(50),
                    raw.getValueAtPercentile(90),
                    raw.getValueAtPercentile(99),
                    raw.getValueAtPercentile(99.9),
                    raw.getMaxValue());
        }
    }
}
