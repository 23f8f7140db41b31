package org.vnetp.nas.kernel.cfd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Op;
import org.vnetp.macrobench.mpi.Requests;

/// The other ranks as the CFD kernels see them: sums over all, and [Channel]s to one neighbour each. Owns
/// the message buffers. A [#alone()] has one rank and no MPI.
final class Links implements AutoCloseable {
    private final Communicator world;
    private final Arena arena = Arena.ofConfined();
    private final List<Channel> channels = new ArrayList<>();

    private Links(Communicator world) {
        this.world = world;
    }

    static Links of(Communicator world) {
        return new Links(world);
    }

    static Links alone() {
        return new Links(null);
    }

    int rank() {
        return world == null ? 0 : world.rank();
    }

    int size() {
        return world == null ? 1 : world.size();
    }

    /// Replaces `values` by their sums over all ranks.
    void sum(double[] values) {
        if (world == null) {
            return;
        }
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment send = scratch.allocateFrom(ValueLayout.JAVA_DOUBLE, values);
            MemorySegment receive = scratch.allocate(send.byteSize(), Double.BYTES);
            world.allreduce(send, receive, values.length, Datatype.DOUBLE, Op.SUM);
            MemorySegment.copy(receive, ValueLayout.JAVA_DOUBLE, 0, values, 0, values.length);
        }
    }

    /// A channel that sends to `destination` and receives from `source` messages of at most `capacity`
    /// doubles.
    Channel channel(int destination, int source, int tag, int capacity) {
        Channel channel = new Channel(destination, source, tag, capacity);
        channels.add(channel);
        return channel;
    }

    /// Frees the buffers; no message may be in flight.
    @Override
    public void close() {
        channels.forEach(c -> c.requests.close());
        arena.close();
    }

    /// One stream of messages out and one in, each with one message in flight at most.
    final class Channel {
        private static final int IN = 0;
        private static final int OUT = 1;

        private final int destination;
        private final int source;
        private final int tag;
        private final MemorySegment out;
        private final MemorySegment in;
        private final Requests requests = new Requests(2);

        private Channel(int destination, int source, int tag, int capacity) {
            this.destination = destination;
            this.source = source;
            this.tag = tag;
            this.out = arena.allocate(Math.max(1, capacity) * (long) Double.BYTES, 64);
            this.in = arena.allocate(Math.max(1, capacity) * (long) Double.BYTES, 64);
        }

        /// Posts the receive of the next message, which has `count` doubles.
        void expect(int count) {
            world.irecv(requests, IN, in, count, Datatype.DOUBLE, source, tag);
        }

        /// Waits for the expected message and copies it.
        void take(double[] to, int count) {
            requests.waitOne(IN);
            MemorySegment.copy(in, ValueLayout.JAVA_DOUBLE, 0, to, 0, count);
        }

        /// Sends the first `count` doubles of `from` as soon as the message before has left; `from` is free
        /// at return.
        void send(double[] from, int count) {
            requests.waitOne(OUT);
            MemorySegment.copy(from, 0, out, ValueLayout.JAVA_DOUBLE, 0, count);
            world.isend(requests, OUT, out, count, Datatype.DOUBLE, destination, tag);
        }

        /// Waits until the last message has left.
        void flush() {
            requests.waitOne(OUT);
        }
    }
}
