package org.vnetp.nas.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.vnetp.macrobench.mpi.Gate;
import org.vnetp.macrobench.mpi.Mpi;
import org.vnetp.macrobench.mpi.Op;

/// The timed regions of one job, and who says that there is another.
///
/// A job that runs and ends repeats a short region, on the same data, until it has run for the seconds of its options:
/// the mean counts. A resident job runs it once, to be verified, and from then on by order, one line of rank 0's
/// standard input each:
///
/// ```
/// go N     the region N times; answered by one line of standard output, see [RegionReport]
/// end      the job ends as any other, with a footer over all regions
/// ```
///
/// The first region is answered for too: then the job is ready. A job whose regions are long says [RegionReport#READY]
/// instead, and its first region is one by order as well.
final class Regions implements AutoCloseable {
    /// Of a job that repeats by itself; a small class would go on for ever.
    private static final int MOST_REPETITIONS = 1000;

    private static final String GO = "go ";

    private final KernelContext context;
    private final Gate gate;
    private final List<Double> all = new ArrayList<>();
    private double ownSeconds;
    private double mpiSeconds;
    private long sentElsewhere;
    private boolean verified = true;

    // Of a resident job, since the gate opened.
    private final List<Double> passes = new ArrayList<>();
    private int wanted = 1;
    private int answered;
    private boolean good = true;
    private double mpiSince;
    private long timedPayload;
    private long cpuBefore;
    private long payloadBefore;

    /// @param address as in the options of the context
    Regions(KernelContext context, String address) {
        this.context = context;
        this.gate = address == null ? null : Gate.open(context.world(), address, System.in);
        begin(1);
    }

    /// Before the first region of a job that runs this one by order too.
    ///
    /// @throws NoRegionException when the job is to end without any
    void awaitFirst() {
        if (gate != null && context.options().firstByOrder()) {
            context.output().line("%s", RegionReport.READY);
            String order = gate.await();
            if (order.equals(Gate.END)) {
                throw new NoRegionException();
            }
            begin(times(order));
        }
    }

    /// The job is told to end before it has run its region once.
    static final class NoRegionException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private void begin(int times) {
        wanted = times;
        passes.clear();
        good = true;
        mpiSince = 0;
        timedPayload = 0;
        if (gate != null) {
            cpuBefore = Mpi.cpuNanos();
            payloadBefore = context.world().bytesSentElsewhere();
        }
    }

    /// One pass has ended.
    void add(double seconds, double inMpi, long payload) {
        ownSeconds += seconds;
        mpiSeconds += inMpi;
        sentElsewhere += payload;
        all.add(seconds);
        passes.add(seconds);
        mpiSince += inMpi;
        timedPayload += payload;
    }

    boolean again(boolean passed) {
        verified &= passed;
        good &= passed;
        return gate == null ? shorterThanWanted() : passes.size() < wanted || nextOrder();
    }

    private boolean shorterThanWanted() {
        double least = context.options().timedSeconds();
        if (least == 0) {
            return false;
        }
        boolean wants = ownSeconds < least && all.size() < MOST_REPETITIONS;
        boolean more = context.allreduce(wants ? 1 : 0, Op.MAX) > 0;
        if (!more && all.size() > 1) {
            context.output()
                    .line(" Timed region: run %d times, each verified, seconds on rank 0: %s", all.size(), text(all));
        }
        return more;
    }

    private boolean nextOrder() {
        answer();
        String order = gate.await();
        if (order.equals(Gate.END)) {
            return false;
        }
        begin(times(order));
        context.wake();
        return true;
    }

    private static int times(String order) {
        int times = 0;
        try {
            times = order.startsWith(GO) ? Integer.parseInt(order.substring(GO.length())) : 0;
        } catch (NumberFormatException e) {
            // Said below.
        }
        if (times < 1) {
            throw new IllegalArgumentException("order '" + order + "': expected 'go N' or '" + Gate.END + "'");
        }
        return times;
    }

    private void answer() {
        long cpu = Mpi.cpuNanos() - cpuBefore;
        long payload = context.world().bytesSentElsewhere() - payloadBefore;
        double own = passes.stream().mapToDouble(Double::doubleValue).sum();
        double seconds = context.agreed(own / passes.size());
        double ownSum = context.allreduce(own, Op.SUM);
        double mpiSum = context.allreduce(mpiSince, Op.SUM);
        RegionReport report = new RegionReport(
                answered++,
                passes.size(),
                good,
                seconds,
                context.millionOperations() / seconds,
                ownSum > 0 && context.options().timers() ? mpiSum / ownSum : Double.NaN,
                (long) context.allreduce(payload, Op.SUM),
                (long) (context.allreduce(timedPayload, Op.SUM) / passes.size()),
                (long) context.allreduce(cpu, Op.SUM),
                passes);
        context.output().line("%s", report.line());
    }

    private static String text(List<Double> seconds) {
        return seconds.stream().map(s -> String.format(Locale.ROOT, "%.4f", s)).collect(Collectors.joining(" "));
    }

    /// See [KernelContext#seconds()].
    double seconds() {
        return context.agreed(ownMean());
    }

    double ownMean() {
        return ownSeconds / all.size();
    }

    double mpiMean() {
        return mpiSeconds / all.size();
    }

    /// Payload to other hosts in one pass, of all ranks.
    double payload() {
        return context.allreduce(sentElsewhere, Op.SUM) / all.size();
    }

    boolean verified() {
        return verified;
    }

    @Override
    public void close() {
        if (gate != null) {
            gate.close();
        }
    }
}
