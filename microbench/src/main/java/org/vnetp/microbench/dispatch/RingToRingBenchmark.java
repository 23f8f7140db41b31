package org.vnetp.microbench.dispatch;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.vnetp.overlay.dispatch.LinkPort;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.dispatch.Ports;
import org.vnetp.overlay.encap.VnetDecapsulator;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.nic.VhostUserNic;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.vhost.GuestRings;
import org.vnetp.overlay.vhost.VhostDevice;
import org.vnetp.overlay.vhost.VirtioFeatures;
import org.vnetp.overlay.vhost.frontend.GuestQueue;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// From one virtual machine's ring to another's: a batch of frames, by the nodes' own loops, through two
/// nodes whose link copies as the kernel does but makes no system call, or within one node. The guests'
/// drivers are in Java and their work counts: adding buffers, looking at used ones, giving them back.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RingToRingBenchmark {
    private static final int SENDER = 0;
    private static final int RECEIVER = 1;
    private static final int LINK = 2;
    private static final int NETWORK = 42;
    private static final int DATAGRAM = 1600;
    private static final int SLOTS = 32;
    private static final int MAX_ROUNDS = 1000;

    @Param({"64", "1500"})
    int frameBytes;

    @Param({"1", "64"})
    int batch;

    @Param({"split", "packed"})
    String ring;

    @Param({"two", "one"})
    String nodes;

    private final Posix posix = new Posix();
    private Path directory;
    private Machine sender;
    private Machine receiver;
    private DispatchLoop first;
    private DispatchLoop second;

    /// A guest with its NIC, the backend's side and the frontend's.
    private final class Machine implements VhostDevice.Owner {
        private final Path socket;
        private final VhostUserNic nic;
        private final VhostDevice device;
        private final VhostFrontend frontend;

        Machine(String name, LoopStatistics statistics, int port) {
            socket = directory.resolve(name);
            nic = new VhostUserNic(statistics.port(port), statistics.drops(), () -> {});
            device = new VhostDevice(
                    new VhostDevice.Setup(socket, VhostDevice.Mode.SERVER, 1, GuestFrames.SOURCE, () -> 1500), this);
            long features = VirtioFeatures.MRG_RXBUF
                    | VirtioFeatures.CSUM
                    | VirtioFeatures.GUEST_CSUM
                    | VirtioFeatures.EVENT_IDX
                    | (ring.equals("packed") ? VirtioFeatures.RING_PACKED : 0);
            frontend = new VhostFrontend(VhostFrontend.Options.of(features), () -> device.turn(0));
        }

        void start() {
            frontend.connect(socket);
            frontend.start();
            GuestQueue receiving = frontend.receiving(0);
            receiving.refill();
            receiving.ring().wantCalls(false);
            GuestQueue sending = frontend.sending(0);
            sending.ring().wantCalls(false);
            for (int i = 0; i < 256; i++) {
                GuestFrames.write(frontend.memory(), sending.buffer(i), frameBytes);
                VirtioNetHeader.clear(frontend.memory(), sending.buffer(i));
            }
        }

        @Override
        public void handOver(GuestRings next) {
            nic.serve(
                    next.sends(),
                    next.receives().isEmpty() ? null : next.receives().getFirst(),
                    next.receives());
        }

        @Override
        public void announce(long mac) {
            throw new IllegalStateException("nobody has moved");
        }

        @Override
        public void say(String line) {
            throw new IllegalStateException(line);
        }

        void close() {
            device.close();
            device.turn(0);
            nic.close();
            frontend.close();
        }
    }

    @Setup
    public void setUp() throws IOException {
        directory = Files.createTempDirectory("ring-to-ring");
        LoopStatistics here = new LoopStatistics("first");
        LoopStatistics there = nodes.equals("one") ? here : new LoopStatistics("second");
        sender = new Machine("sender", here, SENDER);
        receiver = new Machine("receiver", there, RECEIVER);
        if (nodes.equals("one")) {
            first = loop(here, RECEIVER);
            second = null;
            first.add(new NicPort(RECEIVER, "receiver", receiver.nic, here.port(RECEIVER)), true);
        } else {
            BenchLink[] ends = BenchLink.pair(DATAGRAM);
            first = loop(here, LINK);
            second = loop(there, RECEIVER);
            join(first, ends[0], here);
            join(second, ends[1], there);
            second.add(new NicPort(RECEIVER, "receiver", receiver.nic, there.port(RECEIVER)), true);
        }
        first.add(new NicPort(SENDER, "sender", sender.nic, here.port(SENDER)), true);
        sender.start();
        receiver.start();
        ringToRing();
    }

    private DispatchLoop loop(LoopStatistics statistics, int towards) {
        RoutingTable table = RoutingTable.of(
                List.of(new Rule(MacPattern.ANY, MacPattern.exact(GuestFrames.DESTINATION), Rule.ANY_PORT, towards)));
        Ports ports = new Ports(posix, new Forwarder(table, statistics.counters()), statistics);
        return new DispatchLoop(posix, System::nanoTime, ports, statistics, WholeWayBenchmark.polling(batch), error -> {
            throw new IllegalStateException("the loop failed", error);
        });
    }

    private static void join(DispatchLoop loop, BenchLink end, LoopStatistics statistics) {
        Arena arena = Arena.ofAuto();
        VnetPeer peer = new VnetPeer(System::nanoTime);
        VnetEncapsulator encapsulator = new VnetEncapsulator(arena, NETWORK, peer, 0);
        loop.add(
                new LinkPort(
                        LINK,
                        "link",
                        end,
                        encapsulator,
                        new VnetDecapsulator(arena, NETWORK, peer, statistics.drops()),
                        new ReceiveBatch(arena, SLOTS),
                        statistics.port(LINK)),
                true);
    }

    @Benchmark
    public int ringToRing() {
        GuestQueue from = sender.frontend.sending(0);
        GuestQueue to = receiver.frontend.receiving(0);
        from.reclaim();
        for (int i = 0; i < batch; i++) {
            from.add(from.take(), VirtioNetHeader.LENGTH + frameBytes);
        }
        from.publish();
        int arrived = 0;
        int rounds = 0;
        while (arrived < batch) {
            first.doWork();
            if (second != null) {
                second.doWork();
            }
            while (to.skip() > 0) {
                arrived++;
            }
            if (++rounds > MAX_ROUNDS) {
                throw new IllegalStateException("frames got lost: of " + batch + " " + arrived + " arrived");
            }
        }
        to.refill();
        return arrived;
    }

    @TearDown
    public void close() throws IOException {
        first.release();
        if (second != null) {
            second.release();
        }
        sender.close();
        receiver.close();
        Files.delete(directory);
    }
}
