package org.vnetp.overlay.fastpath;

import static org.vnetp.overlay.fastpath.Skb.DATA;
import static org.vnetp.overlay.fastpath.Skb.DROP;
import static org.vnetp.overlay.fastpath.Skb.END;
import static org.vnetp.overlay.fastpath.Skb.ENTRY;
import static org.vnetp.overlay.fastpath.Skb.LENGTH;
import static org.vnetp.overlay.fastpath.Skb.MAP_LOOKUP;
import static org.vnetp.overlay.fastpath.Skb.PACKET;
import static org.vnetp.overlay.fastpath.Skb.REDIRECT;
import static org.vnetp.overlay.fastpath.Skb.REDIRECT_PEER;
import static org.vnetp.overlay.fastpath.Skb.SEGMENT;
import static org.vnetp.overlay.fastpath.Skb.SKB_DATA;
import static org.vnetp.overlay.fastpath.Skb.SKB_DATA_END;
import static org.vnetp.overlay.fastpath.Skb.SKB_GSO_SEGMENTS;
import static org.vnetp.overlay.fastpath.Skb.STACK;
import static org.vnetp.overlay.fastpath.Skb.STORE_BYTES;

import java.net.InetAddress;
import org.vnetp.overlay.fastpath.Assembler.Do;
import org.vnetp.overlay.fastpath.Assembler.If;
import org.vnetp.overlay.fastpath.Assembler.Size;

/// The programs that the kernel runs on frames of known flows: what [org.vnetp.overlay.dispatch.OutboundPath] and
/// [org.vnetp.overlay.dispatch.InboundPath] do, in the `vxlan` format (RFC 7348), without leaving the kernel.
///
/// Each begins by looking for reasons not to handle a frame; whatever is unusual goes on to the node. The order of
/// the steps is the order of the code.
final class Programs {
    // The stack: the key at its end; below it the number of datagrams, the ECN field and a word of the program's; then
    // another key; below that all headers, so that the IP header is aligned.
    static final int KEY = -16;
    static final int DATAGRAMS = -24;
    static final int MARK = -28;
    static final int TAG = -32;
    static final int ADDRESS = -48;
    static final int HEADER = -142;

    // What the opener takes and gives. The packet begins with an Ethernet header that says nothing.
    static final int OPENER_KEY = 16;
    static final int OPENER_SEEN = OPENER_KEY + FlowEntry.KEY_BYTES;
    static final int OPENER_BYTES = OPENER_SEEN + Long.BYTES;
    /// No word of a gate's.
    static final long HOWEVER = -1;

    static final int GONE = 0;
    static final int CLOSED = 1;
    static final int OPENED = 2;

    private Programs() {}

    /// At the host's end of a guest's veth: frames of known flows get their outer headers and go to the underlay;
    /// all others go to the node by its TAP.
    ///
    /// @param map  the outbound flows
    /// @param port the NIC's port id
    /// @param tap  the interface index of the node's TAP
    static Assembler outbound(int map, int port, int tap) {
        return new OutboundProgram(map, port, tap).write();
    }

    /// At the underlay's interface: datagrams of known flows lose their outer headers and go to the guest; all other
    /// packets go on as if nothing were here, those for the node to its sockets.
    ///
    /// @param map     the inbound flows
    /// @param peers   the other nodes' IPv6 addresses ([Peers]); with IPv4 not used
    /// @param local   the node's address
    /// @param udpPort where the node listens
    static Assembler inbound(int map, int peers, InetAddress local, int udpPort, int network) {
        return new InboundProgram(map, peers, local.getAddress(), udpPort, network).write();
    }

    /// At the node's TAP: what the node writes goes to the guest.
    ///
    /// @param veth the interface index of the host's end
    static Assembler toGuest(int veth) {
        return new Assembler()
                .let(1, Do.MOVE, veth)
                .let(2, Do.MOVE, 0)
                .call(REDIRECT_PEER)
                .exit();
    }

    /// The same where a machine has the other side of a TAP: what goes out there is the machine's.
    ///
    /// @param machine the interface index of that TAP
    static Assembler toMachine(int machine) {
        return new Assembler()
                .let(1, Do.MOVE, machine)
                .let(2, Do.MOVE, 0)
                .call(REDIRECT)
                .exit();
    }

    // --- what both directions do ---

