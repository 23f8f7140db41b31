package org.vnetp.nas.kernel.cfd;

/// The diagonal multi-partition of a cube: `q * q` ranks, `q` cells each, so that every rank has exactly
/// one cell in each slab of each direction and a line solve that moves from slab to slab keeps all ranks
/// busy. A rank's neighbour in a direction is the same for all its cells. (Naik, "A scalable implementation
/// of the NAS parallel benchmark BT on distributed memory systems", 1995; the arrangement NPB uses.)
final class MultiPartition {
    /// Cells along one edge, and cells of one rank.
    final int q;

    private final int size;
    private final int row;
    private final int column;

    MultiPartition(int size, int ranks, int rank) {
        this.size = size;
        this.q = (int) Math.round(Math.sqrt(ranks));
        this.row = rank % q;
        this.column = rank / q;
    }

    /// Which slab of `direction` the rank's cell number `c` is in.
    int slab(int direction, int c) {
        return switch (direction) {
            case 0 -> (row + c) % q;
            case 1 -> Math.floorMod(column - c, q);
            default -> c;
        };
    }

    /// The number of the rank's cell in a slab.
    int cellIn(int direction, int slab) {
        for (int c = 0; c < q; c++) {
            if (slab(direction, c) == slab) {
                return c;
            }
        }
        throw new IllegalArgumentException("slab " + slab + " of " + q);
    }

    /// The rank that has the next cells in a direction (`step` 1) or those before (`step` -1).
    int neighbour(int direction, int step) {
        int r = row + (direction == 0 ? step : direction == 2 ? -step : 0);
        int c = column + (direction == 0 ? 0 : step);
        return Math.floorMod(r, q) + q * Math.floorMod(c, q);
    }

    /// First point of a slab. The first slabs are one point thicker when `q` does not divide the size.
    int origin(int slab) {
        return slab * (size / q) + Math.min(slab, size % q);
    }

    /// Points across a slab.
    int extent(int slab) {
        return size / q + (slab < size % q ? 1 : 0);
    }

    Cell makeCell(int c, Cell.Extra extra) {
        int[] origin = new int[3];
        int[] extent = new int[3];
        for (int d = 0; d < 3; d++) {
            origin[d] = origin(slab(d, c));
            extent[d] = extent(slab(d, c));
        }
        return new Cell(size, origin, extent, extra);
    }
}
