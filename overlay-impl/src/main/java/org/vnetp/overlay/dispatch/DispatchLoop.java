package org.vnetp.overlay.dispatch;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.vnetp.overlay.posix.Posix;

/// One loop over its ports: takes commands, visits NICs (way out) and links (way in), and waits as its mode says.
///
/// **Thread:** all methods but [#execute] and [#close] belong to the loop's thread. Commands run between two rounds, so they may
/// change what the loop owns.
public final class DispatchLoop implements Runnable, AutoCloseable {
    /// An event came back from the wait so fast that it had been there before: there is more where it came from.
    private static final long AT_ONCE_NS = 2_000;

    private static final int EVENT_COMMAND = -1;
    private static final int EVENT_LINK = 1 << 16;

    /// While a frame is unfinished the loop looks after it so often.
    private static final int EXPIRE_MS = 50;

    private final Posix posix;
    private final LongSupplier clock;
    private final Ports ports;
    private final OutboundPath outbound;
    private final InboundPath inbound;
    private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final int epoll;
    private final int wake;

    private DispatchSettings settings;
    private ModeController outMode;
    private ModeController inMode;
    private volatile boolean closed;
    private volatile boolean asleep;
    private int idleRounds;
    private boolean moreToDo;
    private long lastExpireNs;
    private boolean watchingWritable;

    public DispatchLoop(
            Posix posix,
            LongSupplier clock,
            Ports ports,
            OutboundPath outbound,
            InboundPath inbound,
            DispatchSettings settings) {
        this.posix = posix;
        this.clock = clock;
        this.ports = ports;
        this.outbound = outbound;
        this.inbound = inbound;
        this.settings = settings;
        long now = clock.getAsLong();
        this.outMode = new ModeController(settings, now);
        this.inMode = new ModeController(settings, now);
        this.epoll = Posix.check(posix.epollCreate(), "create an epoll");
        this.wake = Posix.check(posix.eventfd(), "create an eventfd");
        Posix.check(
                posix.epollControl(epoll, Posix.EPOLL_CTL_ADD, wake, Posix.EPOLLIN, EVENT_COMMAND),
                "watch the eventfd");
    }

    /// Hands a command to the loop; it runs between two rounds. Any thread.
    public void execute(Runnable command) {
        commands.add(command);
        if (asleep) {
            Posix caller = new Posix();
            wake(caller);
        }
    }

    private void wake(Posix caller) {
        try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            java.lang.foreign.MemorySegment one = arena.allocate(8, 8);
            one.set(java.lang.foreign.ValueLayout.JAVA_LONG, 0, 1);
            caller.write(wake, one.address(), 8);
        }
    }

    public void add(NicPort port) {
        ports.add(port);
        if (port.nic.descriptor() >= 0) {
            Posix.check(
                    posix.epollControl(
                            epoll, Posix.EPOLL_CTL_ADD, port.nic.descriptor(), Posix.EPOLLIN, ports.nics().length - 1),
                    "watch the NIC '" + port.name + "'");
        }
    }

    public void add(LinkPort port) {
        ports.add(port);
        if (port.link.descriptor() >= 0) {
            Posix.check(
                    posix.epollControl(
                            epoll,
                            Posix.EPOLL_CTL_ADD,
                            port.link.descriptor(),
                            Posix.EPOLLIN,
                            EVENT_LINK | ports.links().length - 1),
                    "watch the link '" + port.name + "'");
        }
    }

    @Override
    public void run() {
        posix.timerSlack(1_000);
        while (!closed) {
            runCommands();
            round(waitTime());
        }
        runCommands();
    }

    /// One round without waiting, for tests and for callers that step loops by hand.
    ///
    /// @return frames moved
    public int doWork() {
        runCommands();
        return round(0);
    }

    private void runCommands() {
        Runnable command = commands.poll();
        while (command != null) {
            command.run();
            command = commands.poll();
        }
    }

    private int waitTime() {
        if (outMode.polling() || inMode.polling() || moreToDo) {
            return 0;
        }
        return unfinished() ? EXPIRE_MS : -1;
    }

    private boolean unfinished() {
        for (LinkPort port : ports.links()) {
            if (port.decapsulator.holds()) {
                return true;
            }
        }
        return false;
    }

    private int round(int timeoutMs) {
        int work = 0;
        boolean pollOut = outMode.polling();
        boolean pollIn = inMode.polling();
        int events = 0;
        if (!pollOut || !pollIn) {
            long before = clock.getAsLong();
            if (timeoutMs != 0) {
                // Whoever adds a command after this sees that we sleep and wakes us; before it, we see the command.
                asleep = true;
                if (!commands.isEmpty() || closed) {
                    timeoutMs = 0;
                }
            }
            events = posix.epollWait(epoll, timeoutMs);
            if (timeoutMs != 0) {
                asleep = false;
            }
            long now = clock.getAsLong();
            boolean atOnce = now - before < AT_ONCE_NS;
            work += handle(events, atOnce, pollOut, pollIn, now);
        }
        long now = clock.getAsLong();
        int out = 0;
        int in = 0;
        if (pollOut) {
            for (NicPort port : ports.nics()) {
                port.expectMore = true;
                out += outbound.drain(port, now);
            }
        }
        if (pollIn) {
            for (LinkPort port : ports.links()) {
                port.expectMore = true;
                in += inbound.drain(port, now);
            }
        }
        outMode.onRound(out + outOfEvents, now);
        inMode.onRound(in + inOfEvents, now);
        work += out + in;
        if (now - lastExpireNs > EXPIRE_MS * 1_000_000L) {
            lastExpireNs = now;
            for (LinkPort port : ports.links()) {
                port.decapsulator.expire(now);
            }
        }
        if (work > 0) {
            idleRounds = 0;
        } else if (pollOut || pollIn) {
            idle();
        }
        return work;
    }

    private int outOfEvents;
    private int inOfEvents;

    private int handle(int events, boolean atOnce, boolean pollOut, boolean pollIn, long now) {
        outOfEvents = 0;
        inOfEvents = 0;
        for (int i = 0; i < events; i++) {
            int data = posix.eventData(i);
            if (data == EVENT_COMMAND) {
                posix.read(wake, scratch(), 8);
            } else if ((data & EVENT_LINK) != 0) {
                if (!pollIn) {
                    LinkPort port = ports.links()[data & ~EVENT_LINK];
                    port.expectMore |= atOnce;
                    inOfEvents += inbound.drain(port, now);
                }
            } else if (!pollOut) {
                NicPort port = ports.nics()[data];
                port.expectMore |= atOnce;
                outOfEvents += outbound.drain(port, now);
            }
        }
        return outOfEvents + inOfEvents;
    }

    private final java.lang.foreign.MemorySegment wakeBuffer = java.lang.foreign.Arena.ofAuto().allocate(8, 8);

    private long scratch() {
        return wakeBuffer.address();
    }

    private void idle() {
        idleRounds++;
        switch (settings.yield()) {
            case IMMEDIATE -> posix.yieldCpu();
            case TIMED -> posix.sleepUnlessReadable(wake, settings.tSleepNs());
            case ADAPTIVE -> {
                if (idleRounds <= settings.tNoYield()) {
                    posix.yieldCpu();
                } else {
                    posix.sleepUnlessReadable(wake, settings.tSleepNs());
                }
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        Posix caller = new Posix();
        wake(caller);
    }
}
