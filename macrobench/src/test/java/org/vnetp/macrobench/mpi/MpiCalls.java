package org.vnetp.macrobench.mpi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What [MpiTest] runs on every rank: each call once, with results that only the right data gives.
public final class MpiCalls {
    private static final ValueLayout.OfDouble D = ValueLayout.JAVA_DOUBLE;
    private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
    private static int checks;

    private MpiCalls() {}

    public static void main(String[] arguments) {
        try (Mpi mpi = Mpi.init();
                Arena arena = Arena.ofConfined()) {
            Communicator world = mpi.world();
            try {
                world.timing(true);
                pointToPoint(world, arena);
                nonBlocking(world, arena);
                collectives(world, arena);
                allToAll(world, arena);
                split(world, arena);
                faults(world, arena);
                double before = mpi.wtime();
                check(mpi.wtime() >= before, "wtime");
                check(world.secondsInMpi() > 0, "seconds in MPI");
                check(world.bytesSent() > 0, "bytes sent");
                check(world.bytesSentElsewhere() == 0, "all ranks are on one host");
                check(!mpi.description().isEmpty(), "description");
            } catch (Throwable e) {
                e.printStackTrace();
                world.abort(9);
            }
            System.out.println("rank " + world.rank() + " of " + world.size() + ": " + checks + " checks good");
        }
    }

    private static void pointToPoint(Communicator world, Arena arena) {
        int next = (world.rank() + 1) % world.size();
        int before = (world.rank() + world.size() - 1) % world.size();
        MemorySegment out = arena.allocate(D, 3);
        MemorySegment in = arena.allocate(D, 3);
        out.setAtIndex(D, 2, 10 + world.rank());
        if (world.size() > 1) {
            // Even ranks send first, odd ones receive first; a ring of odd length has one neighbour pair of evens.
            if (world.rank() % 2 == 0) {
                world.send(out, 3, Datatype.DOUBLE, next, 5);
                world.recv(in, 3, Datatype.DOUBLE, before, 5);
            } else {
                world.recv(in, 3, Datatype.DOUBLE, before, 5);
                world.send(out, 3, Datatype.DOUBLE, next, 5);
            }
            check(in.getAtIndex(D, 2) == 10 + before, "send, recv");
        }
    }

    private static void nonBlocking(Communicator world, Arena arena) {
        int n = world.size();
        MemorySegment out = arena.allocate(I, n);
        MemorySegment in = arena.allocate(I, n);
        try (Requests requests = new Requests(2 * n)) {
            for (int r = 0; r < n; r++) {
                world.irecv(requests, r, in.asSlice(4L * r, 4), 1, Datatype.INT, r, 6);
            }
            for (int r = 0; r < n; r++) {
                out.setAtIndex(I, r, 100 * world.rank() + r);
                world.isend(requests, n + r, out.asSlice(4L * r, 4), 1, Datatype.INT, r, 6);
            }
            boolean refused = false;
            try {
                world.irecv(requests, 0, in, 1, Datatype.INT, 0, 7);
            } catch (IllegalStateException e) {
                refused = e.getMessage().contains("slot 0 is in use");
            }
            // The message to this rank itself may have come already; then the slot is still taken until its wait.
            check(refused, "slot in use");
            requests.waitOne(0);
            requests.waitAll(1, n);
            requests.waitAll();
        }
        for (int r = 0; r < n; r++) {
            check(in.getAtIndex(I, r) == 100 * r + world.rank(), "isend, irecv from " + r);
        }
    }

    private static void collectives(Communicator world, Arena arena) {
        int n = world.size();
        world.barrier();
        MemorySegment b = arena.allocate(8);
        b.set(ValueLayout.JAVA_BYTE, 7, (byte) (world.rank() == n - 1 ? 77 : 0));
        world.bcast(b, 8, Datatype.BYTE, n - 1);
        check(b.get(ValueLayout.JAVA_BYTE, 7) == 77, "bcast of bytes");

        MemorySegment l = arena.allocate(8, 8);
        MemorySegment longs = arena.allocate(8, 8);
        l.set(ValueLayout.JAVA_LONG, 0, (1L << 40) + world.rank());
        world.allreduce(l, longs, 1, Datatype.LONG, Op.MAX);
        check(longs.get(ValueLayout.JAVA_LONG, 0) == (1L << 40) + n - 1, "allreduce of longs, max");
        world.allreduce(l, longs, 1, Datatype.LONG, Op.MIN);
        check(longs.get(ValueLayout.JAVA_LONG, 0) == 1L << 40, "allreduce of longs, min");

        MemorySegment c = arena.allocate(D, 2);
        MemorySegment complex = arena.allocate(D, 2);
        c.setAtIndex(D, 0, 1);
        c.setAtIndex(D, 1, world.rank());
        world.reduce(c, complex, 1, Datatype.DOUBLE_COMPLEX, Op.SUM, 0);
        if (world.rank() == 0) {
            check(
                    complex.getAtIndex(D, 0) == n && complex.getAtIndex(D, 1) == n * (n - 1) / 2.0,
                    "reduce of complex numbers");
        }
        MemorySegment mine = arena.allocate(D, 1);
        MemorySegment all = arena.allocate(D, n);
        mine.set(D, 0, world.rank() + 0.5);
        world.allgather(mine, 1, all, Datatype.DOUBLE);
        for (int r = 0; r < n; r++) {
            check(all.getAtIndex(D, r) == r + 0.5, "allgather from " + r);
        }
    }

