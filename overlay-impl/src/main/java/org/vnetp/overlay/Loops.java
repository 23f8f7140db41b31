package org.vnetp.overlay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.vnetp.overlay.OverlayNode.Threading;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.LoopScheduling;
import org.vnetp.overlay.dispatch.Moves;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.dispatch.Ports;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.posix.Ended;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.FloodMemory;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.LastRefused;
import org.vnetp.overlay.stats.LoopStatistics;

/// A node's loops, the threads that run them, and how the rest of the node talks to them: by commands that a loop
/// runs between two rounds, while the caller waits.
///
/// Loop `i` of `n` sends on every link with the lane `i`; each NIC queue and each link is read by one loop.
/// **Thread:** control's, one at a time.
final class Loops {
    private static final long COMMAND_TIMEOUT_S = 10;

    private final Threading threading;
    private final LongSupplier clock;
    private final Consumer<String> log;
    private final List<DispatchLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<LoopStatistics> statistics = new ArrayList<>();
    private Consumer<Death> deaths = _ -> {};
    private IntConsumer tunnels = _ -> {};
    private Consumer<LastRefused.Refusal> attention = _ -> {};
    private int dispatchers;
    private final Moves moves = new Moves();
    // All loops' together, since copies of one frame come to different loops; null unless the table relays.
    private FloodMemory floods;

    /// @param log takes a line about what an operator should know
    Loops(Threading threading, LongSupplier clock, Consumer<String> log) {
        this.threading = threading;
        this.clock = clock;
        this.log = log;
    }

    /// Who is told about useless descriptors; called by the loops' threads, and must not wait.
    void deaths(Consumer<Death> listener) {
        deaths = listener;
    }

    /// Who is told which NICs' guests have tunnels of their own; as [#deaths].
    void tunnels(IntConsumer listener) {
        tunnels = listener;
    }

    /// Who is told where an operator should hear of what a loop refuses; as [#deaths].
    void attention(Consumer<LastRefused.Refusal> listener) {
        attention = listener;
    }

    /// How many loops so many dispatchers are.
    int count(int ofDispatchers) {
        return ofDispatchers * (threading == Threading.DEDICATED ? 2 : 1);
    }

    /// Makes the loops and starts their threads.
    ///
    /// @param fastPath who takes flows, or null
    /// @param attach   gives the loops their ports; runs before any thread does
    void start(DispatchSettings settings, RoutingTable table, FastPath fastPath, Runnable attach) {
        dispatchers = settings.dispatchers();
        int count = count(dispatchers);
        for (int i = 0; i < count; i++) {
            if (statistics.size() <= i) {
                LoopStatistics counts = new LoopStatistics("loop" + i);
                counts.drops().last().attention(attention);
                statistics.add(counts);
            }
        }
        for (int i = 0; i < count; i++) {
            LoopStatistics counts = statistics.get(i);
            Posix posix = new Posix();
            Ports ports = new Ports(posix, new Forwarder(table, counts.counters()), counts);
            ports.replace(table, memory(table));
            DispatchLoop loop = new DispatchLoop(
                    posix, clock, ports, counts, settings, e -> log.accept("loop " + counts.name() + ": " + e));
            loop.moves(moves);
            loop.deaths(deaths);
            loop.tunnels(tunnels);
            if (fastPath != null) {
                loop.offers(fastPath.offers());
            }
            loops.add(loop);
        }
        attach.run();
        if (threading != Threading.INVOKER) {
            for (DispatchLoop loop : loops) {
                threads.add(Thread.ofPlatform()
                        .name("vnetp-" + loop.statistics().name())
                        .daemon(true)
                        .start(loop));
            }
        }
    }

    /// Refuses what loops cannot be or the kernel does not allow them.
    ///
    /// @param now what they run with
    void check(DispatchSettings now, DispatchSettings next) throws StatementException {
        int lanes = count(next.dispatchers());
        if (lanes > VnetHeader.LANES) {
            throw new StatementException("dispatchers " + next.dispatchers() + ": expected 1 to "
                    + next.dispatchers() * VnetHeader.LANES / lanes + ", the vnet format has " + VnetHeader.LANES
                    + " lanes");
        }
        if (!next.scheduling().equals(now.scheduling())) {
            Optional<String> objection = objection(next.scheduling());
            if (objection.isPresent()) {
                throw new StatementException(objection.get());
            }
        }
    }

