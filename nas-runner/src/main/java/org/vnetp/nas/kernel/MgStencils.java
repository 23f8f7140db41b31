package org.vnetp.nas.kernel;

/// MG's four operators on one rank's array of a level (see [MgGrid] for the layout). All are 27-point stencils
/// whose weights depend only on the distance from the centre; sums of equally weighted lines are kept in line
/// buffers, so that
/// each is formed once and used three times along x.
final class MgStencils {
    private final double[] sides;
    private final double[] corners;
    private final double[] third;

    /// @param longest points along x of the finest level, with ghosts
    MgStencils(int longest) {
        sides = new double[longest];
        corners = new double[longest];
        third = new double[longest];
    }

    /// `r = v - A u`, weights a0 (centre), 0 (faces), a2 (edges), a3 (corners).
    void residual(double[] u, double[] v, double[] r, int mx, int my, int mz, double a0, double a2, double a3) {
        int nx = mx + 2;
        int plane = nx * (my + 2);
        for (int z = 1; z <= mz; z++) {
            for (int y = 1; y <= my; y++) {
                int row = z * plane + y * nx;
                lines(u, row, nx, plane, sides, corners);
                residualRow(u, v, r, row, mx, sides, corners, a0, a2, a3);
            }
        }
    }

    /// The sums, for each x, of the four neighbours across the faces and of the four across the edges in the
    /// plane x.
    private static void lines(double[] u, int row, int nx, int plane, double[] sides, double[] corners) {
        int north = row - nx;
        int south = row + nx;
        int below = row - plane;
        int above = row + plane;
        for (int x = 0; x < nx; x++) {
            sides[x] = u[north + x] + u[south + x] + (u[below + x] + u[above + x]);
        }
        for (int x = 0; x < nx; x++) {
            corners[x] = u[below - nx + x] + u[below + nx + x] + (u[above - nx + x] + u[above + nx + x]);
        }
    }

    private static void residualRow(
            double[] u,
            double[] v,
            double[] r,
            int row,
            int mx,
            double[] sides,
            double[] corners,
            double a0,
            double a2,
            double a3) {
        for (int x = 1; x <= mx; x++) {
            r[row + x] = v[row + x]
                    - a0 * u[row + x]
                    - a2 * (corners[x] + sides[x - 1] + sides[x + 1])
                    - a3 * (corners[x - 1] + corners[x + 1]);
        }
    }

    /// `u += S r`, weights c0 (centre), c1 (faces), c2 (edges), 0 (corners).
    void smooth(double[] r, double[] u, int mx, int my, int mz, double c0, double c1, double c2) {
        int nx = mx + 2;
        int plane = nx * (my + 2);
        for (int z = 1; z <= mz; z++) {
            for (int y = 1; y <= my; y++) {
                int row = z * plane + y * nx;
                lines(r, row, nx, plane, sides, corners);
                smoothRow(r, u, row, mx, sides, corners, c0, c1, c2);
            }
        }
    }

    private static void smoothRow(
            double[] r,
            double[] u,
            int row,
            int mx,
            double[] sides,
            double[] corners,
            double c0,
            double c1,
            double c2) {
        for (int x = 1; x <= mx; x++) {
            u[row + x] += c0 * r[row + x]
                    + c1 * (r[row + x - 1] + r[row + x + 1] + sides[x])
                    + c2 * (corners[x] + sides[x - 1] + sides[x + 1]);
        }
    }

    /// Restriction of `fine` to `coarse`, weights 1/2, 1/4, 1/8, 1/16. Coarse point c lies on fine point 2c.
    ///
    /// @param mx coarse points along x
    void restrict(double[] fine, double[] coarse, int mx, int my, int mz) {
        int nx = mx + 2;
        int plane = nx * (my + 2);
        int fineNx = 2 * mx + 2;
        int finePlane = fineNx * (2 * my + 2);
        for (int z = 1; z <= mz; z++) {
            for (int y = 1; y <= my; y++) {
                int fineRow = 2 * z * finePlane + 2 * y * fineNx;
                lines(fine, fineRow, fineNx, finePlane, sides, corners);
                restrictRow(fine, fineRow, coarse, z * plane + y * nx, mx, sides, corners);
            }
        }
    }

    private static void restrictRow(
            double[] fine, int fineRow, double[] coarse, int row, int mx, double[] sides, double[] corners) {
        for (int x = 1; x <= mx; x++) {
            int f = 2 * x;
            int at = fineRow + f;
            coarse[row + x] = 0.5 * fine[at]
                    + 0.25 * (fine[at - 1] + fine[at + 1] + sides[f])
                    + 0.125 * (sides[f - 1] + sides[f + 1] + corners[f])
                    + 0.0625 * (corners[f - 1] + corners[f + 1]);
        }
    }

    /// Adds the trilinear interpolation of `coarse` to `fine`, ghosts included: no exchange is needed afterwards.
    ///
    /// @param mx coarse points along x
    void interpolate(double[] coarse, double[] fine, int mx, int my, int mz) {
        int nx = mx + 2;
        int plane = nx * (my + 2);
        int fineNx = 2 * mx + 2;
        int finePlane = fineNx * (2 * my + 2);
        double[] one = sides;
        double[] two = corners;
        double[] four = third;
        for (int z = 0; z <= mz; z++) {
            for (int y = 0; y <= my; y++) {
                int row = z * plane + y * nx;
                int fineRow = 2 * z * finePlane + 2 * y * fineNx;
                for (int x = 0; x < nx; x++) {
                    one[x] = coarse[row + x] + coarse[row + nx + x];
                }
                for (int x = 0; x < nx; x++) {
                    two[x] = coarse[row + x] + coarse[row + plane + x];
                }
                for (int x = 0; x < nx; x++) {
                    four[x] = one[x] + (coarse[row + plane + x] + coarse[row + plane + nx + x]);
                }
                expand(coarse, row, fine, fineRow, mx, 1);
                expand(one, 0, fine, fineRow + fineNx, mx, 0.5);
                expand(two, 0, fine, fineRow + finePlane, mx, 0.5);
                expand(four, 0, fine, fineRow + finePlane + fineNx, mx, 0.25);
            }
        }
    }

    private static void expand(double[] from, int at, double[] fine, int row, int mx, double weight) {
        double half = 0.5 * weight;
        for (int x = 0; x <= mx; x++) {
            fine[row + 2 * x] += weight * from[at + x];
            fine[row + 2 * x + 1] += half * (from[at + x] + from[at + x + 1]);
        }
    }
}
