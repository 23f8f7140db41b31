package org.vnetp.overlay.fastpath;

import static org.vnetp.overlay.fastpath.Assembler.network16;
import static org.vnetp.overlay.fastpath.Assembler.network32;

import org.vnetp.overlay.encap.VxlanHeader;
import org.vnetp.overlay.fastpath.Assembler.Do;
import org.vnetp.overlay.fastpath.Assembler.If;
import org.vnetp.overlay.fastpath.Assembler.Size;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.EthernetHeader;

/// The programs that the kernel runs on frames of known flows: what [org.vnetp.overlay.dispatch.OutboundPath] and
/// [org.vnetp.overlay.dispatch.InboundPath] do, in the `vxlan` format (RFC 7348), without leaving the kernel.
///
/// Each begins by looking for reasons not to handle a frame; whatever is unusual goes on to the node. The order of
/// the steps is the order of the code.
final class Programs {
    // Registers that keep their values over calls.
    private static final int PACKET = 6;
    private static final int DATA = 7;
    private static final int LENGTH = 7;
    private static final int END = 8;
    private static final int SEGMENT = 8;
    private static final int ENTRY = 9;
    private static final int STACK = 10;

    // struct __sk_buff (linux/bpf.h)
    private static final int SKB_LENGTH = 0;
    private static final int SKB_PROTOCOL = 16;
    private static final int SKB_VLAN_PRESENT = 20;
    private static final int SKB_DATA = 76;
    private static final int SKB_DATA_END = 80;
    private static final int SKB_GSO_SEGMENTS = 164;
    private static final int SKB_GSO_SIZE = 176;

    // Helpers (linux/bpf.h)
    private static final int MAP_LOOKUP = 1;
    private static final int RANDOM = 7;
    private static final int STORE_BYTES = 9;
    private static final int REPLACE_IP_SUM = 10;
    private static final int REDIRECT = 23;
    private static final int LOAD_BYTES = 26;
    private static final int HASH = 34;
    private static final int PULL_DATA = 39;
    private static final int ADJUST_ROOM = 50;
    private static final int REDIRECT_NEIGHBOUR = 152;
    private static final int REDIRECT_PEER = 155;

    private static final int NEXT = -1;
    private static final int DROP = 2;

    // bpf_skb_adjust_room
    private static final int AFTER_ETHERNET = 1;
    private static final long KEEP_SEGMENT_SIZE = 1;
    private static final long OUTER_IPV4 = 1 << 1;
    private static final long OUTER_UDP = 1 << 4;
    private static final long INNER_ETHERNET = 1 << 6 | (long) EthernetHeader.LENGTH << 56;
    private static final int INNER_IPV6 = 1 << 8;

    // bpf_skb_store_bytes
    private static final int RECOMPUTE_CHECKSUM = 1;

    // Outer headers: Ethernet, IPv4, UDP, VXLAN.
    private static final int IP = EthernetHeader.LENGTH;
    private static final int UDP = IP + 20;
    private static final int VXLAN = UDP + 8;
    private static final int INNER = VXLAN + VxlanHeader.LENGTH;
    private static final int OUTER_LENGTH = 20 + 8 + VxlanHeader.LENGTH + EthernetHeader.LENGTH;
    private static final int HEADERS = INNER + EthernetHeader.LENGTH;
    private static final int INNER_IP = HEADERS;
    private static final int IP_CHECKSUM = 10;
    /// IPv6's traffic class begins four bits later than IPv4's TOS.
    private static final int IPV6_SHIFT = 4;

    private static final int VERSION_AND_TOS = 0x4500;
    private static final int FRAGMENT_BITS = 0x3fff;
    private static final int TTL_AND_UDP = 64 << 8 | 17;
    private static final int PROTOCOL_UDP = 17;
    /// The network id is known (RFC 7348, section 5).
    private static final int VXLAN_FLAGS = 0x0800_0000;
    /// Longer superframes would overflow the outer headers' length fields.
    private static final int MOST_SUPERFRAME = 65_400;
    /// Source ports are a hash of the flow, in the dynamic range (RFC 7348, section 5).
    private static final int FIRST_SOURCE_PORT = 0xc000;

