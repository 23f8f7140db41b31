package org.vnetp.nas.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Op;

/// FT (RNR-94-007, section 3.4): the heat equation on a periodic box, solved by 3-D Fourier
/// transforms. Tests long all-to-all messages.
///
/// Each rank has a slab. In space it is cut along z, stored (z, y, x), and transforms x and y; in
/// frequency it is cut along y, stored (z, y, x) too, and transforms z. Between the two lies one
/// all-to-all: a message to rank q holds this rank's z and q's y, so that what arrives is in order
/// already on the way to frequency, and leaves in order on the way back.
final class Ft implements Kernel {
    private static final double ALPHA = 1e-6;
    private static final double EPSILON = 1e-12;
    private static final int CHECKSUM_TERMS = 1024;
    private static final int LANES = 16;

    private record Problem(int nx, int ny, int nz, int iterations) {
        long points() {
            return (long) nx * ny * nz;
        }
    }

    private static Problem problem(ProblemClass problemClass) {
        return switch (problemClass) {
            case S -> new Problem(64, 64, 64, 6);
            case W -> new Problem(128, 128, 32, 6);
            case A -> new Problem(256, 256, 128, 6);
            case B -> new Problem(512, 256, 256, 20);
            case C -> new Problem(512, 512, 512, 20);
            case D -> new Problem(2048, 1024, 1024, 25);
            case E -> new Problem(4096, 2048, 2048, 25);
            case F -> new Problem(8192, 4096, 4096, 25);
        };
    }

    @Override
    public String name() {
        return "FT";
    }

    @Override
    public void checkRanks(int ranks) {
        RankCounts.check("FT", ranks, "a power of two up to 1024", n -> RankCounts.isPowerOfTwo(n) && n <= 1024);
    }

    @Override
    public void check(ProblemClass problemClass, int ranks) {
        checkRanks(ranks);
        Problem p = problem(problemClass);
        int most = Math.min(p.ny(), p.nz());
        if (ranks > most) {
            throw new IllegalArgumentException("FT class " + problemClass + " is cut into slabs here, at most " + most
                    + "; " + ranks + " ranks are too many");
        }
        if (p.points() / ranks * 2 > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException(
                    "FT class " + problemClass + " on " + ranks + " ranks needs larger arrays than Java has: use more");
        }
    }

    @Override
    public long heapBytes(ProblemClass problemClass, int ranks) {
        return problem(problemClass).points() / ranks * 32 + (4L << 20);
    }

    @Override
    public long offHeapBytes(ProblemClass problemClass, int ranks) {
        return ranks == 1 ? 4096 : problem(problemClass).points() / ranks * 32;
    }

    @Override
    public KernelResult run(Communicator world, ProblemClass problemClass, KernelContext context) {
        Problem problem = problem(problemClass);
        KernelOutput output = context.output();
        output.title("FT");
        output.line(
                " Size                : %s  (class %s)",
                KernelResult.grid(problem.nx(), problem.ny(), problem.nz()), problemClass);
        output.line(" Iterations          : %10d", problem.iterations());
        output.line(" Number of processes : %10d", world.size());
        output.line(" Processor array     : %5dx%5d", 1, world.size());
        output.line(" Layout type         :         1D%n");

        Box box = new Box(world, problem, context);
        // The specification's own untimed part is one start; the rest is there for the JIT.
        int[] repetition = new int[1];
        context.warmUp(1, () -> {
            if (repetition[0]++ == 0) {
                box.start();
            } else {
                box.step();
                box.checksum();
            }
        });

        double[] real = new double[problem.iterations()];
        double[] imaginary = new double[problem.iterations()];
        boolean verified;
        double n = problem.points();
        double log = Math.log(n);
        // Of the ranks only the first times FT.
        context.region(
                1e-6 * n * (14.8157 + 7.19641 * log + (5.23518 + 7.21113 * log) * problem.iterations()),
                KernelContext.Clock.FIRST);
        do {
            context.startClock();
            box.start();
            for (int i = 0; i < problem.iterations(); i++) {
                box.step();
                box.checksum();
                real[i] = box.checksumReal;
                imaginary[i] = box.checksumImaginary;
            }
            verified = world.rank() != 0 || verify(problemClass, real, imaginary);
            context.stopClock();
        } while (context.again(verified));
        verified = context.verified();
        double seconds = context.seconds();

        List<String> lines = new ArrayList<>();
        for (int i = 0; i < problem.iterations(); i++) {
            lines.add(String.format(
                    Locale.ROOT, " T = %4d     Checksum =%s%s", i + 1, exponentD(real[i]), exponentD(imaginary[i])));
        }
        lines.add(verified ? " Result verification successful" : " Result verification failed");
        lines.add(" class = " + problemClass);
        return new KernelResult(
                "FT",
                problemClass,
                KernelResult.grid(problem.nx(), problem.ny(), problem.nz()),
                problem.iterations(),
                seconds,
                context.millionOperations() / seconds,
                "floating point",
                verified,
                lines);
    }

