package org.vnetp.nas.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Requests;

/// CG's ranks as a grid of rows and columns, and the messages between them.
///
/// With 2^k ranks there are as many columns as rows, or twice as many. Rank (r, c) holds the block of the
/// matrix where row block r meets column block c, and column block c of every vector; ranks of one column hold
/// the same. A product gives partial sums of row block r. They are
/// 1. summed over the ranks of the row, by pairwise exchange at distance 1, 2, 4, ... (with twice
///    as many columns as rows the first exchange also halves the block: each keeps the half that
///    its column's parity names), then
/// 2. exchanged with the rank that holds column block c of the sum: the transposition.
final class CgGrid {
    private static final int TAG = 1;

    private final Communicator world;
    private final int columns;
    private final int column;
    private final int rowOfRanks;
    private final boolean halving;
    private final int firstRow;
    private final int rows;
    private final int firstColumn;
    private final int ownColumns;
    private final int keptFrom;
    private final int kept;
    private final int partner;
    private final MemorySegment send;
    private final MemorySegment receive;
    private final double[] scratch;
    private final Requests requests = new Requests(1);

    CgGrid(Communicator world, int n, KernelContext context) {
        this.world = world;
        int ranks = world.size();
        int power = Integer.numberOfTrailingZeros(ranks);
        int rowCount = 1 << (power / 2);
        this.columns = ranks / rowCount;
        this.halving = columns != rowCount;
        this.rowOfRanks = world.rank() / columns;
        this.column = world.rank() % columns;
        int perRow = columns / rowCount;
        this.firstRow = boundary(n, rowOfRanks * perRow);
        this.rows = boundary(n, (rowOfRanks + 1) * perRow) - firstRow;
        this.firstColumn = boundary(n, column);
        this.ownColumns = boundary(n, column + 1) - firstColumn;
        if (halving) {
            int half = 2 * rowOfRanks + (column & 1);
            this.keptFrom = boundary(n, half) - firstRow;
            this.kept = boundary(n, half + 1) - boundary(n, half);
            this.partner = (column / 2) * columns + half;
        } else {
            this.keptFrom = 0;
            this.kept = rows;
            this.partner = column * columns + rowOfRanks;
        }
        int most = Math.max(rows, ownColumns);
        this.send = context.doubles(most);
        this.receive = context.doubles(most);
        this.scratch = new double[most];
    }

    int firstRow() {
        return firstRow;
    }

    int rows() {
        return rows;
    }

    int firstColumn() {
        return firstColumn;
    }

    int columns() {
        return ownColumns;
    }

    /// First element of column block `block`.
    private int boundary(int n, int block) {
        return (int) ((long) n * block / columns);
    }

    /// Turns partial sums of this rank's row block into column block c of the whole sum. `partial` is used up.
    void sumAndTranspose(double[] partial, double[] to) {
        int from = keptFrom;
        int distance = 1;
        if (halving) {
            int otherFrom = from == 0 ? kept : 0;
            int otherCount = rows - kept;
            exchange(partial, otherFrom, otherCount, kept, rowOfRanks * columns + (column ^ 1));
            add(partial, from, kept);
            distance = 2;
        }
        for (; distance < columns; distance <<= 1) {
            exchange(partial, from, kept, kept, rowOfRanks * columns + (column ^ distance));
            add(partial, from, kept);
        }
        if (partner == world.rank()) {
            System.arraycopy(partial, from, to, 0, ownColumns);
        } else {
            exchange(partial, from, kept, ownColumns, partner);
            System.arraycopy(scratch, 0, to, 0, ownColumns);
        }
    }

    /// Sums the first `count` numbers over the ranks of this row. All get the same bits.
    void sum(double[] values, int count) {
        for (int distance = 1; distance < columns; distance <<= 1) {
            exchange(values, 0, count, count, rowOfRanks * columns + (column ^ distance));
            for (int i = 0; i < count; i++) {
                values[i] += scratch[i];
            }
        }
    }

    private void exchange(double[] values, int from, int count, int expected, int rank) {
        world.irecv(requests, 0, receive, expected, Datatype.DOUBLE, rank, TAG);
        MemorySegment.copy(values, from, send, ValueLayout.JAVA_DOUBLE, 0, count);
        world.send(send, count, Datatype.DOUBLE, rank, TAG);
        requests.waitOne(0);
        MemorySegment.copy(receive, ValueLayout.JAVA_DOUBLE, 0, scratch, 0, expected);
    }

    private void add(double[] values, int from, int count) {
        double[] received = scratch;
        for (int i = 0; i < count; i++) {
            values[from + i] += received[i];
        }
    }
}
