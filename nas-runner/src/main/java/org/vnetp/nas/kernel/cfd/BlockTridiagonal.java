package org.vnetp.nas.kernel.cfd;

import java.util.Arrays;

/// BT's solver: along each line a block tri-diagonal system of 5x5 blocks, made from the Jacobians of the
/// convective and the viscous flux in the direction (RNR-94-007, section 4.5), solved by block elimination
/// without pivoting.
///
/// At point i the system is `A x(i-1) + B x(i) + C x(i+1) = r`. Going forward it becomes `x(i) + C' x(i+1)
/// = r'`, and C' and r' are kept. A and C are the same function of the neighbour's state, with opposite
/// sign of the convective part. Components are in the direction's own order: density, normal momentum, the
/// two others, energy.
///
/// All loops run over the lines of a batch, and each does little, so that the JIT vectorises it.
final class BlockTridiagonal implements LineSweep {
    /// Lines in a batch: a point's blocks of so many lines fit the first-level cache.
    static final int BATCH = 64;

    private static final int BLOCK = 25;
    /// Rows a point keeps: C' row by row, then r'.
    private static final int KEPT = BLOCK + 5;

    private final FlowModel model;
    private final int width;
    private final double[][] conserved;
    private final double[][] sides;
    private final double[][] inverse;
    private final double[][] normal;
    private final double[][] second;
    private final double[][] third;
    private final double[][] kinetic;
    private final double[][] energy;
    private final double[][] left;
    private final double[][] diagonal;
    private final double[][] reciprocal;
    private final double[][] previous;
    private final double[] scratch;

    /// @param longest points in the longest line of a cell
    BlockTridiagonal(FlowModel model, int longest) {
        this(model, longest, BATCH);
    }

    BlockTridiagonal(FlowModel model, int longest, int width) {
        this.model = model;
        this.width = width;
        int points = longest + 2;
        this.conserved = new double[5 * points][width];
        this.sides = new double[5 * points][width];
        this.inverse = new double[points][width];
        this.normal = new double[points][width];
        this.second = new double[points][width];
        this.third = new double[points][width];
        this.kinetic = new double[points][width];
        this.energy = new double[points][width];
        this.left = new double[BLOCK][width];
        this.diagonal = new double[BLOCK][width];
        this.reciprocal = new double[5][width];
        this.previous = new double[KEPT][width];
        this.scratch = new double[width];
    }

    @Override
    public int batch() {
        return width;
    }

    @Override
    public int forwardDoubles() {
        return KEPT;
    }

    @Override
    public int backwardDoubles() {
        return 5;
    }

    @Override
    public double[][] newState(int points) {
        return new double[KEPT * points][width];
    }

    @Override
    public void forward(Cell cell, CellLines lines, int first, int n, double[][] state, double[] edge, int edgeAt) {
        int begin = lines.begin;
        int end = lines.end;
        int direction = lines.direction;
        for (int m = 0; m < 5; m++) {
            int component = Residual.component(direction, m);
            lines.gather(cell.u[component], first, n, begin - 1, end + 1, conserved, m, 5);
            lines.gather(cell.rhs[component], first, n, begin, end, sides, m, 5);
        }
        for (int p = 0; p < end - begin + 2; p++) {
            primitives(p, n);
        }
        for (int v = 0; v < KEPT; v++) {
            System.arraycopy(edge, edgeAt + v * n, previous[v], 0, n);
        }
        double diffusion = model.diffusion(direction);
        double[][] before = previous;
        int beforeAt = 0;
        for (int i = begin; i < end; i++) {
            int p = i - begin + 1;
            int at = (i - begin) * KEPT;
            neighbour(left, 0, p - 1, -model.first, diffusion, n);
            neighbour(state, at, p + 1, model.first, diffusion, n);
            diagonal(p, diffusion, n);
            for (int m = 0; m < 5; m++) {
                System.arraycopy(sides[(i - begin) * 5 + m], 0, state[at + BLOCK + m], 0, n);
            }
            eliminate(left, before, beforeAt, diagonal, state, at + BLOCK, n);
            factor(diagonal, reciprocal, n);
            solveColumns(diagonal, reciprocal, state, at, n);
            before = state;
            beforeAt = at;
        }
        for (int v = 0; v < KEPT; v++) {
            System.arraycopy(before[beforeAt + v], 0, edge, edgeAt + v * n, n);
        }
    }

