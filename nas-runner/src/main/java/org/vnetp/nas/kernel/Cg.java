package org.vnetp.nas.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.vnetp.macrobench.mpi.Communicator;

/// CG (RNR-94-007, section 3.2): the smallest eigenvalue of a large sparse random matrix by inverse
/// iteration, each solve 25 steps of conjugate gradients. Tests irregular memory access and
/// long-distance messages.
final class Cg implements Kernel {
    private static final int INNER = 25;
    private static final double EPSILON = 1e-10;

    private record Problem(int n, int nonzer, int iterations, double shift, double zeta) {}

    private static Problem problem(ProblemClass problemClass) {
        return switch (problemClass) {
            case S -> new Problem(1400, 7, 15, 10, 8.5971775078648);
            case W -> new Problem(7000, 8, 15, 12, 10.362595087124);
            case A -> new Problem(14000, 11, 15, 20, 17.130235054029);
            case B -> new Problem(75000, 13, 75, 60, 22.712745482631);
            case C -> new Problem(150000, 15, 75, 110, 28.973605592845);
            case D -> new Problem(1500000, 21, 100, 500, 52.514532105794);
            case E -> new Problem(9000000, 26, 100, 1500, 77.522164599383);
            case F -> new Problem(54000000, 31, 100, 5000, 107.3070826433);
        };
    }

    @Override
    public String name() {
        return "CG";
    }

    @Override
    public void checkRanks(int ranks) {
        RankCounts.check("CG", ranks, "a power of two up to 1024", n -> RankCounts.isPowerOfTwo(n) && n <= 1024);
    }

    @Override
    public long heapBytes(ProblemClass problemClass, int ranks) {
        Problem p = problem(problemClass);
        long width = p.nonzer() + 1;
        long block = p.n() * width * width / ranks * 12;
        long vectors = p.n() * width * 12 + p.n() * width * 4 / (1 << (Integer.numberOfTrailingZeros(ranks) / 2));
        return block + block / 8 + vectors + p.n() * (12L + 8 * 8) + (1 << 20);
    }

    @Override
    public long offHeapBytes(ProblemClass problemClass, int ranks) {
        return 16L * problem(problemClass).n() + 4096;
    }

    @Override
    public KernelResult run(Communicator world, ProblemClass problemClass, KernelContext context) {
        Problem problem = problem(problemClass);
        KernelOutput output = context.output();
        output.title("CG");
        output.line(" Size: %10d  (class %s)", problem.n(), problemClass);
        output.line(" Iterations: %5d", problem.iterations());
        output.line(" Number of nonzeroes per row: %8d", problem.nonzer());
        output.line(" Eigenvalue shift: %9.3f", problem.shift());
        output.line(" Total number of processes: %6d%n", world.size());

        CgGrid grid = new CgGrid(world, problem.n(), context);
        CgMatrix matrix = CgMatrix.generate(
                problem.n(),
                problem.nonzer(),
                problem.shift(),
                grid.firstRow(),
                grid.rows(),
                grid.firstColumn(),
                grid.columns());
        Solver solver = new Solver(grid, matrix);

        context.warmUp(1, () -> solver.iterate(problem.shift()));

        double[] residuals = new double[problem.iterations()];
        double[] zetas = new double[problem.iterations()];
        double error;
        boolean verified;
        double z = problem.nonzer() * (problem.nonzer() + 1.0);
        context.region(
                2e-6 * problem.iterations() * problem.n() * (3 + z + INNER * (5 + z) + 3), KernelContext.Clock.SLOWEST);
        do {
            solver.reset();
            context.startClock();
            for (int i = 0; i < problem.iterations(); i++) {
                zetas[i] = solver.iterate(problem.shift());
                residuals[i] = solver.residual;
            }
            context.stopClock();
            error = Math.abs(zetas[problem.iterations() - 1] - problem.zeta()) / problem.zeta();
            verified = error <= EPSILON;
        } while (context.again(verified));
        verified = context.verified();
        double seconds = context.seconds();

        output.line("%n   iteration           ||r||                 zeta");
        for (int i = 0; i < problem.iterations(); i++) {
            output.line("    %5d       %20.14E %20.13f", i + 1, residuals[i], zetas[i]);
        }
        output.line(" Benchmark completed ");
        double zeta = zetas[problem.iterations() - 1];
        return new KernelResult(
                "CG",
                problemClass,
                Integer.toString(problem.n()),
                problem.iterations(),
                seconds,
                context.millionOperations() / seconds,
                "floating point",
                verified,
                List.of(
                        verified ? " VERIFICATION SUCCESSFUL " : " VERIFICATION FAILED",
                        String.format(Locale.ROOT, " Zeta is    %20.13E", zeta),
                        verified
                                ? String.format(Locale.ROOT, " Error is   %20.13E", error)
                                : String.format(Locale.ROOT, " The correct zeta is %20.13E", problem.zeta())));
    }

