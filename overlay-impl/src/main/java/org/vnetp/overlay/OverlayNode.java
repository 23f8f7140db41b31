package org.vnetp.overlay;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.NodeActuator;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.DispatchReport;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.fastpath.Served;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.LastRefused;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.Snapshot;
import org.vnetp.overlay.stats.StartUp;

/// A node: its NICs ([Nics]), links ([Links]) and loops ([Loops]).
///
/// Its methods may be called by any thread and are carried out one after the other; what belongs to a loop is changed
/// by commands that the loop runs between two rounds, and the caller waits for all loops. Beside statements the node's
/// own [Caretaker] calls [#attend], where descriptors have died. With [Threading#INVOKER] there are no threads: the
/// caller steps [#loops] and calls [#attend] by hand, and commands run at once.
///
/// Loop `i` of `n` sends on every link with the lane `i`; each NIC queue and each link is read by one loop.
public final class OverlayNode implements NodeActuator, AutoCloseable {
    /// How loops become threads.
    public enum Threading {
        /// None: the caller steps the loops.
        INVOKER,
        /// One thread a dispatcher, for both directions.
        SHARED,
        /// Two threads a dispatcher, one a direction.
        DEDICATED
    }

    /// While something is gone that the statements ask for, the node looks for it so often.
    private static final long RECOVER_MS = 250;

    /// Guests' namespaces, and what is in them, tell nobody that they go.
    private static final long LOOK_MS = 1000;

    /// Between two times that learned addresses and the kernel's flows are brought together.
    private static final long LEAST_TOGETHER_MS = 200;

    private static final long MOST_TOGETHER_MS = 10_000;

    /// The same after an address has moved.
    private static final long BETWEEN_MOVES_MS = 10;

    /// Addresses that age faster would be forgotten between two times.
    private static final long LEAST_AGE_NS = 1_000_000_000;

    private final String name;
    private final LongSupplier clock;
    private final long startedNs;
    private final Loops loops;
    private final Nics nics;
    private final Links links;
    private final Misfits misfits;
    private final Queue<Death> deaths = new ConcurrentLinkedQueue<>();
    // Null with INVOKER.
    private final Caretaker caretaker;
    // The same, and where the kernel does not tell.
    private final NetworkWatch networkWatch;
    private final AtomicBoolean networkChanged = new AtomicBoolean();

    private RoutingTable table = RoutingTable.empty();
    private DispatchSettings settings = DispatchSettings.DEFAULT;
    private boolean closed;
    private long processStartNs;
    private volatile long readyNs;
    // Null until the first NIC asks for it.
    private FastPath fastPath;
    private boolean fastPathOn = true;
    // When the kernel's flows and learned addresses were last brought together.
    private long broughtTogetherNs;
    private long askedKernelNs;

    /// @param clock monotonic, nanoseconds
    /// @param log   takes a line about what an operator should know; never called per frame
    public OverlayNode(String name, Threading threading, LongSupplier clock, Consumer<String> log) {
        this(name, threading, clock, sinceEpochNs(), log);
    }

    /// @param nowNs the time of day, nanoseconds since 1970; asked for once, so that it never goes back
    OverlayNode(String name, Threading threading, LongSupplier clock, long nowNs, Consumer<String> log) {
        this.name = name;
        this.clock = clock;
        this.startedNs = nowNs - clock.getAsLong();
        this.broughtTogetherNs = clock.getAsLong();
        this.askedKernelNs = broughtTogetherNs;
        this.loops = new Loops(threading, clock, log);
        this.links = new Links(loops, () -> startedNs + clock.getAsLong(), this::onNetworkChange, log);
        this.nics = new Nics(loops, new AroundNics(), log);
        this.caretaker = threading == Threading.INVOKER ? null : new Caretaker(this::attend, log);
        this.misfits = new Misfits(log);
        loops.deaths(this::onDeath);
        loops.attention(this::onMisfit);
        startLoops();
        this.networkWatch = caretaker == null ? null : NetworkWatch.start(this::onNetworkChange, log);
    }

    private static long sinceEpochNs() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    /// The loops, to be stepped by hand ([Threading#INVOKER]).
    public List<DispatchLoop> loops() {
        return loops.all();
    }

    // --- what the node does by itself ---

    /// A loop's thread calls it.
    private void onDeath(Death death) {
        deaths.add(death);
        call();
    }

    private void onMisfit(LastRefused.Refusal refusal) {
        misfits.hear(refusal);
        call();
    }

    /// The network's watch calls it, or a loop that finds a path narrower than it was thought to be.
    private void onNetworkChange() {
        networkChanged.set(true);
        call();
    }

