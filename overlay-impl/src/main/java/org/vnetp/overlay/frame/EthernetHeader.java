package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Accessors of an Ethernet II header (IEEE 802.3) at an offset of a segment.
public final class EthernetHeader {
    /// Bytes without VLAN tag.
    public static final int LENGTH = 14;

    public static final int DESTINATION_FIELD_OFFSET = 0;
    public static final int SOURCE_FIELD_OFFSET = 6;
    public static final int TYPE_FIELD_OFFSET = 12;

    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    public static final int TYPE_VLAN = 0x8100;
    public static final int TYPE_QINQ = 0x88A8;
    public static final int TYPE_IPV6 = 0x86DD;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private EthernetHeader() {}

    public static long destination(MemorySegment segment, long offset) {
        return segment.get(LONG, offset) >>> 16;
    }

    public static long source(MemorySegment segment, long offset) {
        // Reads bytes 4..11, so that no byte beyond the header is touched.
        return segment.get(LONG, offset + 4) & MacAddress.BROADCAST;
    }

    /// The type field directly after the addresses: a VLAN tag's type where there is one.
    public static int type(MemorySegment segment, long offset) {
        return Short.toUnsignedInt(segment.get(SHORT, offset + TYPE_FIELD_OFFSET));
    }

    public static void destination(MemorySegment segment, long offset, long mac) {
        writeMac(segment, offset, mac);
    }

    public static void source(MemorySegment segment, long offset, long mac) {
        writeMac(segment, offset + SOURCE_FIELD_OFFSET, mac);
    }

    public static void type(MemorySegment segment, long offset, int type) {
        segment.set(SHORT, offset + TYPE_FIELD_OFFSET, (short) type);
    }

    private static void writeMac(MemorySegment segment, long offset, long mac) {
        segment.set(SHORT, offset, (short) (mac >>> 32));
        segment.set(INT, offset + 2, (int) mac);
    }
}
