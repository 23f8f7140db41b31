package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Accessors of `struct virtio_net_hdr_mrg_rxbuf` (virtio 1.2, 5.1.6), little-endian, 12 bytes:
/// what a TAP puts before each frame after TUNSETVNETHDRSZ 12. It tells that a checksum is still to
/// be filled in, and that a frame is a superframe to be segmented.
///
/// A superframe inside a UDP tunnel of the guest's own (VXLAN, GENEVE) has two more offsets, for which the kernel's
/// header is longer ([#TUNNEL_LENGTH]). Here and in the `vnet` format the header stays as it is, and they stand
/// where such a frame needs nothing else: the inner network header's in the header length, the outer transport
/// header's in the number of buffers ([TunnelFrame] checks both).
public final class VirtioNetHeader {
    public static final int LENGTH = 12;

    public static final int FLAGS_FIELD_OFFSET = 0;
    public static final int GSO_TYPE_FIELD_OFFSET = 1;
    public static final int HEADER_LENGTH_FIELD_OFFSET = 2;
    public static final int GSO_SIZE_FIELD_OFFSET = 4;
    public static final int CHECKSUM_START_FIELD_OFFSET = 6;
    public static final int CHECKSUM_OFFSET_FIELD_OFFSET = 8;
    public static final int BUFFERS_FIELD_OFFSET = 10;

    public static final int FLAG_NEEDS_CHECKSUM = 1;
    public static final int FLAG_DATA_VALID = 2;
    /// The tunnel's own UDP checksum is to be filled in, too (VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM).
    public static final int FLAG_TUNNEL_CHECKSUM = 8;

    public static final int GSO_NONE = 0;
    public static final int GSO_TCPV4 = 1;
    public static final int GSO_UDP_FRAGMENTS = 3;
    public static final int GSO_TCPV6 = 4;
    public static final int GSO_UDP_L4 = 5;
    /// One of these is or-ed to the inner type of what is inside a tunnel.
    public static final int GSO_TUNNEL_IPV4 = 0x20;

    public static final int GSO_TUNNEL_IPV6 = 0x40;
    public static final int GSO_TUNNEL = GSO_TUNNEL_IPV4 | GSO_TUNNEL_IPV6;

    /// `struct virtio_net_hdr_v1_hash_tunnel` (linux/virtio_net.h): the 12 bytes, 8 of a hash, two offsets.
    public static final int TUNNEL_LENGTH = 24;

    public static final int OUTER_TRANSPORT_FIELD_OFFSET = 20;
    public static final int INNER_NETWORK_FIELD_OFFSET = 22;

    /// May be or-ed to the TCP types.
    public static final int GSO_ECN = 0x80;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private VirtioNetHeader() {}

    public static int flags(MemorySegment segment, long offset) {
        return Byte.toUnsignedInt(segment.get(BYTE, offset + FLAGS_FIELD_OFFSET));
    }

    public static int gsoType(MemorySegment segment, long offset) {
        return Byte.toUnsignedInt(segment.get(BYTE, offset + GSO_TYPE_FIELD_OFFSET));
    }

    /// The first 8 bytes, that is all but the checksum's place and the number of buffers; for those who ask several
    /// fields of every frame.
    public static long front(MemorySegment segment, long offset) {
        return segment.get(LONG, offset);
    }

    /// Whether neither a checksum nor segmentation is left to do: no flags, and no GSO type.
    public static boolean plain(long front) {
        return (front & 0xFFFF) == 0;
    }

    public static int flags(long front) {
        return (int) front & 0xFF;
    }

    public static int gsoType(long front) {
        return (int) (front >>> 8 * GSO_TYPE_FIELD_OFFSET) & 0xFF;
    }

    public static int gsoSize(long front) {
        return (int) (front >>> 8 * GSO_SIZE_FIELD_OFFSET) & 0xFFFF;
    }

    public static int checksumStart(long front) {
        return (int) (front >>> 8 * CHECKSUM_START_FIELD_OFFSET);
    }

    /// Length of the headers, Ethernet's included: a hint of the sender, not to be trusted.
    public static int headerLength(MemorySegment segment, long offset) {
        return Short.toUnsignedInt(segment.get(SHORT, offset + HEADER_LENGTH_FIELD_OFFSET));
    }

    /// Payload bytes of each segment of a superframe.
    public static int gsoSize(MemorySegment segment, long offset) {
        return Short.toUnsignedInt(segment.get(SHORT, offset + GSO_SIZE_FIELD_OFFSET));
    }

    /// Where the checksummed bytes begin, counted from the Ethernet header.
    public static int checksumStart(MemorySegment segment, long offset) {
        return Short.toUnsignedInt(segment.get(SHORT, offset + CHECKSUM_START_FIELD_OFFSET));
    }

    /// Where the checksum is to be stored, counted from [#checksumStart].
    public static int checksumOffset(MemorySegment segment, long offset) {
        return Short.toUnsignedInt(segment.get(SHORT, offset + CHECKSUM_OFFSET_FIELD_OFFSET));
    }

    /// Of a superframe inside a tunnel: where the tunnel's UDP header begins, counted from the Ethernet header.
    public static int outerTransport(MemorySegment segment, long offset) {
        return Short.toUnsignedInt(segment.get(SHORT, offset + BUFFERS_FIELD_OFFSET));
    }

    /// Of a superframe inside a tunnel: where the inner IP header begins, counted from the outer Ethernet header.
    public static int innerNetwork(MemorySegment segment, long offset) {
        return headerLength(segment, offset);
    }

    /// Whether it is a superframe inside a tunnel.
    public static boolean tunnelled(int gsoType) {
        return (gsoType & GSO_TUNNEL) != 0;
    }

    /// Sets the offsets of a superframe inside a tunnel.
    public static void tunnel(MemorySegment segment, long offset, int outerTransport, int innerNetwork) {
        segment.set(SHORT, offset + HEADER_LENGTH_FIELD_OFFSET, (short) innerNetwork);
        segment.set(SHORT, offset + BUFFERS_FIELD_OFFSET, (short) outerTransport);
    }

    public static void headerLength(MemorySegment segment, long offset, int bytes) {
        segment.set(SHORT, offset + HEADER_LENGTH_FIELD_OFFSET, (short) bytes);
    }

    /// Sets all fields; the number of buffers becomes 0.
    public static void encode(
            MemorySegment segment,
            long offset,
            int flags,
            int gsoType,
            int headerLength,
            int gsoSize,
            int checksumStart,
            int checksumOffset) {
        segment.set(BYTE, offset + FLAGS_FIELD_OFFSET, (byte) flags);
        segment.set(BYTE, offset + GSO_TYPE_FIELD_OFFSET, (byte) gsoType);
        segment.set(SHORT, offset + HEADER_LENGTH_FIELD_OFFSET, (short) headerLength);
        segment.set(SHORT, offset + GSO_SIZE_FIELD_OFFSET, (short) gsoSize);
        segment.set(SHORT, offset + CHECKSUM_START_FIELD_OFFSET, (short) checksumStart);
        segment.set(SHORT, offset + CHECKSUM_OFFSET_FIELD_OFFSET, (short) checksumOffset);
        segment.set(SHORT, offset + BUFFERS_FIELD_OFFSET, (short) 0);
    }

    /// A header that says: an ordinary frame, complete checksum.
    public static void clear(MemorySegment segment, long offset) {
        segment.set(LONG, offset, 0L);
        segment.set(INT, offset + 8, 0);
    }
}
