package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.overlay.control.ControlSession;
import org.vnetp.overlay.control.NodeController;
import org.vnetp.overlay.control.StatementException;

/// What `dispatch` says of scheduling is what the kernel does with the loops' threads.
@Timeout(60)
class LoopSchedulingTest {
    private static final long PATIENCE_NS = 20_000_000_000L;

    /// Fields of /proc/PID/task/TID/stat behind the name: nice is the 19th of all, policy the 41st (proc(5)).
    private static final int NICE = 19 - 3;

    private static final int POLICY = 41 - 3;

    @Test
    void theKernelSchedulesLoopsAsToldAndForgetsItWhenTold() throws Exception {
        try (OverlayNode node = new OverlayNode("quiet", OverlayNode.Threading.SHARED, System::nanoTime, _ -> {});
                NodeController controller = new NodeController(node)) {
            ControlSession session = new ControlSession(controller);
            String before = allowed();
            session.line("dispatch policy batch nice 5 cpus " + before.split("[,-]")[0]);
            awaitPolicyAndNice("3 5");
            assertEquals(before.split("[,-]")[0], allowed());
            // A loop that is made anew begins as the others are.
            session.line("dispatch dispatchers 2");
            awaitPolicyAndNice("3 5");
            assertTrue(session.line("show dispatch").contains("policy batch nice 5 slice auto cpus"));
            session.line("dispatch policy idle cpus any");
            awaitPolicyAndNice("5 5");
            assertEquals(before, allowed());
        }
    }

    @Test
    void whatTheKernelRefusesChangesNothingAndIsNamed() throws Exception {
        try (OverlayNode node = new OverlayNode("quiet", OverlayNode.Threading.SHARED, System::nanoTime, _ -> {});
                NodeController controller = new NodeController(node)) {
            ControlSession session = new ControlSession(controller);
            StatementException refusal = assertThrows(
                    StatementException.class, () -> session.line("dispatch mode guest policy batch cpus 1023"));
            assertTrue(refusal.getMessage().contains("cpus 1023"), refusal.getMessage());
            assertTrue(session.line("show dispatch").startsWith("dispatch mode-out adaptive"));
            awaitPolicyAndNice("0 0");
            for (String bad :
                    List.of("cpus 3-1", "cpus a", "nice 20", "nice -21", "nice x", "slice 1us", "policy rr")) {
                StatementException e =
                        assertThrows(StatementException.class, () -> session.line("dispatch " + bad), bad);
                assertTrue(e.getMessage().contains("expected"), e.getMessage());
            }
        }
    }

    /// The thread of a node that was closed may be listed for a moment more.
    private static void awaitPolicyAndNice(String wanted) throws Exception {
        long end = System.nanoTime() + PATIENCE_NS;
        while (!policyAndNice().equals(wanted) && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        assertEquals(wanted, policyAndNice());
    }

    private static String policyAndNice() throws Exception {
        String[] fields = loop("stat").replaceFirst("^.*\\) ", "").split(" ");
        return fields[POLICY] + " " + fields[NICE];
    }

    private static String allowed() throws Exception {
        return loop("status")
                .lines()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .findFirst()
                .orElseThrow()
                .split(":")[1]
                .strip();
    }

    /// A thread bears its name only once it runs, which on a busy machine is later than its start.
    private static String loop(String file) throws Exception {
        long end = System.nanoTime() + PATIENCE_NS;
        while (System.nanoTime() < end) {
            try (var tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
                for (Path task : tasks) {
                    if (Files.readString(task.resolve("comm")).startsWith("vnetp-loop0")) {
                        return Files.readString(task.resolve(file));
                    }
                }
            } catch (IOException gone) {
                // Another thread ended between its name's listing and its reading.
            }
            Thread.sleep(5);
        }
        throw new AssertionError("no thread of the name vnetp-loop0");
    }
}
