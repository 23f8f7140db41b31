package org.vnetp.nas;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.campaign.CarriedOut;
import org.vnetp.macrobench.campaign.Conclusion;
import org.vnetp.macrobench.campaign.ResultOptions;
import org.vnetp.macrobench.campaign.StopOnSignal;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Sites;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedException;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.ResultException;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;

/// Carries out a plan: testbed and fabrics up, the campaign, the tables.
///
/// SIGINT and SIGTERM stop the campaign: the run under way is killed and forgotten, testbed and fabrics are
/// removed, and the process ends when that is done. What was measured stays and can be resumed.
///
/// @param mpi `openmpi`, `mpich`, or null for what is installed
/// @param inventory of machines reached by ssh; null for namespaces
/// @param sites how the namespaces are spread
/// @param command what repeats this plan
/// @param precisionGiven whether the user said how narrow intervals are to be
record NasSession(
        NasPlan plan,
        Programs programs,
        String mpi,
        Path inventory,
        Sites sites,
        List<String> command,
        boolean precisionGiven,
        boolean json,
        boolean quiet,
        PrintStream stdout,
        PrintStream stderr) {

    private static final Duration CLEAN_UP = Duration.ofSeconds(60);

    /// Runs the plan anew.
    ///
    /// @param directory of the result; null for one named after the time
    /// @throws IllegalArgumentException where that could not take one
    int fresh(Path directory) throws IOException {
        Path to = directory != null ? directory : ResultOptions.directory(NasPlan.SUITE);
        ResultOptions.requireWritable(to);
        Environment environment = Environment.collect(Machine.home());
        RunInfo.Builder info = RunInfo.builder(
                        String.valueOf(to.getFileName()),
                        NasPlan.SUITE,
                        Instant.now().toString(),
                        environment)
                .command(command)
                .seed(plan.seed())
                .setting("programs", programs.description())
                .setting("hosts", inventory == null ? plan.hosts() + " namespaces" + spread() : "inventory")
                .setting(
                        "blocks",
                        plan.settings().minBlocks() + " to " + plan.settings().maxBlocks())
                .setting(
                        "budget",
                        plan.settings().budget() == null
                                ? "none"
                                : plan.settings().budget().toSeconds() + " s")
                .setting("precision", "+-" + plan.settings().precision() * 100 + " %");
        return up(() -> ResultDirectory.create(to, info.build()));
    }

    private String spread() {
        return sites.many() ? ", " + sites : "";
    }

    /// Goes on with a result.
    int resumed(Path directory) throws IOException {
        ResultDirectory.resume(directory).close(); // whether it can be, before all is brought up
        return up(() -> ResultDirectory.resume(directory));
    }

    private interface Opening {
        ResultDirectory open() throws IOException;
    }

    private int up(Opening opening) throws IOException {
        try (StopOnSignal stop = StopOnSignal.here(CLEAN_UP)) {
            return campaign(opening, stop);
        } catch (UnavailableException e) {
            return gone(e.getMessage(), NasMain.MISSING);
        } catch (TestbedException e) {
            return gone(e.getMessage(), NasMain.FAILED);
        } catch (ResultException e) {
            return gone(e.getMessage(), NasMain.FAILED);
        }
    }

    /// An end by an error; after a signal it is that signal's doing.
    private int gone(String message, int code) {
        if (StopOnSignal.ending()) {
            return NasMain.INTERRUPTED;
        }
        stderr.println("vnetp nas: " + message);
        return code;
    }

    private int campaign(Opening opening, StopOnSignal stop) throws IOException {
        MpiRanks launcher = MpiRanks.of(mpi);
        // No limit where the ranks live on other machines.
        long memory = inventory == null ? Machine.availableMemory() : Long.MAX_VALUE;
        checkMemory(memory);
        if (inventory == null) { // elsewhere the archive of our classes would not be
            programs.prepare(launcher.launcher(), stderr);
        }
        warnOfPolling(launcher.launcher());
        say("bringing up " + (inventory == null ? plan.hosts() + " hosts" : "the hosts of " + inventory) + " and "
                + String.join(", ", plan.fabrics().keySet()));
        CarriedOut done;
        try (Testbed testbed = inventory == null
                ? Testbed.up(TestbedSpec.hosts(plan.hosts()).withSites(sites))
                : Testbed.inventory(inventory)) {
            for (FabricSpec spec : plan.fabrics().values()) {
                if (StopOnSignal.ending()) {
                    return NasMain.INTERRUPTED;
                }
                testbed.fabric(spec);
            }
            MpiLauncher.notHeeded(inventory == null ? null : testbed.fabrics().getFirst())
                    .ifPresent(this::say);
            NasRunner runner = new NasRunner(testbed, launcher, programs, memory);
            try (ResultDirectory results = opening.open()) {
                results.update(described(results.info(), testbed, launcher));
                done = CarriedOut.here(plan.plan(), runner, results, plan.settings(), stop, quiet, stderr);
            }
        }
        if (done.interrupted()) {
            stderr.println("vnetp nas: interrupted; "
                    + done.tally().values().stream().mapToInt(Integer::intValue).sum()
                    + " runs are kept. Go on with: "
                    + CampaignOptions.quoted(List.of(
                            "./vnetp", "nas", "--resume", done.directory().toString())));
            return NasMain.INTERRUPTED;
        }
        done.report("vnetp nas", json, stdout, stderr);
        int code = code(done.tally());
        if (code != 0) {
            return code;
        }
        List<String> planned = new ArrayList<>(plan.fabrics().keySet());
        planned.add(Fabrics.NATIVE);
        Optional<String> lacking = Conclusion.lacking(
                done.directory(), planned, precisionGiven ? plan.settings().precision() : Double.NaN);
        lacking.ifPresent(why -> stderr.println("vnetp nas: " + why));
        return lacking.isPresent() ? Conclusion.INCONCLUSIVE : 0;
    }

    /// Ranks that swap, or are killed for want of memory, tell nothing about a network.
    private void checkMemory(long available) {
        for (Suite.Row row : plan.suite().rows()) {
            long need = programs.bytes(row.cell());
            if (need > available) {
                throw new UnavailableException(
                        String.format(
                                Locale.ROOT,
                                "%s needs %.1f GiB of memory, %.1f are available",
                                row.cell(),
                                need / (double) (1 << 30),
                                available / (double) (1 << 30)),
                        "choose a smaller class, such as by --max-class");
            }
            int arms = plan.arms(row);
            if (programs.resident() && need * arms > available) {
                long together = Math.max(1, available / need);
                say(String.format(
                        Locale.ROOT,
                        "note: %s needs %.1f GiB of memory for each of %d arms, %.1f are available: %s",
                        row.cell(),
                        need / (double) (1 << 30),
                        arms,
                        available / (double) (1 << 30),
                        together == 1
                                ? "every region is a launch of its own"
                                : together + " arms at a time, native always among them"));
            }
        }
    }

    private static int code(Map<Status, Integer> tally) {
        for (Status bad : List.of(Status.FAILED, Status.TIMEOUT, Status.NOT_ON_PATH)) {
            if (tally.containsKey(bad)) {
                return NasMain.FAILED;
            }
        }
        return tally.containsKey(Status.UNVERIFIED) ? NasMain.UNVERIFIED : 0;
    }

    /// The run's description with what is known only when all is up.
    private static RunInfo described(RunInfo info, Testbed testbed, RankLauncher launcher) {
        Map<String, String> fabrics = info.fabrics();
        for (Fabric fabric : testbed.fabrics()) {
            fabrics.put(fabric.name(), fabric.description());
        }
        info.versions().put("mpi", launcher.description());
        info.settings().put("congestion control", testbed.congestionControl());
        return info;
    }

    /// MPICH's ranks poll and never yield: where they outnumber the processors, each message waits for a time slice,
    /// and runs take a hundred times as long, native ones too. Open MPI is told to yield.
    private void warnOfPolling(MpiLauncher launcher) {
        int processors = Runtime.getRuntime().availableProcessors();
        int most = plan.suite().rows().stream()
                .mapToInt(row -> row.cell().ranks())
                .max()
                .orElse(0);
        if (inventory == null && launcher.name().equals("mpich") && most > processors) {
            say("note: MPICH's ranks poll without yielding; " + most + " of them on " + processors
                    + " processors mostly wait for each other. Fewer --ranks, or Open MPI, measure more");
        }
    }

    private void say(String sentence) {
        if (!quiet) {
            stderr.println(sentence);
        }
    }
}
