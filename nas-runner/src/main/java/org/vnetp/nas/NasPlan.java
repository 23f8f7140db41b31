package org.vnetp.nas;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vnetp.macrobench.campaign.Campaign;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.Plan;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Params;

/// What one `./vnetp nas` will do, complete and checked before anything is started.
///
/// @param suite rows with the fabrics and links of their own, if any
/// @param fabrics by name, native first; those of the command line and those that rows name
/// @param links of rows that name none
/// @param hosts of the testbed
/// @param floor every how many groups get a second native arm, 0 for none
/// @param settings blocks, budget, limits
/// @param seed of the order
record NasPlan(
        Suite suite,
        Map<String, FabricSpec> fabrics,
        List<String> defaultFabrics,
        List<String> links,
        int hosts,
        int floor,
        Campaign.Settings settings,
        long seed) {

    /// Name of the suite in observations.
    static final String SUITE = "nas";

    /// Every cell of a block, in the order of the rows.
    List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        int group = 0;
        for (Suite.Row row : suite.rows()) {
            for (String link : row.links().isEmpty() ? links : row.links()) {
                Set<String> arms = new LinkedHashSet<>();
                arms.add(Fabrics.NATIVE); // nothing is told without it
                arms.addAll(
                        row.fabrics().isEmpty()
                                ? defaultFabrics
                                : row.fabrics().stream().map(this::nameOf).toList());
                // Shifted by one from row to row, so that it meets both link rates.
                if (floor > 0 && group % floor == group / floor % floor) {
                    arms.add(Fabrics.NATIVE_AGAIN);
                }
                group++;
                for (String arm : arms) {
                    cells.add(new Cell(SUITE, row.cell().toString(), Params.NONE, arm, link));
                }
            }
        }
        return cells;
    }

    /// How many arms a row has, native and its control among them.
    int arms(Suite.Row row) {
        return (int) cells().stream()
                .filter(cell -> cell.benchmark().equals(row.cell().toString()))
                .map(Cell::fabric)
                .distinct()
                .count();
    }

    Plan plan() {
        return new Plan(cells(), seed);
    }

    /// What one block takes, by the estimates.
    Duration block(Programs programs) {
        Duration sum = Duration.ZERO;
        for (Cell cell : cells()) {
            sum = sum.plus(NasRunner.estimate(KernelCell.parse(cell.benchmark()), programs));
        }
        return sum;
    }

    /// What launching every arm once takes, by the estimates.
    Duration launches(Programs programs) {
        double seconds = 0;
        for (Suite.Row row : suite.rows()) {
            seconds += arms(row) * programs.launchSeconds(row.cell());
        }
        return Duration.ofMillis(Math.round(1000 * seconds));
    }

    /// The fabrics of the command line together with those of rows, by name.
    ///
    /// @throws IllegalArgumentException when two different ones bear the same name, or a link is none
    static Map<String, FabricSpec> named(List<FabricSpec> specs, Suite suite) {
        Map<String, FabricSpec> byName = new LinkedHashMap<>();
        for (FabricSpec spec : specs) {
            put(byName, spec);
        }
        // Another may stand for it, such as the same guests without an overlay: native=tap-vm.
        byName.putIfAbsent(Fabrics.NATIVE, FabricSpec.nativeFabric());
        for (Suite.Row row : suite.rows()) {
            for (String text : row.fabrics()) {
                if (!byName.containsKey(text)) { // not the name of one that is described elsewhere
                    put(byName, FabricSpec.parse(text));
                }
            }
            row.links().forEach(LinkRate::parse);
        }
        if (byName.containsKey(Fabrics.NATIVE_AGAIN)) {
            throw new IllegalArgumentException(
                    "'" + Fabrics.NATIVE_AGAIN + "' is the second native arm; ask for it with --aa or --floor");
        }
        return byName;
    }

    private static void put(Map<String, FabricSpec> byName, FabricSpec spec) {
        FabricSpec other = byName.put(spec.name(), spec);
        if (other != null && !other.equals(spec)) {
            throw new IllegalArgumentException(
                    "two fabrics are called '" + spec.name() + "'; name one of them: NAME=" + spec.kind());
        }
    }

    /// The name of a fabric that a row gives by its name or by its description.
    private String nameOf(String text) {
        return fabrics.containsKey(text) ? text : FabricSpec.parse(text).name();
    }
}
