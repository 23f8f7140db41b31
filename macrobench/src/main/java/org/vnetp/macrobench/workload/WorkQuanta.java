package org.vnetp.macrobench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/// Quanta of fixed work, one right after the other, as a rank computes that waits for nobody: whatever takes the
/// processor away from it shows as a quantum that took longer (Sottile and Minnich, Analysis of
/// microbenchmarks for
/// performance tuning of clusters, 2004, call this the fixed work quantum).
///
/// A program of its own, `work NANOSECONDS LOG`, told by lines on standard input; it ends when that does. It
/// finds out how much work takes so long when nothing disturbs it, and says `ready`. `go SECONDS` lets it work
/// for so long, writes the histogram of the quanta's times to LOG and prints `quanta=… min=… mean=… p50=… p99=…
/// p999=… max=…`, nanoseconds.
public final class WorkQuanta {
    static final String READY = "ready";
    private static final long LONGEST_NS = 60_000_000_000L;
    private static final int DIGITS = 3;
    private static final int LOOKS = 2_000;
    private static final int FIRST = 1_000;

    /// So that the work is not left out by a compiler that sees through it.
    private static volatile long result;

    private WorkQuanta() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3 || !arguments[0].equals("work")) {
            System.err.println("usage: work NANOSECONDS LOG");
            System.exit(2);
        }
        int steps = stepsOf(Long.parseLong(arguments[1]));
        try (BufferedReader in = DatagramLoad.input()) {
            System.out.println(READY);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Histogram times = quanta(steps, Double.parseDouble(line.substring("go ".length())));
                write(times, Path.of(arguments[2]));
                System.out.printf(
                        Locale.ROOT,
                        "quanta=%d min=%d mean=%.1f p50=%d p99=%d p999=%d max=%d%n",
                        times.getTotalCount(),
                        times.getMinValue(),
                        times.getMean(),
                        times.getValueAtPercentile(50),
                        times.getValueAtPercentile(99),
                        times.getValueAtPercentile(99.9),
                        times.getMaxValue());
            }
        }
    }

    /// How many steps of work take so long at their fastest.
    static int stepsOf(long nanoseconds) {
        for (int i = 0; i < LOOKS; i++) { // compiles it
            work(FIRST);
        }
        long fastest = Long.MAX_VALUE;
        for (int i = 0; i < LOOKS; i++) {
            long start = System.nanoTime();
            work(FIRST);
            fastest = Math.min(fastest, System.nanoTime() - start);
        }
        return Math.clamp(FIRST * nanoseconds / Math.max(1, fastest), 1, 1 << 30);
    }

    private static void work(int steps) {
        long x = result;
        for (int i = 0; i < steps; i++) {
            x = x * 6364136223846793005L + 1442695040888963407L; // Knuth's MMIX: each step waits for the one before
        }
        result = x;
    }

    static Histogram quanta(int steps, double seconds) {
        Histogram times = new Histogram(LONGEST_NS, DIGITS);
        long begin = System.nanoTime();
        long end = begin + Math.round(seconds * 1e9);
        long start = begin;
        while (start < end) {
            work(steps);
            long now = System.nanoTime();
            times.recordValue(Math.clamp(now - start, 1, LONGEST_NS));
            start = now;
        }
        return times;
    }

    private static void write(Histogram times, Path log) throws IOException {
        try (PrintStream stream = new PrintStream(log.toFile(), StandardCharsets.UTF_8)) {
            HistogramLogWriter writer = new HistogramLogWriter(stream);
            writer.outputLogFormatVersion();
            writer.outputLegend();
            long now = System.currentTimeMillis();
            times.setStartTimeStamp(now);
            times.setEndTimeStamp(now);
            writer.outputIntervalHistogram(times);
        }
    }
}
