package org.vnetp.nas.kernel;

/// Complex transforms of one length, a power of two from 4 up: `X_k = sum x_j e^(-2 pi i j k / n)`, or with `+` and
/// unscaled for the inverse.
///
/// Stockham's self-sorting scheme with radix 4 (and one radix 2 where the length wants it): every
/// pass reads one array in order and writes another in order, so there is no bit reversal. Several
/// transforms side by side ("lanes") go through together; the first pass reads and the last pass
/// writes the caller's array, wherever its rows lie, so that no copy is needed. Complex numbers are
/// pairs of adjacent doubles. Not for use by two threads at once.
final class Fft {
    private final int length;
    private final int lanes;
    private final double[] one;
    private final double[] two;

    /// For each radix-4 pass, six doubles a butterfly: the first, second and third power of its root.
    private final double[][] forwardRoots;

    private final double[][] inverseRoots;

    /// @param lanes most transforms that go side by side
    Fft(int length, int lanes) {
        if (length < 4 || Integer.bitCount(length) != 1) {
            throw new IllegalArgumentException("length " + length + " is not a power of two from 4 up");
        }
        this.length = length;
        this.lanes = lanes;
        this.one = new double[2 * length * lanes];
        this.two = new double[2 * length * lanes];
        int passes = Integer.numberOfTrailingZeros(length) / 2;
        this.forwardRoots = new double[passes][];
        this.inverseRoots = new double[passes][];
        for (int pass = 0; pass < passes; pass++) {
            forwardRoots[pass] = new double[6 * (length >> (2 * pass + 2))];
            inverseRoots[pass] = new double[6 * (length >> (2 * pass + 2))];
        }
        computeRoots();
    }

    /// Fills the tables of roots; part of what FT times.
    void computeRoots() {
        for (int pass = 0; pass < forwardRoots.length; pass++) {
            int n = length >> (2 * pass);
            for (int p = 0; p < n / 4; p++) {
                for (int power = 1; power <= 3; power++) {
                    double angle = 2 * Math.PI * power * p / n;
                    double cos = Math.cos(angle);
                    double sin = Math.sin(angle);
                    int at = 6 * p + 2 * (power - 1);
                    forwardRoots[pass][at] = cos;
                    forwardRoots[pass][at + 1] = -sin;
                    inverseRoots[pass][at] = cos;
                    inverseRoots[pass][at + 1] = sin;
                }
            }
        }
    }

    /// Transforms `count` lanes in place.
    ///
    /// @param base where element 0 of lane 0 starts, in doubles; lanes are adjacent complex numbers
    /// @param stride from one element to the next, in doubles
    void transform(double[] data, int base, int stride, int count, boolean inverse) {
        transform(data, base, stride, data, base, stride, count, inverse);
    }

    /// Transforms `count` lanes from one place to another.
    void transform(
            double[] from,
            int fromBase,
            int fromStride,
            double[] to,
            int toBase,
            int toStride,
            int count,
            boolean inverse) {
        double[][] roots = inverse ? inverseRoots : forwardRoots;
        // Exchanging the second and the fourth input conjugates the butterfly.
        int second = inverse ? 3 : 1;
        boolean radixTwo = (Integer.numberOfTrailingZeros(length) & 1) != 0;
        int passes = roots.length;
        double[] x = from;
        int xBase = fromBase;
        int xRow = fromStride;
        double[] y = one;
        int m = length / 4;
        int span = 1;
        for (int pass = 0; pass < passes; pass++) {
            if (pass == passes - 1 && !radixTwo) {
                last4(x, xBase, xRow, second, to, toBase, toStride, span, count);
                return;
            }
            pass4(x, xBase, xRow, second, y, m, span * count, roots[pass]);
            x = y;
            y = x == one ? two : one;
            xBase = 0;
            span *= 4;
            xRow = 2 * span * count;
            m /= 4;
        }
        last2(x, to, toBase, toStride, span, count);
    }

    /// The most lanes that [#transform] takes at once.
    int lanes() {
        return lanes;
    }

    private static void pass4(
            double[] x, int xBase, int xRow, int second, double[] y, int m, int span, double[] roots) {
        int step = m * xRow;
        int b = second * step;
        int c = 2 * step;
        int d = (4 - second) * step;
        if (span < m) {
            for (int q = 0; q < span; q++) {
                across(x, xBase + 2 * q, xRow, b, c, d, y, 2 * q, 2 * span, m, roots);
            }
            return;
        }
        plain(x, xBase, b, c, d, y, 0, 2 * span, span);
        for (int p = 1; p < m; p++) {
            along(x, xBase + p * xRow, b, c, d, y, 8 * span * p, 2 * span, span, roots, 6 * p);
        }
    }

