package org.vnetp.nas.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import org.vnetp.macrobench.mpi.Communicator;
import org.vnetp.macrobench.mpi.Datatype;
import org.vnetp.macrobench.mpi.Op;

/// EP, "embarrassingly parallel" (RNR-94-007, section 3.1): Gaussian pairs by the polar method from pairs of
/// uniform numbers, their sums, and how many fall into each square annulus.
///
/// The 2^m pairs come in batches of 2^16, each with its own place in the sequence; batches are
/// dealt to ranks in order. The only communication is three sums at the end. Verified by the scheme
/// of NPB 3.4.2 and later: the sums of |X| and |Y| and the number of pairs.
final class Ep implements Kernel {
    private static final int BATCH_LOG2 = 16;
    private static final int BATCH = 1 << BATCH_LOG2;
    private static final int ANNULI = 10;
    private static final double EPSILON = 1e-8;

    private record Reference(int m, double sx, double sy, double pairs) {}

    private static Reference reference(ProblemClass problemClass) {
        return switch (problemClass) {
            case S -> new Reference(24, 10512994.20395306, 10515171.31857535, 13176389);
            case W -> new Reference(25, 21025055.25182392, 21031622.09578822, 26354769);
            case A -> new Reference(28, 168223563.2304711, 168219512.3368299, 210832767);
            case B -> new Reference(30, 672892754.3423024, 672895182.2504275, 843345606);
            case C -> new Reference(32, 2691444083.862931, 2691519118.724585, 3373275903.0);
            case D -> new Reference(36, 43063502808.12112, 43063475718.59157, 53972171957.0);
            case E -> new Reference(40, 689016966316.7274, 689016467068.8535, 863554308186.0);
            case F -> new Reference(44, 11024267737881.75, 11024267737879.93, 13816870608324.0);
        };
    }

    @Override
    public String name() {
        return "EP";
    }

    @Override
    public void checkRanks(int ranks) {
        RankCounts.check("EP", ranks, "1 to 256", n -> n >= 1 && n <= 256);
    }

    @Override
    public long heapBytes(ProblemClass problemClass, int ranks) {
        return 4L << 20;
    }

    @Override
    public long offHeapBytes(ProblemClass problemClass, int ranks) {
        return 4096;
    }

    @Override
    public KernelResult run(Communicator world, ProblemClass problemClass, KernelContext context) {
        Reference reference = reference(problemClass);
        KernelOutput output = context.output();
        output.title("EP");
        output.line(" Number of random numbers generated: %15d  (class %s)", 2L << reference.m(), problemClass);
        output.line(" Total number of processes: %21d%n", world.size());

        long batches = 1L << (reference.m() - BATCH_LOG2);
        long each = batches / world.size();
        long more = batches % world.size();
        long first = each * world.rank() + Math.min(world.rank(), more);
        long count = each + (world.rank() < more ? 1 : 0);

        GaussianBatch batch = new GaussianBatch(BATCH);
        // About an eighth of a second in each repetition; the batches are the run's own first ones.
        context.warmUp(1, () -> {
            for (int i = 0; i < 16; i++) {
                batch.run(i);
            }
        });

        MemorySegment send = context.doubles(ANNULI);
        MemorySegment receive = context.doubles(ANNULI);
        double[] annuli = new double[ANNULI];
        double sx;
        double sy;
        double pairs;
        boolean verified;
        context.region(Math.scalb(1.0, reference.m() + 1) * 1e-6, KernelContext.Clock.SLOWEST);
        do {
            batch.reset();
            context.startClock();
            for (long i = first; i < first + count; i++) {
                batch.run(i);
            }
            send.set(ValueLayout.JAVA_DOUBLE, 0, batch.sumX());
            world.allreduce(send, receive, 1, Datatype.DOUBLE, Op.SUM);
            sx = receive.get(ValueLayout.JAVA_DOUBLE, 0);
            send.set(ValueLayout.JAVA_DOUBLE, 0, batch.sumY());
            world.allreduce(send, receive, 1, Datatype.DOUBLE, Op.SUM);
            sy = receive.get(ValueLayout.JAVA_DOUBLE, 0);
            pairs = 0;
            for (int i = 0; i < ANNULI; i++) {
                send.setAtIndex(ValueLayout.JAVA_DOUBLE, i, batch.annulus(i));
            }
            world.allreduce(send, receive, ANNULI, Datatype.DOUBLE, Op.SUM);
            for (int i = 0; i < ANNULI; i++) {
                annuli[i] = receive.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
                pairs += annuli[i];
            }
            context.stopClock();
            verified = near(sx, reference.sx()) && near(sy, reference.sy()) && pairs == reference.pairs();
        } while (context.again(verified));
        double seconds = context.seconds();
        output.line("%n EP Benchmark Results:%n");
        output.line(" CPU Time =%10.4f", seconds);
        output.line(" N = 2^%5d", reference.m());
        output.line(" No. Gaussian Pairs = %15.0f", pairs);
        output.line(" Sums = %25.15e%25.15e", sx, sy);
        output.line(" Counts:");
        for (int i = 0; i < ANNULI; i++) {
            output.line(" %3d%15.0f", i, annuli[i]);
        }
        return new KernelResult(
                "EP",
                problemClass,
                String.format(Locale.ROOT, "%d", 2L << reference.m()),
                0,
                seconds,
                context.millionOperations() / seconds,
                "Random numbers generated",
                context.verified(),
                List.of());
    }

    private static boolean near(double value, double expected) {
        return Math.abs((value - expected) / expected) <= EPSILON;
    }
}
