package org.vnetp.macrobench.tune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.tune.Contest;

/// Makes regions once: each is stored before the next begins, and one that an earlier session stored is not
/// made again. So a race that decides by what the ledger gives goes the same way a second time.
final class Ledger {
    private record Slot(String fabric, String workload, String params, int block) {}

    private final Bench bench;
    private final Store store;
    private final LongSupplier nanoTime;
    private final Map<Slot, List<Observation>> stored = new HashMap<>();
    private double spent;
    private double launch;
    private int runs;

    /// Where regions are kept.
    @FunctionalInterface
    interface Store {
        void append(Run run) throws IOException;
    }

    /// @param earlier what is stored already
    /// @param nanoTime the clock, as [System#nanoTime()]
    Ledger(Bench bench, List<Observation> earlier, Store store, LongSupplier nanoTime) {
        this.bench = bench;
        this.store = store;
        this.nanoTime = nanoTime;
        for (Observation row : earlier) {
            stored.computeIfAbsent(
                            new Slot(row.fabric(), row.benchmark(), row.params(), row.block()), _ -> new ArrayList<>())
                    .add(row);
        }
    }

    /// The rows of a region, made now unless they are there.
    ///
    /// @param launchNumber of the confirmation's launches, or [Observation#OWN_LAUNCH]
    List<Observation> region(
            String name, Optional<Setting> setting, String workload, String phase, int block, int launchNumber)
            throws IOException, InterruptedException {
        Params params = Params.of(Contest.PHASE, phase);
        Slot slot = new Slot(name, workload, params.text(), block);
        List<Observation> rows = stored.get(slot);
        if (rows == null) {
            Run run = new Run(Contest.SUITE, workload, name, "none", params, block, 0);
            if (launchNumber >= 0) {
                run.launch(launchNumber);
            }
            long start = nanoTime.getAsLong();
            try {
                bench.measure(setting, workload, run);
            } catch (IOException | RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw interrupted(e);
                }
                run.ended(Status.FAILED, e.getMessage() == null ? e.toString() : e.getMessage());
            }
            run.value(Metrics.WALL, (nanoTime.getAsLong() - start) / 1e9);
            if (launch > 0) {
                run.value(Metrics.LAUNCH_TIME, launch);
                launch = 0;
            }
            store.append(run);
            rows = run.observations();
            stored.put(slot, rows);
        }
        runs++;
        for (Observation row : rows) {
            if (row.metric().equals(Metrics.WALL.name()) || row.metric().equals(Metrics.LAUNCH_TIME.name())) {
                spent += row.value();
            }
        }
        return rows;
    }

    private static InterruptedException interrupted(Exception cause) {
        InterruptedException stop = new InterruptedException("interrupted while measuring");
        stop.initCause(cause);
        return stop;
    }

    /// Fresh nodes and programs for what is not stored yet.
    void renew() throws IOException, InterruptedException {
        long start = nanoTime.getAsLong();
        bench.renew();
        launch += (nanoTime.getAsLong() - start) / 1e9;
    }

    /// Seconds that the regions which were asked for so far took, whichever session made them.
    double spent() {
        return spent;
    }

    /// Regions so far.
    int runs() {
        return runs;
    }
}
