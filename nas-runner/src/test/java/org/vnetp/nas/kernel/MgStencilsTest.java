package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MgStencilsTest {
    private static final double[] WEIGHTS = {-8.0 / 3, 0.5, 1.0 / 6, 1.0 / 12};

    private final Random random = new Random(27);

    @Test
    void theResidualIsTheRightHandSideLessTheWeighedNeighbours() {
        double[][][] u = cube(18, 6, 4);
        double[][][] v = cube(18, 6, 4);
        double[][][] r = cube(18, 6, 4);
        new MgStencils(18).residual(u, v, r, WEIGHTS[0], WEIGHTS[2], WEIGHTS[3]);
        everyInner(
                r,
                (x, y, z) -> assertEquals(
                        v[z][y][x] - weighed(u, x, y, z, WEIGHTS[0], 0, WEIGHTS[2], WEIGHTS[3]), r[z][y][x], 1e-13));
    }

    @Test
    void smoothingAddsTheWeighedNeighbours() {
        double[][][] r = cube(11, 5, 5);
        double[][][] u = cube(11, 5, 5);
        double[][][] before = copy(u);
        new MgStencils(11).smooth(r, u, WEIGHTS[0], WEIGHTS[1], WEIGHTS[2]);
        everyInner(
                u,
                (x, y, z) -> assertEquals(
                        before[z][y][x] + weighed(r, x, y, z, WEIGHTS[0], WEIGHTS[1], WEIGHTS[2], 0),
                        u[z][y][x],
                        1e-13));
    }

    @Test
    void restrictionWeighsByDistanceAroundEverySecondPoint() {
        double[][][] fine = cube(18, 10, 6);
        double[][][] coarse = cube(10, 6, 4);
        new MgStencils(18).restrict(fine, coarse);
        everyInner(
                coarse,
                (x, y, z) -> assertEquals(
                        weighed(fine, 2 * x, 2 * y, 2 * z, 0.5, 0.25, 0.125, 0.0625), coarse[z][y][x], 1e-13));
    }

    @Test
    void interpolationAddsTheMeanOfTheCoarsePointsAround() {
        double[][][] fine = cube(18, 10, 6);
        double[][][] coarse = cube(10, 6, 4);
        double[][][] before = copy(fine);
        new MgStencils(18).interpolate(coarse, fine);
        for (int z = 0; z < 6; z++) {
            for (int y = 0; y < 10; y++) {
                for (int x = 0; x < 18; x++) {
                    double sum = 0;
                    for (int near = 0; near < 8; near++) {
                        sum += coarse[(z + near / 4) / 2][(y + near / 2 % 2) / 2][(x + near % 2) / 2];
                    }
                    assertEquals(before[z][y][x] + sum / 8, fine[z][y][x], 1e-13);
                }
            }
        }
    }

    private interface Place {
        void at(int x, int y, int z);
    }

    private static void everyInner(double[][][] a, Place place) {
        for (int z = 1; z < a.length - 1; z++) {
            for (int y = 1; y < a[0].length - 1; y++) {
                for (int x = 1; x < a[0][0].length - 1; x++) {
                    place.at(x, y, z);
                }
            }
        }
    }

    private static double weighed(double[][][] a, int x, int y, int z, double... byDistance) {
        double sum = 0;
        for (int near = 0; near < 27; near++) {
            int dx = near % 3 - 1;
            int dy = near / 3 % 3 - 1;
            int dz = near / 9 - 1;
            sum += byDistance[Math.abs(dx) + Math.abs(dy) + Math.abs(dz)] * a[z + dz][y + dy][x + dx];
        }
        return sum;
    }

    private static double[][][] copy(double[][][] a) {
        double[][][] copy = new double[a.length][a[0].length][];
        for (int z = 0; z < a.length; z++) {
            for (int y = 0; y < a[0].length; y++) {
                copy[z][y] = a[z][y].clone();
            }
        }
        return copy;
    }

    private double[][][] cube(int x, int y, int z) {
        double[][][] a = new double[z][y][x];
        for (double[][] plane : a) {
            for (double[] line : plane) {
                for (int i = 0; i < line.length; i++) {
                    line[i] = random.nextDouble() - 0.5;
                }
            }
        }
        return a;
    }
}
