package org.vnetp.nas.kernel.cfd;

/// Algebra of 5x5 blocks, each entry a row with one number for every line of a batch; a block's
/// rows lie one after the other in an array of rows. All loops run over the lines, and each does
/// little, so that the JIT vectorises it.
final class Blocks {
    /// Of a block.
    static final int ENTRIES = 25;

    private Blocks() {}

    /// `B -= A C'` and `r -= A r'` of the point before. A's structural zeros are left out.
    static void eliminate(
            double[][] a, double[][] before, int beforeAt, double[][] b, double[][] side, int sideAt, int n) {
        for (int column = 0; column < 6; column++) {
            int step = column < 5 ? 5 : 1;
            int at = beforeAt + (column < 5 ? column : ENTRIES);
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
    static void solveColumns(double[][] b, double[][] inverse, double[][] state, int at, int n) {
        for (int column = 0; column < 6; column++) {
            int step = column < 5 ? 5 : 1;
            int o = at + (column < 5 ? column : ENTRIES);
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

    static void reciprocal(double[] to, double[] of, int n) {
        for (int l = 0; l < n; l++) {
            to[l] = 1.0 / of[l];
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

    static void subtract5(
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
