package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

import java.util.Arrays;

/// LU's solver: one symmetric successive over-relaxation sweep down and one up (RNR-94-007, section 4.7).
/// The matrix is split into its block diagonal and its lower and upper block triangles; a triangle's blocks
/// belong to the three neighbours behind (lower sweep) or ahead (upper sweep).
///
/// No block is ever stored. A block is the Jacobian of fluxes, whose product with a vector is a short
/// formula in the flow at the neighbour; the diagonal block has only its diagonal, its first column and its
/// last row, so that solving it is a substitution. Contributions from the planes and rows already done are
/// computed for a whole row at once; only those from the point before in the same row have to go point by
/// point.
final class Ssor {
    static final double OMEGA = 1.2;

    private final FlowModel model;
    private final Cell cell;
    private final PencilExchange exchange;
    private final NeighbourBlocks neighbours;
    private final double[][] increment;
    private final double[] inverseMomentum;
    private final double[] inverseEnergy;

    /// Coefficients of the diagonal block: the constant, and the factors of 1/density for momenta, for heat
    /// and for the work of the velocities.
    private final double diagonalConstant;

    private final double diagonalMomentum;
    private final double diagonalHeat;
    private final double diagonalWork;

    Ssor(FlowModel model, Cell cell, PencilExchange exchange) {
        this.model = model;
        this.cell = cell;
        this.exchange = exchange;
        this.neighbours = new NeighbourBlocks(model, cell, OMEGA);
        int length = cell.nx + 2 * GHOST;
        this.increment = new double[5][length];
        this.inverseMomentum = new double[length];
        this.inverseEnergy = new double[length];
        double t = 2 * model.second;
        this.diagonalConstant = 1 + t * (model.diffusion(0) + model.diffusion(1) + model.diffusion(2));
        this.diagonalMomentum = t * (FlowModel.MU_NORMAL + 2 * FlowModel.MU);
        this.diagonalHeat = t * 3 * FlowModel.KAPPA;
        this.diagonalWork = t * (FlowModel.MU_NORMAL + 2 * FlowModel.MU - 3 * FlowModel.KAPPA);
    }

    /// Both sweeps over the right-hand side, in place.
    void run() {
        for (int k = cell.low[2]; k < cell.high[2]; k++) {
            exchange.receiveWave(0, k);
            for (int j = cell.low[1]; j < cell.high[1]; j++) {
                lowerRow(j, k);
            }
            exchange.sendWave(0, k);
        }
        exchange.flushWaves(0);
        for (int k = cell.high[2] - 1; k >= cell.low[2]; k--) {
            exchange.receiveWave(1, k);
            for (int j = cell.high[1] - 1; j >= cell.low[1]; j--) {
                upperRow(j, k);
            }
            exchange.sendWave(1, k);
        }
        exchange.flushWaves(1);
    }

    private void lowerRow(int j, int k) {
        int row = cell.row(j, k);
        int begin = cell.low[0] + GHOST;
        int end = cell.high[0] + GHOST;
        double first = -OMEGA * model.first;
        if (k > cell.low[2]) {
            neighbours.subtract(2, cell.row(j, k - 1), row, null, first, begin, end);
        }
        neighbours.subtract(1, cell.row(j - 1, k), row, null, first, begin, end);
        diagonalReciprocals(inverseMomentum, inverseEnergy, cell.inverse[row], begin, end);
        lowerLine(
                cell.rhs[0][row],
                cell.rhs[1][row],
                cell.rhs[2][row],
                cell.rhs[3][row],
                cell.rhs[4][row],
                cell.inverse[row],
                cell.velocity[0][row],
                cell.velocity[1][row],
                cell.velocity[2][row],
                cell.kinetic[row],
                cell.energy[row],
                begin,
                end);
    }

