package org.vnetp.nas.kernel.cfd;

import java.util.Arrays;

/// The blocks of BT's lines: Jacobians of the convective and the viscous flux in one direction
/// (RNR-94-007, section 4.5), of the flow at the points of a batch of lines.
final class FluxJacobians {
    private final FlowModel model;
    private final double[][] inverse;
    private final double[][] normal;
    private final double[][] second;
    private final double[][] third;
    private final double[][] kinetic;
    private final double[][] energy;
    private final double[] scratch;

    /// @param points of a line, its two neighbours included
    /// @param width lines of a batch
    FluxJacobians(FlowModel model, int points, int width) {
        this.model = model;
        this.inverse = new double[points][width];
        this.normal = new double[points][width];
        this.second = new double[points][width];
        this.third = new double[points][width];
        this.kinetic = new double[points][width];
        this.energy = new double[points][width];
        this.scratch = new double[width];
    }

    /// Takes the flow at point `p` of all lines.
    ///
    /// @param conserved its five components, as the direction orders them, are the rows from `at` on
    void flowAt(int p, double[][] conserved, int at, int n) {
        Blocks.reciprocal(inverse[p], conserved[at], n);
        product(normal[p], conserved[at + 1], inverse[p], n);
        product(second[p], conserved[at + 2], inverse[p], n);
        product(third[p], conserved[at + 3], inverse[p], n);
        product(energy[p], conserved[at + 4], inverse[p], n);
        halfSquares(kinetic[p], normal[p], second[p], third[p], n);
    }

    /// The off-diagonal block that belongs to the state at point `p`: `f * convective - (viscous +
    /// diffusion)`, with `f` negative for A and positive for C.
    void neighbour(double[][] block, int at, int p, double f, double diffusion, int n) {
        double t = model.second;
        double[] r = inverse[p];
        double[] w = normal[p];
        double[] a = second[p];
        double[] b = third[p];
        double[] q = kinetic[p];
        double[] e = energy[p];
        fill(block[at], -t * diffusion, n);
        fill(block[at + 1], f, n);
        zero(block, at, 2, n);
        zero(block, at, 3, n);
        zero(block, at, 4, n);
        neighbourNormal(block[at + 5], block[at + 6], r, w, q, f, t, diffusion, n);
        scale(block[at + 7], a, -f * FlowModel.C2, n);
        scale(block[at + 8], b, -f * FlowModel.C2, n);
        fill(block[at + 9], f * FlowModel.C2, n);
        neighbourTangential(block[at + 10], block[at + 11], block[at + 12], r, w, a, f, t, diffusion, n);
        zero(block, at, 13, n);
        zero(block, at, 14, n);
        neighbourTangential(block[at + 15], block[at + 16], block[at + 18], r, w, b, f, t, diffusion, n);
        zero(block, at, 17, n);
        zero(block, at, 19, n);
        quadratic(scratch, r, w, a, b, e, t, n);
        neighbourEnergyDensity(block[at + 20], scratch, w, q, e, f, n);
        neighbourEnergyNormal(block[at + 21], r, w, q, e, f, t, n);
        neighbourEnergyTangential(block[at + 22], block[at + 23], r, w, a, b, f, t, n);
        neighbourEnergyEnergy(block[at + 24], r, w, f, t, diffusion, n);
    }

    private static void zero(double[][] block, int at, int entry, int n) {
        fill(block[at + entry], 0.0, n);
    }

    private static void fill(double[] to, double value, int n) {
        Arrays.fill(to, 0, n, value);
    }

    private static void neighbourNormal(
            double[] o0, double[] o1, double[] r, double[] w, double[] q, double f, double t, double diffusion, int n) {
        double viscous = t * FlowModel.MU_NORMAL;
        double diffuse = t * diffusion;
        double steep = f * (2 - FlowModel.C2);
        for (int l = 0; l < n; l++) {
            double v = w[l];
            double s = viscous * r[l];
            o0[l] = f * (FlowModel.C2 * q[l] - v * v) + s * v;
            o1[l] = steep * v - s - diffuse;
        }
    }

    private static void neighbourTangential(
            double[] o0,
            double[] o1,
            double[] o2,
            double[] r,
            double[] w,
            double[] a,
            double f,
            double t,
            double diffusion,
            int n) {
        double viscous = t * FlowModel.MU;
        double diffuse = t * diffusion;
        for (int l = 0; l < n; l++) {
            double s = viscous * r[l] - f * w[l];
            double v = a[l];
            o0[l] = s * v;
            o1[l] = f * v;
            o2[l] = -s - diffuse;
        }
    }

