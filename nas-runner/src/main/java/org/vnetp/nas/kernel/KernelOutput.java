package org.vnetp.nas.kernel;

import java.io.PrintStream;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Writes a run in the text format of NPB 3.4, so that one parser reads ours and the real ones. The
/// title line says whose it is. Only rank 0 has a stream; the others' output goes nowhere.
public final class KernelOutput {
    private final PrintStream out;

    /// @param out where to print, or null to print nothing (every rank but 0)
    public KernelOutput(PrintStream out) {
        this.out = out;
    }

    /// One line, formatted in the root locale.
    public void line(String format, Object... arguments) {
        if (out != null) {
            out.print(String.format(Locale.ROOT, format, arguments) + '\n');
            out.flush();
        }
    }

    /// The title of a run, with NPB's blank lines around it.
    public void title(String kernel) {
        line(
                "%n%n NPB-specification kernel in Java (vnetp), format of NAS Parallel Benchmarks 3.4 -- %s Benchmark%n",
                kernel);
    }

    /// The footer. A run that was not verified claims no speed.
    ///
    /// @param mpi the MPI library
    public void footer(KernelResult result, int ranks, String mpi, String jvmOptions) {
        result.verificationLines().forEach(text -> line("%s", text));
        double mops = result.verified() ? result.mops() : 0;
        line("%n%n %s Benchmark Completed.", result.name());
        value("Class", result.problemClass().name());
        value("Size", result.size());
        value("Iterations", Integer.toString(result.iterations()));
        value("Time in seconds", fixed(result.seconds()));
        value("Total processes", Integer.toString(ranks));
        value("Active processes", Integer.toString(ranks));
        value("Mop/s total", fixed(mops));
        value("Mop/s/process", fixed(mops / ranks));
        value("Operation type", result.operationType());
        value("Verification", result.verified() ? "SUCCESSFUL" : "UNSUCCESSFUL");
        value("Version", "3.4");
        value(
                "Compile date",
                DateTimeFormatter.ofPattern("dd MMM yyyy", Locale.ROOT).format(LocalDate.now()));
        line("%n Compile options:");
        option("JAVA", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        option("JFLAGS", jvmOptions);
        option("MPI", mpi);
        option("RAND", "(none)");
        line("");
    }

    private static String fixed(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.length() > 25 ? "*".repeat(25) : text;
    }

    private void value(String label, String text) {
        line(" %-16s=%25s", label, text);
    }

    private void option(String label, String text) {
        line("    %-12s = %s", label, text.length() > 46 ? text.substring(0, 43) + "..." : text);
    }
}