    private void upperRow(int j, int k) {
        int row = cell.row(j, k);
        int begin = cell.low[0] + GHOST;
        int end = cell.high[0] + GHOST;
        double first = OMEGA * model.first;
        for (int m = 0; m < 5; m++) {
            Arrays.fill(increment[m], begin, end, 0.0);
        }
        if (k < cell.high[2] - 1) {
            neighbours.subtract(2, cell.row(j, k + 1), row, increment, first, begin, end);
        }
        neighbours.subtract(1, cell.row(j + 1, k), row, increment, first, begin, end);
        diagonalReciprocals(inverseMomentum, inverseEnergy, cell.inverse[row], begin, end);
        upperLine(
                cell.rhs[0][row],
                cell.rhs[1][row],
                cell.rhs[2][row],
                cell.rhs[3][row],
                cell.rhs[4][row],
                cell.inverse[row],
                cell.velocity[0][row],
                cell.velocity[1][row],
                cell.velocity[2][row],
                cell.kinetic[row],
                cell.energy[row],
                begin,
                end);
    }

    private void diagonalReciprocals(double[] momentum, double[] energy, double[] r, int begin, int end) {
        linearReciprocal(momentum, r, diagonalConstant, diagonalMomentum, begin, end);
        linearReciprocal(energy, r, diagonalConstant, diagonalHeat, begin, end);
    }

    private static void linearReciprocal(double[] to, double[] r, double constant, double factor, int begin, int end) {
        for (int i = begin; i < end; i++) {
            to[i] = 1.0 / (constant + factor * r[i]);
        }
    }

    /// Along a row of the lower sweep: subtracts the block of the point before, solves the diagonal block,
    /// goes on.
    private void lowerLine(
            double[] t0,
            double[] t1,
            double[] t2,
            double[] t3,
            double[] t4,
            double[] inverse,
            double[] x,
            double[] y,
            double[] z,
            double[] kinetic,
            double[] energy,
            int begin,
            int end) {
        double first = -OMEGA * model.first;
        double second = OMEGA * model.second;
        double diffuse = second * model.diffusion(0);
        double viscous = second * FlowModel.MU;
        double viscousNormal = second * FlowModel.MU_NORMAL;
        double kappa = second * FlowModel.KAPPA;
        double inverseMass = 1 / diagonalConstant;
        double v0 = t0[begin - 1];
        double v1 = t1[begin - 1];
        double v2 = t2[begin - 1];
        double v3 = t3[begin - 1];
        double v4 = t4[begin - 1];
        double r = inverse[begin - 1];
        double w = x[begin - 1];
        double a = y[begin - 1];
        double b = z[begin - 1];
        double q = kinetic[begin - 1];
        double e = energy[begin - 1];
        for (int i = begin; i < end; i++) {
            double d1 = v1 - w * v0;
            double d2 = v2 - a * v0;
            double d3 = v3 - b * v0;
            double p = FlowModel.C2 * ((q * v0 + v4) - w * v1 - (a * v2 + b * v3));
            double h = FlowModel.C1 * e - FlowModel.C2 * q;
            double s0 = t0[i] - first * v1 + diffuse * v0;
            double s1 = t1[i] - first * (w * (v1 + d1) + p) + viscousNormal * r * d1 + diffuse * v1;
            double s2 = t2[i] - first * (a * d1 + w * v2) + viscous * r * d2 + diffuse * v2;
            double s3 = t3[i] - first * (b * d1 + w * v3) + viscous * r * d3 + diffuse * v3;
            double s4 = t4[i]
                    - first * (h * d1 + w * (v4 + p))
                    + r
                            * ((viscousNormal - kappa) * w * d1
                                    + (viscous - kappa) * (a * d2 + b * d3)
                                    + kappa * (v4 - e * v0))
                    + diffuse * v4;
            r = inverse[i];
            w = x[i];
            a = y[i];
            b = z[i];
            q = kinetic[i];
            e = energy[i];
            double m = inverseMomentum[i];
            double rm = r * diagonalMomentum;
            v0 = s0 * inverseMass;
            v1 = (s1 + rm * w * v0) * m;
            v2 = (s2 + rm * a * v0) * m;
            v3 = (s3 + rm * b * v0) * m;
            v4 = (s4 + r * ((diagonalHeat * e + 2 * diagonalWork * q) * v0 - diagonalWork * (w * v1 + a * v2 + b * v3)))
                    * inverseEnergy[i];
            t0[i] = v0;
            t1[i] = v1;
            t2[i] = v2;
            t3[i] = v3;
            t4[i] = v4;
        }
    }