    /// The vectors of one rank: its column block of each.
    private static final class Solver {
        private final CgGrid grid;
        private final CgMatrix matrix;
        private final int n;
        private final double[] x;
        private final double[] z;
        private final double[] p;
        private final double[] q;
        private final double[] r;
        private final double[] partial;
        private final double[] sums = new double[2];
        private double residual;

        Solver(CgGrid grid, CgMatrix matrix) {
            this.grid = grid;
            this.matrix = matrix;
            this.n = grid.columns();
            this.x = new double[n];
            this.z = new double[n];
            this.p = new double[n];
            this.q = new double[n];
            this.r = new double[n];
            this.partial = new double[grid.rows()];
            reset();
        }

        void reset() {
            Arrays.fill(x, 1);
        }

        /// One step of the inverse iteration; leaves `||x - A z||` in [#residual].
        ///
        /// @return the estimate zeta
        double iterate(double shift) {
            solve();
            sums[0] = dot(x, z, n);
            sums[1] = dot(z, z, n);
            grid.sum(sums, 2);
            double zeta = shift + 1 / sums[0];
            scale(z, 1 / Math.sqrt(sums[1]), x, n);
            return zeta;
        }

        private void solve() {
            Arrays.fill(z, 0);
            System.arraycopy(x, 0, r, 0, n);
            System.arraycopy(x, 0, p, 0, n);
            double rho = total(dot(r, r, n));
            for (int step = 0; step < INNER; step++) {
                product(p);
                double alpha = rho / total(dot(p, q, n));
                advance(alpha, p, q, z, r, n);
                double before = rho;
                rho = total(dot(r, r, n));
                follow(rho / before, r, p, n);
            }
            product(z);
            residual = Math.sqrt(total(distance(x, q, n)));
        }

        /// q = A v
        private void product(double[] v) {
            matrix.multiply(v, partial);
            grid.sumAndTranspose(partial, q);
        }

        private double total(double value) {
            sums[0] = value;
            grid.sum(sums, 1);
            return sums[0];
        }

        private static double dot(double[] u, double[] v, int n) {
            double a = 0;
            double b = 0;
            double c = 0;
            double d = 0;
            int i = 0;
            for (; i < n - 3; i += 4) {
                a += u[i] * v[i];
                b += u[i + 1] * v[i + 1];
                c += u[i + 2] * v[i + 2];
                d += u[i + 3] * v[i + 3];
            }
            for (; i < n; i++) {
                a += u[i] * v[i];
            }
            return (a + b) + (c + d);
        }

        private static double distance(double[] u, double[] v, int n) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                double d = u[i] - v[i];
                sum += d * d;
            }
            return sum;
        }

        private static void advance(double alpha, double[] p, double[] q, double[] z, double[] r, int n) {
            for (int i = 0; i < n; i++) {
                z[i] += alpha * p[i];
            }
            for (int i = 0; i < n; i++) {
                r[i] -= alpha * q[i];
            }
        }

        private static void follow(double beta, double[] r, double[] p, int n) {
            for (int i = 0; i < n; i++) {
                p[i] = r[i] + beta * p[i];
            }
        }

        private static void scale(double[] from, double factor, double[] to, int n) {
            for (int i = 0; i < n; i++) {
                to[i] = factor * from[i];
            }
        }
    }
}
