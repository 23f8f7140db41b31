package org.vnetp.overlay.it;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.posix.LazyArena;
import org.vnetp.overlay.posix.Posix;

/// Datagrams, each in a slot of its own, of which one system call takes or sends many (recvmmsg, sendmmsg). Whoever
/// has it counts them from 0 and gives their numbers; so many as there are slots can be there at once. For one thread.
final class DatagramRing {
    /// Most bytes of one.
    static final int SLOT = 2048;

    // struct mmsghdr and struct iovec of 64-bit machines.
    private static final int MESSAGE = 64;
    private static final int VECTOR_AT = 16;
    private static final int VECTORS_AT = 24;
    private static final int RECEIVED_AT = 56;
    private static final int VECTOR = 16;
    private static final int LENGTH_AT = 8;

    private static final int MSG_DONTWAIT = 0x40;

    private final int slots;
    private final MemorySegment bytes;
    private final MemorySegment messages;
    private final MemorySegment vectors;

    /// @param slots a power of two
    DatagramRing(int slots) {
        this.slots = slots;
        LazyArena arena = new LazyArena();
        bytes = arena.allocate((long) slots * SLOT, 64);
        messages = arena.allocate((long) slots * MESSAGE, 64);
        vectors = arena.allocate((long) slots * VECTOR, 64);
        for (int i = 0; i < slots; i++) {
            vectors.set(ValueLayout.JAVA_LONG, (long) i * VECTOR, bytes.address() + (long) i * SLOT);
            messages.set(ValueLayout.JAVA_LONG, (long) i * MESSAGE + VECTOR_AT, vectors.address() + (long) i * VECTOR);
            messages.set(ValueLayout.JAVA_LONG, (long) i * MESSAGE + VECTORS_AT, 1);
        }
    }

    int slots() {
        return slots;
    }

    MemorySegment bytes() {
        return bytes;
    }

    private int slot(long number) {
        return (int) (number & slots - 1);
    }

    /// Where a datagram lies in [#bytes].
    long at(long number) {
        return (long) slot(number) * SLOT;
    }

    void length(long number, int length) {
        vectors.set(ValueLayout.JAVA_LONG, (long) slot(number) * VECTOR + LENGTH_AT, length);
    }

    /// Takes datagrams that are there.
    ///
    /// @param next the number that the first gets
    /// @return how many, or `-errno`
    int receive(Posix posix, int fd, long next, int most) {
        int first = slot(next);
        int room = Math.min(most, slots - first);
        for (int i = 0; i < room; i++) {
            length(next + i, SLOT);
        }
        int got = posix.recvmmsg(fd, messages.address() + (long) first * MESSAGE, room, MSG_DONTWAIT);
        for (int i = 0; i < got; i++) {
            length(next + i, messages.get(ValueLayout.JAVA_INT, (long) (first + i) * MESSAGE + RECEIVED_AT));
        }
        return got;
    }

    /// Sends datagrams.
    ///
    /// @return how many went, or `-errno` where the first did not
    int send(Posix posix, int fd, long first, int count) {
        int slot = slot(first);
        return posix.sendmmsg(
                fd, messages.address() + (long) slot * MESSAGE, Math.min(count, slots - slot), MSG_DONTWAIT);
    }
}
