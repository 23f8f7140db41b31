package org.vnetp.overlay.dispatch;

import java.util.function.IntConsumer;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.fastpath.FlowOffers;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.Destinations;
import org.vnetp.overlay.route.FloodMemory;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.GuardCheck;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;
import org.vnetp.overlay.stats.TrafficMatrix;

/// The ports of one loop and the crossing between them: where a frame that came in at one port goes out.
///
/// Both paths end here, so that all four crossings (guest to link, link to guest, guest to guest,
/// link to link) are one.
public final class Ports extends StagedPorts {
    private NicPort lastGuest;
    private final Posix posix;
    private final Forwarder forwarder;
    private final DropCounters drops;
    private final TrafficMatrix matrix;
    private final LoopMoves moves;
    private final LinkTalk talk = new LinkTalk(this);
    private final TooBigReplies tooBig = new TooBigReplies();
    private final Pieces pieces = new Pieces(this);

    private FlowOffers offers;
    private IntConsumer tunnels = _ -> {};
    // Null unless frames go on from link to link.
    private RelayCheck relay;
    // Null unless something is said about what may come in.
    private GuardCheck guards;
    private long replicas;

    /// @param statistics the loop's
    public Ports(Posix posix, Forwarder forwarder, LoopStatistics statistics) {
        super(posix, statistics.drops());
        this.posix = posix;
        this.forwarder = forwarder;
        this.drops = statistics.drops();
        this.matrix = statistics.matrix();
        this.moves = new LoopMoves(this, statistics.counters());
    }

    @Override
    public void add(LinkPort port) {
        port.relaying(relay != null);
        super.add(port);
    }

    @Override
    public void remove(NicPort port) {
        lastGuest = null;
        super.remove(port);
    }

    /// Goes over to another table.
    ///
    /// @param floods the node's, where the table relays
    public void replace(RoutingTable table, FloodMemory floods) {
        relay = table.relays() ? new RelayCheck(table, floods) : null;
        guards = table.guards().isEmpty() ? null : new GuardCheck(table.guards());
        for (LinkPort port : links()) {
            port.relaying(relay != null);
        }
        forwarder.replace(table);
    }

    /// Gives flows to the kernel from now on; null: to nobody.
    void offers(FlowOffers next) {
        offers = next;
    }

    /// Whether flows that come in at a port wait for the kernel to carry them: its visitor then calls [#look].
    boolean gated(int port) {
        return offers != null && offers.waitAt(port);
    }

    /// Looks whether they can be. Nothing may be staged or held.
    ///
    /// @return whether [#open] is to be called, after one more look for frames
    boolean look(int port, long nowNs) {
        return offers.look(port, nowNs);
    }

    /// Lets the kernel carry them.
    ///
    /// @param empty whether no more frame was found
    void open(int port, boolean empty, long nowNs) {
        boolean left = true;
        for (int to = offers.leavesBy(port, -1); empty && left && to >= 0; to = offers.leavesBy(port, to)) {
            LinkPort link = link(to);
            left = link == null || link.link.leaving(posix) == 0;
        }
        offers.open(port, empty, left, nowNs);
    }

    /// Tells somebody of the first superframe inside a tunnel from each NIC. Called by the loop's thread, and must not
    /// wait.
    void tunnels(IntConsumer listener) {
        tunnels = listener;
    }

    /// Copies that replication made beyond the first of each frame.
    public long replicas() {
        return replicas;
    }

    Forwarder forwarder() {
        return forwarder;
    }

    /// Who got a frame last; null: nobody.
    NicPort lastGuest() {
        return lastGuest;
    }

    /// What the ends of the links say to each other.
    LinkTalk talk() {
        return talk;
    }

    LoopMoves moves() {
        return moves;
    }

    DropCounters drops() {
        return drops;
    }

