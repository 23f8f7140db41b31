package org.vnetp.microbench.encap;

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
import org.vnetp.microbench.GuestFrames;
import org.vnetp.microbench.Wire;
import org.vnetp.overlay.encap.VnetDecapsulator;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.stats.DropCounters;

/// A superframe cut into chunks that arrive one datagram at a time: in their order, so that the frame is handed out
/// as slices of the receive slab, and with the first two changed, so that it is put together by copies. What an
/// underlay that reorders costs.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReassemblyBenchmark implements FrameSink {
    private static final int NETWORK = 42;
    private static final int DATAGRAM = 1472;

    @Param({"9000", "65000"})
    int frameBytes;

    @Param({"straight", "changed"})
    String order;

    private Frame frame;
    private VnetEncapsulator encapsulator;
    private VnetDecapsulator decapsulator;
    private Wire wire;
    private int[] arrival;
    private final DropCounters drops = new DropCounters();
    private long frames;
    private long bytes;
    private long nowNs;

    @Setup
    public void setUp() {
        Arena arena = Arena.ofAuto();
        MemorySegment slab = GuestFrames.allocate(arena, frameBytes);
        frame = new Frame(arena, 1).wrap(slab, GuestFrames.HEADROOM, VirtioNetHeader.LENGTH + frameBytes, 16);
        VnetPeer peer = new VnetPeer(System::nanoTime);
        encapsulator = new VnetEncapsulator(arena, NETWORK, peer, 0);
        encapsulator.datagramCapacity(DATAGRAM);
        decapsulator = new VnetDecapsulator(arena, NETWORK, peer, drops);
        wire = new Wire(arena, 65_536L + 2L * frameBytes);
        cut();
        wire.headersOnly(VnetHeader.LENGTH);
        arrival = new int[wire.datagrams()];
        for (int i = 0; i < arrival.length; i++) {
            arrival[i] = i;
        }
        if (order.equals("changed")) {
            arrival[0] = 1;
            arrival[1] = 0;
        }
    }

    private void cut() {
        wire.clear();
        encapsulator.encapsulate(frame, wire);
        encapsulator.finish(wire);
        encapsulator.flushed();
    }

    @Benchmark
    public long cutAndReassemble() {
        cut();
        nowNs += 1000;
        long start = wire.offset(0);
        int size = wire.segmentSize(0);
        for (int datagram : arrival) {
            int length = Math.min(size, wire.length(0) - datagram * size);
            decapsulator.decapsulate(
                    wire.slab(), start + (long) datagram * size, length, length, Ecn.NOT_ECT, nowNs, this);
        }
        decapsulator.endBurst(this);
        return frames;
    }

    @Override
    public void onFrame(Frame whole) {
        frames++;
        bytes += whole.length();
    }

    @TearDown
    public void everyFrameCameOut() {
        if (frames == 0 || bytes != frames * (VirtioNetHeader.LENGTH + frameBytes) || drops.sum() != 0) {
            throw new IllegalStateException(
                    frames + " frames with " + bytes + " bytes, " + drops.sum() + " datagrams dropped");
        }
        boolean copied = decapsulator.copiedChunks() > 0;
        if (copied != order.equals("changed")) {
            throw new IllegalStateException(order + " chunks were " + (copied ? "" : "not ") + "copied");
        }
    }
}
