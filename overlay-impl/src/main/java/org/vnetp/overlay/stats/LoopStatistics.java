package org.vnetp.overlay.stats;

import java.util.concurrent.atomic.AtomicReferenceArray;

/// All that one loop counts. The loop writes, anyone reads.
///
/// Ports are numbered as in the routing table. [#port] makes a port's counters when they are first
/// asked for, so the owner asks once when the port is opened and keeps the object.
public final class LoopStatistics {
    /// Port ids are below this.
    public static final int MAX_PORTS = 4096;

    private final String name;
    private final DropCounters drops = new DropCounters();
    private final LoopCounters counters = new LoopCounters();
    private final BatchHistogram batches = new BatchHistogram();
    private final TrafficMatrix matrix;
    private volatile long firstFrameNs;
    private final AtomicReferenceArray<PortCounters> ports = new AtomicReferenceArray<>(MAX_PORTS);

    /// @param name names the loop in `show stats`, such as `loop0` or `out`
    public LoopStatistics(String name, int matrixCapacity) {
        this.name = name;
        this.matrix = new TrafficMatrix(matrixCapacity);
    }

    public LoopStatistics(String name) {
        this(name, TrafficMatrix.DEFAULT_CAPACITY);
    }

    public String name() {
        return name;
    }

    public DropCounters drops() {
        return drops;
    }

    public LoopCounters counters() {
        return counters;
    }

    public BatchHistogram batches() {
        return batches;
    }

    public TrafficMatrix matrix() {
        return matrix;
    }

    /// When the loop's first frame had passed, on the node's clock; 0: none yet.
    public long firstFrameNs() {
        return firstFrameNs;
    }

    /// Only the loop calls this.
    public void firstFrame(long nowNs) {
        firstFrameNs = nowNs;
    }

    /// The counters of a port.
    public PortCounters port(int port) {
        PortCounters found = ports.get(port);
        if (found == null) {
            ports.compareAndSet(port, null, new PortCounters());
            found = ports.get(port);
        }
        return found;
    }

    /// The port's id is given to another NIC or link: its counters start at 0 again.
    public void resetPort(int port) {
        ports.set(port, null);
    }

    PortCounters portOrNull(int port) {
        return ports.get(port);
    }
}