    /// Sends a frame to every destination of its route.
    ///
    /// @param fromLink the frame came from another node: its hop limit is one less on a further link
    void cross(Frame frame, int sourcePort, PortCounters from, boolean fromLink, long nowNs) {
        long destination = frame.destination();
        long source = frame.source();
        int bytes = frame.length() - VirtioNetHeader.LENGTH;
        from.frameIn(bytes);
        long front = VirtioNetHeader.front(frame.head(), frame.offset());
        boolean plain = VirtioNetHeader.plain(front);
        if (VirtioNetHeader.gsoType(front) != VirtioNetHeader.GSO_NONE) {
            from.increment(PortCounter.SUPERFRAMES_IN);
        }
        if (!fromLink && VirtioNetHeader.tunnelled(VirtioNetHeader.gsoType(front))) {
            tunnelOf(sourcePort);
        }
        if (guards != null && refused(frame, sourcePort, from, destination, source, nowNs)) {
            return;
        }
        matrix.count(source, destination, bytes);
        Destinations destinations;
        if (relay == null) {
            if (forwarder.learn(source, sourcePort, nowNs, destination) && offers != null) {
                offers.moved();
            }
            destinations = forwarder.lookup(sourcePort, destination, source);
        } else {
            destinations = relayed(frame, sourcePort, from, destination, source, nowNs);
            if (destinations == null) {
                return;
            }
        }
        int count = destinations.count();
        if (count == 0) {
            drop(destinations.dropReason(), from, sourcePort, source, destination, nowNs);
            return;
        }
        replicas += count - 1;
        Forwarder.Decision decision = forwarder.decision();
        if (offers != null && count == 1 && decision != Forwarder.Decision.FLOOD) {
            boolean learned = decision == Forwarder.Decision.LEARNED;
            offers.offer(frame, sourcePort, destinations.port(0), destination, source, learned, nowNs);
        }
        for (int i = 0; i < count; i++) {
            int id = destinations.port(i);
            if (!plain && !takes(id, front)) {
                pieces.send(id, frame, sourcePort, fromLink, nowNs);
                continue;
            }
            NicPort nic = nic(id);
            if (nic != null) {
                lastGuest = nic;
                toGuest(nic, frame);
                continue;
            }
            LinkPort link = link(id);
            if (link == null) {
                drop(DropReason.PORT_DOWN, from, sourcePort, source, destination, nowNs);
            } else {
                toLink(link, frame, sourcePort, fromLink, nowNs);
            }
        }
    }

    /// Whether a frame may not come in where it did; then it is counted. Apart, as [#drop].
    private boolean refused(Frame frame, int sourcePort, PortCounters from, long destination, long source, long nowNs) {
        DropReason refusal = guards.refusal(frame, sourcePort, source, destination, nowNs);
        if (refusal == null) {
            return false;
        }
        drop(refusal, from, sourcePort, source, destination, nowNs);
        return true;
    }

    /// Where a frame goes while guests' frames are relayed, or null where it goes no further. Apart, as
    /// [#drop].
    private Destinations relayed(
            Frame frame, int sourcePort, PortCounters from, long destination, long source, long nowNs) {
        Destinations destinations = forwarder.lookup(sourcePort, destination, source);
        DropReason refusal = relay.refusal(frame, sourcePort, destination, destinations, nowNs);
        if (refusal != null) {
            from.increment(PortCounter.DROPS_IN);
            drops.increment(refusal);
            distrust(destination);
            return null;
        }
        // A copy that came the long way round tells nothing about where its sender is.
        forwarder.learn(source, sourcePort, nowNs, destination);
        return destinations;
    }

    /// A frame has gone round: the way to its destination that has been learned may be no way, so it is found anew.
    private void distrust(long destination) {
        if (link(forwarder.learnedPort(destination)) != null) {
            forwarder.forget(destination);
        }
    }

    private void tunnelOf(int sourcePort) {
        NicPort nic = nic(sourcePort);
        if (nic != null && !nic.tunnels) {
            nic.tunnels = true;
            tunnels.accept(sourcePort);
        }
    }

