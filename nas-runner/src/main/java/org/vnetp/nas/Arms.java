package org.vnetp.nas;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.vnetp.macrobench.campaign.Accounts;
import org.vnetp.macrobench.campaign.PathProof;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricException;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// The fabrics of a testbed that kernels run over, all up at the same time: one whose processes
/// have died fails the run it was needed for and is brought up anew before its next. Their counters
/// prove which way a run's bytes went. For one thread.
final class Arms {
    private final Testbed testbed;
    private final Map<String, Fabric> fabrics = new LinkedHashMap<>();
    private final Map<String, String> broken = new HashMap<>();

    /// @param testbed with all fabrics up
    Arms(Testbed testbed) {
        this.testbed = testbed;
        testbed.fabrics().forEach(fabric -> fabrics.put(fabric.name(), fabric));
    }

    /// Whether a controller leads one of them.
    boolean anyLed() {
        return fabrics.values().stream().anyMatch(Fabric::isLed);
    }

    /// The fabric of that name, brought up anew if its processes died.
    Fabric living(String name) {
        String actual = name.equals(Fabrics.NATIVE_AGAIN) ? Fabrics.NATIVE : name;
        Fabric fabric = fabrics.get(actual);
        if (fabric == null) {
            throw new IllegalStateException("fabric " + actual + " is not up");
        }
        try {
            if (!broken.containsKey(actual)) {
                fabric.check();
                return fabric;
            }
        } catch (FabricException e) {
            // died between two runs; nothing was measured over it
            broken.put(actual, e.getMessage());
        }
        fabric.close();
        Fabric fresh = testbed.fabric(fabric.spec());
        fabrics.put(actual, fresh);
        broken.remove(actual);
        return fresh;
    }

    /// The counters of all fabrics now.
    Map<Fabric, Counters> snapshots() {
        Map<Fabric, Counters> all = new LinkedHashMap<>();
        for (Fabric each : fabrics.values()) {
            count(each).ifPresent(counters -> all.put(each, counters));
        }
        return all;
    }

    /// What has come to counters since then, of the fabrics that have not died meanwhile.
    Map<Fabric, Counters> since(Map<Fabric, Counters> before) {
        Map<Fabric, Counters> moved = new LinkedHashMap<>();
        before.forEach(
                (fabric, earlier) -> count(fabric).ifPresent(counters -> moved.put(fabric, counters.minus(earlier))));
        return moved;
    }

    /// A fabric that has died fails its own runs, nobody else's.
    private Optional<Counters> count(Fabric fabric) {
        try {
            return Optional.of(fabric.snapshot());
        } catch (FabricException e) {
            broken.put(fabric.name(), e.getMessage());
            return Optional.empty();
        }
    }

    /// Records what the counters say, and whether they show that the bytes went over this fabric.
    void prove(Run run, Fabric fabric, Map<Fabric, Counters> moved, long leastBytes) {
        if (moved.containsKey(fabric)) {
            Accounts.record(run, moved.get(fabric));
        } else {
            run.ended(Status.FAILED, broken.get(fabric.name()));
            return;
        }
        try {
            fabric.check();
        } catch (FabricException e) {
            broken.put(fabric.name(), e.getMessage());
            run.ended(Status.FAILED, e.getMessage());
        }
        if (run.status() == Status.OK) {
            PathProof.objection(PathProof.Evidence.of(leastBytes, fabric, moved))
                    .ifPresent(objection -> run.ended(Status.NOT_ON_PATH, objection));
        }
    }
}
