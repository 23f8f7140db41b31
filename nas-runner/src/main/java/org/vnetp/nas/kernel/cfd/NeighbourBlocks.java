package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// The off-diagonal blocks of LU's matrix between rows: what the row before or behind in the second
/// and the third direction adds to a row, as formulas in the flow there (RNR-94-007, section 4.7).
final class NeighbourBlocks {
    private final FlowModel model;
    private final Cell cell;
    private final double omega;
    private final double[] relative;
    private final double[] pressure;
    private final double[][] values = new double[5][];
    private final double[][] target = new double[5][];
    private final double[][] flow = new double[6][];

    /// @param omega the over-relaxation that all blocks are multiplied with
    NeighbourBlocks(FlowModel model, Cell cell, double omega) {
        this.model = model;
        this.cell = cell;
        this.omega = omega;
        int length = cell.nx + 2 * GHOST;
        this.relative = new double[length];
        this.pressure = new double[length];
    }

    /// Subtracts from a row (`to`, or the right-hand side where that is null) the neighbour row's values
    /// times its block times omega.
    ///
    /// @param first omega times the weight of first differences, negative for a neighbour behind
    void subtract(int direction, int neighbour, int row, double[][] to, double first, int begin, int end) {
        for (int m = 0; m < 5; m++) {
            int component = Residual.component(direction, m);
            values[m] = cell.rhs[component][neighbour];
            target[m] = to == null ? cell.rhs[component][row] : to[component];
        }
        for (int m = 1; m <= 3; m++) {
            flow[m] = cell.velocity[Residual.component(direction, m) - 1][neighbour];
        }
        flow[0] = cell.inverse[neighbour];
        flow[4] = cell.kinetic[neighbour];
        flow[5] = cell.energy[neighbour];
        double second = omega * model.second;
        double diffuse = second * model.diffusion(direction);
        relative(relative, flow[1], values[0], values[1], begin, end);
        pressureChange(pressure, flow, values, begin, end);
        mass(target[0], values[0], values[1], first, diffuse, begin, end);
        normal(target[1], values[1], relative, pressure, flow[0], flow[1], first, second, diffuse, begin, end);
        tangential(
                target[2], values[0], values[2], relative, flow[0], flow[1], flow[2], first, second, diffuse, begin,
                end);
        tangential(
                target[3], values[0], values[3], relative, flow[0], flow[1], flow[3], first, second, diffuse, begin,
                end);
        enthalpy(target[4], values[4], relative, pressure, flow[1], flow[4], flow[5], first, diffuse, begin, end);
        heat(target[4], values[0], values[4], relative, flow[0], flow[1], flow[5], second, begin, end);
        double tangential = second * (FlowModel.MU - FlowModel.KAPPA);
        work(target[4], values[0], values[2], flow[0], flow[2], tangential, begin, end);
        work(target[4], values[0], values[3], flow[0], flow[3], tangential, begin, end);
    }

    private static void relative(double[] to, double[] w, double[] density, double[] momentum, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = momentum[i] - w[i] * density[i];
        }
    }

    private static void pressureChange(double[] to, double[][] flow, double[][] v, int begin, int end) {
        partialPressure(to, flow[4], flow[1], v[0], v[1], v[4], begin, end);
        subtractWork(to, flow[2], flow[3], v[2], v[3], begin, end);
    }

    private static void partialPressure(
            double[] to, double[] q, double[] w, double[] v0, double[] v1, double[] v4, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = FlowModel.C2 * (q[i] * v0[i] - w[i] * v1[i] + v4[i]);
        }
    }

    private static void subtractWork(
            double[] to, double[] a, double[] b, double[] v2, double[] v3, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] -= FlowModel.C2 * (a[i] * v2[i] + b[i] * v3[i]);
        }
    }

    private static void mass(double[] to, double[] v0, double[] v1, double first, double diffuse, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] -= first * v1[i] - diffuse * v0[i];
        }
    }

    private static void normal(
            double[] to,
            double[] v1,
            double[] relative,
            double[] pressure,
            double[] r,
            double[] w,
            double first,
            double second,
            double diffuse,
            int begin,
            int end) {
        double viscous = second * FlowModel.MU_NORMAL;
        for (int i = begin; i < end; i++) {
            to[i] -= first * (w[i] * (v1[i] + relative[i]) + pressure[i])
                    - viscous * r[i] * relative[i]
                    - diffuse * v1[i];
        }
    }

    private static void tangential(
            double[] to,
            double[] v0,
            double[] v,
            double[] relative,
            double[] r,
            double[] w,
            double[] a,
            double first,
            double second,
            double diffuse,
            int begin,
            int end) {
        double viscous = second * FlowModel.MU;
        for (int i = begin; i < end; i++) {
            to[i] -= first * (a[i] * relative[i] + w[i] * v[i])
                    - viscous * r[i] * (v[i] - a[i] * v0[i])
                    - diffuse * v[i];
        }
    }

    private static void enthalpy(
            double[] to,
            double[] v4,
            double[] relative,
            double[] pressure,
            double[] w,
            double[] q,
            double[] e,
            double first,
            double diffuse,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            double h = FlowModel.C1 * e[i] - FlowModel.C2 * q[i];
            to[i] -= first * (h * relative[i] + w[i] * (v4[i] + pressure[i])) - diffuse * v4[i];
        }
    }

    private static void heat(
            double[] to,
            double[] v0,
            double[] v4,
            double[] relative,
            double[] r,
            double[] w,
            double[] e,
            double second,
            int begin,
            int end) {
        double normal = second * (FlowModel.MU_NORMAL - FlowModel.KAPPA);
        double kappa = second * FlowModel.KAPPA;
        for (int i = begin; i < end; i++) {
            to[i] += r[i] * (normal * w[i] * relative[i] + kappa * (v4[i] - e[i] * v0[i]));
        }
    }

    private static void work(
            double[] to, double[] v0, double[] v, double[] r, double[] a, double factor, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] += factor * r[i] * a[i] * (v[i] - a[i] * v0[i]);
        }
    }
}
