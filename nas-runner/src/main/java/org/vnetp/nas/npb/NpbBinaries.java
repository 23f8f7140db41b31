package org.vnetp.nas.npb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The NPB programs of one directory.
///
/// NPB 3.4 names them `cg.A.x` and takes the rank count from MPI; up to 3.3 the count is compiled in and is
/// part of the name, `cg.A.4`.
public final class NpbBinaries {
    private static final Pattern NAME = Pattern.compile("(bt|cg|dt|ep|ft|is|lu|mg|sp)\\.([SWABCDEF])\\.(x|\\d+)");

    private final Path directory;
    private final SortedMap<String, Path> byName;

    private NpbBinaries(Path directory, SortedMap<String, Path> byName) {
        this.directory = directory;
        this.byName = byName;
    }

    /// Reads a directory; files that are not executable or bear no NPB name are left out.
    ///
    /// @throws IOException when the directory cannot be read
    public static NpbBinaries in(Path directory) throws IOException {
        SortedMap<String, Path> byName = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                if (NAME.matcher(name).matches() && Files.isRegularFile(file) && Files.isExecutable(file)) {
                    byName.put(name, file.toAbsolutePath());
                }
            }
        }
        return new NpbBinaries(directory, byName);
    }

    /// The program for a cell; one with the count compiled in goes before one that takes any.
    public Optional<Path> find(String kernel, char problemClass, int ranks) {
        String stem = kernel + "." + problemClass + ".";
        Path exact = byName.get(stem + ranks);
        return Optional.ofNullable(exact != null ? exact : byName.get(stem + "x"));
    }

    /// Why [#find] found nothing: what was looked for, and what there is instead.
    public String lack(String kernel, char problemClass, int ranks) {
        String wanted = kernel + "." + problemClass;
        StringBuilder others = new StringBuilder();
        for (String name : byName.keySet()) {
            Matcher m = NAME.matcher(name);
            if (m.matches() && m.group(1).equals(kernel)) {
                others.append(others.isEmpty() ? "" : ", ").append(name);
            }
        }
        return "no program " + wanted + ".x or " + wanted + "." + ranks + " in " + directory + "; there "
                + (others.isEmpty() ? "is none of " + kernel : "are: " + others);
    }

    /// The names of all programs, sorted.
    public Iterable<String> names() {
        return byName.keySet();
    }
}
