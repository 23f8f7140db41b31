package org.vnetp.overlay;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The thread on which a node measures, from the first time that something is to be measured on. A node that was never
/// told to measure has none.
///
/// **Thread:** any; [#close] not with the node's lock held, for what goes on takes that.
/// **Ownership:** the thread is this object's and ends with it.
final class Measurer implements AutoCloseable {
    private final boolean threads;
    private final LongSupplier work;
    private final Consumer<String> log;
    private Caretaker thread;

    /// @param threads whether the node has any; else whoever steps it measures by hand
    /// @param work does what is due, and gives milliseconds until the next time, or
    ///             [Caretaker#UNTIL_CALLED]; takes the node's lock by itself
    Measurer(boolean threads, LongSupplier work, Consumer<String> log) {
        this.threads = threads;
        this.work = work;
        this.log = log;
    }

    /// There is something to measure, or no more.
    synchronized void call() {
        if (!threads) {
            return;
        }
        if (thread == null) {
            thread = new Caretaker("vnetp-measure", work, log);
        }
        thread.call();
    }

    @Override
    public void close() {
        Caretaker there;
        synchronized (this) {
            there = thread;
        }
        if (there != null) {
            there.close();
        }
    }
}
