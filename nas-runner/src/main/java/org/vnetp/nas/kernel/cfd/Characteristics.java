package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// SP's changes of variables that need the flow itself: into the characteristic variables of the first
/// direction before the solves, and from those of the third back to the conserved ones after them (the
/// eigenvectors of RNR-94-007, section 4.6).
final class Characteristics {
    private static final double ROOT_HALF = Math.sqrt(0.5);

    private final double[] sum;
    private final double[] difference;
    private final double[] density;

    Characteristics(int longestRow) {
        int length = longestRow + 2 * GHOST;
        this.sum = new double[length];
        this.difference = new double[length];
        this.density = new double[length];
    }

    /// Conserved variables into the characteristic ones of the first direction.
    void into(Cell cell) {
        int begin = cell.low[0] + GHOST;
        int end = cell.high[0] + GHOST;
        for (int k = cell.low[2]; k < cell.high[2]; k++) {
            for (int j = cell.low[1]; j < cell.high[1]; j++) {
                int row = cell.row(j, k);
                double[] x = cell.velocity[0][row];
                double[] y = cell.velocity[1][row];
                double[] z = cell.velocity[2][row];
                double[] inverse = cell.inverse[row];
                double[] sound = cell.sound[row];
                double[] r0 = cell.rhs[0][row];
                double[] r1 = cell.rhs[1][row];
                double[] r2 = cell.rhs[2][row];
                double[] r3 = cell.rhs[3][row];
                double[] r4 = cell.rhs[4][row];
                kinetic(sum, x, y, z, begin, end);
                pressureChange(sum, x, y, z, r0, r1, r2, r3, r4, begin, end);
                overSoundSquared(sum, sound, begin, end);
                momentumChange(difference, r0, r1, x, inverse, ROOT_HALF, begin, end);
                // The order matters: what is read must not be overwritten yet.
                momentumChange(r1, r0, r3, z, inverse, -1.0, begin, end);
                momentumChange(r2, r0, r2, y, inverse, 1.0, begin, end);
                acoustic(r3, r4, sum, difference, inverse, sound, begin, end);
                subtract(r0, sum, begin, end);
            }
        }
    }

    private static void kinetic(double[] to, double[] x, double[] y, double[] z, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = 0.5 * (x[i] * x[i] + y[i] * y[i] + z[i] * z[i]);
        }
    }

    private static void pressureChange(
            double[] q,
            double[] x,
            double[] y,
            double[] z,
            double[] r0,
            double[] r1,
            double[] r2,
            double[] r3,
            double[] r4,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            q[i] = q[i] * r0[i] - x[i] * r1[i] - y[i] * r2[i] - z[i] * r3[i] + r4[i];
        }
    }

    private static void overSoundSquared(double[] to, double[] sound, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = FlowModel.C2 * to[i] / (sound[i] * sound[i]);
        }
    }

    /// `factor * (velocity * r0 - r) / density`
    private static void momentumChange(
            double[] to,
            double[] r0,
            double[] r,
            double[] velocity,
            double[] inverse,
            double factor,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            to[i] = factor * inverse[i] * (velocity[i] * r0[i] - r[i]);
        }
    }

    private static void acoustic(
            double[] plus,
            double[] minus,
            double[] sum,
            double[] difference,
            double[] inverse,
            double[] sound,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            double mean = ROOT_HALF * inverse[i] * sound[i] * sum[i];
            plus[i] = mean - difference[i];
            minus[i] = mean + difference[i];
        }
    }

    private static void subtract(double[] from, double[] what, int begin, int end) {
        for (int i = begin; i < end; i++) {
            from[i] -= what[i];
        }
    }

    /// Characteristic variables of the third direction into the conserved ones.
    void outOf(Cell cell) {
        int begin = cell.low[0] + GHOST;
        int end = cell.high[0] + GHOST;
        for (int k = cell.low[2]; k < cell.high[2]; k++) {
            for (int j = cell.low[1]; j < cell.high[1]; j++) {
                int row = cell.row(j, k);
                double[] x = cell.velocity[0][row];
                double[] y = cell.velocity[1][row];
                double[] z = cell.velocity[2][row];
                double[] rho = cell.u[0][row];
                double[] sound = cell.sound[row];
                double[] r0 = cell.rhs[0][row];
                double[] r1 = cell.rhs[1][row];
                double[] r2 = cell.rhs[2][row];
                double[] r3 = cell.rhs[3][row];
                double[] r4 = cell.rhs[4][row];
                split(sum, difference, r3, r4, rho, sound, begin, end);
                add(density, r2, sum, begin, end);
                energyOfSound(r4, sum, difference, sound, z, begin, end);
                energyOfShear(r4, r0, r1, rho, x, y, begin, end);
                kinetic(sum, x, y, z, begin, end);
                addProduct(r4, sum, density, begin, end);
                momentum(r3, density, z, difference, begin, end);
                momentumOfShear(r2, density, y, rho, r0, 1.0, begin, end);
                momentumOfShear(r1, density, x, rho, r1, -1.0, begin, end);
                System.arraycopy(density, begin, r0, begin, end - begin);
            }
        }
    }

    private static void split(
            double[] sum,
            double[] difference,
            double[] plus,
            double[] minus,
            double[] rho,
            double[] sound,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            double weight = ROOT_HALF * rho[i];
            sum[i] = weight * (plus[i] + minus[i]) / sound[i];
            difference[i] = weight * (plus[i] - minus[i]);
        }
    }

    private static void add(double[] to, double[] a, double[] b, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = a[i] + b[i];
        }
    }

    private static void energyOfSound(
            double[] to, double[] sum, double[] difference, double[] sound, double[] z, int begin, int end) {
        double inverse = 1 / FlowModel.C2;
        for (int i = begin; i < end; i++) {
            to[i] = inverse * sound[i] * sound[i] * sum[i] + z[i] * difference[i];
        }
    }

    private static void energyOfShear(
            double[] to, double[] r0, double[] r1, double[] rho, double[] x, double[] y, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] += rho[i] * (y[i] * r0[i] - x[i] * r1[i]);
        }
    }

    private static void addProduct(double[] to, double[] a, double[] b, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] += a[i] * b[i];
        }
    }

    private static void momentum(double[] to, double[] density, double[] velocity, double[] more, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = velocity[i] * density[i] + more[i];
        }
    }

    private static void momentumOfShear(
            double[] to,
            double[] density,
            double[] velocity,
            double[] rho,
            double[] shear,
            double sign,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            to[i] = velocity[i] * density[i] + sign * rho[i] * shear[i];
        }
    }
}
