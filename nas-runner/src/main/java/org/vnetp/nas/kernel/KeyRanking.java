package org.vnetp.nas.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Op;

/// The keys of one rank and their way through one ranking.
final class KeyRanking {
    /// Iteration i changes keys i and i + 10.
    private static final int CHANGED_KEYS = 2 * Is.ITERATIONS + 1;

    private static final int BOUNDARY_TAG = 3;

    private final Communicator world;
    private final Is.Problem problem;
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

    KeyRanking(Communicator world, Is.Problem problem, KernelContext context) {
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
        this.allSizes = new int[buckets + Is.TESTS];
        this.next = new int[buckets];
        this.below = new int[maxKey];
        this.largest = context.ints(1);
        this.sizesOut = context.ints(buckets + Is.TESTS);
        this.sizesIn = context.ints(buckets + Is.TESTS);
        this.capacity = problem.capacity(ranks);
        this.keysOut = context.ints(count);
        this.keysIn = context.ints(capacity);
        this.sendCounts = context.ints(ranks);
        this.sendPlaces = context.ints(ranks);
        this.receiveCounts = context.ints(ranks);
        this.receivePlaces = context.ints(ranks);
        draw();
        this.drawn = Arrays.copyOf(keys, CHANGED_KEYS);
    }

    /// Puts the keys back as they were drawn.
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

    /// Tests passed since [#reset].
    long passed() {
        return passed;
    }

    /// Ranks all keys once, as iteration `iteration` of the specification does.
    void rank(int iteration) {
        if (me == 0) {
            keys[iteration] = iteration;
            keys[iteration + Is.ITERATIONS] = maxKey - iteration;
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
        for (int test = 0; test < Is.TESTS; test++) {
            long index = problem.index()[test] - firstIndex;
            boolean mine = index >= 0 && index < keys.length;
            sizesOut.setAtIndex(ValueLayout.JAVA_INT, buckets + test, mine ? keys[(int) index] : 0);
        }
        world.allreduce(sizesOut, sizesIn, buckets + Is.TESTS, Datatype.INT, Op.SUM);
        MemorySegment.copy(sizesIn, ValueLayout.JAVA_INT, 0, allSizes, 0, buckets + Is.TESTS);
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
            throw new IllegalStateException("rank " + me + " is given " + received + " keys, room is for " + capacity);
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
        for (int test = 0; test < Is.TESTS; test++) {
            int key = allSizes[buckets + test] - firstKey;
            if (key >= 0 && key < keyRange) {
                long expected = problem.rank()[test]
                        + (problem.plus()[test] ? iteration - problem.plusOffset() : problem.minusOffset() - iteration);
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
