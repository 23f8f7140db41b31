package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.vnetp.overlay.nic.ReadBudget;
import org.vnetp.overlay.posix.Bpf;
import org.vnetp.overlay.posix.TapDevice;

/// Bounds the bytes that wait in a TAP's ring, so that the ring itself can be long: superframes stay few and in the
/// caches, small frames may be many. A program at the TAP (TUNSETFILTEREBPF) adds up what the guest sends, the reader
/// what it has taken, in memory that both see; where too much is on the way the kernel turns the frame away, which it
/// counts as dropped at the interface and which a guest's TCP hears at once, as of a full ring.
///
/// Each queue has a bound of its own. **Thread:** a [#queue] belongs to the loop that reads it; the rest is set-up. The
/// program stays with the device, the memory with this process.
public final class RingBudget implements AutoCloseable {
    /// As many as 32 of the longest superframes: with twice as many a stream took 6 % more processor time a byte,
    /// and UDP at 200 Mbit/s lost nothing with either.
    public static final int BYTES = 2 << 20;

    /// As many queues as a NIC may have; the program masks their numbers.
    private static final int QUEUES = 16;

    // What lies where of a queue's share of the memory: a cache line for each writer.
    private static final int SENT = 0;
    private static final int TAKEN = 64;
    private static final int QUEUE_SHIFT = 7;

    private static final int VALUE_BYTES = QUEUES << QUEUE_SHIFT;
    // struct __sk_buff
    private static final int LENGTH_FIELD = 0;
    private static final int QUEUE_FIELD = 12;
    private static final VarHandle COUNT = ValueLayout.JAVA_LONG.varHandle();

    private final Bpf bpf;
    private final int map;
    private final int program;
    private final MemorySegment counts;

    private RingBudget(Bpf bpf, int map, int program, MemorySegment counts) {
        this.bpf = bpf;
        this.map = map;
        this.program = program;
        this.counts = counts;
    }

    /// Sets the bound at a TAP, of each of its queues.
    ///
    /// @param descriptor of one of them
    /// @throws org.vnetp.overlay.posix.PosixException where the kernel or the node's rights do not allow it
    public static RingBudget at(int descriptor, int bytes) {
        Bpf bpf = new Bpf();
        int map = bpf.createSharedArray("vnetp_ring", VALUE_BYTES);
        int program = -1;
        try {
            MemorySegment counts = bpf.share(map, VALUE_BYTES);
            try (Arena arena = Arena.ofConfined()) {
                program = bpf.loadFilter("vnetp_ring", filter(arena, map, bytes));
            }
            TapDevice.filter(descriptor, program);
            return new RingBudget(bpf, map, program, counts);
        } catch (RuntimeException e) {
            if (program >= 0) {
                bpf.close(program);
            }
            bpf.close(map);
            throw e;
        }
    }

    /// Keeps a frame (gives its length) while no more than so many bytes are on the way by its queue, else drops it.
    private static MemorySegment filter(Arena arena, int map, int bytes) {
        return new Assembler()
                .load(Assembler.Size.WORD, 6, 1, LENGTH_FIELD)
                .load(Assembler.Size.WORD, 5, 1, QUEUE_FIELD)
                .let(5, Assembler.Do.AND, QUEUES - 1)
                .let(5, Assembler.Do.SHIFT_LEFT, QUEUE_SHIFT)
                .mapValue(7, map)
                .letRegister(7, Assembler.Do.ADD, 5)
                .load(Assembler.Size.DOUBLE, 2, 7, SENT)
                .load(Assembler.Size.DOUBLE, 3, 7, TAKEN)
                .letRegister(2, Assembler.Do.SUBTRACT, 3)
                .jump(Assembler.If.SIGNED_GREATER, 2, bytes, "full")
                .addTo(7, SENT, 6)
                .letRegister(0, Assembler.Do.MOVE, 6)
                .exit()
                .label("full")
                .let(0, Assembler.Do.MOVE, 0)
                .exit()
                .assemble(arena);
    }

    /// For the reader of a queue, by its number in the order of the TAP's descriptors. The kernel numbers the queues
    /// in use, so these must be the first ones.
    public ReadBudget queue(int index) {
        return new Queue(counts, (long) index << QUEUE_SHIFT);
    }

    private static final class Queue implements ReadBudget {
        private final MemorySegment counts;
        private final long at;
        private long taken;

        Queue(MemorySegment counts, long at) {
            this.counts = counts;
            this.at = at;
            // Another loop may have read the queue before.
            this.taken = (long) COUNT.getOpaque(counts, at + TAKEN);
        }

        @Override
        public void taken(int bytes) {
            taken += bytes;
            COUNT.setOpaque(counts, at + TAKEN, taken);
        }

        /// Frames that the ring refused after the program had let them pass were counted as sent: with an empty ring
        /// both counts are alike.
        @Override
        public void empty() {
            long sent = (long) COUNT.getOpaque(counts, at + SENT);
            if (sent != taken) {
                taken = sent;
                COUNT.setOpaque(counts, at + TAKEN, taken);
            }
        }
    }

    @Override
    public void close() {
        bpf.unshare(counts);
        bpf.close(program);
        bpf.close(map);
    }
}