    @Override
    public void backward(Cell cell, CellLines lines, int first, int n, double[][] state, double[] edge, int edgeAt) {
        int begin = lines.begin;
        int end = lines.end;
        for (int m = 0; m < 5; m++) {
            System.arraycopy(edge, edgeAt + m * n, previous[m], 0, n);
        }
        double[][] x = previous;
        int xAt = 0;
        for (int i = end - 1; i >= begin; i--) {
            int at = (i - begin) * KEPT;
            for (int m = 0; m < 5; m++) {
                int c = at + 5 * m;
                subtract5(
                        state[at + BLOCK + m],
                        state[c],
                        state[c + 1],
                        state[c + 2],
                        state[c + 3],
                        state[c + 4],
                        x[xAt],
                        x[xAt + 1],
                        x[xAt + 2],
                        x[xAt + 3],
                        x[xAt + 4],
                        n);
            }
            x = state;
            xAt = at + BLOCK;
        }
        for (int m = 0; m < 5; m++) {
            System.arraycopy(x[xAt + m], 0, edge, edgeAt + m * n, n);
            int component = Residual.component(lines.direction, m);
            lines.scatter(state, BLOCK + m, KEPT, first, n, begin, end, cell.rhs[component]);
        }
    }

    private void primitives(int p, int n) {
        int at = 5 * p;
        reciprocal(inverse[p], conserved[at], n);
        product(normal[p], conserved[at + 1], inverse[p], n);
        product(second[p], conserved[at + 2], inverse[p], n);
        product(third[p], conserved[at + 3], inverse[p], n);
        product(energy[p], conserved[at + 4], inverse[p], n);
        halfSquares(kinetic[p], normal[p], second[p], third[p], n);
    }

