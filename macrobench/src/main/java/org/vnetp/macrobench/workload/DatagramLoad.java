package org.vnetp.macrobench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// A source and a sink of UDP datagrams for trials at a given rate, told by lines on standard input
/// so that one pair of programs serves a whole search. They end when standard input does.
///
/// - `sink PORT`: `reset N` from now on counts the datagrams of trial N; `count` prints
///   `received=… cpu=…` (seconds of CPU time since it started)
/// - `source ADDRESS PORT SIZE`: `send N RATE SECONDS` sends datagrams of SIZE bytes, marked N and numbered, by a
///   schedule (RATE 0: without pause), then prints `sent=… seconds=… cpu=…`
///
/// The source sleeps while nothing is due. A sleep lasts about 60 µs at least, so at high rates
/// datagrams leave in bursts of as many as are due in that time.
public final class DatagramLoad {
    static final int LEAST_SIZE = 4;
    /// Where a datagram has its number within the trial, from 0; 8 bytes, in those that are large enough.
    static final int NUMBER_AT = 4;

    static final int NUMBERED_SIZE = NUMBER_AT + Long.BYTES;

    /// Where a datagram has when it was meant to be sent, and when it was, by [System#nanoTime] of its
    /// machine; 8 bytes
    /// each, in those that are large enough.
    static final int INTENDED_AT = NUMBERED_SIZE;

    static final int SENT_AT = INTENDED_AT + Long.BYTES;
    static final int STAMPED_SIZE = SENT_AT + Long.BYTES;
    private static final int SOCKET_BUFFER = 4 << 20;
    private static final long WORTH_SLEEPING_NS = 20_000;

    private DatagramLoad() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length == 2 && arguments[0].equals("sink")) {
            sink(Integer.parseInt(arguments[1]));
        } else if (arguments.length == 4 && arguments[0].equals("source")) {
            source(new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2])), Integer.parseInt(arguments[3]));
        } else {
            System.err.println("usage: sink PORT | source ADDRESS PORT SIZE");
            System.exit(2);
        }
    }

    private static final class Sink {
        private volatile int trial = -1;
        private volatile long received;

        /// One thread writes the count; a reset by the other is seen with the new trial's number.
        @SuppressWarnings("NonAtomicVolatileUpdate")
        void receive(DatagramChannel channel) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
            try {
                while (true) {
                    buffer.clear();
                    channel.receive(buffer);
                    if (buffer.position() >= LEAST_SIZE && buffer.getInt(0) == trial) {
                        received++;
                    }
                }
            } catch (IOException e) {
                System.err.println("receiving: " + e);
                Runtime.getRuntime().halt(1);
            }
        }
    }

    private static void sink(int port) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open();
                BufferedReader in = input()) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
            channel.bind(new InetSocketAddress(port));
            Sink sink = new Sink();
            Thread receiver = new Thread(() -> sink.receive(channel), "receiver");
            receiver.setDaemon(true);
            receiver.start();
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("reset ")) {
                    sink.trial = -1;
                    sink.received = 0;
                    sink.trial = Integer.parseInt(line.substring("reset ".length()));
                }
                System.out.println("received=" + sink.received + " cpu=" + cpuSeconds());
            }
        }
    }

    private static void source(InetSocketAddress target, int size) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open();
                BufferedReader in = input()) {
            channel.connect(target);
            ByteBuffer buffer = ByteBuffer.allocateDirect(size);
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ");
                Sent sent = send(
                        channel,
                        buffer,
                        Integer.parseInt(words[1]),
                        Double.parseDouble(words[2]),
                        Double.parseDouble(words[3]));
                System.out.println("sent=" + sent.count() + " seconds=" + sent.seconds() + " cpu=" + cpuSeconds());
            }
        }
    }

    /// What was sent.
    ///
    /// @param seconds it took; not less than was asked for
    record Sent(long count, double seconds) {}

    /// Sends by a schedule.
    ///
    /// @param buffer a whole datagram
    /// @param rate a second; 0 for as many as go
    /// @throws IOException when nobody listens
    static Sent send(DatagramChannel channel, ByteBuffer buffer, int trial, double rate, double seconds)
            throws IOException {
        long length = Math.round(seconds * 1e9);
        long count = rate > 0 ? Math.max(1, Math.round(rate * length / 1e9)) : Long.MAX_VALUE;
        double interval = rate > 0 ? 1e9 / rate : 0;
        buffer.putInt(0, trial);
        boolean stamped = buffer.capacity() >= STAMPED_SIZE;
        long start = System.nanoTime();
        long now = 0;
        long sent = 0;
        // A source that is late goes on for a tenth of the time; what is then still due is not sent.
        while (sent < count && now < (rate > 0 ? length + length / 10 : length)) {
            long due = (long) (sent * interval);
            now = System.nanoTime() - start;
            while (due - now > WORTH_SLEEPING_NS) {
                LockSupport.parkNanos(due - now);
                now = System.nanoTime() - start;
            }
            if (buffer.capacity() >= NUMBERED_SIZE) {
                buffer.putLong(NUMBER_AT, sent);
            }
            if (stamped) {
                buffer.putLong(INTENDED_AT, start + (rate > 0 ? due : now));
                buffer.putLong(SENT_AT, start + now);
            }
            try {
                channel.write(buffer.clear());
                sent++;
            } catch (PortUnreachableException e) {
                throw new IOException("nobody listens at " + channel.getRemoteAddress(), e);
            }
        }
        return new Sent(sent, Math.max(length, System.nanoTime() - start) / 1e9);
    }

    static BufferedReader input() {
        return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    }

    static double cpuSeconds() {
        return ProcessHandle.current()
                        .info()
                        .totalCpuDuration()
                        .orElse(Duration.ZERO)
                        .toMillis()
                / 1e3;
    }
}
