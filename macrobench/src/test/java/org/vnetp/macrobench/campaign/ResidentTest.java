package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.MpiUnavailableException;
import org.vnetp.macrobench.mpi.RankJvm;
import org.vnetp.macrobench.testbed.Machine;

/// Resident ranks with everything real: launcher, ranks, gate.
@Tag("mpi")
@Timeout(120)
class ResidentTest {
    private static final String RANKS = "org.vnetp.macrobench.mpi.WaitingRanks";
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    static List<String> command(String address) throws ClassNotFoundException {
        return RankJvm.command(8 << 20, RankJvm.WAITING, Class.forName(RANKS), List.of(address));
    }

    private Resident start(String mpi, int ranks) throws IOException, ClassNotFoundException {
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
        return Resident.start(
                "the ranks",
                launcher.local(ranks, command("127.0.0.1")),
                dir.resolve("out"),
                dir.resolve("err"),
                line -> line.startsWith("heard "));
    }

    /// Our ranks, told from those of other tests by the directory that only their launchers know of.
    private static List<ProcessHandle> ranks(ProcessHandle above) {
        return above.descendants().filter(ResidentTest::isRank).toList();
    }

    private static boolean isRank(ProcessHandle process) {
        Optional<String[]> arguments = process.info().arguments();
        return process.info().command().orElse("").endsWith("/java")
                && List.of(arguments.orElse(new String[0])).contains(RANKS);
    }

    /// A process that has ended runs no more, though nobody may have asked for its exit code yet: in a container there
    /// may be no init that does.
    private static boolean runs(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return false;
        }
    }

    private static void eventually(BooleanSupplier condition, String what) throws InterruptedException {
        long end = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, what);
            Thread.sleep(10);
        }
    }

    @ParameterizedTest
    @CsvSource({"openmpi, 2", "openmpi, 4", "mpich, 2"})
    void everyOrderReachesEveryRankAndEndsInOneAnswer(String mpi, int ranks) throws Exception {
        List<ProcessHandle> jvms;
        try (Resident resident = start(mpi, ranks)) {
            assertEquals("heard nothing by all", resident.answer(LONG));
            assertEquals("heard go 1 by all", resident.ask("go 1", LONG));
            Thread.sleep(300); // waiting, not between two orders
            assertEquals("heard go 2 by all", resident.ask("go 2", LONG));
            jvms = ranks(ProcessHandle.current());
            assertEquals(ranks, jvms.size());
        }
        assertTrue(jvms.stream().noneMatch(ResidentTest::runs), "a rank is still there");
        // Verbatim, with what is no answer.
        assertEquals(
                "heard nothing by all\nnot an answer\nheard go 1 by all\nnot an answer\nheard go 2 by all\nnot an answer\n",
                Files.readString(dir.resolve("out")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"openmpi", "mpich"})
    void aRankThatIsKilledTakesTheJobDownAndIsSaid(String mpi) throws Exception {
        try (Resident resident = start(mpi, 2)) {
            resident.answer(LONG);
            List<ProcessHandle> jvms = ranks(ProcessHandle.current());
            jvms.getLast().destroyForcibly();
            Resident.GoneException e =
                    assertThrows(Resident.GoneException.class, () -> resident.ask("work", Duration.ofSeconds(60)));
            assertTrue(e.getMessage().startsWith("the ranks: "), e.getMessage());
            assertTrue(e.getMessage().contains("exit code") && !e.hung(), e.getMessage());
            assertFalse(resident.alive());
            eventually(() -> jvms.stream().noneMatch(ResidentTest::runs), "a rank is still there");
            assertThrows(Resident.GoneException.class, () -> resident.ask("go 1", LONG));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"openmpi", "mpich"})
    void aLauncherThatIsKilledWhileRanksWorkLeavesNone(String mpi) throws Exception {
        try (Resident resident = start(mpi, 2)) {
            resident.answer(LONG);
            List<ProcessHandle> jvms = ranks(ProcessHandle.current());
            assertEquals(2, jvms.size());
            ProcessHandle launcher = ProcessHandle.current()
                    .children()
                    .filter(child -> !ranks(child).isEmpty())
                    .findFirst()
                    .orElseThrow();
            Thread killer = Thread.ofVirtual().start(() -> {
                try {
                    Thread.sleep(300); // the order is under way by then
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                launcher.destroyForcibly();
            });
            assertThrows(Resident.GoneException.class, () -> resident.ask("work", LONG));
            killer.join();
            eventually(() -> jvms.stream().noneMatch(ResidentTest::runs), "a rank is still there");
        }
    }

    /// Nobody is left to end them: they must see it themselves, waiting or in the middle of a region.
    @ParameterizedTest
    @CsvSource({"openmpi, ", "openmpi, work", "mpich, ", "mpich, work"})
    void aHarnessThatIsKilledLeavesNoRank(String mpi, String order) throws Exception {
        try (Resident probe = start(mpi, 2)) {
            probe.answer(LONG); // this MPI is there
        }
        List<String> words = new java.util.ArrayList<>(List.of(
                Machine.java(),
                "-cp",
                Machine.classPath(),
                "--enable-native-access=ALL-UNNAMED",
                AbandoningHarness.class.getName(),
                mpi,
                dir.toString()));
        if (order != null) {
            words.add(order);
        }
        Process harness = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader said =
                new BufferedReader(new InputStreamReader(harness.getInputStream(), StandardCharsets.UTF_8));
        assertEquals("ready", said.readLine());
        Thread.sleep(order == null ? 0 : 300); // it has been given by then
        List<ProcessHandle> all = harness.descendants().toList();
        assertEquals(2, all.stream().filter(ResidentTest::isRank).count());
        harness.destroyForcibly();
        eventually(() -> all.stream().noneMatch(ResidentTest::runs), "left: " + all);
    }

    @Test
    void aRankThatHangsIsEndedAtTheLimitAndSaid() throws Exception {
        try (Resident resident = start("openmpi", 2)) {
            resident.answer(LONG);
            List<ProcessHandle> jvms = ranks(ProcessHandle.current());
            Resident.GoneException e =
                    assertThrows(Resident.GoneException.class, () -> resident.ask("hang", Duration.ofSeconds(1)));
            assertTrue(e.getMessage().contains("no answer within 1 s") && e.hung(), e.getMessage());
            eventually(() -> jvms.stream().noneMatch(ResidentTest::runs), "a rank is still there");
        }
    }

    @Test
    void aProgramThatSaysNothingTellsWhy() throws Exception {
        try (Resident resident = Resident.start(
                "a shell",
                new ProcessBuilder("sh", "-c", "echo 'error: no such kernel' >&2; exit 2"),
                dir.resolve("out"),
                dir.resolve("err"),
                line -> true)) {
            Resident.GoneException e = assertThrows(Resident.GoneException.class, () -> resident.answer(LONG));
            assertEquals("a shell: ended with exit code 2; it said: error: no such kernel", e.getMessage());
        }
    }
}
