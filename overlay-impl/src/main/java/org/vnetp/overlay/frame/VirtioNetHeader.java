package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Accessors of `struct virtio_net_hdr_mrg_rxbuf` (virtio 1.2, 5.1.6), little-endian, 12 bytes:
/// what a TAP puts before each frame after TUNSETVNETHDRSZ 12. It tells that a checksum is still to
/// be filled in, and that a frame is a superframe to be segmented.
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

    public static final int GSO_NONE = 0;
    public static final int GSO_TCPV4 = 1;
    public static final int GSO_UDP_FRAGMENTS = 3;
    public static final int GSO_TCPV6 = 4;
    public static final int GSO_UDP_L4 = 5;
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
