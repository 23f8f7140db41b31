package org.vnetp.macrobench.mpi;

/// An MPI call that failed: which one, on which rank, and with which MPI error class.
public final class MpiException extends RuntimeException {
    private final String call;
    private final int errorClass;
    private final int rank;

    MpiException(String call, int errorClass, int rank, String text) {
        super(call + " failed on rank " + rank + ": error class " + errorClass + " (" + text + ")");
        this.call = call;
        this.errorClass = errorClass;
        this.rank = rank;
    }

    /// The MPI function, for example `MPI_Recv`.
    public String call() {
        return call;
    }

    /// The library's number of the error class; Open MPI and MPICH number some classes differently.
    public int errorClass() {
        return errorClass;
    }

    /// Rank in `MPI_COMM_WORLD`, or -1 before `MPI_Init`.
    public int rank() {
        return rank;
    }
}
