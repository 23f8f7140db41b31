package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// The right-hand side: `dt * (forcing - flow)`, where flow is the specification's convective and viscous
/// fluxes by second-order central differences and its fourth-order dissipation (RNR-94-007, sections 4.3
/// and 4.4). `dt` is in the coefficients.
///
/// One row of points at a time, one direction after the other. The three directions are one code: a
/// direction names which momentum is the normal one and brings the neighbouring rows. Along the rows
/// themselves the neighbours are copies shifted by one and two points.
final class Residual {
    /// A row's neighbours hold these, in this order: the five components as the direction sees them
    /// (density, normal momentum, the other two, energy), normal velocity and the other two, pressure,
    /// potential.
    private static final int VALUES = 10;

    private final FlowModel model;
    private final double[][] before2 = new double[5][];
    private final double[][] before = new double[VALUES][];
    private final double[][] here = new double[VALUES][];
    private final double[][] after = new double[VALUES][];
    private final double[][] after2 = new double[5][];
    private final double[][] out = new double[5][];
    private final double[][] shifted;
    /// Weights of the five points in the direction at hand, for the row at hand.
    private final double[] weight = new double[5];

    /// @param longestRow points in the longest row of any cell, without ghosts
    Residual(FlowModel model, int longestRow) {
        this.model = model;
        this.shifted = new double[2 * VALUES + 10][longestRow + 2 * GHOST];
    }

    /// Sets the cell's forcing so that the exact solution is the steady state. Overwrites `u` and `rhs`.
    void makeForcing(Cell cell, ExactSolution exact) {
        cell.setExact(exact);
        derive(cell);
        compute(cell);
        for (int m = 0; m < 5; m++) {
            for (int row = 0; row < cell.forcing[m].length; row++) {
                double[] from = cell.rhs[m][row];
                double[] to = cell.forcing[m][row];
                for (int i = 0; i < to.length; i++) {
                    to[i] = -from[i];
                }
            }
        }
    }

    /// Computes the fields that are functions of `u`, at all own points and one layer of ghosts.
    void derive(Cell cell) {
        for (int k = -1; k <= cell.nz; k++) {
            for (int j = -1; j <= cell.ny; j++) {
                int row = cell.row(j, k);
                deriveRow(cell, row, GHOST - 1, cell.nx + GHOST + 1);
            }
        }
    }

    private static void deriveRow(Cell cell, int row, int begin, int end) {
        double[] inverse = cell.inverse[row];
        double[] x = cell.velocity[0][row];
        double[] y = cell.velocity[1][row];
        double[] z = cell.velocity[2][row];
        double[] total = cell.u[4][row];
        reciprocal(inverse, cell.u[0][row], begin, end);
        product(x, cell.u[1][row], inverse, begin, end);
        product(y, cell.u[2][row], inverse, begin, end);
        product(z, cell.u[3][row], inverse, begin, end);
        double[] pressure = cell.pressure[row];
        double[] potential = cell.potential[row];
        pressure(pressure, x, y, z, total, cell.u[0][row], begin, end);
        potential(potential, x, y, z, total, inverse, begin, end);
        if (cell.sound != null) {
            sound(cell.sound[row], pressure, inverse, begin, end);
        }
        if (cell.kinetic != null) {
            kinetic(cell.kinetic[row], x, y, z, begin, end);
            product(cell.energy[row], total, inverse, begin, end);
        }
    }

    /// Computes `rhs` at the inner points from `u`, its derived fields and the forcing.
    void compute(Cell cell) {
        for (int k = cell.low[2]; k < cell.high[2]; k++) {
            for (int j = cell.low[1]; j < cell.high[1]; j++) {
                computeRow(cell, j, k);
            }
        }
    }

