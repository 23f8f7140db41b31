package org.vnetp.macrobench.campaign;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.vnetp.reports.Reports;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Status;

/// A campaign that has come to its end, and how: what it was about, it has said on the way.
///
/// @param directory of the result
/// @param tally runs by how they ended
/// @param leftOut what the budget did not hold, in words
public record CarriedOut(Path directory, Campaign.Ending ending, Map<Status, Integer> tally, Optional<String> leftOut) {
    /// Carries a plan out: says what it will take, runs it until it ends or a signal comes, and records in the result
    /// how it ended. On the caller's thread.
    ///
    /// @param results stay open
    /// @param stop told of the campaign, which it ends on a signal
    /// @param quiet whether progress is not shown
    public static CarriedOut here(
            Plan plan,
            CellRunner runner,
            ResultDirectory results,
            Campaign.Settings settings,
            StopOnSignal stop,
            boolean quiet,
            PrintStream stderr)
            throws IOException {
        boolean terminal = System.console() != null && System.console().isTerminal();
        Progress progress = quiet ? Progress.SILENT : new ConsoleProgress(stderr, terminal, runner);
        Campaign campaign = new Campaign(plan, runner, results, settings, StudyWidths::of, progress, System::nanoTime);
        if (!quiet) {
            stderr.println("results go to " + results.path() + "; order by seed " + plan.seed() + "; at most about "
                    + ConsoleProgress.words(campaign.estimate()));
            campaign.shortfall().ifPresent(stderr::println);
        }
        stop.campaign(campaign);
        Campaign.Ending ending = campaign.run();
        results.update(results.info().withState(ending.text(), Instant.now().toString()));
        return new CarriedOut(results.path(), ending, campaign.tally(), campaign.leftOut());
    }

    public boolean interrupted() {
        return ending == Campaign.Ending.INTERRUPTED;
    }

    /// Prints the tables and writes the report beside the result; the tables first, which need no room on the disk.
    ///
    /// @param program its name in sentences on stderr
    /// @param json whether tables are printed as JSON
    public void report(String program, boolean json, PrintStream stdout, PrintStream stderr) throws IOException {
        stdout.print(json ? Reports.jsonTables(directory) : Reports.terminalTable(directory));
        stdout.flush();
        Reports.write(directory);
        leftOut.ifPresent(names -> stderr.println(program + ": " + names));
        stderr.println("report: " + directory.resolve("report.html"));
    }
}
