package org.vnetp.overlay.dispatch;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.posix.Epoll;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.Scheduling;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;

/// One loop over its ports: takes commands, visits NICs (way out) and links (way in), and waits as its mode says.
///
/// A direction in guest-driven mode is visited when epoll says that there is something; one in VMM-driven mode each
/// round. While either polls, the loop never blocks but yields, as its strategy says.
///
/// **Thread:** all methods but [#execute], [#close], [#describe] and [#statistics] belong to the loop's thread.
/// Commands run between two rounds, so they may change whatever the loop owns; what they call is in [LoopParts].
public final class DispatchLoop extends LoopParts implements Runnable {
    /// An event came back from the wait so fast that it had been there before: there is more where it came from.
    private static final long AT_ONCE_NS = 2_000;

    /// What epoll hands back where somebody has told the loop to do something; else as [ReadPorts]
    /// has it.
    private static final int EVENT_WAKE = 1 << 17;

    /// While a frame is unfinished, or addresses age, the loop looks after it so often.
    private static final int EXPIRE_MS = 50;

    /// While frames may be held, so often.
    private static final int MOVES_MS = 5;

    /// To epoll: no time-out.
    private static final int FOREVER_MS = -1;

    private static final long EXPIRE_NS = EXPIRE_MS * 1_000_000L;
    private static final long AGE_NS = 1_000_000_000L;

    private final Descriptors.Watch wakeWatch;

    private int outFrames;
    private int inFrames;
    private long lastExpireNs;
    private long lastAgeNs;

    /// @param onError told about an exception at the loop's edge; the loop goes on
    public DispatchLoop(
            Posix posix,
            LongSupplier clock,
            Ports ports,
            LoopStatistics statistics,
            DispatchSettings settings,
            Consumer<Throwable> onError) {
        super(posix, clock, ports, statistics, settings, onError);
        long now = clock.getAsLong();
        this.lastAgeNs = now;
        this.lastExpireNs = now;
        this.wakeWatch = descriptors.add(commands.descriptor(), EVENT_WAKE, Epoll.IN, "the eventfd");
    }

    @Override
    public void run() {
        // A timed sleep of 50 us should not take 100.
        Scheduling.timerSlack(1_000);
        if (!settings.scheduling().equals(LoopScheduling.DEFAULT)) {
            schedule();
        }
        while (!commands.closed()) {
            turn(FOREVER_MS);
        }
        commands.run();
    }

    /// One turn of [#run]: waits for work, no longer than so many milliseconds, and does it. Always by the same thread.
    ///
    /// @param longestMs -1 for ever
    public void turn(int longestMs) {
        idling.begin();
        try {
            commands.run();
            round(true, longestMs);
        } catch (RuntimeException | Error e) {
            // Nothing on the way of a frame throws. If it does, the loop must not die of it, nor spin on it.
            counters.increment(LoopCounter.LATE_ERRORS);
            if (e instanceof InternalError) {
                // What the JVM makes of SIGBUS: somebody's memory has become shorter. Which is the NICs to say.
                for (NicPort port : ports.nics()) {
                    port.nic.suspect();
                }
            }
            onError.accept(e);
            posix.sleepUnlessReadable(commands.descriptor(), 1_000_000);
        }
    }

    /// One round without waiting, for those who step loops by hand.
    ///
    /// @return frames moved
    public int doWork() {
        commands.run();
        return round(false, 0);
    }

    private int round(boolean mayWait, int longestMs) {
        counters.increment(LoopCounter.ROUNDS);
        boolean pollOut = outMode.polling() || !mayWait;
        boolean pollIn = inMode.polling() || !mayWait;
        reads.polled(pollOut);
        outFrames = 0;
        inFrames = 0;
        long now;
        if (!mayWait) {
            now = clock.getAsLong();
        } else if (pollOut && pollIn) {
            now = clock.getAsLong();
            pollListen(now);
        } else {
            now = await(pollOut, pollIn, longestMs);
        }
        if (pollOut) {
            for (NicPort port : reads.nics()) {
                port.expectMore = true;
                if (drain(port, now) == 0) {
                    port.counters.increment(PortCounter.EMPTY_POLLS);
                }
            }
        }
        if (pollIn) {
            for (LinkPort port : reads.links()) {
                port.expectMore = true;
                drain(port, now);
            }
            if (!mayWait) {
                pollListen(now);
            }
        }
        int work = outFrames + inFrames;
        statistics.batches().record(work);
        outMode.onRound(outFrames, now);
        inMode.onRound(inFrames, now);
        lookAfter(now);
        if (ports.moves().active()) {
            ports.moves().attend(now);
        }
        if (work > 0) {
            counters.increment(LoopCounter.WORK_ROUNDS);
            idling.worked();
            if (statistics.firstFrameNs() == 0) {
                statistics.firstFrame(clock.getAsLong());
            }
        }
        if (mayWait) {
            if (pollOut || pollIn) {
                idling.afterPolling(work == 0, now, outMode, inMode);
            } else {
                idling.afterBlocking();
            }
        }
        return work;
    }