    private void computeRow(Cell cell, int j, int k) {
        int row = cell.row(j, k);
        int begin = cell.low[0] + GHOST;
        int end = cell.high[0] + GHOST;
        for (int direction = 2; direction > 0; direction--) {
            int step = direction == 1 ? 1 : cell.row(0, 1) - cell.row(0, 0);
            // A row next to the grid's boundary must not reach beyond the ghosts: its farther neighbours
            // have weight 0.
            look(cell, direction, row, before, -step);
            look(cell, direction, row, here, 0);
            look(cell, direction, row, after, step);
            lookFar(cell, direction, row, before2, -2 * step);
            lookFar(cell, direction, row, after2, 2 * step);
            weigh(direction, cell.origin(direction) + (direction == 1 ? j : k));
            accumulate(cell, direction, row, begin, end);
        }
        look(cell, 0, row, here, 0);
        int length = cell.nx + 2 * GHOST;
        for (int v = 0; v < VALUES; v++) {
            before[v] = shift(v, here[v], 1, length);
            after[v] = shift(VALUES + v, here[v], -1, length);
        }
        for (int m = 0; m < 5; m++) {
            before2[m] = shift(2 * VALUES + m, here[m], 2, length);
            after2[m] = shift(2 * VALUES + 5 + m, here[m], -2, length);
        }
        weigh(0, 3);
        accumulate(cell, 0, row, begin, end);
        mendEnds(cell, row);
    }

    /// The momentum `direction` sees as its number `m`: 0 density, 1 normal, 2 and 3 the others in turn, 4
    /// energy.
    static int component(int direction, int m) {
        return m == 0 || m == 4 ? m : 1 + (direction + m - 1) % 3;
    }

    private static void look(Cell cell, int direction, int row, double[][] at, int step) {
        for (int m = 0; m < 5; m++) {
            at[m] = cell.u[component(direction, m)][row + step];
        }
        for (int m = 1; m <= 3; m++) {
            at[4 + m] = cell.velocity[component(direction, m) - 1][row + step];
        }
        at[8] = cell.pressure[row + step];
        at[9] = cell.potential[row + step];
    }

    private static void lookFar(Cell cell, int direction, int row, double[][] at, int step) {
        for (int m = 0; m < 5; m++) {
            at[m] = cell.u[component(direction, m)][row + step];
        }
    }

    private double[] shift(int buffer, double[] from, int by, int length) {
        double[] to = shifted[buffer];
        if (by > 0) {
            System.arraycopy(from, 0, to, by, length - by);
        } else {
            System.arraycopy(from, -by, to, 0, length + by);
        }
        return to;
    }

    /// Second difference and fourth-order dissipation at the global index `g`. Near the boundary the
    /// dissipation is one-sided.
    private void weigh(int direction, int g) {
        double second = model.second * model.diffusion(direction);
        double fourth = model.dt * FlowModel.DISSIPATION;
        int last = model.size - 1;
        weight[0] = g <= 2 ? 0 : -fourth;
        weight[1] = second + (g == 1 ? 0 : 4 * fourth);
        weight[2] = -2 * second - (g == 1 || g == last - 1 ? 5 : 6) * fourth;
        weight[3] = second + (g == last - 1 ? 0 : 4 * fourth);
        weight[4] = g >= last - 2 ? 0 : -fourth;
    }

    /// The rows' own direction was computed with inner weights everywhere: puts the four points next to the
    /// boundary right.
    private void mendEnds(Cell cell, int row) {
        double fourth = model.dt * FlowModel.DISSIPATION;
        int last = model.size - 1;
        for (int end = 0; end < 2; end++) {
            int boundary = (end == 0 ? 0 : last) - cell.ox + GHOST;
            int inward = end == 0 ? 1 : -1;
            for (int distance = 1; distance <= 2; distance++) {
                int i = boundary + distance * inward;
                if (i < cell.low[0] + GHOST || i >= cell.high[0] + GHOST) {
                    continue;
                }
                for (int m = 0; m < 5; m++) {
                    double[] u = cell.u[m][row];
                    double had = distance == 1 ? u[i - 2 * inward] - 4 * u[i - inward] + 6 * u[i] : u[i - 2 * inward];
                    double wanted = distance == 1 ? 5 * u[i] : 0;
                    cell.rhs[m][row][i] += fourth * (had - wanted);
                }
            }
        }
    }

    private void accumulate(Cell cell, int direction, int row, int begin, int end) {
        for (int m = 0; m < 5; m++) {
            out[m] = cell.rhs[component(direction, m)][row];
            // The first direction begins with the forcing, the others go on with what is there.
            double[] from = direction == 2 ? cell.forcing[component(direction, m)][row] : out[m];
            fivePoints(out[m], from, before2[m], before[m], here[m], after[m], after2[m], weight, begin, end);
        }
        double first = model.first;
        double mu = model.second * FlowModel.MU;
        mass(out[0], before[1], after[1], first, begin, end);
        normal(out[1], before, here, after, first, model.second * FlowModel.MU_NORMAL, begin, end);
        tangential(out[2], before, here, after, 2, first, mu, begin, end);
        tangential(out[3], before, here, after, 3, first, mu, begin, end);
        enthalpy(out[4], before[4], before[8], before[5], after[4], after[8], after[5], first, begin, end);
        heat(out[4], before[9], here[9], after[9], before[5], here[5], after[5], mu, begin, end);
    }

