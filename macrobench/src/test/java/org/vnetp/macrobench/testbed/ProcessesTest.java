package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessesTest {
    private static final double WORK_S = 0.1;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    /// A daemon that only waits for what it has started, as wireguard-go's in its own mount namespace does.
    @Test
    void cpuTimeIsThatOfWhatAProcessStartedToo() throws Exception {
        Process waits = new ProcessBuilder("sh", "-c", "sh -c 'while :; do :; done' & echo there; wait").start();
        try {
            waits.inputReader().readLine();
            long end = System.nanoTime() + PATIENCE_NS;
            while (Processes.cpuSeconds(waits.pid()) < WORK_S) {
                assertTrue(System.nanoTime() < end, "no CPU time of the child");
                Thread.sleep(20);
            }
        } finally {
            waits.descendants().forEach(ProcessHandle::destroyForcibly);
            waits.destroyForcibly().waitFor();
        }
        assertEquals(0, Processes.cpuSeconds(waits.pid()), "gone");
    }

    /// A User-Mode Linux kernel runs each of its guest's processes in one of its own, and waits for it.
    @Test
    void cpuTimeOfWhatHasEndedIsCountedWhereItIsAskedFor() throws Exception {
        String work = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
        Process waits = new ProcessBuilder("sh", "-c", "sh -c '" + work + "'; echo done; read x").start();
        try {
            assertEquals("done", waits.inputReader().readLine());
            double alive = Processes.cpuSeconds(waits.pid());
            double all = Processes.cpuSecondsWithEnded(waits.pid());
            assertTrue(all > alive + 0.02, all + " s with what has ended, " + alive + " s without");
        } finally {
            waits.destroyForcibly().waitFor();
        }
        assertEquals(0, Processes.cpuSecondsWithEnded(waits.pid()), "gone");
    }
}
