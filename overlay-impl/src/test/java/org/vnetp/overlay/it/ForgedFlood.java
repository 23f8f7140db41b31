package org.vnetp.overlay.it;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.SocketAddresses;

/// An attacker on the underlay: sends forged datagrams of a sealed link, from the peer's address, as fast
/// as it can.
///
/// Arguments: from, to, port, network, seconds. Prints how many it has sent.
public final class ForgedFlood {
    private static final int AF_INET = 2;
    private static final int SOCK_RAW = 3;
    private static final int IPPROTO_RAW = 255;
    private static final int HEADERS = 28;
    private static final int TEXT = 80;
    private static final int LENGTH = HEADERS + TEXT;
    private static final int BATCH = 64;
    private static final int MESSAGE = 64;

    private ForgedFlood() {}

    public static void main(String[] arguments) throws Exception {
        InetAddress from = InetAddress.ofLiteral(arguments[0]);
        InetAddress to = InetAddress.ofLiteral(arguments[1]);
        int port = Integer.parseInt(arguments[2]);
        int network = Integer.parseInt(arguments[3]);
        long endNs = System.nanoTime() + Long.parseLong(arguments[4]) * 1_000_000_000L;
        Posix posix = new Posix();
        int fd = Posix.check(posix.socket(AF_INET, SOCK_RAW, IPPROTO_RAW), "open a raw socket");
        Arena arena = Arena.global();
        MemorySegment packets = arena.allocate((long) BATCH * LENGTH, 64);
        MemorySegment vectors = arena.allocate((long) BATCH * 16, 64);
        MemorySegment messages = arena.allocate((long) BATCH * MESSAGE, 64);
        InetSocketAddress target = new InetSocketAddress(to, 0);
        MemorySegment name = SocketAddresses.encode(arena, target);
        Random random = new Random(1);
        for (int i = 0; i < BATCH; i++) {
            byte[] packet = packet(from, to, port, network, random, i);
            MemorySegment.copy(packet, 0, packets, ValueLayout.JAVA_BYTE, (long) i * LENGTH, LENGTH);
            vectors.set(ValueLayout.JAVA_LONG, i * 16L, packets.address() + (long) i * LENGTH);
            vectors.set(ValueLayout.JAVA_LONG, i * 16L + 8, LENGTH);
            long at = (long) i * MESSAGE;
            messages.set(ValueLayout.JAVA_LONG, at, name.address());
            messages.set(ValueLayout.JAVA_INT, at + 8, SocketAddresses.length(target));
            messages.set(ValueLayout.JAVA_LONG, at + 16, vectors.address() + i * 16L);
            messages.set(ValueLayout.JAVA_LONG, at + 24, 1);
        }
        long sent = 0;
        while (System.nanoTime() < endNs) {
            int went = posix.sendmmsg(fd, messages.address(), BATCH, 0);
            sent += Math.max(went, 0);
        }
        posix.close(fd);
        System.out.println("sent " + sent);
    }

    /// An IPv4 packet without a UDP checksum; the header's the kernel fills in.
    private static byte[] packet(InetAddress from, InetAddress to, int port, int network, Random random, int index) {
        ByteBuffer packet = ByteBuffer.allocate(LENGTH);
        packet.putShort((short) 0x4500).putShort((short) LENGTH).putInt(0);
        packet.put((byte) 64).put((byte) 17).putShort((short) 0);
        packet.put(from.getAddress()).put(to.getAddress());
        packet.putShort((short) port).putShort((short) port);
        packet.putShort((short) (LENGTH - HEADERS + 8)).putShort((short) 0);
        byte[] text = new byte[TEXT];
        random.nextBytes(text);
        // The keys' number goes round, so that some are of keys that there are; the number is one that may come.
        ByteBuffer.wrap(text)
                .putInt(0x3200_0000 | network)
                .putInt(48 << 15 | (index % 16) << 11 | 16)
                .putLong(System.currentTimeMillis() / 1000 << 23 + 9 | (long) index << 9);
        packet.put(text);
        return packet.array();
    }
}
