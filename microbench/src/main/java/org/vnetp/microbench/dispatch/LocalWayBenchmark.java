package org.vnetp.microbench.dispatch;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.vnetp.microbench.GuestFrames;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.dispatch.Ports;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.LoopStatistics;

/// What a node does with a frame whatever its format: the loop's round, route lookup, counters. A
/// batch of 64-byte frames from one guest to another of the same node, so that two short copies a
/// frame are all there is beside it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LocalWayBenchmark {
    private static final int FROM = 0;
    private static final int TO = 1;
    private static final int FRAME_BYTES = 64;

    @Param({"1", "16", "64"})
    int batch;

    private final Posix posix = new Posix();
    private BenchNic sender;
    private BenchNic receiver;
    private DispatchLoop loop;

    @Setup
    public void setUp() {
        sender = new BenchNic(FRAME_BYTES);
        receiver = new BenchNic(FRAME_BYTES);
        LoopStatistics statistics = new LoopStatistics("local");
        RoutingTable table = RoutingTable.of(
                List.of(new Rule(MacPattern.ANY, MacPattern.exact(GuestFrames.DESTINATION), Rule.ANY_PORT, TO)));
        Ports ports = new Ports(posix, new Forwarder(table, statistics.counters()), statistics);
        loop = new DispatchLoop(posix, System::nanoTime, ports, statistics, WholeWayBenchmark.polling(batch), error -> {
            throw new IllegalStateException("the loop failed", error);
        });
        loop.add(new NicPort(FROM, "from", sender, statistics.port(FROM)), true);
        loop.add(new NicPort(TO, "to", receiver, statistics.port(TO)), true);
        localWay();
        receiver.check(sender);
    }

    @Benchmark
    public long localWay() {
        sender.send(batch);
        while (sender.pending() > 0) {
            loop.doWork();
        }
        return receiver.received();
    }

    @TearDown
    public void everyFrameArrived() {
        receiver.check(sender);
        loop.release();
    }
}