    private void call() {
        if (caretaker != null) {
            caretaker.call();
        }
    }

    /// Takes useless descriptors out, and opens again what can be opened.
    ///
    /// @return milliseconds until something that the node waits for is to be looked at again, or
    ///         [Caretaker#UNTIL_CALLED]
    synchronized long attend() {
        if (closed) {
            return Caretaker.UNTIL_CALLED;
        }
        for (Death death = deaths.poll(); death != null; death = deaths.poll()) {
            switch (death.kind()) {
                case NIC -> nics.onDeath(death, clock.getAsLong());
                case LINK -> links.onLinkDeath(death);
                case LISTENER -> links.onListenerDeath(death);
            }
        }
        boolean unannounced = networkWatch == null || links.anyPathNarrowed();
        if (networkChanged.getAndSet(false) || unannounced) {
            followNetwork();
        }
        misfits.say(links.configurations());
        boolean lacks = nics.recover(clock.getAsLong());
        lacks |= links.recover();
        long learnedMs = attendLearned();
        long othersMs = lacks ? RECOVER_MS : unannounced || nics.anyToWatch() ? LOOK_MS : Caretaker.UNTIL_CALLED;
        if (learnedMs == Caretaker.UNTIL_CALLED || othersMs == Caretaker.UNTIL_CALLED) {
            return Math.max(learnedMs, othersMs);
        }
        return Math.min(learnedMs, othersMs);
    }

    /// Brings learned addresses and the kernel's flows together, several times within the age of an address, and at
    /// once where one has moved.
    ///
    /// @return milliseconds until the next time, or [Caretaker#UNTIL_CALLED]
    private long attendLearned() {
        if (!kernelLearns()) {
            return Caretaker.UNTIL_CALLED;
        }
        long everyMs = Math.clamp(
                TimeUnit.NANOSECONDS.toMillis(table.learning().ageNs() / 4), LEAST_TOGETHER_MS, MOST_TOGETHER_MS);
        long sinceMs = TimeUnit.NANOSECONDS.toMillis(clock.getAsLong() - broughtTogetherNs);
        // An address that is said to be here and there by turns does not keep the node busy.
        long restMs = (fastPath.moved() ? BETWEEN_MOVES_MS : everyMs) - sinceMs;
        if (restMs > 0) {
            return restMs;
        }
        bringTogether();
        return fastPath.moved() ? BETWEEN_MOVES_MS : everyMs;
    }

    /// Whether the kernel may have flows while addresses are learned.
    private boolean kernelLearns() {
        return fastPath != null && fastPath.enabled() && table.learning().enabled();
    }

    private void bringTogether() {
        fastPath.beginTakeBack();
        hearFromKernel();
        Map<Long, LearnedAddress> youngest = youngest();
        long now = clock.getAsLong();
        if (loops.size() > 1) {
            // A loop that has not heard of an address floods what is for it, which the kernel does not; one that has
            // not heard of a move would offer the old flows again.
            loops.onAll(loop -> youngest.values()
                    .forEach(a -> loop.forwarder().heardByOther(a.mac(), a.port(), now - a.silentNs())));
        }
        Map<Long, Integer> ports = new HashMap<>();
        youngest.values().forEach(address -> ports.put(address.mac(), address.port()));
        fastPath.takeBack(ports);
        broughtTogetherNs = clock.getAsLong();
    }

    /// Addresses whose frames the kernel carries stay young. When it was since the last time is not known: the earliest
    /// is taken, so that a loop which has heard an address elsewhere meanwhile is right.
    private void hearFromKernel() {
        long earliest = askedKernelNs;
        askedKernelNs = clock.getAsLong();
        List<FastPath.Heard> heard = fastPath.heard();
        loops.onAll(loop -> heard.forEach(one -> loop.forwarder().heardByKernel(one.mac(), one.port(), earliest)));
    }

    /// Takes over what the network is like now: first what the loops send, then what the kernel does, then what guests
    /// are told.
    private void followNetwork() {
        links.followPaths();
        tellFastPath();
        nics.rederiveMtus();
    }

    // --- loops ---

    private void startLoops() {
        loops.start(settings, table, fastPath, () -> {
            nics.attachAll();
            links.attachAll();
        });
    }

    // --- listening ---

    @Override
    public synchronized void listen(NodeConfig.Listening next) throws StatementException {
        links.listen(next);
        if (fastPath != null) {
            fastPath.listen(address(next.endpoint()), next.network());
        }
        tellFastPath();
        nics.rederiveMtus();
        call();
    }

