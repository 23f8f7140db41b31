package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class KernelCommandTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "xx.S|2|Unknown kernel 'xx': expected one of ep, is, cg, mg, ft",
                "cg.Q|2|Unknown problem class 'Q': expected S, W, A, B, C, D, E or F",
                "cg|2|expected a kernel and a class, for example cg.A, not 'cg'",
                "cg.S --ranks 3|2|CG cannot run on 3 ranks: expected a power of two up to 1024; nearest: 2 or 4",
                "is.E|2|IS has no class E",
                "cg.S --mpi lam|2|Unknown MPI 'lam': expected openmpi or mpich",
                "cg.S --warm-up -1|2|--warm-up wants seconds from 0 to 600, not -1.0",
                "cg.S --timed 601|2|--timed wants seconds from 0 to 600, not 601.0",
            })
    void whatCannotRunIsRefusedBeforeARankStarts(String line, int code, String message) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        int ended;
        try {
            ended = new CommandLine(new KernelCommand()).execute(line.split(" "));
        } finally {
            System.setErr(before);
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertEquals(code, ended, text);
        assertTrue(text.startsWith("error: " + message), text);
    }
}
