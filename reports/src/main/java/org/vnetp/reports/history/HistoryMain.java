package org.vnetp.reports.history;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.ResultException;
import org.vnetp.reports.steps.StepFinder;
import org.vnetp.reports.table.TerminalTable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./vnetp history`: keeps results as a history, finds steps in it, and shows it. Runs nothing and needs no
/// git.
@Command(
        name = "vnetp history",
        description = "Keeps results as a history, and finds the commits at which something became slower or faster.",
        subcommands = {HistoryMain.Add.class, HistoryMain.Show.class, HistoryMain.Accept.class, HistoryMain.ToPage.class
        },
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        synopsisSubcommandLabel = "(add | show | accept | page)",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "2:wrong use, or a result or history that cannot be read",
            "5:done in part: a value or file could not be used, or there was nothing to look at, or too little"
        })
public final class HistoryMain implements Callable<Integer> {
    private static final int BAD = 2;
    private static final int INCONCLUSIVE = 5;
    private static final int WIDTH = 150;

    @Spec
    private CommandSpec command;

    private HistoryMain() {}

    public static void main(String[] args) {
        PrintStream out =
                new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(out);
        System.exit(run(args));
    }

    static int run(String... args) {
        return commandLine().execute(args);
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new HistoryMain());
        line.setExecutionExceptionHandler((e, failed, parsed) -> {
            if (e instanceof IOException || e instanceof IllegalArgumentException) {
                System.err.println("vnetp history: "
                        + (e instanceof ResultException || e instanceof IllegalArgumentException
                                ? e.getMessage()
                                : e.toString()));
                return BAD;
            }
            throw e; // ours to mend: with its place
        });
        return line;
    }

    @Override
    public Integer call() {
        throw new ParameterException(command.commandLine(), "expected add, show, accept or page");
    }

    /// What all of them are told.
    static final class Where {
        @Option(
                names = "--history",
                paramLabel = "DIR",
                defaultValue = "history",
                description = "The history's directory. Default: ${DEFAULT-VALUE}.")
        private Path directory;
    }

    /// What is looked at.
    static final class What {
        @Option(
                names = "--series",
                paramLabel = "GLOB",
                defaultValue = "*",
                description = "Series to look at, such as 'nas/*/vnetp/*'. Default: all.")
        private String series;

        @Option(
                names = "--machine",
                paramLabel = "KEY",
                description = "One machine, by its directory's name or the beginning of it. Default: all.")
        private String machine = "";

        @Option(
                names = "--last",
                paramLabel = "RUNS",
                defaultValue = "" + Timelines.LAST,
                description = "How many runs of a suite to look at. Default: ${DEFAULT-VALUE}.")
        private int last;

        @Option(
                names = "--threshold",
                paramLabel = "PERCENT",
                defaultValue = "3",
                description = "How large a step has to be to be told. Default: ${DEFAULT-VALUE}.")
        private double threshold;

        List<Timeline> read(Path directory) throws IOException {
            if (last < 1 || !(threshold >= 0 && threshold < 1000)) {
                throw new IllegalArgumentException("--last " + last + ", --threshold " + threshold
                        + ": expected a run or more, and a percentage of 0 or more");
            }
            HistoryDirectory history = HistoryDirectory.existing(directory);
            Decisions decisions = history.decisions();
            Glob glob = Glob.of(series);
            List<Timeline> timelines = new ArrayList<>();
            for (String key : history.machineKeys()) {
                if (key.startsWith(machine)) {
                    for (String suite : history.suites(key)) {
                        timelines.add(Timelines.read(history, key, suite, decisions, glob, last, threshold / 100));
                    }
                }
            }
            return timelines;
        }

        /// 5 where something could not be used, or there was nothing or too little to see a step in, saying so.
        int outcome(List<Timeline> timelines) {
            List<String> troubles = timelines.stream()
                    .flatMap(t -> t.troubles().stream())
                    .distinct()
                    .toList();
            troubles.forEach(trouble -> System.err.println("vnetp history: " + trouble));
            boolean nothing = timelines.stream().allMatch(t -> t.series().isEmpty());
            if (nothing) {
                System.err.println("vnetp history: nothing to look at: "
                        + (timelines.isEmpty()
                                ? "no run" + (machine.isEmpty() ? "" : " on a machine " + machine)
                                : "no series matches '" + series + "' in "
                                        + timelines.stream()
                                                .mapToInt(t -> t.runs().size())
                                                .sum()
                                        + " runs"));
            }
            boolean tooFew = !nothing && timelines.stream().allMatch(HistoryWords::tooFew);
            if (tooFew) {
                System.err.println("vnetp history: too few runs to tell: no series has " + StepFinder.LEAST_VALUES
                        + " values, " + StepFinder.VALUES_AFTER + " on either side of a step");
            }
            return nothing || tooFew || !troubles.isEmpty() ? INCONCLUSIVE : 0;
        }
    }

    /// `vnetp history add`.
    @Command(
            name = "add",
            description = "Adds a result to the history: one small file, none is ever changed.",
            mixinStandardHelpOptions = true,
            version = "${sys:vnetp.version:-vnetp}")
    static final class Add implements Callable<Integer> {
        @CommandLine.Mixin
        private Where where;

        @Parameters(index = "0", paramLabel = "RESULT", description = "A result directory of nas, macro or micro.")
        private Path result;

        private Add() {}

        @Override
        public Integer call() throws IOException {
            Extract extract;
            try {
                extract = Extract.of(ResultDirectory.read(result));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(result + ": " + e.getMessage(), e);
            }
            HistoryRun run = extract.run();
            Path file = HistoryDirectory.at(where.directory).add(run);
            System.out.println(file + ": " + run.entries().size() + " series"
                    + (run.complete() ? "" : ", of a run that did not come to its end (" + run.state() + ")")
                    + (run.dirty() ? ", of sources with changes that were not committed: no baseline" : ""));
            extract.troubles().forEach(trouble -> System.err.println("vnetp history: " + trouble));
            return extract.troubles().isEmpty() && run.complete() ? 0 : INCONCLUSIVE;
        }
    }

    /// `vnetp history show`.
    @Command(
            name = "show",
            description = "Shows steps, series, their epochs, and what changed on the machine.",
            mixinStandardHelpOptions = true,
            version = "${sys:vnetp.version:-vnetp}")
    static final class Show implements Callable<Integer> {
        @CommandLine.Mixin
        private Where where;

        @CommandLine.Mixin
        private What what;

        @Option(names = "--json", description = "As JSON, with every value.")
        private boolean json;

        private Show() {}

        @Override
        public Integer call() throws IOException {
            List<Timeline> timelines = what.read(where.directory);
            if (json) {
                System.out.print(HistoryJson.of(timelines));
            } else {
                for (Timeline timeline : timelines) {
                    System.out.println(HistoryWords.verdict(timeline) + "\n");
                    System.out.println(TerminalTable.of(HistoryTables.steps(timeline), WIDTH, false));
                    System.out.println(TerminalTable.of(HistoryTables.possible(timeline), WIDTH, false));
                    System.out.println(TerminalTable.of(HistoryTables.series(timeline), WIDTH, false));
                }
            }
            return what.outcome(timelines);
        }
    }

    /// `vnetp history accept`.
    @Command(
            name = "accept",
            description =
                    "Accepts a step: the runs from a commit on are a new epoch, and the step is no news any more.",
            mixinStandardHelpOptions = true,
            version = "${sys:vnetp.version:-vnetp}")
    static final class Accept implements Callable<Integer> {
        @CommandLine.Mixin
        private Where where;

        @Parameters(
                index = "0",
                paramLabel = "GLOB",
                description = "Series whose step is accepted, such as 'nas/cg.*/vnetp/*'.")
        private String series;

        @Option(
                names = "--at",
                paramLabel = "SHA",
                required = true,
                description = "The commit that the new epoch begins with, at least seven digits.")
        private String at;

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                required = true,
                description = "Why; it stands beside the step from now on.")
        private String reason;

        private Accept() {}

        @Override
        public Integer call() throws IOException {
            HistoryDirectory history = HistoryDirectory.existing(where.directory);
            history.decisions(); // nothing is added to a file that cannot be read
            Decisions.Decision decision = new Decisions.Decision(
                    Glob.of(series),
                    at.toLowerCase(java.util.Locale.ROOT),
                    reason.strip(),
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
            int matching = 0;
            boolean known = false;
            for (String key : history.machineKeys()) {
                for (String suite : history.suites(key)) {
                    HistoryDirectory.Reading reading = history.runs(key, suite, Timelines.LAST);
                    matching += (int) reading.runs().stream()
                            .flatMap(run -> run.entries().stream())
                            .map(HistoryRun.Entry::series)
                            .distinct()
                            .filter(decision.series()::matches)
                            .count();
                    known |= reading.runs().stream().anyMatch(run -> decision.of(run.commit()));
                }
            }
            if (matching == 0) {
                throw new IllegalArgumentException(
                        "no series matches '" + series + "'; ./vnetp history show names them");
            }
            history.accept(decision);
            System.out.println(matching + " series begin a new epoch at " + decision.at()
                    + (known ? "" : "; no run of that commit is here yet: the next run begins it"));
            return 0;
        }
    }

    /// `vnetp history page`.
    @Command(
            name = "page",
            description = "Writes the history as one HTML file that needs nothing else.",
            mixinStandardHelpOptions = true,
            version = "${sys:vnetp.version:-vnetp}")
    static final class ToPage implements Callable<Integer> {
        @CommandLine.Mixin
        private Where where;

        @CommandLine.Mixin
        private What what;

        @Option(
                names = "--out",
                paramLabel = "FILE",
                required = true,
                description = "The file; one that is there is replaced.")
        private Path file;

        @Option(
                names = "--repository",
                paramLabel = "URL",
                defaultValue = "",
                description = "Where ranges of commits can be looked at, such as https://example.org/owner/name.")
        private String repository;

        @Option(
                names = "--note",
                paramLabel = "TEXT",
                defaultValue = "",
                description = "A sentence for the head of the page.")
        private String note;

        private ToPage() {}

        @Override
        public Integer call() throws IOException {
            if (!repository.matches("|https?://[^\\s\"'<>]+")) {
                throw new IllegalArgumentException("--repository " + repository + ": expected an http or https URL");
            }
            List<Timeline> timelines = what.read(where.directory);
            Path beside = file.resolveSibling(file.getFileName() + ".new");
            try {
                Files.writeString(beside, HistoryPage.html(timelines, note, repository));
                Files.move(beside, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
            System.out.println("wrote " + file + ": "
                    + timelines.stream().map(HistoryWords::verdict).collect(Collectors.joining(" ")));
            return what.outcome(timelines);
        }
    }
}
