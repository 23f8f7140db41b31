package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// Fills the ghosts of a rank's cells: two layers of `u` across each of the six faces, in six messages,
/// each with the faces of all cells towards one neighbour. Both sides go through their cells in the same
/// order.
final class FaceExchange {
    private static final int FACE_TAG = 100;

    private final MultiPartition partition;
    private final Cell[] cells;
    private final Links.Channel[] channels = new Links.Channel[6];
    private final double[] staging;

    FaceExchange(MultiPartition partition, Cell[] cells, Links links) {
        this.partition = partition;
        this.cells = cells;
        int capacity = 0;
        if (partition.q > 1) {
            for (int f = 0; f < 6; f++) {
                capacity = Math.max(capacity, Math.max(doubles(f / 2, step(f)), doubles(f / 2, -step(f))));
            }
            for (int f = 0; f < 6; f++) {
                channels[f] = links.channel(
                        partition.neighbour(f / 2, step(f)),
                        partition.neighbour(f / 2, -step(f)),
                        FACE_TAG + f,
                        capacity);
            }
        }
        this.staging = new double[capacity];
    }

    private static int step(int f) {
        return f % 2 == 0 ? 1 : -1;
    }

    private boolean has(int direction, int step, int c) {
        int next = partition.slab(direction, c) + step;
        return next >= 0 && next < partition.q;
    }

    private int doubles(int direction, int step) {
        int count = 0;
        for (int c = 0; c < partition.q; c++) {
            if (has(direction, step, c)) {
                count += faceDoubles(cells[c], direction);
            }
        }
        return count;
    }

    static int faceDoubles(Cell cell, int direction) {
        return 5 * GHOST * cell.nx * cell.ny * cell.nz / cell.extent(direction);
    }

    /// Exchanges all faces.
    void run() {
        if (partition.q == 1) {
            return;
        }
        for (int f = 0; f < 6; f++) {
            channels[f].expect(doubles(f / 2, -step(f)));
        }
        for (int f = 0; f < 6; f++) {
            int at = 0;
            for (int c = 0; c < partition.q; c++) {
                if (has(f / 2, step(f), c)) {
                    int first = step(f) > 0 ? cells[c].extent(f / 2) - GHOST : 0;
                    at = pack(cells[c], f / 2, first, staging, at);
                }
            }
            channels[f].send(staging, at);
        }
        for (int f = 0; f < 6; f++) {
            channels[f].take(staging, doubles(f / 2, -step(f)));
            int at = 0;
            for (int c = 0; c < partition.q; c++) {
                if (has(f / 2, -step(f), c)) {
                    int first = step(f) > 0 ? -GHOST : cells[c].extent(f / 2);
                    at = unpack(cells[c], f / 2, first, staging, at);
                }
            }
        }
        for (int f = 0; f < 6; f++) {
            channels[f].flush();
        }
    }

    /// Copies the two layers from local index `first` on into `to`.
    static int pack(Cell cell, int direction, int first, double[] to, int at) {
        int[] from = {0, 0, 0};
        int[] end = {cell.nx, cell.ny, cell.nz};
        from[direction] = first;
        end[direction] = first + GHOST;
        int length = end[0] - from[0];
        int next = at;
        for (int m = 0; m < 5; m++) {
            for (int k = from[2]; k < end[2]; k++) {
                for (int j = from[1]; j < end[1]; j++) {
                    double[] row = cell.u[m][cell.row(j, k)];
                    if (direction == 0) {
                        to[next] = row[first + GHOST];
                        to[next + 1] = row[first + GHOST + 1];
                    } else {
                        System.arraycopy(row, from[0] + GHOST, to, next, length);
                    }
                    next += length;
                }
            }
        }
        return next;
    }

    /// The reverse of [#pack].
    static int unpack(Cell cell, int direction, int first, double[] source, int at) {
        int[] from = {0, 0, 0};
        int[] end = {cell.nx, cell.ny, cell.nz};
        from[direction] = first;
        end[direction] = first + GHOST;
        int length = end[0] - from[0];
        int next = at;
        for (int m = 0; m < 5; m++) {
            for (int k = from[2]; k < end[2]; k++) {
                for (int j = from[1]; j < end[1]; j++) {
                    double[] row = cell.u[m][cell.row(j, k)];
                    if (direction == 0) {
                        row[first + GHOST] = source[next];
                        row[first + GHOST + 1] = source[next + 1];
                    } else {
                        System.arraycopy(source, next, row, from[0] + GHOST, length);
                    }
                    next += length;
                }
            }
        }
        return next;
    }
}
