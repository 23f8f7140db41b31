package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;

/// A stream of TCP to a [Mirror], of whose bytes each tells its place, so that what comes back can be checked.
///
/// **Threads:** one pours, one checks; counts are for any.
final class CheckedStream {
    private static final int BUFFER = 1 << 16;

    private final SocketChannel channel;
    private final int piece;
    private final long intervalNs;
    private final long mostOnItsWay;
    private volatile boolean over;
    private volatile long sent;
    private volatile long back;
    private volatile long wrong;

    /// @param piece        bytes sent at a time
    /// @param intervalNs   between two pieces
    /// @param mostOnItsWay bytes that may not be back yet
    CheckedStream(SocketChannel channel, int piece, long intervalNs, long mostOnItsWay) throws IOException {
        this.channel = channel;
        this.piece = piece;
        this.intervalNs = intervalNs;
        this.mostOnItsWay = mostOnItsWay;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    static byte byteAt(long place) {
        return (byte) (place * 0x9E3779B97F4A7C15L >>> 56);
    }

    /// Sends until told to stop.
    void pour() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(piece);
        while (!over) {
            if (sent - back <= mostOnItsWay - piece) {
                buffer.clear();
                for (int i = 0; i < piece; i++) {
                    buffer.put(byteAt(sent + i));
                }
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                sent = sent + piece;
            }
            LockSupport.parkNanos(intervalNs);
        }
    }

    /// Looks at what comes back.
    ///
    /// @throws IOException when the stream has ended
    void check() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        long place = 0;
        long bad = 0;
        while (channel.read(buffer.clear()) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                if (buffer.get() != byteAt(place++)) {
                    bad++;
                }
            }
            wrong = bad;
            back = place;
        }
        throw new IOException("the mirror has ended a stream after " + place + " bytes");
    }

    /// No more is sent than what is being sent.
    void stop() {
        over = true;
    }

    /// Whole pieces.
    long sent() {
        return sent;
    }

    long back() {
        return back;
    }

    /// Bytes that came back as others than were sent.
    long wrong() {
        return wrong;
    }
}
