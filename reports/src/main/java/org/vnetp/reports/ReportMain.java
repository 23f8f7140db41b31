package org.vnetp.reports;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.table.Table;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./vnetp report DIR`: tables, plots and the page of a stored result. Recomputes, never runs anything.
@Command(
        name = "vnetp report",
        description =
                "Prints the tables of a stored result and writes tables, plots and report.html into its directory.",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "2:wrong use, or a file that is missing or cannot be read as a result"})
public final class ReportMain implements Callable<Integer> {
    private static final int BAD = 2;

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "Result directory: it holds run.json and observations.csv.")
    private Path directory;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "What is printed: ${COMPLETION-CANDIDATES}. Default: text.")
    private Format format;

    @Option(names = "--json", description = "The same as --format json.")
    private boolean json;

    @Option(names = "--details", description = "Print the detailed tables too (CPU time, bytes on the wire).")
    private boolean details;

    @Option(names = "--no-write", description = "Only print; write nothing.")
    private boolean noWrite;

    private final PrintStream out =
            new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false, StandardCharsets.UTF_8);

    private ReportMain() {}

    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(run(args));
    }

    static int run(String... args) {
        return new CommandLine(new ReportMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args);
    }

    @Override
    public Integer call() {
        try {
            List<Table> tables = Reports.tables(ResultDirectory.read(directory));
            out.print(
                    switch (json ? Format.json : format) {
                        case text -> Reports.terminal(tables, width(), colour(), details);
                        case md -> Reports.markdown(tables);
                        case csv -> Reports.csv(tables);
                        case tex -> Reports.latex(tables);
                        case json -> Reports.json(tables);
                    });
            out.flush();
            if (!noWrite) {
                Reports.write(directory);
                System.err.println(
                        "wrote " + directory.resolve("report.html") + ", tables.md, tables.csv, tables.tex, plots/");
            }
            return 0;
        } catch (IOException e) {
            System.err.println("vnetp report: "
                    + (e instanceof org.vnetp.reports.result.ResultException ? e.getMessage() : e.toString()));
            return BAD;
        }
    }

    private static boolean colour() {
        return System.console() != null && System.console().isTerminal() && System.getenv("NO_COLOR") == null;
    }

    private static int width() {
        String columns = System.getenv("COLUMNS");
        return columns != null && columns.matches("[1-9]\\d{1,3}") ? Math.max(60, Integer.parseInt(columns)) : 120;
    }
}
