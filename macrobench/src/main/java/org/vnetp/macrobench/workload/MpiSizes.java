package org.vnetp.macrobench.workload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Mpi;
import org.vnetp.macrobench.mpi.Op;
import org.vnetp.macrobench.mpi.Requests;

/// What the ranks of an MPI workload run: every message size in turn, some exchanges to warm up, then as many as
/// fit into the size's share of the time, fewer for large ones. Rank 0 prints a line for each size, in the form
/// of the OSU benchmarks; [MpiReport] reads it.
///
/// The first message of each size is compared byte by byte with what its sender meant.
public final class MpiSizes {
    private static final int LEAST = 4;
    private static final int MOST = 10_000;
    /// Before the first size, so that the compiler is done with the loop.
    private static final double WARM_UP_NS = 1e9;

    private static final int TAG = 7;

    private final MpiPattern pattern;
    private final Communicator world;
    private final Requests requests = new Requests(2);
    private final MemorySegment send;
    private final MemorySegment receive;
    private final MemorySegment number;
    private final MemorySegment sum;

    private MpiSizes(MpiPattern pattern, Communicator world, Arena arena) {
        this.pattern = pattern;
        this.world = world;
        long messages = pattern == MpiPattern.ALLTOALL ? world.size() : 1;
        send = arena.allocate((long) pattern.sizes().getLast() * messages, 64);
        receive = arena.allocate((long) pattern.sizes().getLast() * messages, 64);
        number = arena.allocate(ValueLayout.JAVA_LONG);
        sum = arena.allocate(ValueLayout.JAVA_LONG);
    }

    /// @param arguments the pattern and the seconds of measuring over all sizes
    public static void main(String[] arguments) {
        MpiPattern pattern = MpiPattern.valueOf(arguments[0]);
        double seconds = Double.parseDouble(arguments[1]);
        try (Mpi mpi = Mpi.init();
                Arena arena = Arena.ofShared()) {
            try {
                new MpiSizes(pattern, mpi.world(), arena).run(seconds, mpi.description());
            } catch (RuntimeException e) {
                // The other ranks would wait for ever for this one.
                System.err.println("error: " + e.getMessage());
                mpi.world().abort(1);
            }
        }
    }

    private void run(double seconds, String library) {
        if (world.size() < 2) {
            throw new IllegalStateException("an MPI workload needs 2 ranks or more, this job has " + world.size());
        }
        say("# %s, %d ranks, %s", pattern.workload(), world.size(), library);
        say("# %10s %12s %16s %16s", "bytes", "iterations", "latency us", "MB/s");
        double slice = seconds / pattern.sizes().size();
        // By time, not by a share of the run: the JITs of the ranks need it, however short the run is.
        for (double nanos = 0; nanos < WARM_UP_NS; ) {
            nanos += exchanges(1, LEAST);
        }
        for (int size : pattern.sizes()) {
            verify(size);
            int iterations = iterations(size, slice);
            double nanos = exchanges(size, iterations);
            double micros = nanos / iterations / 1e3 / (pattern == MpiPattern.PINGPONG ? 2 : 1);
            say("%12d %12d %16.3f %16.3f", size, iterations, micros, pattern.counted(size, world.size()) / micros);
        }
        long elsewhere = reduce(world.bytesSentElsewhere(), Op.SUM);
        say("# payload between hosts, bytes: %d", elsewhere);
        say("# end");
        System.out.flush();
    }

    /// How many exchanges take so many seconds, by as many as take a tenth of that; the same on all ranks.
    private int iterations(int size, double seconds) {
        double nanos = seconds * TimeUnit.SECONDS.toNanos(1);
        int tried = LEAST;
        double took = exchanges(size, tried);
        while (took < nanos / 10 && tried < MOST) {
            tried *= 4;
            took = exchanges(size, tried);
        }
        return (int) Math.clamp(nanos / Math.max(took / tried, 1), LEAST, MOST);
    }

    /// Makes exchanges and returns what they took all together in ns on the slowest rank; all ranks learn it.
    private double exchanges(int size, int times) {
        world.barrier();
        long start = System.nanoTime();
        for (int i = 0; i < times; i++) {
            exchange(size);
        }
        long own = System.nanoTime() - start;
        return reduce(own, Op.MAX);
    }

    private void exchange(int size) {
        int rank = world.rank();
        int ranks = world.size();
        switch (pattern) {
            case PINGPONG -> {
                if (rank == 0) {
                    world.send(send, size, Datatype.BYTE, 1, TAG);
                    world.recv(receive, size, Datatype.BYTE, 1, TAG);
                } else if (rank == 1) {
                    world.recv(receive, size, Datatype.BYTE, 0, TAG);
                    world.send(send, size, Datatype.BYTE, 0, TAG);
                }
            }
            case SENDRECV -> {
                world.irecv(requests, 0, receive, size, Datatype.BYTE, (rank + ranks - 1) % ranks, TAG);
                world.isend(requests, 1, send, size, Datatype.BYTE, (rank + 1) % ranks, TAG);
                requests.waitAll();
            }
            case ALLTOALL -> world.alltoall(send, size, receive, Datatype.BYTE);
        }
    }

    private void verify(int size) {
        int rank = world.rank();
        int ranks = world.size();
        send.fill(mark(rank, size));
        receive.fill((byte) 0);
        exchange(size);
        switch (pattern) {
            case PINGPONG -> {
                if (rank < 2) {
                    compare(0, size, 1 - rank);
                }
            }
            case SENDRECV -> compare(0, size, (rank + ranks - 1) % ranks);
            case ALLTOALL -> {
                for (int from = 0; from < ranks; from++) {
                    compare((long) from * size, size, from);
                }
            }
        }
    }

    private void compare(long offset, int size, int from) {
        byte wanted = mark(from, size);
        for (long i = offset; i < offset + size; i++) {
            if (receive.get(ValueLayout.JAVA_BYTE, i) != wanted) {
                throw new IllegalStateException("rank " + world.rank() + ": byte " + (i - offset) + " of " + size
                        + " from rank " + from + " arrived as " + receive.get(ValueLayout.JAVA_BYTE, i) + ", expected "
                        + wanted);
            }
        }
    }

    /// Never 0, and another one for each rank and size.
    private static byte mark(int rank, int size) {
        return (byte) (1 + (rank * 31 + Integer.numberOfTrailingZeros(size)) % 255);
    }

    private long reduce(long value, Op op) {
        number.set(ValueLayout.JAVA_LONG, 0, value);
        world.allreduce(number, sum, 1, Datatype.LONG, op);
        return sum.get(ValueLayout.JAVA_LONG, 0);
    }

    private void say(String format, Object... values) {
        if (world.rank() == 0) {
            System.out.println(String.format(Locale.ROOT, format, values));
        }
    }
}
