package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// The fields of a cell that are functions of its `u` (see [Cell#inverse] and the ones after it).
final class DerivedFields {
    private DerivedFields() {}

    /// Computes them at all own points and one layer of ghosts.
    static void of(Cell cell) {
        int begin = GHOST - 1;
        int end = cell.nx + GHOST + 1;
        for (int k = -1; k <= cell.nz; k++) {
            for (int j = -1; j <= cell.ny; j++) {
                int row = cell.row(j, k);
                double[] inverse = cell.inverse[row];
                double[] x = cell.velocity[0][row];
                double[] y = cell.velocity[1][row];
                double[] z = cell.velocity[2][row];
                double[] energy = cell.u[4][row];
                velocities(
                        inverse, x, y, z, cell.u[0][row], cell.u[1][row], cell.u[2][row], cell.u[3][row], begin, end);
                pressures(
                        cell.pressure[row], cell.potential[row], cell.u[0][row], energy, inverse, x, y, z, begin, end);
                if (cell.sound != null) {
                    sound(cell.sound[row], cell.pressure[row], inverse, begin, end);
                }
                if (cell.kinetic != null) {
                    energies(cell.kinetic[row], cell.energy[row], x, y, z, energy, inverse, begin, end);
                }
            }
        }
    }

    private static void velocities(
            double[] inverse,
            double[] x,
            double[] y,
            double[] z,
            double[] density,
            double[] u1,
            double[] u2,
            double[] u3,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            double r = 1.0 / density[i];
            inverse[i] = r;
            x[i] = u1[i] * r;
            y[i] = u2[i] * r;
            z[i] = u3[i] * r;
        }
    }

    private static void pressures(
            double[] pressure,
            double[] potential,
            double[] density,
            double[] energy,
            double[] inverse,
            double[] x,
            double[] y,
            double[] z,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            double kinetic = 0.5 * (x[i] * x[i] + y[i] * y[i] + z[i] * z[i]);
            pressure[i] = FlowModel.C2 * (energy[i] - density[i] * kinetic);
            potential[i] = FlowModel.KINETIC * kinetic + FlowModel.HEAT * energy[i] * inverse[i];
        }
    }

    private static void sound(double[] to, double[] pressure, double[] inverse, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = Math.sqrt(FlowModel.C1 * pressure[i] * inverse[i]);
        }
    }

    private static void energies(
            double[] kinetic,
            double[] energy,
            double[] x,
            double[] y,
            double[] z,
            double[] total,
            double[] inverse,
            int begin,
            int end) {
        for (int i = begin; i < end; i++) {
            kinetic[i] = 0.5 * (x[i] * x[i] + y[i] * y[i] + z[i] * z[i]);
            energy[i] = total[i] * inverse[i];
        }
    }
}
