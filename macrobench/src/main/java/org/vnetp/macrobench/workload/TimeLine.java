package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricException;
import org.vnetp.reports.result.TimeLineFile;

/// Notes four times a second what each host of a fabric sends to the network, until it is closed. Its thread reads the
/// interfaces' counters, a few milliseconds each time, in every arm alike.
final class TimeLine implements AutoCloseable {
    private static final long BETWEEN_MS = 250;

    private record Sample(Instant time, Counters counters) {}

    private final Fabric fabric;
    private final List<Sample> samples = new ArrayList<>();
    private final Thread sampler;
    private volatile boolean over;

    private TimeLine(Fabric fabric) {
        this.fabric = fabric;
        this.sampler = Thread.ofPlatform().name("time line").daemon(true).unstarted(this::sample);
    }

    static TimeLine begin(Fabric fabric) {
        TimeLine line = new TimeLine(fabric);
        line.sampler.start();
        return line;
    }

    private void sample() {
        try {
            while (!over) {
                Sample next = new Sample(Instant.now(), fabric.snapshot());
                synchronized (samples) {
                    samples.add(next);
                }
                Thread.sleep(BETWEEN_MS);
            }
        } catch (InterruptedException | FabricException e) {
            // The run is over, or the fabric is broken, which who measures on it finds out and tells.
            over = true;
        }
    }

    /// Ends noting.
    @Override
    public void close() {
        over = true;
        try {
            sampler.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Writes what was noted as [TimeLineFile] reads it.
    ///
    /// @param begin the run's; what was before has times below 0 and is left out
    void write(Path file, Instant begin, List<Decisions.Event> decisions) throws IOException {
        List<String> lines = new ArrayList<>(List.of(TimeLineFile.HEADER));
        synchronized (samples) {
            for (int i = 1; i < samples.size(); i++) {
                double at = seconds(begin, samples.get(i).time());
                if (at >= 0) {
                    rates(
                            lines,
                            at,
                            samples.get(i - 1).counters(),
                            samples.get(i).counters());
                }
            }
        }
        for (Decisions.Event decision : decisions) {
            double at = seconds(begin, decision.time());
            if (at >= 0) {
                lines.add(String.format(Locale.ROOT, "%.3f,,,%s", at, decision.words()));
            }
        }
        Files.write(file, lines);
    }

    private static void rates(List<String> lines, double at, Counters before, Counters now) {
        for (int host = 0; host < now.underlay().size(); host++) {
            Counters.Interface sent = now.underlay().get(host);
            long bytes = sent.txBytes() - before.underlay().get(host).txBytes();
            double seconds = (now.nanoTime() - before.nanoTime()) / 1e9;
            lines.add(String.format(Locale.ROOT, "%.3f,%s,%.3f,", at, sent.host(), 8e-6 * bytes / seconds));
        }
    }

    private static double seconds(Instant begin, Instant time) {
        return (time.toEpochMilli() - begin.toEpochMilli()) / 1e3;
    }
}
