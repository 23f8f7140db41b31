package org.vnetp.overlay.dispatch;

import java.util.Arrays;
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

    // What epoll hands back: a port's id, and these.
    private static final int EVENT_LINK = 1 << 16;
    private static final int EVENT_WAKE = 1 << 17;
    private static final int EVENT_LISTEN = 1 << 18;
    private static final int EVENT_PORT = EVENT_LINK - 1;

    /// Idle processors that a direction needs to start polling, and fewer than which a polling one gives back its own.
    private static final double SPARE_PROCESSOR = 0.9;

    private static final double FULL_MACHINE = 0.1;

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

    /// What this loop reads; [Ports] has all that it writes to.
    private NicPort[] readNics = {};

    private LinkPort[] readLinks = {};
    /// Those of them that are visited in each round, and asked before each wait.
    private LinkPort[] drivenLinks = {};
    private ListenPort listen;
    private Consumer<Death> deaths = _ -> {};

    private DispatchSettings settings;
    private final IdleProcessors processors;
    // Made by the loop's thread, which is the one it is about.
    private StarvationGuard guard;
    private int idleRounds;
    private int outFrames;
    private int inFrames;
    private long lastExpireNs;
    private long lastAgeNs;
    private boolean awaitsWritable;
    /// What the NICs were told last.
    private boolean nicsPolled;

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
        this.processors = new IdleProcessors(posix, now);
        this.outMode = new ModeController("out", settings, now, this::processorToSpare);
        this.inMode = new ModeController("in", settings, now, this::processorToSpare);
        this.lastAgeNs = now;
        this.lastExpireNs = now;
        this.descriptors = new Descriptors(posix);
        this.commands = new LoopCommands(posix, counters);
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
        processors.close();
        if (guard != null) {
            guard.close();
        }
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
        deaths = listener;
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
            readNics = Arrays.copyOf(readNics, readNics.length + 1);
            readNics[readNics.length - 1] = port;
            port.watch = descriptors.add(port.nic.descriptor(), port.id, Epoll.IN, port.name);
            port.nic.polled(posix, nicsPolled);
        }
    }

    /// Adds a link.
    ///
    /// @param read this loop receives from it; otherwise it only sends. One that is driven is visited anyhow
    public void add(LinkPort port, boolean read) {
        ports.add(port);
        port.read = read || port.link.driven();
        if (read) {
            ports.moves().moves().reads(port.id, this);
        }
        if (port.read) {
            readLinks = Arrays.copyOf(readLinks, readLinks.length + 1);
            readLinks[readLinks.length - 1] = port;
            followLinks();
            port.watch = descriptors.add(port.link.descriptor(), EVENT_LINK | port.id, Epoll.IN, port.name);
        }
    }

    /// Sets the listening socket that this loop reads, or null.
    public void listen(ListenPort port) {
        if (listen != null) {
            listen.watch.remove();
        }
        listen = port;
        if (port != null) {
            port.watch = descriptors.add(port.listener.descriptor(), EVENT_LISTEN, Epoll.IN, "the listening socket");
        }
    }

    public ListenPort listen() {
        return listen;
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
            stopReading(port);
            ports.remove(port);
        }
    }

    /// Removes a link; its owner closes it afterwards.
    public void removeLink(int id) {
        LinkPort port = ports.link(id);
        if (port != null) {
            stopReading(port);
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
            ports.say(port);
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
        if (guard != null) {
            // What it learnt belongs to the settings before.
            guard.forget();
        }
        outbound.batch(next.batch());
        inbound.batch(next.batch());
        ports.cutThrough(next.cutThrough());
        long now = clock.getAsLong();
        outMode.configure(next, now);
        inMode.configure(next, now);
        idleRounds = 0;
    }

    private void schedule() {
        settings.scheduling().apply().ifPresent(why -> onError.accept(new IllegalStateException("scheduling: " + why)));
    }

    private void stopReading(NicPort port) {
        if (port.watch != null) {
            port.watch.remove();
            port.watch = null;
        }
        readNics = Arrays.stream(readNics).filter(p -> p != port).toArray(NicPort[]::new);
    }

    private void stopReading(LinkPort port) {
        if (port.watch != null) {
            port.watch.remove();
            port.watch = null;
        }
        if (port.read) {
            ports.moves().moves().readsNoMore(port.id, this);
        }
        port.read = false;
        readLinks = Arrays.stream(readLinks).filter(p -> p != port).toArray(LinkPort[]::new);
        followLinks();
    }

    private void followLinks() {
        drivenLinks = Arrays.stream(readLinks).filter(p -> p.link.driven()).toArray(LinkPort[]::new);
        inbound.roaming(Arrays.stream(readLinks).filter(p -> p.strays != null).toArray(LinkPort[]::new));
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
        if (guard == null) {
            guard = new StarvationGuard(posix);
        }
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
        if (pollOut != nicsPolled) {
            tellPolled(pollOut);
        }
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
            for (NicPort port : readNics) {
                port.expectMore = true;
                if (drain(port, now) == 0) {
                    port.counters.increment(PortCounter.EMPTY_POLLS);
                }
            }
        }
        if (pollIn) {
            for (LinkPort port : readLinks) {
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
            idleRounds = 0;
            if (statistics.firstFrameNs() == 0) {
                statistics.firstFrame(clock.getAsLong());
            }
        }
        if (mayWait) {
            if (pollOut || pollIn) {
                afterPolling(work == 0, now);
            } else {
                guard.onBlockingRound();
            }
        }
        return work;
    }

    private void tellPolled(boolean on) {
        nicsPolled = on;
        for (NicPort port : readNics) {
            port.nic.polled(posix, on);
        }
    }

    /// Waits for events, handles them, and gives the time after the wait.
    private long await(boolean pollOut, boolean pollIn, int longestMs) {
        long before = clock.getAsLong();
        int timeoutMs = pollOut || pollIn ? 0 : waitTime(longestMs);
        if (drivenLinks.length > 0 && timeoutMs != 0) {
            timeoutMs = restDriven(timeoutMs);
        }
        if (timeoutMs != 0) {
            counters.increment(LoopCounter.WAITS);
            if (!commands.fallAsleep()) {
                timeoutMs = 0;
            }
        }
        watchWritable();
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
            for (LinkPort port : drivenLinks) {
                drain(port, now);
            }
        }
        return now;
    }

    /// Lets driven links rest.
    ///
    /// @return milliseconds that the loop may wait: as told, or fewer
    private int restDriven(int wantedMs) {
        int timeoutMs = wantedMs;
        for (LinkPort port : drivenLinks) {
            int restMs = port.link.rest();
            if (restMs >= 0) {
                timeoutMs = timeoutMs < 0 ? restMs : Math.min(timeoutMs, restMs);
            }
        }
        return timeoutMs;
    }

    private int waitTime(int longestMs) {
        if (ports.moves().active()) {
            return longestMs < 0 ? MOVES_MS : Math.min(longestMs, MOVES_MS);
        }
        for (LinkPort port : readLinks) {
            if (port.decapsulator.holds()) {
                return longestMs < 0 ? EXPIRE_MS : Math.min(longestMs, EXPIRE_MS);
            }
        }
        return longestMs;
    }

    private void handle(int data, boolean atOnce, boolean pollOut, boolean pollIn, long now) {
        if ((data & EVENT_LINK) != 0) {
            LinkPort port = ports.link(data & EVENT_PORT);
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
        } else if (data == EVENT_LISTEN) {
            ListenPort port = listen;
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
            stopReading(port);
            deaths.accept(new Death(Death.Kind.NIC, port.id, port.nic.descriptor(), port.death));
        }
        return frames;
    }

    private int drain(LinkPort port, long now) {
        int frames = inbound.drain(port, now);
        inFrames += frames;
        if (frames == 0 && port.link.death() != 0) {
            stopReading(port);
            report(port);
        }
        return frames;
    }

    private void report(LinkPort port) {
        if (!port.deathReported) {
            port.deathReported = true;
            deaths.accept(new Death(Death.Kind.LINK, port.id, port.link.descriptor(), port.link.death()));
        }
    }

    private int pollListen(long now) {
        if (listen == null) {
            return 0;
        }
        int datagrams = inbound.drain(listen, now);
        inFrames += datagrams;
        int death = listen.listener.death();
        if (death != 0) {
            int descriptor = listen.listener.descriptor();
            listen(null);
            deaths.accept(new Death(Death.Kind.LISTENER, -1, descriptor, death));
        }
        return datagrams;
    }

    /// While a link is full its descriptor is watched for room, and the NICs are not: their frames stay in the
    /// guests' queues.
    private void watchWritable() {
        boolean blocked = ports.anyBlocked();
        if (blocked == awaitsWritable) {
            return;
        }
        awaitsWritable = blocked;
        for (LinkPort port : ports.links()) {
            if (port.read) {
                port.watch.interest(blocked ? Epoll.IN | Epoll.OUT : Epoll.IN);
            } else if (blocked) {
                port.watch = descriptors.add(port.link.descriptor(), EVENT_LINK | port.id, Epoll.OUT, port.name);
            } else if (port.watch != null) {
                port.watch.remove();
                port.watch = null;
            }
        }
        for (NicPort port : readNics) {
            port.watch.interest(blocked ? 0 : Epoll.IN);
        }
    }

    private void lookAfter(long now) {
        if (now - lastExpireNs >= EXPIRE_NS) {
            lastExpireNs = now;
            for (LinkPort port : readLinks) {
                port.decapsulator.expire(now);
            }
            for (LinkPort port : ports.links()) {
                // A loop that only sends hears of it by its own calls.
                if (port.link.death() != 0) {
                    report(port);
                }
            }
            if (now - lastAgeNs >= AGE_NS) {
                lastAgeNs = now;
                ports.forwarder().age(now);
            }
        }
    }

    private void afterPolling(boolean empty, long now) {
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

    /// What was idle before this loop polled must be a whole processor, nearly.
    private boolean processorToSpare(long now) {
        return !(processors.idle(now) < SPARE_PROCESSOR);
    }

    private void idle() {
        idleRounds++;
        boolean yields = switch (settings.yield()) {
            case IMMEDIATE -> true;
            case TIMED -> false;
            case ADAPTIVE -> idleRounds <= settings.tNoyieldRounds();
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
}
