package org.vnetp.overlay.fastpath;

import static org.vnetp.overlay.fastpath.Assembler.network16;
import static org.vnetp.overlay.fastpath.Assembler.network32;
import static org.vnetp.overlay.fastpath.Headers.IP;
import static org.vnetp.overlay.fastpath.Headers.IPV6_SHIFT;
import static org.vnetp.overlay.fastpath.Headers.PROTOCOL_UDP;
import static org.vnetp.overlay.fastpath.Headers.TYPE_VLAN;
import static org.vnetp.overlay.fastpath.Headers.VERSION_AND_TOS;
import static org.vnetp.overlay.fastpath.Headers.VXLAN_FLAGS;
import static org.vnetp.overlay.fastpath.Programs.ADDRESS;
import static org.vnetp.overlay.fastpath.Programs.DATAGRAMS;
import static org.vnetp.overlay.fastpath.Programs.HEADER;
import static org.vnetp.overlay.fastpath.Programs.KEY;
import static org.vnetp.overlay.fastpath.Programs.MARK;
import static org.vnetp.overlay.fastpath.Programs.TAG;
import static org.vnetp.overlay.fastpath.Skb.ADJUST_ROOM;
import static org.vnetp.overlay.fastpath.Skb.AFTER_ETHERNET;
import static org.vnetp.overlay.fastpath.Skb.DATA;
import static org.vnetp.overlay.fastpath.Skb.DROP;
import static org.vnetp.overlay.fastpath.Skb.END;
import static org.vnetp.overlay.fastpath.Skb.ENTRY;
import static org.vnetp.overlay.fastpath.Skb.INNER_IPV4;
import static org.vnetp.overlay.fastpath.Skb.INNER_IPV6;
import static org.vnetp.overlay.fastpath.Skb.KEEP_SEGMENT_SIZE;
import static org.vnetp.overlay.fastpath.Skb.LENGTH;
import static org.vnetp.overlay.fastpath.Skb.NEXT;
import static org.vnetp.overlay.fastpath.Skb.PACKET;
import static org.vnetp.overlay.fastpath.Skb.PULL_DATA;
import static org.vnetp.overlay.fastpath.Skb.REDIRECT;
import static org.vnetp.overlay.fastpath.Skb.REDIRECT_PEER;
import static org.vnetp.overlay.fastpath.Skb.SEGMENT;
import static org.vnetp.overlay.fastpath.Skb.SKB_DATA;
import static org.vnetp.overlay.fastpath.Skb.SKB_DATA_END;
import static org.vnetp.overlay.fastpath.Skb.SKB_GSO_SIZE;
import static org.vnetp.overlay.fastpath.Skb.SKB_LENGTH;
import static org.vnetp.overlay.fastpath.Skb.SKB_PROTOCOL;
import static org.vnetp.overlay.fastpath.Skb.SKB_VLAN_PRESENT;
import static org.vnetp.overlay.fastpath.Skb.STACK;
import static org.vnetp.overlay.fastpath.Skb.VLAN_PUSH;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vnetp.overlay.fastpath.Assembler.Do;
import org.vnetp.overlay.fastpath.Assembler.If;
import org.vnetp.overlay.fastpath.Assembler.Size;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.EthernetHeader;

/// [Programs#inbound].
record InboundProgram(int map, int peers, byte[] local, int udpPort, int network) {
    private static final int FRAGMENT_BITS = 0x3fff;
    private static final int IPV4_DESTINATION = 16;
    private static final int IPV6_SOURCE = 8;
    private static final int IPV6_DESTINATION = 24;

    private boolean ipv6() {
        return local.length == FlowEntry.ADDRESS_BYTES;
    }

    Assembler write() {
        final Headers plain = new Headers(ipv6(), false);
        final Headers tagged = new Headers(ipv6(), true);
        Assembler a = new Assembler();
        a.letRegister(PACKET, Do.MOVE, 1);
        a.load(Size.WORD, 1, PACKET, SKB_VLAN_PRESENT).jump(If.NOT_EQUAL, 1, 0, "next");
        a.load(Size.WORD, 1, PACKET, SKB_PROTOCOL);
        a.jump(If.NOT_EQUAL, 1, network16(ipv6() ? EthernetHeader.TYPE_IPV6 : EthernetHeader.TYPE_IPV4), "next");
        loadData(a);
        a.letRegister(1, Do.MOVE, DATA).let(1, Do.ADD, plain.vxlan());
        a.jumpRegister(If.GREATER, 1, END, "next");
        if (ipv6()) {
            isForUsByIpv6(a);
        } else {
            isForUsByIpv4(a);
        }
        a.load(Size.HALF, 1, DATA, plain.udp() + 2).jump(If.NOT_EQUAL, 1, network16(udpPort), "next");

        a.letRegister(1, Do.MOVE, DATA).let(1, Do.ADD, tagged.length());
        a.jumpRegister(If.GREATER, 1, END, "gather").jump("gathered");
        a.label("gather");
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, tagged.length()).call(PULL_DATA);
        a.jump(If.NOT_EQUAL, 0, 0, "next");
        loadData(a);
        a.letRegister(1, Do.MOVE, DATA).let(1, Do.ADD, tagged.length());
        a.jumpRegister(If.GREATER, 1, END, "next");
        a.label("gathered");
        if (ipv6()) {
            originByIpv6(a, plain);
        } else {
            a.load(Size.WORD, 1, DATA, IP + 12).store(Size.WORD, STACK, KEY + FlowEntry.KEY_ORIGIN, 1);
        }
        // A checksum wants to be verified, which the node's socket does.
        a.load(Size.HALF, 1, DATA, plain.udp() + 6).jump(If.NOT_EQUAL, 1, 0, "byNode");

