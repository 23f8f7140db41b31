package org.vnetp.nas.kernel;

import java.util.List;
import java.util.Locale;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Op;

/// IS (RNR-94-007, section 3.6): ranks integer keys, ten times over, changing two of them each
/// time. Tests counting in memory and all-to-all messages of whole key arrays.
///
/// Each ranking: keys are counted by bucket (their upper bits) and the counts summed over all
/// ranks; consecutive buckets are given to the ranks so that each gets about as many keys; the keys
/// travel by one all-to-all of counts and one of keys; each rank then counts its range of key
/// values, whose running sum is the ranking.
final class Is implements Kernel {
    static final int ITERATIONS = 10;

    static final int TESTS = 5;

    /// @param plus for each test key whether its rank moves up with the iterations (else down)
    /// @param plusOffset subtracted from the iteration number where it moves up
    /// @param minusOffset subtracted from the iteration number where it moves down
    record Problem(
            int keysLog2,
            int maxKeyLog2,
            int bucketsLog2,
            int leastRanks,
            int mostRanks,
            long[] index,
            long[] rank,
            boolean[] plus,
            int plusOffset,
            int minusOffset) {
        /// Most keys one rank can be given: its share and one bucket, of which the fullest holds less than 1/256 of
        /// all.
        long capacity(int ranks) {
            long keys = 1L << keysLog2;
            return ranks == 1 ? keys : keys / ranks + keys / 128;
        }
    }

    private static final boolean[] FIRST_THREE = {true, true, true, false, false};
    private static final boolean[] FIRST_TWO = {true, true, false, false, false};
    private static final boolean[] CLASS_B = {false, true, true, false, true};

    private static Problem problem(ProblemClass problemClass) {
        return switch (problemClass) {
            case S ->
                new Problem(
                        16,
                        11,
                        9,
                        1,
                        128,
                        new long[] {48427, 17148, 23627, 62548, 4431},
                        new long[] {0, 18, 346, 64917, 65463},
                        FIRST_THREE,
                        0,
                        0);
            case W ->
                new Problem(
                        20,
                        16,
                        10,
                        1,
                        1024,
                        new long[] {357773, 934767, 875723, 898999, 404505},
                        new long[] {1249, 11698, 1039987, 1043896, 1048018},
                        FIRST_TWO,
                        2,
                        0);
            case A ->
                new Problem(
                        23,
                        19,
                        10,
                        1,
                        1024,
                        new long[] {2112377, 662041, 5336171, 3642833, 4250760},
                        new long[] {104, 17523, 123928, 8288932, 8388264},
                        FIRST_THREE,
                        1,
                        1);
            case B ->
                new Problem(
                        25,
                        21,
                        10,
                        1,
                        1024,
                        new long[] {41869, 812306, 5102857, 18232239, 26860214},
                        new long[] {33422937, 10244, 59149, 33135281, 99},
                        CLASS_B,
                        0,
                        0);
            case C ->
                new Problem(
                        27,
                        23,
                        10,
                        1,
                        1024,
                        new long[] {44172927, 72999161, 74326391, 129606274, 21736814},
                        new long[] {61147, 882988, 266290, 133997595, 133525895},
                        FIRST_THREE,
                        0,
                        0);
            case D ->
                new Problem(
                        31,
                        27,
                        10,
                        4,
                        1024,
                        new long[] {1317351170, 995930646, 1157283250, 1503301535, 1453734525},
                        new long[] {1, 36538729, 1978098519L, 2145192618L, 2147425337L},
                        FIRST_TWO,
                        0,
                        0);
            case E, F ->
                throw new IllegalArgumentException("IS has no class " + problemClass + " here: expected S to D");
        };
    }

    @Override
    public String name() {
        return "IS";
    }

    @Override
    public boolean has(ProblemClass problemClass) {
        return problemClass.compareTo(ProblemClass.D) <= 0;
    }

    @Override
    public void checkRanks(int ranks) {
        RankCounts.check("IS", ranks, "a power of two up to 1024", n -> RankCounts.isPowerOfTwo(n) && n <= 1024);
    }

    @Override
    public void check(ProblemClass problemClass, int ranks) {
        checkRanks(ranks);
        Problem p = problem(problemClass);
        if (ranks < p.leastRanks() || ranks > p.mostRanks()) {
            throw new IllegalArgumentException("IS class " + problemClass + " cannot run on " + ranks
                    + " ranks: expected a power of two from " + p.leastRanks() + " to " + p.mostRanks());
        }
    }

    @Override
    public long heapBytes(ProblemClass problemClass, int ranks) {
        Problem p = problem(problemClass);
        long keys = (1L << p.keysLog2()) / ranks;
        return 8 * keys + p.capacity(ranks) * 4 + (4L << p.maxKeyLog2()) + (1 << 20);
    }

    @Override
    public long offHeapBytes(ProblemClass problemClass, int ranks) {
        Problem p = problem(problemClass);
        return 4 * ((1L << p.keysLog2()) / ranks + p.capacity(ranks)) + (1 << 16);
    }

    @Override
    public KernelResult run(Communicator world, ProblemClass problemClass, KernelContext context) {
        Problem problem = problem(problemClass);
        long keys = 1L << problem.keysLog2();
        KernelOutput output = context.output();
        output.title("IS");
        output.line(" Size:  %d  (class %s)", keys, problemClass);
        output.line(" Iterations:   %d", ITERATIONS);
        output.line(" Total number of processes: %6d%n", world.size());

        KeyRanking ranking = new KeyRanking(world, problem, context);
        context.warmUp(1, () -> ranking.rank(1));

        long passed;
        context.region(1e-6 * ITERATIONS * keys, KernelContext.Clock.SLOWEST);
        do {
            ranking.reset();
            context.startClock();
            for (int iteration = 1; iteration <= ITERATIONS; iteration++) {
                ranking.rank(iteration);
            }
            context.stopClock();
            ranking.checkOrder();
            passed = (long) context.allreduce(ranking.passed(), Op.SUM);
        } while (context.again(passed == (long) TESTS * ITERATIONS + world.size()));
        double seconds = context.seconds();
        return new KernelResult(
                "IS",
                problemClass,
                Long.toString(keys),
                ITERATIONS,
                seconds,
                context.millionOperations() / seconds,
                "keys ranked",
                context.verified(),
                List.of(String.format(
                        Locale.ROOT, " %d of %d tests passed", passed, (long) TESTS * ITERATIONS + world.size())));
    }
}
