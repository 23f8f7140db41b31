package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.encap.Decapsulator;
import org.vnetp.overlay.encap.StrayDatagrams;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpListener;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LastRefused;
import org.vnetp.overlay.stats.PortCounter;

/// The way in, mirror of [OutboundPath]:
///
/// 1. [#drain] visits a link and receives up to a batch of datagrams into the link's slab; merged ones arrive as
/// one message. 2. The decapsulator checks each datagram and finds the frames; their slices point into the slab. 3.
/// [#onFrame] asks for the route of each, unless it has to wait ([LoopMoves]); [Ports#cross] hands it to each
/// destination: one writev to a guest's NIC.
/// 4. Frames that go on over another link are sent before the slab is used again. 5. Once no frame is unfinished
/// the slab is used from its start again.
///
/// The methods stand in the order in which a frame meets them. One loop's; nothing here blocks, allocates or
/// throws.
public final class InboundPath implements FrameSink {
    /// A visit that brought so many frames lets others run before the next.
    private static final int GIVE_WAY_FRAMES = 48;

    private final Posix posix;
    private final Ports ports;
    private final LastRefused refused;
    private final LoopMoves moves;
    private LinkPort[] roaming = {};
    private LinkPort source;
    private int batch;
    private int framesOfVisit;
    private long nowNs;
    private final MemorySegment answer = Arena.ofAuto().allocate(Decapsulator.ANSWER_LENGTH, 64);

    public InboundPath(Posix posix, Ports ports, int batch) {
        this.posix = posix;
        this.ports = ports;
        this.refused = ports.drops().last();
        this.moves = ports.moves();
        this.batch = batch;
    }

    /// The links whose peers may be anywhere, of those that the loop reads.
    void roaming(LinkPort[] links) {
        roaming = links;
    }

    /// Messages taken from a link in one visit.
    public void batch(int messages) {
        batch = messages;
    }

    /// Visits one link.
    ///
    /// @return frames taken; at least 1 if anything was received
    public int drain(LinkPort port, long nowNs) {
        int frames = visit(port, nowNs);
        if (ports.gated(port.id)) {
            frames += settle(port, nowNs);
        }
        return frames;
    }

    /// As [OutboundPath]'s.
    private int settle(LinkPort port, long nowNs) {
        int frames = 0;
        for (int i = 0; i < OutboundPath.SETTLINGS && !port.decapsulator.holds() && ports.look(port.id, nowNs); i++) {
            int more = visit(port, nowNs);
            ports.open(port.id, more == 0, nowNs);
            frames += more;
        }
        return frames;
    }

    private int visit(LinkPort port, long nowNs) {
        source = port;
        refused.arrivingAt(port.id);
        this.nowNs = nowNs;
        framesOfVisit = 0;
        ReceiveBatch received = port.batch;
        int messages = 0;
        while (messages < batch) {
            if (received.next() == received.slots()) {
                port.decapsulator.endBurst(this);
                sendForwarded();
                port.decapsulator.letGo(nowNs);
                received.reset();
            }
            int count = port.link.receive(posix, received);
            if (count == 0) {
                port.expectMore = messages > 1;
                break;
            }
            messages += count;
            for (int i = 0; i < count; i++) {
                if (received.length(i) > 0) {
                    port.decapsulator.decapsulate(
                            received.slab(),
                            received.offset(i),
                            received.length(i),
                            received.segmentSize(i),
                            received.ecn(i),
                            nowNs,
                            this);
                }
            }
            sendForwarded();
            ports.endWrites();
            if (!port.decapsulator.holds()) {
                received.reset();
            }
            if (!port.expectMore) {
                break;
            }
        }
        if (messages > 0) {
            port.decapsulator.endBurst(this);
            sendForwarded();
            ports.endWrites();
            if (!port.decapsulator.holds()) {
                received.reset();
            }
            answer(port);
            if (framesOfVisit >= GIVE_WAY_FRAMES) {
                // The guest's receiver is awake by now; on a full machine it needs the CPU before its socket
                // overflows.
                posix.yieldCpu();
            }
        }
        return Math.max(framesOfVisit, messages);
    }

    /// Visits the listening socket, where only strangers arrive, peers that send from another port than they should,
    /// and peers that may be anywhere: the datagrams of all but the last are counted and dropped.
    public int drain(ListenPort port, long nowNs) {
        ReceiveBatch received = port.batch;
        int messages = 0;
        while (messages < batch) {
            received.reset();
            if (port.listener.receive(posix, received) == 0) {
                break;
            }
            messages++;
            int length = received.length(0);
            if (length == 0) {
                ports.drops().increment(DropReason.TRUNCATED);
            } else {
                int size = received.segmentSize(0);
                int taken = roaming.length == 0 ? 0 : taken(port, length, size, nowNs);
                if (taken == length) {
                    continue;
                }
                DropReason reason = port.reason(received.slab(), received.offset(0) + taken, length - taken);
                ports.drops().add(reason, (length - taken + size - 1) / size);
                UdpListener from = port.listener;
                ports.drops().last().sender(reason, from.senderHigh(), from.senderLow(), from.senderPort(), nowNs);
            }
        }
        return messages;
    }

    /// Gives a message that came to the listening socket to the link whose peer it comes from, if there is one: the
    /// peer has another address than before, or none was known.
    ///
    /// @return bytes of it that a link has taken
    private int taken(ListenPort from, int length, int segmentSize, long nowNs) {
        MemorySegment slab = from.batch.slab();
        long at = from.batch.offset(0);
        int first = Math.min(length, segmentSize);
        for (LinkPort port : roaming) {
            int claim = port.strays.claim(slab, at, first, nowNs, from.sender);
            if (claim == StrayDatagrams.STRANGE) {
                continue;
            }
            int taken = claim == StrayDatagrams.MESSAGE ? first : length;
            port.counters.add(PortCounter.DATAGRAMS_IN, (taken + segmentSize - 1) / segmentSize);
            port.counters.add(PortCounter.WIRE_BYTES_IN, taken);
            if (claim == StrayDatagrams.NEWEST) {
                port.link.follow(posix, from.sender.get());
            }
            if (claim != StrayDatagrams.MESSAGE) {
                source = port;
                refused.arrivingAt(port.id);
                this.nowNs = nowNs;
                framesOfVisit = 0;
                port.strays.take(slab, at, length, segmentSize, from.batch.ecn(0), nowNs, this);
                port.decapsulator.endBurst(this);
                sendForwarded();
                ports.endWrites();
                port.decapsulator.letGo(nowNs);
                answer(port);
            }
            return taken;
        }
        return 0;
    }

    @Override
    public void onFrame(Frame frame) {
        framesOfVisit++;
        if (moves.active() && moves.holds(frame, source.id, nowNs)) {
            return;
        }
        ports.cross(frame, source.id, source.counters, true, nowNs);
        source.lastGuest = ports.lastGuest();
    }

    /// What the format has to tell the peer. Apart, as are all seldom ways: a longer [#drain] the JIT would not inline.
    private void answer(LinkPort port) {
        int length = port.decapsulator.answer(answer, nowNs);
        if (length > 0) {
            ports.talk().answer(port, answer.address(), length);
        }
        if (port.messages != null) {
            if (port.moved.count() > 0) {
                moves.handle(port, nowNs);
            }
            ports.talk().say(port);
        }
    }

    private void sendForwarded() {
        if (ports.forwarded()) {
            ports.flushForwarded();
        }
    }
}
