package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// The inner grid lines of a cell in one direction, numbered, and copying between fields and batches of
/// lines. A batch holds one row for each point along the line, line number innermost.
final class CellLines {
    private final Cell cell;
    final int direction;
    private final int lowA;
    private final int countA;
    private final int lowB;
    /// How many lines there are.
    final int count;
    /// Local bounds of the inner points along a line.
    final int begin;

    final int end;

    private final double[][] rows;

    /// @param batch most lines ever copied at once
    CellLines(Cell cell, int direction, int batch) {
        this.cell = cell;
        this.direction = direction;
        int a = direction == 0 ? 1 : 0;
        int b = direction == 2 ? 1 : 2;
        this.lowA = cell.low[a];
        this.countA = cell.high[a] - cell.low[a];
        this.lowB = cell.low[b];
        this.count = countA * (cell.high[b] - cell.low[b]);
        this.begin = cell.low[direction];
        this.end = cell.high[direction];
        this.rows = new double[batch][];
    }

    /// Copies the points `from` to before `to` of `lines` lines, the first being number `first`: point p
    /// goes to `batch[base + (p - from) * stride]`.
    void gather(double[][] field, int first, int lines, int from, int to, double[][] batch, int base, int stride) {
        int done = 0;
        while (done < lines) {
            int a = lowA + (first + done) % countA;
            int b = lowB + (first + done) / countA;
            int run = Math.min(lines - done, lowA + countA - a);
            if (direction == 0) {
                for (int l = 0; l < run; l++) {
                    rows[l] = field[cell.row(a + l, b)];
                }
                for (int p = from; p < to; p++) {
                    transpose(rows, p + GHOST, batch[base + (p - from) * stride], done, run);
                }
            } else {
                for (int p = from; p < to; p++) {
                    double[] row = field[direction == 1 ? cell.row(p, b) : cell.row(b, p)];
                    System.arraycopy(row, a + GHOST, batch[base + (p - from) * stride], done, run);
                }
            }
            done += run;
        }
    }

    private static void transpose(double[][] rows, int i, double[] to, int at, int run) {
        for (int l = 0; l < run; l++) {
            to[at + l] = rows[l][i];
        }
    }

    /// The reverse of [#gather].
    void scatter(double[][] batch, int base, int stride, int first, int lines, int from, int to, double[][] field) {
        int done = 0;
        while (done < lines) {
            int a = lowA + (first + done) % countA;
            int b = lowB + (first + done) / countA;
            int run = Math.min(lines - done, lowA + countA - a);
            if (direction == 0) {
                for (int l = 0; l < run; l++) {
                    rows[l] = field[cell.row(a + l, b)];
                }
                for (int p = from; p < to; p++) {
                    transposeBack(batch[base + (p - from) * stride], done, run, rows, p + GHOST);
                }
            } else {
                for (int p = from; p < to; p++) {
                    double[] row = field[direction == 1 ? cell.row(p, b) : cell.row(b, p)];
                    System.arraycopy(batch[base + (p - from) * stride], done, row, a + GHOST, run);
                }
            }
            done += run;
        }
    }

    private static void transposeBack(double[] from, int at, int run, double[][] rows, int i) {
        for (int l = 0; l < run; l++) {
            rows[l][i] = from[at + l];
        }
    }
}