    private static void allToAll(Communicator world, Arena arena) {
        int n = world.size();
        int me = world.rank();
        MemorySegment out = arena.allocate(I, 2L * n);
        MemorySegment in = arena.allocate(I, 2L * n);
        for (int r = 0; r < n; r++) {
            out.setAtIndex(I, 2L * r, me);
            out.setAtIndex(I, 2L * r + 1, r);
        }
        world.alltoall(out, 2, in, Datatype.INT);
        for (int r = 0; r < n; r++) {
            check(in.getAtIndex(I, 2L * r) == r && in.getAtIndex(I, 2L * r + 1) == me, "alltoall from " + r);
        }

        // Rank a sends a + b + 1 elements to rank b. (None at all on one rank hangs MPICH 4.0.2.)
        MemorySegment sendCounts = arena.allocate(I, n);
        MemorySegment sendPlaces = arena.allocate(I, n);
        MemorySegment receiveCounts = arena.allocate(I, n);
        MemorySegment receivePlaces = arena.allocate(I, n);
        int place = 0;
        for (int r = 0; r < n; r++) {
            sendCounts.setAtIndex(I, r, me + r + 1);
            receiveCounts.setAtIndex(I, r, me + r + 1);
            sendPlaces.setAtIndex(I, r, place);
            receivePlaces.setAtIndex(I, r, place);
            place += me + r + 1;
        }
        MemorySegment parts = arena.allocate(I, Math.max(place, 1));
        MemorySegment arrived = arena.allocate(I, Math.max(place, 1));
        for (int i = 0; i < place; i++) {
            parts.setAtIndex(I, i, 1000 * me + i);
        }
        world.alltoallv(parts, sendCounts, sendPlaces, arrived, receiveCounts, receivePlaces, Datatype.INT);
        for (int r = 0; r < n; r++) {
            // Where rank r's part for us began in its own buffer.
            int began = r * me + me * (me - 1) / 2 + me;
            int at = receivePlaces.getAtIndex(I, r);
            for (int i = 0; i < me + r + 1; i++) {
                check(arrived.getAtIndex(I, (long) at + i) == 1000 * r + began + i, "alltoallv from " + r);
            }
        }
        receiveCounts.setAtIndex(I, 0, place + 1);
        boolean refused = false;
        try {
            world.alltoallv(parts, sendCounts, sendPlaces, arrived, receiveCounts, receivePlaces, Datatype.INT);
        } catch (IllegalArgumentException e) {
            refused = true;
        }
        check(refused, "alltoallv beyond the buffer");
    }

    private static void split(Communicator world, Arena arena) {
        Communicator half = world.split(world.rank() % 2, -world.rank());
        int size = (world.size() + (world.rank() % 2 == 0 ? 1 : 0)) / 2;
        check(half.size() == size, "size of a split");
        // Keys descend, so the order is turned round.
        check(half.rank() == size - 1 - world.rank() / 2, "rank in a split");
        MemorySegment one = arena.allocate(I, 1);
        MemorySegment sum = arena.allocate(I, 1);
        one.set(I, 0, 1);
        half.allreduce(one, sum, 1, Datatype.INT, Op.SUM);
        check(sum.get(I, 0) == size, "allreduce in a split");
        boolean named = false;
        try {
            half.send(one, 1, Datatype.INT, size, 1);
        } catch (MpiException e) {
            // A communicator made from another inherits how errors are handled.
            named = e.call().equals("MPI_Send");
        }
        check(named, "errors in a split");
    }

    private static void faults(Communicator world, Arena arena) {
        MemorySegment small = arena.allocate(D, 1);
        try {
            world.send(small, 1, Datatype.DOUBLE, world.size(), 1);
            check(false, "a rank that is not there");
        } catch (MpiException e) {
            check(e.call().equals("MPI_Send") && e.rank() == world.rank() && e.errorClass() == 6, "wrong rank: " + e);
            check(e.getMessage().contains("MPI_Send failed on rank " + world.rank()), e.getMessage());
        }
        try {
            world.send(small, 2, Datatype.DOUBLE, 0, 1);
            check(false, "a buffer too small");
        } catch (IllegalArgumentException e) {
            check(e.getMessage().contains("2 elements of DOUBLE do not fit a buffer of 8 bytes"), e.getMessage());
        }
        try {
            world.send(MemorySegment.ofArray(new double[1]), 1, Datatype.DOUBLE, 0, 1);
            check(false, "a buffer on the heap");
        } catch (IllegalArgumentException e) {
            check(e.getMessage().contains("off-heap"), e.getMessage());
        }
    }

    private static void check(boolean good, String what) {
        if (!good) {
            throw new AssertionError(what);
        }
        checks++;
    }
}
