package org.vnetp.nas.kernel;

import java.util.Arrays;

/// MG's four operators on one rank's cubes (see [MgGrid] for their layout). All are 27-point stencils whose weights
/// depend only on the distance from the centre, and are formed line by line in buffers: first sums of equally
/// weighted lines, then what the centre line gets, then what its neighbours along x give it.
///
/// Every loop is written so that C2 can make vectors of it, which it does only where it can tell what a store
/// overlaps. Lines are objects of their own, so that all loops index them by x alone; what is read one place to the
/// left or right was stored one place beside; and the buffers are parts of one array at constant distances.
final class MgStencils {
    /// Room for one line in the buffers: at least class F's, and no multiple of a page.
    private static final int LINE = 4096 + 88;

    private static final int SIDES = LINE;
    private static final int CORNERS = 2 * LINE;
    private static final int CENTRE = 3 * LINE;
    private static final int FROM_LEFT = 4 * LINE;
    private static final int FROM_RIGHT = 5 * LINE;

    private final double[] buffers = new double[6 * LINE];
    private double[] before;
    private double[] here;
    private double[] after;
    private double[] last;

    /// @param longest points along x of the finest level, with ghosts
    MgStencils(int longest) {
        if (longest >= LINE) {
            throw new IllegalArgumentException("lines of " + longest + " points, expected less than " + LINE);
        }
        before = new double[longest];
        here = new double[longest];
        after = new double[longest];
        last = new double[longest];
    }

    /// `r = v - A u`, weights a0 (centre), 0 (faces), a2 (edges), a3 (corners).
    void residual(double[][][] u, double[][][] v, double[][][] r, double a0, double a2, double a3) {
        for (int z = 1; z < u.length - 1; z++) {
            double[][] plane = u[z];
            startPlane(u, z);
            for (int y = 1; y < plane.length - 1; y++) {
                nextLine(u, z, y);
                weighResidual(plane[y], buffers, a0, a2, a3);
                subtract(v[z][y], buffers, r[z][y]);
            }
        }
    }

    /// `u += S r`, weights c0 (centre), c1 (faces), c2 (edges), 0 (corners).
    void smooth(double[][][] r, double[][][] u, double c0, double c1, double c2) {
        for (int z = 1; z < r.length - 1; z++) {
            double[][] plane = r[z];
            startPlane(r, z);
            for (int y = 1; y < plane.length - 1; y++) {
                nextLine(r, z, y);
                weighCentre(plane[y], buffers, c0, c1, c2);
                weighNeighbours(plane[y], buffers, c1, c2);
                add(u[z][y], buffers);
            }
        }
    }

    /// Restriction of `fine` to `coarse`, weights 1/2, 1/4, 1/8, 1/16. Coarse point c lies on fine point 2c.
    void restrict(double[][][] fine, double[][][] coarse) {
        for (int z = 1; z < coarse.length - 1; z++) {
            double[][] plane = fine[2 * z];
            double[][] below = fine[2 * z - 1];
            double[][] above = fine[2 * z + 1];
            pairs(below[1], above[1], before);
            for (int y = 1; y < coarse[z].length - 1; y++) {
                pairs(below[2 * y], above[2 * y], here);
                lines(
                        plane[2 * y - 1],
                        plane[2 * y + 1],
                        before,
                        here,
                        after,
                        below[2 * y + 1],
                        above[2 * y + 1],
                        buffers);
                weighCentre(plane[2 * y], buffers, 0.5, 0.25, 0.125);
                everySecond(buffers, coarse[z][y]);
                double[] free = before;
                before = after;
                after = free;
            }
        }
    }

    /// Adds the trilinear interpolation of `coarse` to `fine`, ghosts included: no exchange is needed afterwards.
    void interpolate(double[][][] coarse, double[][][] fine) {
        int width = fine[0][0].length;
        for (int z = 0; z < coarse.length - 1; z++) {
            double[][] lower = fine[2 * z];
            double[][] upper = fine[2 * z + 1];
            // Lines of this coarse plane and the next one, spread over the fine points along x.
            expand(coarse[z][0], before, width);
            expand(coarse[z + 1][0], after, width);
            for (int y = 0; y < coarse[z].length - 1; y++) {
                expand(coarse[z][y + 1], here, width);
                expand(coarse[z + 1][y + 1], last, width);
                addLine(lower[2 * y], before);
                addMean(lower[2 * y + 1], before, here);
                addMean(upper[2 * y], before, after);
                addMean(upper[2 * y + 1], before, here, after, last);
                double[] free = before;
                before = here;
                here = free;
                free = after;
                after = last;
                last = free;
            }
        }
    }