    private static void fivePoints(
            double[] r,
            double[] from,
            double[] a,
            double[] b,
            double[] c,
            double[] d,
            double[] e,
            double[] weight,
            int begin,
            int end) {
        double wa = weight[0];
        double wb = weight[1];
        double wc = weight[2];
        double wd = weight[3];
        double we = weight[4];
        for (int i = begin; i < end; i++) {
            r[i] = from[i] + (wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i] + we * e[i]);
        }
    }

    private static void mass(double[] r, double[] before, double[] after, double first, int begin, int end) {
        for (int i = begin; i < end; i++) {
            r[i] -= first * (after[i] - before[i]);
        }
    }

    private static void normal(
            double[] r,
            double[][] before,
            double[][] here,
            double[][] after,
            double first,
            double viscous,
            int begin,
            int end) {
        flux(r, before[1], before[5], after[1], after[5], first, begin, end);
        mass(r, before[8], after[8], first, begin, end);
        secondDifference(r, before[5], here[5], after[5], viscous, begin, end);
    }

    private static void tangential(
            double[] r,
            double[][] before,
            double[][] here,
            double[][] after,
            int m,
            double first,
            double viscous,
            int begin,
            int end) {
        flux(r, before[m], before[5], after[m], after[5], first, begin, end);
        secondDifference(r, before[4 + m], here[4 + m], after[4 + m], viscous, begin, end);
    }

    private static void flux(
            double[] r, double[] mb, double[] vb, double[] ma, double[] va, double first, int begin, int end) {
        for (int i = begin; i < end; i++) {
            r[i] -= first * (ma[i] * va[i] - mb[i] * vb[i]);
        }
    }

    private static void secondDifference(
            double[] r, double[] before, double[] here, double[] after, double factor, int begin, int end) {
        for (int i = begin; i < end; i++) {
            r[i] += factor * (before[i] - 2.0 * here[i] + after[i]);
        }
    }

    private static void enthalpy(
            double[] r,
            double[] eb,
            double[] pb,
            double[] vb,
            double[] ea,
            double[] pa,
            double[] va,
            double first,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            r[i] -= first * ((ea[i] + pa[i]) * va[i] - (eb[i] + pb[i]) * vb[i]);
        }
    }

    private static void heat(
            double[] r,
            double[] gb,
            double[] g,
            double[] ga,
            double[] vb,
            double[] v,
            double[] va,
            double factor,
            int begin,
            int end) {
        double sixth = factor / 6.0;
        for (int i = begin; i < end; i++) {
            r[i] += factor * (gb[i] - 2.0 * g[i] + ga[i]) + sixth * (vb[i] * vb[i] - 2.0 * v[i] * v[i] + va[i] * va[i]);
        }
    }

    private static void reciprocal(double[] to, double[] of, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = 1.0 / of[i];
        }
    }

    private static void product(double[] to, double[] a, double[] b, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = a[i] * b[i];
        }
    }

    private static void kinetic(double[] to, double[] x, double[] y, double[] z, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = 0.5 * (x[i] * x[i] + y[i] * y[i] + z[i] * z[i]);
        }
    }

    private static void pressure(
            double[] to, double[] x, double[] y, double[] z, double[] energy, double[] density, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = FlowModel.C2 * (energy[i] - 0.5 * density[i] * (x[i] * x[i] + y[i] * y[i] + z[i] * z[i]));
        }
    }

    private static void potential(
            double[] to, double[] x, double[] y, double[] z, double[] energy, double[] inverse, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = FlowModel.KINETIC * 0.5 * (x[i] * x[i] + y[i] * y[i] + z[i] * z[i])
                    + FlowModel.HEAT * energy[i] * inverse[i];
        }
    }

    private static void sound(double[] to, double[] pressure, double[] inverse, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = Math.sqrt(FlowModel.C1 * pressure[i] * inverse[i]);
        }
    }
}
