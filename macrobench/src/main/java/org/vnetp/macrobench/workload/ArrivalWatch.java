package org.vnetp.macrobench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/// Notes when each numbered datagram of a [DatagramLoad] source arrives: how long a stream stood still.
///
/// A program of its own, `watch PORT MOST`, told by lines on standard input; it ends when that does:
/// - `reset N`: from now on notes trial N, numbers below MOST
/// - `begin`: now something begins that may interrupt the stream; `end`: now it is done
/// - `report COUNT`: what came of the first COUNT numbers, as
///   `received=… lost=… before=… longest=… last=…` ([Stillness]) `repeated=… reordered=…`: numbers that came again,
///   and that came after a higher one
public final class ArrivalWatch {
    private static final int SOCKET_BUFFER = 4 << 20;

    private final long[] arrivals;
    private volatile int trial = -1;
    private volatile long highest;
    private final AtomicLong repeated = new AtomicLong();
    private final AtomicLong reordered = new AtomicLong();
    private long began;
    private long ended;

    ArrivalWatch(int most) {
        arrivals = new long[most];
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3 || !arguments[0].equals("watch")) {
            System.err.println("usage: watch PORT MOST");
            System.exit(2);
        }
        ArrivalWatch watch = new ArrivalWatch(Integer.parseInt(arguments[2]));
        try (DatagramChannel channel = DatagramChannel.open();
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
            channel.bind(new InetSocketAddress(Integer.parseInt(arguments[1])));
            Thread receiver = new Thread(() -> watch.receive(channel), "receiver");
            receiver.setDaemon(true);
            receiver.start();
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                watch.hear(line);
            }
        }
    }

    private void hear(String line) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "reset" -> {
                trial = -1;
                Arrays.fill(arrivals, 0);
                highest = -1;
                repeated.set(0);
                reordered.set(0);
                trial = Integer.parseInt(words[1]);
                System.out.println("reset=" + words[1]);
            }
            case "begin" -> {
                began = System.nanoTime();
                System.out.println("begun=1");
            }
            case "end" -> {
                ended = System.nanoTime();
                System.out.println("ended=1");
            }
            case "report" ->
                System.out.println(Stillness.of(arrivals.clone(), Integer.parseInt(words[1]), began, ended)
                        + " repeated=" + repeated + " reordered=" + reordered);
            default -> throw new IllegalArgumentException("'" + line + "': expected reset, begin, end or report");
        }
    }

    private void receive(DatagramChannel channel) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        try {
            while (true) {
                buffer.clear();
                channel.receive(buffer);
                long now = System.nanoTime();
                if (buffer.position() >= DatagramLoad.NUMBERED_SIZE && buffer.getInt(0) == trial) {
                    long number = buffer.getLong(DatagramLoad.NUMBER_AT);
                    if (number >= 0 && number < arrivals.length) {
                        note((int) number, now);
                    }
                }
            }
        } catch (IOException e) {
            System.err.println("receiving: " + e);
            Runtime.getRuntime().halt(1);
        }
    }

    /// Receiver's thread alone.
    void note(int number, long now) {
        if (arrivals[number] != 0) {
            repeated.incrementAndGet();
            return;
        }
        arrivals[number] = now;
        if (number < highest) {
            reordered.incrementAndGet();
        } else {
            highest = number;
        }
    }

    /// How many numbers came again.
    long repeated() {
        return repeated.get();
    }

    /// How many came after a higher one.
    long reordered() {
        return reordered.get();
    }

    /// How long a stream stood still.
    ///
    /// @param received numbers that came, each counted once
    /// @param lost numbers that did not
    /// @param beforeNs the longest time between two arrivals before something began
    /// @param longestNs the longest that fell into the time from its beginning to its end, wholly or in
    ///     part; 0 when nothing came after its beginning
    /// @param last how many of the last tenth of the numbers came, 0 to 1
    record Stillness(int received, int lost, long beforeNs, long longestNs, double last) {
        /// @param arrivals by number, 0 for one that did not come
        /// @param count of numbers sent
        static Stillness of(long[] arrivals, int count, long began, long ended) {
            long[] first = Arrays.copyOf(arrivals, Math.min(count, arrivals.length));
            int tail = Math.max(1, count / 10);
            long lastCame = Arrays.stream(first)
                    .skip(Math.max(0, first.length - tail))
                    .filter(at -> at != 0)
                    .count();
            long[] sorted = Arrays.stream(first).filter(at -> at != 0).sorted().toArray();
            long before = 0;
            long longest = 0;
            for (int i = 1; i < sorted.length; i++) {
                long still = sorted[i] - sorted[i - 1];
                if (sorted[i] - began < 0) {
                    before = Math.max(before, still);
                } else if (sorted[i - 1] - ended < 0) {
                    longest = Math.max(longest, still);
                }
            }
            return new Stillness(sorted.length, count - sorted.length, before, longest, (double) lastCame / tail);
        }

        @Override
        public String toString() {
            return "received=" + received + " lost=" + lost + " before=" + beforeNs + " longest=" + longestNs + " last="
                    + last;
        }
    }
}