    /// The viscous derivative of the energy equation by density, without sign.
    private static void quadratic(
            double[] o, double[] r, double[] w, double[] a, double[] b, double[] e, double t, int n) {
        double normal = t * (FlowModel.MU_NORMAL - FlowModel.KAPPA);
        double tangential = t * (FlowModel.MU - FlowModel.KAPPA);
        double kappa = t * FlowModel.KAPPA;
        for (int l = 0; l < n; l++) {
            o[l] = r[l] * (normal * w[l] * w[l] + tangential * (a[l] * a[l] + b[l] * b[l]) + kappa * e[l]);
        }
    }

    private static void neighbourEnergyDensity(
            double[] o, double[] quadratic, double[] w, double[] q, double[] e, double f, int n) {
        for (int l = 0; l < n; l++) {
            o[l] = f * (2.0 * FlowModel.C2 * q[l] - FlowModel.C1 * e[l]) * w[l] + quadratic[l];
        }
    }

    private static void neighbourEnergyNormal(
            double[] o, double[] r, double[] w, double[] q, double[] e, double f, double t, int n) {
        double viscous = t * (FlowModel.MU_NORMAL - FlowModel.KAPPA);
        for (int l = 0; l < n; l++) {
            double v = w[l];
            o[l] = f * (FlowModel.C1 * e[l] - FlowModel.C2 * (v * v + q[l])) - viscous * r[l] * v;
        }
    }

    private static void neighbourEnergyTangential(
            double[] o2, double[] o3, double[] r, double[] w, double[] a, double[] b, double f, double t, int n) {
        double convective = -f * FlowModel.C2;
        double viscous = t * (FlowModel.MU - FlowModel.KAPPA);
        for (int l = 0; l < n; l++) {
            double s = convective * w[l] - viscous * r[l];
            o2[l] = s * a[l];
            o3[l] = s * b[l];
        }
    }

    private static void neighbourEnergyEnergy(
            double[] o, double[] r, double[] w, double f, double t, double diffusion, int n) {
        double convective = f * FlowModel.C1;
        double viscous = t * FlowModel.KAPPA;
        double diffuse = t * diffusion;
        for (int l = 0; l < n; l++) {
            o[l] = convective * w[l] - viscous * r[l] - diffuse;
        }
    }

    /// The diagonal block: identity plus twice viscous and diffusion.
    void diagonal(double[][] diagonal, int p, double diffusion, int n) {
        double t = 2 * model.second;
        double[] r = inverse[p];
        double[] w = normal[p];
        double[] a = second[p];
        double[] b = third[p];
        double one = 1 + t * diffusion;
        for (int entry = 1; entry < 20; entry++) {
            fill(diagonal[entry], 0.0, n);
        }
        fill(diagonal[0], one, n);
        diagonalMomentum(diagonal[5], diagonal[6], r, w, t * FlowModel.MU_NORMAL, one, n);
        diagonalMomentum(diagonal[10], diagonal[12], r, a, t * FlowModel.MU, one, n);
        diagonalMomentum(diagonal[15], diagonal[18], r, b, t * FlowModel.MU, one, n);
        quadratic(scratch, r, w, a, b, energy[p], t, n);
        scale(diagonal[20], scratch, -1.0, n);
        scaledProduct(diagonal[21], r, w, t * (FlowModel.MU_NORMAL - FlowModel.KAPPA), n);
        scaledProduct(diagonal[22], r, a, t * (FlowModel.MU - FlowModel.KAPPA), n);
        scaledProduct(diagonal[23], r, b, t * (FlowModel.MU - FlowModel.KAPPA), n);
        linear(diagonal[24], r, t * FlowModel.KAPPA, one, n);
    }

    private static void diagonalMomentum(
            double[] o0, double[] om, double[] r, double[] v, double viscous, double one, int n) {
        for (int l = 0; l < n; l++) {
            double s = viscous * r[l];
            o0[l] = -s * v[l];
            om[l] = one + s;
        }
    }

    private static void scaledProduct(double[] o, double[] a, double[] b, double factor, int n) {
        for (int l = 0; l < n; l++) {
            o[l] = factor * a[l] * b[l];
        }
    }

    private static void linear(double[] o, double[] a, double factor, double constant, int n) {
        for (int l = 0; l < n; l++) {
            o[l] = constant + factor * a[l];
        }
    }

    private static void product(double[] to, double[] a, double[] b, int n) {
        for (int l = 0; l < n; l++) {
            to[l] = a[l] * b[l];
        }
    }

    private static void halfSquares(double[] to, double[] a, double[] b, double[] c, int n) {
        for (int l = 0; l < n; l++) {
            to[l] = 0.5 * (a[l] * a[l] + b[l] * b[l] + c[l] * c[l]);
        }
    }

    private static void scale(double[] to, double[] a, double factor, int n) {
        for (int l = 0; l < n; l++) {
            to[l] = factor * a[l];
        }
    }
}
