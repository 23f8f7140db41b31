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
}
