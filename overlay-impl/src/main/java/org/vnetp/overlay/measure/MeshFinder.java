package org.vnetp.overlay.measure;

import java.util.Arrays;

/// Whether a graph is a rectangle of rows and columns in which neighbours are joined, and perhaps
/// the ends of rows, of columns, or of both. The guests are laid out one after the other, each
/// joined to those before it exactly as its place asks; a place that fits nobody takes the last one
/// back. The number of steps is bounded: what takes longer is none.
final class MeshFinder {
    private static final int MOST_STEPS = 200_000;

    private final boolean[][] joined;
    private final int[] nodes;
    private final int rows;
    private final int columns;
    private final boolean aroundRows;
    private final boolean aroundColumns;
    private final int[] at;
    private final boolean[] used;
    private int steps;

    private MeshFinder(
            boolean[][] joined, int[] nodes, int rows, int columns, boolean aroundRows, boolean aroundColumns) {
        this.joined = joined;
        this.nodes = nodes;
        this.rows = rows;
        this.columns = columns;
        this.aroundRows = aroundRows;
        this.aroundColumns = aroundColumns;
        this.at = new int[rows * columns];
        this.used = new boolean[joined.length];
    }

    /// @param nodes those that take part
    /// @param edges how many edges join them
    static boolean isMesh(boolean[][] joined, int[] nodes, int edges) {
        int count = nodes.length;
        for (int rows = 2; rows * rows <= count; rows++) {
            if (count % rows != 0) {
                continue;
            }
            int columns = count / rows;
            for (int around = 0; around < 4; around++) {
                // Two in a row have no ends to join.
                boolean aroundColumns = (around & 1) != 0 && rows > 2;
                boolean aroundRows = (around & 2) != 0 && columns > 2;
                int wanted = rows * (columns - 1)
                        + columns * (rows - 1)
                        + (aroundRows ? rows : 0)
                        + (aroundColumns ? columns : 0);
                boolean said = (aroundColumns ? 1 : 0) + (aroundRows ? 2 : 0) == around;
                if (said
                        && wanted == edges
                        && new MeshFinder(joined, nodes, rows, columns, aroundRows, aroundColumns).place(0)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean place(int cell) {
        if (cell == at.length) {
            return true;
        }
        for (int node : nodes) {
            if (!used[node] && steps++ < MOST_STEPS && fits(cell, node)) {
                used[node] = true;
                at[cell] = node;
                if (place(cell + 1)) {
                    return true;
                }
                used[node] = false;
            }
        }
        return false;
    }

    /// As many edges as wanted in all, so that those that are wanted are all there are.
    private boolean fits(int cell, int node) {
        int row = cell / columns;
        int column = cell % columns;
        if (Arrays.stream(nodes).filter(other -> joined[node][other]).count() != degree(row, column)) {
            return false;
        }
        return (column == 0 || joined[node][at[cell - 1]])
                && (row == 0 || joined[node][at[cell - columns]])
                && (!aroundRows || column < columns - 1 || joined[node][at[cell - columns + 1]])
                && (!aroundColumns || row < rows - 1 || joined[node][at[column]]);
    }

    private int degree(int row, int column) {
        int beside = aroundRows ? 2 : (column > 0 ? 1 : 0) + (column < columns - 1 ? 1 : 0);
        int above = aroundColumns ? 2 : (row > 0 ? 1 : 0) + (row < rows - 1 ? 1 : 0);
        return beside + above;
    }
}
