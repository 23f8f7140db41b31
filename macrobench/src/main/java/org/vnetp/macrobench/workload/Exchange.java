package org.vnetp.macrobench.workload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Mpi;
import org.vnetp.macrobench.mpi.Op;
import org.vnetp.macrobench.mpi.Requests;

/// A fixed amount of work for the ranks of an MPI job, whose whole time tells what the network is like and how soon
/// it became so. Rank 0 says when it begins, and at the end how long it took.
///
/// What is sent in the first and the last round is compared byte by byte with what comes.
public final class Exchange {
    /// Who sends what to whom.
    enum Pattern {
        /// Each rank sends a piece to each other, as FT and IS do; the amount is megabytes (10^6)
        /// from each to each.
        ALLTOALL,
        /// Ranks 1 and 2 swap pieces, the others wait; megabytes each way.
        PAIR,
        /// Ranks compute, and exchange one number at the end, as EP does; about so many seconds.
        COMPUTE,
        /// Each rank swaps 1000 bytes with one neighbour, then with another, as LU does on a
        /// grid; rounds.
        GRID,
        /// Rank 0 swaps 1000 bytes with each other in turn; rounds.
        HUB,
        /// Each rank swaps 1000 bytes with the one after the next: of four at two sites, with one
        /// at the other; rounds.
        APART,
        /// Each rank swaps 1000 bytes with the next: of four at two sites, with one at its own;
        /// rounds.
        TOGETHER,
        /// Each rank swaps 1000 bytes with its partner, who is named for each; rounds.
        PARTNERS;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Partners' ranks differ by this bit where they are apart.
    static final int APART_BY = 2;

    private static final int PIECE = 1 << 18;
    private static final int SMALL = 1000;
    private static final double STEPS_A_SECOND = 4e8;
    private static final int TAG = 7;

    private final Communicator world;
    private final Requests requests;
    private final MemorySegment send;
    private final MemorySegment receive;
    private final MemorySegment number;
    private final MemorySegment sum;
    private final int[] partners;

    private Exchange(Communicator world, Requests requests, Arena arena, int[] partners) {
        this.world = world;
        this.requests = requests;
        this.partners = partners;
        send = arena.allocate((long) PIECE * world.size(), 64);
        receive = arena.allocate((long) PIECE * world.size(), 64);
        number = arena.allocate(ValueLayout.JAVA_LONG);
        sum = arena.allocate(ValueLayout.JAVA_LONG);
    }

    /// @param arguments a pattern, its amount, and for partners the partner of each rank
    public static void main(String[] arguments) {
        Pattern pattern = Pattern.valueOf(arguments[0].toUpperCase(Locale.ROOT));
        int amount = Integer.parseInt(arguments[1]);
        int[] partners =
                Arrays.stream(arguments).skip(2).mapToInt(Integer::parseInt).toArray();
        try (Mpi mpi = Mpi.init();
                Requests requests = new Requests(2);
                Arena arena = Arena.ofShared()) {
            try {
                new Exchange(mpi.world(), requests, arena, partners).run(pattern, amount);
            } catch (RuntimeException e) {
                // The other ranks would wait for ever for this one.
                System.err.println("error: " + e.getMessage());
                mpi.world().abort(1);
            }
        }
    }

    private void run(Pattern pattern, int amount) {
        world.barrier();
        if (world.rank() == 0) {
            say("exchange begin_ms=" + System.currentTimeMillis());
        }
        long start = System.nanoTime();
        if (pattern == Pattern.COMPUTE) {
            compute(amount);
        } else {
            boolean pieces = pattern == Pattern.ALLTOALL || pattern == Pattern.PAIR;
            rounds(pattern, (int) Math.max(2, pieces ? Math.round(amount * 1e6 / PIECE) : amount));
        }
        long nanos = reduce(System.nanoTime() - start, Op.MAX);
        long elsewhere = reduce(world.bytesSentElsewhere(), Op.SUM);
        if (world.rank() == 0) {
            say(String.format(Locale.ROOT, "exchange seconds=%.6f elsewhere=%d end", nanos / 1e9, elsewhere));
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private void rounds(Pattern pattern, int rounds) {
        int rank = world.rank();
        for (int round = 0; round < rounds; round++) {
            boolean checked = round == 0 || round == rounds - 1;
            if (checked) {
                send.fill(mark(rank, round));
            }
            switch (pattern) {
                case ALLTOALL -> {
                    world.alltoall(send, PIECE, receive, Datatype.BYTE);
                    for (int from = 0; checked && from < world.size(); from++) {
                        compare(from, (long) from * PIECE, PIECE, round);
                    }
                }
                case PAIR -> {
                    if (rank == 1 || rank == 2) {
                        swap(3 - rank, PIECE, checked, round);
                    }
                }
                case GRID -> {
                    swap(rank ^ 1, SMALL, checked, round);
                    swap(rank ^ APART_BY, SMALL, checked, round);
                }
                case HUB -> {
                    for (int other = 1; other < world.size(); other++) {
                        if (rank == 0 || rank == other) {
                            swap(rank == 0 ? other : 0, SMALL, checked, round);
                        }
                    }
                }
                case APART -> swap(rank ^ APART_BY, SMALL, checked, round);
                case TOGETHER -> swap(rank ^ 1, SMALL, checked, round);
                case PARTNERS -> swap(partners[rank], SMALL, checked, round);
                case COMPUTE -> throw new AssertionError();
            }
        }
    }

    private void swap(int partner, int bytes, boolean checked, int round) {
        world.irecv(requests, 0, receive, bytes, Datatype.BYTE, partner, TAG);
        world.isend(requests, 1, send, bytes, Datatype.BYTE, partner, TAG);
        requests.waitAll();
        if (checked) {
            compare(partner, 0, bytes, round);
        }
    }

    private void compute(int seconds) {
        long x = world.rank() + 1;
        for (long i = 0; i < seconds * STEPS_A_SECOND; i++) {
            x = x * 6364136223846793005L + 1442695040888963407L;
        }
        reduce(x, Op.MAX);
    }

    private void compare(int from, long at, int bytes, int round) {
        byte wanted = mark(from, round);
        for (long i = at; i < at + bytes; i++) {
            byte came = receive.get(ValueLayout.JAVA_BYTE, i);
            if (came != wanted) {
                throw new IllegalStateException("rank " + world.rank() + ": round " + round + ": a byte from rank "
                        + from + " arrived as " + came + ", expected " + wanted);
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
