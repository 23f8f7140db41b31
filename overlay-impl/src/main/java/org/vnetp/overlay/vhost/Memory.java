package org.vnetp.overlay.vhost;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// Access to mapped guest memory by address. Addresses have been checked by whoever calls; ring fields are
/// aligned, so that the ordered accesses work. Virtio's integers are little-endian, as are the machines
/// this runs on.
///
/// A frontend may cut its memory short at any time. The JVM goes on behind the access that faults then (its
/// InternalError comes later), with whatever was in the register. So a value that is checked must be able to be
/// anything: of a short that it loads, the JIT believes that it is in a short's range and leaves out half of a
/// check. Shorts are cut out of loaded ints, which holds whatever was loaded.
final class Memory {
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt ALIGNED_INT = ValueLayout.JAVA_INT;
    private static final VarHandle ORDERED_INT = ALIGNED_INT.varHandle();

    private Memory() {}

    static int u8(long address) {
        return Byte.toUnsignedInt(ALL.get(BYTE, address));
    }

    /// Of an even address.
    static int u16(long address) {
        return cut(ALL.get(ALIGNED_INT, address & -Integer.BYTES), address);
    }

    private static int cut(int around, long address) {
        return around >>> ((int) address & 2) * Byte.SIZE & 0xFFFF;
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
        return cut((int) ORDERED_INT.getAcquire(ALL, address & -Integer.BYTES), address);
    }

    /// What was written before is there for who sees this value.
    static void release16(long address, int value) {
        // Not setRelease: interpreted, that is an exchange of 16 bits, behind whose fault the JVM (25) cannot go on.
        VarHandle.releaseFence();
        ALL.set(SHORT, address, (short) value);
    }

    /// Between a write that the other side must see and a read of what it wrote meanwhile.
    static void fence() {
        VarHandle.fullFence();
    }

    static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }
}
