package org.vnetp.overlay.fastpath;

import static org.vnetp.overlay.fastpath.Assembler.network16;
import static org.vnetp.overlay.fastpath.Headers.IPV6_LENGTH;
import static org.vnetp.overlay.fastpath.Headers.IPV6_SHIFT;
import static org.vnetp.overlay.fastpath.Headers.PROTOCOL_UDP;
import static org.vnetp.overlay.fastpath.Headers.TAG_LENGTH;
import static org.vnetp.overlay.fastpath.Headers.TYPE_VLAN;
import static org.vnetp.overlay.fastpath.Programs.ADDRESS;
import static org.vnetp.overlay.fastpath.Programs.HEADER;
import static org.vnetp.overlay.fastpath.Programs.KEY;
import static org.vnetp.overlay.fastpath.Programs.MARK;
import static org.vnetp.overlay.fastpath.Programs.TAG;
import static org.vnetp.overlay.fastpath.Skb.ADJUST_ROOM;
import static org.vnetp.overlay.fastpath.Skb.AFTER_ETHERNET;
import static org.vnetp.overlay.fastpath.Skb.DATA;
import static org.vnetp.overlay.fastpath.Skb.END;
import static org.vnetp.overlay.fastpath.Skb.ENTRY;
import static org.vnetp.overlay.fastpath.Skb.INNER_ETHERNET;
import static org.vnetp.overlay.fastpath.Skb.INNER_ETHERNET_LENGTH_SHIFT;
import static org.vnetp.overlay.fastpath.Skb.KEEP_SEGMENT_SIZE;
import static org.vnetp.overlay.fastpath.Skb.LENGTH;
import static org.vnetp.overlay.fastpath.Skb.LOAD_BYTES;
import static org.vnetp.overlay.fastpath.Skb.OUTER_IPV4;
import static org.vnetp.overlay.fastpath.Skb.OUTER_IPV6;
import static org.vnetp.overlay.fastpath.Skb.OUTER_UDP;
import static org.vnetp.overlay.fastpath.Skb.PACKET;
import static org.vnetp.overlay.fastpath.Skb.REDIRECT;
import static org.vnetp.overlay.fastpath.Skb.REDIRECT_NEIGHBOUR;
import static org.vnetp.overlay.fastpath.Skb.SEGMENT;
import static org.vnetp.overlay.fastpath.Skb.SKB_DATA;
import static org.vnetp.overlay.fastpath.Skb.SKB_DATA_END;
import static org.vnetp.overlay.fastpath.Skb.SKB_GSO_SIZE;
import static org.vnetp.overlay.fastpath.Skb.SKB_LENGTH;
import static org.vnetp.overlay.fastpath.Skb.SKB_PROTOCOL;
import static org.vnetp.overlay.fastpath.Skb.SKB_VLAN_PRESENT;
import static org.vnetp.overlay.fastpath.Skb.SKB_VLAN_PROTOCOL;
import static org.vnetp.overlay.fastpath.Skb.STACK;
import static org.vnetp.overlay.fastpath.Skb.VLAN_POP;

import org.vnetp.overlay.fastpath.Assembler.Do;
import org.vnetp.overlay.fastpath.Assembler.If;
import org.vnetp.overlay.fastpath.Assembler.Size;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.posix.Errno;

/// [Programs#outbound].
record OutboundProgram(int map, int port, int tap) {
    /// Longer superframes would overflow the outer headers' length fields.
    private static final int MOST_SUPERFRAME = 65_400;

    private static final int PROTOCOL_TCP = 6;
    private static final int UDP_HEADER = 8;
    private static final int TCP_DATA_OFFSET = 12;

