package org.vnetp.nas.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Requests;

/// MG's ranks as a 3-D grid, and the exchange of faces.
///
/// The periodic cube of level `k` has `2^k` points an edge, the coarsest 2. A rank's part of a level is an array of
/// `(mz+2)(my+2)(mx+2)` doubles, x fastest: its points at 1..m and one layer of ghosts around them. Ghosts are
/// exchanged
/// axis by axis, x first, each face with the ghosts of the axes before, so that edges and corners arrive without
/// messages
/// of their own.
///
/// Where a coarse level has fewer points along an axis than there are ranks, neighbouring ranks hold copies of one
/// point
/// and all do its work; their neighbours are then further away.
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

    /// Refreshes the ghosts of a level's array.
    void exchange(double[] a, int level) {
        int mx = points(level, 0);
        int my = points(level, 1);
        int mz = points(level, 2);
        int nx = mx + 2;
        int plane = nx * (my + 2);
        // x: points (y, z); y: rows of x with ghosts, for each z; z: whole planes.
        exchangeAxis(a, level, 0, mx, 1, my, nx, mz, plane, nx + plane, 1);
        exchangeAxis(a, level, 1, my, nx, mz, plane, 1, 0, plane, nx);
        exchangeAxis(a, level, 2, mz, plane, 1, 0, 1, 0, 0, plane);
    }

    /// One axis: a face is `outer` x `inner` runs of `run` adjacent elements.
    private void exchangeAxis(
            double[] a,
            int level,
            int axis,
            int points,
            int step,
            int inner,
            int innerStep,
            int outer,
            int outerStep,
            int start,
            int run) {
        int low = start;
        int count = inner * outer * run;
        if (ranksAlong[axis] == 1) {
            copyFace(a, start + points * step, low, inner, innerStep, outer, outerStep, run);
            copyFace(a, start + step, start + (points + 1) * step, inner, innerStep, outer, outerStep, run);
            return;
        }
        int stride = copies(level, axis);
        int down = neighbour(axis, -stride);
        int up = neighbour(axis, stride);
        // Tag: axis and the direction in which the message travels.
        world.irecv(requests, 0, receive[0], count, Datatype.DOUBLE, down, 2 * axis + 1);
        world.irecv(requests, 1, receive[1], count, Datatype.DOUBLE, up, 2 * axis);
        pack(a, start + step, inner, innerStep, outer, outerStep, run, send[0]);
        world.send(send[0], count, Datatype.DOUBLE, down, 2 * axis);
        pack(a, start + points * step, inner, innerStep, outer, outerStep, run, send[1]);
        world.send(send[1], count, Datatype.DOUBLE, up, 2 * axis + 1);
        requests.waitOne(0);
        unpack(receive[0], a, low, inner, innerStep, outer, outerStep, run);
        requests.waitOne(1);
        unpack(receive[1], a, start + (points + 1) * step, inner, innerStep, outer, outerStep, run);
    }

    /// On levels where ranks hold copies but their finer level does not yet: only the ranks at odd fine places
    /// could form the
    /// coarse point; they pass it to their copies. `a` is the coarse array, with one point along each copied axis.
    void spread(double[] a, int level) {
        for (int axis = 0; axis < AXES; axis++) {
            int copies = copies(level, axis);
            if (copies == 1) {
                continue;
            }
            int finerCopies = copies / 2;
            int count = a.length;
            if (position[axis] / finerCopies % 2 == 1) {
                MemorySegment.copy(a, 0, send[0], ValueLayout.JAVA_DOUBLE, 0, count);
                world.send(send[0], count, Datatype.DOUBLE, neighbour(axis, -finerCopies), 2 * AXES + axis);
            } else {
                world.recv(receive[0], count, Datatype.DOUBLE, neighbour(axis, finerCopies), 2 * AXES + axis);
                MemorySegment.copy(receive[0], ValueLayout.JAVA_DOUBLE, 0, a, 0, count);
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

    private static void copyFace(
            double[] a, int from, int to, int inner, int innerStep, int outer, int outerStep, int run) {
        for (int o = 0; o < outer; o++) {
            int base = o * outerStep;
            if (run == 1) {
                for (int i = 0; i < inner; i++) {
                    a[to + base + i * innerStep] = a[from + base + i * innerStep];
                }
            } else {
                for (int i = 0; i < inner; i++) {
                    System.arraycopy(a, from + base + i * innerStep, a, to + base + i * innerStep, run);
                }
            }
        }
    }

    private void pack(
            double[] a, int from, int inner, int innerStep, int outer, int outerStep, int run, MemorySegment to) {
        if (run > 1) {
            long at = 0;
            for (int o = 0; o < outer; o++) {
                for (int i = 0; i < inner; i++) {
                    MemorySegment.copy(a, from + o * outerStep + i * innerStep, to, ValueLayout.JAVA_DOUBLE, at, run);
                    at += (long) run * Double.BYTES;
                }
            }
            return;
        }
        double[] gathered = face;
        for (int o = 0; o < outer; o++) {
            int base = from + o * outerStep;
            for (int i = 0; i < inner; i++) {
                gathered[o * inner + i] = a[base + i * innerStep];
            }
        }
        MemorySegment.copy(gathered, 0, to, ValueLayout.JAVA_DOUBLE, 0, inner * outer);
    }

    private void unpack(
            MemorySegment from, double[] a, int to, int inner, int innerStep, int outer, int outerStep, int run) {
        if (run > 1) {
            long at = 0;
            for (int o = 0; o < outer; o++) {
                for (int i = 0; i < inner; i++) {
                    MemorySegment.copy(from, ValueLayout.JAVA_DOUBLE, at, a, to + o * outerStep + i * innerStep, run);
                    at += (long) run * Double.BYTES;
                }
            }
            return;
        }
        double[] arrived = face;
        MemorySegment.copy(from, ValueLayout.JAVA_DOUBLE, 0, arrived, 0, inner * outer);
        for (int o = 0; o < outer; o++) {
            int base = to + o * outerStep;
            for (int i = 0; i < inner; i++) {
                a[base + i * innerStep] = arrived[o * inner + i];
            }
        }
    }
}
