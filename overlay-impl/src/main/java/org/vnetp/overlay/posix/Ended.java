package org.vnetp.overlay.posix;

/// Waits for threads that have been told to end.
public final class Ended {
    private Ended() {}

    /// Returns when the thread has ended, whatever interrupts the caller meanwhile: what the thread used may be freed
    /// then. An interruption is kept for who asks next.
    public static void await(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
