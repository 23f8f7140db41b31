package org.vnetp.macrobench.mpi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A group of ranks that can talk. Buffers are off-heap segments of the caller; counts are in
/// elements of the given type. A buffer that is on the heap or too small is refused before MPI sees
/// it. Errors are [MpiException]s.
///
/// Where MPI wants the same count and type on all ranks, so does this.
public final class Communicator {
    private final long handle;
    private final int rank;
    private final int size;
    private final Neighbours neighbours;

    Communicator(long handle) {
        this.handle = handle;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            Mpi.check((int) MpiLibrary.COMM_RANK.invokeExact(handle, number.address()), "MPI_Comm_rank");
            this.rank = number.get(ValueLayout.JAVA_INT, 0);
            Mpi.check((int) MpiLibrary.COMM_SIZE.invokeExact(handle, number.address()), "MPI_Comm_size");
            this.size = number.get(ValueLayout.JAVA_INT, 0);
            this.neighbours = neighbours(arena);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
    }

    private Neighbours neighbours(Arena arena) {
        if (size == 1) {
            return Neighbours.ALONE;
        }
        MemorySegment mine = arena.allocate(ValueLayout.JAVA_LONG);
        MemorySegment all = arena.allocate(ValueLayout.JAVA_LONG, size);
        mine.set(ValueLayout.JAVA_LONG, 0, Neighbours.host());
        gather(mine.address(), 1, all.address(), Datatype.LONG);
        return new Neighbours(rank, all.toArray(ValueLayout.JAVA_LONG));
    }

    /// This process's number in the group, from 0.
    public int rank() {
        return rank;
    }

    /// How many ranks the group has.
    public int size() {
        return size;
    }