    Assembler write() {
        Assembler a = new Assembler();
        a.letRegister(PACKET, Do.MOVE, 1);
        tag(a);
        // What stands here is no tag: the kernel has put the first one beside the packet.
        a.load(Size.WORD, 1, PACKET, SKB_PROTOCOL);
        a.jump(If.EQUAL, 1, network16(EthernetHeader.TYPE_IPV4), "ip");
        a.jump(If.NOT_EQUAL, 1, network16(EthernetHeader.TYPE_IPV6), "node");
        a.label("ip");
        a.load(Size.WORD, DATA, PACKET, SKB_DATA).load(Size.WORD, END, PACKET, SKB_DATA_END);
        a.letRegister(2, Do.MOVE, DATA).let(2, Do.ADD, EthernetHeader.LENGTH + 2);
        a.jumpRegister(If.GREATER, 2, END, "node");
        // The outer header says about congestion what the frame says (RFC 6040, section 4.1).
        a.load(Size.BYTE, 2, DATA, EthernetHeader.LENGTH + 1);
        a.jump(If.NOT_EQUAL, 1, network16(EthernetHeader.TYPE_IPV6), "tos").let(2, Do.SHIFT_RIGHT, IPV6_SHIFT);
        a.label("tos").let(2, Do.AND, Ecn.FIELD).store(Size.WORD, STACK, MARK, 2);
        for (int i = 0; i < 12; i += 4) {
            a.load(Size.WORD, 1, DATA, i).store(Size.WORD, STACK, KEY + i, 1);
        }
        a.storeConstant(Size.WORD, STACK, KEY + FlowEntry.KEY_ORIGIN, port);
        Programs.lookup(a, map, KEY, "node");
        a.letRegister(ENTRY, Do.MOVE, 0);
        // Before anything else that may send it to the node: what the node gets is counted.
        Programs.gate(a, "open", "node");

        a.load(Size.WORD, LENGTH, PACKET, SKB_LENGTH).load(Size.WORD, SEGMENT, PACKET, SKB_GSO_SIZE);
        a.letRegister(2, Do.MOVE, LENGTH);
        a.jump(If.EQUAL, SEGMENT, 0, "frame");
        longestOfSuperframe(a);
        a.label("frame").load(Size.WORD, 1, STACK, TAG).letRegister(2, Do.ADD, 1);
        a.load(Size.WORD, 1, ENTRY, FlowEntry.MOST_FRAME).jumpRegister(If.GREATER, 2, 1, "node");
        Programs.rememberDatagrams(a, "");

        a.load(Size.WORD, 2, ENTRY, FlowEntry.VERSION).load(Size.WORD, 1, STACK, TAG);
        a.jump(If.EQUAL, 2, 6, "by6").jump(If.NOT_EQUAL, 1, 0, "tagged4");
        encapsulate(a, new Headers(false, false));
        a.label("tagged4");
        encapsulate(a, new Headers(false, true));
        a.label("by6").jump(If.NOT_EQUAL, 1, 0, "tagged6");
        encapsulate(a, new Headers(true, false));
        a.label("tagged6");
        encapsulate(a, new Headers(true, true));

        a.label("leaves");
        Programs.count(a);
        a.load(Size.WORD, 1, ENTRY, FlowEntry.INTERFACE).let(2, Do.MOVE, 0).let(3, Do.MOVE, 0);
        a.let(4, Do.MOVE, 0).call(REDIRECT_NEIGHBOUR).exit();

        Programs.lost(a);
        a.label("node").let(1, Do.MOVE, tap).let(2, Do.MOVE, 0).call(REDIRECT).exit();
        return a;
    }

    /// What the frame's tag will be longer by, onto the stack.
    private static void tag(Assembler a) {
        a.let(2, Do.MOVE, 0);
        a.load(Size.WORD, 1, PACKET, SKB_VLAN_PRESENT).jump(If.EQUAL, 1, 0, "untagged");
        a.load(Size.WORD, 1, PACKET, SKB_VLAN_PROTOCOL).jump(If.NOT_EQUAL, 1, network16(TYPE_VLAN), "node");
        a.let(2, Do.MOVE, TAG_LENGTH);
        a.label("untagged").store(Size.WORD, STACK, TAG, 2);
    }