    /// The sum of squares of the inner points.
    double squares(double[][][] a) {
        double[] sums = before;
        Arrays.fill(sums, 0);
        for (int z = 1; z < a.length - 1; z++) {
            for (int y = 1; y < a[z].length - 1; y++) {
                addSquares(sums, a[z][y]);
            }
        }
        double sum = 0;
        for (int x = 1; x < a[0][0].length - 1; x++) {
            sum += sums[x];
        }
        return sum;
    }

    private void startPlane(double[][][] a, int z) {
        pairs(a[z - 1][0], a[z + 1][0], before);
        pairs(a[z - 1][1], a[z + 1][1], here);
    }

    /// Puts into the buffers, for each x, the sums of the four neighbours across the faces and of the four
    /// across the edges in the plane x.
    private void nextLine(double[][][] a, int z, int y) {
        lines(a[z][y - 1], a[z][y + 1], before, here, after, a[z - 1][y + 1], a[z + 1][y + 1], buffers);
        double[] free = before;
        before = here;
        here = after;
        after = free;
    }

    private static void pairs(double[] below, double[] above, double[] to) {
        for (int x = 0; x < below.length; x++) {
            to[x] = below[x] + above[x];
        }
    }

    private static void lines(
            double[] north,
            double[] south,
            double[] pairNorth,
            double[] pair,
            double[] pairSouth,
            double[] belowSouth,
            double[] aboveSouth,
            double[] w) {
        for (int x = 0; x < north.length; x++) {
            double sum = belowSouth[x] + aboveSouth[x];
            pairSouth[x] = sum;
            w[x + SIDES] = north[x] + south[x] + pair[x];
            w[x + CORNERS] = pairNorth[x] + sum;
        }
    }

    private static void weighResidual(double[] centre, double[] w, double a0, double a2, double a3) {
        for (int x = 0; x < centre.length; x++) {
            double corners = w[x + CORNERS];
            w[x + CENTRE] = a0 * centre[x] + a2 * corners;
            double given = a2 * w[x + SIDES] + a3 * corners;
            w[x + FROM_LEFT + 1] = given;
            w[x + FROM_RIGHT - 1] = given;
        }
    }

    private static void weighCentre(double[] centre, double[] w, double c0, double c1, double c2) {
        for (int x = 0; x < centre.length; x++) {
            w[x + CENTRE] = c0 * centre[x] + c1 * w[x + SIDES] + c2 * w[x + CORNERS];
        }
    }

    private static void weighNeighbours(double[] centre, double[] w, double c1, double c2) {
        for (int x = 0; x < centre.length; x++) {
            double given = c1 * centre[x] + c2 * w[x + SIDES];
            w[x + FROM_LEFT + 1] = given;
            w[x + FROM_RIGHT - 1] = given;
        }
    }

    private static void subtract(double[] v, double[] w, double[] r) {
        for (int x = 1; x < r.length - 1; x++) {
            r[x] = v[x] - (w[x + CENTRE] + (w[x + FROM_LEFT] + w[x + FROM_RIGHT]));
        }
    }

    private static void add(double[] u, double[] w) {
        for (int x = 1; x < u.length - 1; x++) {
            u[x] += w[x + CENTRE] + (w[x + FROM_LEFT] + w[x + FROM_RIGHT]);
        }
    }

    /// What is left of a line's weights along x: they halve with each step away.
    private static void everySecond(double[] w, double[] coarse) {
        for (int x = 1; x < coarse.length - 1; x++) {
            int at = CENTRE + 2 * x;
            coarse[x] = w[at] + 0.5 * (w[at - 1] + w[at + 1]);
        }
    }

    private static void expand(double[] from, double[] to, int width) {
        double left = from[0];
        for (int x = 0; 2 * x < width; x++) {
            double right = from[x + 1];
            to[2 * x] = left;
            to[2 * x + 1] = 0.5 * (left + right);
            left = right;
        }
    }

    private static void addLine(double[] fine, double[] a) {
        for (int x = 0; x < fine.length; x++) {
            fine[x] += a[x];
        }
    }

    private static void addMean(double[] fine, double[] a, double[] b) {
        for (int x = 0; x < fine.length; x++) {
            fine[x] += 0.5 * (a[x] + b[x]);
        }
    }

    private static void addMean(double[] fine, double[] a, double[] b, double[] c, double[] d) {
        for (int x = 0; x < fine.length; x++) {
            fine[x] += 0.25 * (a[x] + b[x] + (c[x] + d[x]));
        }
    }

    private static void addSquares(double[] sums, double[] a) {
        for (int x = 0; x < a.length; x++) {
            sums[x] += a[x] * a[x];
        }
    }
}
