package org.vnetp.nas.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Op;

/// What a kernel gets for one run beside its ranks: where to print, memory for messages, warm-up, the clock.
///
/// Warm-up: a JVM compiles a loop only after it has run for a while, so before the timed region every kernel
/// repeats its own iteration, with messages, on the real data, and then puts the data back. All ranks agree after
/// each repetition whether to go on. It ends when no rank's JIT compiler is busy any more and the repetitions no
/// longer get faster, or after the seconds allowed. It is never timed, and the output says how long it was.
public final class KernelContext implements AutoCloseable {
    /// @param warmUpSeconds the longest warm-up (three times that when repetitions are slow), 0 for only the
    /// repetitions the specification itself has
    /// @param timedSeconds the timed region is repeated until it has run for so long; 0 for once, as
    ///     NPB does
    /// @param timers whether to print each rank's share of communication
    public record Options(double warmUpSeconds, double timedSeconds, boolean timers) {}

    private static final int STEADY_REPETITIONS = 5;

    /// Of the timed region; a small class would go on for ever.
    private static final int MOST_REPETITIONS = 1000;

    /// The compiler is asked over spans of this length at least: whether the repetitions are steady does not tell,
    /// since many ranks on few cores wait long for their compiled loops.
    private static final long SPAN_NANOS = 400_000_000;

    /// Share of a span in which a compiler that is done may still have worked.
    private static final double QUIET_SHARE = 0.05;

    /// On a busy machine the seconds may pass before the loops are compiled.
    private static final int LEAST_REPETITIONS = 8;

    private static final double OVERTIME = 3;
    private static final double STEADY_GAIN = 0.98;

    private final Communicator world;
    private final KernelOutput output;
    private final Options options;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment sendScalar = arena.allocate(ValueLayout.JAVA_DOUBLE);
    private final MemorySegment receiveScalar = arena.allocate(ValueLayout.JAVA_DOUBLE);
    private long startNanos;
    private double mpiBefore;
    private long sentBefore;
    private long sentElsewhere;
    private double mpiSeconds;
    private double ownSeconds;
    private final List<Double> repetitions = new ArrayList<>();
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
    /// runs untimed), then until it is steady or the seconds of the options are used up.
    public void warmUp(int minimum, Runnable iteration) {
        long begin = System.nanoTime();
        double best = Double.MAX_VALUE;
        int steady = 0;
        int done = 0;
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        long spanBegin = begin;
        long compiledMillis = compiler.getTotalCompilationTime();
        boolean compiling = true;
        while (true) {
            long now = System.nanoTime();
            double elapsed = (now - begin) * 1e-9;
            if (now - spanBegin >= SPAN_NANOS) {
                long millis = compiler.getTotalCompilationTime();
                compiling = (millis - compiledMillis) * 1e6 > QUIET_SHARE * (now - spanBegin);
                compiledMillis = millis;
                spanBegin = now;
            }
            boolean unsteady = compiling || steady < STEADY_REPETITIONS;
            boolean early = done < LEAST_REPETITIONS && elapsed < OVERTIME * options.warmUpSeconds();
            boolean wants = done < minimum || early || (elapsed < options.warmUpSeconds() && unsteady);
            // With no time allowed nothing has to be agreed on.
            boolean more = options.warmUpSeconds() > 0 ? allreduce(wants ? 1 : 0, Op.MAX) > 0 : wants;
            if (!more) {
                break;
            }
            long from = System.nanoTime();
            iteration.run();
            double took = (System.nanoTime() - from) * 1e-9;
            steady = took < best * STEADY_GAIN ? 0 : steady + 1;
            best = Math.min(best, took);
            done++;
        }
        warmUpRepetitions += done;
        warmUpSeconds += (System.nanoTime() - begin) * 1e-9;
    }

    /// The warm-up so far, in words.
    public String warmUpText() {
        return String.format(Locale.ROOT, "%d untimed repetitions, %.1f seconds", warmUpRepetitions, warmUpSeconds);
    }

    /// Starts the timed region, all ranks together. The kernel has put its data back before.
    public void startClock() {
        if (repetitions.isEmpty()) {
            output.line(" Warm-up of the JVM: %s", warmUpText());
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
        if (options.timers()) {
            mpiSeconds += world.secondsInMpi() - mpiBefore;
            world.timing(false);
        }
        ownSeconds += seconds;
        sentElsewhere += world.bytesSentElsewhere() - sentBefore;
        repetitions.add(seconds);
    }

    /// Whether to put the data back and run the timed region once more: a region of a third of a second
    /// says little on a machine whose scheduler moves ranks about. All ranks are told the same.
    public boolean again() {
        if (options.timedSeconds() == 0) {
            return false;
        }
        boolean wants = ownSeconds < options.timedSeconds() && repetitions.size() < MOST_REPETITIONS;
        boolean more = allreduce(wants ? 1 : 0, Op.MAX) > 0;
        if (!more && repetitions.size() > 1) {
            output.line(
                    " Timed region: run %d times, each verified, seconds on rank 0: %s",
                    repetitions.size(),
                    repetitions.stream()
                            .map(seconds -> String.format(Locale.ROOT, "%.4f", seconds))
                            .collect(Collectors.joining(" ")));
        }
        return more;
    }

    /// This rank's seconds in the timed region, the mean of its repetitions.
    public double seconds() {
        return ownSeconds / repetitions.size();
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
        output.line(" nprocs =%6d           minimum     maximum     average", world.size());
        timer(1, "total", seconds());
        timer(2, "totcomp", (ownSeconds - mpiSeconds) / repetitions.size());
        timer(3, "totcomm", mpiSeconds / repetitions.size());
        long sent = world.bytesSent();
        double elsewhere = allreduce(world.bytesSentElsewhere(), Op.SUM);
        MemorySegment mine = doubles(3);
        MemorySegment all = doubles(3L * world.size());
        mine.setAtIndex(ValueLayout.JAVA_DOUBLE, 0, seconds());
        mine.setAtIndex(ValueLayout.JAVA_DOUBLE, 1, mpiSeconds / repetitions.size());
        mine.setAtIndex(ValueLayout.JAVA_DOUBLE, 2, sent);
        world.allgather(mine, 3, all, Datatype.DOUBLE);
        for (int rank = 0; rank < world.size(); rank++) {
            double total = all.getAtIndex(ValueLayout.JAVA_DOUBLE, 3L * rank);
            double mpi = all.getAtIndex(ValueLayout.JAVA_DOUBLE, 3L * rank + 1);
            double bytes = all.getAtIndex(ValueLayout.JAVA_DOUBLE, 3L * rank + 2);
            output.line(
                    " rank %4d: %10.4f s, of these in MPI %10.4f s (%5.1f %%); sent in the whole run %9.2f MB",
                    rank, total, mpi, 100 * mpi / total, bytes * 1e-6);
        }
        output.line(" payload to other hosts in the whole run: %15.0f bytes", elsewhere);
        output.line(
                " payload to other hosts in the timed region: %12.0f bytes",
                allreduce(sentElsewhere, Op.SUM) / repetitions.size());
    }

    private void timer(int number, String name, double seconds) {
        double least = allreduce(seconds, Op.MIN);
        double most = allreduce(seconds, Op.MAX);
        double sum = allreduce(seconds, Op.SUM);
        output.line(" timer %2d(%-8s) :%12.4f%12.4f%12.4f", number, name, least, most, sum / world.size());
    }

    /// Frees the message buffers.
    @Override
    public void close() {
        arena.close();
    }
}
