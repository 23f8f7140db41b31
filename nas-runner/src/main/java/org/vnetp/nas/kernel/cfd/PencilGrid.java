package org.vnetp.nas.kernel.cfd;

/// LU's division of the grid into pencils along the third direction: `columns` by `rows` ranks, with
/// `columns / 2 <= rows <= columns`, numbered along the first direction first.
final class PencilGrid {
    final int columns;
    final int rows;
    private final int column;
    private final int row;
    private final int size;

    PencilGrid(int size, int ranks, int rank) {
        this.size = size;
        this.rows = rowsFor(ranks);
        if (rows == 0) {
            throw new IllegalArgumentException(ranks + " ranks cannot be laid out for LU");
        }
        this.columns = ranks / rows;
        this.column = rank % columns;
        this.row = rank / columns;
    }

    static boolean legal(int ranks) {
        return ranks > 0 && rowsFor(ranks) > 0;
    }

    /// The larger of the legal row counts, or 0.
    private static int rowsFor(int ranks) {
        for (int rows = (int) Math.sqrt(ranks); rows > 0; rows--) {
            if (ranks % rows == 0) {
                return ranks / rows <= 2 * rows ? rows : 0;
            }
        }
        return 0;
    }

    /// The rank `step` (1 or -1) pencils on in direction 0 or 1, or -1 where the grid ends.
    int neighbour(int direction, int step) {
        int c = column + (direction == 0 ? step : 0);
        int r = row + (direction == 1 ? step : 0);
        return c < 0 || c >= columns || r < 0 || r >= rows ? -1 : r * columns + c;
    }

    private static int origin(int size, int parts, int part) {
        return part * (size / parts) + Math.min(part, size % parts);
    }

    Cell makeCell(Cell.Extra extra) {
        int x = origin(size, columns, column);
        int y = origin(size, rows, row);
        int[] origin = {x, y, 0};
        int[] extent = {origin(size, columns, column + 1) - x, origin(size, rows, row + 1) - y, size};
        return new Cell(size, origin, extent, extra);
    }
}
