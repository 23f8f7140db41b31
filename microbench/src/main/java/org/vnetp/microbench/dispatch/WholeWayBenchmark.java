package org.vnetp.microbench.dispatch;

import java.lang.foreign.Arena;
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
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.LinkPort;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.dispatch.Ports;
import org.vnetp.overlay.dispatch.YieldStrategy;
import org.vnetp.overlay.encap.Decapsulator;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.encap.Merger;
import org.vnetp.overlay.encap.Segmenter;
import org.vnetp.overlay.encap.VnetDecapsulator;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.LoopStatistics;

/// The whole way: a batch of frames from one guest through two nodes to another guest, by the
/// nodes' own loops, with edges that copy as the kernel does but make no system call.
/// [EdgesBaseline] is that copying alone.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WholeWayBenchmark {
    private static final int NIC = 0;
    private static final int LINK = 1;
    private static final int NETWORK = 42;
    private static final int DATAGRAM = 1472;
    private static final int SLOTS = 32;
    private static final int MAX_ROUNDS = 1000;

    @Param({"64", "1400", "9000", "65000"})
    int frameBytes;

    @Param({"1", "16", "64"})
    int batch;

    @Param({"vnet", "vxlan"})
    String format;

    private final Posix posix = new Posix();
    private BenchNic sender;
    private BenchNic receiver;
    private DispatchLoop first;
    private DispatchLoop second;

    @Setup
    public void setUp() {
        Arena arena = Arena.ofAuto();
        sender = new BenchNic(frameBytes);
        receiver = new BenchNic(frameBytes);
        BenchLink[] ends = BenchLink.pair(DATAGRAM);
        first = node(arena, "first", sender, ends[0], LINK);
        second = node(arena, "second", receiver, ends[1], NIC);
        wholeWay();
        receiver.check(sender);
    }

    private DispatchLoop node(Arena arena, String name, BenchNic nic, BenchLink link, int towards) {
        LoopStatistics statistics = new LoopStatistics(name);
        RoutingTable table = RoutingTable.of(
                List.of(new Rule(MacPattern.ANY, MacPattern.exact(GuestFrames.DESTINATION), Rule.ANY_PORT, towards)));
        Ports ports = new Ports(posix, new Forwarder(table, statistics.counters()), statistics);
        DispatchLoop loop = new DispatchLoop(posix, System::nanoTime, ports, statistics, polling(batch), error -> {
            throw new IllegalStateException("the loop failed", error);
        });
        boolean vnet = format.equals("vnet");
        VnetPeer peer = new VnetPeer(System::nanoTime);
        Encapsulator encapsulator =
                vnet ? new VnetEncapsulator(arena, NETWORK, peer, 0) : new Segmenter(arena, NETWORK, DATAGRAM);
        Decapsulator decapsulator = vnet
                ? new VnetDecapsulator(arena, NETWORK, peer, statistics.drops())
                : new Merger(arena, NETWORK, Merger.Checksums.TRUST_OUTER);
        loop.add(new NicPort(NIC, name + "-nic", nic, statistics.port(NIC)), true);
        loop.add(
                new LinkPort(
                        LINK,
                        name + "-link",
                        link,
                        encapsulator,
                        decapsulator,
                        new ReceiveBatch(arena, SLOTS),
                        statistics.port(LINK)),
                true);
        return loop;
    }

    /// Both directions polling, for batches of up to so many frames.
    static DispatchSettings polling(int batch) {
        DispatchSettings d = DispatchSettings.DEFAULT;
        return new DispatchSettings(
                DispatchMode.VMM,
                DispatchMode.VMM,
                d.alphaL(),
                d.alphaU(),
                d.omegaNs(),
                YieldStrategy.IMMEDIATE,
                d.tSleepNs(),
                d.tNoyieldRounds(),
                1,
                Math.max(batch, 64));
    }

    @Benchmark
    public int wholeWay() {
        sender.send(batch);
        int rounds = 0;
        while (sender.pending() > 0 || receiver.received() < sender.sent()) {
            first.doWork();
            second.doWork();
            if (++rounds > MAX_ROUNDS) {
                throw new IllegalStateException(
                        "frames got lost: of " + sender.sent() + " " + receiver.received() + " arrived");
            }
        }
        return rounds;
    }

    @TearDown
    public void everyFrameArrived() {
        receiver.check(sender);
        first.release();
        second.release();
    }
}
