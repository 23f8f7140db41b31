package org.vnetp.microbench.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
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
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.dispatch.Ports;
import org.vnetp.overlay.dispatch.YieldStrategy;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.Scheduling;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.LoopStatistics;

/// From a guest's send to the loop's write at the other NIC, with the loop on a thread of its own, under load or after
/// a pause in which the loop falls asleep as its mode has it:
/// the wake-up by epoll in guest-driven mode, the polling in VMM-driven mode with each yield
/// strategy. A frame waits in a field, an eventfd tells of it, as a TAP does. The sender spins for
/// the answer on a processor of its own, so two are needed: where they shared one, each answer would wait for the
/// end of the sender's time slice.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WakeUpBenchmark {
    private static final int FRAME_BYTES = 64;
    private static final int WARM_UP_FRAMES = 10_000;
    private static final int SHORTEST_SLEEP_NS = 1_000;
    private static final int MOST_CPUS = 1024;

    @Param({"guest", "vmm-immediate", "vmm-timed", "vmm-adaptive"})
    String mode;

    /// Microseconds for which nothing is sent before the frame. They are part of the operation: take them off.
    @Param({"0", "500"})
    int pauseUs;

    private final Posix posix = new Posix();
    private final MemorySegment one = Arena.ofAuto().allocate(8, 8);
    private SignalNic from;
    private SignalNic to;
    private DispatchLoop loop;
    private Thread thread;
    private long sent;

    /// A NIC of one frame, told of by an eventfd.
    private static final class SignalNic implements VirtualNic {
        private final MemorySegment frame = GuestFrames.allocate(Arena.ofAuto(), FRAME_BYTES);
        private final MemorySegment count = Arena.ofAuto().allocate(8, 8);
        private final int event;
        private volatile boolean waiting;
        private volatile long written;

        private SignalNic(Posix posix) {
            event = Posix.check(posix.eventfd(), "create an eventfd");
        }

        @Override
        public int read(Posix posix, MemorySegment slab, long offset, int capacity) {
            if (!waiting) {
                return NOTHING;
            }
            waiting = false;
            posix.read(event, count.address(), 8);
            int length = 12 + FRAME_BYTES;
            MemorySegment.copy(frame, GuestFrames.HEADROOM, slab, offset, length);
            return length;
        }

        @Override
        public int write(Posix posix, ScatterList slices) {
            written = written + 1; // one writer, the loop
            return slices.totalBytes();
        }

        @Override
        public int descriptor() {
            return event;
        }

        @Override
        public void close() {
            // the benchmark closes the eventfd
        }
    }

    @Setup
    public void setUp() {
        one.set(ValueLayout.JAVA_LONG, 0, 1);
        from = new SignalNic(posix);
        to = new SignalNic(posix);
        LoopStatistics statistics = new LoopStatistics("loop");
        RoutingTable table = RoutingTable.of(
                List.of(new Rule(MacPattern.ANY, MacPattern.exact(GuestFrames.DESTINATION), Rule.ANY_PORT, 1)));
        DispatchMode driven = mode.equals("guest") ? DispatchMode.GUEST : DispatchMode.VMM;
        YieldStrategy yield = switch (mode) {
            case "vmm-timed" -> YieldStrategy.TIMED;
            case "vmm-adaptive" -> YieldStrategy.ADAPTIVE;
            default -> YieldStrategy.IMMEDIATE;
        };
        DispatchSettings d = DispatchSettings.DEFAULT;
        DispatchSettings settings = settings(driven, yield, d.tSleepNs(), d.tNoyieldRounds());
        // Asleep for most of the time, a loop would not be compiled before the measurement ends.
        DispatchSettings hasty = settings(driven, yield, SHORTEST_SLEEP_NS, 10);
        int loopCpu = pinToFirstOfTwo();
        thread = Thread.ofPlatform().daemon().name("loop").start(() -> {
            Posix own = new Posix(); // one a thread
            pin(loopCpu);
            Ports ports = new Ports(own, new Forwarder(table, statistics.counters()), statistics);
            DispatchLoop made = new DispatchLoop(own, System::nanoTime, ports, statistics, hasty, error -> {
                throw new IllegalStateException("the loop failed", error);
            });
            made.add(new NicPort(0, "from", from, statistics.port(0)), true);
            made.add(new NicPort(1, "to", to, statistics.port(1)), true);
            publish(made);
            made.run();
            made.release();
        });
        awaitLoop();
        for (int i = 0; i < WARM_UP_FRAMES; i++) {
            sendAtOnce();
        }
        loop.execute(() -> loop.configure(settings));
    }

    private static DispatchSettings settings(DispatchMode mode, YieldStrategy yield, long sleepNs, int noYieldRounds) {
        DispatchSettings d = DispatchSettings.DEFAULT;
        return new DispatchSettings(
                mode, mode, d.alphaL(), d.alphaU(), d.omegaNs(), yield, sleepNs, noYieldRounds, 1, 64);
    }

    /// Binds the calling thread to the first processor that it may use.
    ///
    /// @return the second one
    private int pinToFirstOfTwo() {
        int first = -1;
        for (int cpu = 0; cpu < MOST_CPUS; cpu++) {
            if (pin(cpu) < 0) {
                continue;
            }
            if (first >= 0) {
                pin(first);
                return cpu;
            }
            first = cpu;
        }
        throw new IllegalStateException("two processors are needed, this process may use only one");
    }

    /// Binds the calling thread to one processor.
    private static int pin(int cpu) {
        BitSet one = new BitSet();
        one.set(cpu);
        return Scheduling.bind(one);
    }

    private synchronized void publish(DispatchLoop made) {
        loop = made;
        notifyAll();
    }

    private synchronized void awaitLoop() {
        try {
            while (loop == null) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Benchmark
    public long sendUntilWritten() {
        if (pauseUs > 0) {
            long end = System.nanoTime() + pauseUs * 1000L;
            while (System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
        }
        return sendAtOnce();
    }

    private long sendAtOnce() {
        sent++;
        from.waiting = true;
        posix.write(from.event, one.address(), 8);
        while (to.written != sent) {
            Thread.onSpinWait();
        }
        return sent;
    }

    /// The thread that the loop runs on.
    long loopThread() {
        return thread.threadId();
    }

    @TearDown
    public void tearDown() throws InterruptedException {
        loop.close();
        thread.join(10_000);
        posix.close(from.event);
        posix.close(to.event);
    }
}
