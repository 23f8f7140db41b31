package org.vnetp.nas.kernel.cfd;

import java.util.Arrays;

/// Takes a [LineSweep] through all cells of a direction: from slab to slab forward, each time handing the
/// edge to the neighbour, and back again (multi-partition: at every stage each rank works on one of its
/// cells).
final class AdiSweeps {
    private static final int FORWARD_TAG = 200;
    private static final int BACKWARD_TAG = 210;

    private final MultiPartition partition;
    private final Cell[] cells;
    private final LineSweep sweep;
    private final CellLines[][] lines;
    /// Kept eliminations: by cell and batch. On a single rank one batch is finished before the next begins.
    private final double[][][][] states;

    private final Links.Channel[] forward = new Links.Channel[3];
    private final Links.Channel[] backward = new Links.Channel[3];
    private final double[] edge;
    private final int messageLines;
    private final int batch;

    /// @param messageLines lines a message has room for, as NPB sizes it; 0: just what is needed
    AdiSweeps(MultiPartition partition, Cell[] cells, LineSweep sweep, Links links, int messageLines) {
        this.partition = partition;
        this.cells = cells;
        this.sweep = sweep;
        this.messageLines = messageLines;
        this.batch = sweep.batch();
        int q = partition.q;
        this.lines = new CellLines[3][q];
        int longest = 0;
        int most = 0;
        for (int c = 0; c < q; c++) {
            for (int d = 0; d < 3; d++) {
                lines[d][c] = new CellLines(cells[c], d, batch);
                longest = Math.max(longest, cells[c].extent(d));
                most = Math.max(most, lines[d][c].count);
            }
        }
        int batches = (most + batch - 1) / batch;
        this.states = new double[q][q == 1 ? 1 : batches][][];
        for (double[][][] ofCell : states) {
            for (int b = 0; b < ofCell.length; b++) {
                ofCell[b] = sweep.newState(longest);
            }
        }
        int widest = Math.max(sweep.forwardDoubles(), sweep.backwardDoubles());
        this.edge = new double[widest * Math.max(Math.max(most, batches * batch), messageLines)];
        if (q > 1) {
            for (int d = 0; d < 3; d++) {
                forward[d] = links.channel(
                        partition.neighbour(d, 1), partition.neighbour(d, -1), FORWARD_TAG + d, edge.length);
                backward[d] = links.channel(
                        partition.neighbour(d, -1), partition.neighbour(d, 1), BACKWARD_TAG + d, edge.length);
            }
        }
    }

    /// Solves along all lines of `direction`: the right-hand sides become the solution.
    void solve(int direction) {
        if (partition.q == 1) {
            solveAlone(direction);
            return;
        }
        for (int stage = 0; stage < partition.q; stage++) {
            forwardStage(direction, stage);
        }
        for (int stage = partition.q - 1; stage >= 0; stage--) {
            backwardStage(direction, stage);
        }
        forward[direction].flush();
        backward[direction].flush();
    }

    private void solveAlone(int direction) {
        CellLines of = lines[direction][0];
        double[][] state = states[0][0];
        for (int first = 0; first < of.count; first += batch) {
            int count = Math.min(batch, of.count - first);
            Arrays.fill(edge, 0, sweep.forwardDoubles() * count, 0.0);
            sweep.forward(cells[0], of, first, count, state, edge, 0);
            Arrays.fill(edge, 0, sweep.backwardDoubles() * count, 0.0);
            sweep.backward(cells[0], of, first, count, state, edge, 0);
        }
    }

    private void forwardStage(int direction, int stage) {
        int c = partition.cellIn(direction, stage);
        CellLines of = lines[direction][c];
        int width = sweep.forwardDoubles();
        int message = width * Math.max(of.count, messageLines);
        if (stage == 0) {
            Arrays.fill(edge, 0, width * of.count, 0.0);
        } else {
            forward[direction].expect(message);
            forward[direction].take(edge, message);
        }
        for (int first = 0, number = 0; first < of.count; first += batch, number++) {
            int count = Math.min(batch, of.count - first);
            sweep.forward(cells[c], of, first, count, states[c][number], edge, first * width);
        }
        if (stage < partition.q - 1) {
            forward[direction].send(edge, message);
        }
    }

    private void backwardStage(int direction, int stage) {
        int c = partition.cellIn(direction, stage);
        CellLines of = lines[direction][c];
        int width = sweep.backwardDoubles();
        int message = width * Math.max(of.count, messageLines);
        if (stage == partition.q - 1) {
            Arrays.fill(edge, 0, width * of.count, 0.0);
        } else {
            backward[direction].expect(message);
            backward[direction].take(edge, message);
        }
        for (int first = 0, number = 0; first < of.count; first += batch, number++) {
            int count = Math.min(batch, of.count - first);
            sweep.backward(cells[c], of, first, count, states[c][number], edge, first * width);
        }
        if (stage > 0) {
            backward[direction].send(edge, message);
        }
    }
}
