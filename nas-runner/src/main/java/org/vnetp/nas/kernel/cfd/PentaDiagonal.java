package org.vnetp.nas.kernel.cfd;

/// SP's solver: along each line five scalar penta-diagonal systems, one for each characteristic variable
/// (RNR-94-007, section 4.6). The first three share one matrix, that of the speed u; the fourth has u + c,
/// the fifth u - c.
///
/// Going forward a row becomes `x(i) + D x(i+1) + E x(i+2) = R`; D, E (of three matrices) and R (of five
/// variables) are kept. After the solve along the first two directions the batch is turned into the
/// characteristic variables of the next direction before it is written back.
final class PentaDiagonal implements LineSweep {
    /// Lines in a batch: chosen by few runs, in which 128 was faster than 64; larger ones are not settled.
    static final int BATCH = 128;

    /// Rows a point keeps: D and E of the three matrices, then R of the five variables.
    private static final int KEPT = 11;

    private static final int R = 6;
    private static final double ROOT_HALF = Math.sqrt(0.5);

    private final FlowModel model;
    private final int width;
    private final double[][] speed;
    private final double[][] inverse;
    private final double[][] sound;
    /// The two points before a cell, the farther one first.
    private final double[][] previous;

    private final double[] lower;
    private final double[] pivot;
    /// The five diagonals' parts that are the same for all lines.
    private double a;

    private double b;
    private double c;
    private double d;
    private double e;

    /// @param longest points in the longest line of a cell
    PentaDiagonal(FlowModel model, int longest) {
        this(model, longest, BATCH);
    }

    PentaDiagonal(FlowModel model, int longest, int width) {
        this.model = model;
        this.width = width;
        this.speed = new double[longest + 2][width];
        this.inverse = new double[longest + 2][width];
        this.sound = new double[longest + 2][width];
        this.previous = new double[2 * KEPT][width];
        this.lower = new double[width];
        this.pivot = new double[width];
    }

    @Override
    public int batch() {
        return width;
    }

    @Override
    public int forwardDoubles() {
        return 2 * KEPT;
    }

    @Override
    public int backwardDoubles() {
        return 10;
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
        lines.gather(cell.velocity[direction], first, n, begin - 1, end + 1, speed, 0, 1);
        lines.gather(cell.inverse, first, n, begin - 1, end + 1, inverse, 0, 1);
        lines.gather(cell.sound, first, n, begin - 1, end + 1, sound, 0, 1);
        for (int m = 0; m < 5; m++) {
            lines.gather(cell.rhs[m], first, n, begin, end, state, R + m, KEPT);
        }
        for (int v = 0; v < 2 * KEPT; v++) {
            System.arraycopy(edge, edgeAt + v * n, previous[v], 0, n);
        }
        for (int i = begin; i < end; i++) {
            eliminate(i - begin, i + cell.origin(direction), direction, state, n);
        }
        for (int v = 0; v < 2 * KEPT; v++) {
            System.arraycopy(state[(end - begin - 2) * KEPT + v], 0, edge, edgeAt + v * n, n);
        }
    }

    private void eliminate(int i, int global, int direction, double[][] state, int n) {
        double[][] one = i >= 1 ? state : previous;
        int oneAt = i >= 1 ? (i - 1) * KEPT : KEPT;
        double[][] two = i >= 2 ? state : previous;
        int twoAt = i >= 2 ? (i - 2) * KEPT : i * KEPT;
        int at = i * KEPT;
        weigh(global, direction);
        for (int matrix = 0; matrix < 3; matrix++) {
            double acoustic = matrix == 0 ? 0 : matrix == 1 ? model.first : -model.first;
            double[] d1 = one[oneAt + 2 * matrix];
            double[] e1 = one[oneAt + 2 * matrix + 1];
            double[] d2 = two[twoAt + 2 * matrix];
            double[] e2 = two[twoAt + 2 * matrix + 1];
            row(i, acoustic, d1, e1, d2, e2, state[at + 2 * matrix], state[at + 2 * matrix + 1], n);
            int from = matrix == 0 ? 0 : 2 + matrix;
            int to = matrix == 0 ? 3 : from + 1;
            for (int m = from; m < to; m++) {
                side(state[at + R + m], one[oneAt + R + m], two[twoAt + R + m], lower, pivot, a, n);
            }
        }
    }

    /// The constant parts of the five diagonals at the global index `g`: diffusion and the
    /// fourth-order dissipation, which is one-sided near the boundary.
    private void weigh(int g, int direction) {
        double fourth = model.dt * FlowModel.DISSIPATION;
        double diffusion = model.second * model.diffusion(direction);
        int last = model.size - 1;
        a = g <= 2 ? 0 : fourth;
        b = (g == 1 ? 0 : -4 * fourth) - diffusion;
        c = 1 + (g == 1 || g == last - 1 ? 5 : 6) * fourth + 2 * diffusion;
        d = (g == last - 1 ? 0 : -4 * fourth) - diffusion;
        e = g >= last - 2 ? 0 : fourth;
    }