    /// Fortran's form of a number: `    5.546087004964D+02`.
    private static String exponentD(double value) {
        return String.format(Locale.ROOT, "%22.12E", value).replace('E', 'D');
    }

    private static boolean verify(ProblemClass problemClass, double[] real, double[] imaginary) {
        double[][] expected = FtReference.checksums(problemClass);
        boolean good = expected.length == real.length;
        for (int i = 0; good && i < real.length; i++) {
            double error = Math.hypot(real[i] - expected[i][0], imaginary[i] - expected[i][1])
                    / Math.hypot(expected[i][0], expected[i][1]);
            good = error <= EPSILON;
        }
        return good;
    }

    /// One rank's slab.
    private static final class Box {
        private final Communicator world;
        private final int ranks;
        private final int nx;
        private final int ny;
        private final int nz;
        private final int ownY;
        private final int ownZ;
        private final int firstY;
        private final int firstZ;
        private final double points;

        /// In frequency, advanced in time from step to step.
        private final double[] spectrum;

        private final double[] work;
        private final double[] decayX;
        private final double[] decayY;
        private final double[] decayZ;
        private final Fft alongX;
        private final Fft alongY;
        private final Fft alongZ;
        private final double[] column;
        private final MemorySegment send;
        private final MemorySegment receive;
        private final MemorySegment sumSend;
        private final MemorySegment sumReceive;
        private double checksumReal;
        private double checksumImaginary;

        Box(Communicator world, Problem problem, KernelContext context) {
            this.world = world;
            this.ranks = world.size();
            this.nx = problem.nx();
            this.ny = problem.ny();
            this.nz = problem.nz();
            this.ownY = ny / ranks;
            this.ownZ = nz / ranks;
            this.firstY = ownY * world.rank();
            this.firstZ = ownZ * world.rank();
            this.points = problem.points();
            int doubles = Math.toIntExact(2 * problem.points() / ranks);
            this.spectrum = new double[doubles];
            this.work = new double[doubles];
            this.decayX = new double[nx];
            this.decayY = new double[ny];
            this.decayZ = new double[nz];
            this.alongX = new Fft(nx, 1);
            this.alongY = new Fft(ny, LANES);
            this.alongZ = new Fft(nz, LANES);
            this.column = new double[2 * nz * LANES];
            this.send = context.doubles(ranks == 1 ? 1 : doubles);
            this.receive = context.doubles(ranks == 1 ? 1 : doubles);
            this.sumSend = context.doubles(2);
            this.sumReceive = context.doubles(2);
        }

        /// Tables, random initial values, and their transform into [#spectrum].
        void start() {
            fillDecay(decayX);
            fillDecay(decayY);
            fillDecay(decayZ);
            alongX.computeRoots();
            alongY.computeRoots();
            alongZ.computeRoots();
            NpbRandom.fill(NpbRandom.skip(NpbRandom.SEED, 2L * nx * ny * firstZ), work, 0, work.length);
            for (int z = 0; z < ownZ; z++) {
                for (int y = 0; y < ny; y++) {
                    alongX.transform(work, 2 * nx * (z * ny + y), 2, 1, false);
                }
                for (int x = 0; x < nx; x += LANES) {
                    alongY.transform(work, 2 * (z * ny * nx + x), 2 * nx, LANES, false);
                }
            }
            toFrequency();
            int row = 2 * ownY * nx;
            for (int x = 0; x < ownY * nx; x += LANES) {
                alongZ.transform(spectrum, 2 * x, row, LANES, false);
            }
        }

        /// The factor of one step for each frequency along an axis; the three axes' factors multiply.
        private static void fillDecay(double[] decay) {
            int n = decay.length;
            for (int i = 0; i < n; i++) {
                double wave = i < n / 2 ? i : i - n;
                decay[i] = Math.exp(-4 * ALPHA * Math.PI * Math.PI * wave * wave);
            }
        }

