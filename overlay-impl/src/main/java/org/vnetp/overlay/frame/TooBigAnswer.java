package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;

/// Builds what a router would answer to a packet that does not fit the next hop: ICMP "fragmentation needed and DF
/// set" (RFC 792, RFC 1191) or ICMPv6 "packet too big" (RFC 4443, 3.2), as an Ethernet frame back to the sender,
/// with the same VLAN tags. The guest's kernel then lowers its path MTU, as it would behind any router.
///
/// The overlay has no addresses of its own in the guest's network, so the answer comes from the packet's
/// destination: the guest accepts it because it knows the destination. No answer is given to group or broadcast
/// senders and destinations, to fragments but the first, to ICMP errors, and to more than a few packets a second
/// (RFC 1812, 4.3.2). An IPv4 packet without DF is answered as well: it is not fragmented here, and silence would
/// be a black hole.
///
/// One loop's; allocates nothing after construction.
public final class TooBigAnswer {
    /// Bytes that [#build] needs at most behind the place it is given: two VLAN tags, IPv6, ICMPv6 and the start of
    /// the packet.
    public static final int MAX_LENGTH = VirtioNetHeader.LENGTH + 22 + 40 + 8 + 520;

    /// What the answer quotes of the packet: at most 548 bytes of ICMP as every host must take (RFC 1812, 4.3.2.3).
    private static final int MAX_QUOTE = 520;

    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int ICMP_HEADER = 8;
    private static final int MIN_IPV4_MTU = 68;
    private static final int MIN_IPV6_MTU = 1280;
    private static final int HOPS = 64;

    private final FrameParser parser = new FrameParser();
    private final long intervalNs;
    private final int burst;
    private boolean started;
    private long filledNs;
    private int tokens;
    private long answered;
    private long limited;
    private long unanswerable;

    /// @param perSecond answers a second in the long run
    /// @param burst answers at once after a pause
    public TooBigAnswer(int perSecond, int burst) {
        if (perSecond < 1 || burst < 1) {
            throw new IllegalArgumentException("rate " + perSecond + "/s, burst " + burst + ": both must be positive");
        }
        this.intervalNs = 1_000_000_000L / perSecond;
        this.burst = burst;
        this.tokens = burst;
    }

    /// Builds the answer to a frame that was refused.
    ///
    /// @param slab holds the refused frame, contiguous as far as it is there
    /// @param frame offset of its Ethernet header
    /// @param length bytes of the whole frame, as far as the headers are to be judged
    /// @param available bytes of it that are contiguous at `frame`; at least the headers for an answer
    /// @param mtu the largest IP packet that would have fitted in a frame without VLAN tags
    /// @param out where the answer goes: virtio_net_hdr (zero) and frame
    /// @param at offset in `out`; [#MAX_LENGTH] bytes must be free
    /// @param nowNs a monotonic clock's reading
    /// @return length of the answer, virtio_net_hdr included; 0 for none
    public int build(
            MemorySegment slab,
            long frame,
            int length,
            int available,
            int mtu,
            MemorySegment out,
            long at,
            long nowNs) {
        if (!answerable(slab, frame, length, available, mtu)) {
            unanswerable++;
            return 0;
        }
        if (!allowed(nowNs)) {
            limited++;
            return 0;
        }
        answered++;
        final int net = parser.networkOffset();
        VirtioNetHeader.clear(out, at);
        final long ether = at + VirtioNetHeader.LENGTH;
        MemorySegment.copy(slab, frame, out, ether + 6, 6);
        MemorySegment.copy(slab, frame + 6, out, ether, 6);
        MemorySegment.copy(slab, frame + 12, out, ether + 12, net - 12);
        final int quote = Math.min(Math.min(MAX_QUOTE, available - net), parser.end() - net);
        final int fits = fits(mtu);
        final int bytes = parser.isIpv4()
                ? ipv4(slab, frame + net, quote, fits, out, ether + net)
                : ipv6(slab, frame + net, quote, fits, out, ether + net);
        return VirtioNetHeader.LENGTH + net + bytes;
    }

    /// Tags take room too: a guest that was told the MTU that its interface has would not send less.
    private int fits(int mtu) {
        return mtu - (parser.networkOffset() - FrameParser.ETHERNET_HEADER);
    }

    private static int ipv4(MemorySegment slab, long ip, int quote, int mtu, MemorySegment out, long at) {
        final int total = IPV4_HEADER + ICMP_HEADER + quote;
        NetworkOrder.put16(out, at, 0x45c0);
        NetworkOrder.put16(out, at + 2, total);
        NetworkOrder.put32(out, at + 4, 0);
        NetworkOrder.put16(out, at + 8, HOPS << 8 | FrameParser.PROTOCOL_ICMP);
        NetworkOrder.put16(out, at + 10, 0);
        NetworkOrder.put32(out, at + 12, NetworkOrder.i32(slab, ip + 16));
        NetworkOrder.put32(out, at + 16, NetworkOrder.i32(slab, ip + 12));
        NetworkOrder.put16(out, at + 10, InternetChecksum.complement(InternetChecksum.sum(out, at, IPV4_HEADER)));
        final long icmp = at + IPV4_HEADER;
        NetworkOrder.put16(out, icmp, 0x0304);
        NetworkOrder.put16(out, icmp + 2, 0);
        NetworkOrder.put32(out, icmp + 4, Math.min(0xffff, Math.max(MIN_IPV4_MTU, mtu)));
        MemorySegment.copy(slab, ip, out, icmp + ICMP_HEADER, quote);
        NetworkOrder.put16(
                out, icmp + 2, InternetChecksum.complement(InternetChecksum.sum(out, icmp, ICMP_HEADER + quote)));
        return total;
    }

