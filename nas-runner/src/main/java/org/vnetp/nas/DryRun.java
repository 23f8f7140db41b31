package org.vnetp.nas;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vnetp.macrobench.campaign.Campaign;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.campaign.ConsoleProgress;

/// A plan in words: which cells, in how many blocks, how long that takes by the estimates, and what repeats it.
final class DryRun {
    private DryRun() {}

    /// @param command what repeats the plan
    static void print(NasPlan plan, Programs programs, List<String> command, PrintStream stdout) {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        plan.plan()
                .groups()
                .forEach((group, arms) -> rows.computeIfAbsent(group.benchmark(), b -> new ArrayList<>())
                        .add(group.link() + ": "
                                + String.join(
                                        " ", arms.stream().map(c -> c.fabric()).toList())));
        stdout.println("Cells of a block, with the estimate of one run:");
        rows.forEach((benchmark, where) -> stdout.printf(
                Locale.ROOT,
                "  %-10s %5.1f s   %s%n",
                benchmark,
                NasRunner.estimate(KernelCell.parse(benchmark), programs).toMillis() / 1e3,
                String.join("    ", where)));
        Campaign.Settings settings = plan.settings();
        Duration block = plan.block(programs);
        Duration launches = plan.launches(programs);
        Duration all = block.multipliedBy(settings.maxBlocks()).plus(launches.multipliedBy(settings.launches()));
        if (settings.budget() != null && settings.budget().compareTo(all) < 0) {
            Duration least = launches.plus(block.multipliedBy(settings.minBlocks()));
            all = !settings.cut() && settings.budget().compareTo(least) < 0 ? least : settings.budget();
        }
        stdout.printf(Locale.ROOT, "Programs: %s%n", programs.description());
        stdout.printf(
                Locale.ROOT,
                "Blocks: %d to %d of %d runs, %s each; until every interval is within +-%s %%%s%n",
                settings.minBlocks(),
                settings.maxBlocks(),
                plan.cells().size(),
                ConsoleProgress.words(block),
                Double.toString(settings.precision() * 100),
                settings.budget() == null ? "" : " or " + ConsoleProgress.words(settings.budget()) + " are spent");
        if (programs.resident()) {
            stdout.printf(Locale.ROOT, "Launches: %s for each arm once%n", ConsoleProgress.words(launches));
        }
        stdout.printf(Locale.ROOT, "Time: at most about %s%n", ConsoleProgress.words(all));
        stdout.printf(Locale.ROOT, "Repeat with: %s%n", CampaignOptions.quoted(command));
        stdout.flush();
    }
}
