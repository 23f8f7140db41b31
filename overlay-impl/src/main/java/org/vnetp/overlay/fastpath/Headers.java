package org.vnetp.overlay.fastpath;

import static org.vnetp.overlay.fastpath.Assembler.network16;
import static org.vnetp.overlay.fastpath.Assembler.network32;
import static org.vnetp.overlay.fastpath.Skb.ENTRY;
import static org.vnetp.overlay.fastpath.Skb.HASH;
import static org.vnetp.overlay.fastpath.Skb.LENGTH;
import static org.vnetp.overlay.fastpath.Skb.PACKET;
import static org.vnetp.overlay.fastpath.Skb.RANDOM;
import static org.vnetp.overlay.fastpath.Skb.SKB_PROTOCOL;
import static org.vnetp.overlay.fastpath.Skb.SKB_VLAN;
import static org.vnetp.overlay.fastpath.Skb.STACK;

import org.vnetp.overlay.encap.VxlanHeader;
import org.vnetp.overlay.fastpath.Assembler.Do;
import org.vnetp.overlay.fastpath.Assembler.Size;
import org.vnetp.overlay.frame.EthernetHeader;

/// The headers before a frame's own IP header on the underlay: Ethernet, IP, UDP, VXLAN, and the frame's
/// Ethernet header with or without a VLAN tag. Where they begin, and the code that writes them onto the stack.
///
/// @param ipv6   whether the outer IP header is one of IPv6
/// @param tagged whether the frame has a tag
record Headers(boolean ipv6, boolean tagged) {
    static final int TYPE_VLAN = 0x8100;
    static final int TAG_LENGTH = 4;
    static final int IP = EthernetHeader.LENGTH;
    static final int PROTOCOL_UDP = 17;
    static final int IPV4_LENGTH = 20;
    static final int IPV6_LENGTH = 40;
    /// IPv6's traffic class begins four bits later than IPv4's TOS.
    static final int IPV6_SHIFT = 4;

    static final int VERSION_AND_TOS = 0x4500;
    static final int IPV6_VERSION = 0x6000_0000;
    /// The ECN field in an IPv6 header's first word.
    static final int IPV6_ECN_SHIFT = 20;

    private static final int TTL = 64;
    /// The network id is known (RFC 7348, section 5).
    static final int VXLAN_FLAGS = 0x0800_0000;

    /// Source ports are a hash of the flow, in the dynamic range (RFC 7348, section 5).
    private static final int FIRST_SOURCE_PORT = 0xc000;

    private static final int SOURCE_PORTS = 0x3fff;

    private int ipLength() {
        return ipv6 ? IPV6_LENGTH : IPV4_LENGTH;
    }

    int udp() {
        return IP + ipLength();
    }

    int vxlan() {
        return udp() + 8;
    }

    int inner() {
        return vxlan() + VxlanHeader.LENGTH;
    }

    int tag() {
        return tagged ? TAG_LENGTH : 0;
    }

    int innerType() {
        return inner() + EthernetHeader.TYPE_FIELD_OFFSET + tag();
    }

    /// All of them.
    int length() {
        return inner() + EthernetHeader.LENGTH + tag();
    }

    /// What a packet is longer by than a frame whose tag stands beside it.
    int added() {
        return length() - EthernetHeader.LENGTH;
    }

    /// Tells labels of different headers apart.
    String suffix() {
        return (ipv6 ? "6" : "4") + (tagged ? "tagged" : "");
    }

    /// Writes them, of the flow at ENTRY, for a packet of LENGTH bytes.
    ///
    /// @param at        where on the stack; IP there is aligned
    /// @param addresses where the frame's own are on the stack
    /// @param ecn       where a word with the frame's ECN field is
    void write(Assembler a, int at, int addresses, int ecn) {
        a.letRegister(1, Do.MOVE, PACKET).call(HASH);
        a.let(0, Do.AND, SOURCE_PORTS).let(0, Do.OR, FIRST_SOURCE_PORT).toNetwork16(0);
        a.store(Size.HALF, STACK, at + udp(), 0);
        // The Ethernet addresses are filled in with the neighbour's.
        a.storeConstant(Size.HALF, STACK, at, 0).storeConstant(Size.WORD, STACK, at + 2, 0);
        a.storeConstant(Size.WORD, STACK, at + 6, 0).storeConstant(Size.HALF, STACK, at + 10, 0);
        half(a, at + 12, ipv6 ? EthernetHeader.TYPE_IPV6 : EthernetHeader.TYPE_IPV4);
        if (ipv6) {
            writeIpv6(a, at + IP, ecn);
        } else {
            writeIpv4(a, at + IP, ecn);
        }
        a.load(Size.HALF, 1, ENTRY, FlowEntry.PORT).store(Size.HALF, STACK, at + udp() + 2, 1);
        lengthFrom(a, at + udp() + 4, udp());
        // None: RFC 7348, section 5; for IPv6 see Peers.
        half(a, at + udp() + 6, 0);
        a.storeConstant(Size.WORD, STACK, at + vxlan(), network32(VXLAN_FLAGS));
        a.load(Size.WORD, 1, ENTRY, FlowEntry.NETWORK).store(Size.WORD, STACK, at + vxlan() + 4, 1);
        for (int i = 0; i < 12; i += 4) {
            a.load(Size.WORD, 1, STACK, addresses + i).store(Size.WORD, STACK, at + inner() + i, 1);
        }
        if (tagged) {
            half(a, at + inner() + EthernetHeader.TYPE_FIELD_OFFSET, TYPE_VLAN);
            a.load(Size.WORD, 1, PACKET, SKB_VLAN).toNetwork16(1);
            a.store(Size.HALF, STACK, at + inner() + EthernetHeader.TYPE_FIELD_OFFSET + 2, 1);
        }
        a.load(Size.WORD, 1, PACKET, SKB_PROTOCOL).store(Size.HALF, STACK, at + innerType(), 1);
    }

