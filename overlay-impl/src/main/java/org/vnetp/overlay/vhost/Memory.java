package org.vnetp.overlay.vhost;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// Access to mapped guest memory by address. Addresses have been checked by whoever calls; ring fields are
/// aligned, so that the ordered accesses work. Virtio's integers are little-endian, as are the machines
/// this runs on.
final class Memory {
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final VarHandle ORDERED_SHORT = ValueLayout.JAVA_SHORT.varHandle();

    private Memory() {}

    static int u8(long address) {
        return Byte.toUnsignedInt(ALL.get(BYTE, address));
    }

    static int u16(long address) {
        return Short.toUnsignedInt(ALL.get(SHORT, address));
    }

    static int i32(long address) {
        return ALL.get(INT, address);
    }

    static long i64(long address) {
        return ALL.get(LONG, address);
    }

    static void put8(long address, int value) {
        ALL.set(BYTE, address, (byte) value);
    }

    static void put16(long address, int value) {
        ALL.set(SHORT, address, (short) value);
    }

    static void put32(long address, int value) {
        ALL.set(INT, address, value);
    }

    static void put64(long address, long value) {
        ALL.set(LONG, address, value);
    }

    /// What the other side published with this value can be read after it.
    static int acquire16(long address) {
        return Short.toUnsignedInt((short) ORDERED_SHORT.getAcquire(ALL, address));
    }

    /// What was written before is there for who sees this value.
    static void release16(long address, int value) {
        ORDERED_SHORT.setRelease(ALL, address, (short) value);
    }

    /// Between a write that the other side must see and a read of what it wrote meanwhile.
    static void fence() {
        VarHandle.fullFence();
    }

    static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }
}
