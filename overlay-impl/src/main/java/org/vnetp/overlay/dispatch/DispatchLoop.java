package org.vnetp.overlay.dispatch;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.fastpath.FlowOffers;
import org.vnetp.overlay.posix.Epoll;
import org.vnetp.overlay.posix.LazyArena;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.Scheduling;
import org.vnetp.overlay.route.FloodMemory;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopCounters;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;

/// One loop over its ports: takes commands, visits NICs (way out) and links (way in), and waits as its mode says.
///
/// A direction in guest-driven mode is visited when epoll says that there is something; one in VMM-driven mode each
/// round. While either polls, the loop never blocks but yields, as its strategy says.
///
/// **Thread:** all methods but [#execute], [#close], [#describe] and [#statistics] belong to the loop's thread.
/// Commands run between two rounds, so they may change whatever the loop owns.
public final class DispatchLoop implements Runnable, AutoCloseable {
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

    private final Posix posix;
    private final LongSupplier clock;
    private final Ports ports;
    private final OutboundPath outbound;
    private final InboundPath inbound;
    private final LoopStatistics statistics;
    private final LoopCounters counters;
    private final Consumer<Throwable> onError;
    private final LoopCommands commands;
    private final ModeController outMode;
    private final ModeController inMode;
    private final Descriptors descriptors;
    private final Descriptors.Watch wakeWatch;

    private final ReadPorts reads;

    private DispatchSettings settings;
    private final Idling idling;
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
        this.posix = posix;
        this.clock = clock;
        this.ports = ports;
        this.statistics = statistics;
        this.counters = statistics.counters();
        this.settings = settings;
        this.onError = onError;
        this.outbound = new OutboundPath(new LazyArena(), posix, ports, settings.batch());
        this.inbound = new InboundPath(posix, ports, settings.batch());
        ports.cutThrough(settings.cutThrough());
        long now = clock.getAsLong();
        this.commands = new LoopCommands(posix, counters);
        this.idling = new Idling(posix, counters, commands, settings, now);
        this.outMode = new ModeController("out", settings, now, idling::processorToSpare);
        this.inMode = new ModeController("in", settings, now, idling::processorToSpare);
        this.lastAgeNs = now;
        this.lastExpireNs = now;
        this.descriptors = new Descriptors(posix);
        this.reads = new ReadPorts(posix, ports, inbound, descriptors, this);
        this.wakeWatch = descriptors.add(commands.descriptor(), EVENT_WAKE, Epoll.IN, "the eventfd");
    }

    // --- any thread ---

    /// Hands a command to the loop; it runs between two rounds.
    public void execute(Runnable command) {
        commands.add(command);
    }

    public LoopStatistics statistics() {
        return statistics;
    }

    /// Both directions, for `show dispatch`.
    public List<DispatchReport.Direction> describe() {
        long now = clock.getAsLong();
        return List.of(outMode.describe(statistics.name(), now), inMode.describe(statistics.name(), now));
    }

    /// Ends [#run] after its round.
    @Override
    public void close() {
        commands.close();
    }

    /// Frees the loop's descriptors; after [#run] has returned.
    public void release() {
        ports.moves().discard();
        descriptors.close();
        commands.release(posix);
        idling.release();
    }

    /// The loop's clock, nanoseconds.
    long nowNs() {
        return clock.getAsLong();
    }

    // --- set-up, on the loop's thread or before it runs ---

    /// What this node's loops know together of flows that move. Before links are added.
    public void moves(Moves moves) {
        ports.moves().moves(moves);
    }

    /// Gives flows to the kernel from now on; null: to nobody.
    public void offers(FlowOffers offers) {
        ports.offers(offers);
    }

    /// Tells somebody about descriptors that have become useless. Called by the loop's thread, and must not wait.
    public void deaths(Consumer<Death> listener) {
        reads.deaths(listener);
    }

    /// Tells somebody once of each NIC whose guest has a tunnel of its own. Called by the loop's thread, and must not
    /// wait.
    public void tunnels(IntConsumer listener) {
        ports.tunnels(listener);
    }

    /// Adds a NIC.
    ///
    /// @param read this loop reads it; otherwise it only writes to it
    public void add(NicPort port, boolean read) {
        ports.add(port);
        if (read) {
            reads.add(port);
        }
    }

    /// Adds a link.
    ///
    /// @param read this loop receives from it; otherwise it only sends. One that is driven is visited anyhow
    public void add(LinkPort port, boolean read) {
        ports.add(port);
        reads.add(port, read);
    }

    /// Sets the listening socket that this loop reads, or null.
    public void listen(ListenPort port) {
        reads.listen(port);
    }

    public ListenPort listen() {
        return reads.listening();
    }

    /// A NIC is about to take back what it lent: what of it waits to be sent is given up.
    public void letGo(int id) {
        NicPort port = ports.nic(id);
        if (port != null) {
            outbound.letGo(port);
        }
    }

    /// Removes a NIC; its owner closes it afterwards.
    public void removeNic(int id) {
        NicPort port = ports.nic(id);
        if (port != null) {
            outbound.letGo(port);
            reads.remove(port);
            ports.remove(port);
        }
    }

    /// Removes a link; its owner closes it afterwards.
    public void removeLink(int id) {
        LinkPort port = ports.link(id);
        if (port != null) {
            reads.remove(port);
            ports.remove(port);
        }
    }

    public Ports ports() {
        return ports;
    }

    /// Sends what the messages of a link that this loop reads have to say. On the loop's thread.
    public void say(int id) {
        LinkPort port = ports.link(id);
        if (port != null && port.read && port.messages != null) {
            ports.talk().say(port);
        }
    }

    /// Goes over to another table. On the loop's thread.
    ///
    /// @param floods the node's, where the table relays
    public void replace(RoutingTable table, FloodMemory floods) {
        ports.replace(table, floods);
    }

    public Forwarder forwarder() {
        return ports.forwarder();
    }

    /// Takes over changed settings.
    public void configure(DispatchSettings next) {
        boolean rescheduled = !next.scheduling().equals(settings.scheduling());
        settings = next;
        if (rescheduled) {
            schedule();
        }
        idling.configure(next);
        outbound.batch(next.batch());
        inbound.batch(next.batch());
        ports.cutThrough(next.cutThrough());
        long now = clock.getAsLong();
        outMode.configure(next, now);
        inMode.configure(next, now);
    }

    private void schedule() {
        settings.scheduling().apply().ifPresent(why -> onError.accept(new IllegalStateException("scheduling: " + why)));
    }

    // --- the loop ---

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