    /// Whether a port takes a frame as its virtio_net_hdr says. One that is not there takes all.
    private boolean takes(int id, long front) {
        NicPort nic = nic(id);
        if (nic != null) {
            return nic.nic.takes(front);
        }
        LinkPort link = link(id);
        return link == null
                || !VirtioNetHeader.tunnelled(VirtioNetHeader.gsoType(front))
                || link.encapsulator.carriesTunnels();
    }

    /// A frame has nowhere to go. Apart, so that the JIT inlines [#cross].
    private void drop(DropReason reason, PortCounters from, int sourcePort, long source, long destination, long nowNs) {
        from.increment(PortCounter.DROPS_IN);
        drops.increment(reason);
        drops.last().frame(reason, sourcePort, source, destination, nowNs);
    }

    void toGuest(NicPort port, Frame frame) {
        int written = port.nic.write(posix, frame.slices());
        if (port.memory) {
            toEnd(port);
        } else {
            port.counters.increment(PortCounter.CALLS_OUT);
        }
        if (written >= 0) {
            port.counters.frameOut(written - VirtioNetHeader.LENGTH);
        } else {
            port.counters.increment(PortCounter.DROPS_OUT);
            boolean full = written == -Errno.EAGAIN || written == -Errno.ENOBUFS;
            drops.increment(
                    full
                            ? DropReason.NIC_FULL
                            : VirtualNic.isGone(written) ? DropReason.PORT_DOWN : DropReason.NIC_ERROR);
        }
    }

    void toLink(LinkPort port, Frame frame, int sourcePort, boolean fromLink, long nowNs) {
        if (!port.passable) {
            port.counters.increment(PortCounter.DROPS_OUT);
            drops.increment(DropReason.LINK_DOWN);
            drops.last().frame(DropReason.LINK_DOWN, sourcePort, frame.source(), frame.destination(), nowNs);
            return;
        }
        int hops = frame.hopLimit();
        if (fromLink) {
            if (hops <= 1) {
                port.counters.increment(PortCounter.DROPS_OUT);
                drops.increment(DropReason.HOP_LIMIT);
                distrust(frame.destination());
                return;
            }
            if (port.blocked) {
                // What is staged there waits; the receive slab cannot.
                port.counters.increment(PortCounter.DROPS_OUT);
                drops.increment(DropReason.LINK_FULL);
                return;
            }
            frame.hopLimit(hops - 1);
            forward();
        }
        if (!port.link.hasRoom()) {
            makeRoom(port, fromLink);
        }
        int result = port.encapsulator.encapsulate(frame, port.link);
        if (result == Encapsulator.FULL) {
            makeRoom(port, fromLink);
            result = port.encapsulator.encapsulate(frame, port.link);
        }
        frame.hopLimit(hops);
        if (result == Encapsulator.STAGED) {
            port.counters.frameOut(frame.length() - VirtioNetHeader.LENGTH);
        } else {
            port.counters.increment(PortCounter.DROPS_OUT);
            drops.increment(
                    switch (result) {
                        case Encapsulator.FULL -> DropReason.LINK_FULL;
                        case Encapsulator.TOO_BIG -> DropReason.MTU_EXCEEDED;
                        default -> DropReason.UNSUPPORTED;
                    });
            if (result == Encapsulator.TOO_BIG) {
                Frame reply = tooBig.to(frame, port.encapsulator.guestMtu(), nowNs);
                if (reply != null) {
                    sendBack(reply, sourcePort);
                }
            }
        }
    }

    /// Sends a frame that was made here back where the one it answers came from. Its memory is used again for the next.
    private void sendBack(Frame reply, int sourcePort) {
        NicPort nic = nic(sourcePort);
        LinkPort link = link(sourcePort);
        if (nic != null) {
            toGuest(nic, reply);
        } else if (link != null && !link.blocked && link.link.hasRoom()) {
            if (link.encapsulator.encapsulate(reply, link.link) == Encapsulator.STAGED) {
                flushForwarded();
            }
        }
    }

    /// Lets others run who have got something to do.
    void giveWay() {
        posix.yieldCpu();
    }
}