        // Both lengths as the packet's own: no padding, nothing missing.
        a.load(Size.WORD, 2, PACKET, SKB_LENGTH);
        isLength(a, ipv6() ? IP + 4 : IP + 2, ipv6() ? plain.udp() : IP);
        isLength(a, plain.udp() + 4, plain.udp());
        loadFlow(a, plain);
        outerMark(a);
        a.load(Size.HALF, 1, DATA, plain.innerType());
        a.jump(If.EQUAL, 1, network16(TYPE_VLAN), "tagged");
        decapsulate(a, plain);
        a.label("tagged");
        decapsulate(a, tagged);

        a.label("arrives");
        Programs.count(a);
        a.load(Size.WORD, 1, ENTRY, FlowEntry.INTERFACE)
                .load(Size.WORD, 3, ENTRY, FlowEntry.MACHINE)
                .let(2, Do.MOVE, 0)
                .jump(If.NOT_EQUAL, 3, 0, "machine")
                .call(REDIRECT_PEER)
                .exit();
        a.label("machine").call(REDIRECT).exit();

        Programs.lost(a);
        byNode(a, plain);
        a.label("congested").load(Size.DOUBLE, 1, STACK, DATAGRAMS).addTo(ENTRY, FlowEntry.CONGESTED, 1);
        a.let(0, Do.MOVE, DROP).exit();
        a.label("next").let(0, Do.MOVE, NEXT).exit();
        return a;
    }

    /// The addresses of the frame, or of the first of several, onto the stack.
    private void loadFlow(Assembler a, Headers plain) {
        a.load(Size.WORD, 1, DATA, plain.vxlan()).jump(If.NOT_EQUAL, 1, network32(VXLAN_FLAGS), "next");
        a.load(Size.WORD, 1, DATA, plain.vxlan() + 4).constant(2, Integer.toUnsignedLong(network32(network << 8)));
        a.jumpRegister(If.NOT_EQUAL, 1, 2, "next");
        for (int i = 0; i < 12; i += 4) {
            a.load(Size.WORD, 1, DATA, plain.inner() + i).store(Size.WORD, STACK, KEY + i, 1);
        }
    }

    /// What the other node has sent itself goes to the node here. Of a flow that the kernel carries, what the other
    /// node's kernel sends next may not overtake it: the node gets that too, until it has come so far.
    private void byNode(Assembler a, Headers plain) {
        a.label("byNode");
        loadFlow(a, plain);
        // No other frames are the kernel's, which so cannot overtake them.
        a.load(Size.HALF, 1, DATA, plain.innerType());
        a.jump(If.EQUAL, 1, network16(EthernetHeader.TYPE_IPV4), "mayBeCarried");
        a.jump(If.EQUAL, 1, network16(EthernetHeader.TYPE_IPV6), "mayBeCarried");
        a.jump(If.NOT_EQUAL, 1, network16(TYPE_VLAN), "next");
        a.label("mayBeCarried");
        Programs.lookup(a, map, KEY, "next");
        a.letRegister(ENTRY, Do.MOVE, 0);
        a.load(Size.DOUBLE, 1, ENTRY, FlowEntry.GATE).jump(If.SIGNED_GREATER, 1, -1, "closed");
        a.constant(1, ~FlowEntry.OPEN).andTo(ENTRY, FlowEntry.GATE, 1);
        a.label("closed").constant(1, 1L << FlowEntry.SENT_BY_NODE_SHIFT).addTo(ENTRY, FlowEntry.GATE, 1);
        a.jump("next");
    }

    private static void loadData(Assembler a) {
        a.load(Size.WORD, DATA, PACKET, SKB_DATA).load(Size.WORD, END, PACKET, SKB_DATA_END);
    }

    private void isForUsByIpv4(Assembler a) {
        a.load(Size.BYTE, 1, DATA, IP).jump(If.NOT_EQUAL, 1, VERSION_AND_TOS >> 8, "next");
        a.load(Size.BYTE, 1, DATA, IP + 9).jump(If.NOT_EQUAL, 1, PROTOCOL_UDP, "next");
        a.load(Size.HALF, 1, DATA, IP + 6).jump(If.ANY_BIT, 1, network16(FRAGMENT_BITS), "next");
        isLocal(a, IPV4_DESTINATION);
    }

    private void isForUsByIpv6(Assembler a) {
        a.load(Size.BYTE, 1, DATA, IP).let(1, Do.SHIFT_RIGHT, 4).jump(If.NOT_EQUAL, 1, 6, "next");
        a.load(Size.BYTE, 1, DATA, IP + 6).jump(If.NOT_EQUAL, 1, PROTOCOL_UDP, "next");
        isLocal(a, IPV6_DESTINATION);
    }

    private void isLocal(Assembler a, int at) {
        ByteBuffer words = ByteBuffer.wrap(local).order(ByteOrder.nativeOrder());
        for (int i = 0; i < local.length; i += 4) {
            a.load(Size.WORD, 1, DATA, IP + at + i);
            a.constant(2, Integer.toUnsignedLong(words.getInt(i)));
            a.jumpRegister(If.NOT_EQUAL, 1, 2, "next");
        }
    }

    /// Who sent it, by [Peers]; a datagram with a checksum is the node's, but may tell something about its sender.
    private void originByIpv6(Assembler a, Headers plain) {
        for (int i = 0; i < FlowEntry.ADDRESS_BYTES; i += 4) {
            a.load(Size.WORD, 1, DATA, IP + IPV6_SOURCE + i).store(Size.WORD, STACK, ADDRESS + i, 1);
        }
        Programs.lookup(a, peers, ADDRESS, "next");
        a.load(Size.HALF, 1, DATA, plain.udp() + 6).jump(If.EQUAL, 1, 0, "without");
        a.load(Size.HALF, 1, DATA, plain.udp()).load(Size.WORD, 2, 0, Peers.PORT);
        a.jumpRegister(If.NOT_EQUAL, 1, 2, "next");
        a.label("without").storeConstant(Size.WORD, 0, Peers.WITHOUT_CHECKSUM, 1);
        a.load(Size.WORD, 1, 0, Peers.ORIGIN).store(Size.WORD, STACK, KEY + FlowEntry.KEY_ORIGIN, 1);
    }

    /// @param at   where a length stands in the packet, whose length is in register 2
    /// @param from the header that it counts from
    private static void isLength(Assembler a, int at, int from) {
        a.load(Size.HALF, 1, DATA, at).toNetwork16(1).let(1, Do.ADD, from);
        a.jumpRegister(If.NOT_EQUAL, 1, 2, "next");
    }

    private void outerMark(Assembler a) {
        a.load(Size.BYTE, 1, DATA, IP + 1)
                .let(1, Do.SHIFT_RIGHT, ipv6() ? IPV6_SHIFT : 0)
                .let(1, Do.AND, Ecn.FIELD);
        a.store(Size.WORD, STACK, MARK, 1);
    }

    private void decapsulate(Assembler a, Headers headers) {
        final int type = END;
        String ip = "ip" + headers.suffix();
        a.load(Size.HALF, type, DATA, headers.innerType());
        if (headers.tagged()) {
            a.load(Size.HALF, 1, DATA, headers.innerType() - 2).toNetwork16(1).store(Size.WORD, STACK, TAG, 1);
        }
        a.jump(If.EQUAL, type, network16(EthernetHeader.TYPE_IPV4), ip);
        a.jump(If.NOT_EQUAL, type, network16(EthernetHeader.TYPE_IPV6), "next");
        a.label(ip);
        Programs.lookup(a, map, KEY, "next");
        a.letRegister(ENTRY, Do.MOVE, 0);
        Programs.gate(a, "open" + headers.suffix(), "next");

        // The key has served; with the type behind its addresses it is the inner Ethernet header.
        a.store(Size.HALF, STACK, KEY + EthernetHeader.TYPE_FIELD_OFFSET, type);
        Programs.rememberDatagrams(a, headers.suffix());
        new Marks(headers.length(), MARK, HEADER, headers.suffix()).pass(a, type);
        a.load(Size.WORD, LENGTH, PACKET, SKB_LENGTH).let(LENGTH, Do.ADD, headers.tag() - headers.added());
        a.let(4, Do.MOVE, (int) KEEP_SEGMENT_SIZE | INNER_IPV4);
        a.jump(If.EQUAL, type, network16(EthernetHeader.TYPE_IPV4), "shrink" + headers.suffix());
        a.let(4, Do.MOVE, (int) KEEP_SEGMENT_SIZE | INNER_IPV6);
        a.label("shrink" + headers.suffix());
        a.load(Size.WORD, SEGMENT, PACKET, SKB_GSO_SIZE);
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, -headers.added()).let(3, Do.MOVE, AFTER_ETHERNET);
        a.call(ADJUST_ROOM).jump(If.NOT_EQUAL, 0, 0, "next");
        Programs.storeHeaders(a, KEY, EthernetHeader.LENGTH);
        if (headers.tagged()) {
            // Beside the packet, where the guest's kernel would put it too.
            a.letRegister(1, Do.MOVE, PACKET)
                    .let(2, Do.MOVE, network16(TYPE_VLAN))
                    .load(Size.WORD, 3, STACK, TAG);
            a.call(VLAN_PUSH).jump(If.NOT_EQUAL, 0, 0, "lost");
        }
        a.jump("arrives");
    }
}
