package org.vnetp.nas.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Op;

/// What a kernel gets for one run beside its ranks: where to print, memory for messages, warm-up, the clock.
///
/// Warm-up: a JVM compiles a loop only after it has run for a while, so before the timed region every kernel
/// repeats its own iteration, with messages, on the real data, and then puts the data back. After each tenth of a
/// second the ranks wait for their JIT compilers and agree whether to go on. It ends when they have nothing to do any
/// more, or after the seconds allowed. It is never timed, and the output says how long it was.
public final class KernelContext implements AutoCloseable {
    /// @param warmUpSeconds the longest warm-up (three times that when repetitions are slow), 0 for only the
    /// repetitions the specification itself has
    /// @param timedSeconds the timed region is repeated until it has run for so long; 0 for once, as
    ///     NPB does
    /// @param timers whether to print each rank's share of communication
    /// @param residentAddress of rank 0's host that the other ranks reach, for a job that stays and runs regions by
    ///     order ([Regions]); null for one that runs and ends
    /// @param firstByOrder whether a job that stays waits for an order before its first region too
    public record Options(
            double warmUpSeconds, double timedSeconds, boolean timers, String residentAddress, boolean firstByOrder) {}

    /// Whose time is the region's: the specification says it for each kernel.
    public enum Clock {
        SLOWEST,
        FIRST
    }

    /// Repetitions of this length at least, then the compiler is asked.
    private static final long SPAN_NANOS = 100_000_000;

    /// What may be compiled in a span that counts as quiet, in milliseconds: a rarely used method.
    private static final long QUIET_MILLIS = 5;

    private static final int QUIET_SPANS = 2;

    /// On a busy machine the seconds may pass before the loops are compiled.
    private static final int LEAST_REPETITIONS = 4;

    private static final double OVERTIME = 3;

    private static final long WAKE_NANOS = Long.getLong("vnetp.wake", 60) * 1_000_000;

    private final Communicator world;
    private final KernelOutput output;
    private final Options options;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment sendScalar = arena.allocate(ValueLayout.JAVA_DOUBLE);
    private final MemorySegment receiveScalar = arena.allocate(ValueLayout.JAVA_DOUBLE);
    private Runnable iteration = () -> {};
    private long startNanos;
    private double mpiBefore;
    private long sentBefore;
    private Regions regions;
    private double millionOperations;
    private Clock clock = Clock.SLOWEST;
    private int warmUpRepetitions;
    private double warmUpSeconds;

    public KernelContext(Communicator world, KernelOutput output, Options options) {
        this.world = world;
        this.output = output;
        this.options = options;
    }

    /// Prints on rank 0, nowhere else.
    public KernelOutput output() {
        return output;
    }

    /// Owner of all message buffers of the run.
    public Arena arena() {
        return arena;
    }

    /// An off-heap message buffer for `count` doubles, on a cache-line boundary.
    public MemorySegment doubles(long count) {
        return arena.allocate(Math.max(count, 1) * Double.BYTES, 64);
    }

    /// An off-heap message buffer for `count` ints, on a cache-line boundary.
    public MemorySegment ints(long count) {
        return arena.allocate(Math.max(count, 1) * Integer.BYTES, 64);
    }

    /// Repeats `iteration` on all ranks: at least `minimum` times (what the specification itself
    /// runs untimed), then until the JIT has nothing left to do or the seconds of the options are used up.
    public void warmUp(int minimum, Runnable iteration) {
        this.iteration = iteration;
        long begin = System.nanoTime();
        Jit jit = new Jit();
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        int done = 0;
        int quiet = 0;
        while (true) {
            double elapsed = (System.nanoTime() - begin) * 1e-9;
            boolean early = done < LEAST_REPETITIONS && elapsed < OVERTIME * options.warmUpSeconds();
            boolean wants = done < minimum || early || elapsed < options.warmUpSeconds() && quiet < QUIET_SPANS;
            // With no time allowed nothing has to be agreed on.
            boolean more = options.warmUpSeconds() > 0 ? allreduce(wants ? 1 : 0, Op.MAX) > 0 : wants;
            if (!more) {
                break;
            }
            if (options.warmUpSeconds() == 0) {
                iteration.run();
                done++;
                continue;
            }
            long compiledMillis = compiler.getTotalCompilationTime();
            long spanEnd = System.nanoTime() + SPAN_NANOS;
            do {
                iteration.run();
                done++;
            } while (allreduce(System.nanoTime() < spanEnd ? 1 : 0, Op.MAX) > 0);
            boolean busy = jit.busy();
            // The compiler gets the processors for itself: what it has not compiled yet is slow.
            jit.await((long) (1e9 * Math.max(0, options.warmUpSeconds() - elapsed)));
            busy |= compiler.getTotalCompilationTime() - compiledMillis > QUIET_MILLIS;
            quiet = busy ? 0 : quiet + 1;
        }
        warmUpRepetitions += done;
        warmUpSeconds += (System.nanoTime() - begin) * 1e-9;
    }

    /// Repeats that iteration untimed, for some milliseconds, after a wait: caches, connections and processors have
    /// served others meanwhile. The kernel puts its data back after it.
    void wake() {
        if (options.warmUpSeconds() == 0) {
            return;
        }
        long end = System.nanoTime() + WAKE_NANOS;
        do {
            iteration.run();
        } while (allreduce(System.nanoTime() < end ? 1 : 0, Op.MAX) > 0);
    }

