package org.vnetp.overlay.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.util.Arrays;
import java.util.function.Consumer;

/// A network address translator for one UDP flow, in user space, so that tests need none of the kernel. What comes from
/// inside leaves by a port of the translator's own; only what the far end sends to that port gets back in. It can take
/// another port at any time, as translators do that have lost their tables.
///
/// As a process: arguments are its address towards the inside (IP:PORT), its address towards the far end (IP), the far
/// end's (IP:PORT). It prints `nat at PORT` when it begins and after each line `rebind` of its standard input.
public final class UdpTranslator implements AutoCloseable {
    private static final int MOST = 65_536;
    private static final int BUFFER = 4 << 20;

    private final DatagramSocket inside;
    private final InetAddress outsideAddress;
    private final InetSocketAddress farEnd;
    private final Consumer<byte[]> tap;
    private volatile DatagramSocket outside;
    private volatile InetSocketAddress insider;
    private volatile boolean closed;

    /// @param tap sees the datagrams that leave, before they do
    public UdpTranslator(
            InetSocketAddress towardsInside, InetAddress outsideAddress, InetSocketAddress farEnd, Consumer<byte[]> tap)
            throws IOException {
        this.inside = new DatagramSocket(towardsInside);
        this.inside.setReceiveBufferSize(BUFFER);
        this.outsideAddress = outsideAddress;
        this.farEnd = farEnd;
        this.tap = tap;
        this.outside = open();
        Thread.ofPlatform().daemon(true).start(this::outward);
        Thread.ofPlatform().daemon(true).start(this::inward);
    }

    private DatagramSocket open() throws IOException {
        DatagramSocket opened = new DatagramSocket(0, outsideAddress);
        opened.setReceiveBufferSize(BUFFER);
        opened.connect(farEnd);
        return opened;
    }

    /// Where it listens towards the inside.
    public int insidePort() {
        return inside.getLocalPort();
    }

    /// The port that the far end sees.
    public int outsidePort() {
        return outside.getLocalPort();
    }

    /// Takes another port: what comes to the one before is lost from now on.
    public void rebind() throws IOException {
        DatagramSocket before = outside;
        outside = open();
        before.close();
    }

    private void outward() {
        byte[] buffer = new byte[MOST];
        while (!closed) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, MOST);
                inside.receive(packet);
                insider = (InetSocketAddress) packet.getSocketAddress();
                byte[] datagram = Arrays.copyOf(buffer, packet.getLength());
                tap.accept(datagram);
                send(datagram);
            } catch (IOException e) {
                // A port that nobody listens at yet, or the end.
            }
        }
    }

    /// Nothing is lost for taking another port meanwhile.
    private void send(byte[] datagram) throws IOException {
        DatagramSocket by = outside;
        try {
            by.send(new DatagramPacket(datagram, datagram.length));
        } catch (PortUnreachableException e) {
            by.send(new DatagramPacket(datagram, datagram.length));
        } catch (SocketException e) {
            if (by.isClosed() && !closed) {
                outside.send(new DatagramPacket(datagram, datagram.length));
            }
        }
    }

    private void inward() {
        byte[] buffer = new byte[MOST];
        while (!closed) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, MOST);
                outside.receive(packet);
                InetSocketAddress to = insider;
                if (to != null) {
                    inside.send(new DatagramPacket(buffer, packet.getLength(), to));
                }
            } catch (IOException e) {
                // The port before has been closed, or nobody listens inside or at the far end.
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        inside.close();
        outside.close();
    }

    static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    public static void main(String[] arguments) throws IOException {
        try (UdpTranslator translator = new UdpTranslator(
                        address(arguments[0]), InetAddress.ofLiteral(arguments[1]), address(arguments[2]), _ -> {});
                BufferedReader commands = new BufferedReader(new InputStreamReader(System.in))) {
            String command;
            do {
                System.out.println("nat at " + translator.outsidePort());
                System.out.flush();
                command = commands.readLine();
                translator.rebind();
            } while ("rebind".equals(command));
        }
    }
}
