package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.testbed.NeedsForTests;

@Timeout(60)
class ProgramTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path dir;

    private Program.Result run(String script, Duration limit) throws IOException, InterruptedException {
        return Program.run(new ProcessBuilder("sh", "-c", script), dir.resolve("out"), dir.resolve("err"), limit);
    }

    /// Whether a process that sleeps for exactly this many seconds is alive.
    private static boolean sleeps(String seconds) {
        return ProcessHandle.allProcesses()
                .anyMatch(p -> p.info()
                        .arguments()
                        .filter(a -> a.length == 1 && a[0].equals(seconds))
                        .isPresent());
    }

    /// A process that was killed is there until it has died, and until its new parent has waited for it.
    private static void goes(String seconds, String what) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (sleeps(seconds)) {
            assertTrue(System.nanoTime() < end, what);
            Thread.sleep(20);
        }
    }

    @Test
    void keepsBothOutputsAndTheExitCode() throws Exception {
        Program.Result result = run("echo data; echo trouble >&2; exit 3", PATIENCE);
        assertEquals("data\n", Files.readString(dir.resolve("out")));
        assertEquals("trouble\n", Files.readString(dir.resolve("err")));
        assertEquals(3, result.exitCode());
        assertFalse(result.timedOut());
    }

    @Test
    void countsTheCpuTimeOfGrandchildren() throws Exception {
        Program.Result result = run("sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'", PATIENCE);
        assertTrue(result.cpuSeconds() > 0.02, "cpu seconds " + result.cpuSeconds());
    }

    @Test
    void killsARunAtItsLimitWithProcessesThatLeftItsGroup() throws Exception {
        Program.Result result =
                run("trap '' TERM; setsid sleep 987.25 & sleep 987.5; sleep 987.5", Duration.ofMillis(300));
        assertTrue(result.timedOut());
        goes("987.25", "the process in another session is still there");
        goes("987.5", "the process in the group is still there");
    }

    @Test
    void leavesNothingBehindWhenInterrupted() throws Exception {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> run("sleep 986.75", PATIENCE));
        goes("986.75", "it is still there");
    }

    @Test
    void killsWhatAGoodRunLeftBehind() throws Exception {
        Program.Result result = run("setsid sleep 985.5 >/dev/null 2>&1 & sleep 0.1; exit 0", PATIENCE);
        assertEquals(0, result.exitCode());
        goes("985.5", "it is still there");
    }

    private static final String FRAME = "-".repeat(74) + "\n";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    nothing at all  |                                    | ""
                    its last line   | one~two~~                          | two
                    an error        | one~an error here~two              | an error here
                    a frame         | "=There are not enough slots in the~system to satisfy the 4 slots: app~~Either fewer.~=" | There are not enough slots in the system to satisfy the 4 slots
                    a whole frame   | =no end of a sentence~=            | no end of a sentence
                    the first frame | =First thing. More.~=~=Second.~=   | First thing
                    one beside it   | "[m:1] note~=Job aborted. x~=~"    | Job aborted
                    an error beside | "=A process was killed. x~=~java.lang.Error: y" | java.lang.Error: y
                    an open frame   | "first~=Cut"                       | Cut
                    dashes alone    | =~                                 | ""
                    """)
    void whatItSaidIsTheErrorOrTheLaunchersSentence(String name, String errors, String said) {
        String text = errors == null ? "" : errors.replace("=", FRAME).replace("~", "\n");
        assertEquals(said.isEmpty() ? "" : "; it said: " + said, Program.said(text), name);
    }

    /// Open MPI 4.1's own words.
    @Test
    void anMpiLaunchersReasonIsItsSentence() throws Exception {
        NeedsForTests.program("mpirun.openmpi");
        Program.Result result = Program.run(
                MpiLauncher.find("openmpi").local(2, java.util.List.of("/no/such")),
                dir.resolve("out"),
                dir.resolve("err"),
                PATIENCE);
        assertTrue(result.exitCode() != 0);
        assertEquals(
                "; it said: mpirun was unable to launch the specified application as it could not access or execute an executable",
                Program.said(Files.readString(dir.resolve("err"))).replace(".openmpi", ""));
    }
}
