package org.vnetp.nas.npb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpbBinariesTest {
    @TempDir
    Path dir;

    private void program(String name) throws IOException {
        assertTrue(Files.createFile(dir.resolve(name)).toFile().setExecutable(true));
    }

    @Test
    void findsBothNamingsAndPrefersTheCompiledInCount() throws IOException {
        program("cg.A.x");
        program("cg.A.4");
        program("mg.B.8");
        NpbBinaries binaries = NpbBinaries.in(dir);
        assertEquals(Optional.of(dir.resolve("cg.A.4")), binaries.find("cg", 'A', 4));
        assertEquals(Optional.of(dir.resolve("cg.A.x")), binaries.find("cg", 'A', 8));
        assertEquals(Optional.empty(), binaries.find("mg", 'B', 4));
    }

    @Test
    void saysWhatThereIsInstead() throws IOException {
        program("mg.B.8");
        program("readme");
        Files.createFile(dir.resolve("mg.B.4")); // not executable
        NpbBinaries binaries = NpbBinaries.in(dir);
        String lack = binaries.lack("mg", 'B', 4);
        assertTrue(lack.contains("no program mg.B.x or mg.B.4"), lack);
        assertTrue(lack.endsWith("there are: mg.B.8"), lack);
        assertTrue(binaries.lack("cg", 'A', 4).endsWith("there is none of cg"));
    }
}
