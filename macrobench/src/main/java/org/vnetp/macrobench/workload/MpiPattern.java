package org.vnetp.macrobench.workload;

import java.util.ArrayList;
import java.util.List;

/// How the ranks of an MPI workload exchange messages, and what is counted of it.
enum MpiPattern {
    /// Ranks 0 and 1 send a message there and back; others only wait. The time is half a round trip, the
    /// bandwidth one message in that time.
    PINGPONG("mpi-pingpong", 1),
    /// Every rank sends to the next and receives from the one before, at once. The time is that of the slowest
    /// rank, the bandwidth what a rank sends and receives in it.
    SENDRECV("mpi-sendrecv", 1),
    /// Every rank sends a message of its own to every other by `MPI_Alltoall`. The time is that of the slowest
    /// rank, the bandwidth what a rank sends to the others in it.
    ALLTOALL("mpi-alltoall", 2);

    private static final int LARGEST = 4 << 20;

    private final String workload;
    private final int ranksAHost;

    MpiPattern(String workload, int ranksAHost) {
        this.workload = workload;
        this.ranksAHost = ranksAHost;
    }

    String workload() {
        return workload;
    }

    int ranksAHost() {
        return ranksAHost;
    }

    /// Message sizes in bytes: none, and the powers of four to 4 MiB. An all-to-all of nothing is left out: MPI
    /// does not even begin it.
    List<Integer> sizes() {
        List<Integer> sizes = new ArrayList<>();
        if (this != ALLTOALL) {
            sizes.add(0);
        }
        for (int size = 1; size <= LARGEST; size *= 4) {
            sizes.add(size);
        }
        return sizes;
    }

    /// Bytes whose number in the time of one exchange is the bandwidth.
    long counted(long size, int ranks) {
        return switch (this) {
            case PINGPONG -> size;
            case SENDRECV -> 2 * size;
            case ALLTOALL -> (ranks - 1) * size;
        };
    }
}
