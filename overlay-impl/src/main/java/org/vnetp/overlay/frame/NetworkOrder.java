package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Unsigned loads and stores in network byte order (big-endian) at any alignment. Offsets are bytes from the
/// segment's start; a place outside the segment throws, so callers check lengths first.
public final class NetworkOrder {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private NetworkOrder() {}

    public static int u8(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    }

    public static int u16(MemorySegment segment, long offset) {
        return segment.get(SHORT, offset) & 0xffff;
    }

    /// The 32 bits as an int: compare with `Integer.compareUnsigned` or for equality only.
    public static int i32(MemorySegment segment, long offset) {
        return segment.get(INT, offset);
    }

    public static long u32(MemorySegment segment, long offset) {
        return segment.get(INT, offset) & 0xffff_ffffL;
    }

    /// A MAC address: first byte on the wire most significant.
    public static long u48(MemorySegment segment, long offset) {
        return ((long) u16(segment, offset) << 32) | u32(segment, offset + 2);
    }

    public static long i64(MemorySegment segment, long offset) {
        return segment.get(LONG, offset);
    }

    public static void put8(MemorySegment segment, long offset, int value) {
        segment.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    public static void put16(MemorySegment segment, long offset, int value) {
        segment.set(SHORT, offset, (short) value);
    }

    public static void put32(MemorySegment segment, long offset, int value) {
        segment.set(INT, offset, value);
    }

    public static void put48(MemorySegment segment, long offset, long value) {
        put16(segment, offset, (int) (value >>> 32));
        put32(segment, offset + 2, (int) value);
    }

    public static void put64(MemorySegment segment, long offset, long value) {
        segment.set(LONG, offset, value);
    }
}
