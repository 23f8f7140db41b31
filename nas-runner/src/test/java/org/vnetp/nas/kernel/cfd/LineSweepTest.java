package org.vnetp.nas.kernel.cfd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// The two line solvers against matrices written out in full and solved by Gaussian elimination with pivoting.
class LineSweepTest {
    private static final int SIZE = 9;
    private static final double DT = 0.01;

    private final FlowModel model = new FlowModel(SIZE, DT);

    private Cell cell() {
        Cell cell = new Cell(SIZE, new int[] {0, 0, 0}, new int[] {SIZE, SIZE, SIZE}, Cell.Extra.SOUND);
        cell.initialise(new ExactSolution(model));
        DerivedFields.of(cell);
        Random random = new Random(7);
        for (int k = 1; k < SIZE - 1; k++) {
            for (int j = 1; j < SIZE - 1; j++) {
                for (int m = 0; m < 5; m++) {
                    for (int i = 1; i < SIZE - 1; i++) {
                        cell.rhs[m][cell.row(j, k)][i + Cell.GHOST] = random.nextDouble() - 0.5;
                    }
                }
            }
        }
        return cell;
    }

    private static double at(Cell cell, double[][] field, int direction, int p) {
        int i = direction == 0 ? p : 3;
        int j = direction == 1 ? p : 4;
        int k = direction == 2 ? p : direction == 1 ? 4 : 5;
        return field[cell.row(j, k)][i + Cell.GHOST];
    }

    @Test
    void theBlockSolverAgreesWithADenseSolve() {
        for (int direction = 0; direction < 3; direction++) {
            Cell cell = cell();
            int n = SIZE - 2;
            double[][] matrix = new double[5 * n][5 * n];
            double[] side = new double[5 * n];
            for (int i = 0; i < n; i++) {
                for (int m = 0; m < 5; m++) {
                    side[5 * i + m] = at(cell, cell.rhs[m], direction, i + 1);
                }
                block(matrix, i, i, identity(), 1);
                double viscous = model.second;
                double[][] here = viscousJacobian(state(cell, direction, i + 1), direction);
                block(matrix, i, i, here, 2 * viscous);
                if (i > 0) {
                    double[] u = state(cell, direction, i);
                    block(matrix, i, i - 1, convectiveJacobian(u, direction), -model.first);
                    block(matrix, i, i - 1, viscousJacobian(u, direction), -viscous);
                }
                if (i < n - 1) {
                    double[] u = state(cell, direction, i + 2);
                    block(matrix, i, i + 1, convectiveJacobian(u, direction), model.first);
                    block(matrix, i, i + 1, viscousJacobian(u, direction), -viscous);
                }
            }
            double[] expected = solve(matrix, side);
            sweep(cell, direction, new BlockTridiagonal(model, SIZE, 7), 7);
            for (int i = 0; i < n; i++) {
                for (int m = 0; m < 5; m++) {
                    assertEquals(expected[5 * i + m], at(cell, cell.rhs[m], direction, i + 1), 2e-7);
                }
            }
        }
    }

    @Test
    void thePentaDiagonalSolverAgreesWithADenseSolve() {
        // The third direction, because its batch is written back as it is.
        int direction = 2;
        for (int m = 0; m < 5; m++) {
            Cell cell = cell();
            int n = SIZE - 2;
            double[][] matrix = new double[n][n];
            double[] side = new double[n];
            double fourth = DT * FlowModel.DISSIPATION;
            double[] wave = new double[SIZE];
            double[] diffusion = new double[SIZE];
            for (int p = 0; p < SIZE; p++) {
                double sign = m == 3 ? 1 : m == 4 ? -1 : 0;
                wave[p] = at(cell, cell.velocity[direction], direction, p) + sign * at(cell, cell.sound, direction, p);
                diffusion[p] = 1.0 + 1.96 * 0.1 * at(cell, cell.inverse, direction, p);
            }
            // One-sided dissipation is the product of the second difference with its transpose, without its ends.
            for (int i = 0; i < n; i++) {
                side[i] = at(cell, cell.rhs[m], direction, i + 1);
                matrix[i][i] += 1 + 2 * model.second * diffusion[i + 1];
                if (i > 0) {
                    matrix[i][i - 1] += -model.first * wave[i] - model.second * diffusion[i];
                }
                if (i < n - 1) {
                    matrix[i][i + 1] += model.first * wave[i + 2] - model.second * diffusion[i + 2];
                }
                matrix[i][i] += fourth * (i == 0 || i == n - 1 ? 5 : 6);
                for (int step = -2; step <= 2; step++) {
                    if (step != 0 && i + step >= 0 && i + step < n) {
                        matrix[i][i + step] += fourth * (Math.abs(step) == 1 ? -4 : 1);
                    }
                }
            }
            double[] expected = solve(matrix, side);
            sweep(cell, direction, new PentaDiagonal(model, SIZE, 7), 7);
            for (int i = 0; i < n; i++) {
                assertEquals(expected[i], at(cell, cell.rhs[m], direction, i + 1), 1e-12);
            }
        }
    }

