package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.encap.Messages;
import org.vnetp.overlay.fastpath.FlowOffers;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.TooBigAnswer;
import org.vnetp.overlay.frame.TunnelCutter;
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
public final class Ports {
    private static final int ANSWER_OFFSET = 64;
    private static final int ANSWER_HOPS = 16;

    private NicPort[] nics = {};
    private LinkPort[] links = {};
    private NicPort[] nicById = {};
    // Those with frames that their guests may not know of yet.
    private NicPort[] unsaid = {};
    private int unsaidCount;
    private NicPort lastGuest;
    private boolean cutThrough = true;
    private LinkPort[] linkById = {};
    private final Posix posix;
    private final Forwarder forwarder;
    private final DropCounters drops;
    private final TrafficMatrix matrix;
    private final LoopMoves moves;
    private final TooBigAnswer tooBig = new TooBigAnswer(100, 20);
    private final MemorySegment answers = Arena.ofAuto().allocate(ANSWER_OFFSET + TooBigAnswer.MAX_LENGTH, 64);
    private final Frame answer = new Frame(Arena.ofAuto(), 1);
    private final TunnelCutter cutter = new TunnelCutter();
    /// The cutter's last pieces are staged on a link that was full.
    private boolean piecesWait;

    private FlowOffers offers;
    private IntConsumer tunnels = _ -> {};
    // Null unless frames go on from link to link.
    private RelayCheck relay;
    // Null unless something is said about what may come in.
    private GuardCheck guards;
    private int blockedLinks;
    private boolean forwarded;
    private long replicas;

    /// @param statistics the loop's
    public Ports(Posix posix, Forwarder forwarder, LoopStatistics statistics) {
        this.posix = posix;
        this.forwarder = forwarder;
        this.drops = statistics.drops();
        this.matrix = statistics.matrix();
        this.moves = new LoopMoves(this, statistics.counters());
    }

    public void add(NicPort port) {
        nics = Arrays.copyOf(nics, nics.length + 1);
        nics[nics.length - 1] = port;
        unsaid = Arrays.copyOf(unsaid, nics.length);
        nicById = Arrays.copyOf(nicById, Math.max(nicById.length, port.id + 1));
        nicById[port.id] = port;
    }

    public void add(LinkPort port) {
        port.relaying(relay != null);
        links = Arrays.copyOf(links, links.length + 1);
        links[links.length - 1] = port;
        linkById = Arrays.copyOf(linkById, Math.max(linkById.length, port.id + 1));
        linkById[port.id] = port;
    }

    public void remove(NicPort port) {
        endWrites();
        nics = Arrays.stream(nics).filter(p -> p != port).toArray(NicPort[]::new);
        nicById[port.id] = null;
        lastGuest = null;
        for (LinkPort link : links) {
            link.lastGuest = null;
        }
    }

    /// What is staged on the link is lost.
    public void remove(LinkPort port) {
        if (port.blocked) {
            unblock(port);
        }
        links = Arrays.stream(links).filter(p -> p != port).toArray(LinkPort[]::new);
        linkById[port.id] = null;
    }

