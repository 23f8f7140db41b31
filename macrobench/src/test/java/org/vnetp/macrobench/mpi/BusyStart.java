package org.vnetp.macrobench.mpi;

/// A rank whose other threads run and are stopped at safepoints all the while it starts MPI, as a JIT or a collector
/// may do in any rank.
final class BusyStart {
    private static volatile boolean over;

    private BusyStart() {}

    public static void main(String[] arguments) throws InterruptedException {
        Thread spinner = Thread.ofPlatform().start(() -> {
            long sum = 0;
            while (!over) {
                for (long i = 0; i < 1 << 16; i++) {
                    sum += i * sum;
                }
            }
            System.setProperty("sum", Long.toString(sum));
        });
        Thread collector = Thread.ofPlatform().start(() -> {
            while (!over) {
                System.gc();
            }
        });
        // So that the loop is compiled, and stops by reading the JVM's guarded page.
        Thread.sleep(300);
        try (Mpi mpi = Mpi.init()) {
            over = true;
            spinner.join();
            collector.join();
            mpi.world().barrier();
            System.out.println("rank " + mpi.world().rank() + " started");
        }
    }
}