    private static final int SOURCE_PORTS = 0x3fff;

    // The stack: the key at its end; below it the number of datagrams and the ECN field; below that all headers, so
    // that the IPv4 header is aligned.
    private static final int KEY = -16;
    private static final int DATAGRAMS = -24;
    private static final int MARK = -28;
    private static final int HEADER = -102;

    private Programs() {}

    /// At the host's end of a guest's veth: frames of known flows get their outer headers and go to the underlay;
    /// all others go to the node by its TAP.
    ///
    /// @param map  the outbound flows
    /// @param port the NIC's port id
    /// @param tap  the interface index of the node's TAP
    static Assembler outbound(int map, int port, int tap) {
        Assembler a = new Assembler();
        a.letRegister(PACKET, Do.MOVE, 1);
        a.load(Size.WORD, 1, PACKET, SKB_VLAN_PRESENT).jump(If.NOT_EQUAL, 1, 0, "node");
        a.load(Size.WORD, 1, PACKET, SKB_PROTOCOL);
        a.jump(If.EQUAL, 1, network16(EthernetHeader.TYPE_IPV4), "ip");
        a.jump(If.NOT_EQUAL, 1, network16(EthernetHeader.TYPE_IPV6), "node");
        a.label("ip");
        a.load(Size.WORD, DATA, PACKET, SKB_DATA).load(Size.WORD, END, PACKET, SKB_DATA_END);
        a.letRegister(1, Do.MOVE, DATA).let(1, Do.ADD, EthernetHeader.LENGTH + 2);
        a.jumpRegister(If.GREATER, 1, END, "node");
        for (int i = 0; i < 12; i += 4) {
            a.load(Size.WORD, 1, DATA, i);
            a.store(Size.WORD, STACK, KEY + i, 1).store(Size.WORD, STACK, HEADER + INNER + i, 1);
        }
        a.load(Size.HALF, 1, DATA, EthernetHeader.TYPE_FIELD_OFFSET);
        a.store(Size.HALF, STACK, HEADER + INNER + EthernetHeader.TYPE_FIELD_OFFSET, 1);
        // The outer header says about congestion what the frame says (RFC 6040, section 4.1).
        a.load(Size.BYTE, 2, DATA, EthernetHeader.LENGTH + 1);
        a.jump(If.NOT_EQUAL, 1, network16(EthernetHeader.TYPE_IPV6), "tos").let(2, Do.SHIFT_RIGHT, IPV6_SHIFT);
        a.label("tos").let(2, Do.AND, Ecn.FIELD).store(Size.WORD, STACK, MARK, 2);
        a.storeConstant(Size.WORD, STACK, KEY + FlowEntry.KEY_ORIGIN, port);
        lookup(a, map, "node");

        a.load(Size.WORD, LENGTH, PACKET, SKB_LENGTH).load(Size.WORD, SEGMENT, PACKET, SKB_GSO_SIZE);
        a.jump(If.NOT_EQUAL, SEGMENT, 0, "superframe");
        a.load(Size.WORD, 1, ENTRY, FlowEntry.MOST_FRAME).jumpRegister(If.GREATER, LENGTH, 1, "node");
        a.jump("fits");
        a.label("superframe");
        a.load(Size.WORD, 1, ENTRY, FlowEntry.MOST_SEGMENT).jumpRegister(If.GREATER, SEGMENT, 1, "node");
        a.jump(If.GREATER, LENGTH, MOST_SUPERFRAME, "node");
        a.label("fits");
        rememberDatagrams(a);
        outerHeaders(a);

        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, OUTER_LENGTH).let(3, Do.MOVE, AFTER_ETHERNET);
        a.constant(4, KEEP_SEGMENT_SIZE | OUTER_IPV4 | OUTER_UDP | INNER_ETHERNET);
        a.call(ADJUST_ROOM).jump(If.NOT_EQUAL, 0, 0, "node");
        storeHeaders(a, HEADER, HEADERS);
        count(a);
        a.load(Size.WORD, 1, ENTRY, FlowEntry.INTERFACE).let(2, Do.MOVE, 0).let(3, Do.MOVE, 0);
        a.let(4, Do.MOVE, 0).call(REDIRECT_NEIGHBOUR).exit();

