package org.vnetp.macrobench.campaign;

import java.time.Duration;

/// Stops a campaign when the JVM is told to end by SIGINT or SIGTERM, and holds the end back until the thread
/// that made this has removed what it had brought up.
///
/// ```java
/// try (StopOnSignal stop = StopOnSignal.here(Duration.ofSeconds(30))) {
///     ...
///     stop.campaign(campaign);
///     campaign.run();
/// }
/// if (!StopOnSignal.ending()) System.exit(code);
/// ```
public final class StopOnSignal implements AutoCloseable {
    private static volatile boolean ending;

    private final Thread main;
    private final Duration cleanUp;
    private volatile Runnable running;
    private volatile boolean done;

    private StopOnSignal(Thread main, Duration cleanUp) {
        this.main = main;
        this.cleanUp = cleanUp;
    }

    /// Watches for signals on behalf of the calling thread.
    ///
    /// @param cleanUp how long the end waits at most for that thread
    public static StopOnSignal here(Duration cleanUp) {
        StopOnSignal stop = new StopOnSignal(Thread.currentThread(), cleanUp);
        Runtime.getRuntime().addShutdownHook(new Thread(stop::signalled, "stop-on-signal"));
        return stop;
    }

    /// Whether a signal is ending this process: [System#exit] must not be called then, it would wait for the
    /// hook that waits for its caller.
    public static boolean ending() {
        return ending;
    }

    /// The campaign to stop; stopped at once when a signal has come already.
    public void campaign(Campaign campaign) {
        stops(campaign::stop);
    }

    /// What stops that which runs from now on; called at once when a signal has come already, else by the
    /// thread that hears of it.
    public void stops(Runnable stop) {
        running = stop;
        if (ending) {
            stop.run();
        }
    }

    /// The session has ended by itself; an exit from now on is an ordinary one.
    @Override
    public void close() {
        done = true;
    }

    private void signalled() {
        if (done) {
            return;
        }
        ending = true;
        Runnable stop = running;
        if (stop != null) {
            stop.run();
        }
        try {
            main.join(cleanUp.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
