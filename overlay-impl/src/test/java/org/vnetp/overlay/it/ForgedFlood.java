package org.vnetp.overlay.it;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.vnetp.overlay.posix.Posix;

/// An attacker on the underlay: sends forged datagrams of a sealed link, from the peer's address.
///
/// Arguments: from, to, port, network, interface, the other end's MAC address, seconds, how many a second, and
/// how many datagrams to a packet. Prints how many it has sent.
///
/// It writes packets straight to the interface. Several datagrams to one are a superframe, as a network
/// card makes it of what comes in: two processors could not send a million a second one by one.
public final class ForgedFlood {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_VNET_HDR = 15;
    private static final short ETHERTYPE_IPV4 = 0x0800;
    private static final byte NEEDS_CHECKSUM = 1;
    private static final byte GSO_UDP_L4 = 5;
    private static final int OFFLOADS = 10;
    private static final int ETHERNET = 14;
    private static final int IP = 20;
    private static final int UDP = 8;
    private static final int TEXT = 80;
    private static final int HEADERS = OFFLOADS + ETHERNET + IP + UDP;
    private static final int BATCH = 8;
    private static final int MESSAGE = 64;
    private static final int LINK_LAYER_ADDRESS = 20;
    private static final long SHORT_NS = 50_000;

    private ForgedFlood() {}

    public static void main(String[] arguments) throws Exception {
        InetAddress from = InetAddress.ofLiteral(arguments[0]);
        InetAddress to = InetAddress.ofLiteral(arguments[1]);
        int port = Integer.parseInt(arguments[2]);
        int network = Integer.parseInt(arguments[3]);
        int index = NetworkInterface.getByName(arguments[4]).getIndex();
        byte[] mac = HexFormat.ofDelimiter(":").parseHex(arguments[5]);
        long seconds = Long.parseLong(arguments[6]);
        long perSecond = Long.parseLong(arguments[7]);
        int segments = Integer.parseInt(arguments[8]);
        int length = HEADERS + segments * TEXT;
        Posix posix = new Posix();
        int fd = Posix.check(posix.socket(AF_PACKET, SOCK_RAW, 0), "open a packet socket");
        Posix.check(posix.setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, 1), "send superframes");
        Arena arena = Arena.global();
        MemorySegment packets = arena.allocate((long) BATCH * length, 64);
        MemorySegment vectors = arena.allocate((long) BATCH * 16, 64);
        MemorySegment messages = arena.allocate((long) BATCH * MESSAGE, 64);
        MemorySegment name = arena.allocate(LINK_LAYER_ADDRESS, 8); // sockaddr_ll
        name.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
        name.set(ValueLayout.JAVA_SHORT, 2, Short.reverseBytes(ETHERTYPE_IPV4));
        name.set(ValueLayout.JAVA_INT, 4, index);
        Random random = new Random(1);
        for (int i = 0; i < BATCH; i++) {
            byte[] packet = packet(mac, from, to, port, network, random, i, segments);
            MemorySegment.copy(packet, 0, packets, ValueLayout.JAVA_BYTE, (long) i * length, length);
            vectors.set(ValueLayout.JAVA_LONG, i * 16L, packets.address() + (long) i * length);
            vectors.set(ValueLayout.JAVA_LONG, i * 16L + 8, length);
            long at = (long) i * MESSAGE;
            messages.set(ValueLayout.JAVA_LONG, at, name.address());
            messages.set(ValueLayout.JAVA_INT, at + 8, LINK_LAYER_ADDRESS);
            messages.set(ValueLayout.JAVA_LONG, at + 16, vectors.address() + i * 16L);
            messages.set(ValueLayout.JAVA_LONG, at + 24, 1);
        }
        long sent = 0;
        long start = System.nanoTime();
        long end = start + seconds * 1_000_000_000L;
        for (long now = start; now < end; now = System.nanoTime()) {
            if (sent > (now - start) / 1e9 * perSecond) {
                LockSupport.parkNanos(SHORT_NS);
                continue;
            }
            int went = posix.sendmmsg(fd, messages.address(), BATCH, 0);
            sent += (long) Math.max(went, 0) * segments;
        }
        posix.close(fd);
        System.out.println("sent " + sent);
    }

    /// A packet of some datagrams behind its virtio_net_hdr; the kernel makes the UDP checksums.
    private static byte[] packet(
            byte[] mac,
            InetAddress from,
            InetAddress to,
            int port,
            int network,
            Random random,
            int index,
            int segments) {
        ByteBuffer packet = ByteBuffer.allocate(HEADERS + segments * TEXT);
        packet.order(ByteOrder.nativeOrder());
        packet.put(NEEDS_CHECKSUM).put(segments > 1 ? GSO_UDP_L4 : 0).putShort((short) (ETHERNET + IP + UDP));
        packet.putShort((short) (segments > 1 ? TEXT : 0))
                .putShort((short) (ETHERNET + IP))
                .putShort((short) 6);
        packet.order(ByteOrder.BIG_ENDIAN);
        packet.put(mac).put(new byte[] {2, 0, 0, 0, 0, 9}).putShort(ETHERTYPE_IPV4);
        int ip = packet.position();
        int udpLength = UDP + segments * TEXT;
        packet.putShort((short) 0x4500).putShort((short) (IP + udpLength)).putInt(0);
        packet.put((byte) 64).put((byte) 17).putShort((short) 0);
        packet.put(from.getAddress()).put(to.getAddress());
        packet.putShort(ip + 10, (short) ~sum(packet, ip, IP, 0));
        packet.putShort((short) port).putShort((short) port).putShort((short) udpLength);
        packet.putShort((short) sum(packet, ip + 12, 8, 17 + udpLength)); // of the pseudo-header alone
        for (int i = 0; i < segments; i++) {
            byte[] text = new byte[TEXT];
            random.nextBytes(text);
            // The keys' number goes round, so that some are of keys that there are; the number is one that may come.
            ByteBuffer.wrap(text)
                    .putInt(0x3200_0000 | network)
                    .putInt(48 << 15 | ((index * segments + i) % 16) << 11 | 16)
                    .putLong(System.currentTimeMillis() / 1000 << 23 + 9 | (long) (index * segments + i) << 9);
            packet.put(text);
        }
        return packet.array();
    }

    /// The Internet checksum's sum (RFC 1071), not inverted.
    private static int sum(ByteBuffer packet, int at, int length, int begin) {
        int sum = begin;
        for (int i = 0; i < length; i += 2) {
            sum += Short.toUnsignedInt(packet.getShort(at + i));
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return sum;
    }
}
