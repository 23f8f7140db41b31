package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// SP's changes of variables that need the flow itself: into the characteristic variables of the first
/// direction before the solves, and from those of the third back to the conserved ones after them (the
/// eigenvectors of RNR-94-007, section 4.6).
final class Characteristics {
    private static final double ROOT_HALF = Math.sqrt(0.5);

    private Characteristics() {}

    /// Conserved variables into the characteristic ones of the first direction.
    static void into(Cell cell) {
        for (int k = cell.low[2]; k < cell.high[2]; k++) {
            for (int j = cell.low[1]; j < cell.high[1]; j++) {
                int row = cell.row(j, k);
                into(
                        cell.rhs[0][row],
                        cell.rhs[1][row],
                        cell.rhs[2][row],
                        cell.rhs[3][row],
                        cell.rhs[4][row],
                        cell.velocity[0][row],
                        cell.velocity[1][row],
                        cell.velocity[2][row],
                        cell.inverse[row],
                        cell.sound[row],
                        cell.low[0] + GHOST,
                        cell.high[0] + GHOST);
            }
        }
    }

    private static void into(
            double[] r0,
            double[] r1,
            double[] r2,
            double[] r3,
            double[] r4,
            double[] x,
            double[] y,
            double[] z,
            double[] inverse,
            double[] sound,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            double kinetic = 0.5 * (x[i] * x[i] + y[i] * y[i] + z[i] * z[i]);
            double pressure = FlowModel.C2 * (kinetic * r0[i] - x[i] * r1[i] - y[i] * r2[i] - z[i] * r3[i] + r4[i]);
            double entropy = pressure / (sound[i] * sound[i]);
            double mean = ROOT_HALF * inverse[i] * sound[i] * entropy;
            double normal = ROOT_HALF * inverse[i] * (x[i] * r0[i] - r1[i]);
            r1[i] = -inverse[i] * (z[i] * r0[i] - r3[i]);
            r2[i] = inverse[i] * (y[i] * r0[i] - r2[i]);
            r3[i] = mean - normal;
            r4[i] = mean + normal;
            r0[i] -= entropy;
        }
    }

    /// Characteristic variables of the third direction into the conserved ones.
    static void outOf(Cell cell) {
        for (int k = cell.low[2]; k < cell.high[2]; k++) {
            for (int j = cell.low[1]; j < cell.high[1]; j++) {
                int row = cell.row(j, k);
                outOf(
                        cell.rhs[0][row],
                        cell.rhs[1][row],
                        cell.rhs[2][row],
                        cell.rhs[3][row],
                        cell.rhs[4][row],
                        cell.velocity[0][row],
                        cell.velocity[1][row],
                        cell.velocity[2][row],
                        cell.u[0][row],
                        cell.sound[row],
                        cell.low[0] + GHOST,
                        cell.high[0] + GHOST);
            }
        }
    }

    private static void outOf(
            double[] r0,
            double[] r1,
            double[] r2,
            double[] r3,
            double[] r4,
            double[] x,
            double[] y,
            double[] z,
            double[] rho,
            double[] sound,
            int begin,
            int end) {
        double overC2 = 1 / FlowModel.C2;
        for (int i = begin; i < end; i++) {
            double weight = ROOT_HALF * rho[i];
            double sum = weight * (r3[i] + r4[i]) / sound[i];
            double difference = weight * (r3[i] - r4[i]);
            double density = r2[i] + sum;
            double kinetic = 0.5 * (x[i] * x[i] + y[i] * y[i] + z[i] * z[i]);
            double shearX = rho[i] * r1[i];
            double shearY = rho[i] * r0[i];
            r4[i] = overC2 * sound[i] * sound[i] * sum
                    + z[i] * difference
                    + (y[i] * shearY - x[i] * shearX)
                    + kinetic * density;
            r3[i] = z[i] * density + difference;
            r2[i] = y[i] * density + shearY;
            r1[i] = x[i] * density - shearX;
            r0[i] = density;
        }
    }
}
