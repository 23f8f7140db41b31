package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// The right-hand side: `dt * (forcing - flow)`, where flow is the specification's convective and viscous
/// fluxes by second-order central differences and its fourth-order dissipation (RNR-94-007, sections 4.3
/// and 4.4). `dt` is in the coefficients.
///
/// One row of points at a time, one direction after the other, and one loop for each component: a
/// loop has all that the component's flux needs, so that its sum is read and written once. The
/// compiler vectorises loops over so many arrays only with the options of
/// [org.vnetp.nas.kernel.KernelJvm]. The three directions are one code: a direction names which
/// momentum is the normal one and brings the neighbouring rows. Along the rows themselves the
/// neighbours are copies shifted by one and two points: the compiler vectorises no loop that reads
/// other points of arrays which might be the one it writes.
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
    private final double[][] shifted;
    /// Weights of the five points in the direction at hand, for the row at hand.
    private double wa;

    private double wb;
    private double wc;
    private double wd;
    private double we;

    /// @param longestRow points in the longest row of any cell, without ghosts
    Residual(FlowModel model, int longestRow) {
        this.model = model;
        this.shifted = new double[2 * VALUES + 10][longestRow + 2 * GHOST];
    }

    /// Sets the cell's forcing so that the exact solution is the steady state. Overwrites `u` and `rhs`.
    void makeForcing(Cell cell, ExactSolution exact) {
        cell.setExact(exact);
        DerivedFields.of(cell);
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
        for (int m = 0; m < 5; m++) {
            System.arraycopy(cell.forcing[m][row], begin, cell.rhs[m][row], begin, end - begin);
        }
        alongRow(cell, row, begin, end);
        mendEnds(cell, row);
        for (int direction = 1; direction < 3; direction++) {
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

    /// Second difference and fourth-order dissipation at the global index `g`. Near the boundary the
    /// dissipation is one-sided.
    private void weigh(int direction, int g) {
        double second = model.second * model.diffusion(direction);
        double fourth = model.dt * FlowModel.DISSIPATION;
        int last = model.size - 1;
        wa = g <= 2 ? 0 : -fourth;
        wb = second + (g == 1 ? 0 : 4 * fourth);
        wc = -2 * second - (g == 1 || g == last - 1 ? 5 : 6) * fourth;
        wd = second + (g == last - 1 ? 0 : 4 * fourth);
        we = g >= last - 2 ? 0 : -fourth;
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

    /// Neighbours of the row's own direction, with inner weights everywhere.
    private void alongRow(Cell cell, int row, int begin, int end) {
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

    /// Adds the direction that the neighbours at hand belong to.
    private void accumulate(Cell cell, int direction, int row, int begin, int end) {
        mass(cell.rhs[0][row], begin, end);
        normal(cell.rhs[component(direction, 1)][row], begin, end);
        tangential(cell.rhs[component(direction, 2)][row], 2, begin, end);
        tangential(cell.rhs[component(direction, 3)][row], 3, begin, end);
        energy(cell.rhs[4][row], begin, end);
    }

    private void mass(double[] r, int begin, int end) {
        double[] a = before2[0];
        double[] b = before[0];
        double[] c = here[0];
        double[] d = after[0];
        double[] e = after2[0];
        double[] mb = before[1];
        double[] ma = after[1];
        double weightA = wa;
        double weightB = wb;
        double weightC = wc;
        double weightD = wd;
        double weightE = we;
        double first = model.first;
        for (int i = begin; i < end; i++) {
            r[i] += (weightA * a[i] + weightB * b[i] + weightC * c[i] + weightD * d[i] + weightE * e[i])
                    - first * (ma[i] - mb[i]);
        }
    }

    private void normal(double[] r, int begin, int end) {
        double[] a = before2[1];
        double[] b = before[1];
        double[] c = here[1];
        double[] d = after[1];
        double[] e = after2[1];
        double[] vb = before[5];
        double[] v = here[5];
        double[] va = after[5];
        double[] pb = before[8];
        double[] pa = after[8];
        double weightA = wa;
        double weightB = wb;
        double weightC = wc;
        double weightD = wd;
        double weightE = we;
        double first = model.first;
        double viscous = model.second * FlowModel.MU_NORMAL;
        for (int i = begin; i < end; i++) {
            r[i] += (weightA * a[i] + weightB * b[i] + weightC * c[i] + weightD * d[i] + weightE * e[i])
                    - first * ((d[i] * va[i] + pa[i]) - (b[i] * vb[i] + pb[i]))
                    + viscous * (vb[i] - 2.0 * v[i] + va[i]);
        }
    }

    private void tangential(double[] r, int m, int begin, int end) {
        double[] a = before2[m];
        double[] b = before[m];
        double[] c = here[m];
        double[] d = after[m];
        double[] e = after2[m];
        double[] vb = before[5];
        double[] va = after[5];
        double[] tb = before[4 + m];
        double[] t = here[4 + m];
        double[] ta = after[4 + m];
        double weightA = wa;
        double weightB = wb;
        double weightC = wc;
        double weightD = wd;
        double weightE = we;
        double first = model.first;
        double viscous = model.second * FlowModel.MU;
        for (int i = begin; i < end; i++) {
            r[i] += (weightA * a[i] + weightB * b[i] + weightC * c[i] + weightD * d[i] + weightE * e[i])
                    - first * (d[i] * va[i] - b[i] * vb[i])
                    + viscous * (tb[i] - 2.0 * t[i] + ta[i]);
        }
    }

    private void energy(double[] r, int begin, int end) {
        double[] a = before2[4];
        double[] b = before[4];
        double[] c = here[4];
        double[] d = after[4];
        double[] e = after2[4];
        double[] vb = before[5];
        double[] v = here[5];
        double[] va = after[5];
        double[] pb = before[8];
        double[] pa = after[8];
        double[] gb = before[9];
        double[] g = here[9];
        double[] ga = after[9];
        double weightA = wa;
        double weightB = wb;
        double weightC = wc;
        double weightD = wd;
        double weightE = we;
        double first = model.first;
        double viscous = model.second * FlowModel.MU;
        double sixth = viscous / 6.0;
        for (int i = begin; i < end; i++) {
            r[i] += (weightA * a[i] + weightB * b[i] + weightC * c[i] + weightD * d[i] + weightE * e[i])
                    - first * ((d[i] + pa[i]) * va[i] - (b[i] + pb[i]) * vb[i])
                    + viscous * (gb[i] - 2.0 * g[i] + ga[i])
                    + sixth * (vb[i] * vb[i] - 2.0 * v[i] * v[i] + va[i] * va[i]);
        }
    }
}
