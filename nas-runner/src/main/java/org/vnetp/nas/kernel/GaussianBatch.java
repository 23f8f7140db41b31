package org.vnetp.nas.kernel;

/// Gaussian pairs by the polar method, a batch at a time, and their sums so far.
///
/// Each batch goes through plain loops over arrays that stay in the second-level cache: uniform numbers, radii, the
/// accepted ones gathered without a branch, the transform, the sums.
final class GaussianBatch {
    private static final int ANNULI = 10;

    /// Independent walks through the sequence that advance together: the JIT turns them into vector lanes.
    private static final int LANES = 1024;

    private static final long LANE_STEP = NpbRandom.power(NpbRandom.A, 2L * LANES);

    private final int pairs;
    private final long[] stateX = new long[LANES];
    private final long[] stateY = new long[LANES];
    private final double[] x = new double[LANES];
    private final double[] y = new double[LANES];
    private final double[] radius = new double[LANES];
    private final double[] acceptedX = new double[LANES];
    private final double[] acceptedY = new double[LANES];
    private final double[] acceptedRadius = new double[LANES];
    private final double[] size = new double[LANES];
    private final long[] counts = new long[ANNULI];
    private double sumX;
    private double sumY;

    /// @param pairs pairs in a batch, a multiple of the number of lanes
    GaussianBatch(int pairs) {
        this.pairs = pairs;
        if (pairs % LANES != 0) {
            throw new IllegalArgumentException("a batch of " + pairs + " pairs is no multiple of " + LANES);
        }
    }

    double sumX() {
        return sumX;
    }

    double sumY() {
        return sumY;
    }

    /// How many pairs have their larger magnitude in [i, i+1).
    long annulus(int i) {
        return counts[i];
    }

    void reset() {
        sumX = 0;
        sumY = 0;
        java.util.Arrays.fill(counts, 0);
    }

    /// Runs the batch of that number.
    void run(long number) {
        long state = NpbRandom.skip(NpbRandom.SEED_EP, 2L * pairs * number);
        for (int i = 0; i < LANES; i++) {
            state = NpbRandom.next(state);
            stateX[i] = state;
            state = NpbRandom.next(state);
            stateY[i] = state;
        }
        for (int done = 0; done < pairs; done += LANES) {
            uniform(stateX, x);
            uniform(stateY, y);
            radii(x, y, radius);
            int accepted = accept(x, y, radius, acceptedX, acceptedY, acceptedRadius);
            transform(acceptedRadius, accepted);
            sums(acceptedX, acceptedY, acceptedRadius, size, accepted);
        }
    }

    /// The values in (-1, 1) of all lanes; each lane then steps on.
    private static void uniform(long[] states, double[] to) {
        for (int i = 0; i < LANES; i++) {
            long state = states[i];
            to[i] = 2 * (state * NpbRandom.SCALE) - 1;
            states[i] = (state * LANE_STEP) & NpbRandom.MASK;
        }
    }

    private static void radii(double[] x, double[] y, double[] radius) {
        for (int i = 0; i < LANES; i++) {
            radius[i] = x[i] * x[i] + y[i] * y[i];
        }
    }

    private static int accept(double[] x, double[] y, double[] radius, double[] toX, double[] toY, double[] toRadius) {
        int n = 0;
        for (int i = 0; i < LANES; i++) {
            double t = radius[i];
            toX[n] = x[i];
            toY[n] = y[i];
            toRadius[n] = t;
            n += t <= 1 ? 1 : 0;
        }
        return n;
    }

    /// Replaces each radius by the factor of the polar method.
    private static void transform(double[] radius, int n) {
        for (int i = 0; i < n; i++) {
            double t = radius[i];
            radius[i] = Math.sqrt(-2 * Math.log(t) / t);
        }
    }

    private void sums(double[] x, double[] y, double[] factor, double[] size, int n) {
        double sx = 0;
        double sy = 0;
        for (int i = 0; i < n; i++) {
            double ax = Math.abs(x[i] * factor[i]);
            double ay = Math.abs(y[i] * factor[i]);
            sx += ax;
            sy += ay;
            counts[(int) Math.max(ax, ay)]++;
        }
        sumX += sx;
        sumY += sy;
    }
}
