package org.vnetp.nas.npb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpbParserTest {

    /// A result block as Fortran kernels of NPB 3.4 print it; the arguments are what the tests vary.
    private static String block(String name, String classLetter, String activeLine, String mops, String verification) {
        return """


                 %s Benchmark Completed.
                 Class           =                        %s
                 Size            =                     1400
                 Iterations      =                       15
                 Time in seconds =                     0.03
                 Total processes =                        4
                %s Mop/s total     = %24s
                 Mop/s/process   =                   482.30
                 Operation type  =           floating point
                 Verification    = %24s
                 Version         =                      3.4
                 Compile date    =              22 Nov 2026

                 Compile options:
                    MPIFC        = mpif90
                    RAND         = randi8


                 Please send feedbacks and/or the results of this run to:
                """.formatted(name, classLetter, activeLine, mops, verification);
    }

    private static String good() {
        return block("CG", "S", " Active procs    =                        4\n", "1929.19", "SUCCESSFUL");
    }

    private static NpbResult verified(NpbOutcome outcome) {
        return assertInstanceOf(NpbOutcome.Verified.class, outcome).result();
    }

    private static String reason(NpbOutcome outcome) {
        return switch (outcome) {
            case NpbOutcome.Verified v -> throw new AssertionError("was verified");
            case NpbOutcome.Unverified(NpbResult r, String reason) -> reason;
            case NpbOutcome.Unusable(String reason) -> reason;
            case NpbOutcome.Failed(String reason) -> reason;
            case NpbOutcome.CutOff(String reason) -> reason;
        };
    }

    @Test
    void readsEveryFieldOfAFortranBlock() {
        NpbResult r = verified(NpbParser.parse(good(), "cg", 'S', 4));
        assertEquals("cg", r.kernel());
        assertEquals('S', r.problemClass());
        assertEquals("1400", r.size());
        assertEquals(15, r.iterations());
        assertEquals(0.03, r.seconds());
        assertEquals(4, r.processes());
        assertEquals(4, r.activeProcesses());
        assertEquals(1929.19, r.mopsTotal());
        assertEquals("floating point", r.operationType());
        assertEquals("3.4", r.version());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " Compiled procs  =                        4\n",
                " Active procs    =                        4\n",
                " Active processes=                        4\n",
                ""
            })
    void acceptsTheProcessLineOfEveryVersion(String line) {
        assertEquals(
                4,
                verified(NpbParser.parse(block("MG", "S", line, "1014.00", "SUCCESSFUL")))
                        .activeProcesses());
    }

    @Test
    void acceptsACBlockWithoutFullStop() {
        String text = good().replace("CG Benchmark Completed.", "IS Benchmark Completed")
                .replace("floating point", "  keys ranked");
        NpbResult r = verified(NpbParser.parse(text, "is", 'S', 4));
        assertEquals("keys ranked", r.operationType());
    }

    @Test
    void acceptsAGridAsSize() {
        String text = good().replace("                    1400", "            64x  64x  64");
        assertEquals("64x  64x  64", verified(NpbParser.parse(text)).size());
    }

    @Test
    void readsTheTimerBlockAndTheCommunicationShare() {
        String text = """

                 NAS Parallel Benchmarks 3.4 -- CG Benchmark

                 Size:       1400  (class S)
                """ + good() + """
                 nprocs =     4           minimum     maximum     average
                 timer  1(total   ) :     2.0000      2.0000      2.0000
                 timer  5(totcomm ) :     0.4000      0.6000      0.5000
                """;
        NpbResult r = verified(NpbParser.parse(text));
        assertEquals(0.25, r.communicationShare());
        assertEquals(0.6, r.timers().get("totcomm").maximum());
    }

    @Test
    void saysUnverifiedWhenTheProgramDoes() {
        assertInstanceOf(NpbOutcome.Unverified.class, NpbParser.parse(good().replace("  SUCCESSFUL", "UNSUCCESSFUL")));
    }

    @Test
    void believesAFailedVerificationInTheBodyMoreThanTheBlock() {
        String text = " VERIFICATION FAILED\n" + good();
        assertTrue(reason(NpbParser.parse(text)).contains("VERIFICATION FAILED"));
        assertInstanceOf(NpbOutcome.Unverified.class, NpbParser.parse(text));
    }

    @Test
    void anUnverifiedRunThatClaimsNoSpeedIsUnverifiedFirst() {
        NpbOutcome outcome = NpbParser.parse(block("EP", "S", "", "0.00", "UNSUCCESSFUL"), "ep", 'S', 4);
        assertInstanceOf(NpbOutcome.Unverified.class, outcome);
    }

    @Test
    void readsTheTitleOfOurOwnKernels() {
        String title =
                " NPB-specification kernel in Java (vnetp), format of NAS Parallel Benchmarks 3.4 -- MG Benchmark\n";
        assertTrue(reason(NpbParser.parse(title + good())).contains("the header is of mg, the result block of cg"));
    }

    @Test
    void classUIsNeverVerified() {
        NpbOutcome outcome = NpbParser.parse(block("LU", "U", "", "10.00", "UNSUCCESSFUL"), "lu", 'A', 4);
        assertInstanceOf(NpbOutcome.Unverified.class, outcome);
        assertTrue(reason(outcome).contains("class U"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"B", "C", "D"})
    void doesNotBelieveThatLargeDtVerified(String classLetter) {
        String text = block("DT", classLetter, "", "33.00", "SUCCESSFUL").replace("Completed.", "Completed");
        assertInstanceOf(NpbOutcome.Unverified.class, NpbParser.parse(text));
    }

    @Test
    void believesSmallDt() {
        String text = block("DT", "A", "", "33.00", "SUCCESSFUL").replace("Completed.", "Completed");
        assertEquals("dt", verified(NpbParser.parse(text)).kernel());
    }

    @ParameterizedTest
    @ValueSource(strings = {"************", "NaN", "Infinity", "0.00"})
    void anOverflowedOrEmptyRateIsNoFigure(String mops) {
        NpbOutcome outcome = NpbParser.parse(block("EP", "S", "", mops, "SUCCESSFUL"));
        assertInstanceOf(NpbOutcome.Unusable.class, outcome);
        assertTrue(reason(outcome).contains("Mop/s total"), reason(outcome));
    }

    @Test
    void overflowedTimeIsNoFigure() {
        assertInstanceOf(NpbOutcome.Unusable.class, NpbParser.parse(good().replace("        0.03", "************")));
    }

    @Test
    void everyProperPrefixIsCutOffOrStillWhole() {
        String text = good();
        int whole = text.indexOf("3.4\n") + 4; // the end of the last required line
        for (int end = 0; end < text.length(); end++) {
            NpbOutcome outcome = NpbParser.parse(text.substring(0, end));
            if (end >= whole) {
                assertEquals(1929.19, verified(outcome).mopsTotal(), "prefix of " + end);
            } else {
                assertInstanceOf(NpbOutcome.CutOff.class, outcome, "prefix of " + end);
            }
        }
    }

    @Test
    void namesTheKeyThatIsMissing() {
        String text = good();
        String cut = text.substring(0, text.indexOf(" Operation type"));
        assertEquals("the result block ends before 'Operation type'", reason(NpbParser.parse(cut)));
    }

    static Stream<String> refused() {
        return Stream.of(
                good().replace("Total processes", "Total threads  "),
                good().replace(" Mop/s total ", " Mflops total"),
                good().replace("1929.19", "19x9.19"),
                good().replace("  1929.19", "1 929.19"),
                good().replace("                     15", "                   15.5"),
                good().replace("              SUCCESSFUL", "MOSTLY SUCCESSFUL"),
                good().replace("=                        S", "=                        Q"),
                good().replace(" Iterations ", " rank 1 says hello\n Iterations "),
                good().replace(" Version ", " Class           =                        S\n Version "),
                good() + good(),
                " NAS Parallel Benchmarks 3.4 -- MG Benchmark\n" + good());
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatItDoesNotUnderstand(String text) {
        assertInstanceOf(NpbOutcome.Failed.class, NpbParser.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " *** ERROR determining processor topology for 3 processes\n     Expecting a power-of-two number",
                " ERROR: Number of processes (3) is not a power of two (2?)\n",
                "MPI_ABORT was invoked on rank 0\n",
                "mpirun noticed that process rank 1 exited on signal 9 (Killed).\n"
            })
    void givesTheProgramsOwnReason(String text) {
        NpbOutcome outcome = NpbParser.parse(text);
        assertInstanceOf(NpbOutcome.Failed.class, outcome);
        assertEquals(text.lines().findFirst().orElseThrow().strip(), reason(outcome));
    }

    @Test
    void theErrorNormOfMgIsNotTakenForATrouble() {
        NpbOutcome outcome = NpbParser.parse(" L2 Norm is  0.53E-04\n Error is     0.24E-12\n");
        assertInstanceOf(NpbOutcome.CutOff.class, outcome);
    }

    @Test
    void refusesAResultOfAnotherRun() {
        assertTrue(reason(NpbParser.parse(good(), "mg", 'S', 4)).contains("of cg, asked for was mg"));
        assertTrue(reason(NpbParser.parse(good(), "cg", 'A', 4)).contains("class S, asked for was class A"));
        assertTrue(reason(NpbParser.parse(good(), "cg", 'S', 8)).contains("4 processes, started were 8"));
        String idle = good().replace("Active procs    =                        4", "Active procs    =             3");
        assertTrue(reason(NpbParser.parse(idle, "cg", 'S', 4)).contains("only 3 of 4"));
    }

    @Test
    void anEmptyOutputIsCutOff() {
        assertEquals("the program printed nothing", reason(NpbParser.parse("")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e400", "1.0E+300", "-1929.19", "0.00"})
    void ratesThatCannotBeAreNoResult(String mops) {
        String text = block("CG", "S", " Active procs    =                        4\n", mops, "SUCCESSFUL");
        NpbOutcome outcome = NpbParser.parse(text, "cg", 'S', 4);
        assertInstanceOf(NpbOutcome.Unusable.class, outcome);
        assertTrue(reason(outcome).contains("Mop/s is") && reason(outcome).contains("expected"), reason(outcome));
    }

    @Test
    void negativeTimeIsNoResult() {
        NpbOutcome outcome = NpbParser.parse(good().replace("     0.03", "    -0.03"), "cg", 'S', 4);
        assertInstanceOf(NpbOutcome.Unusable.class, outcome);
        assertTrue(reason(outcome).contains("time is -0.03 s"), reason(outcome));
    }

    @Test
    void editionsThatAreNoMpiProgramsAreNamedWithAdvice() {
        String serial = " NAS Parallel Benchmarks (NPB3.4-SER) - CG Benchmark\n" + good();
        assertTrue(reason(NpbParser.parse(serial)).contains("serial edition"), reason(NpbParser.parse(serial)));
        assertTrue(reason(NpbParser.parse(serial)).contains("-MPI edition"), reason(NpbParser.parse(serial)));
        String threads = " NAS Parallel Benchmarks (NPB3.4-OMP) - LU Benchmark\n";
        assertTrue(reason(NpbParser.parse(threads)).contains("OpenMP edition"), reason(NpbParser.parse(threads)));
    }

    @Test
    void processesThatRunAloneAreNamedWithAdvice() {
        String alone = " NAS Parallel Benchmarks 3.4 -- CG Benchmark\n";
        String reason = reason(NpbParser.parse(alone + alone + good()));
        assertTrue(reason.contains("linked with another MPI") && reason.contains("--mpi"), reason);
    }

    @Test
    void namesOfNormsAreNoCause() {
        String text = " NAS Parallel Benchmarks 3.4 -- LU Benchmark\n Comparison of RMS-norms of residual\n"
                + " Comparison of RMS-norms of solution error\n           1  0.1E+01\n";
        NpbOutcome outcome = NpbParser.parse(text, "lu", 'S', 4);
        assertInstanceOf(NpbOutcome.CutOff.class, outcome, "died in the middle, and said nothing about why");
    }
}