    private static int ipv6(MemorySegment slab, long ip, int quote, int mtu, MemorySegment out, long at) {
        final int length = ICMP_HEADER + quote;
        NetworkOrder.put32(out, at, 0x6000_0000);
        NetworkOrder.put16(out, at + 4, length);
        NetworkOrder.put16(out, at + 6, FrameParser.PROTOCOL_ICMPV6 << 8 | HOPS);
        MemorySegment.copy(slab, ip + 24, out, at + 8, 16);
        MemorySegment.copy(slab, ip + 8, out, at + 24, 16);
        final long icmp = at + IPV6_HEADER;
        NetworkOrder.put32(out, icmp, 0x0200_0000);
        NetworkOrder.put32(out, icmp + 4, Math.max(MIN_IPV6_MTU, mtu));
        MemorySegment.copy(slab, ip, out, icmp + ICMP_HEADER, quote);
        final long sum = (long) InternetChecksum.pseudoIpv6(out, at, FrameParser.PROTOCOL_ICMPV6)
                + length
                + InternetChecksum.sum(out, icmp, length);
        NetworkOrder.put16(out, icmp + 2, InternetChecksum.complement(sum));
        return IPV6_HEADER + length;
    }

    private boolean answerable(MemorySegment slab, long frame, int length, int available, int mtu) {
        // Headers are judged in what is contiguous; the lengths in them against the whole frame.
        if (available < FrameParser.ETHERNET_HEADER || available > length) {
            return false;
        }
        final int kind = parser.parseHead(slab, frame, length, available);
        if (kind == FrameParser.MALFORMED || kind == FrameParser.OTHER) {
            return false;
        }
        final int net = parser.networkOffset();
        final long ip = frame + net;
        if (MacAddress.isGroup(NetworkOrder.u48(slab, frame))
                || MacAddress.isGroup(NetworkOrder.u48(slab, frame + 6))) {
            return false;
        }
        if (parser.isIpv4()) {
            final long source = NetworkOrder.u32(slab, ip + 12);
            final long destination = NetworkOrder.u32(slab, ip + 16);
            final boolean laterFragment = (NetworkOrder.u16(slab, ip + 6) & 0x1fff) != 0;
            return !laterFragment && isHost4(source) && isHost4(destination) && !isIcmpError(slab, frame, available);
        }
        // A link that cannot carry 1280 bytes is no IPv6 link (RFC 8200, 5): the answer would change nothing.
        return fits(mtu) >= MIN_IPV6_MTU
                && isHost6(slab, ip + 8)
                && isHost6(slab, ip + 24)
                && !isLaterFragment6(slab, frame, available)
                && !isIcmpError(slab, frame, available);
    }

    private boolean isIcmpError(MemorySegment slab, long frame, int available) {
        final int protocol = parser.protocol();
        if (protocol != FrameParser.PROTOCOL_ICMP && protocol != FrameParser.PROTOCOL_ICMPV6) {
            return false;
        }
        if (parser.transportOffset() >= available) {
            return true;
        }
        final int type = NetworkOrder.u8(slab, frame + parser.transportOffset());
        return protocol == FrameParser.PROTOCOL_ICMPV6
                ? type < 128 || type == 137
                : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    }

    private boolean isLaterFragment6(MemorySegment slab, long frame, int available) {
        if (!parser.isFragment()) {
            return false;
        }
        final int header = parser.transportOffset() - 8;
        return header + 4 > available || (NetworkOrder.u16(slab, frame + header + 2) & 0xfff8) != 0;
    }

    /// Neither zero, loopback, group nor broadcast.
    private static boolean isHost4(long address) {
        final long first = address >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    private static boolean isHost6(MemorySegment slab, long at) {
        final boolean unspecified = NetworkOrder.i64(slab, at) == 0 && NetworkOrder.i64(slab, at + 8) == 0;
        return !unspecified && NetworkOrder.u8(slab, at) != 0xff;
    }

    private boolean allowed(long nowNs) {
        if (!started) {
            started = true;
            filledNs = nowNs;
        }
        final long earned = (nowNs - filledNs) / intervalNs;
        if (earned > 0) {
            tokens = (int) Math.min(burst, tokens + earned);
            filledNs += earned * intervalNs;
        }
        if (tokens == 0) {
            return false;
        }
        tokens--;
        return true;
    }

    /// Answers built.
    public long answered() {
        return answered;
    }

    /// Answers withheld because there were too many.
    public long limited() {
        return limited;
    }

    /// Frames to which no answer may be given.
    public long unanswerable() {
        return unanswerable;
    }
}
