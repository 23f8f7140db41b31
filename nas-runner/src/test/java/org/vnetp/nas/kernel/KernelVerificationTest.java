package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.MpiUnavailableException;
import org.vnetp.macrobench.mpi.RankJvm;

@Tag("mpi")
class KernelVerificationTest {
    private static final long HEAP = 192 << 20;
    private static final int SECONDS = 120;
    private static final Pattern SUCCESS = Pattern.compile("Verification    =               SUCCESSFUL");

    private record Ended(int code, String text) {}

    @ParameterizedTest
    @CsvSource({
        "openmpi, 1, S",
        "openmpi, 2, S",
        "openmpi, 3, S",
        "openmpi, 4, S",
        "openmpi, 8, S",
        "openmpi, 9, S",
        "openmpi, 16, S",
        "mpich, 1, S",
        "mpich, 2, S",
    })
    void everyKernelVerifiesOnEveryRankCountThatSuitsIt(String mpi, int ranks, ProblemClass problemClass)
            throws Exception {
        List<String> names = new ArrayList<>();
        for (Kernel kernel : Kernels.all()) {
            try {
                kernel.check(problemClass, ranks);
                names.add(kernel.name().toLowerCase(Locale.ROOT) + "." + problemClass);
            } catch (IllegalArgumentException e) {
                // Not for this kernel.
            }
        }
        sweep(mpi, ranks, names);
    }

    @Test
    void theQuickKernelsVerifyAtClassWToo() throws Exception {
        sweep("openmpi", 4, List.of("ep.W", "is.W", "cg.W", "mg.W", "ft.W"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"openmpi", "mpich"})
    void aRankThatDiesNamesItselfAndTakesTheJobDown(String mpi) throws Exception {
        Ended ended = run(mpi, 2, RankJvm.command(8 << 20, DyingRank.class, List.of()));

        assertTrue(ended.code() != 0, ended.text());
        assertTrue(
                ended.text().contains("error: rank 1 of 2 died: java.lang.IllegalStateException: told to die"),
                ended.text());
        assertTrue(ended.text().contains("at org.vnetp.nas.kernel.DyingRank"), ended.text());
    }

    @Test
    void aHeapTooSmallIsRefusedByOneRankWithTheNeed() throws Exception {
        Ended ended = run("openmpi", 2, RankJvm.command(8 << 20, KernelMain.class, List.of("ft.A")));

        assertEquals(2, ended.code(), ended.text());
        assertEquals(
                1,
                Pattern.compile("error: ft.A on 2 ranks needs a heap of \\d+ MiB a rank")
                        .matcher(ended.text())
                        .results()
                        .count(),
                ended.text());
    }

    private static void sweep(String mpi, int ranks, List<String> names) throws Exception {
        Ended ended = run(mpi, ranks, RankJvm.command(HEAP / ranks + (24 << 20), KernelSweep.class, names));

        assertEquals(0, ended.code(), ended.text());
        assertEquals(names.size(), SUCCESS.matcher(ended.text()).results().count(), () -> names + "\n" + ended.text());
    }

    private static Ended run(String mpi, int ranks, List<String> command) throws IOException, InterruptedException {
        MpiLauncher launcher;
        try {
            launcher = MpiLauncher.find(mpi);
        } catch (MpiUnavailableException e) {
            if ("required".equals(System.getProperty("vnetp.it"))) {
                throw e;
            }
            Assumptions.abort(e.getMessage());
            throw e;
        }
        Process process =
                launcher.local(ranks, command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        Thread ender = Thread.startVirtualThread(() -> {
            try {
                if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        ender.join();
        return new Ended(code, text);
    }
}