    /// The mirror image of [#lowerLine], written out on purpose: with the direction a variable, the compiler proves
    /// neither the bounds nor the stride.
    ///
    /// Along a row of the upper sweep, backwards: the increment less the block of the point ahead, through
    /// the diagonal block, is added to the right-hand side.
    private void upperLine(
            double[] t0,
            double[] t1,
            double[] t2,
            double[] t3,
            double[] t4,
            double[] inverse,
            double[] x,
            double[] y,
            double[] z,
            double[] kinetic,
            double[] energy,
            int begin,
            int end) {
        double first = OMEGA * model.first;
        double second = OMEGA * model.second;
        double diffuse = second * model.diffusion(0);
        double viscous = second * FlowModel.MU;
        double viscousNormal = second * FlowModel.MU_NORMAL;
        double kappa = second * FlowModel.KAPPA;
        double inverseMass = 1 / diagonalConstant;
        double[] i0 = increment[0];
        double[] i1 = increment[1];
        double[] i2 = increment[2];
        double[] i3 = increment[3];
        double[] i4 = increment[4];
        double v0 = t0[end];
        double v1 = t1[end];
        double v2 = t2[end];
        double v3 = t3[end];
        double v4 = t4[end];
        double r = inverse[end];
        double w = x[end];
        double a = y[end];
        double b = z[end];
        double q = kinetic[end];
        double e = energy[end];
        for (int i = end - 1; i >= begin; i--) {
            double d1 = v1 - w * v0;
            double d2 = v2 - a * v0;
            double d3 = v3 - b * v0;
            double p = FlowModel.C2 * ((q * v0 + v4) - w * v1 - (a * v2 + b * v3));
            double h = FlowModel.C1 * e - FlowModel.C2 * q;
            double s0 = i0[i] - first * v1 + diffuse * v0;
            double s1 = i1[i] - first * (w * (v1 + d1) + p) + viscousNormal * r * d1 + diffuse * v1;
            double s2 = i2[i] - first * (a * d1 + w * v2) + viscous * r * d2 + diffuse * v2;
            double s3 = i3[i] - first * (b * d1 + w * v3) + viscous * r * d3 + diffuse * v3;
            double s4 = i4[i]
                    - first * (h * d1 + w * (v4 + p))
                    + r
                            * ((viscousNormal - kappa) * w * d1
                                    + (viscous - kappa) * (a * d2 + b * d3)
                                    + kappa * (v4 - e * v0))
                    + diffuse * v4;
            r = inverse[i];
            w = x[i];
            a = y[i];
            b = z[i];
            q = kinetic[i];
            e = energy[i];
            double m = inverseMomentum[i];
            double rm = r * diagonalMomentum;
            double c0 = s0 * inverseMass;
            double c1 = (s1 + rm * w * c0) * m;
            double c2 = (s2 + rm * a * c0) * m;
            double c3 = (s3 + rm * b * c0) * m;
            double c4 = (s4
                            + r
                                    * ((diagonalHeat * e + 2 * diagonalWork * q) * c0
                                            - diagonalWork * (w * c1 + a * c2 + b * c3)))
                    * inverseEnergy[i];
            v0 = t0[i] + c0;
            v1 = t1[i] + c1;
            v2 = t2[i] + c2;
            v3 = t3[i] + c3;
            v4 = t4[i] + c4;
            t0[i] = v0;
            t1[i] = v1;
            t2[i] = v2;
            t3[i] = v3;
            t4[i] = v4;
        }
    }
}
