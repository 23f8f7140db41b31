package org.vnetp.overlay;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.posix.Ended;

/// The thread that does what a node has to do by itself, beside statements: it sleeps until somebody calls, or until
/// something that the node waits for is to be looked at again. A node that lacks nothing never wakes it.
final class Caretaker implements AutoCloseable {
    /// What the work returns when there is nothing to wait for but a call.
    static final long UNTIL_CALLED = -1;

    private static final long AFTER_FAILURE_MS = 1000;

    private final LongSupplier work;
    private final Consumer<String> log;
    private final Thread thread;
    private volatile boolean called;
    private volatile boolean closed;

    /// @param work one look; returns milliseconds until the next, or [#UNTIL_CALLED]. Takes the node's lock by itself.
    /// @param log  told where the work fails with an exception; it is then tried again
    Caretaker(LongSupplier work, Consumer<String> log) {
        this("vnetp-care", work, log);
    }

    /// @param name the thread's
    Caretaker(String name, LongSupplier work, Consumer<String> log) {
        this.work = work;
        this.log = log;
        this.thread = Thread.ofPlatform().name(name).daemon(true).start(this::run);
    }

    /// Asks for a look. From any thread, loops included: never waits.
    void call() {
        called = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        long pauseMs = UNTIL_CALLED;
        while (!closed) {
            if (!called) {
                if (pauseMs == UNTIL_CALLED) {
                    LockSupport.park(this);
                } else {
                    LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(pauseMs));
                }
                if (closed || pauseMs == UNTIL_CALLED && !called) {
                    continue;
                }
            }
            called = false;
            try {
                pauseMs = work.getAsLong();
            } catch (RuntimeException | Error e) {
                log.accept("the node's caretaker: " + e);
                pauseMs = AFTER_FAILURE_MS;
            }
        }
    }

    /// Ends the thread, once a look that goes on is over. Not to be called with the node's lock held.
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        Ended.await(thread);
    }
}
