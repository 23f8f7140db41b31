package org.vnetp.macrobench.mpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MpiTest {
    private static final int SECONDS = 60;

    private record Ended(int code, String text) {}

    @Tag("mpi")
    @ParameterizedTest
    @CsvSource({"openmpi, 1", "openmpi, 3", "openmpi, 4", "mpich, 1", "mpich, 2"})
    void everyCallBringsTheRightDataToTheRightRank(String mpi, int ranks) throws Exception {
        Ended ended = run(launcher(mpi).local(ranks, RankJvm.command(8 << 20, List.of(), MpiCalls.class, List.of())));

        assertEquals(0, ended.code(), ended.text());
        for (int rank = 0; rank < ranks; rank++) {
            assertTrue(ended.text().contains("rank " + rank + " of " + ranks + ": "), ended.text());
        }
    }

    /// UCX took SIGSEGV while Open MPI looked for a transport, and a safepoint then ended the rank.
    @Tag("mpi")
    @ParameterizedTest
    @CsvSource({"openmpi", "mpich"})
    void aRankMayBeStoppedAtSafepointsWhileMpiStarts(String mpi) throws Exception {
        Ended ended = run(launcher(mpi).local(2, RankJvm.command(8 << 20, List.of(), BusyStart.class, List.of())));

        assertEquals(0, ended.code(), ended.text());
        assertTrue(ended.text().contains("rank 0 started"), ended.text());
        assertTrue(ended.text().contains("rank 1 started"), ended.text());
    }

    @Tag("mpi")
    @Test
    void aRankOfOneMpiUnderTheOthersLauncherSaysSo() throws Exception {
        launcher("mpich");
        ProcessBuilder builder =
                launcher("openmpi").local(2, RankJvm.command(8 << 20, List.of(), MpiCalls.class, List.of()));
        // As a user's own shell might have it; the launcher's own setting is overruled by the property.
        List<String> words = builder.command();
        words.add(words.indexOf("-cp"), "-Dvnetp.mpi=mpich");

        Ended ended = run(builder);

        assertTrue(ended.code() != 0, ended.text());
        assertTrue(
                ended.text().contains("Mixed MPIs: this rank was started by Open MPI's mpirun but loaded MPICH's"),
                ended.text());
    }

    @Test
    void launchersAreRecognisedByWhatTheySayOfThemselves() {
        MpiLauncher four = MpiLauncher.recognise("/x/mpirun", "mpirun.openmpi (OpenRTE) 4.1.4\n");
        MpiLauncher five = MpiLauncher.recognise("/x/mpirun", "mpirun (Open MPI) 5.0.7\n\nReport bugs to ...");
        MpiLauncher mpich = MpiLauncher.recognise("/x/mpirun", "HYDRA build details:\n    Version:          4.0.2\n");

        assertEquals("Open MPI 4.1.4 (/x/mpirun)", four.description());
        assertEquals("Open MPI 5.0.7 (/x/mpirun)", five.description());
        assertEquals("MPICH 4.0.2 (/x/mpirun)", mpich.description());
        assertEquals(null, MpiLauncher.recognise("/x/mpirun", "Intel(R) MPI Library 2021"));
        assertTrue(four.local(2, List.of("a")).command().contains("vader,self"));
        assertTrue(five.local(2, List.of("a")).command().contains("sm,self"));
        // By words of the command, since an environment does not cross ssh.
        assertTrue(four.local(2, List.of("a")).command().contains("VNETP_MPI=openmpi"));
        assertTrue(mpich.local(2, List.of("a")).command().containsAll(List.of("-genv", "VNETP_MPI", "mpich")));
        assertTrue(mpich.local(2, List.of("a")).command().containsAll(List.of("-np", "2", "a")));
    }

    @Test
    void anUnknownMpiIsRefusedByName() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> MpiLauncher.find("lam"));
        assertEquals("Unknown MPI 'lam': expected openmpi or mpich", e.getMessage());
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

    private static Ended run(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
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
