package org.vnetp.nas.kernel;

import java.util.Arrays;

/// One rank's block of CG's matrix, in compressed rows: a sum of weighted outer products of sparse random
/// vectors, plus `(rcond - shift) I` (RNR-94-007, section 3.2).
///
/// Vector `i` has `nonzer` random elements and element `i` set to one half; its weight falls
/// geometrically from 1 to `rcond`. Every rank draws all vectors (their places in the random
/// sequence depend on all before) and sums up its own block, row by row.
final class CgMatrix {
    private static final double CONDITION = 0.1;
    private static final double DIAGONAL_ELEMENT = 0.5;

    private final int rows;
    private final int[] rowStart;
    private final int[] column;
    private final double[] value;

    private CgMatrix(int[] rowStart, int[] column, double[] value) {
        this.rows = rowStart.length - 1;
        this.rowStart = rowStart;
        this.column = column;
        this.value = value;
    }

    /// Draws the matrix and keeps the block of the given rows and columns.
    static CgMatrix generate(int n, int nonzer, double shift, int firstRow, int rows, int firstColumn, int columns) {
        int width = nonzer + 1;
        int[] place = new int[n * width];
        double[] element = new double[n * width];
        int[] length = new int[n];
        drawVectors(n, nonzer, place, element, length);

        // Which vectors have an element in each of our rows, and what each contributes at most.
        int[] users = new int[rows + 1];
        int[] inColumns = new int[n];
        for (int i = 0; i < n; i++) {
            for (int k = i * width; k < i * width + length[i]; k++) {
                int row = place[k] - firstRow;
                if (row >= 0 && row < rows) {
                    users[row + 1]++;
                }
                int c = place[k] - firstColumn;
                if (c >= 0 && c < columns) {
                    inColumns[i]++;
                }
            }
        }
        for (int row = 0; row < rows; row++) {
            users[row + 1] += users[row];
        }
        int[] user = new int[users[rows]];
        int[] next = Arrays.copyOf(users, rows);
        long most = 0;
        for (int i = 0; i < n; i++) {
            for (int k = i * width; k < i * width + length[i]; k++) {
                int row = place[k] - firstRow;
                if (row >= 0 && row < rows) {
                    user[next[row]++] = k;
                    most += inColumns[i];
                }
            }
        }
        if (most > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("CG's block of this rank would have " + most
                    + " elements, more than an array holds: use more ranks");
        }

        double[] weight = new double[n];
        double ratio = Math.pow(CONDITION, 1.0 / n);
        double size = 1;
        for (int i = 0; i < n; i++) {
            weight[i] = size;
            size *= ratio;
        }

        int[] rowStart = new int[rows + 1];
        int[] column = new int[(int) most];
        double[] value = new double[(int) most];
        double[] sum = new double[columns];
        boolean[] used = new boolean[columns];
        int filled = 0;
        for (int row = 0; row < rows; row++) {
            int begin = filled;
            for (int u = users[row]; u < users[row + 1]; u++) {
                int i = user[u] / width;
                double scaled = weight[i] * element[user[u]];
                for (int k = i * width; k < i * width + length[i]; k++) {
                    int c = place[k] - firstColumn;
                    if (c >= 0 && c < columns) {
                        if (!used[c]) {
                            used[c] = true;
                            sum[c] = 0;
                            column[filled++] = c;
                        }
                        sum[c] += scaled * element[k];
                    }
                }
            }
            int diagonal = row + firstRow - firstColumn;
            if (diagonal >= 0 && diagonal < columns) {
                sum[diagonal] += CONDITION - shift;
            }
            Arrays.sort(column, begin, filled);
            for (int k = begin; k < filled; k++) {
                value[k] = sum[column[k]];
                used[column[k]] = false;
            }
            rowStart[row + 1] = filled;
        }
        return new CgMatrix(rowStart, column, value);
    }

    private static void drawVectors(int n, int nonzer, int[] place, double[] element, int[] length) {
        int power = Integer.highestOneBit(n) == n ? n : Integer.highestOneBit(n) << 1;
        int width = nonzer + 1;
        // One number is drawn and dropped before the first vector.
        long state = NpbRandom.next(NpbRandom.SEED);
        int[] drawnBy = new int[n];
        for (int i = 0; i < n; i++) {
            int base = i * width;
            int count = 0;
            while (count < nonzer) {
                state = NpbRandom.next(state);
                double drawn = NpbRandom.value(state);
                state = NpbRandom.next(state);
                int at = (int) (power * NpbRandom.value(state));
                if (at < n && drawnBy[at] != i + 1) {
                    drawnBy[at] = i + 1;
                    place[base + count] = at;
                    element[base + count] = drawn;
                    count++;
                }
            }
            int own = base;
            while (own < base + count && place[own] != i) {
                own++;
            }
            place[own] = i;
            element[own] = DIAGONAL_ELEMENT;
            length[i] = Math.max(count, own - base + 1);
        }
    }

    /// Stored elements.
    int elements() {
        return rowStart[rows];
    }

    /// `to = A from`, for this block.
    void multiply(double[] from, double[] to) {
        multiply(rows, rowStart, column, value, from, to);
    }

    /// Four sums at once, since the order of one sum would leave the adders waiting for each other.
    private static void multiply(int rows, int[] rowStart, int[] column, double[] value, double[] from, double[] to) {
        for (int row = 0; row < rows; row++) {
            int end = rowStart[row + 1];
            int k = rowStart[row];
            double a = 0;
            double b = 0;
            double c = 0;
            double d = 0;
            for (; k < end - 3; k += 4) {
                a += value[k] * from[column[k]];
                b += value[k + 1] * from[column[k + 1]];
                c += value[k + 2] * from[column[k + 2]];
                d += value[k + 3] * from[column[k + 3]];
            }
            for (; k < end; k++) {
                a += value[k] * from[column[k]];
            }
            to[row] = (a + b) + (c + d);
        }
    }
}