    /// Goes over to another table.
    ///
    /// @param floods the node's, where the table relays
    public void replace(RoutingTable table, FloodMemory floods) {
        relay = table.relays() ? new RelayCheck(table, floods) : null;
        guards = table.guards().isEmpty() ? null : new GuardCheck(table.guards());
        for (LinkPort port : links) {
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

    NicPort nic(int id) {
        return id < nicById.length ? nicById[id] : null;
    }

    LinkPort link(int id) {
        return id >= 0 && id < linkById.length ? linkById[id] : null;
    }

    /// Copies that replication made beyond the first of each frame.
    public long replicas() {
        return replicas;
    }

    Forwarder forwarder() {
        return forwarder;
    }

    public NicPort[] nics() {
        return nics;
    }

    public LinkPort[] links() {
        return links;
    }

    boolean anyBlocked() {
        return blockedLinks > 0;
    }

    /// Who got a frame last; null: nobody.
    NicPort lastGuest() {
        return lastGuest;
    }

    /// Whether frames of this visit were written to virtual machines' memory.
    boolean wentToMachine() {
        return unsaidCount > 0;
    }

    /// Whether frames may stay where their guests have them until they are sent.
    void cutThrough(boolean on) {
        cutThrough = on;
    }

    /// Whether a frame in slices costs no copy anywhere: then it may stay where its guest has it.
    boolean takesSlices() {
        if (!cutThrough) {
            return false;
        }
        for (LinkPort port : links) {
            if (!port.encapsulator.takesSlices()) {
                return false;
            }
        }
        return true;
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
                cut(id, frame, sourcePort, fromLink, nowNs);
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

    /// Sends a superframe in pieces to a port that cannot take it whole. Apart, as [#drop].
    private void cut(int id, Frame frame, int sourcePort, boolean fromLink, long nowNs) {
        NicPort nic = nic(id);
        LinkPort link = link(id);
        // Pieces that wait for a full link need the cutter's memory.
        boolean full = piecesWait && blockedLinks > 0 || link != null && link.blocked;
        int pieces = full ? 0 : cutter.cut(frame);
        if (pieces == 0) {
            (nic != null ? nic.counters : link.counters).increment(PortCounter.DROPS_OUT);
            drops.increment(full ? DropReason.LINK_FULL : DropReason.BAD_OFFLOAD);
            return;
        }
        for (int i = 0; i < pieces; i++) {
            if (nic != null) {
                toGuest(nic, cutter.frame(i));
            } else {
                toLink(link, cutter.frame(i), sourcePort, fromLink, nowNs);
            }
        }
        if (nic == null) {
            flush(link);
            if (link.blocked && fromLink) {
                unblock(link);
            }
            piecesWait = link.blocked;
        }
    }

    /// A frame has nowhere to go. Apart, so that the JIT inlines [#cross].
    private void drop(DropReason reason, PortCounters from, int sourcePort, long source, long destination, long nowNs) {
        from.increment(PortCounter.DROPS_IN);
        drops.increment(reason);
        drops.last().frame(reason, sourcePort, source, destination, nowNs);
    }

    private void toGuest(NicPort port, Frame frame) {
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

    private void toEnd(NicPort port) {
        if (!port.unsaid) {
            port.unsaid = true;
            unsaid[unsaidCount++] = port;
        }
    }

    /// The guests may be woken for what was written to their NICs.
    void endWrites() {
        for (int i = 0; i < unsaidCount; i++) {
            unsaid[i].unsaid = false;
            unsaid[i].nic.endWrites(posix);
        }
        unsaidCount = 0;
    }

    private void toLink(LinkPort port, Frame frame, int sourcePort, boolean fromLink, long nowNs) {
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
            forwarded = true;
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
                answerTooBig(port, frame, sourcePort, nowNs);
            }
        }
    }

    /// Sends what is staged, for more to be staged. What came from a link is given up where the link is full:
    /// it lies in a receive slab that is used again before the link is flushed the next time. A guest's slab
    /// waits.
    private void makeRoom(LinkPort port, boolean fromLink) {
        flush(port);
        if (fromLink && port.blocked) {
            unblock(port);
        }
    }

    /// Tells the sender what fits, as a router would; the answer goes back where the frame came from.
    private void answerTooBig(LinkPort port, Frame frame, int sourcePort, long nowNs) {
        int length = tooBig.build(
                frame.head(),
                frame.ethernet(),
                frame.length() - VirtioNetHeader.LENGTH,
                frame.headLength() - VirtioNetHeader.LENGTH,
                port.encapsulator.guestMtu(),
                answers,
                ANSWER_OFFSET,
                nowNs);
        if (length == 0) {
            return;
        }
        answer.wrap(answers, ANSWER_OFFSET, length, ANSWER_HOPS);
        NicPort nic = nic(sourcePort);
        LinkPort link = link(sourcePort);
        if (nic != null) {
            toGuest(nic, answer);
        } else if (link != null && !link.blocked && link.link.hasRoom()) {
            if (link.encapsulator.encapsulate(answer, link.link) == Encapsulator.STAGED) {
                forwarded = true;
                // The answer's buffer is one, so it goes at once.
                flushForwarded();
            }
        }
    }

    /// Sends what is staged on all links.
    void flushAll() {
        for (LinkPort port : links) {
            flush(port);
        }
    }

    private void flush(LinkPort port) {
        port.encapsulator.finish(port.link);
        if (!port.link.staged()) {
            return;
        }
        boolean wasBlocked = port.blocked;
        port.blocked = !port.link.flush(posix);
        if (port.blocked != wasBlocked) {
            blockedLinks += port.blocked ? 1 : -1;
        }
        if (!port.blocked) {
            port.encapsulator.flushed();
            port.followPath();
        }
    }

    /// Gives up what is staged on all links.
    void discardAll() {
        for (LinkPort port : links) {
            port.encapsulator.finish(port.link);
            if (port.blocked) {
                unblock(port);
            } else if (port.link.staged()) {
                drops.add(DropReason.LINK_FULL, port.link.discard());
                port.encapsulator.flushed();
            }
        }
    }

    /// Takes over what fits the links' paths now; between two rounds, when nothing is staged but on links that are
    /// full. Those follow when they have been flushed.
    public void followPaths() {
        for (LinkPort port : links) {
            if (!port.blocked) {
                port.followPath();
            }
        }
    }

    /// True when frames from a link are staged for another link.
    boolean forwarded() {
        return forwarded;
    }

    /// Sends what came from one link for another. The receive slab is about to be used again, so
    /// what does not go now is dropped.
    void flushForwarded() {
        forwarded = false;
        for (LinkPort port : links) {
            if (!port.blocked) {
                flush(port);
                if (port.blocked) {
                    unblock(port);
                }
            }
        }
    }

    /// Sends a datagram of the link's own, unless the link is full: whoever wants it will ask again.
    void answer(LinkPort port, long address, int length) {
        if (port.blocked || !port.link.hasRoom()) {
            return;
        }
        port.link.slice(address, length);
        port.link.endTrain(length, 1, length, Ecn.NOT_ECT);
        flushForwarded();
    }

    /// Sends what the link's messages have to say now. What finds the link full is lost, as a frame would be.
    void say(LinkPort port) {
        Messages messages = port.messages;
        while (port.passable && !port.blocked && port.link.hasRoom()) {
            int staged = 0;
            while (staged < Messages.AT_ONCE) {
                int length = messages.next();
                if (length == 0 || !port.encapsulator.message(messages.kind(), messages.address(), length, port.link)) {
                    break;
                }
                staged++;
            }
            if (staged == 0) {
                return;
            }
            flush(port);
            if (port.blocked) {
                unblock(port);
                return;
            }
        }
    }

    /// Sends one message by a link at once. Nothing may be staged on links that are not full. What finds the link
    /// full is lost, as a frame would be.
    void say(LinkPort port, int kind, long address, int length) {
        if (port.passable
                && !port.blocked
                && port.link.hasRoom()
                && port.encapsulator.message(kind, address, length, port.link)) {
            flush(port);
            if (port.blocked) {
                unblock(port);
            }
        }
    }

    /// Sends and writes all that frames of a link's visit are about to be.
    void endVisit() {
        if (forwarded) {
            flushForwarded();
        }
        endWrites();
    }

    /// Lets others run who have got something to do.
    void giveWay() {
        posix.yieldCpu();
    }

    private void unblock(LinkPort port) {
        drops.add(DropReason.LINK_FULL, port.link.discard());
        port.blocked = false;
        blockedLinks--;
        port.encapsulator.flushed();
    }
}
