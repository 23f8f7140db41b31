package org.vnetp.microbench.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// As [WholeWayTest], of a loop that waits for frames and makes system calls: both threads' own count of bytes.
class WakeUpTest {
    private static final long PATIENCE_NS = 30_000_000_000L;
    private static final int SENDS = 2000;

    @ParameterizedTest
    @ValueSource(strings = {"guest", "vmm-immediate", "vmm-adaptive"})
    void neitherEndOfAWakeUpAllocatesOnceCompiled(String mode) throws InterruptedException {
        WakeUpBenchmark way = new WakeUpBenchmark();
        way.mode = mode;
        way.setUp();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try {
            long allocated = -1;
            // Interpreted code allocates: wait for the first window that is compiled throughout. On a busy machine the
            // JIT takes its time.
            long end = System.nanoTime() + PATIENCE_NS;
            while (allocated != 0 && System.nanoTime() < end) {
                // The own count is asked within: asking for another thread's allocates.
                long loopBefore = threads.getThreadAllocatedBytes(way.loopThread());
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < SENDS; i++) {
                    way.sendUntilWritten();
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
                allocated += threads.getThreadAllocatedBytes(way.loopThread()) - loopBefore;
            }
            assertEquals(0, allocated, "bytes in " + SENDS + " frames");
        } finally {
            way.tearDown();
        }
    }
}
