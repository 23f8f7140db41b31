package org.vnetp.overlay;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.vnetp.overlay.dispatch.DispatchReport;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.Snapshot;
import org.vnetp.overlay.stats.StartUp;

/// What a node as a whole tells of itself: what its loops, its links, its NICs and the kernel have counted, how the
/// directions are dispatched, and how long the start took.
///
/// **Thread:** the node's, with its lock held, but for [#ready] and [#startUp], which are any thread's.
final class NodeReports {
    private final String name;
    private final LongSupplier clock;
    private final Loops loops;
    private final Nics nics;
    private final Links links;
    private final KernelFlows kernelFlows;
    // Of the start of the process, and of when control answered; the second is 0 until then.
    private long processStartNs;
    private volatile long readyNs;

    /// @param name  the node's
    /// @param clock monotonic, nanoseconds
    NodeReports(String name, LongSupplier clock, Loops loops, Nics nics, Links links, KernelFlows kernelFlows) {
        this.name = name;
        this.clock = clock;
        this.loops = loops;
        this.nics = nics;
        this.links = links;
        this.kernelFlows = kernelFlows;
    }

    /// All statements of the start are carried out, and control answers.
    ///
    /// @param processAgeNs nanoseconds since the node's process was started
    void ready(long processAgeNs) {
        long now = clock.getAsLong();
        processStartNs = now - processAgeNs;
        readyNs = now;
    }

    StartUp startUp() {
        if (readyNs == 0) {
            return StartUp.UNKNOWN;
        }
        long firstFrameNs = loops.statistics().stream()
                .mapToLong(LoopStatistics::firstFrameNs)
                .filter(ns -> ns != 0)
                .min()
                .orElse(0);
        return StartUp.of(processStartNs, readyNs, firstFrameNs);
    }

    /// All counters as they are now.
    Snapshot snapshot() {
        List<Snapshot.PortName> names = new ArrayList<>();
        nics.configurations().forEach(nic -> names.add(new Snapshot.PortName(nic.port(), "nic", nic.name())));
        links.configurations().forEach(link -> names.add(new Snapshot.PortName(link.port(), "link", link.name())));
        List<LoopStatistics> all = new ArrayList<>(loops.statistics());
        kernelFlows.counted().ifPresent(all::add);
        return Snapshot.take(
                name, clock.getAsLong(), names, all, List.of(nics.countedOutside(), links.countedOutside()));
    }

    /// For `show dispatch`.
    DispatchReport dispatch(DispatchSettings settings) {
        List<DispatchReport.Direction> directions = new ArrayList<>();
        loops.all().forEach(loop -> directions.addAll(loop.describe()));
        return new DispatchReport(settings, directions, machines());
    }

    private List<DispatchReport.Machine> machines() {
        List<DispatchReport.Machine> machines = new ArrayList<>();
        for (Snapshot.Port port : snapshot().ports()) {
            if (port.port().kind().equals("nic") && nics.isMachine(port.port().id())) {
                machines.add(new DispatchReport.Machine(
                        port.port().name(),
                        port.get(PortCounter.FRAMES_IN),
                        port.get(PortCounter.FRAMES_OUT),
                        port.get(PortCounter.KICKS),
                        port.get(PortCounter.CALLS),
                        port.get(PortCounter.EARLY_CALLS),
                        port.get(PortCounter.COPIED_FRAMES),
                        port.get(PortCounter.EMPTY_POLLS)));
            }
        }
        return machines;
    }
}
