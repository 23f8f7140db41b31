package org.vnetp.overlay;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.NodeActuator;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.DispatchReport;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.MoveReport;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.measure.Demands;
import org.vnetp.overlay.measure.LinkReport;
import org.vnetp.overlay.measure.Probe;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.route.FlowRule;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.route.RoutingTable;
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

    private final String name;
    private final Loops loops;
    private final Nics nics;
    private final Links links;
    private final KernelFlows kernelFlows;
    private final Routes routes;
    private final Incidents incidents = new Incidents(this::call);
    private final Upkeep upkeep;
    private final NodeReports reports;
    // Null with INVOKER.
    private final Caretaker caretaker;
    private final Measuring measuring;
    private final Measurer measurer;
    // Null with INVOKER, and where the kernel does not tell.
    private final NetworkWatch networkWatch;

    private DispatchSettings settings = DispatchSettings.DEFAULT;
    private boolean closed;

    /// @param clock monotonic, nanoseconds
    /// @param log   takes a line about what an operator should know; never called per frame
    public OverlayNode(String name, Threading threading, LongSupplier clock, Consumer<String> log) {
        this(name, threading, clock, sinceEpochNs(), log);
    }

    /// @param nowNs the time of day, nanoseconds since 1970; asked for once, so that it never goes back
    OverlayNode(String name, Threading threading, LongSupplier clock, long nowNs, Consumer<String> log) {
        this.name = name;
        long startedNs = nowNs - clock.getAsLong();
        LongSupplier timeNs = () -> startedNs + clock.getAsLong();
        this.loops = new Loops(threading, clock, log);
        this.links = new Links(new AroundLinks(loops, clock, timeNs, incidents::onNetworkChange, this::call, log));
        this.kernelFlows = new KernelFlows(loops, links, clock, this::call, this::onServed);
        this.nics = new Nics(loops, new AroundNics(name, links, kernelFlows, this::inTurn), log);
        this.caretaker = threading == Threading.INVOKER ? null : new Caretaker(this::attend, log);
        Misfits misfits = new Misfits(log);
        RouteMoves moves = new RouteMoves(loops, links, nics, kernelFlows, clock);
        this.routes = new Routes(this, () -> closed, loops, kernelFlows, moves);
        this.upkeep = new Upkeep(incidents, nics, links, kernelFlows, misfits, clock);
        this.reports = new NodeReports(name, clock, loops, nics, links, kernelFlows);
        loops.moves().arming(this::beforeHolding);
        this.measuring = new Measuring(name, loops, links, kernelFlows, clock, timeNs, this::snapshot, log);
        this.measurer = new Measurer(caretaker != null, this::attendMeasuring, log);
        loops.deaths(incidents::onDeath);
        loops.tunnels(incidents::onTunnel);
        loops.attention(refusal -> {
            misfits.hear(refusal);
            call();
        });
        startLoops();
        this.networkWatch = caretaker == null ? null : NetworkWatch.start(incidents::onNetworkChange, log);
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

    /// A loop's thread calls it: frames of a flow are about to be held, which the kernel may not carry then.
    private void beforeHolding(long destination, long source, Runnable then) {
        if (caretaker == null || !kernelFlows.exists()) {
            then.run();
            return;
        }
        incidents.onHold(destination, source, then);
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
        return closed ? Caretaker.UNTIL_CALLED : upkeep.attend(networkWatch != null);
    }

    private void onServed() {
        nics.followFastPath();
    }

    // --- loops ---

    private void startLoops() {
        loops.start(settings, routes.table(), kernelFlows.path(), () -> {
            nics.attachAll();
            links.attachAll();
        });
    }

    // --- listening ---

    @Override
    public synchronized void listen(NodeConfig.Listening next) throws StatementException {
        links.listen(next);
        kernelFlows.listen(next);
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
        measuring.follow();
        // NICs whose going nobody tells are looked after from now on.
        call();
    }

    @Override
    public synchronized void closeNic(NodeConfig.Nic nic) {
        nics.close(nic);
    }

    private synchronized void inTurn(Runnable change) {
        if (!closed) {
            change.run();
        }
    }

    // --- the fast path ---

    @Override
    public synchronized void fastPath(boolean on) {
        kernelFlows.on(on);
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
        kernelFlows.addLink(link);
        measuring.follow();
        nics.rederiveMtus();
        call();
    }

    @Override
    public synchronized void closeLink(NodeConfig.Link link) {
        links.close(link);
        measuring.follow();
        kernelFlows.follow();
        nics.rederiveMtus();
    }

    // --- MTUs ---

    @Override
    public synchronized void mtu(NodeConfig.Nic nic) throws StatementException {
        nics.mtu(nic);
    }

    @Override
    public synchronized void nicLink(NodeConfig.Nic nic) {
        nics.link(nic);
    }

    // --- routes and dispatch ---

    @Override
    public void replaceTable(RoutingTable next) {
        routes.replace(next);
    }

    @Override
    public void move(FlowRule flow, RoutingTable next) throws StatementException {
        routes.move(flow, next);
    }

    @Override
    public List<MoveReport> moves() {
        return routes.moves();
    }

    /// Which way frames go. For tests that make a move step by step.
    Routes routes() {
        return routes;
    }

    @Override
    public synchronized void dispatch(DispatchSettings next) throws StatementException {
        loops.check(settings, next);
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

    // --- measuring ---

    @Override
    public synchronized void measure(boolean on) {
        measuring.on(on);
        measurer.call();
    }

    @Override
    public synchronized void measureLog(Optional<Path> file, long mostBytes) throws StatementException {
        measuring.log(file, mostBytes);
    }

    @Override
    public synchronized void probe(NodeConfig.Link link, Probe what) throws StatementException {
        measuring.probe(link, what);
        measurer.call();
    }

    @Override
    public synchronized List<LinkReport> measurements() {
        return measuring.reports();
    }

    @Override
    public synchronized Demands demands() {
        return measuring.demands();
    }

    /// Does what is due of measuring.
    ///
    /// @return milliseconds until the next time, or [Caretaker#UNTIL_CALLED]
    synchronized long attendMeasuring() {
        return closed ? Caretaker.UNTIL_CALLED : measuring.attend();
    }

    // --- what control shows ---

    /// All statements of the start are carried out, and control answers.
    ///
    /// @param processAgeNs nanoseconds since the node's process was started
    public void ready(long processAgeNs) {
        reports.ready(processAgeNs);
    }

    @Override
    public StartUp startUp() {
        return reports.startUp();
    }

    @Override
    public synchronized Snapshot snapshot() {
        return reports.snapshot();
    }

    @Override
    public synchronized DispatchReport dispatchReport() {
        return reports.dispatch(settings);
    }

    @Override
    public synchronized List<LearnedAddress> learned() {
        return kernelFlows.learned();
    }

    @Override
    public synchronized Map<String, Object> describe(NodeConfig.Nic nic) {
        return nics.describe(nic);
    }

    @Override
    public synchronized Map<String, Object> describe(NodeConfig.Link link) {
        Map<String, Object> told = links.describe(link);
        kernelFlows
                .obstacle(link.name())
                .ifPresent(obstacle -> told.put("fastpath", obstacle.isEmpty() ? "on" : "no: " + obstacle));
        return told;
    }

    /// The in-memory NIC of a port, for tests.
    public synchronized InMemoryNic memoryNic(int port) {
        return nics.memory(port);
    }

    /// Does what the VMM of a virtual machine's NIC has said, where no thread does ([Threading#INVOKER]).
    public void turnVhost(int port) {
        nics.vhost(port).turn();
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
        measurer.close();
        release();
    }

    private synchronized void release() {
        if (closed) {
            return;
        }
        closed = true;
        loops.stop();
        measuring.close();
        nics.closeAll();
        links.closeAll();
        kernelFlows.close();
    }
}