    /// The off-diagonal block that belongs to the state at point `p`: `f * convective - (viscous +
    /// diffusion)`, with `f` negative for A and positive for C.
    private void neighbour(double[][] block, int at, int p, double f, double diffusion, int n) {
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
    private void diagonal(int p, double diffusion, int n) {
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

    /// `B -= A C'` and `r -= A r'` of the point before. A's structural zeros are left out.
    private static void eliminate(
            double[][] a, double[][] before, int beforeAt, double[][] b, double[][] side, int sideAt, int n) {
        for (int column = 0; column < 6; column++) {
            int step = column < 5 ? 5 : 1;
            int at = beforeAt + (column < 5 ? column : BLOCK);
            double[] c0 = before[at];
            double[] c1 = before[at + step];
            double[] c2 = before[at + 2 * step];
            double[] c3 = before[at + 3 * step];
            double[] c4 = before[at + 4 * step];
            double[][] to = column < 5 ? b : side;
            int o = column < 5 ? column : sideAt;
            subtract2(to[o], a[0], a[1], c0, c1, n);
            subtract5(to[o + step], a[5], a[6], a[7], a[8], a[9], c0, c1, c2, c3, c4, n);
            subtract3(to[o + 2 * step], a[10], a[11], a[12], c0, c1, c2, n);
            subtract3(to[o + 3 * step], a[15], a[16], a[18], c0, c1, c3, n);
            subtract5(to[o + 4 * step], a[20], a[21], a[22], a[23], a[24], c0, c1, c2, c3, c4, n);
        }
    }

    /// Factors a block in place: unit lower triangle below, upper triangle from the diagonal on;
    /// reciprocals of the diagonal apart.
    static void factor(double[][] b, double[][] inverse, int n) {
        for (int p = 0; p < 5; p++) {
            double[] i = inverse[p];
            reciprocal(i, b[6 * p], n);
            for (int m = p + 1; m < 5; m++) {
                double[] f = b[5 * m + p];
                multiply(f, i, n);
                for (int c = p + 1; c < 5; c++) {
                    subtract1(b[5 * m + c], f, b[5 * p + c], n);
                }
            }
        }
    }

    /// Solves for the five columns of C and for the right-hand side, in place.
    private static void solveColumns(double[][] b, double[][] inverse, double[][] state, int at, int n) {
        for (int column = 0; column < 6; column++) {
            int step = column < 5 ? 5 : 1;
            int o = at + (column < 5 ? column : BLOCK);
            solve(
                    b,
                    inverse,
                    state[o],
                    state[o + step],
                    state[o + 2 * step],
                    state[o + 3 * step],
                    state[o + 4 * step],
                    n);
        }
    }

    static void solve(
            double[][] b, double[][] inverse, double[] x0, double[] x1, double[] x2, double[] x3, double[] x4, int n) {
        subtract1(x1, b[5], x0, n);
        subtract2(x2, b[10], b[11], x0, x1, n);
        subtract3(x3, b[15], b[16], b[17], x0, x1, x2, n);
        subtract4(x4, b[20], b[21], b[22], b[23], x0, x1, x2, x3, n);
        multiply(x4, inverse[4], n);
        back1(x3, inverse[3], b[19], x4, n);
        back2(x2, inverse[2], b[13], b[14], x3, x4, n);
        back3(x1, inverse[1], b[7], b[8], b[9], x2, x3, x4, n);
        back4(x0, inverse[0], b[1], b[2], b[3], b[4], x1, x2, x3, x4, n);
    }

    private static void reciprocal(double[] to, double[] of, int n) {
        for (int l = 0; l < n; l++) {
            to[l] = 1.0 / of[l];
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

    private static void multiply(double[] to, double[] by, int n) {
        for (int l = 0; l < n; l++) {
            to[l] *= by[l];
        }
    }

    private static void subtract1(double[] to, double[] a, double[] x, int n) {
        for (int l = 0; l < n; l++) {
            to[l] -= a[l] * x[l];
        }
    }

    private static void subtract2(double[] to, double[] a0, double[] a1, double[] x0, double[] x1, int n) {
        for (int l = 0; l < n; l++) {
            to[l] -= a0[l] * x0[l] + a1[l] * x1[l];
        }
    }

    private static void subtract3(
            double[] to, double[] a0, double[] a1, double[] a2, double[] x0, double[] x1, double[] x2, int n) {
        for (int l = 0; l < n; l++) {
            to[l] -= a0[l] * x0[l] + a1[l] * x1[l] + a2[l] * x2[l];
        }
    }

    private static void subtract4(
            double[] to,
            double[] a0,
            double[] a1,
            double[] a2,
            double[] a3,
            double[] x0,
            double[] x1,
            double[] x2,
            double[] x3,
            int n) {
        for (int l = 0; l < n; l++) {
            to[l] -= a0[l] * x0[l] + a1[l] * x1[l] + a2[l] * x2[l] + a3[l] * x3[l];
        }
    }

    private static void subtract5(
            double[] to,
            double[] a0,
            double[] a1,
            double[] a2,
            double[] a3,
            double[] a4,
            double[] x0,
            double[] x1,
            double[] x2,
            double[] x3,
            double[] x4,
            int n) {
        for (int l = 0; l < n; l++) {
            to[l] -= a0[l] * x0[l] + a1[l] * x1[l] + a2[l] * x2[l] + a3[l] * x3[l] + a4[l] * x4[l];
        }
    }

    private static void back1(double[] to, double[] inverse, double[] a0, double[] x0, int n) {
        for (int l = 0; l < n; l++) {
            to[l] = (to[l] - a0[l] * x0[l]) * inverse[l];
        }
    }

    private static void back2(
            double[] to, double[] inverse, double[] a0, double[] a1, double[] x0, double[] x1, int n) {
        for (int l = 0; l < n; l++) {
            to[l] = (to[l] - a0[l] * x0[l] - a1[l] * x1[l]) * inverse[l];
        }
    }

    private static void back3(
            double[] to,
            double[] inverse,
            double[] a0,
            double[] a1,
            double[] a2,
            double[] x0,
            double[] x1,
            double[] x2,
            int n) {
        for (int l = 0; l < n; l++) {
            to[l] = (to[l] - a0[l] * x0[l] - a1[l] * x1[l] - a2[l] * x2[l]) * inverse[l];
        }
    }

    private static void back4(
            double[] to,
            double[] inverse,
            double[] a0,
            double[] a1,
            double[] a2,
            double[] a3,
            double[] x0,
            double[] x1,
            double[] x2,
            double[] x3,
            int n) {
        for (int l = 0; l < n; l++) {
            to[l] = (to[l] - a0[l] * x0[l] - a1[l] * x1[l] - a2[l] * x2[l] - a3[l] * x3[l]) * inverse[l];
        }
    }
}
