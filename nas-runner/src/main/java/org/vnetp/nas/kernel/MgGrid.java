package org.vnetp.nas.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Requests;

/// MG's ranks as a 3-D grid, and the exchange of faces.
///
/// The periodic cube of level `k` has `2^k` points an edge, the coarsest 2. A rank's part of a level is an array
/// `[z][y][x]`: its points at 1..m and one layer of ghosts around them. Ghosts are exchanged axis by axis, x first,
/// each face with the ghosts of the axes before, so that edges and corners arrive without messages of their own.
///
/// Where a coarse level has fewer points along an axis than there are ranks, neighbouring ranks
/// hold copies of one point and all do its work; their neighbours are then further away.
final class MgGrid {
    private static final int AXES = 3;

    private final Communicator world;
    private final int[] ranksAlong = new int[AXES];
    private final int[] position = new int[AXES];
    private final MemorySegment[] send = new MemorySegment[2];
    private final MemorySegment[] receive = new MemorySegment[2];
    private final double[] face;
    private final Requests requests = new Requests(2);

    /// @param levels number of the finest level
    MgGrid(Communicator world, int levels, KernelContext context) {
        this.world = world;
        int power = Integer.numberOfTrailingZeros(world.size());
        int x = power / 3;
        int y = (power - x) / 2;
        ranksAlong[0] = 1 << x;
        ranksAlong[1] = 1 << y;
        ranksAlong[2] = 1 << (power - x - y);
        position[0] = world.rank() % ranksAlong[0];
        position[1] = world.rank() / ranksAlong[0] % ranksAlong[1];
        position[2] = world.rank() / ranksAlong[0] / ranksAlong[1];
        long mx = points(levels, 0) + 2L;
        long my = points(levels, 1) + 2L;
        long mz = points(levels, 2) + 2L;
        int largest = Math.toIntExact(Math.max(Math.max(mx * my, my * mz), mx * mz));
        for (int side = 0; side < 2; side++) {
            send[side] = context.doubles(largest);
            receive[side] = context.doubles(largest);
        }
        this.face = new double[largest];
    }

    /// This rank's points of a level along an axis (0 is x), without ghosts.
    int points(int level, int axis) {
        return Math.max(1, (1 << level) / ranksAlong[axis]);
    }

    /// The global number of this rank's first point.
    int firstPoint(int level, int axis) {
        return (int) ((long) position[axis] * (1 << level) / ranksAlong[axis]);
    }

    /// How many ranks along the axis hold the same points of this level.
    int copies(int level, int axis) {
        return Math.max(1, ranksAlong[axis] >> level);
    }

    /// A level's array of zeros.
    double[][][] cube(int level) {
        return new double[points(level, 2) + 2][points(level, 1) + 2][points(level, 0) + 2];
    }

    /// Refreshes the ghosts of a level's array.
    void exchange(double[][][] a, int level) {
        for (int axis = 0; axis < AXES; axis++) {
            exchangeAxis(a, level, axis);
        }
    }

    private void exchangeAxis(double[][][] a, int level, int axis) {
        int points = points(level, axis);
        if (ranksAlong[axis] == 1) {
            copyFace(a, axis, points, 0);
            copyFace(a, axis, 1, points + 1);
            return;
        }
        int stride = copies(level, axis);
        int down = neighbour(axis, -stride);
        int up = neighbour(axis, stride);
        int count = faceSize(a, axis);
        // Tag: axis and the direction in which the message travels.
        world.irecv(requests, 0, receive[0], count, Datatype.DOUBLE, down, 2 * axis + 1);
        world.irecv(requests, 1, receive[1], count, Datatype.DOUBLE, up, 2 * axis);
        pack(a, axis, 1, send[0]);
        world.send(send[0], count, Datatype.DOUBLE, down, 2 * axis);
        pack(a, axis, points, send[1]);
        world.send(send[1], count, Datatype.DOUBLE, up, 2 * axis + 1);
        requests.waitOne(0);
        unpack(receive[0], a, axis, 0);
        requests.waitOne(1);
        unpack(receive[1], a, axis, points + 1);
    }

    /// A face holds the ghosts of the axes before its own, not those of the axes after it.
    private static int faceSize(double[][][] a, int axis) {
        return switch (axis) {
            case 0 -> (a.length - 2) * (a[0].length - 2);
            case 1 -> (a.length - 2) * a[0][0].length;
            default -> a[0].length * a[0][0].length;
        };
    }

