package org.vnetp.nas.kernel.cfd;

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

    private static final int BLOCK = Blocks.ENTRIES;
    /// Rows a point keeps: C' row by row, then r'.
    private static final int KEPT = BLOCK + 5;

    private final FlowModel model;
    private final int width;
    private final double[][] conserved;
    private final double[][] sides;
    private final FluxJacobians jacobians;
    private final double[][] left;
    private final double[][] diagonal;
    private final double[][] reciprocal;
    private final double[][] previous;

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
        this.jacobians = new FluxJacobians(model, points, width);
        this.left = new double[BLOCK][width];
        this.diagonal = new double[BLOCK][width];
        this.reciprocal = new double[5][width];
        this.previous = new double[KEPT][width];
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
            jacobians.flowAt(p, conserved, 5 * p, n);
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
            jacobians.neighbour(left, 0, p - 1, -model.first, diffusion, n);
            jacobians.neighbour(state, at, p + 1, model.first, diffusion, n);
            jacobians.diagonal(diagonal, p, diffusion, n);
            for (int m = 0; m < 5; m++) {
                System.arraycopy(sides[(i - begin) * 5 + m], 0, state[at + BLOCK + m], 0, n);
            }
            Blocks.eliminate(left, before, beforeAt, diagonal, state, at + BLOCK, n);
            Blocks.factor(diagonal, reciprocal, n);
            Blocks.solveColumns(diagonal, reciprocal, state, at, n);
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
                Blocks.subtract5(
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
}