        lost(a);
        a.label("node").let(1, Do.MOVE, tap).let(2, Do.MOVE, 0).call(REDIRECT).exit();
        return a;
    }

    private static void outerHeaders(Assembler a) {
        a.letRegister(1, Do.MOVE, PACKET).call(HASH);
        a.let(0, Do.AND, SOURCE_PORTS).let(0, Do.OR, FIRST_SOURCE_PORT).toNetwork16(0);
        a.store(Size.HALF, STACK, HEADER + UDP, 0);

        // The Ethernet addresses are filled in with the neighbour's.
        a.storeConstant(Size.HALF, STACK, HEADER, 0).storeConstant(Size.WORD, STACK, HEADER + 2, 0);
        a.storeConstant(Size.WORD, STACK, HEADER + 6, 0).storeConstant(Size.HALF, STACK, HEADER + 10, 0);
        half(a, 12, EthernetHeader.TYPE_IPV4);

        half(a, IP, VERSION_AND_TOS);
        a.load(Size.WORD, 3, STACK, MARK).store(Size.BYTE, STACK, HEADER + IP + 1, 3);
        // A router may fragment what its next link cannot take, as it may a kernel VXLAN device's: packets need an
        // identification (RFC 6864).
        a.call(RANDOM).let(0, Do.AND, 0xffff).store(Size.HALF, STACK, HEADER + IP + 4, 0);
        a.letRegister(1, Do.MOVE, LENGTH)
                .let(1, Do.ADD, OUTER_LENGTH - EthernetHeader.LENGTH)
                .toNetwork16(1);
        a.store(Size.HALF, STACK, HEADER + IP + 2, 1);
        half(a, IP + 6, 0);
        half(a, IP + 8, TTL_AND_UDP);
        a.load(Size.WORD, 2, ENTRY, FlowEntry.IP_SUM).letRegister(2, Do.ADD, 0).letRegister(2, Do.ADD, 1);
        a.load(Size.WORD, 3, STACK, MARK).toNetwork16(3).letRegister(2, Do.ADD, 3);
        a.letRegister(1, Do.MOVE, 2)
                .let(1, Do.SHIFT_RIGHT, 16)
                .let(2, Do.AND, 0xffff)
                .letRegister(2, Do.ADD, 1);
        a.letRegister(1, Do.MOVE, 2)
                .let(1, Do.SHIFT_RIGHT, 16)
                .letRegister(2, Do.ADD, 1)
                .let(2, Do.XOR, -1);
        a.store(Size.HALF, STACK, HEADER + IP + 10, 2);
        a.load(Size.WORD, 1, ENTRY, FlowEntry.SOURCE).store(Size.WORD, STACK, HEADER + IP + 12, 1);
        a.load(Size.WORD, 1, ENTRY, FlowEntry.DESTINATION).store(Size.WORD, STACK, HEADER + IP + 16, 1);

        a.load(Size.HALF, 1, ENTRY, FlowEntry.PORT).store(Size.HALF, STACK, HEADER + UDP + 2, 1);
        a.letRegister(1, Do.MOVE, LENGTH).let(1, Do.ADD, 8 + VxlanHeader.LENGTH).toNetwork16(1);
        a.store(Size.HALF, STACK, HEADER + UDP + 4, 1);
        half(a, UDP + 6, 0);

        a.storeConstant(Size.WORD, STACK, HEADER + VXLAN, network32(VXLAN_FLAGS));
        a.load(Size.WORD, 1, ENTRY, FlowEntry.NETWORK).store(Size.WORD, STACK, HEADER + VXLAN + 4, 1);
    }

    private static void half(Assembler a, int at, int value) {
        a.storeConstant(Size.HALF, STACK, HEADER + at, network16(value));
    }

    /// The sum of the constant words of the outer IPv4 header, before folding.
    ///
    /// @param source      as in the packet, read as a number of this machine
    /// @param destination the same
    static int ipSum(int source, int destination) {
        int sum = network16(VERSION_AND_TOS) + network16(TTL_AND_UDP);
        for (int address : new int[] {source, destination}) {
            sum += (address & 0xffff) + (address >>> 16);
        }
        return sum;
    }

    /// At the underlay's interface: datagrams of known flows lose their outer headers and go to the guest; all other
    /// packets go on as if nothing were here, those for the node to its sockets.
    ///
    /// @param map     the inbound flows
    /// @param local   the node's IPv4 address, as in the packet, read as a number of this machine
    /// @param udpPort where the node listens
    static Assembler inbound(int map, int local, int udpPort, int network) {
        Assembler a = new Assembler();
        a.letRegister(PACKET, Do.MOVE, 1);
        a.load(Size.WORD, 1, PACKET, SKB_VLAN_PRESENT).jump(If.NOT_EQUAL, 1, 0, "next");
        a.load(Size.WORD, 1, PACKET, SKB_PROTOCOL);
        a.jump(If.NOT_EQUAL, 1, network16(EthernetHeader.TYPE_IPV4), "next");
        a.load(Size.WORD, DATA, PACKET, SKB_DATA).load(Size.WORD, END, PACKET, SKB_DATA_END);
        a.letRegister(1, Do.MOVE, DATA).let(1, Do.ADD, VXLAN);
        a.jumpRegister(If.GREATER, 1, END, "next");
        a.load(Size.BYTE, 1, DATA, IP).jump(If.NOT_EQUAL, 1, VERSION_AND_TOS >> 8, "next");
        a.load(Size.BYTE, 1, DATA, IP + 9).jump(If.NOT_EQUAL, 1, PROTOCOL_UDP, "next");
        a.load(Size.HALF, 1, DATA, UDP + 2).jump(If.NOT_EQUAL, 1, network16(udpPort), "next");
        a.load(Size.WORD, 1, DATA, IP + 16).constant(2, Integer.toUnsignedLong(local));
        a.jumpRegister(If.NOT_EQUAL, 1, 2, "next");
        a.load(Size.HALF, 1, DATA, IP + 6).jump(If.ANY_BIT, 1, network16(FRAGMENT_BITS), "next");
        // A checksum wants to be verified, which the node's socket does.
        a.load(Size.HALF, 1, DATA, UDP + 6).jump(If.NOT_EQUAL, 1, 0, "next");

        a.letRegister(1, Do.MOVE, DATA).let(1, Do.ADD, HEADERS);
        a.jumpRegister(If.GREATER, 1, END, "gather").jump("gathered");
        a.label("gather");
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, HEADERS).call(PULL_DATA);
        a.jump(If.NOT_EQUAL, 0, 0, "next");
        a.load(Size.WORD, DATA, PACKET, SKB_DATA).load(Size.WORD, END, PACKET, SKB_DATA_END);
        a.letRegister(1, Do.MOVE, DATA).let(1, Do.ADD, HEADERS);
        a.jumpRegister(If.GREATER, 1, END, "next");
        a.label("gathered");

        // Both lengths as the packet's own: no padding, nothing missing.
        a.load(Size.HALF, 1, DATA, IP + 2).toNetwork16(1);
        a.load(Size.WORD, 2, PACKET, SKB_LENGTH).let(2, Do.ADD, -IP);
        a.jumpRegister(If.NOT_EQUAL, 1, 2, "next");
        a.load(Size.HALF, 1, DATA, UDP + 4).toNetwork16(1).let(2, Do.ADD, IP - UDP);
        a.jumpRegister(If.NOT_EQUAL, 1, 2, "next");
        a.load(Size.WORD, 1, DATA, VXLAN).jump(If.NOT_EQUAL, 1, network32(VXLAN_FLAGS), "next");
        a.load(Size.WORD, 1, DATA, VXLAN + 4).constant(2, Integer.toUnsignedLong(network32(network << 8)));
        a.jumpRegister(If.NOT_EQUAL, 1, 2, "next");
        for (int i = 0; i < 12; i += 4) {
            a.load(Size.WORD, 1, DATA, INNER + i).store(Size.WORD, STACK, KEY + i, 1);
        }
        a.load(Size.WORD, 1, DATA, IP + 12).store(Size.WORD, STACK, KEY + FlowEntry.KEY_ORIGIN, 1);
        final int type = END;
        a.load(Size.HALF, type, DATA, INNER + EthernetHeader.TYPE_FIELD_OFFSET);
        a.jump(If.EQUAL, type, network16(EthernetHeader.TYPE_IPV4), "ip");
        a.jump(If.NOT_EQUAL, type, network16(EthernetHeader.TYPE_IPV6), "next");
        a.label("ip");
        lookup(a, map, "next");

        // The key has served; with the type behind its addresses it is the inner Ethernet header.
        a.store(Size.HALF, STACK, KEY + EthernetHeader.TYPE_FIELD_OFFSET, type);
        rememberDatagrams(a);
        passMark(a, type);
        a.load(Size.WORD, LENGTH, PACKET, SKB_LENGTH).let(LENGTH, Do.ADD, -OUTER_LENGTH);
        a.let(4, Do.MOVE, (int) KEEP_SEGMENT_SIZE);
        a.jump(If.EQUAL, type, network16(EthernetHeader.TYPE_IPV4), "shrink");
        a.let(4, Do.OR, INNER_IPV6);
        a.label("shrink");
        a.load(Size.WORD, SEGMENT, PACKET, SKB_GSO_SIZE);
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, -OUTER_LENGTH).let(3, Do.MOVE, AFTER_ETHERNET);
        a.call(ADJUST_ROOM).jump(If.NOT_EQUAL, 0, 0, "next");
        storeHeaders(a, KEY, EthernetHeader.LENGTH);
        count(a);
        a.load(Size.WORD, 1, ENTRY, FlowEntry.INTERFACE)
                .let(2, Do.MOVE, 0)
                .call(REDIRECT_PEER)
                .exit();

        lost(a);
        a.label("congested").load(Size.DOUBLE, 1, STACK, DATAGRAMS).addTo(ENTRY, FlowEntry.CONGESTED, 1);
        a.let(0, Do.MOVE, DROP).exit();
        a.label("next").let(0, Do.MOVE, NEXT).exit();
        return a;
    }

    /// Gives the frame what the outer header says about congestion (RFC 6040, section 4.2; [Ecn]). Most headers say
    /// nothing that could change a frame.
    private static void passMark(Assembler a, int type) {
        a.load(Size.BYTE, 1, DATA, IP + 1).let(1, Do.AND, Ecn.FIELD);
        a.jump(If.ANY_BIT, 1, 1, "marked").jump("unmarked").label("marked");
        a.store(Size.WORD, STACK, MARK, 1);
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, INNER_IP).letRegister(3, Do.MOVE, STACK);
        a.let(3, Do.ADD, HEADER).let(4, Do.MOVE, 2).call(LOAD_BYTES).jump(If.NOT_EQUAL, 0, 0, "next");
        a.jump(If.NOT_EQUAL, type, network16(EthernetHeader.TYPE_IPV4), "inIpv6");
        mark(a, 4, 0);
        a.jump("unmarked").label("inIpv6");
        mark(a, 6, IPV6_SHIFT);
        a.label("unmarked");
    }

    /// @param version of the frame's IP header, whose first two bytes are at HEADER
    /// @param shift   of the ECN field in the second
    private static void mark(Assembler a, int version, int shift) {
        String capable = "capable" + version;
        String now = "mark" + version;
        a.load(Size.BYTE, 1, STACK, HEADER).let(1, Do.SHIFT_RIGHT, 4).jump(If.NOT_EQUAL, 1, version, "next");
        a.load(Size.HALF, 2, STACK, HEADER).load(Size.BYTE, 3, STACK, HEADER + 1);
        a.letRegister(1, Do.MOVE, 3).let(1, Do.SHIFT_RIGHT, shift).let(1, Do.AND, Ecn.FIELD);
        a.load(Size.WORD, 5, STACK, MARK);
        a.jump(If.NOT_EQUAL, 1, Ecn.NOT_ECT, capable);
        a.jump(If.EQUAL, 5, Ecn.CE, "congested").jump("unmarked");
        a.label(capable).jump(If.EQUAL, 5, Ecn.CE, now).jump(If.NOT_EQUAL, 1, Ecn.ECT_0, "unmarked");
        a.label(now)
                .let(3, Do.AND, ~(Ecn.FIELD << shift))
                .let(5, Do.SHIFT_LEFT, shift)
                .letRegister(3, Do.OR, 5);
        a.store(Size.BYTE, STACK, HEADER + 1, 3);
        if (version == 4) {
            a.letRegister(3, Do.MOVE, 2).load(Size.HALF, 4, STACK, HEADER).letRegister(1, Do.MOVE, PACKET);
            a.let(2, Do.MOVE, INNER_IP + IP_CHECKSUM).let(5, Do.MOVE, 2);
            a.call(REPLACE_IP_SUM).jump(If.NOT_EQUAL, 0, 0, "next");
        }
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, INNER_IP + 1).letRegister(3, Do.MOVE, STACK);
        a.let(3, Do.ADD, HEADER + 1).let(4, Do.MOVE, 1);
        // A sum over the packet, where the card gives one, stays as it was where IPv4's checksum makes up for the mark.
        a.let(5, Do.MOVE, version == 4 ? 0 : RECOMPUTE_CHECKSUM);
        a.call(STORE_BYTES).jump(If.NOT_EQUAL, 0, 0, "lost");
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

    private static void lookup(Assembler a, int map, String otherwise) {
        a.map(1, map).letRegister(2, Do.MOVE, STACK).let(2, Do.ADD, KEY).call(MAP_LOOKUP);
        a.jump(If.EQUAL, 0, 0, otherwise).letRegister(ENTRY, Do.MOVE, 0);
    }

    /// How many datagrams the packet is or becomes; the kernel forgets it when room is adjusted.
    private static void rememberDatagrams(Assembler a) {
        a.load(Size.WORD, 1, PACKET, SKB_GSO_SEGMENTS).jump(If.NOT_EQUAL, 1, 0, "several");
        a.let(1, Do.MOVE, 1);
        a.label("several").store(Size.DOUBLE, STACK, DATAGRAMS, 1);
    }

    private static void storeHeaders(Assembler a, int from, int length) {
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, 0).letRegister(3, Do.MOVE, STACK);
        a.let(3, Do.ADD, from).let(4, Do.MOVE, length).let(5, Do.MOVE, 0).call(STORE_BYTES);
        a.jump(If.NOT_EQUAL, 0, 0, "lost");
    }

    private static void count(Assembler a) {
        a.let(1, Do.MOVE, 1).addTo(ENTRY, FlowEntry.FRAMES, 1).addTo(ENTRY, FlowEntry.BYTES, LENGTH);
        a.load(Size.DOUBLE, 2, STACK, DATAGRAMS).addTo(ENTRY, FlowEntry.DATAGRAMS, 2);
        a.jump(If.EQUAL, SEGMENT, 0, "counted")
                .addTo(ENTRY, FlowEntry.SUPERFRAMES, 1)
                .label("counted");
    }

    private static void lost(Assembler a) {
        a.label("lost")
                .let(1, Do.MOVE, 1)
                .addTo(ENTRY, FlowEntry.ERRORS, 1)
                .let(0, Do.MOVE, DROP)
                .exit();
    }
}