    /// How long a frame the superframe is cut into, without a tag, into register 2: by what its headers say, as a guest
    /// may have more of them than another.
    static void longestOfSuperframe(Assembler a) {
        a.jump(If.GREATER, LENGTH, MOST_SUPERFRAME, "node");
        load(a, EthernetHeader.LENGTH, 10);
        a.load(Size.BYTE, 2, STACK, HEADER).load(Size.BYTE, 3, STACK, HEADER + 9);
        a.letRegister(1, Do.MOVE, 2).let(1, Do.SHIFT_RIGHT, 4).jump(If.EQUAL, 1, 6, "cut6");
        a.let(2, Do.AND, 15).let(2, Do.SHIFT_LEFT, 2).jump("transport");
        a.label("cut6").let(2, Do.MOVE, IPV6_LENGTH).load(Size.BYTE, 3, STACK, HEADER + 6);
        a.label("transport").let(2, Do.ADD, EthernetHeader.LENGTH);
        a.jump(If.EQUAL, 3, PROTOCOL_UDP, "udp").jump(If.NOT_EQUAL, 3, PROTOCOL_TCP, "node");
        a.store(Size.WORD, STACK, ADDRESS, 2);
        a.letRegister(4, Do.MOVE, 2).let(4, Do.ADD, TCP_DATA_OFFSET);
        loadAtRegister4(a, 1);
        // Its upper half counts words.
        a.load(Size.BYTE, 1, STACK, HEADER).let(1, Do.SHIFT_RIGHT, 4).let(1, Do.SHIFT_LEFT, 2);
        a.load(Size.WORD, 2, STACK, ADDRESS).letRegister(2, Do.ADD, 1).jump("segment");
        a.label("udp").let(2, Do.ADD, UDP_HEADER);
        a.label("segment").letRegister(2, Do.ADD, SEGMENT);
    }

    private static void load(Assembler a, int at, int bytes) {
        a.let(4, Do.MOVE, at);
        loadAtRegister4(a, bytes);
    }

    private static void loadAtRegister4(Assembler a, int bytes) {
        a.letRegister(1, Do.MOVE, PACKET).letRegister(2, Do.MOVE, 4).letRegister(3, Do.MOVE, STACK);
        a.let(3, Do.ADD, HEADER).let(4, Do.MOVE, bytes).call(LOAD_BYTES).jump(If.NOT_EQUAL, 0, 0, "node");
    }

    private static void encapsulate(Assembler a, Headers headers) {
        headers.write(a, HEADER, KEY, MARK);
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, headers.added()).let(3, Do.MOVE, AFTER_ETHERNET);
        a.constant(
                4,
                KEEP_SEGMENT_SIZE
                        | (headers.ipv6() ? OUTER_IPV6 : OUTER_IPV4)
                        | OUTER_UDP
                        | INNER_ETHERNET
                        | (long) (EthernetHeader.LENGTH + headers.tag()) << INNER_ETHERNET_LENGTH_SHIFT);
        String made = "made" + headers.suffix();
        a.call(ADJUST_ROOM).jump(If.EQUAL, 0, 0, made);
        // A frame of the guest's own tunnel: the kernel notes one tunnel of a packet, for superframes only, and
        // this is no superframe.
        a.jump(If.NOT_EQUAL, 0, -Errno.EALREADY, "node").jump(If.NOT_EQUAL, SEGMENT, 0, "node");
        a.load(Size.WORD, 1, PACKET, SKB_PROTOCOL);
        a.jump(
                If.NOT_EQUAL,
                1,
                network16(headers.ipv6() ? EthernetHeader.TYPE_IPV6 : EthernetHeader.TYPE_IPV4),
                "node");
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, headers.added()).let(3, Do.MOVE, AFTER_ETHERNET);
        a.let(4, Do.MOVE, 0).call(ADJUST_ROOM).jump(If.NOT_EQUAL, 0, 0, "node");
        a.label(made);
        Programs.storeHeaders(a, HEADER, headers.length());
        if (headers.tagged()) {
            // It is in the packet now, and would else stand before the outer headers too.
            a.letRegister(1, Do.MOVE, PACKET).call(VLAN_POP).jump(If.NOT_EQUAL, 0, 0, "lost");
            a.let(LENGTH, Do.ADD, TAG_LENGTH);
        }
        a.jump("leaves");
    }
}
