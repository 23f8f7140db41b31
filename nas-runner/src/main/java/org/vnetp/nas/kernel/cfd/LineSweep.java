package org.vnetp.nas.kernel.cfd;

/// An implicit solver along the lines of one cell, batch by batch. What it eliminated going forward it
/// keeps until it comes back, because on more than one rank the whole cell goes forward before any of it
/// comes back.
interface LineSweep {
    /// Most lines in a batch.
    int batch();

    /// Doubles a line hands to the next cell going forward.
    int forwardDoubles();

    /// Doubles a line hands to the cell before going back.
    int backwardDoubles();

    /// Forward elimination of `count` lines from number `first` on.
    ///
    /// @param state where to keep the batch; from [#newState]
    /// @param edge the cell before's last state, `[forwardDoubles][lines]` flat from `edgeAt` on,
    ///     replaced by this cell's; zeros where the grid begins
    void forward(Cell cell, CellLines lines, int first, int count, double[][] state, double[] edge, int edgeAt);

    /// Back-substitution of the same batch; writes the solution to the cell's right-hand side.
    ///
    /// @param edge the next cell's first solution, `[backwardDoubles][lines]` flat, replaced by this cell's
    void backward(Cell cell, CellLines lines, int first, int count, double[][] state, double[] edge, int edgeAt);

    /// Storage of a batch of lines of `points` points.
    double[][] newState(int points);
}
