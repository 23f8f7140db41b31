package org.vnetp.nas.kernel.cfd;

import java.util.ArrayList;
import java.util.List;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.nas.kernel.Kernel;
import org.vnetp.nas.kernel.KernelContext;
import org.vnetp.nas.kernel.KernelOutput;
import org.vnetp.nas.kernel.KernelResult;
import org.vnetp.nas.kernel.ProblemClass;

/// What the three have in common as kernels: header, warm-up, the timed iterations, verification.
abstract class CfdKernel implements Kernel {
    /// A rank's part of a run.
    interface Run {
        /// Back to the initial state.
        void reset();

        void step();

        double[] residualNorms();

        double[] errorNorms();

        /// The surface integral; NaN where the kernel has none.
        double surfaceIntegral();
    }

    abstract Run start(FlowModel model, Links links);

    /// Million operations of one iteration.
    abstract double millionOperations(double size);

    /// The least points a rank may have along an edge.
    private static final int LEAST_POINTS = 3;

    /// Along how many ranks the longest split edge is divided.
    abstract int divisions(int ranks);

    /// Whether the header shows the time step.
    abstract boolean showsTimeStep();

    @Override
    public KernelResult run(Communicator world, ProblemClass problemClass, KernelContext context) {
        CfdProblem problem = CfdProblem.of(name(), problemClass);
        KernelOutput output = context.output();
        int size = problem.size();
        output.title(name());
        output.line(" Size: %4dx%4dx%4d  (class %s)", size, size, size, problemClass);
        if (showsTimeStep()) {
            output.line(" Iterations: %4d    dt: %11.7f", problem.iterations(), problem.dt());
        } else {
            output.line(" Iterations: %4d", problem.iterations());
        }
        output.line(" Total number of processes: %6d%n", world.size());
        try (Links links = Links.of(world)) {
            Run run = start(new FlowModel(size, problem.dt()), links);
            run.reset();
            context.warmUp(1, run::step);
            List<String> lines;
            boolean verified;
            context.region(problem.iterations() * millionOperations(size), KernelContext.Clock.SLOWEST);
            do {
                run.reset();
                context.startClock();
                for (int step = 1; step <= problem.iterations(); step++) {
                    if (step % 20 == 0 || step == 1) {
                        output.line(" Time step %4d", step);
                    }
                    run.step();
                }
                context.stopClock();
                double[] error = run.errorNorms();
                double[] residual = run.residualNorms();
                lines = new ArrayList<>();
                verified = problem.verify(problemClass, residual, error, run.surfaceIntegral(), lines);
            } while (context.again(verified));
            double seconds = context.seconds();
            return new KernelResult(
                    name(),
                    problemClass,
                    KernelResult.grid(size, size, size),
                    problem.iterations(),
                    seconds,
                    problem.iterations() * millionOperations(size) / seconds,
                    "floating point",
                    context.verified(),
                    lines);
        }
    }

    /// Refuses also so many ranks that a rank's share of the grid is thinner than the stencil wants.
    @Override
    public void check(ProblemClass problemClass, int ranks) {
        checkRanks(ranks);
        sizeFor(problemClass, ranks);
    }

    /// Points along an edge of the whole grid.
    ///
    /// @throws IllegalArgumentException when they are too few for so many ranks
    final int sizeFor(ProblemClass problemClass, int ranks) {
        int size = CfdProblem.of(name(), problemClass).size();
        if (size / divisions(ranks) < LEAST_POINTS) {
            throw new IllegalArgumentException(name() + "." + problemClass + " has " + size
                    + " points along an edge, too few for " + ranks + " ranks: each needs at least " + LEAST_POINTS);
        }
        return size;
    }
}
