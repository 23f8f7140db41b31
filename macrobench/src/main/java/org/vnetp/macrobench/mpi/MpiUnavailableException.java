package org.vnetp.macrobench.mpi;

/// No usable MPI: none installed, not the one asked for, or library and launcher belong to different MPIs. The
/// message says what to install or to change.
public final class MpiUnavailableException extends RuntimeException {
    public MpiUnavailableException(String message) {
        super(message);
    }
}
