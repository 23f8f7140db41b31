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
                int l = 0;
                for (; l < run - 3; l += 4) {
                    gather4(rows, l, from, to, batch, base, stride, done + l);
                }
                for (; l < run; l++) {
                    gather1(rows[l], from, to, batch, base, stride, done + l);
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

    /// Four lines at once: each row of the batch is looked up once for them.
    private static void gather4(
            double[][] lines, int first, int from, int to, double[][] batch, int base, int stride, int at) {
        double[] line0 = lines[first];
        double[] line1 = lines[first + 1];
        double[] line2 = lines[first + 2];
        double[] line3 = lines[first + 3];
        for (int p = from; p < to; p++) {
            double[] row = batch[base + (p - from) * stride];
            row[at] = line0[p + GHOST];
            row[at + 1] = line1[p + GHOST];
            row[at + 2] = line2[p + GHOST];
            row[at + 3] = line3[p + GHOST];
        }
    }

    private static void gather1(double[] line, int from, int to, double[][] batch, int base, int stride, int at) {
        for (int p = from; p < to; p++) {
            batch[base + (p - from) * stride][at] = line[p + GHOST];
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
                int l = 0;
                for (; l < run - 3; l += 4) {
                    scatter4(batch, base, stride, done + l, from, to, rows, l);
                }
                for (; l < run; l++) {
                    scatter1(batch, base, stride, done + l, from, to, rows[l]);
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

    private static void scatter4(
            double[][] batch, int base, int stride, int at, int from, int to, double[][] lines, int first) {
        double[] line0 = lines[first];
        double[] line1 = lines[first + 1];
        double[] line2 = lines[first + 2];
        double[] line3 = lines[first + 3];
        for (int p = from; p < to; p++) {
            double[] row = batch[base + (p - from) * stride];
            line0[p + GHOST] = row[at];
            line1[p + GHOST] = row[at + 1];
            line2[p + GHOST] = row[at + 2];
            line3[p + GHOST] = row[at + 3];
        }
    }

    private static void scatter1(double[][] batch, int base, int stride, int at, int from, int to, double[] line) {
        for (int p = from; p < to; p++) {
            line[p + GHOST] = batch[base + (p - from) * stride][at];
        }
    }
}