    /// Eliminates what row `i` of one matrix has below its diagonal, and leaves `lower` and `pivot`
    /// for the right-hand sides.
    private void row(
            int i,
            double acoustic,
            double[] d1,
            double[] e1,
            double[] d2,
            double[] e2,
            double[] d0,
            double[] e0,
            int n) {
        double first = model.first;
        double kappa = model.second * FlowModel.KAPPA;
        double weightA = a;
        double weightB = b;
        double weightC = c;
        double weightD = d;
        double weightE = e;
        double[] speedBefore = speed[i];
        double[] soundBefore = sound[i];
        double[] inverseBefore = inverse[i];
        double[] inverseHere = inverse[i + 1];
        double[] speedAfter = speed[i + 2];
        double[] soundAfter = sound[i + 2];
        double[] inverseAfter = inverse[i + 2];
        double[] lowers = lower;
        double[] pivots = pivot;
        for (int l = 0; l < n; l++) {
            double below = weightB
                    - first * speedBefore[l]
                    - acoustic * soundBefore[l]
                    - kappa * inverseBefore[l]
                    - weightA * d2[l];
            double over = 1.0 / (weightC + 2 * kappa * inverseHere[l] - weightA * e2[l] - below * d1[l]);
            d0[l] = (weightD
                            + first * speedAfter[l]
                            + acoustic * soundAfter[l]
                            - kappa * inverseAfter[l]
                            - below * e1[l])
                    * over;
            e0[l] = weightE * over;
            lowers[l] = below;
            pivots[l] = over;
        }
    }

    @Override
    public void backward(Cell cell, CellLines lines, int first, int n, double[][] state, double[] edge, int edgeAt) {
        int begin = lines.begin;
        int points = lines.end - begin;
        for (int v = 0; v < 10; v++) {
            System.arraycopy(edge, edgeAt + v * n, previous[v], 0, n);
        }
        for (int i = points - 1; i >= 0; i--) {
            int at = i * KEPT;
            for (int m = 0; m < 5; m++) {
                double[] x1 = i + 1 < points ? state[at + KEPT + R + m] : previous[m];
                double[] x2 = i + 2 < points ? state[at + 2 * KEPT + R + m] : previous[5 * (i + 2 - points) + m];
                int matrix = m < 3 ? 0 : m - 2;
                back(state[at + R + m], state[at + 2 * matrix], state[at + 2 * matrix + 1], x1, x2, n);
            }
        }
        for (int v = 0; v < 10; v++) {
            System.arraycopy(state[v / 5 * KEPT + R + v % 5], 0, edge, edgeAt + v * n, n);
        }
        for (int i = 0; i < points; i++) {
            turn(lines.direction, state, i * KEPT + R, n);
        }
        for (int m = 0; m < 5; m++) {
            lines.scatter(state, R + m, KEPT, first, n, begin, lines.end, cell.rhs[m]);
        }
    }

    /// From the characteristic variables of one direction to those of the next: two of the first three
    /// change places, the third mixes with the two acoustic ones.
    private static void turn(int direction, double[][] x, int at, int n) {
        if (direction == 0) {
            swapNegated(x[at], x[at + 1], n);
            mix(x[at + 2], x[at + 3], x[at + 4], n);
        } else if (direction == 1) {
            swapNegated(x[at + 1], x[at + 2], n);
            mix(x[at], x[at + 3], x[at + 4], n);
        }
    }

    private static void swapNegated(double[] a, double[] b, int n) {
        for (int l = 0; l < n; l++) {
            double was = a[l];
            a[l] = -b[l];
            b[l] = was;
        }
    }

    private static void mix(double[] a, double[] plus, double[] minus, int n) {
        for (int l = 0; l < n; l++) {
            double shear = ROOT_HALF * a[l];
            double mean = 0.5 * (plus[l] + minus[l]);
            a[l] = ROOT_HALF * (plus[l] - minus[l]);
            plus[l] = mean - shear;
            minus[l] = mean + shear;
        }
    }

    private static void side(double[] r, double[] r1, double[] r2, double[] lower, double[] pivot, double a, int n) {
        for (int l = 0; l < n; l++) {
            r[l] = (r[l] - a * r2[l] - lower[l] * r1[l]) * pivot[l];
        }
    }

    private static void back(double[] x, double[] d, double[] e, double[] x1, double[] x2, int n) {
        for (int l = 0; l < n; l++) {
            x[l] -= d[l] * x1[l] + e[l] * x2[l];
        }
    }
}