    private void writeIpv4(Assembler a, int ip, int ecn) {
        half(a, ip, VERSION_AND_TOS);
        a.load(Size.WORD, 3, STACK, ecn).store(Size.BYTE, STACK, ip + 1, 3);
        // A router may fragment what its next link cannot take, as it may a kernel VXLAN device's: packets need an
        // identification (RFC 6864).
        a.call(RANDOM).let(0, Do.AND, 0xffff).store(Size.HALF, STACK, ip + 4, 0);
        lengthFrom(a, ip + 2, IP);
        half(a, ip + 6, 0);
        half(a, ip + 8, TTL << 8 | PROTOCOL_UDP);
        a.load(Size.WORD, 2, ENTRY, FlowEntry.IP_SUM).letRegister(2, Do.ADD, 0).letRegister(2, Do.ADD, 1);
        a.load(Size.WORD, 3, STACK, ecn).toNetwork16(3).letRegister(2, Do.ADD, 3);
        a.letRegister(1, Do.MOVE, 2)
                .let(1, Do.SHIFT_RIGHT, 16)
                .let(2, Do.AND, 0xffff)
                .letRegister(2, Do.ADD, 1);
        a.letRegister(1, Do.MOVE, 2)
                .let(1, Do.SHIFT_RIGHT, 16)
                .letRegister(2, Do.ADD, 1)
                .let(2, Do.XOR, -1);
        a.store(Size.HALF, STACK, ip + 10, 2);
        a.load(Size.WORD, 1, ENTRY, FlowEntry.SOURCE).store(Size.WORD, STACK, ip + 12, 1);
        a.load(Size.WORD, 1, ENTRY, FlowEntry.DESTINATION).store(Size.WORD, STACK, ip + 16, 1);
    }

    private void writeIpv6(Assembler a, int ip, int ecn) {
        a.load(Size.WORD, 3, STACK, ecn)
                .let(3, Do.SHIFT_LEFT, IPV6_ECN_SHIFT)
                .let(3, Do.OR, IPV6_VERSION)
                .toNetwork32(3)
                .store(Size.WORD, STACK, ip, 3);
        lengthFrom(a, ip + 4, udp());
        half(a, ip + 6, PROTOCOL_UDP << 8 | TTL);
        for (int i = 0; i < FlowEntry.ADDRESS_BYTES; i += 4) {
            a.load(Size.WORD, 1, ENTRY, FlowEntry.SOURCE + i).store(Size.WORD, STACK, ip + 8 + i, 1);
            a.load(Size.WORD, 1, ENTRY, FlowEntry.DESTINATION + i).store(Size.WORD, STACK, ip + 24 + i, 1);
        }
    }

    /// Writes the packet's length from one of its headers on; it stays in register 1.
    private void lengthFrom(Assembler a, int to, int header) {
        a.letRegister(1, Do.MOVE, LENGTH).let(1, Do.ADD, added() - header).toNetwork16(1);
        a.store(Size.HALF, STACK, to, 1);
    }

    private static void half(Assembler a, int at, int value) {
        a.storeConstant(Size.HALF, STACK, at, network16(value));
    }

    /// The sum of the constant words of the outer IPv4 header, before folding.
    ///
    /// @param source      as in the packet, read as a number of this machine
    /// @param destination the same
    static int ipv4Sum(int source, int destination) {
        int sum = network16(VERSION_AND_TOS) + network16(TTL << 8 | PROTOCOL_UDP);
        for (int address : new int[] {source, destination}) {
            sum += (address & 0xffff) + (address >>> 16);
        }
        return sum;
    }
}
