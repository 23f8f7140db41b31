package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.vnetp.macrobench.testbed.Endpoint;

/// A source of datagrams at one endpoint and a sink at another ([DatagramLoad]), for one trial
/// after the other. For one thread.
final class LoadPair implements LossFreeSearch.Channel, AutoCloseable {
    private static final String PORT = "7008";
    /// What is in flight has arrived when nothing did for so long.
    private static final long QUIET_MS = 40;

    private static final long MOST_WAIT_MS = 400;
    private static final long ANSWER_SECONDS = 5;

    private final Talk sink;
    private final Talk source;
    private int trial;
    private double rate;
    private double sourceCpu;
    private double sinkCpu;
    private double sourceCpuAtStart;
    private double sinkCpuAtStart;
    private long frames;
    private long sent;

    /// @param size of the datagrams' payload in bytes
    /// @param raw where the programs' errors go; a path without suffix
    LoadPair(Endpoint from, Endpoint to, int size, Path raw) throws IOException, InterruptedException {
        sink = new Talk(to, Path.of(raw + ".sink.txt"), DatagramLoad.class, "sink", PORT);
        Talk second = null;
        try {
            sink.read("ready", ANSWER_SECONDS);
            second = new Talk(
                    from,
                    Path.of(raw + ".source.txt"),
                    DatagramLoad.class,
                    "source",
                    to.address(),
                    PORT,
                    Integer.toString(size));
            second.read("ready", ANSWER_SECONDS);
            source = second;
        } catch (IOException | InterruptedException | RuntimeException e) {
            sink.close();
            if (second != null) {
                second.close();
            }
            throw e;
        }
    }

    /// Compiles the code and fills neighbour tables and flow caches; what it sends is not counted.
    void warmUp() throws IOException, InterruptedException {
        run(2_000, 0.1);
        run(0, 0.2);
        frames = 0;
        sent = 0;
        sourceCpuAtStart = sourceCpu;
        sinkCpuAtStart = sinkCpu;
    }

    /// Starts to send; [#finish] waits for the end.
    ///
    /// @param perSecond datagrams, 0 for as many as go
    void begin(double perSecond, double seconds) throws IOException, InterruptedException {
        trial++;
        rate = perSecond;
        sink.say("reset " + trial);
        sink.read("received=", ANSWER_SECONDS);
        source.say("send " + trial + " " + perSecond + " " + seconds);
    }

    LossFreeSearch.Trial finish(double seconds) throws IOException, InterruptedException {
        Map<String, Double> out = source.read("sent=", (long) seconds + ANSWER_SECONDS);
        long arrived = -1;
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MOST_WAIT_MS);
        while (true) {
            sink.say("count");
            Map<String, Double> in = sink.read("received=", ANSWER_SECONDS);
            long now = in.get("received").longValue();
            sinkCpu = in.get("cpu");
            if (now == arrived || System.nanoTime() > until) {
                break;
            }
            arrived = now;
            Thread.sleep(QUIET_MS);
        }
        sourceCpu = out.get("cpu");
        frames += arrived;
        sent += out.get("sent").longValue();
        return new LossFreeSearch.Trial(rate, seconds, out.get("sent").longValue(), out.get("seconds"), arrived);
    }

    @Override
    public LossFreeSearch.Trial run(double perSecond, double seconds) throws IOException, InterruptedException {
        begin(perSecond, seconds);
        return finish(seconds);
    }

    /// CPU seconds of the source since the warm-up.
    double sourceCpu() {
        return sourceCpu - sourceCpuAtStart;
    }

    /// CPU seconds of the sink since the warm-up.
    double sinkCpu() {
        return sinkCpu - sinkCpuAtStart;
    }

    /// Datagrams that arrived since the warm-up.
    long arrived() {
        return frames;
    }

    /// Datagrams sent since the warm-up.
    long sent() {
        return sent;
    }

    @Override
    public void close() {
        source.close();
        sink.close();
    }
}
