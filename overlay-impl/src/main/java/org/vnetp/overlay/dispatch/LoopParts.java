package org.vnetp.overlay.dispatch;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.fastpath.FlowOffers;
import org.vnetp.overlay.posix.LazyArena;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.FloodMemory;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.LoopCounters;
import org.vnetp.overlay.stats.LoopStatistics;

/// What a loop is made of, and how it is changed between two rounds: ports come and go, settings and tables are
/// replaced. [DispatchLoop], which is this too, is the rounds.
///
/// **Thread:** [#execute], [#close], [#describe] and [#statistics] are any thread's. All else belongs to the loop's
/// thread, or to whoever sets the loop up before it runs; others hand it over by [#execute].
///
/// **Ownership:** the loop has its own memory, descriptors for waiting and commands, which [#release] frees; ports,
/// links and NICs are their openers'.
abstract class LoopParts implements AutoCloseable {
    final Posix posix;
    final LongSupplier clock;
    final Ports ports;
    final OutboundPath outbound;
    final InboundPath inbound;
    final LoopStatistics statistics;
    final LoopCounters counters;
    final Consumer<Throwable> onError;
    final LoopCommands commands;
    final ModeController outMode;
    final ModeController inMode;
    final Descriptors descriptors;
    final ReadPorts reads;
    final Idling idling;
    DispatchSettings settings;

    /// @param onError told about an exception at the loop's edge; the loop goes on
    LoopParts(
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
        this.descriptors = new Descriptors(posix);
        this.reads = new ReadPorts(posix, ports, inbound, descriptors, this);
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

    /// Goes over to the scheduling of the settings. On the loop's thread.
    final void schedule() {
        settings.scheduling().apply().ifPresent(why -> onError.accept(new IllegalStateException("scheduling: " + why)));
    }
}
