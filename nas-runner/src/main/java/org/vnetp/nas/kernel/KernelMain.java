package org.vnetp.nas.kernel;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.stream.Collectors;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Mpi;
import org.vnetp.macrobench.mpi.MpiUnavailableException;
import org.vnetp.macrobench.mpi.Op;

/// What every rank runs: `KernelMain cg.A [--timers] [--warm-up SECONDS] [--timed SECONDS |
/// --resident ADDRESS [--first-by-order]]`, started by an MPI launcher.
///
/// With `--resident` the job runs its timed region once and then by order ([Regions]), until it is told to end. ADDRESS
/// is one of rank 0's host that the other ranks reach. With `--first-by-order` it waits for an order before its first
/// region too.
///
/// Exit codes: 0 verified, 2 wrong arguments, 3 not verified, 4 no usable MPI. A rank that fails in
/// any other way prints its number and stack and takes the whole job down.
public final class KernelMain {
    /// Seconds of warm-up unless told otherwise.
    public static final double DEFAULT_WARM_UP = 4;

    private KernelMain() {}

    public static void main(String[] arguments) {
        // Not System.exit in the middle: MPI must be finalised first, or aborted.
        System.exit(asRank(mpi -> runKernel(mpi, arguments)));
    }

    /// What a rank does between `MPI_Init` and `MPI_Finalize`.
    interface Body {
        /// @return exit code
        int run(Mpi mpi);
    }

    /// Runs `body` as an MPI rank. Whatever it throws is printed with this rank's number, and all ranks are ended.
    static int asRank(Body body) {
        Mpi mpi;
        try {
            mpi = Mpi.init();
        } catch (MpiUnavailableException e) {
            if (firstByEnvironment()) {
                System.err.println("error: " + e.getMessage());
            }
            return 4;
        }
        Communicator world = mpi.world();
        try {
            int code = body.run(mpi);
            mpi.close();
            return code;
        } catch (UsageException e) {
            // Every rank found the same fault; one says it.
            if (world.rank() == 0) {
                System.err.println("error: " + e.getMessage());
            }
            world.barrier();
            mpi.close();
            return 2;
        } catch (Throwable e) {
            die(world, e);
            return 1;
        }
    }

    /// Whether the launcher calls this rank 0; true without a launcher. For faults that come before MPI can tell.
    private static boolean firstByEnvironment() {
        String rank = System.getenv("OMPI_COMM_WORLD_RANK");
        if (rank == null) {
            rank = System.getenv("PMI_RANK");
        }
        return rank == null || rank.equals("0");
    }

    static int runKernel(Mpi mpi, String[] arguments) {
        Communicator world = mpi.world();
        Job job = Job.parse(arguments, world.size());
        KernelOutput output = new KernelOutput(world.rank() == 0 ? System.out : null);
        try (KernelContext context = new KernelContext(world, output, job.options())) {
            KernelResult result = job.kernel().run(world, job.problemClass(), context);
            output.footer(
                    result,
                    world.size(),
                    mpi.description(),
                    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                            .filter(option -> option.startsWith("-X"))
                            .collect(Collectors.joining(" ")));
            context.printTimers();
            boolean verified = context.allreduce(world.rank() == 0 && result.verified() ? 1 : 0, Op.MAX) > 0;
            if (!verified && world.rank() == 0) {
                System.err.println("error: " + job.name() + " was not verified, no speed is claimed");
            }
            return verified ? 0 : 3;
        } catch (Regions.NoRegionException e) {
            return 0;
        }
    }

    private static void die(Communicator world, Throwable e) {
        StringBuilder text = new StringBuilder();
        text.append("error: rank ")
                .append(world.rank())
                .append(" of ")
                .append(world.size())
                .append(" died: ");
        text.append(e).append('\n');
        for (StackTraceElement element : e.getStackTrace()) {
            text.append("\tat ").append(element).append('\n');
        }
        System.err.print(text);
        System.err.flush();
        world.abort(1);
        Runtime.getRuntime().halt(1);
    }

    /// A fault of the command line, the same on every rank.
    private static final class UsageException extends RuntimeException {
        UsageException(String message) {
            super(message);
        }
    }

    private record Job(Kernel kernel, ProblemClass problemClass, KernelContext.Options options) {
        String name() {
            return kernel.name().toLowerCase(Locale.ROOT) + "." + problemClass;
        }

        static Job parse(String[] arguments, int ranks) {
            String name = null;
            double warmUp = DEFAULT_WARM_UP;
            double timed = 0;
            boolean timers = false;
            String address = null;
            boolean firstByOrder = false;
            for (int i = 0; i < arguments.length; i++) {
                switch (arguments[i]) {
                    case "--timers" -> timers = true;
                    case "--first-by-order" -> firstByOrder = true;
                    case "--warm-up" -> warmUp = seconds(arguments, i++);
                    case "--timed" -> timed = seconds(arguments, i++);
                    case "--resident" -> {
                        if (i + 1 == arguments.length) {
                            throw new UsageException("--resident wants an address of rank 0's host");
                        }
                        address = arguments[++i];
                    }
                    default -> {
                        if (name != null || arguments[i].startsWith("-")) {
                            throw new UsageException("unexpected argument '" + arguments[i] + "'");
                        }
                        name = arguments[i];
                    }
                }
            }
            if (name == null || name.indexOf('.') < 0) {
                throw new UsageException("expected a kernel and a class, for example cg.A"
                        + (name == null ? "" : ", not '" + name + "'"));
            }
            try {
                Kernel kernel = Kernels.of(name.substring(0, name.indexOf('.')));
                ProblemClass problemClass = ProblemClass.of(name.substring(name.indexOf('.') + 1));
                if (!kernel.has(problemClass)) {
                    throw new UsageException(kernel.name() + " has no class " + problemClass);
                }
                kernel.check(problemClass, ranks);
                long need = kernel.heapBytes(problemClass, ranks);
                if (need > Runtime.getRuntime().maxMemory()) {
                    throw new UsageException(String.format(
                            Locale.ROOT,
                            "%s on %d ranks needs a heap of %d MiB a rank, this JVM was given %d MiB",
                            name,
                            ranks,
                            (need >> 20) + 32,
                            Runtime.getRuntime().maxMemory() >> 20));
                }
                return new Job(
                        kernel, problemClass, new KernelContext.Options(warmUp, timed, timers, address, firstByOrder));
            } catch (IllegalArgumentException e) {
                throw new UsageException(e.getMessage());
            }
        }

        private static double seconds(String[] arguments, int at) {
            if (at + 1 == arguments.length) {
                throw new UsageException(arguments[at] + " wants a number of seconds");
            }
            String text = arguments[at + 1];
            try {
                double value = Double.parseDouble(text);
                if (value >= 0 && value <= 600) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Said below.
            }
            throw new UsageException(arguments[at] + " wants seconds from 0 to 600, not '" + text + "'");
        }
    }
}