    static InetSocketAddress address(org.vnetp.overlay.control.Endpoint endpoint) {
        return new InetSocketAddress(endpoint.address(), endpoint.port());
    }

    static StatementException refused(String what, RuntimeException cause) {
        StatementException refusal = new StatementException(what + ": " + cause.getMessage());
        refusal.initCause(cause);
        return refusal;
    }

    // --- NICs ---

    @Override
    public synchronized void openNic(NodeConfig.Nic nic) throws StatementException {
        nics.open(nic);
        // NICs whose going nobody tells are looked after from now on.
        call();
    }

    @Override
    public synchronized void closeNic(NodeConfig.Nic nic) {
        nics.close(nic);
    }

    /// What NICs ask of their node.
    private final class AroundNics implements Nics.Surroundings {
        @Override
        public String name() {
            return name;
        }

        @Override
        public int network() {
            return links.network();
        }

        @Override
        public int derivedMtu() {
            return links.derivedMtu();
        }

        @Override
        public int superframeLimit() {
            return links.superframeLimit();
        }

        @Override
        public FastPath fastPath() {
            return fastPath;
        }

        @Override
        public FastPath startedFastPath() {
            if (fastPath == null) {
                startFastPath();
            }
            return fastPath;
        }

        @Override
        public Served served(int nicPort) {
            return OverlayNode.this.served(nicPort);
        }
    }

    // --- the fast path ---

    private void startFastPath() {
        FastPath made = new FastPath();
        links.listening().ifPresent(l -> made.listen(address(l.endpoint()), l.network()));
        made.onMove(this::call);
        fastPath = made;
        applyFastPath();
        tellFastPath();
        loops.onAll(loop -> loop.offers(made.offers()));
    }

    /// Tells the fast path, where there is one, what the links are like; flows that go elsewhere now come back.
    private void tellFastPath() {
        if (fastPath != null && fastPath.follow(links.tunnels())) {
            // A loop may be in the middle of an offer by what was so before: that comes back too.
            loops.onAll(_ -> {});
            fastPath.flush();
        }
    }

    private void applyFastPath() {
        fastPath.enable(fastPathOn && tooMuchToLearn().isEmpty());
        fastPath.learning(kernelLearns());
    }

    /// Why flows stay with the node by the way it learns, or an empty text.
    private String tooMuchToLearn() {
        if (!table.learning().enabled()) {
            return "";
        }
        if (table.relays()) {
            return "off while learning relays, as copies of a frame have to be told apart";
        }
        return table.learning().ageNs() < LEAST_AGE_NS ? "off while learned addresses age within a second" : "";
    }

    @Override
    public synchronized void fastPath(boolean on) {
        fastPathOn = on;
        if (fastPath != null) {
            applyFastPath();
            // A loop may be in the middle of an offer: what it still gives comes back too.
            loops.onAll(_ -> {});
            if (!on) {
                fastPath.flush();
            }
            call();
        }
    }

    // --- links ---

    @Override
    public synchronized void openLink(NodeConfig.Link link) throws StatementException {
        links.open(link);
        onLinkOpened(link);
    }

    /// Opens a link over a pair of queues in this process, for tests.
    public synchronized void openLink(NodeConfig.Link link, InMemoryLink memory) {
        links.open(link, memory);
        onLinkOpened(link);
    }

    private void onLinkOpened(NodeConfig.Link link) {
        if (fastPath != null) {
            fastPath.statistics().resetPort(link.port());
            tellFastPath();
        }
        nics.rederiveMtus();
        call();
    }

    @Override
    public synchronized void closeLink(NodeConfig.Link link) {
        links.close(link);
        tellFastPath();
        nics.rederiveMtus();
    }

    // --- MTUs ---

    @Override
    public synchronized void mtu(NodeConfig.Nic nic) throws StatementException {
        nics.mtu(nic);
    }

    // --- routes and dispatch ---

    @Override
    public synchronized void replaceTable(RoutingTable next) {
        table = next;
        if (fastPath != null) {
            applyFastPath();
        }
        loops.replace(next);
        if (fastPath != null) {
            // After the loops: what they offered by the old rules goes too.
            fastPath.flush();
            call();
        }
    }

    @Override
    public synchronized void dispatch(DispatchSettings next) throws StatementException {
        int lanes = loops.count(next.dispatchers());
        if (lanes > VnetHeader.LANES) {
            throw new StatementException("dispatchers " + next.dispatchers() + ": expected 1 to "
                    + next.dispatchers() * VnetHeader.LANES / lanes + ", the vnet format has " + VnetHeader.LANES
                    + " lanes");
        }
        boolean rebuild = next.dispatchers() != settings.dispatchers();
        if (!rebuild) {
            settings = next;
            loops.onAll(loop -> loop.configure(next));
            return;
        }
        // Descriptors stay open, so the guests' frames wait in the kernel for the few milliseconds this takes.
        loops.stop();
        settings = next;
        startLoops();
    }

