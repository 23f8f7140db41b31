package org.vnetp.macrobench.mpi;

/// Time spent inside MPI calls and payload handed to them, counted only when asked for. Belongs to the rank's
/// one MPI thread.
final class MpiClock {
    private static boolean on;
    private static long nanos;
    private static long bytes;
    private static long bytesElsewhere;

    private MpiClock() {}

    static void timing(boolean wanted) {
        on = wanted;
    }

    static long begin() {
        return on ? System.nanoTime() : 0;
    }

    static void end(long begin) {
        if (on) {
            nanos += System.nanoTime() - begin;
        }
    }

    /// @param elsewhere how much of it cannot but go to other hosts
    static void sent(long payload, long elsewhere) {
        bytes += payload;
        bytesElsewhere += elsewhere;
    }

    static long bytesElsewhere() {
        return bytesElsewhere;
    }

    static double seconds() {
        return nanos * 1e-9;
    }

    static long bytes() {
        return bytes;
    }
}