        /// Advances the spectrum by one time step and transforms it into space, into [#work].
        void step() {
            int row = 2 * ownY * nx;
            for (int y = 0; y < ownY; y++) {
                for (int x = 0; x < nx; x += LANES) {
                    int at = 2 * (y * nx + x);
                    advance(spectrum, at, row, decayZ, decayY[firstY + y], decayX, x, column);
                    alongZ.transform(column, 0, 2 * LANES, work, at, row, LANES, true);
                }
            }
            toSpace();
            for (int z = 0; z < ownZ; z++) {
                for (int x = 0; x < nx; x += LANES) {
                    alongY.transform(work, 2 * (z * ny * nx + x), 2 * nx, LANES, true);
                }
                for (int y = 0; y < ny; y++) {
                    alongX.transform(work, 2 * nx * (z * ny + y), 2, 1, true);
                }
            }
        }

        private static void advance(
                double[] spectrum,
                int at,
                int row,
                double[] decayZ,
                double decayY,
                double[] decayX,
                int x,
                double[] column) {
            for (int z = 0; z < decayZ.length; z++) {
                double factor = decayZ[z] * decayY;
                int from = at + z * row;
                int to = 2 * LANES * z;
                for (int lane = 0; lane < LANES; lane++) {
                    double f = factor * decayX[x + lane];
                    double re = spectrum[from + 2 * lane] * f;
                    double im = spectrum[from + 2 * lane + 1] * f;
                    spectrum[from + 2 * lane] = re;
                    spectrum[from + 2 * lane + 1] = im;
                    column[to + 2 * lane] = re;
                    column[to + 2 * lane + 1] = im;
                }
            }
        }

        /// From slabs along z in [#work] to slabs along y in [#spectrum].
        private void toFrequency() {
            if (ranks == 1) {
                System.arraycopy(work, 0, spectrum, 0, work.length);
                return;
            }
            int run = 2 * ownY * nx;
            long to = 0;
            for (int rank = 0; rank < ranks; rank++) {
                for (int z = 0; z < ownZ; z++) {
                    MemorySegment.copy(work, z * 2 * ny * nx + rank * run, send, ValueLayout.JAVA_DOUBLE, to, run);
                    to += (long) run * Double.BYTES;
                }
            }
            world.alltoall(send, ownZ * run, receive, Datatype.DOUBLE);
            MemorySegment.copy(receive, ValueLayout.JAVA_DOUBLE, 0, spectrum, 0, spectrum.length);
        }

        /// From slabs along y to slabs along z, both in [#work].
        private void toSpace() {
            if (ranks == 1) {
                return;
            }
            int run = 2 * ownY * nx;
            MemorySegment.copy(work, 0, send, ValueLayout.JAVA_DOUBLE, 0, work.length);
            world.alltoall(send, ownZ * run, receive, Datatype.DOUBLE);
            long from = 0;
            for (int rank = 0; rank < ranks; rank++) {
                for (int z = 0; z < ownZ; z++) {
                    MemorySegment.copy(receive, ValueLayout.JAVA_DOUBLE, from, work, z * 2 * ny * nx + rank * run, run);
                    from += (long) run * Double.BYTES;
                }
            }
        }

        /// The sum of 1024 chosen elements, over all ranks; the result is rank 0's.
        void checksum() {
            double re = 0;
            double im = 0;
            for (int j = 1; j <= CHECKSUM_TERMS; j++) {
                int z = (int) (5L * j % nz) - firstZ;
                if (z >= 0 && z < ownZ) {
                    int at = 2 * ((z * ny + (int) (3L * j % ny)) * nx + j % nx);
                    re += work[at];
                    im += work[at + 1];
                }
            }
            sumSend.setAtIndex(ValueLayout.JAVA_DOUBLE, 0, re / points);
            sumSend.setAtIndex(ValueLayout.JAVA_DOUBLE, 1, im / points);
            world.reduce(sumSend, sumReceive, 2, Datatype.DOUBLE, Op.SUM, 0);
            checksumReal = sumReceive.getAtIndex(ValueLayout.JAVA_DOUBLE, 0);
            checksumImaginary = sumReceive.getAtIndex(ValueLayout.JAVA_DOUBLE, 1);
        }
    }
}