    // --- what control shows ---

    /// All statements of the start are carried out, and control answers.
    ///
    /// @param processAgeNs nanoseconds since the node's process was started
    public void ready(long processAgeNs) {
        long now = clock.getAsLong();
        processStartNs = now - processAgeNs;
        readyNs = now;
    }

    @Override
    public StartUp startUp() {
        if (readyNs == 0) {
            return StartUp.UNKNOWN;
        }
        long firstFrameNs = loops.statistics().stream()
                .mapToLong(LoopStatistics::firstFrameNs)
                .filter(ns -> ns != 0)
                .min()
                .orElse(0);
        return StartUp.of(processStartNs, readyNs, firstFrameNs);
    }

    @Override
    public synchronized Snapshot snapshot() {
        List<Snapshot.PortName> names = new ArrayList<>();
        nics.configurations().forEach(nic -> names.add(new Snapshot.PortName(nic.port(), "nic", nic.name())));
        links.configurations().forEach(link -> names.add(new Snapshot.PortName(link.port(), "link", link.name())));
        List<LoopStatistics> all = new ArrayList<>(loops.statistics());
        if (fastPath != null) {
            fastPath.collect();
            all.add(fastPath.statistics());
        }
        return Snapshot.take(
                name, clock.getAsLong(), names, all, List.of(nics.countedOutside(), links.countedOutside()));
    }

    @Override
    public synchronized DispatchReport dispatchReport() {
        List<DispatchReport.Direction> directions = new ArrayList<>();
        loops.all().forEach(loop -> directions.addAll(loop.describe()));
        return new DispatchReport(settings, directions);
    }

    @Override
    public synchronized List<LearnedAddress> learned() {
        if (kernelLearns()) {
            hearFromKernel();
        }
        return List.copyOf(youngest().values());
    }

    /// What the loops have learned, each address as the loop knows it that heard it last.
    private Map<Long, LearnedAddress> youngest() {
        Map<Long, LearnedAddress> youngest = new TreeMap<>();
        loops.onAll(loop -> {
            List<LearnedAddress> some = loop.forwarder().learned(clock.getAsLong());
            synchronized (youngest) {
                for (LearnedAddress address : some) {
                    youngest.merge(address.mac(), address, (a, b) -> a.silentNs() <= b.silentNs() ? a : b);
                }
            }
        });
        synchronized (youngest) {
            return new TreeMap<>(youngest);
        }
    }

    @Override
    public synchronized Map<String, Object> describe(NodeConfig.Nic nic) {
        return nics.describe(nic);
    }

    private Served served(int nicPort) {
        if (!fastPathOn) {
            return Served.none("off");
        }
        if (!tooMuchToLearn().isEmpty()) {
            return Served.none(tooMuchToLearn());
        }
        if (!fastPath.unable().isEmpty()) {
            return Served.none("no: " + fastPath.unable());
        }
        Map<String, String> obstacles = new LinkedHashMap<>();
        for (NodeConfig.Link link : links.configurations()) {
            if (table.joins(nicPort, link.port())) {
                // A link that the fast path was not told of goes over no network.
                obstacles.put(link.name(), fastPath.links().getOrDefault(link.name(), "it stays in this process"));
            }
        }
        return Served.of(obstacles);
    }

    @Override
    public synchronized Map<String, Object> describe(NodeConfig.Link link) {
        Map<String, Object> told = links.describe(link);
        String obstacle = fastPath == null ? null : fastPath.links().get(link.name());
        if (obstacle != null) {
            told.put("fastpath", obstacle.isEmpty() ? "on" : "no: " + obstacle);
        }
        return told;
    }

    /// The in-memory NIC of a port, for tests.
    public synchronized InMemoryNic memoryNic(int port) {
        return nics.memory(port);
    }

    /// Ends the loops and closes everything. A persistent TAP stays.
    @Override
    public void close() {
        if (networkWatch != null) {
            networkWatch.close();
        }
        if (caretaker != null) {
            caretaker.close();
        }
        release();
    }

    private synchronized void release() {
        if (closed) {
            return;
        }
        closed = true;
        loops.stop();
        nics.closeAll();
        links.closeAll();
        if (fastPath != null) {
            fastPath.close();
        }
    }
}
