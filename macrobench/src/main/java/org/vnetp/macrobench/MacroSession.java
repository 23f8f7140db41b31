package org.vnetp.macrobench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.macrobench.campaign.Campaign;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.campaign.CarriedOut;
import org.vnetp.macrobench.campaign.Conclusion;
import org.vnetp.macrobench.campaign.HostsOption;
import org.vnetp.macrobench.campaign.Plan;
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
import org.vnetp.macrobench.workload.MacroRunner;
import org.vnetp.macrobench.workload.Servers;
import org.vnetp.macrobench.workload.Workload;
import org.vnetp.macrobench.workload.Workloads;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;

/// Carries out a plan of network workloads: testbed and fabrics up, the campaign, the tables.
///
/// @param sites how hosts that are made are spread
/// @param measuring seconds of each run
/// @param command what repeats this plan
/// @param result where it goes
/// @param resumed whether the result is there and is gone on with
record MacroSession(
        HostsOption hosts,
        int mtu,
        Sites sites,
        List<FabricSpec> specs,
        Plan plan,
        Campaign.Settings settings,
        double measuring,
        List<String> command,
        CampaignOptions options,
        Path result,
        boolean resumed) {
    private static final Duration CLEAN_UP = Duration.ofSeconds(30);

    /// Returns what the command exits with.
    int run() throws IOException {
        try (StopOnSignal stop = StopOnSignal.here(CLEAN_UP)) {
            return campaign(stop);
        }
    }

    private int campaign(StopOnSignal stop) throws IOException {
        CarriedOut done;
        try (Testbed testbed = hosts.made()
                        ? Testbed.up(
                                TestbedSpec.hosts(hosts.number(2)).withMtu(mtu).withSites(sites))
                        : Testbed.inventory(hosts.inventory());
                Servers servers = new Servers()) {
            Map<String, String> failed = new LinkedHashMap<>();
            for (FabricSpec spec : specs) {
                if (StopOnSignal.ending()) {
                    return MacroMain.INTERRUPTED;
                }
                say("bringing up " + spec.name());
                try {
                    testbed.fabric(spec);
                } catch (TestbedException e) {
                    // Also a program that is not installed is this fabric's matter alone.
                    failed.put(spec.name(), e.getMessage() + orInstall(e));
                    System.err.println("vnetp macro: " + failed.get(spec.name()));
                }
            }
            if (plan.groups().keySet().stream().anyMatch(group -> underMpi(Workloads.find(group.benchmark())))) {
                MpiLauncher.notHeeded(hosts.made() ? null : testbed.fabrics().getFirst())
                        .ifPresent(this::say);
            }
            MacroRunner runner = new MacroRunner(testbed, servers, failed, measuring);
            try (ResultDirectory results = open()) {
                RunInfo info = results.info();
                for (Fabric fabric : testbed.fabrics()) {
                    info.fabrics().put(fabric.name(), fabric.description());
                }
                failed.forEach((name, why) -> info.fabrics().put(name, "did not come up"));
                info.settings().put("congestion control", testbed.congestionControl());
                results.update(info);
                done = CarriedOut.here(plan, runner, results, settings, stop, options.quiet(), System.err);
            }
        }
        if (done.interrupted()) {
            System.err.println("vnetp macro: interrupted; go on with: "
                    + CampaignOptions.quoted(List.of(
                            "./vnetp",
                            MacroMain.SUITE,
                            "--resume",
                            done.directory().toString())));
            return MacroMain.INTERRUPTED;
        }
        done.report("vnetp macro", options.json(), System.out, System.err);
        boolean good =
                done.tally().keySet().stream().allMatch(status -> status == Status.OK || status == Status.SKIPPED);
        if (!good) {
            return MacroMain.FAILED;
        }
        Optional<String> lacking = Conclusion.lacking(
                done.directory(),
                specs.stream().map(FabricSpec::name).toList(),
                options.precisionGiven() ? options.precision() / 100 : Double.NaN);
        lacking.ifPresent(why -> System.err.println("vnetp macro: " + why));
        return lacking.isPresent() ? Conclusion.INCONCLUSIVE : 0;
    }

    private ResultDirectory open() throws IOException {
        if (resumed) {
            return ResultDirectory.resume(result);
        }
        RunInfo info = RunInfo.builder(
                        String.valueOf(result.getFileName()),
                        MacroMain.SUITE,
                        Instant.now().toString(),
                        Environment.collect(Machine.home()))
                .command(command)
                .seed(plan.seed())
                .setting(
                        "hosts",
                        hosts.made()
                                ? hosts + " namespaces, MTU " + mtu + (sites.many() ? ", " + sites : "")
                                : "inventory")
                .setting("seconds", String.valueOf(measuring))
                .setting("blocks", settings.minBlocks() + " to " + settings.maxBlocks())
                .setting("budget", budget(settings))
                .build();
        return ResultDirectory.create(result, info);
    }

    /// What mends a missing program more quickly than the command that its message names.
    static String orInstall(Exception e) {
        return e instanceof UnavailableException u && u.mend().startsWith(Machine.INSTALL) ? ", or add --install" : "";
    }

    private static boolean underMpi(Workload workload) {
        return workload.needs().stream().anyMatch(need -> need.program().equals("mpirun"));
    }

    private static String budget(Campaign.Settings settings) {
        return settings.budget() == null ? "none" : settings.budget().toSeconds() + "s";
    }

    private void say(String sentence) {
        if (!options.quiet()) {
            System.err.println(sentence);
        }
    }
}
