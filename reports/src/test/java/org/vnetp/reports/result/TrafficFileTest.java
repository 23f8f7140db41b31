package org.vnetp.reports.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrafficFileTest {
    private static final String HEAD = "# ring, confidence 0.90\nfrom,to,bytes,seconds\n";

    @TempDir
    Path directory;

    private TrafficFile read(String text) throws IOException {
        return TrafficFile.read(Files.writeString(directory.resolve("run.matrix.csv"), text));
    }

    private String refusal(String text) {
        return assertThrows(ResultException.class, () -> read(text)).getMessage();
    }

    @Test
    void ratesOfEachPair() throws IOException {
        TrafficFile file = read(HEAD + "a,a,0,0.5\na,b,1000000,0.5\nb,a,250000,0.5\nb,b,0,0.5\n");
        assertEquals("ring, confidence 0.90", file.shape());
        assertEquals(List.of("a", "b"), file.names());
        assertEquals(2.0, file.megabytes()[0][1], 1e-9);
        assertEquals(0.5, file.megabytes()[1][0], 1e-9);
        assertEquals(2.5, file.total(), 1e-9);
    }

    @Test
    void whatIsNotUnderstoodIsNamedWithItsLine() {
        assertTrue(refusal("").contains("run.matrix.csv:1: expected '# SHAPE'"));
        assertTrue(refusal("# x\nfrom,to\n").contains(":1: expected"));
        assertTrue(refusal(HEAD + "a,a,0,0.5\na,c,1,0.5\n").contains(":4: 'a,c,1,0.5': expected two names"));
        assertTrue(refusal(HEAD + "a,a,-1,0.5\n").contains(":3: "));
        assertTrue(refusal(HEAD + "a,a,1,0\n").contains(":3: '0': expected seconds above 0"));
        assertTrue(refusal(HEAD + "a,a,1,1E999\n").contains("expected seconds above 0"));
        assertTrue(refusal(HEAD + "a,a,1,..\n").contains("expected seconds above 0"));
    }
}
