package org.vnetp.nas.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Op;

/// IS (RNR-94-007, section 3.6): ranks integer keys, ten times over, changing two of them each
/// time. Tests counting in memory and all-to-all messages of whole key arrays.
///
/// Each ranking: keys are counted by bucket (their upper bits) and the counts summed over all
/// ranks; consecutive buckets are given to the ranks so that each gets about as many keys; the keys
/// travel by one all-to-all of counts and one of keys; each rank then counts its range of key
/// values, whose running sum is the ranking.
final class Is implements Kernel {
    private static final int ITERATIONS = 10;

    /// Iteration i changes keys i and i + 10.
    private static final int CHANGED_KEYS = 2 * ITERATIONS + 1;

    private static final int TESTS = 5;
    private static final int BOUNDARY_TAG = 3;

    /// @param plus for each test key whether its rank moves up with the iterations (else down)
    /// @param plusOffset subtracted from the iteration number where it moves up
    /// @param minusOffset subtracted from the iteration number where it moves down
    private record Problem(
            int keysLog2,
            int maxKeyLog2,
            int bucketsLog2,
            int leastRanks,
            int mostRanks,
            long[] index,
            long[] rank,
            boolean[] plus,
            int plusOffset,
            int minusOffset) {}

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
        return 8 * keys + capacity(p, ranks) * 4 + (4L << p.maxKeyLog2()) + (1 << 20);
    }

    @Override
    public long offHeapBytes(ProblemClass problemClass, int ranks) {
        Problem p = problem(problemClass);
        return 4 * ((1L << p.keysLog2()) / ranks + capacity(p, ranks)) + (1 << 16);
    }

    /// Most keys one rank can be given: its share and one bucket, of which the fullest holds less than 1/256 of
    /// all.
    private static long capacity(Problem p, int ranks) {
        long keys = 1L << p.keysLog2();
        return ranks == 1 ? keys : keys / ranks + keys / 128;
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

        Ranking ranking = new Ranking(world, problem, context);
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
            passed = (long) context.allreduce(ranking.passed, Op.SUM);
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

    /// The keys of one rank and their way through one ranking.
    private static final class Ranking {
        private final Communicator world;
        private final Problem problem;
        private final int ranks;
        private final int me;
        private final int maxKey;
        private final int buckets;
        private final int shift;
        private final long firstIndex;
        private final int[] keys;

        /// The keys that an iteration may change, as they were drawn.
        private final int[] drawn;

        private final int[] sorted;
        private final int[] ownSizes;
        private final int[] allSizes;
        private final int[] next;
        private final int[] below;
        private final MemorySegment largest;
        private final MemorySegment sizesOut;
        private final MemorySegment sizesIn;
        private final MemorySegment keysOut;
        private final MemorySegment keysIn;
        private final long capacity;
        private final MemorySegment sendCounts;
        private final MemorySegment sendPlaces;
        private final MemorySegment receiveCounts;
        private final MemorySegment receivePlaces;
        private int firstKey;
        private int keyRange;
        private int received;
        private long before;
        private long passed;

        Ranking(Communicator world, Problem problem, KernelContext context) {
            this.world = world;
            this.problem = problem;
            this.ranks = world.size();
            this.me = world.rank();
            this.maxKey = 1 << problem.maxKeyLog2();
            this.buckets = 1 << problem.bucketsLog2();
            this.shift = problem.maxKeyLog2() - problem.bucketsLog2();
            int count = (int) ((1L << problem.keysLog2()) / ranks);
            this.firstIndex = (long) count * me;
            this.keys = new int[count];
            this.sorted = new int[count];
            this.ownSizes = new int[buckets];
            this.allSizes = new int[buckets + TESTS];
            this.next = new int[buckets];
            this.below = new int[maxKey];
            this.largest = context.ints(1);
            this.sizesOut = context.ints(buckets + TESTS);
            this.sizesIn = context.ints(buckets + TESTS);
            this.capacity = capacity(problem, ranks);
            this.keysOut = context.ints(count);
            this.keysIn = context.ints(capacity);
            this.sendCounts = context.ints(ranks);
            this.sendPlaces = context.ints(ranks);
            this.receiveCounts = context.ints(ranks);
            this.receivePlaces = context.ints(ranks);
            draw();
            this.drawn = Arrays.copyOf(keys, CHANGED_KEYS);
        }

        void reset() {
            System.arraycopy(drawn, 0, keys, 0, CHANGED_KEYS);
            passed = 0;
        }

        /// Each key is a quarter of the range times the sum of four numbers; a rank draws its part of the one
        /// sequence.
        private void draw() {
            long state = NpbRandom.skip(NpbRandom.SEED, 4 * firstIndex);
            double quarter = maxKey / 4;
            for (int i = 0; i < keys.length; i++) {
                double sum = 0;
                for (int k = 0; k < 4; k++) {
                    state = NpbRandom.next(state);
                    sum += NpbRandom.value(state);
                }
                keys[i] = (int) (quarter * sum);
            }
        }

        void rank(int iteration) {
            if (me == 0) {
                keys[iteration] = iteration;
                keys[iteration + ITERATIONS] = maxKey - iteration;
            }
            sumBuckets();
            sortByBucket(keys, sorted, ownSizes, next, shift);
            share();
            exchange();
            Arrays.fill(below, 0, keyRange, 0);
            countKeys(keysIn, received, firstKey, below);
            runningSum(below, keyRange);
            testRanks(iteration);
        }

        private void sumBuckets() {
            Arrays.fill(ownSizes, 0);
            countBuckets(keys, ownSizes, next, shift);
            MemorySegment.copy(ownSizes, 0, sizesOut, ValueLayout.JAVA_INT, 0, buckets);
            for (int test = 0; test < TESTS; test++) {
                long index = problem.index()[test] - firstIndex;
                boolean mine = index >= 0 && index < keys.length;
                sizesOut.setAtIndex(ValueLayout.JAVA_INT, buckets + test, mine ? keys[(int) index] : 0);
            }
            world.allreduce(sizesOut, sizesIn, buckets + TESTS, Datatype.INT, Op.SUM);
            MemorySegment.copy(sizesIn, ValueLayout.JAVA_INT, 0, allSizes, 0, buckets + TESTS);
        }

        /// Two histograms by turns, so that equal neighbours do not wait for each other's store.
        private static void countBuckets(int[] keys, int[] sizes, int[] second, int shift) {
            Arrays.fill(second, 0);
            int i = 0;
            for (; i < keys.length - 1; i += 2) {
                sizes[keys[i] >> shift]++;
                second[keys[i + 1] >> shift]++;
            }
            for (; i < keys.length; i++) {
                sizes[keys[i] >> shift]++;
            }
            for (int b = 0; b < sizes.length; b++) {
                sizes[b] += second[b];
            }
        }

        private static void sortByBucket(int[] keys, int[] to, int[] sizes, int[] next, int shift) {
            int sum = 0;
            for (int b = 0; b < sizes.length; b++) {
                next[b] = sum;
                sum += sizes[b];
            }
            for (int i = 0; i < keys.length; i++) {
                int key = keys[i];
                to[next[key >> shift]++] = key;
            }
        }

        /// Deals the buckets: rank r gets the next ones until (r + 1) shares of all keys are given.
        private void share() {
            long all = 1L << problem.keysLog2();
            long given = 0;
            int bucket = 0;
            int place = 0;
            for (int r = 0; r < ranks; r++) {
                int first = bucket;
                long ahead = given;
                int mine = 0;
                long goal = all / ranks * (r + 1);
                while (bucket < buckets && (given < goal || r == ranks - 1)) {
                    mine += ownSizes[bucket];
                    given += allSizes[bucket];
                    bucket++;
                }
                sendCounts.setAtIndex(ValueLayout.JAVA_INT, r, mine);
                sendPlaces.setAtIndex(ValueLayout.JAVA_INT, r, place);
                place += mine;
                if (r == me) {
                    before = ahead;
                    firstKey = first << shift;
                    keyRange = (bucket - first) << shift;
                    received = Math.toIntExact(given - ahead);
                }
            }
            if (received > capacity) {
                throw new IllegalStateException(
                        "rank " + me + " is given " + received + " keys, room is for " + capacity);
            }
        }

        private void exchange() {
            world.alltoall(sendCounts, 1, receiveCounts, Datatype.INT);
            int place = 0;
            for (int r = 0; r < ranks; r++) {
                receivePlaces.setAtIndex(ValueLayout.JAVA_INT, r, place);
                place += receiveCounts.getAtIndex(ValueLayout.JAVA_INT, r);
            }
            MemorySegment.copy(sorted, 0, keysOut, ValueLayout.JAVA_INT, 0, sorted.length);
            world.alltoallv(keysOut, sendCounts, sendPlaces, keysIn, receiveCounts, receivePlaces, Datatype.INT);
        }

        private static void countKeys(MemorySegment keys, int count, int firstKey, int[] counts) {
            for (int i = 0; i < count; i++) {
                counts[keys.getAtIndex(ValueLayout.JAVA_INT, i) - firstKey]++;
            }
        }

        /// Turns counts into the number of this rank's keys that are smaller.
        private static void runningSum(int[] counts, int range) {
            int sum = 0;
            for (int i = 0; i < range; i++) {
                int count = counts[i];
                counts[i] = sum;
                sum += count;
            }
        }

        private void testRanks(int iteration) {
            for (int test = 0; test < TESTS; test++) {
                int key = allSizes[buckets + test] - firstKey;
                if (key >= 0 && key < keyRange) {
                    long expected = problem.rank()[test]
                            + (problem.plus()[test]
                                    ? iteration - problem.plusOffset()
                                    : problem.minusOffset() - iteration);
                    if (before + below[key] == expected) {
                        passed++;
                    }
                }
            }
        }

        /// Puts the last ranking's keys where their ranks say and checks that they ascend, here and towards the
        /// ranks before.
        void checkOrder() {
            int[] placed = new int[received];
            for (int i = 0; i < received; i++) {
                int key = keysIn.getAtIndex(ValueLayout.JAVA_INT, i);
                placed[below[key - firstKey]++] = key;
            }
            boolean ascending = true;
            for (int i = 1; i < received; i++) {
                ascending &= placed[i - 1] <= placed[i];
            }
            // The largest key so far goes from rank to rank.
            if (me > 0) {
                world.recv(largest, 1, Datatype.INT, me - 1, BOUNDARY_TAG);
                int left = largest.get(ValueLayout.JAVA_INT, 0);
                ascending &= received == 0 || left <= placed[0];
            } else {
                largest.set(ValueLayout.JAVA_INT, 0, -1);
            }
            if (received > 0) {
                largest.set(ValueLayout.JAVA_INT, 0, placed[received - 1]);
            }
            if (me < ranks - 1) {
                world.send(largest, 1, Datatype.INT, me + 1, BOUNDARY_TAG);
            }
            if (ascending) {
                passed++;
            }
        }
    }
}
