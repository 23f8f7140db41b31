package org.vnetp.nas.kernel.cfd;

/// The polynomial the problem is built around (RNR-94-007, table of C_mn): the forcing makes it the steady
/// state, the boundary takes its values, and the error is the distance from it.
final class ExactSolution {
    /// One row a component: the constant, then the coefficients of x y z, of their squares, cubes and
    /// fourth powers.
    private static final double[][] COEFFICIENTS = {
        {2.0, 0.0, 0.0, 4.0, 5.0, 3.0, 0.5, 0.02, 0.01, 0.03, 0.5, 0.4, 0.3},
        {1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 0.01, 0.03, 0.02, 0.4, 0.3, 0.5},
        {2.0, 2.0, 0.0, 0.0, 0.0, 2.0, 3.0, 0.04, 0.03, 0.05, 0.3, 0.5, 0.4},
        {2.0, 2.0, 0.0, 0.0, 0.0, 2.0, 3.0, 0.03, 0.05, 0.04, 0.2, 0.1, 0.3},
        {5.0, 4.0, 3.0, 2.0, 0.1, 0.4, 0.3, 0.05, 0.04, 0.03, 0.1, 0.3, 0.2}
    };

    private final double h;
    private final int last;

    ExactSolution(FlowModel model) {
        this.h = model.h;
        this.last = model.size - 1;
    }

    /// Component `m` at a point of the unit cube.
    static double at(int m, double x, double y, double z) {
        double[] c = COEFFICIENTS[m];
        return c[0] + powers(c, 1, x) + powers(c, 2, y) + powers(c, 3, z);
    }

    private static double powers(double[] c, int from, double t) {
        return t * (c[from] + t * (c[from + 3] + t * (c[from + 6] + t * c[from + 9])));
    }

    /// Component `m` at a grid point.
    double at(int m, int i, int j, int k) {
        return at(m, i * h, j * h, k * h);
    }

    /// The initial value at a grid point: exact on the boundary, inside the specification's blend of linear
    /// interpolations between opposite faces.
    double initial(int m, int i, int j, int k) {
        if (i == 0 || j == 0 || k == 0 || i == last || j == last || k == last) {
            return at(m, i, j, k);
        }
        double x = i * h;
        double y = j * h;
        double z = k * h;
        double acrossX = (1 - x) * at(m, 0, y, z) + x * at(m, 1.0, y, z);
        double acrossY = (1 - y) * at(m, x, 0, z) + y * at(m, x, 1.0, z);
        double acrossZ = (1 - z) * at(m, x, y, 0) + z * at(m, x, y, 1.0);
        return acrossX
                + acrossY
                + acrossZ
                - acrossX * acrossY
                - acrossY * acrossZ
                - acrossZ * acrossX
                + acrossX * acrossY * acrossZ;
    }
}
