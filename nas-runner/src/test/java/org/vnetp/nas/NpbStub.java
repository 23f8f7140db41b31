package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A script that prints what NPB's ep.S does, as rank 0 of two.
final class NpbStub {
    private static final String BEGIN = """
            #!/bin/sh
            %s[ "${OMPI_COMM_WORLD_RANK:-0}" = 0 ] || exit 0
            %scat <<'END'
            """;

    private static final String OUTPUT = """
             EP Benchmark Completed.
             Class           =                        S
             Size            =                 33554432
             Iterations      =                        0
             Time in seconds =                     0.50
             Total processes =                        2
             Mop/s total     =                    67.11
             Mop/s/process   =                    33.55
             Operation type  = Random numbers generated
             Verification    =               SUCCESSFUL
             Version         =                    3.4.3
            END
            """;

    private NpbStub() {}

    /// Makes it.
    ///
    /// @param directory that exists
    /// @param all lines of the script that every rank runs first
    /// @param first lines that rank 0 runs before it prints
    static void in(Path directory, String all, String first) throws IOException {
        Path program = Files.writeString(directory.resolve("ep.S.x"), String.format(BEGIN, all, first) + OUTPUT);
        assertTrue(program.toFile().setExecutable(true));
    }
}
