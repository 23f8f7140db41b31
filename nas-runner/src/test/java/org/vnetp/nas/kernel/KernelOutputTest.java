package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.nas.npb.NpbOutcome;
import org.vnetp.nas.npb.NpbParser;

class KernelOutputTest {
    private static String footer(boolean verified) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        KernelOutput output = new KernelOutput(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        output.title("MG");
        output.footer(
                new KernelResult(
                        "MG",
                        ProblemClass.A,
                        KernelResult.grid(256, 256, 256),
                        4,
                        0.6251,
                        6212.345,
                        "floating point",
                        verified,
                        List.of(" VERIFICATION SUCCESSFUL ")),
                4,
                "Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4",
                "-Xmx64m");
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theFooterIsNpbsToTheColumn() {
        List<String> expected = List.of(
                " VERIFICATION SUCCESSFUL ",
                "",
                "",
                " MG Benchmark Completed.",
                " Class           =                        A",
                " Size            =            256x 256x 256",
                " Iterations      =                        4",
                " Time in seconds =                     0.63",
                " Total processes =                        4",
                " Active processes=                        4",
                " Mop/s total     =                  6212.35",
                " Mop/s/process   =                  1553.09",
                " Operation type  =           floating point",
                " Verification    =               SUCCESSFUL",
                " Version         =                      3.4");
        String text = footer(true);
        assertTrue(text.contains(String.join("\n", expected) + "\n"), text);
        expected.subList(4, expected.size()).forEach(line -> assertEquals(43, line.length(), line));
    }

    @Test
    void theTitleSaysWhoseItIs() {
        assertTrue(footer(true).contains("NPB-specification kernel in Java"));
    }

    @Test
    void anUnverifiedRunClaimsNoSpeed() {
        String text = footer(false);
        assertTrue(text.contains(" Mop/s total     =                     0.00\n"), text);
        assertTrue(text.contains(" Verification    =             UNSUCCESSFUL\n"), text);
    }

    @Test
    void theStrictParserOfRealNpbReadsIt() {
        NpbOutcome outcome = NpbParser.parse(footer(true), "mg", 'A', 4);
        assertInstanceOf(NpbOutcome.Verified.class, outcome, outcome::toString);
        assertInstanceOf(NpbOutcome.Unverified.class, NpbParser.parse(footer(false)));
    }
}