    private static void sweep(Cell cell, int direction, LineSweep sweep, int batch) {
        CellLines lines = new CellLines(cell, direction, batch);
        assertEquals((SIZE - 2) * (SIZE - 2), lines.count);
        double[][] state = sweep.newState(SIZE);
        for (int first = 0; first < lines.count; first += batch) {
            int count = Math.min(batch, lines.count - first);
            double[] edge = new double[sweep.forwardDoubles() * count];
            sweep.forward(cell, lines, first, count, state, edge, 0);
            sweep.backward(cell, lines, first, count, state, new double[edge.length], 0);
        }
    }

    private double[] state(Cell cell, int direction, int p) {
        double[] u = new double[5];
        for (int m = 0; m < 5; m++) {
            u[m] = at(cell, cell.u[m], direction, p);
        }
        return u;
    }

    /// Convective flux of the Euler equations, from its definition.
    private static double[] convective(double[] u, int direction) {
        double speed = u[1 + direction] / u[0];
        double pressure = 0.4 * (u[4] - (u[1] * u[1] + u[2] * u[2] + u[3] * u[3]) / (2 * u[0]));
        double[] flux = new double[5];
        for (int m = 0; m < 5; m++) {
            flux[m] = u[m] * speed;
        }
        flux[1 + direction] += pressure;
        flux[4] += pressure * speed;
        return flux;
    }

    /// What the viscous terms take the difference of, from its definition.
    private static double[] viscous(double[] u, int direction, double diffusion) {
        double[] flux = new double[5];
        double squares = 0;
        for (int m = 1; m <= 3; m++) {
            double v = u[m] / u[0];
            flux[m] = 0.1 * v * (m == 1 + direction ? 4.0 / 3 : 1);
            squares += v * v;
        }
        double w = u[1 + direction] / u[0];
        flux[4] = 0.1 * (0.5 * (1 - 1.96) * squares + w * w / 6 + 1.96 * u[4] / u[0]);
        for (int m = 0; m < 5; m++) {
            flux[m] += diffusion * u[m];
        }
        return flux;
    }

    private static double[][] convectiveJacobian(double[] u, int direction) {
        return differentiate(v -> convective(v, direction), u);
    }

    private static double[][] viscousJacobian(double[] u, int direction) {
        return differentiate(v -> viscous(v, direction, direction == 2 ? 1.0 : 0.75), u);
    }

    private static double[][] differentiate(java.util.function.UnaryOperator<double[]> function, double[] u) {
        double[][] jacobian = new double[5][5];
        for (int c = 0; c < 5; c++) {
            double step = 1e-5;
            double[] more = u.clone();
            double[] less = u.clone();
            more[c] += step;
            less[c] -= step;
            double[] high = function.apply(more);
            double[] low = function.apply(less);
            for (int m = 0; m < 5; m++) {
                jacobian[m][c] = (high[m] - low[m]) / (2 * step);
            }
        }
        return jacobian;
    }

    private static double[][] identity() {
        double[][] one = new double[5][5];
        for (int m = 0; m < 5; m++) {
            one[m][m] = 1;
        }
        return one;
    }

    private static void block(double[][] matrix, int row, int column, double[][] block, double factor) {
        for (int m = 0; m < 5; m++) {
            for (int c = 0; c < 5; c++) {
                matrix[5 * row + m][5 * column + c] += factor * block[m][c];
            }
        }
    }

    private static double[] solve(double[][] a, double[] b) {
        int n = b.length;
        for (int p = 0; p < n; p++) {
            int best = p;
            for (int r = p + 1; r < n; r++) {
                if (Math.abs(a[r][p]) > Math.abs(a[best][p])) {
                    best = r;
                }
            }
            double[] row = a[p];
            a[p] = a[best];
            a[best] = row;
            double value = b[p];
            b[p] = b[best];
            b[best] = value;
            for (int r = p + 1; r < n; r++) {
                double f = a[r][p] / a[p][p];
                for (int c = p; c < n; c++) {
                    a[r][c] -= f * a[p][c];
                }
                b[r] -= f * b[p];
            }
        }
        for (int p = n - 1; p >= 0; p--) {
            for (int c = p + 1; c < n; c++) {
                b[p] -= a[p][c] * b[c];
            }
            b[p] /= a[p][p];
        }
        return b;
    }
}
