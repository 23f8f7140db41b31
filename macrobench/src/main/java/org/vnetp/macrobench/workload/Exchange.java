package org.vnetp.macrobench.workload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Mpi;
import org.vnetp.macrobench.mpi.Op;

/// A fixed amount of work for the ranks of an MPI job, whose whole time tells what the network is like and how soon
/// it became so: rounds in which each rank sends a piece to each other, as FT and IS do, or computing and one number
/// at the end, as EP does.
///
/// The first and the last round are compared byte by byte with what was sent.
public final class Exchange {
    private static final int PIECE = 1 << 18;
    private static final double STEPS_A_SECOND = 4e8;

    private final Communicator world;
    private final MemorySegment send;
    private final MemorySegment receive;
    private final MemorySegment number;
    private final MemorySegment sum;

    private Exchange(Communicator world, Arena arena) {
        this.world = world;
        send = arena.allocate((long) PIECE * world.size(), 64);
        receive = arena.allocate((long) PIECE * world.size(), 64);
        number = arena.allocate(ValueLayout.JAVA_LONG);
        sum = arena.allocate(ValueLayout.JAVA_LONG);
    }

    /// @param arguments `alltoall` and megabytes (10^6) from each rank to each other, or `compute` and about as many
    ///     seconds
    public static void main(String[] arguments) {
        int amount = Integer.parseInt(arguments[1]);
        try (Mpi mpi = Mpi.init();
                Arena arena = Arena.ofShared()) {
            try {
                Exchange exchange = new Exchange(mpi.world(), arena);
                exchange.run(arguments[0].equals("compute"), amount);
            } catch (RuntimeException e) {
                // The other ranks would wait for ever for this one.
                System.err.println("error: " + e.getMessage());
                mpi.world().abort(1);
            }
        }
    }

    private void run(boolean compute, int amount) {
        world.barrier();
        long beginMs = System.currentTimeMillis();
        long start = System.nanoTime();
        if (compute) {
            compute(amount);
        } else {
            int rounds = (int) Math.max(2, Math.round(amount * 1e6 / PIECE));
            for (int round = 0; round < rounds; round++) {
                boolean checked = round == 0 || round == rounds - 1;
                if (checked) {
                    send.fill(mark(world.rank(), round));
                }
                world.alltoall(send, PIECE, receive, Datatype.BYTE);
                if (checked) {
                    compare(round);
                }
            }
        }
        long nanos = reduce(System.nanoTime() - start, Op.MAX);
        long elsewhere = reduce(world.bytesSentElsewhere(), Op.SUM);
        if (world.rank() == 0) {
            System.out.println(String.format(
                    Locale.ROOT,
                    "exchange begin_ms=%d seconds=%.6f elsewhere=%d end",
                    beginMs,
                    nanos / 1e9,
                    elsewhere));
            System.out.flush();
        }
    }

    private void compute(int seconds) {
        long x = world.rank() + 1;
        for (long i = 0; i < seconds * STEPS_A_SECOND; i++) {
            x = x * 6364136223846793005L + 1442695040888963407L;
        }
        reduce(x, Op.MAX);
    }

    private void compare(int round) {
        for (int from = 0; from < world.size(); from++) {
            byte wanted = mark(from, round);
            for (long i = (long) from * PIECE; i < (from + 1L) * PIECE; i++) {
                if (receive.get(ValueLayout.JAVA_BYTE, i) != wanted) {
                    throw new IllegalStateException("rank " + world.rank() + ": round " + round + ": a byte from rank "
                            + from + " arrived as " + receive.get(ValueLayout.JAVA_BYTE, i) + ", expected " + wanted);
                }
            }
        }
    }

    private static byte mark(int rank, int round) {
        return (byte) (1 + (rank * 31 + round % 97) % 255);
    }

    private long reduce(long value, Op op) {
        number.set(ValueLayout.JAVA_LONG, 0, value);
        world.allreduce(number, sum, 1, Datatype.LONG, op);
        return sum.get(ValueLayout.JAVA_LONG, 0);
    }
}