    /// Leaves the value in register 0.
    static void lookup(Assembler a, int map, int key, String otherwise) {
        a.map(1, map).letRegister(2, Do.MOVE, STACK).let(2, Do.ADD, key).call(MAP_LOOKUP);
        a.jump(If.EQUAL, 0, 0, otherwise);
    }

    /// Leaves a frame of the flow at ENTRY to the node, counted, unless the kernel carries the flow now.
    static void gate(Assembler a, String open, String otherwise) {
        a.load(Size.DOUBLE, 1, ENTRY, FlowEntry.GATE).jump(If.SIGNED_LESS, 1, 0, open);
        // It may be opened between these two.
        a.let(1, Do.MOVE, 1).fetchAndAddTo(ENTRY, FlowEntry.GATE, 1);
        a.jump(If.SIGNED_GREATER, 1, -1, otherwise).label(open);
    }

    /// Control's own: lets the kernel carry a flow from now on, unless a frame has gone to the node since it looked.
    /// The packet is made up: the flow's key, and what was seen at [FlowEntry#GATE], [#HOWEVER] where that does not
    /// matter. Gives [#OPENED], [#CLOSED] or [#GONE].
    ///
    /// @param map where the flow is
    static Assembler opener(int map) {
        Assembler a = new Assembler();
        a.letRegister(PACKET, Do.MOVE, 1);
        a.load(Size.WORD, DATA, PACKET, SKB_DATA).load(Size.WORD, END, PACKET, SKB_DATA_END);
        a.letRegister(1, Do.MOVE, DATA).let(1, Do.ADD, OPENER_BYTES).jumpRegister(If.GREATER, 1, END, "gone");
        for (int i = 0; i < FlowEntry.KEY_BYTES; i += 4) {
            a.load(Size.WORD, 1, DATA, OPENER_KEY + i).store(Size.WORD, STACK, KEY + i, 1);
        }
        a.load(Size.DOUBLE, DATA, DATA, OPENER_SEEN);
        lookup(a, map, KEY, "gone");
        a.letRegister(ENTRY, Do.MOVE, 0);
        a.constant(1, FlowEntry.OPEN);
        a.jump(If.NOT_EQUAL, DATA, (int) HOWEVER, "compare");
        a.store(Size.DOUBLE, ENTRY, FlowEntry.GATE, 1).jump("opened");
        a.label("compare").letRegister(0, Do.MOVE, DATA).exchangeIfEqual(ENTRY, FlowEntry.GATE, 1);
        a.jumpRegister(If.EQUAL, 0, DATA, "opened");
        a.let(0, Do.MOVE, CLOSED).exit();
        a.label("opened").let(0, Do.MOVE, OPENED).exit();
        a.label("gone").let(0, Do.MOVE, GONE).exit();
        return a;
    }

    /// How many datagrams the packet is or becomes; the kernel forgets it when room is adjusted.
    ///
    /// @param suffix tells labels apart
    static void rememberDatagrams(Assembler a, String suffix) {
        a.load(Size.WORD, 1, PACKET, SKB_GSO_SEGMENTS).jump(If.NOT_EQUAL, 1, 0, "several" + suffix);
        a.let(1, Do.MOVE, 1);
        a.label("several" + suffix).store(Size.DOUBLE, STACK, DATAGRAMS, 1);
    }

    static void storeHeaders(Assembler a, int from, int length) {
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, 0).letRegister(3, Do.MOVE, STACK);
        a.let(3, Do.ADD, from).let(4, Do.MOVE, length).let(5, Do.MOVE, 0).call(STORE_BYTES);
        a.jump(If.NOT_EQUAL, 0, 0, "lost");
    }

    /// A frame of LENGTH bytes, and of segments of SEGMENT bytes unless that is 0.
    static void count(Assembler a) {
        a.let(1, Do.MOVE, 1).addTo(ENTRY, FlowEntry.FRAMES, 1).addTo(ENTRY, FlowEntry.BYTES, LENGTH);
        a.load(Size.DOUBLE, 2, STACK, DATAGRAMS).addTo(ENTRY, FlowEntry.DATAGRAMS, 2);
        a.jump(If.EQUAL, SEGMENT, 0, "counted")
                .addTo(ENTRY, FlowEntry.SUPERFRAMES, 1)
                .label("counted");
    }

    static void lost(Assembler a) {
        a.label("lost")
                .let(1, Do.MOVE, 1)
                .addTo(ENTRY, FlowEntry.ERRORS, 1)
                .let(0, Do.MOVE, DROP)
                .exit();
    }
}
