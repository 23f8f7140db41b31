package org.vnetp.nas;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which cells a user asks for, in one of three ways: as patterns, by a file of them, or by kernels, classes and ranks.
final class CellOptions {
    @Parameters(
            paramLabel = "CELL",
            arity = "0..*",
            description = "Cells as KERNELS.CLASSES.RANKS, lists by commas, * for all kernels: cg,mg.A.4,8. In quotes, "
                    + "fabrics=... and links=... may follow.")
    private List<String> cells = List.of();

    @Option(
            names = "--suite",
            paramLabel = "FILE",
            description = "Cells from a file, one pattern a line; or vnetp-2012, the published table's 19 rows.")
    private String suite;

    @Option(names = "--max-class", paramLabel = "CLASS", description = "Reduces larger classes to this one.")
    private String maxClass;

    @Option(
            names = "--kernels",
            paramLabel = "K,...",
            description = "Default: ep,is,cg,mg,ft,lu,sp,bt; with --quick is,cg,mg,ft.")
    private String kernels;

    @Option(names = "--classes", paramLabel = "C,...", description = "S W A B C D E F. Default: by kernel.")
    private String classes;

    @Option(
            names = "--ranks",
            paramLabel = "N,...",
            description = "Default: the fewest that the kernel allows with one on every host: 2, of sp and bt 4.")
    private String ranks;

    /// Whether the user said which cells to run.
    boolean chosen() {
        return suite != null || !cells.isEmpty() || kernels != null || classes != null || ranks != null;
    }

    /// Whether there is a pattern among the arguments.
    boolean patterns() {
        return !cells.isEmpty();
    }

    /// The rows that they make.
    ///
    /// @param quick for a look: fewer kernels where the user names none
    /// @param leastRanks ranks of a kernel where the user names none, at least; asked only then
    /// @throws IllegalArgumentException naming what is wrong and what would be right
    Suite rows(boolean quick, IntSupplier leastRanks) {
        if (suite != null && !cells.isEmpty()
                || (suite != null || !cells.isEmpty()) && (kernels != null || classes != null || ranks != null)) {
            throw new IllegalArgumentException("give cells in one way: as CELL arguments, by --suite, or by --kernels, "
                    + "--classes and --ranks");
        }
        Suite rows;
        if (suite != null && suite.equals(Suite.VNETP_2012_NAME)) {
            rows = Suite.vnetp2012();
        } else if (suite != null) {
            try {
                rows = Suite.parse(Files.readAllLines(Path.of(suite)), suite);
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        "--suite " + suite + ": cannot be read (" + e.getMessage() + "); expected a file or vnetp-2012",
                        e);
            }
        } else if (!cells.isEmpty()) {
            List<Suite.Row> all = new ArrayList<>();
            cells.forEach(pattern -> all.addAll(Suite.line(pattern)));
            rows = new Suite(all);
        } else {
            List<Suite.Row> all = new ArrayList<>();
            for (String kernel : kernels == null ? UsualRun.kernels(quick) : List.of(kernels.split(",", -1))) {
                all.addAll(Suite.line(kernel + "." + (classes == null ? UsualRun.problemClass(kernel) : classes) + "."
                        + (ranks == null ? UsualRun.ranks(kernel, leastRanks.getAsInt()) : ranks)));
            }
            rows = new Suite(all);
        }
        if (maxClass == null) {
            return rows;
        }
        if (maxClass.length() != 1) {
            throw new IllegalArgumentException(
                    "--max-class '" + maxClass + "': expected one letter of S W A B C D E F");
        }
        return rows.atMost(maxClass.charAt(0));
    }
}
