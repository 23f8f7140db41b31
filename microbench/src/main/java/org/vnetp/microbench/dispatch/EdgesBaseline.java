package org.vnetp.microbench.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.posix.Posix;

/// The edges of [WholeWayBenchmark] without anything between them: four copies a frame, out of
/// the guest, onto the wire, off the wire, into the guest.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EdgesBaseline {
    @Param({"64", "1400", "9000", "65000"})
    int frameBytes;

    @Param({"1", "16", "64"})
    int batch;

    private final Posix posix = new Posix();
    private MemorySegment slab;
    private MemorySegment wire;
    private ScatterList slices;
    private BenchNic sender;
    private BenchNic receiver;

    @Setup
    public void setUp() {
        Arena arena = Arena.ofAuto();
        sender = new BenchNic(frameBytes);
        receiver = new BenchNic(frameBytes);
        slab = arena.allocate(VirtioNetHeader.LENGTH + Frame.MAX_LENGTH, 64);
        wire = arena.allocate(VirtioNetHeader.LENGTH + Frame.MAX_LENGTH, 64);
        slices = new ScatterList(arena, 1);
    }

    @Benchmark
    public int edges() {
        sender.send(batch);
        int frames = 0;
        int length = sender.read(posix, slab, 0, Integer.MAX_VALUE);
        while (length > 0) {
            MemorySegment.copy(slab, 0, wire, 0, length);
            MemorySegment.copy(wire, 0, slab, 0, length);
            slices.clear();
            slices.addSeparately(slab.address(), length);
            receiver.write(posix, slices);
            frames++;
            length = sender.read(posix, slab, 0, Integer.MAX_VALUE);
        }
        return frames;
    }

    @TearDown
    public void everyFrameArrived() {
        receiver.check(sender);
    }
}
