package org.vnetp.microbench.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Posix;

/// What leaving Java costs: the cheapest system call, one that fails (errno is captured), yielding,
/// an eventfd written and read, and bells rung.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NativeCallBenchmark {
    private final Posix posix = new Posix();
    private final MemorySegment buffer = Arena.ofAuto().allocate(8, 8);
    private int event;
    private Doorbell own;
    private Doorbell others;
    private int calls;

    @Setup
    public void setUp() {
        event = Posix.check(posix.eventfd(), "create an eventfd");
        own = new Doorbell(Posix.check(posix.eventfd(), "create an eventfd"));
        others = Doorbell.ofOther(Posix.check(posix.eventfd(), "create an eventfd"), true);
        buffer.set(ValueLayout.JAVA_LONG, 0, 1);
    }

    @TearDown
    public void tearDown() {
        posix.close(event);
        own.close();
        others.close();
    }

    @Benchmark
    public boolean ringOwnBell() {
        return own.ring(posix);
    }

    /// A bell that another process shares: ringing must not wait, whatever that does.
    @Benchmark
    public boolean ringOthersBell() {
        return others.ring(posix);
    }

    @Benchmark
    public int emptyCallBaseline() {
        return calls++;
    }

    @Benchmark
    public int cheapestSystemCall() {
        return Posix.effectiveUser();
    }

    @Benchmark
    public int failingRead() {
        return posix.read(-1, buffer.address(), 8);
    }

    @Benchmark
    public int yieldCpu() {
        posix.yieldCpu();
        return calls;
    }

    @Benchmark
    public int eventfdWriteAndRead() {
        buffer.set(ValueLayout.JAVA_LONG, 0, 1);
        return posix.write(event, buffer.address(), 8) + posix.read(event, buffer.address(), 8);
    }
}
