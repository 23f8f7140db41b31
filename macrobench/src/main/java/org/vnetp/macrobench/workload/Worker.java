package org.vnetp.macrobench.workload;

import java.io.IOException;

/// Threads of the programs that workloads run at endpoints.
final class Worker {
    /// What such a thread does.
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    private Worker() {}

    /// Starts a thread whose failure ends the program, with its name and the cause on standard error.
    static void start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        System.err.println(name + ": " + e);
                        Runtime.getRuntime().halt(1);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }
}
