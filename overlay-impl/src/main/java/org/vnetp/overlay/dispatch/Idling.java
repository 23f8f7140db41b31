package org.vnetp.overlay.dispatch;

import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopCounters;

/// What a loop that polls does with its processor: yields or sleeps after empty rounds, as its
/// strategy says, and gives polling up for a while where others want the processor.
///
/// **Thread:** the loop's.
final class Idling {
    /// Idle processors that a direction needs to start polling, and fewer than which a polling one
    /// gives back its own.
    private static final double SPARE_PROCESSOR = 0.9;

    private static final double FULL_MACHINE = 0.1;

    private final Posix posix;
    private final LoopCounters counters;
    private final LoopCommands commands;
    private final IdleProcessors processors;
    private DispatchSettings settings;
    // Made by the loop's thread, which is the one it is about.
    private StarvationGuard guard;
    private int rounds;

    /// @param commands wake the loop from its sleep
    Idling(Posix posix, LoopCounters counters, LoopCommands commands, DispatchSettings settings, long now) {
        this.posix = posix;
        this.counters = counters;
        this.commands = commands;
        this.settings = settings;
        this.processors = new IdleProcessors(posix, now);
    }

    /// The loop's thread is this one.
    void begin() {
        if (guard == null) {
            guard = new StarvationGuard(posix);
        }
    }

    void configure(DispatchSettings next) {
        settings = next;
        if (guard != null) {
            // What it learnt belongs to the settings before.
            guard.forget();
        }
        rounds = 0;
    }

    /// What was idle before this loop polled must be a whole processor, nearly.
    boolean processorToSpare(long now) {
        return !(processors.idle(now) < SPARE_PROCESSOR);
    }

    /// A round had something to do.
    void worked() {
        rounds = 0;
    }

    /// A round blocked for work.
    void afterBlocking() {
        guard.onBlockingRound();
    }

    /// A round polled.
    ///
    /// @param empty nothing was there
    void afterPolling(boolean empty, long now, ModeController outMode, ModeController inMode) {
        boolean full = processors.idle(now) < FULL_MACHINE;
        long backoffNs = guard.onPollingRound(empty, full, now);
        if (backoffNs > 0) {
            String cause = "starvation guard: " + (full ? "no processor is idle" : "others wait for the CPU")
                    + ", blocks for " + backoffNs / 1_000_000 + " ms";
            boolean gaveWay = outMode.giveWay(now, now + backoffNs, cause);
            gaveWay |= inMode.giveWay(now, now + backoffNs, cause);
            if (gaveWay) {
                counters.increment(LoopCounter.STARVATION_GUARDS);
                return;
            }
        }
        if (empty) {
            idle();
        }
    }

    private void idle() {
        rounds++;
        boolean yields = switch (settings.yield()) {
            case IMMEDIATE -> true;
            case TIMED -> false;
            case ADAPTIVE -> rounds <= settings.tNoyieldRounds();
        };
        if (yields) {
            counters.increment(LoopCounter.YIELDS);
            posix.yieldCpu();
            return;
        }
        counters.increment(LoopCounter.SLEEPS);
        if (commands.fallAsleep()) {
            posix.sleepUnlessReadable(commands.descriptor(), settings.tSleepNs());
        }
        commands.awake();
    }

    void release() {
        processors.close();
        if (guard != null) {
            guard.close();
        }
    }
}
