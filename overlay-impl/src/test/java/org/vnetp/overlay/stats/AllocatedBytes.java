package org.vnetp.overlay.stats;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// The thread's own count of allocated bytes.
public final class AllocatedBytes {
    /// Many, since on a busy machine the JIT takes its time.
    private static final int WINDOWS = 200;

    private AllocatedBytes() {}

    /// Bytes that so many turns allocate once they are compiled. Interpreted code allocates: this waits for the first
    /// window that is compiled throughout, and gives the least of any where there is none.
    public static long onceCompiled(int turns, Runnable turn) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int window = 0; window < WINDOWS && least > 0; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < turns; i++) {
                turn.run();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
