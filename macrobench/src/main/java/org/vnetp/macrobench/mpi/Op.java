package org.vnetp.macrobench.mpi;

/// Reductions.
public enum Op {
    SUM,
    MIN,
    MAX
}
