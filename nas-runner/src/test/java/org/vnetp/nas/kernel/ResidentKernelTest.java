package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.macrobench.campaign.Resident;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.MpiUnavailableException;
import org.vnetp.nas.npb.NpbOutcome;
import org.vnetp.nas.npb.NpbParser;

@Tag("mpi")
@Timeout(120)
class ResidentKernelTest {
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
        MpiLauncher launcher = launcher(mpi);
        Kernel kernel = Kernels.of(name);
        List<String> command = KernelJvm.resident(
                kernel, ProblemClass.S, ranks, "127.0.0.1", List.of(), List.of("--timers", "--warm-up", "0"));
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

    private static MpiLauncher launcher(String mpi) {
        try {
            return MpiLauncher.find(mpi);
        } catch (MpiUnavailableException e) {
            if ("required".equals(System.getProperty("vnetp.it"))) {
                throw e;
            }
            Assumptions.abort(e.getMessage());
            throw e;
        }
    }
}
