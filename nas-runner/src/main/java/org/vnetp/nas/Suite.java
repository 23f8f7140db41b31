package org.vnetp.nas;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.vnetp.macrobench.testbed.FabricSpec;

/// Which cells a run measures: rows of [KernelCell], each with the fabrics and links it is for.
///
/// A suite file has one pattern a line, `#` begins a comment:
/// ```
/// KERNELS.CLASSES.RANKS [fabrics=F,...] [links=L,...]
/// cg,mg.A.4,8                     four cells, over the fabrics and links of the command line
/// *.W.4           links=1gbit     all eight kernels, at 1 Gbit/s only
/// ```
/// A pattern that names an illegal cell is refused whole, with its line.
///
/// @param rows without duplicates, in the order given
record Suite(List<Row> rows) {
    /// The rows of the table that was published for VNET/P in 2012: kernel, class and rank count.
    private static final List<String> VNETP_2012 = List.of(
            "ep.B.8", "ep.B.16", "ep.C.8", "ep.C.16", "mg.B.8", "mg.B.16", "cg.B.8", "cg.B.16", "ft.B.16", "is.B.8",
            "is.B.16", "is.C.8", "is.C.16", "lu.B.8", "lu.B.16", "sp.B.9", "sp.B.16", "bt.B.9", "bt.B.16");

    static final String VNETP_2012_NAME = "vnetp-2012";

    /// @param fabrics empty for those of the command line
    /// @param links empty for those of the command line
    record Row(KernelCell cell, List<String> fabrics, List<String> links) {}

    Suite {
        rows = List.copyOf(new LinkedHashSet<>(rows));
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("the suite holds no cell");
        }
    }

    /// The published table's rows.
    static Suite vnetp2012() {
        return new Suite(VNETP_2012.stream()
                .map(text -> new Row(KernelCell.parse(text), List.of(), List.of()))
                .toList());
    }

    /// Reads patterns, one an entry.
    ///
    /// @param source what the patterns come from, for messages: a file's name
    /// @throws IllegalArgumentException naming source, line and what is wrong with it
    static Suite parse(List<String> lines, String source) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).replaceFirst("#.*", "").strip();
            if (line.isEmpty()) {
                continue;
            }
            try {
                rows.addAll(line(line));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(source + ":" + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException(source + ": no cell in it; expected lines such as cg.A.4");
        }
        return new Suite(rows);
    }

    /// Reads one pattern with its settings.
    static List<Row> line(String line) {
        String[] words = line.split("\\s+");
        List<String> fabrics = List.of();
        List<String> links = List.of();
        Set<String> seen = new LinkedHashSet<>();
        for (int i = 1; i < words.length; i++) {
            int at = words[i].indexOf('=');
            String key = at < 0 ? words[i] : words[i].substring(0, at);
            String text = words[i].substring(at + 1);
            List<String> values = at < 0
                    ? List.of()
                    : checked(key.equals("fabrics") ? FabricSpec.splitList(text) : split(text), key, text);
            if (!seen.add(key)) {
                throw new IllegalArgumentException("'" + key + "' twice");
            }
            switch (key) {
                case "fabrics" -> fabrics = values;
                case "links" -> links = values;
                default ->
                    throw new IllegalArgumentException(
                            "unknown setting '" + words[i] + "'; expected fabrics=... or links=...");
            }
            if (values.isEmpty()) {
                throw new IllegalArgumentException("'" + words[i] + "': expected " + key + "=VALUE,...");
            }
        }
        List<Row> rows = new ArrayList<>();
        for (KernelCell cell : cells(words[0])) {
            rows.add(new Row(cell, fabrics, links));
        }
        return rows;
    }

    private static List<KernelCell> cells(String pattern) {
        String[] parts = pattern.split("\\.", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException(
                    "'" + pattern + "': expected KERNELS.CLASSES.RANKS such as cg.A.4 or cg,mg.W,A.4");
        }
        List<String> kernels = parts[0].equals("*") ? KernelCell.KERNELS : list(parts[0], "kernel");
        List<KernelCell> cells = new ArrayList<>();
        for (String kernel : kernels) {
            for (String problemClass : list(parts[1], "class")) {
                for (String ranks : list(parts[2], "ranks")) {
                    cells.add(KernelCell.parse(kernel + "." + problemClass + "." + ranks));
                }
            }
        }
        return cells;
    }

    private static List<String> list(String text, String what) {
        return checked(split(text), what, text);
    }

    private static List<String> split(String text) {
        return Arrays.asList(text.split(",", -1));
    }

    private static List<String> checked(List<String> values, String what, String text) {
        if (values.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(what + " '" + text + "': expected names separated by single commas");
        }
        return values;
    }

    /// The same rows with no class above `largest`: a larger one becomes `largest`.
    Suite atMost(char largest) {
        int most = KernelCell.CLASSES.indexOf(largest);
        if (most < 0) {
            throw new IllegalArgumentException("class '" + largest + "': expected one of S, W, A, B, C, D, E, F");
        }
        return new Suite(rows.stream()
                .map(row -> KernelCell.CLASSES.indexOf(row.cell().problemClass()) <= most
                        ? row
                        : new Row(row.cell().withClass(largest), row.fabrics(), row.links()))
                .toList());
    }
}
