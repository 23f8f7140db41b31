package org.vnetp.nas;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.macrobench.campaign.CampaignOptions;

/// A script for Slurm's `sbatch` that runs `./vnetp nas` on nodes of its own.
final class BatchScript {
    static final int MOST_NODES = 10_000;

    /// For starting up, cleaning up and a pack that is copied, beside what the budget is for.
    private static final Duration AROUND = Duration.ofMinutes(10);

    /// Where no budget ends the run.
    private static final Duration UNBOUNDED = Duration.ofHours(4);

    private static final List<String> OWN = List.of("--sbatch", "--hosts");

    private BatchScript() {}

    /// @param budget of the run; null: none
    /// @param home where the launcher is
    /// @param words of the command that asked for the script
    static String of(int nodes, Duration budget, Path home, List<String> words) {
        Duration time = (budget == null ? UNBOUNDED : budget).plus(AROUND);
        List<String> command = new ArrayList<>(List.of(home.resolve("vnetp").toString(), "nas"));
        for (int i = 0; i < words.size(); i++) {
            String option = words.get(i).replaceFirst("=.*", "");
            if (!OWN.contains(option)) {
                command.add(words.get(i));
            } else if (option.equals(words.get(i))) {
                i++; // its value is the next word
            }
        }
        command.addAll(List.of("--hosts", "slurm"));
        return "#!/bin/sh\n"
                + "#SBATCH --job-name=vnetp-nas\n"
                + "#SBATCH --nodes=" + nodes + "\n"
                + "#SBATCH --ntasks-per-node=1\n"
                + "#SBATCH --exclusive\n"
                + "#SBATCH --time=" + (time.toSeconds() + 59) / 60 + "\n"
                + "#SBATCH --output=vnetp-nas-%j.out\n"
                + "exec " + CampaignOptions.quoted(command) + "\n";
    }
}