    /// On levels where ranks hold copies but their finer level does not yet: only the ranks at odd
    /// fine places could form the coarse point; they pass it to their copies. `a` is the coarse
    /// array, with one point along each copied axis.
    void spread(double[][][] a, int level) {
        for (int axis = 0; axis < AXES; axis++) {
            int copies = copies(level, axis);
            if (copies == 1) {
                continue;
            }
            int finerCopies = copies / 2;
            int count = a.length * a[0].length * a[0][0].length;
            if (position[axis] / finerCopies % 2 == 1) {
                long at = 0;
                for (double[][] plane : a) {
                    at = packLines(plane, send[0], at);
                }
                world.send(send[0], count, Datatype.DOUBLE, neighbour(axis, -finerCopies), 2 * AXES + axis);
            } else {
                world.recv(receive[0], count, Datatype.DOUBLE, neighbour(axis, finerCopies), 2 * AXES + axis);
                long at = 0;
                for (double[][] plane : a) {
                    at = unpackLines(receive[0], at, plane);
                }
            }
        }
    }

    /// Whether this rank's point of the next finer level is at an odd place, for an axis copied at this level.
    boolean odd(int level, int axis) {
        return position[axis] / (copies(level, axis) / 2) % 2 == 1;
    }

    private int neighbour(int axis, int distance) {
        int n = ranksAlong[axis];
        int moved = Math.floorMod(position[axis] + distance, n);
        int x = axis == 0 ? moved : position[0];
        int y = axis == 1 ? moved : position[1];
        int z = axis == 2 ? moved : position[2];
        return x + ranksAlong[0] * (y + ranksAlong[1] * z);
    }

    private static void copyFace(double[][][] a, int axis, int from, int to) {
        switch (axis) {
            case 0 -> {
                for (int z = 1; z < a.length - 1; z++) {
                    copyColumn(a[z], from, to);
                }
            }
            case 1 -> {
                for (int z = 1; z < a.length - 1; z++) {
                    System.arraycopy(a[z][from], 0, a[z][to], 0, a[z][to].length);
                }
            }
            default -> {
                for (int y = 0; y < a[to].length; y++) {
                    System.arraycopy(a[from][y], 0, a[to][y], 0, a[to][y].length);
                }
            }
        }
    }

    private static void copyColumn(double[][] plane, int from, int to) {
        for (int y = 1; y < plane.length - 1; y++) {
            double[] line = plane[y];
            line[to] = line[from];
        }
    }

    private void pack(double[][][] a, int axis, int at, MemorySegment to) {
        switch (axis) {
            case 0 -> {
                int inner = a[0].length - 2;
                for (int z = 1; z < a.length - 1; z++) {
                    gather(a[z], at, face, (z - 1) * inner);
                }
                MemorySegment.copy(face, 0, to, ValueLayout.JAVA_DOUBLE, 0, (a.length - 2) * inner);
            }
            case 1 -> {
                long offset = 0;
                for (int z = 1; z < a.length - 1; z++) {
                    offset = packLine(a[z][at], to, offset);
                }
            }
            default -> packLines(a[at], to, 0);
        }
    }

    private void unpack(MemorySegment from, double[][][] a, int axis, int at) {
        switch (axis) {
            case 0 -> {
                int inner = a[0].length - 2;
                MemorySegment.copy(from, ValueLayout.JAVA_DOUBLE, 0, face, 0, (a.length - 2) * inner);
                for (int z = 1; z < a.length - 1; z++) {
                    scatter(face, (z - 1) * inner, a[z], at);
                }
            }
            case 1 -> {
                long offset = 0;
                for (int z = 1; z < a.length - 1; z++) {
                    offset = unpackLine(from, offset, a[z][at]);
                }
            }
            default -> unpackLines(from, 0, a[at]);
        }
    }

    private static void gather(double[][] plane, int x, double[] to, int at) {
        for (int y = 1; y < plane.length - 1; y++) {
            to[at + y - 1] = plane[y][x];
        }
    }

    private static void scatter(double[] from, int at, double[][] plane, int x) {
        for (int y = 1; y < plane.length - 1; y++) {
            plane[y][x] = from[at + y - 1];
        }
    }

    /// @return offset behind the lines, in bytes
    private static long packLines(double[][] plane, MemorySegment to, long offset) {
        long at = offset;
        for (double[] line : plane) {
            at = packLine(line, to, at);
        }
        return at;
    }

    private static long unpackLines(MemorySegment from, long offset, double[][] plane) {
        long at = offset;
        for (double[] line : plane) {
            at = unpackLine(from, at, line);
        }
        return at;
    }

    private static long packLine(double[] line, MemorySegment to, long offset) {
        MemorySegment.copy(line, 0, to, ValueLayout.JAVA_DOUBLE, offset, line.length);
        return offset + (long) line.length * Double.BYTES;
    }

    private static long unpackLine(MemorySegment from, long offset, double[] line) {
        MemorySegment.copy(from, ValueLayout.JAVA_DOUBLE, offset, line, 0, line.length);
        return offset + (long) line.length * Double.BYTES;
    }
}