    /// `MPI_Send`: returns when the buffer may be used again.
    public void send(MemorySegment buffer, int count, Datatype type, int destination, int tag) {
        long address = address(buffer, count, type);
        sent((long) count * type.bytes(), destination);
        long start = MpiClock.begin();
        int code;
        try {
            code = (int)
                    MpiLibrary.SEND.invokeExact(address, count, MpiLibrary.datatype(type), destination, tag, handle);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Send");
    }

    /// `MPI_Recv`: returns when the message is in the buffer; a longer message than `count` is an error.
    public void recv(MemorySegment buffer, int count, Datatype type, int source, int tag) {
        long address = address(buffer, count, type);
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.RECV.invokeExact(
                    address, count, MpiLibrary.datatype(type), source, tag, handle, MpiLibrary.STATUS_IGNORE);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Recv");
    }

    /// `MPI_Isend` into a free slot.
    public void isend(
            Requests requests, int slot, MemorySegment buffer, int count, Datatype type, int destination, int tag) {
        long address = address(buffer, count, type);
        long request = requests.start(slot);
        sent((long) count * type.bytes(), destination);
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.ISEND.invokeExact(
                    address, count, MpiLibrary.datatype(type), destination, tag, handle, request);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Isend");
    }

    /// `MPI_Irecv` into a free slot.
    public void irecv(
            Requests requests, int slot, MemorySegment buffer, int count, Datatype type, int source, int tag) {
        long address = address(buffer, count, type);
        long request = requests.start(slot);
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.IRECV.invokeExact(
                    address, count, MpiLibrary.datatype(type), source, tag, handle, request);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Irecv");
    }

    /// `MPI_Bcast`: the root's buffer reaches all.
    public void bcast(MemorySegment buffer, int count, Datatype type, int root) {
        long address = address(buffer, count, type);
        if (rank == root) {
            long payload = (long) count * type.bytes();
            MpiClock.sent(payload, payload * neighbours.otherHosts());
        }
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.BCAST.invokeExact(address, count, MpiLibrary.datatype(type), root, handle);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Bcast");
    }

    /// `MPI_Reduce`: element-wise over all ranks, result in `receive` on the root. `receive` is not touched
    /// elsewhere.
    public void reduce(MemorySegment send, MemorySegment receive, int count, Datatype type, Op op, int root) {
        long from = address(send, count, type);
        long to = rank == root ? address(receive, count, type) : receive.address();
        long payload = (long) count * type.bytes();
        // What a host has to add leaves it once.
        MpiClock.sent(payload, neighbours.first() && neighbours.elsewhere(root) ? payload : 0);
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.REDUCE.invokeExact(
                    from, to, count, MpiLibrary.datatype(type), MpiLibrary.op(op), root, handle);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Reduce");
    }

    /// `MPI_Allreduce`: as reduce, result on all ranks. `send` and `receive` do not overlap.
    public void allreduce(MemorySegment send, MemorySegment receive, int count, Datatype type, Op op) {
        long from = address(send, count, type);
        long to = address(receive, count, type);
        long payload = (long) count * type.bytes();
        MpiClock.sent(payload, neighbours.first() && neighbours.otherHosts() > 0 ? payload : 0);
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.ALLREDUCE.invokeExact(
                    from, to, count, MpiLibrary.datatype(type), MpiLibrary.op(op), handle);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Allreduce");
    }

    /// `MPI_Alltoall`: block `r` of `send` goes to rank `r`; block `s` of `receive` came from rank `s`.
    public void alltoall(MemorySegment send, int countPerRank, MemorySegment receive, Datatype type) {
        long all = (long) countPerRank * size;
        long from = address(send, all, type);
        long to = address(receive, all, type);
        long datatype = MpiLibrary.datatype(type);
        MpiClock.sent(
                (all - countPerRank) * type.bytes(), (long) countPerRank * type.bytes() * neighbours.ranksElsewhere());
        long start = MpiClock.begin();
        int code;
        try {
            code = (int)
                    MpiLibrary.ALLTOALL.invokeExact(from, countPerRank, datatype, to, countPerRank, datatype, handle);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Alltoall");
    }

    /// `MPI_Alltoallv`. The four count and displacement arrays are off-heap ints, one a rank, in elements.
    public void alltoallv(
            MemorySegment send,
            MemorySegment sendCounts,
            MemorySegment sendDisplacements,
            MemorySegment receive,
            MemorySegment receiveCounts,
            MemorySegment receiveDisplacements,
            Datatype type) {
        checkParts(send, sendCounts, sendDisplacements, type, true);
        checkParts(receive, receiveCounts, receiveDisplacements, type, false);
        long datatype = MpiLibrary.datatype(type);
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.ALLTOALLV.invokeExact(
                    send.address(),
                    sendCounts.address(),
                    sendDisplacements.address(),
                    datatype,
                    receive.address(),
                    receiveCounts.address(),
                    receiveDisplacements.address(),
                    datatype,
                    handle);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Alltoallv");
    }

    /// `MPI_Allgather`: block `s` of `receive` is what rank `s` sent.
    public void allgather(MemorySegment send, int count, MemorySegment receive, Datatype type) {
        long from = address(send, count, type);
        long to = address(receive, (long) count * size, type);
        long payload = (long) count * type.bytes();
        MpiClock.sent(payload, payload * neighbours.otherHosts());
        gather(from, count, to, type);
    }

    private void gather(long from, int count, long to, Datatype type) {
        long datatype = MpiLibrary.datatype(type);
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.ALLGATHER.invokeExact(from, count, datatype, to, count, datatype, handle);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Allgather");
    }

    /// `MPI_Barrier`.
    public void barrier() {
        long start = MpiClock.begin();
        int code;
        try {
            code = (int) MpiLibrary.BARRIER.invokeExact(handle);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        MpiClock.end(start);
        Mpi.check(code, "MPI_Barrier");
    }

    /// `MPI_Comm_split`: ranks of the same colour form a group, ordered by key, then by their rank here.
    ///
    /// @param color not negative
    public Communicator split(int color, int key) {
        if (color < 0) {
            throw new IllegalArgumentException("color " + color + " is negative");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment made = arena.allocate(ValueLayout.JAVA_LONG);
            Mpi.check((int) MpiLibrary.COMM_SPLIT.invokeExact(handle, color, key, made.address()), "MPI_Comm_split");
            return new Communicator(
                    MpiLibrary.ABI.pointerHandles()
                            ? made.get(ValueLayout.JAVA_LONG, 0)
                            : made.get(ValueLayout.JAVA_INT, 0));
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
    }

    /// `MPI_Abort`: ends all ranks of the job; does not return.
    public void abort(int code) {
        try {
            Mpi.check((int) MpiLibrary.ABORT.invokeExact(handle, code), "MPI_Abort");
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
    }

    /// Switches the count of the time spent in MPI calls on or off, for this whole process (off at first).
    public void timing(boolean on) {
        MpiClock.timing(on);
    }

    /// Seconds this rank has spent inside MPI calls while timing was on, over all communicators.
    public double secondsInMpi() {
        return MpiClock.seconds();
    }

    /// Payload bytes this rank has handed to sending calls, over all communicators: point-to-point messages in
    /// full, all-to-all without the part that stays here, one buffer for each other collective. What a
    /// collective puts on the wire may be more; interface counters tell that.
    public long bytesSent() {
        return MpiClock.bytes();
    }

    /// Payload bytes of [#bytesSent] that cannot but leave this rank's host, over all communicators: messages to
    /// ranks on other hosts in full, and of a collective what any way of doing it has to move between hosts. Sums
    /// over all ranks to a lower bound of what interfaces count.
    public long bytesSentElsewhere() {
        return MpiClock.bytesElsewhere();
    }

    private void sent(long payload, int destination) {
        MpiClock.sent(payload, neighbours.elsewhere(destination) ? payload : 0);
    }

    private static long address(MemorySegment buffer, long count, Datatype type) {
        if (count < 0 || count * type.bytes() > buffer.byteSize() || !buffer.isNative()) {
            throw refused(buffer, count, type);
        }
        return buffer.address();
    }

    private void checkParts(
            MemorySegment buffer, MemorySegment counts, MemorySegment displacements, Datatype type, boolean sending) {
        address(buffer, 0, type);
        address(counts, size, Datatype.INT);
        address(displacements, size, Datatype.INT);
        long sent = 0;
        long elsewhere = 0;
        for (int i = 0; i < size; i++) {
            int count = counts.getAtIndex(ValueLayout.JAVA_INT, i);
            int displacement = displacements.getAtIndex(ValueLayout.JAVA_INT, i);
            if (count < 0 || displacement < 0 || ((long) count + displacement) * type.bytes() > buffer.byteSize()) {
                throw new IllegalArgumentException("part " + i + " (" + count + " elements from " + displacement
                        + ") is outside of a buffer of " + buffer.byteSize() + " bytes");
            }
            sent += i == rank ? 0 : count;
            elsewhere += neighbours.elsewhere(i) ? count : 0;
        }
        if (sending) {
            MpiClock.sent(sent * type.bytes(), elsewhere * type.bytes());
        }
    }

    private static IllegalArgumentException refused(MemorySegment buffer, long count, Datatype type) {
        if (!buffer.isNative()) {
            return new IllegalArgumentException("an MPI buffer must be off-heap, this one is on the heap");
        }
        return new IllegalArgumentException(
                count + " elements of " + type + " do not fit a buffer of " + buffer.byteSize() + " bytes");
    }
}
