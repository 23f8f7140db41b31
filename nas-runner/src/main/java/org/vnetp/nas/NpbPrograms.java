package org.vnetp.nas;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vnetp.nas.npb.NpbBinaries;

/// The user's own NPB programs.
final class NpbPrograms implements Programs {
    /// Starting MPI and generating the problem, in seconds, for estimates.
    private static final double START_SECONDS = 1.0;

    private final Path directory;
    private final Map<KernelCell, Path> programs;

    private NpbPrograms(Path directory, Map<KernelCell, Path> programs) {
        this.directory = directory;
        this.programs = programs;
    }

    /// Finds a program for every cell.
    ///
    /// @throws IllegalArgumentException naming the first cell that has none, and the programs that are there
    static NpbPrograms in(Path directory, Suite suite) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new IllegalArgumentException("--npb-bin " + directory + ": no such directory");
        }
        NpbBinaries binaries = NpbBinaries.in(directory);
        Map<KernelCell, Path> programs = new HashMap<>();
        for (Suite.Row row : suite.rows()) {
            KernelCell cell = row.cell();
            programs.put(
                    cell,
                    binaries.find(cell.kernel(), cell.problemClass(), cell.ranks())
                            .orElseThrow(() -> new IllegalArgumentException(
                                    cell + ": " + binaries.lack(cell.kernel(), cell.problemClass(), cell.ranks()))));
        }
        return new NpbPrograms(directory, programs);
    }

    @Override
    public List<String> command(KernelCell cell) {
        return List.of(programs.get(cell).toString());
    }

    @Override
    public double seconds(KernelCell cell) {
        return START_SECONDS + KernelFacts.seconds(cell);
    }

    @Override
    public long bytes(KernelCell cell) {
        return 0;
    }

    @Override
    public String description() {
        return "NPB programs of " + directory;
    }
}
