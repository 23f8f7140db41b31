package org.vnetp.nas.kernel.cfd;

import java.util.Arrays;

/// A box of the grid that one rank owns, with two layers of ghost points around it, and its fields.
///
/// A field is `field[component][row(j, k)][i + GHOST]`, with local indices from 0; ghosts have negative
/// indices or ones from the size on. Ghosts outside the whole grid have density 1 and are never used in a
/// result.
final class Cell {
    static final int GHOST = 2;

    final int nx;
    final int ny;
    final int nz;
    /// Global index of the local point (0, 0, 0).
    final int ox;

    final int oy;
    final int oz;
    /// Points of the whole grid in each direction.
    final int size;
    /// Local bounds of the points that are inside the whole grid's boundary: from `low` to before `high`.
    final int[] low;

    final int[] high;

    final double[][][] u;
    final double[][][] rhs;
    final double[][][] forcing;

    /// Functions of `u`, kept by [DerivedFields]: reciprocal density, velocities, pressure, the energy
    /// equation's viscous potential, kinetic energy per mass, energy per mass, speed of sound. A kernel
    /// that has no use for one of the last three has null.
    final double[][] inverse;

    final double[][][] velocity;
    final double[][] pressure;
    final double[][] potential;
    final double[][] kinetic;
    final double[][] energy;
    final double[][] sound;

    private final int rowsY;
    private final int rowsZ;

    /// What a kernel wants derived beside the common fields.
    enum Extra {
        NONE,
        SOUND,
        ENERGIES
    }

    Cell(int size, int[] origin, int[] extent, Extra extra) {
        this.size = size;
        this.ox = origin[0];
        this.oy = origin[1];
        this.oz = origin[2];
        this.nx = extent[0];
        this.ny = extent[1];
        this.nz = extent[2];
        this.rowsY = ny + 2 * GHOST;
        this.rowsZ = nz + 2 * GHOST;
        this.low = new int[3];
        this.high = new int[3];
        for (int d = 0; d < 3; d++) {
            low[d] = Math.max(0, 1 - origin[d]);
            high[d] = Math.min(extent[d], size - 1 - origin[d]);
        }
        this.u = fields(5);
        this.rhs = fields(5);
        this.forcing = fields(5);
        this.inverse = field();
        this.velocity = fields(3);
        this.pressure = field();
        this.potential = field();
        this.kinetic = extra == Extra.ENERGIES ? field() : null;
        this.energy = extra == Extra.ENERGIES ? field() : null;
        this.sound = extra == Extra.SOUND ? field() : null;
        for (double[] row : u[0]) {
            Arrays.fill(row, 1.0);
        }
    }

    /// Heap of a cell with these extents, in bytes.
    static long bytes(long nx, long ny, long nz, Extra extra) {
        long fields = 15 + 6 + (extra == Extra.ENERGIES ? 2 : extra == Extra.SOUND ? 1 : 0);
        return fields * (ny + 4) * (nz + 4) * ((nx + 4) * Double.BYTES + 16 + 4);
    }

    private double[][][] fields(int count) {
        double[][][] made = new double[count][][];
        for (int m = 0; m < count; m++) {
            made[m] = field();
        }
        return made;
    }

    private double[][] field() {
        return new double[rowsY * rowsZ][nx + 2 * GHOST];
    }

    /// Which row of a field holds the points (., j, k).
    int row(int j, int k) {
        return (k + GHOST) * rowsY + j + GHOST;
    }

    int extent(int direction) {
        return direction == 0 ? nx : direction == 1 ? ny : nz;
    }

    int origin(int direction) {
        return direction == 0 ? ox : direction == 1 ? oy : oz;
    }

    /// Sets the initial values of all own points.
    void initialise(ExactSolution exact) {
        for (int k = 0; k < nz; k++) {
            for (int j = 0; j < ny; j++) {
                for (int m = 0; m < 5; m++) {
                    double[] row = u[m][row(j, k)];
                    for (int i = 0; i < nx; i++) {
                        row[i + GHOST] = exact.initial(m, i + ox, j + oy, k + oz);
                    }
                }
            }
        }
    }

    /// Sets all own points and the ghosts within the whole grid to the exact solution.
    void setExact(ExactSolution exact) {
        for (int k = -GHOST; k < nz + GHOST; k++) {
            for (int j = -GHOST; j < ny + GHOST; j++) {
                for (int i = -GHOST; i < nx + GHOST; i++) {
                    if (inside(i + ox) && inside(j + oy) && inside(k + oz)) {
                        for (int m = 0; m < 5; m++) {
                            u[m][row(j, k)][i + GHOST] = exact.at(m, i + ox, j + oy, k + oz);
                        }
                    }
                }
            }
        }
    }

    private boolean inside(int global) {
        return global >= 0 && global < size;
    }

    /// Adds the squares of the distance from the exact solution to `sums`, one for each component.
    void addErrorSquares(ExactSolution exact, double[] sums) {
        for (int k = low[2]; k < high[2]; k++) {
            for (int j = low[1]; j < high[1]; j++) {
                for (int m = 0; m < 5; m++) {
                    double[] row = u[m][row(j, k)];
                    double sum = 0;
                    for (int i = low[0]; i < high[0]; i++) {
                        double error = row[i + GHOST] - exact.at(m, i + ox, j + oy, k + oz);
                        sum += error * error;
                    }
                    sums[m] += sum;
                }
            }
        }
    }

    /// Adds the squares of the right-hand side to `sums`, one for each component.
    void addResidualSquares(double[] sums) {
        for (int k = low[2]; k < high[2]; k++) {
            for (int j = low[1]; j < high[1]; j++) {
                for (int m = 0; m < 5; m++) {
                    double[] row = rhs[m][row(j, k)];
                    double sum = 0;
                    for (int i = low[0] + GHOST; i < high[0] + GHOST; i++) {
                        sum += row[i] * row[i];
                    }
                    sums[m] += sum;
                }
            }
        }
    }

    /// `u += factor * rhs` at the inner points.
    void update(double factor) {
        for (int k = low[2]; k < high[2]; k++) {
            for (int j = low[1]; j < high[1]; j++) {
                int row = row(j, k);
                for (int m = 0; m < 5; m++) {
                    add(u[m][row], rhs[m][row], factor, low[0] + GHOST, high[0] + GHOST);
                }
            }
        }
    }

    private static void add(double[] to, double[] from, double factor, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] += factor * from[i];
        }
    }
}
