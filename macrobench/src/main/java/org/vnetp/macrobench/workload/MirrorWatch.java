package org.vnetp.macrobench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Notes how long a [Mirror] was not reached: sends it numbered datagrams by a schedule, whatever becomes of them, and
/// notes when each is back, by one clock, that does not move. Beside them it sends two streams of TCP whose bytes it
/// checks when they are back: one that comes back all the time, and one that lies in the mirror's memory meanwhile. A
/// page of a guest that was written to and not copied when the guest moved shows there, since between virtual NICs
/// nobody computes checksums.
///
/// A program of its own, `watch ADDRESS PORT RATE MOST`, told by lines on standard input; it ends when that does:
/// - `start`: begins; at most MOST datagrams are sent, RATE a second
/// - `begin`: now something begins that may interrupt, and the second stream too; `end`: now it is done
/// - `report`: ends all; what came, as `sent=… received=… lost=… before=… longest=… last=… bytes=… after=… kept=…
/// back=…
///   wrong=…`: [ArrivalWatch.Stillness]; bytes of the first stream that came back, in all and since `end`; bytes that
///   were sent on the second and that came back; bytes of both that were not as sent
public final class MirrorWatch {
    private static final int SOCKET_BUFFER = 4 << 20;
    private static final int PAYLOAD = 64;
    private static final long IN_FLIGHT_MS = 500;
    private static final long WORTH_SLEEPING_NS = 20_000;
    private static final long KEPT_BACK_SECONDS = 10;

    private final DatagramChannel datagrams;
    private final CheckedStream stream;
    private final CheckedStream kept;
    private final int rate;
    private final long[] arrivals;
    private volatile boolean over;
    private volatile long sent;
    private long began;
    private long ended;
    private long bytesAtEnd;

    private MirrorWatch(DatagramChannel datagrams, CheckedStream stream, CheckedStream kept, int rate, int most) {
        this.datagrams = datagrams;
        this.stream = stream;
        this.kept = kept;
        this.rate = rate;
        arrivals = new long[most];
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length != 5 || !arguments[0].equals("watch")) {
            System.err.println("usage: watch ADDRESS PORT RATE MOST");
            System.exit(2);
        }
        InetSocketAddress mirror = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
        try (DatagramChannel datagrams = DatagramChannel.open();
                SocketChannel first = SocketChannel.open(mirror);
                SocketChannel second = SocketChannel.open(mirror);
                BufferedReader in = DatagramLoad.input()) {
            datagrams.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
            datagrams.connect(mirror);
            MirrorWatch watch = new MirrorWatch(
                    datagrams,
                    new CheckedStream(first, 16 << 10, 10_000_000, 256 << 10),
                    new CheckedStream(second, 4 << 10, 20_000_000, 2 << 20),
                    Integer.parseInt(arguments[3]),
                    Integer.parseInt(arguments[4]));
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                watch.hear(line);
            }
        }
    }

    private void hear(String line) throws InterruptedException {
        switch (line) {
            case "start" -> {
                Worker.start("receiver", this::receive);
                Worker.start("sender", this::send);
                Worker.start("stream back", stream::check);
                Worker.start("stream", stream::pour);
                System.out.println("started=1");
            }
            case "begin" -> {
                began = System.nanoTime();
                Worker.start("kept stream back", kept::check);
                Worker.start("kept stream", kept::pour);
                System.out.println("begun=1");
            }
            case "end" -> {
                ended = System.nanoTime();
                bytesAtEnd = stream.back();
                kept.stop();
                System.out.println("ended=1");
            }
            case "report" -> {
                over = true;
                Thread.sleep(IN_FLIGHT_MS);
                int count = (int) sent;
                var still = ArrivalWatch.Stillness.of(arrivals.clone(), count, began, ended);
                stream.stop();
                long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(KEPT_BACK_SECONDS);
                while (kept.back() < kept.sent() && System.nanoTime() < until) {
                    Thread.sleep(10);
                }
                System.out.println("sent=" + count + " " + still + " bytes=" + stream.back() + " after="
                        + (stream.back() - bytesAtEnd) + " kept=" + kept.sent() + " back=" + kept.back() + " wrong="
                        + (stream.wrong() + kept.wrong()));
            }
            default -> throw new IllegalArgumentException("'" + line + "': expected start, begin, end or report");
        }
    }

    private void send() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(PAYLOAD);
        long start = System.nanoTime();
        for (int number = 0; number < arrivals.length && !over; number++) {
            long due = start + Math.round(number * 1e9 / rate);
            for (long now = System.nanoTime(); due - now > WORTH_SLEEPING_NS; now = System.nanoTime()) {
                LockSupport.parkNanos(due - now);
            }
            buffer.clear().putLong(DatagramLoad.NUMBER_AT, number);
            datagrams.write(buffer);
            sent = number + 1L;
        }
    }

    private void receive() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 11);
        while (true) {
            datagrams.read(buffer.clear());
            long now = System.nanoTime();
            if (buffer.position() == PAYLOAD) {
                long number = buffer.getLong(DatagramLoad.NUMBER_AT);
                if (number >= 0 && number < arrivals.length && arrivals[(int) number] == 0) {
                    arrivals[(int) number] = now;
                }
            }
        }
    }
}