    /// Butterflies of different roots, one after the other.
    private static void across(
            double[] x,
            int xAt,
            int xRow,
            int toB,
            int toC,
            int toD,
            double[] y,
            int yAt,
            int yStep,
            int m,
            double[] roots) {
        for (int p = 0; p < m; p++) {
            int a = xAt + p * xRow;
            double ar = x[a];
            double ai = x[a + 1];
            double br = x[a + toB];
            double bi = x[a + toB + 1];
            double cr = x[a + toC];
            double ci = x[a + toC + 1];
            double dr = x[a + toD];
            double di = x[a + toD + 1];
            double sumR = ar + cr;
            double sumI = ai + ci;
            double differenceR = ar - cr;
            double differenceI = ai - ci;
            double oddR = br + dr;
            double oddI = bi + di;
            // -i (b - d)
            double turnedR = bi - di;
            double turnedI = dr - br;
            int o = yAt + 4 * yStep * p;
            int w = 6 * p;
            y[o] = sumR + oddR;
            y[o + 1] = sumI + oddI;
            double tR = differenceR + turnedR;
            double tI = differenceI + turnedI;
            y[o + yStep] = roots[w] * tR - roots[w + 1] * tI;
            y[o + yStep + 1] = roots[w] * tI + roots[w + 1] * tR;
            tR = sumR - oddR;
            tI = sumI - oddI;
            y[o + 2 * yStep] = roots[w + 2] * tR - roots[w + 3] * tI;
            y[o + 2 * yStep + 1] = roots[w + 2] * tI + roots[w + 3] * tR;
            tR = differenceR - turnedR;
            tI = differenceI - turnedI;
            y[o + 3 * yStep] = roots[w + 4] * tR - roots[w + 5] * tI;
            y[o + 3 * yStep + 1] = roots[w + 4] * tI + roots[w + 5] * tR;
        }
    }

    /// Butterflies of one root, on adjacent numbers.
    private static void along(
            double[] x,
            int xAt,
            int toB,
            int toC,
            int toD,
            double[] y,
            int yAt,
            int yStep,
            int count,
            double[] roots,
            int rootsAt) {
        double w1r = roots[rootsAt];
        double w1i = roots[rootsAt + 1];
        double w2r = roots[rootsAt + 2];
        double w2i = roots[rootsAt + 3];
        double w3r = roots[rootsAt + 4];
        double w3i = roots[rootsAt + 5];
        for (int q = 0; q < count; q++) {
            int a = xAt + 2 * q;
            double ar = x[a];
            double ai = x[a + 1];
            double br = x[a + toB];
            double bi = x[a + toB + 1];
            double cr = x[a + toC];
            double ci = x[a + toC + 1];
            double dr = x[a + toD];
            double di = x[a + toD + 1];
            double sumR = ar + cr;
            double sumI = ai + ci;
            double differenceR = ar - cr;
            double differenceI = ai - ci;
            double oddR = br + dr;
            double oddI = bi + di;
            double turnedR = bi - di;
            double turnedI = dr - br;
            int o = yAt + 2 * q;
            y[o] = sumR + oddR;
            y[o + 1] = sumI + oddI;
            double tR = differenceR + turnedR;
            double tI = differenceI + turnedI;
            y[o + yStep] = w1r * tR - w1i * tI;
            y[o + yStep + 1] = w1r * tI + w1i * tR;
            tR = sumR - oddR;
            tI = sumI - oddI;
            y[o + 2 * yStep] = w2r * tR - w2i * tI;
            y[o + 2 * yStep + 1] = w2r * tI + w2i * tR;
            tR = differenceR - turnedR;
            tI = differenceI - turnedI;
            y[o + 3 * yStep] = w3r * tR - w3i * tI;
            y[o + 3 * yStep + 1] = w3r * tI + w3i * tR;
        }
    }

    /// Butterflies whose root is 1, on adjacent numbers.
    private static void plain(
            double[] x, int xAt, int toB, int toC, int toD, double[] y, int yAt, int yStep, int count) {
        for (int q = 0; q < count; q++) {
            int a = xAt + 2 * q;
            double ar = x[a];
            double ai = x[a + 1];
            double br = x[a + toB];
            double bi = x[a + toB + 1];
            double cr = x[a + toC];
            double ci = x[a + toC + 1];
            double dr = x[a + toD];
            double di = x[a + toD + 1];
            double sumR = ar + cr;
            double sumI = ai + ci;
            double differenceR = ar - cr;
            double differenceI = ai - ci;
            double oddR = br + dr;
            double oddI = bi + di;
            double turnedR = bi - di;
            double turnedI = dr - br;
            int o = yAt + 2 * q;
            y[o] = sumR + oddR;
            y[o + 1] = sumI + oddI;
            y[o + yStep] = differenceR + turnedR;
            y[o + yStep + 1] = differenceI + turnedI;
            y[o + 2 * yStep] = sumR - oddR;
            y[o + 2 * yStep + 1] = sumI - oddI;
            y[o + 3 * yStep] = differenceR - turnedR;
            y[o + 3 * yStep + 1] = differenceI - turnedI;
        }
    }

    private static void last4(
            double[] x, int xBase, int xRow, int second, double[] to, int toBase, int toStride, int span, int count) {
        int b = second * xRow;
        int c = 2 * xRow;
        int d = (4 - second) * xRow;
        if (toStride == 2 * count) {
            plain(x, xBase, b, c, d, to, toBase, toStride * span, span * count);
            return;
        }
        for (int i = 0; i < span; i++) {
            plain(x, xBase + 2 * count * i, b, c, d, to, toBase + i * toStride, toStride * span, count);
        }
    }

    private static void last2(double[] x, double[] to, int toBase, int toStride, int span, int count) {
        int half = 2 * span * count;
        int toHalf = toStride * span;
        if (toStride == 2 * count) {
            sumAndDifference(x, 0, half, to, toBase, toHalf, 2 * span * count);
            return;
        }
        for (int i = 0; i < span; i++) {
            sumAndDifference(x, 2 * count * i, half, to, toBase + i * toStride, toHalf, 2 * count);
        }
    }

    private static void sumAndDifference(double[] x, int xAt, int xHalf, double[] y, int yAt, int yHalf, int doubles) {
        for (int k = 0; k < doubles; k++) {
            double a = x[xAt + k];
            double b = x[xAt + xHalf + k];
            y[yAt + k] = a + b;
            y[yAt + yHalf + k] = a - b;
        }
    }
}
