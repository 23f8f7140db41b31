package org.vnetp.macrobench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;

/// Sends back what comes: each datagram to its sender, and the bytes of two TCP connections. Those of the first at
/// once;
/// those of the second lie unread in its kernel's memory until it is told to go on.
///
/// A program of its own, `mirror PORT`, told by lines on standard input; it ends when that does:
/// - `go`: the second connection's bytes are sent back now
public final class Mirror {
    private static final int SOCKET_BUFFER = 4 << 20;
    private static final int BUFFER = 1 << 16;
    /// As much as the kernel grants.
    private static final int STREAM_BUFFER = 8 << 20;

    private Mirror() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2 || !arguments[0].equals("mirror")) {
            System.err.println("usage: mirror PORT");
            System.exit(2);
        }
        InetSocketAddress at = new InetSocketAddress(Integer.parseInt(arguments[1]));
        try (DatagramChannel datagrams = DatagramChannel.open();
                ServerSocketChannel streams = ServerSocketChannel.open();
                BufferedReader in = DatagramLoad.input()) {
            datagrams.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
            datagrams.bind(at);
            streams.setOption(StandardSocketOptions.SO_RCVBUF, STREAM_BUFFER);
            streams.bind(at);
            CountDownLatch go = new CountDownLatch(1);
            Worker.start("datagrams", () -> reflect(datagrams));
            Worker.start("streams", () -> {
                SocketChannel first = streams.accept();
                Worker.start("stream", () -> reflect(first));
                SocketChannel second = streams.accept();
                await(go);
                reflect(second);
            });
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!line.equals("go")) {
                    throw new IllegalArgumentException("'" + line + "': expected go");
                }
                go.countDown();
                System.out.println("going=1");
            }
        }
    }

    private static void reflect(DatagramChannel datagrams) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        while (true) {
            var from = datagrams.receive(buffer.clear());
            datagrams.send(buffer.flip(), from);
        }
    }

    private static void reflect(SocketChannel stream) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        try (stream) {
            stream.setOption(StandardSocketOptions.TCP_NODELAY, true);
            while (stream.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    stream.write(buffer);
                }
            }
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
