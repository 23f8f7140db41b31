package org.vnetp.microbench.dispatch;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// The thread's own count of allocated bytes: what JMH's profiler can only bound, exactly.
final class AllocatedBytes {
    private static final int WINDOWS = 100;

    private AllocatedBytes() {}

    /// Bytes that so many turns allocate once they are compiled. Interpreted code allocates: this waits for the first
    /// window that is compiled throughout, and gives the last one's where there is none.
    static long onceCompiled(int turns, Runnable turn) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = -1;
        for (int window = 0; window < WINDOWS && allocated != 0; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < turns; i++) {
                turn.run();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        return allocated;
    }
}