    /// Waits for events, handles them, and gives the time after the wait.
    private long await(boolean pollOut, boolean pollIn, int longestMs) {
        long before = clock.getAsLong();
        int timeoutMs = pollOut || pollIn ? 0 : waitTime(longestMs);
        if (timeoutMs != 0) {
            timeoutMs = reads.restDriven(timeoutMs);
        }
        if (timeoutMs != 0) {
            counters.increment(LoopCounter.WAITS);
            if (!commands.fallAsleep()) {
                timeoutMs = 0;
            }
        }
        reads.watchWritable();
        if (descriptors.anyPaused()) {
            timeoutMs = descriptors.timeout(timeoutMs, before);
        }
        int events = descriptors.await(timeoutMs);
        commands.awake();
        long now = clock.getAsLong();
        if (descriptors.anyPaused()) {
            descriptors.resume(now);
        }
        boolean atOnce = now - before < AT_ONCE_NS;
        for (int i = 0; i < events; i++) {
            handle(descriptors.data(i), atOnce, pollOut, pollIn, now);
        }
        if (!pollIn) {
            // Their descriptors tell nothing unless asked to, and of what is done while they rest only the first.
            for (LinkPort port : reads.driven()) {
                drain(port, now);
            }
        }
        return now;
    }

    private int waitTime(int longestMs) {
        if (ports.moves().active()) {
            return longestMs < 0 ? MOVES_MS : Math.min(longestMs, MOVES_MS);
        }
        if (reads.holds()) {
            return longestMs < 0 ? EXPIRE_MS : Math.min(longestMs, EXPIRE_MS);
        }
        return longestMs;
    }

    private void handle(int data, boolean atOnce, boolean pollOut, boolean pollIn, long now) {
        if ((data & ReadPorts.EVENT_LINK) != 0) {
            LinkPort port = ports.link(data & ReadPorts.EVENT_PORT);
            int frames = 0;
            if (port != null && port.read && !pollIn && !port.link.driven()) {
                if (settings.optimistic() && port.lastGuest != null) {
                    port.lastGuest.nic.callEarly(posix);
                }
                port.expectMore |= atOnce;
                frames = drain(port, now);
            }
            boolean sent = ports.anyBlocked() && outbound.resume();
            if (port != null && port.watch != null && !port.link.driven()) {
                judge(port.watch, sent || frames > 0 || pollIn, now);
            }
        } else if (data == EVENT_WAKE) {
            judge(wakeWatch, commands.takeWake(posix), now);
        } else if (data == ReadPorts.EVENT_LISTEN) {
            ListenPort port = reads.listening();
            boolean fruitful = pollListen(now) > 0;
            if (port != null) {
                judge(port.watch, fruitful, now);
            }
        } else {
            NicPort port = ports.nic(data);
            if (port != null && port.watch != null) {
                port.expectMore |= atOnce;
                judge(port.watch, pollOut || drain(port, now) > 0, now);
            }
        }
    }

    private static void judge(Descriptors.Watch watch, boolean fruitful, long now) {
        if (fruitful) {
            watch.fruitful();
        } else {
            watch.fruitless(now);
        }
    }

    private int drain(NicPort port, long now) {
        int frames = outbound.drain(port, now);
        outFrames += frames;
        if (port.death != 0) {
            reads.lost(port);
        }
        return frames;
    }

    private int drain(LinkPort port, long now) {
        int frames = inbound.drain(port, now);
        inFrames += frames;
        if (frames == 0 && port.link.death() != 0) {
            reads.remove(port);
            reads.report(port);
        }
        return frames;
    }

    private int pollListen(long now) {
        ListenPort listen = reads.listening();
        if (listen == null) {
            return 0;
        }
        int datagrams = inbound.drain(listen, now);
        inFrames += datagrams;
        if (listen.listener.death() != 0) {
            reads.lost(listen);
        }
        return datagrams;
    }

    private void lookAfter(long now) {
        if (now - lastExpireNs >= EXPIRE_NS) {
            lastExpireNs = now;
            reads.lookAfter(now);
            if (now - lastAgeNs >= AGE_NS) {
                lastAgeNs = now;
                ports.forwarder().age(now);
            }
        }
    }
}
