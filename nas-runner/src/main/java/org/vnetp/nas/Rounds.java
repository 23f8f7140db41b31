package org.vnetp.nas;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.vnetp.macrobench.campaign.Campaign;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.CellRunner;
import org.vnetp.macrobench.campaign.Plan;
import org.vnetp.macrobench.campaign.Progress;
import org.vnetp.macrobench.campaign.StudyWidths;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.macrobench.workload.MacroRunner;
import org.vnetp.macrobench.workload.Servers;
import org.vnetp.macrobench.workload.Workload;
import org.vnetp.macrobench.workload.Workloads;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.RunInfo;

/// Rounds of the regression gate: each brings up all arms anew, with nodes of their own, lets network workloads and
/// kernels run over all of them in randomised blocks, and takes them down. So a round is an independent unit: what a
/// node's JVM has become by chance is another in the next.
public final class Rounds {
    /// Of a workload in a round, seconds apart: two of the same differ by some 10 % in one second, and bringing all up
    /// takes as long as eight more.
    private static final int VISITS = 2;

    private static final int REGIONS = 3;
    private static final double SECONDS = 1;
    private static final double WARM_UP = 3;
    private static final double TIMED = 0.4;

    private final List<FabricSpec> arms;
    private final Path into;
    private final Consumer<Campaign> running;

    /// @param arms by their names, without native
    /// @param into directory for the rounds' results
    /// @param running is given each campaign before it runs, to stop it when the process is to end
    public Rounds(List<FabricSpec> arms, Path into, Consumer<Campaign> running) {
        this.arms = List.copyOf(arms);
        this.into = into;
        this.running = running;
    }

    /// What the workloads and kernels need on this machine.
    ///
    /// @throws org.vnetp.macrobench.testbed.UnavailableException naming the package to install
    public static void require(List<Cell> cells) {
        for (Cell cell : cells) {
            if (cell.suite().equals(NasPlan.SUITE)) {
                MpiRanks.of(null);
            } else {
                for (Workload.Need need : Workloads.find(cell.benchmark()).needs()) {
                    Machine.requireProgram(need.program(), need.debianPackage(), "runs " + cell.benchmark());
                }
            }
        }
    }

    /// Measures one round.
    ///
    /// @param number of it, part of its directory's name
    /// @param cells of suites `macro` and `nas`, of every arm and native
    /// @param seed of the order
    /// @return empty when it was interrupted
    public List<Observation> round(int number, List<Cell> cells, long seed) throws IOException {
        List<Observation> all = new ArrayList<>();
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(2));
                Servers servers = new Servers()) {
            arms.forEach(testbed::fabric);
            List<Cell> workloads =
                    cells.stream().filter(cell -> cell.suite().equals("macro")).toList();
            List<Cell> kernels = cells.stream()
                    .filter(cell -> cell.suite().equals(NasPlan.SUITE))
                    .toList();
            if (!workloads.isEmpty()
                    && !measured(
                            number,
                            "macro",
                            workloads,
                            VISITS,
                            seed,
                            new MacroRunner(testbed, servers, Map.of(), SECONDS),
                            all)) {
                return List.of();
            }
            if (!kernels.isEmpty()
                    && !measured(number, NasPlan.SUITE, kernels, REGIONS, seed, kernels(testbed, kernels), all)) {
                return List.of();
            }
        }
        return all;
    }

    private static CellRunner kernels(Testbed testbed, List<Cell> cells) {
        Suite suite = Suite.parse(cells.stream().map(Cell::benchmark).distinct().toList(), "the gate's kernels");
        return new NasRunner(testbed, MpiRanks.of(null), new JavaKernels(suite, WARM_UP, TIMED), Long.MAX_VALUE);
    }

    private boolean measured(
            int number, String suite, List<Cell> cells, int blocks, long seed, CellRunner runner, List<Observation> all)
            throws IOException {
        Path directory = into.resolve("round-" + number + "-" + suite);
        RunInfo info = RunInfo.builder(
                        String.valueOf(directory.getFileName()),
                        suite,
                        Instant.now().toString(),
                        Environment.collect(Machine.home()))
                .seed(seed)
                .build();
        try (ResultDirectory results = ResultDirectory.create(directory, info)) {
            Campaign campaign = new Campaign(
                    new Plan(cells, seed),
                    runner,
                    results,
                    new Campaign.Settings(blocks, blocks, 1, null, null, 2, 0),
                    StudyWidths::of,
                    Progress.SILENT,
                    System::nanoTime);
            running.accept(campaign);
            Campaign.Ending ending = campaign.run();
            results.update(results.info().withState(ending.text(), Instant.now().toString()));
            if (ending == Campaign.Ending.INTERRUPTED) {
                return false;
            }
        }
        all.addAll(ResultDirectory.read(directory).observations());
        return true;
    }
}
