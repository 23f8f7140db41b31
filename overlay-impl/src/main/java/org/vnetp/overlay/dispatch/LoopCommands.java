package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopCounters;

/// What other threads tell a loop to do between two rounds, and the eventfd by which they wake it for that.
///
/// A loop that is about to sleep says so first ([#fallAsleep]) and looks for commands after; who adds one looks whether
/// it sleeps after. So one of both sees the other, and no command waits for a frame to come.
///
/// **Thread:** [#add] and [#close] are any thread's, the rest is the loop's.
final class LoopCommands {
    private final ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final LoopCounters counters;
    private final int wake;
    private final MemorySegment buffer = Arena.ofAuto().allocate(8, 8);
    private volatile boolean closed;
    private volatile boolean asleep;

    /// @throws org.vnetp.overlay.posix.PosixException where there is no eventfd to be had
    LoopCommands(Posix posix, LoopCounters counters) {
        this.counters = counters;
        this.wake = Posix.check(posix.eventfd(), "create an eventfd");
    }

    // --- any thread ---

    /// Adds a command, and wakes the loop where it sleeps.
    void add(Runnable command) {
        waiting.add(command);
        if (asleep) {
            wakeUp();
        }
    }

    /// Tells the loop to end, and wakes it.
    void close() {
        closed = true;
        wakeUp();
    }

    private void wakeUp() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocate(8, 8);
            one.set(ValueLayout.JAVA_LONG, 0, 1);
            new Posix().write(wake, one.address(), 8);
        }
    }

    // --- the loop's thread ---

    /// Whether the loop is to end.
    boolean closed() {
        return closed;
    }

    /// Runs all commands that wait.
    void run() {
        Runnable command = waiting.poll();
        while (command != null) {
            counters.increment(LoopCounter.COMMANDS);
            command.run();
            command = waiting.poll();
        }
    }

    /// The loop is about to sleep, until [#awake].
    ///
    /// @return false where it must not, as there is something to do
    boolean fallAsleep() {
        asleep = true;
        return waiting.isEmpty() && !closed;
    }

    /// The loop sleeps no more.
    void awake() {
        asleep = false;
    }

    /// Becomes readable when somebody wakes the loop.
    int descriptor() {
        return wake;
    }

    /// Takes what the loop was woken by.
    ///
    /// @return whether there was anything
    boolean takeWake(Posix posix) {
        return posix.read(wake, buffer.address(), 8) > 0;
    }

    /// Frees the eventfd; nobody uses this any more.
    void release(Posix posix) {
        posix.close(wake);
    }
}
