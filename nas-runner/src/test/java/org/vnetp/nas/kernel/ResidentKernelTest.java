package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.macrobench.campaign.Resident;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.nas.npb.NpbOutcome;
import org.vnetp.nas.npb.NpbParser;

@Tag("mpi")
@Timeout(120)
class ResidentKernelTest {
    /// What is tested is the orders; class S is over before the second compiler's work would pay.
    private static final List<String> FIRST_COMPILER = List.of("-XX:TieredStopAtLevel=1");

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    /// Every region starts from the same data and is verified, whatever came before; the last word is NPB's.
    @ParameterizedTest
    @CsvSource({
        "openmpi, ep, 4",
        "openmpi, is, 4",
        "openmpi, cg, 4",
        "openmpi, mg, 4",
        "openmpi, ft, 4",
        "openmpi, lu, 4",
        "openmpi, sp, 4",
        "openmpi, bt, 4",
        "mpich, is, 2",
        "mpich, cg, 2",
    })
    void aKernelRunsItsRegionByOrderAndVerifiesEach(String mpi, String name, int ranks) throws Exception {
        MpiLauncher launcher = MpiForTests.launcher(mpi);
        Kernel kernel = Kernels.of(name);
        List<String> command = KernelJvm.resident(
                kernel, ProblemClass.S, ranks, "127.0.0.1", FIRST_COMPILER, List.of("--timers", "--warm-up", "0"));
        double total = 0;
        try (Resident resident = Resident.start(
                name,
                launcher.local(ranks, command),
                dir.resolve("out"),
                dir.resolve("err"),
                line -> RegionReport.parse(line).isPresent())) {
            for (int order = 0; order < 4; order++) {
                String answer = order == 0 ? resident.answer(LONG) : resident.ask("go " + order, LONG);
                RegionReport report = RegionReport.parse(answer).orElseThrow();
                assertTrue(report.verified(), answer);
                assertEquals(order, report.number());
                assertEquals(Math.max(1, order), report.passes());
                assertEquals(report.passes(), report.each().size());
                assertTrue(report.seconds() > 0 && report.mops() > 0, answer);
                assertTrue(report.communication() >= 0 && report.communication() <= 1, answer);
                // All threads of all ranks: rank 0 alone computed for less than the sum of its passes.
                assertTrue(report.cpuNanos() > 0, answer);
                total += report.passes() * report.seconds();
            }
        }
        String text = Files.readString(dir.resolve("out"));
        NpbOutcome outcome = NpbParser.parse(text, name, 'S', ranks);
        NpbOutcome.Verified verified = assertInstanceOf(NpbOutcome.Verified.class, outcome, text);
        // Of all 7 passes; the slowest rank of each is slower than the rank that is so on the whole.
        assertEquals(total / 7, verified.result().seconds(), 0.02 + 0.3 * total / 7, text);
    }

    /// Long regions count from the first: the job waits when it has warmed up, and then runs and verifies that one.
    @ParameterizedTest
    @CsvSource({"openmpi, cg, 4", "openmpi, lu, 4", "openmpi, sp, 4", "openmpi, bt, 4", "mpich, cg, 2"})
    void aKernelWaitsForTheOrderToRunItsFirstRegion(String mpi, String name, int ranks) throws Exception {
        MpiLauncher launcher = MpiForTests.launcher(mpi);
        List<String> command = KernelJvm.resident(
                Kernels.of(name),
                ProblemClass.S,
                ranks,
                "127.0.0.1",
                FIRST_COMPILER,
                List.of("--timers", "--warm-up", "0.2", "--first-by-order"));
        try (Resident resident = Resident.start(
                name, launcher.local(ranks, command), dir.resolve("out"), dir.resolve("err"), RegionReport::answers)) {
            assertEquals(RegionReport.READY, resident.answer(LONG));
            for (int order = 0; order < 3; order++) {
                String answer = resident.ask("go " + (order + 1), LONG);
                RegionReport report = RegionReport.parse(answer).orElseThrow();
                assertTrue(report.verified(), answer);
                assertEquals(order, report.number());
                assertEquals(order + 1, report.passes());
            }
        }
        String text = Files.readString(dir.resolve("out"));
        assertInstanceOf(NpbOutcome.Verified.class, NpbParser.parse(text, name, 'S', ranks), text);
    }

    @ParameterizedTest
    @CsvSource({"openmpi, 4", "mpich, 2"})
    void aJobThatIsToldToEndBeforeItsFirstRegionEndsWell(String mpi, int ranks) throws Exception {
        List<String> command = KernelJvm.resident(
                Kernels.of("cg"),
                ProblemClass.S,
                ranks,
                "127.0.0.1",
                FIRST_COMPILER,
                List.of("--warm-up", "0", "--first-by-order"));
        Process job = MpiForTests.launcher(mpi)
                .local(ranks, command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("out").toFile())
                .start();
        try {
            job.getOutputStream().write("end\n".getBytes(StandardCharsets.UTF_8));
            job.getOutputStream().flush();
            assertTrue(job.waitFor(60, TimeUnit.SECONDS), () -> text("out"));
            assertEquals(0, job.exitValue(), () -> text("out"));
            assertTrue(text("out").contains(RegionReport.READY), text("out"));
        } finally {
            job.destroyForcibly();
        }
    }

    private String text(String file) {
        try {
            return Files.readString(dir.resolve(file));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
