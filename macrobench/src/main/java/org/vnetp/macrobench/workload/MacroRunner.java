package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vnetp.macrobench.campaign.Accounts;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.CellRunner;
import org.vnetp.macrobench.campaign.PathProof;
import org.vnetp.macrobench.campaign.Plan;
import org.vnetp.macrobench.campaign.Slot;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricException;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Runs workloads between the first two endpoints of a fabric, with the counters read around each
/// run.
public final class MacroRunner implements CellRunner {
    private static final double GIB = 1 << 30;
    /// Of the payload that a workload counts, so much must have crossed the fabric at least; its own count also
    /// covers what came before and after the counters were read.
    private static final double ARRIVED_SHARE = 0.5;

    private final Testbed testbed;
    private final Servers servers;
    private final double seconds;
    private final Map<String, Fabric> fabrics = new LinkedHashMap<>();
    /// Why a fabric cannot be used; its cells fail with that reason, the others go on.
    private final Map<String, String> broken = new HashMap<>();
    /// Workloads with the fabrics at whose endpoints their programs were found.
    private final Set<String> equipped = new HashSet<>();

    /// @param testbed with the fabrics up that cells name
    /// @param servers of the caller, who closes them before the testbed
    /// @param failed fabrics that did not come up, with the reason
    /// @param seconds of measuring in each run
    public MacroRunner(Testbed testbed, Servers servers, Map<String, String> failed, double seconds) {
        this.testbed = testbed;
        this.servers = servers;
        this.seconds = seconds;
        testbed.fabrics().forEach(fabric -> fabrics.put(fabric.name(), fabric));
        broken.putAll(failed);
    }

    /// All link rates of a workload with its parameters: a block has them one right after the other, and the rate is
    /// changed in place between.
    @Override
    public List<List<Cell>> bundles(Plan plan) {
        Map<List<Object>, List<Cell>> bundles = new LinkedHashMap<>();
        plan.groups()
                .forEach((group, cells) -> bundles.computeIfAbsent(
                                List.of(group.benchmark(), group.params()), _ -> new ArrayList<>())
                        .addAll(cells));
        return List.copyOf(bundles.values());
    }

    @Override
    public Metric primary(Cell cell) {
        return Workloads.find(cell.benchmark()).primary();
    }

    @Override
    public Duration estimate(Cell cell) {
        return Workloads.find(cell.benchmark()).estimate(seconds);
    }

    @Override
    public void run(Slot slot, Run run, Path raw, Duration limit) throws IOException, InterruptedException {
        Workload workload = Workloads.find(slot.cell().benchmark());
        Fabric fabric = living(slot.cell().fabric());
        if (fabric == null) {
            run.ended(Status.FAILED, broken.get(slot.cell().fabric()));
            return;
        }
        LinkRate rate = LinkRate.parse(slot.cell().link());
        if (!testbed.linkRate().equals(rate)) {
            testbed.setLinkRate(rate);
        }
        Path latency =
                raw.resolveSibling("../latency/" + raw.getFileName() + ".hlog").normalize();
        Workload.Setup setup = new Workload.Setup(
                fabric,
                fabric.endpoints().get(0),
                fabric.endpoints().get(1),
                servers,
                slot.cell().params(),
                seconds,
                raw,
                latency,
                limit);
        require(workload, fabric);
        workload.prepare(fabric);
        Map<Fabric, Counters> before = snapshots();
        Workload.Moved payload = null;
        try {
            payload = workload.run(setup, run);
        } finally {
            servers.ran(payload != null && run.status() == Status.OK);
        }
        Map<Fabric, Counters> moved = new LinkedHashMap<>();
        for (Map.Entry<Fabric, Counters> entry : before.entrySet()) {
            moved.put(entry.getKey(), entry.getKey().snapshot().minus(entry.getValue()));
        }
        account(run, workload.busy(), moved.get(fabric), payload);
        try {
            fabric.check();
        } catch (FabricException e) {
            run.ended(Status.FAILED, e.getMessage());
        }
        if (run.status() == Status.OK && payload != Workload.Moved.NOTHING) {
            long least = (long) (ARRIVED_SHARE * payload.bytes());
            PathProof.objection(PathProof.Evidence.of(least, fabric, moved))
                    .ifPresent(objection -> run.ended(Status.NOT_ON_PATH, objection));
        }
    }

    /// @throws UnavailableException naming the program that is missing and the endpoint where
    private void require(Workload workload, Fabric fabric) {
        if (equipped.contains(workload.name() + " " + fabric.name())) {
            return;
        }
        Map<String, Workload.Need> needs = new LinkedHashMap<>();
        workload.needs().forEach(need -> needs.put(need.program(), need));
        List<Endpoint> all = fabric.endpoints();
        for (Endpoint endpoint : workload.everywhere() ? all : all.subList(0, 2)) {
            Optional<String> lack = endpoint.lacks(List.copyOf(needs.keySet()));
            if (lack.isPresent()) {
                String debianPackage = needs.get(lack.get()).debianPackage();
                throw new UnavailableException(
                        "'" + lack.get() + "', which the workload " + workload.name() + " needs, is not on "
                                + endpoint.hostName(),
                        debianPackage.isEmpty()
                                ? "let vnetp stand there at the same path as here"
                                : Machine.INSTALL
                                        + debianPackage
                                        + (lack.get().startsWith("/") ? ", or link it there to that path" : ""));
            }
        }
        equipped.add(workload.name() + " " + fabric.name());
    }

    private Map<Fabric, Counters> snapshots() {
        Map<Fabric, Counters> all = new LinkedHashMap<>();
        for (Fabric fabric : List.copyOf(fabrics.values())) {
            try {
                all.put(fabric, fabric.snapshot());
            } catch (FabricException e) {
                // It will fail when its own turn comes; nobody else's run suffers.
                fabrics.remove(fabric.name());
                broken.put(fabric.name(), e.getMessage());
            }
        }
        return all;
    }

    /// The fabric of that name, brought up anew if its processes died; null when it cannot be.
    private Fabric living(String name) {
        String actual = name.equals(Fabrics.NATIVE_AGAIN) ? Fabrics.NATIVE : name;
        Fabric fabric = fabrics.get(actual);
        if (fabric == null) {
            return null;
        }
        try {
            fabric.check();
            return fabric;
        } catch (FabricException died) {
            fabrics.remove(actual);
            try {
                fabric.close();
                Fabric fresh = testbed.fabric(fabric.spec());
                fabrics.put(actual, fresh);
                return fresh;
            } catch (FabricException e) {
                broken.put(actual, e.getMessage());
                return null;
            }
        }
    }

    private static void account(Run run, boolean busy, Counters moved, Workload.Moved payload) {
        Accounts.record(run, moved);
        if (payload == null || !busy || Double.isNaN(moved.busySeconds())) {
            return; // on an idle fabric the machine's CPU time tells nothing about the few frames
        }
        // The whole machine's CPU time: what ran in softirq is booked to no process on some kernels and twice on
        // others.
        run.value(Metrics.PAYLOAD_BYTES, payload.bytes());
        if (payload.messages() > 0) {
            run.value(Metrics.MESSAGES, payload.messages());
            run.value(Metrics.CPU_PER_MFRAMES, moved.busySeconds() * 1e6 / payload.messages());
        } else if (payload.bytes() > 0) {
            run.value(Metrics.CPU_PER_GIB, moved.busySeconds() * GIB / payload.bytes());
        }
    }
}