    /// The warm-up so far, in words.
    public String warmUpText() {
        return String.format(Locale.ROOT, "%d untimed repetitions, %.1f seconds", warmUpRepetitions, warmUpSeconds);
    }

    /// What the timed region is, said once before it: the operations in it, and whose time counts.
    ///
    /// @param millions of operations in one pass, by NPB's formula
    public void region(double millions, Clock whose) {
        millionOperations = millions;
        clock = whose;
    }

    /// Starts the timed region, all ranks together. The kernel has put its data back before.
    public void startClock() {
        if (regions == null) {
            output.line(" Warm-up of the JVM: %s", warmUpText());
            regions = new Regions(this, options.residentAddress());
            regions.awaitFirst();
        }
        world.barrier();
        if (options.timers()) {
            world.timing(true);
            mpiBefore = world.secondsInMpi();
        }
        sentBefore = world.bytesSentElsewhere();
        startNanos = System.nanoTime();
    }

    /// Ends the timed region. The kernel then verifies what came of it, and asks [#again].
    public void stopClock() {
        double seconds = (System.nanoTime() - startNanos) * 1e-9;
        double inMpi = 0;
        if (options.timers()) {
            inMpi = world.secondsInMpi() - mpiBefore;
            world.timing(false);
        }
        regions.add(seconds, inMpi, world.bytesSentElsewhere() - sentBefore);
    }

    /// Whether to put the data back and run the timed region once more. A resident job waits here for the next order;
    /// any other repeats a region that is shorter than its options want. All ranks are told the same.
    ///
    /// @param verified what this rank found; rank 0's counts
    public boolean again(boolean verified) {
        return regions.again(verified);
    }

    /// Seconds of the timed region over all its passes, the mean, of the rank that counts. All ranks call it.
    public double seconds() {
        return regions.seconds();
    }

    /// Rank 0: whether every pass was verified.
    public boolean verified() {
        return regions.verified();
    }

    Options options() {
        return options;
    }

    Communicator world() {
        return world;
    }

    /// As [#region] was told.
    public double millionOperations() {
        return millionOperations;
    }

    /// The seconds that count, from those of every rank.
    double agreed(double seconds) {
        return clock == Clock.FIRST ? fromFirst(seconds) : slowest(seconds);
    }

    /// The largest of all ranks' values.
    public double slowest(double seconds) {
        return allreduce(seconds, Op.MAX);
    }

    /// Rank 0's value, on all ranks.
    public double fromFirst(double value) {
        return allreduce(world.rank() == 0 ? value : 0, Op.SUM);
    }

    /// A reduction of one number over all ranks.
    public double allreduce(double value, Op op) {
        sendScalar.set(ValueLayout.JAVA_DOUBLE, 0, value);
        world.allreduce(sendScalar, receiveScalar, 1, Datatype.DOUBLE, op);
        return receiveScalar.get(ValueLayout.JAVA_DOUBLE, 0);
    }

    /// After the footer: how long each rank computed and how long it was inside MPI, in NPB's form.
    void printTimers() {
        if (!options.timers()) {
            return;
        }
        double total = regions.ownMean();
        double inMpi = regions.mpiMean();
        output.line(" nprocs =%6d           minimum     maximum     average", world.size());
        timer(1, "total", total);
        timer(2, "totcomp", total - inMpi);
        timer(3, "totcomm", inMpi);
        long sent = world.bytesSent();
        double elsewhere = allreduce(world.bytesSentElsewhere(), Op.SUM);
        MemorySegment mine = doubles(3);
        MemorySegment all = doubles(3L * world.size());
        mine.setAtIndex(ValueLayout.JAVA_DOUBLE, 0, total);
        mine.setAtIndex(ValueLayout.JAVA_DOUBLE, 1, inMpi);
        mine.setAtIndex(ValueLayout.JAVA_DOUBLE, 2, sent);
        world.allgather(mine, 3, all, Datatype.DOUBLE);
        for (int rank = 0; rank < world.size(); rank++) {
            double its = all.getAtIndex(ValueLayout.JAVA_DOUBLE, 3L * rank);
            double mpi = all.getAtIndex(ValueLayout.JAVA_DOUBLE, 3L * rank + 1);
            double bytes = all.getAtIndex(ValueLayout.JAVA_DOUBLE, 3L * rank + 2);
            output.line(
                    " rank %4d: %10.4f s, of these in MPI %10.4f s (%5.1f %%); sent in the whole run %9.2f MB",
                    rank, its, mpi, 100 * mpi / its, bytes * 1e-6);
        }
        output.line(" payload to other hosts in the whole run: %15.0f bytes", elsewhere);
        output.line(" payload to other hosts in the timed region: %12.0f bytes", regions.payload());
    }

    private void timer(int number, String name, double seconds) {
        double least = allreduce(seconds, Op.MIN);
        double most = allreduce(seconds, Op.MAX);
        double sum = allreduce(seconds, Op.SUM);
        output.line(" timer %2d(%-8s) :%12.4f%12.4f%12.4f", number, name, least, most, sum / world.size());
    }

    /// Frees the message buffers; a resident job takes no more orders.
    @Override
    public void close() {
        if (regions != null) {
            regions.close();
        }
        arena.close();
    }
}