    /// Why the kernel would refuse this of a loop's thread, found out on one that ends then.
    private static Optional<String> objection(LoopScheduling scheduling) {
        AtomicReference<Optional<String>> answer = new AtomicReference<>(Optional.empty());
        Thread trial = Thread.ofPlatform().name("vnetp-trial").daemon(true).start(() -> answer.set(scheduling.apply()));
        try {
            trial.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a loop's scheduling was tried", e);
        }
        return answer.get();
    }

    /// Every loop goes over to this table. Returns when all have.
    void replace(RoutingTable table) {
        FloodMemory memory = memory(table);
        onAll(loop -> loop.replace(table, memory));
    }

    /// The same, and then runs something on each, before the loop handles a frame by the new table. Told the loop's
    /// number.
    void replace(RoutingTable table, ObjIntConsumer<DispatchLoop> then) {
        FloodMemory memory = memory(table);
        onAll(loop -> {
            loop.replace(table, memory);
            then.accept(loop, loops.indexOf(loop));
        });
    }

    /// What the loops know together of flows that move.
    Moves moves() {
        return moves;
    }

    private FloodMemory memory(RoutingTable table) {
        if (!table.relays()) {
            floods = null;
        } else if (floods == null) {
            floods = new FloodMemory();
        }
        return floods;
    }

    /// Ends threads and loops. What they counted is kept, and goes on where they are started again.
    void stop() {
        loops.forEach(DispatchLoop::close);
        threads.forEach(Ended::await);
        threads.clear();
        loops.forEach(DispatchLoop::release);
        loops.clear();
    }

    /// Whether threads run the loops; else somebody steps them.
    boolean threaded() {
        return threading != Threading.INVOKER;
    }

    int size() {
        return loops.size();
    }

    DispatchLoop get(int index) {
        return loops.get(index);
    }

    List<DispatchLoop> all() {
        return List.copyOf(loops);
    }

    /// What the loops count, also those that are no more.
    List<LoopStatistics> statistics() {
        return statistics;
    }

    int dispatchers() {
        return dispatchers;
    }

    /// The loop that reads queue or link number `index` in a direction.
    int reader(int index, boolean inbound) {
        int dispatcher = index % dispatchers;
        return threading == Threading.DEDICATED ? 2 * dispatcher + (inbound ? 1 : 0) : dispatcher;
    }

    /// Gives a NIC's queues to the loops. Each loop reads one of them at most, and writes to that, or to
    /// another where it reads none.
    ///
    /// @param port of a queue, for a loop; runs on that loop
    void attach(int queues, BiFunction<Integer, DispatchLoop, NicPort> port) {
        for (int i = 0; i < loops.size(); i++) {
            int index = i;
            OptionalInt own = IntStream.range(0, queues)
                    .filter(queue -> reader(queue, false) == index)
                    .findFirst();
            DispatchLoop loop = loops.get(i);
            on(loop, () -> loop.add(port.apply(own.orElse(index % queues), loop), own.isPresent()));
        }
    }

    /// Runs a command on a loop and waits for it.
    void on(DispatchLoop loop, Runnable command) {
        on(List.of(loop), _ -> command.run());
    }

    /// Runs a command on every loop and waits for all.
    void onAll(Consumer<DispatchLoop> command) {
        on(loops, command);
    }

    private void on(List<DispatchLoop> some, Consumer<DispatchLoop> command) {
        if (threads.isEmpty()) {
            some.forEach(command);
            return;
        }
        CountDownLatch done = new CountDownLatch(some.size());
        for (DispatchLoop loop : some) {
            loop.execute(() -> {
                try {
                    command.accept(loop);
                } finally {
                    done.countDown();
                }
            });
        }
        try {
            if (!done.await(COMMAND_TIMEOUT_S, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a loop did not take a command within " + COMMAND_TIMEOUT_S + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a loop was to take a command", e);
        }
    }
}
