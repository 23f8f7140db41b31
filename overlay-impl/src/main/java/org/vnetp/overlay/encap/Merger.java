package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.FrameParser;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.frame.InternetChecksum;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

/// The receiving half of the `vxlan` format (RFC 7348): takes the frames out of the datagrams and merges
/// consecutive ones of a TCP or UDP flow into superframes, so that the guest's kernel gets one write for up to 64
/// KB. It undoes what [Segmenter] does.
///
/// The way of a datagram:
///
/// 1. The VXLAN header is checked (flag, network id), what the outer header says about congestion reaches the frame
/// ([Ecn]), the frame's headers are parsed. 2. The transport checksum is judged, see below. 3. The frame joins the last
/// superframe of its flow if it continues it, or begins a new one.
/// Merged are TCP frames with the next sequence number and otherwise equal headers (addresses, ports, VLAN tags,
/// TOS and ECN, TTL, DF, acknowledgement, window, options), flags ACK or ACK and PSH; PSH and a shorter segment end
/// the superframe. UDP frames merge when they have equal sizes but for a shorter last one. IPv4 ids must count up
/// unless DF makes them meaningless (RFC 6864). Fragments, IP options and IPv6 extension headers are never merged.
/// 4. [#endBurst] hands out everything in the order in which each frame's first byte came, as [virtio_net_hdr and
/// headers][payload][payload]... The payload stays where it was received.
///
/// What cannot be merged ends the superframe of its flow, and what belongs to no known flow (fragments, ARP) ends
/// all of them, so order within a flow is kept.
///
/// **Checksums.** A superframe goes to the guest's kernel with NEEDS_CSUM, that is "trust the payload". It is
/// earned in one of two ways. The datagrams of a train of two or more were covered by outer UDP checksums: the
/// kernel joins datagrams only if their checksum is present and right (a zero checksum is never joined). With
/// [Checksums#TRUST_OUTER] that is enough. A single datagram may have had no outer checksum, as a Linux VXLAN
/// device sends over IPv4, and is always summed here. A frame with a wrong checksum is handed on as it came, for
/// the guest to refuse and count.
///
/// **Unfinished checksums.** A Linux VXLAN device whose underlay is virtual (veth, a VM's NIC) leaves the inner
/// checksum to hardware that never comes: the field then holds the pseudo header's sum only, and a whole superframe
/// may arrive as one datagram. Both are recognised by that sum and get NEEDS_CSUM; the superframe's segment size is
/// what the link's MTU gives. Such frames never left the machine's memory.
///
/// One link's, one loop's; allocates nothing after construction. Slices of the receive slab are held from
/// [#decapsulate] until [#endBurst].
public final class Merger implements Decapsulator {
    /// How the transport checksum of a train's frames is judged. Measured over two nodes on one machine, one TCP
    /// stream at 10 Gbit/s: no difference that shows in the noise, since the sum runs at 40 GB/s and more. Hence
    /// VERIFY is what a node uses: it also finds what a faulty sender put under a right outer checksum.
    public enum Checksums {
        /// The outer UDP checksum covered it.
        TRUST_OUTER,
        /// Every frame is summed.
        VERIFY
    }

    private static final int FLAG_PSH = 0x08;
    private static final int FLAG_ACK = 0x10;
    private static final int FLAGS = 0x1ff;

    private static final int WRONG = 0;
    private static final int RIGHT = 1;
    private static final int UNFINISHED = 2;
    private static final int ABSENT = 3;

    private final int network;
    private final Checksums checksums;
    private final DropCounters drops;
    // Null where nobody wants to hear any.
    private Messages messages;
    private final FrameParser parser = new FrameParser();
    private final Superframes burst;

    private int guestMtu = 1450;
    private boolean groupsApart;
    private int uncutSize;
    private long nowNs;
    private long datagrams;
    private long unfinished;
    private long recovered;
    private long truncated;
    private long badHeader;
    private long wrongNetwork;
    private long wrongChecksums;
    private long uncutUnusable;

    /// With drop counters of its own, for tests.
    public Merger(Arena arena, int network, Checksums checksums) {
        this(arena, network, checksums, new DropCounters());
    }

    /// @param arena owns the header memory (about 160 KiB)
    /// @param network the 24-bit VXLAN network id; other networks' datagrams are dropped and counted
    /// @param drops the loop's
    public Merger(Arena arena, int network, Checksums checksums, DropCounters drops) {
        if (network < 0 || network > VxlanHeader.MAX_NETWORK) {
            throw new IllegalArgumentException(
                    "network " + network + ": expected a VXLAN network id of 0.." + VxlanHeader.MAX_NETWORK);
        }
        this.network = network;
        this.checksums = checksums;
        this.drops = drops;
        this.burst = new Superframes(arena, parser);
    }

    /// Sets the MTU from which the segment size of a superframe is taken that arrived uncut.
    @Override
    public void guestMtu(int bytes) {
        guestMtu = bytes;
    }

    @Override
    public void relaying(boolean on) {
        groupsApart = on;
    }

    @Override
    public void decapsulate(
            MemorySegment slab, long offset, int length, int segmentSize, int ecn, long nowNs, FrameSink sink) {
        final int size = segmentSize <= 0 || isUncut(slab, offset, length, segmentSize) ? length : segmentSize;
        uncutSize = segmentSize;
        this.nowNs = nowNs;
        final boolean covered = length > size && checksums == Checksums.TRUST_OUTER;
        int at = 0;
        while (at < length) {
            final int datagram = Math.min(size, length - at);
            if (burst.full()) {
                endBurst(sink);
            }
            // The first one's mark it is for sure.
            take(slab, offset + at, datagram, at == 0 ? ecn & Ecn.FIELD : ecn, covered);
            at += datagram;
        }
    }

    /// A UDP superframe of a kernel's VXLAN device that arrived uncut: the kernel reports the inner segment size as
    /// if it cut the outer datagram, which the inner IP length refutes.
    private boolean isUncut(MemorySegment slab, long offset, int length, int segmentSize) {
        return segmentSize > 0
                && segmentSize < length
                && length > VxlanHeader.LENGTH
                && parser.parse(slab, offset + VxlanHeader.LENGTH, length - VxlanHeader.LENGTH) == FrameParser.UDP
                && VxlanHeader.LENGTH + parser.end() == length;
    }

    private boolean isMessage(MemorySegment slab, long offset) {
        int kind = VxlanHeader.kind(slab, offset);
        return messages != null
                && NetworkOrder.i32(slab, offset) == VxlanHeader.MESSAGE
                && VxlanHeader.network(slab, offset) == network
                && kind >= 1
                && kind <= Messages.MOST_KINDS;
    }

    @Override
    public void messages(Messages listener) {
        messages = listener;
    }

    private void take(MemorySegment slab, long offset, int length, int ecn, boolean covered) {
        datagrams++;
        if (length < VxlanHeader.LENGTH + FrameParser.ETHERNET_HEADER) {
            truncated++;
            drops.increment(DropReason.TRUNCATED);
            return;
        }
        if (!VxlanHeader.isValid(slab, offset)) {
            if (isMessage(slab, offset)) {
                messages.onMessage(
                        VxlanHeader.kind(slab, offset), slab, offset + VxlanHeader.LENGTH, length - VxlanHeader.LENGTH);
                return;
            }
            badHeader++;
            if (VnetHeader.looksLike(NetworkOrder.i32(slab, offset))) {
                refuse(DropReason.OTHER_FORMAT, 0);
            } else {
                drops.increment(DropReason.MALFORMED);
            }
            return;
        }
        if (VxlanHeader.network(slab, offset) != network) {
            wrongNetwork++;
            refuse(DropReason.WRONG_NETWORK, VxlanHeader.network(slab, offset));
            return;
        }
        final long frame = offset + VxlanHeader.LENGTH;
        final int frameLength = length - VxlanHeader.LENGTH;
        if (Ecn.matters(ecn) && !Ecn.decapsulate(slab, frame, frameLength, ecn)) {
            drops.increment(DropReason.CONGESTION);
            return;
        }
        final int found = parser.parse(slab, frame, frameLength);
        if (found != FrameParser.TCP && found != FrameParser.UDP || parser.payloadOffset() > Superframes.MOST_HEADERS) {
            burst.closeAll();
            burst.handOver(slab, frame, frameLength);
            return;
        }
        final long key = key(slab, frame);
        final int judged = judge(slab, frame, found, covered);
        final int last = burst.last(key, slab, frame, found);
        if (judged == RIGHT && mergeable(slab, frame, frameLength, found)) {
            if (burst.continues(last, slab, frame, found)) {
                burst.append(last, slab, frame, found);
                return;
            }
            burst.close(last);
            burst.begin(slab, frame, found, key);
            return;
        }
        burst.close(last);
        final boolean tooLong = judged == UNFINISHED && parser.end() - parser.networkOffset() > guestMtu;
        if (tooLong && found == FrameParser.UDP && uncutSize <= 0) {
            // Where one datagram of the sender ended and the next began is lost.
            uncutUnusable++;
            drops.increment(DropReason.UNSUPPORTED);
            return;
        }
        final int item = burst.handOver(slab, frame, frameLength);
        // The item keeps its place among its flow: later frames of the flow look no further back than to it.
        burst.describe(item, found, key);
        if (judged == UNFINISHED) {
            leaveToKernel(item, found, tooLong);
        } else if (judged == WRONG) {
            wrongChecksums++;
        }
    }

    private void refuse(DropReason reason, int field) {
        drops.increment(reason);
        drops.last().datagram(reason, field, nowNs);
    }

    /// A hash of addresses and ports; frames of one flow have the same, others most likely another.
    private long key(MemorySegment slab, long frame) {
        final long ip = frame + parser.networkOffset();
        long h = NetworkOrder.u32(slab, frame + parser.transportOffset()) * 0x9e37_79b9_7f4a_7c15L + parser.protocol();
        if (parser.isIpv4()) {
            h ^= NetworkOrder.i64(slab, ip + 12);
        } else {
            h ^= NetworkOrder.i64(slab, ip + 8) * 31 + NetworkOrder.i64(slab, ip + 16);
            h ^= (NetworkOrder.i64(slab, ip + 24) * 31 + NetworkOrder.i64(slab, ip + 32)) * 17;
        }
        return h ^ NetworkOrder.u48(slab, frame);
    }

    private int judge(MemorySegment slab, long frame, int found, boolean covered) {
        final int transport = parser.transportOffset();
        final long l4 = frame + transport;
        final int length = parser.end() - transport;
        final int field = NetworkOrder.u16(slab, l4 + (found == FrameParser.TCP ? 16 : 6));
        if (found == FrameParser.UDP && field == 0) {
            return ABSENT;
        }
        if (parser.isRouted()) {
            return ABSENT;
        }
        if (covered) {
            return RIGHT;
        }
        final long ip = frame + parser.networkOffset();
        final int pseudo = InternetChecksum.fold((long) length
                + (parser.isIpv4()
                        ? InternetChecksum.pseudoIpv4(slab, ip, parser.protocol())
                        : InternetChecksum.pseudoIpv6(slab, ip, parser.protocol())));
        if (InternetChecksum.fold((long) pseudo + InternetChecksum.sum(slab, l4, length)) == 0xffff) {
            return RIGHT;
        }
        return field == pseudo ? UNFINISHED : WRONG;
    }

    /// May the frame be part of a superframe at all?
    private boolean mergeable(MemorySegment slab, long frame, int length, int found) {
        if (!parser.isPlain() || parser.end() != length || parser.payloadOffset() >= length) {
            return false;
        }
        final int net = parser.networkOffset();
        if (parser.isIpv4() && InternetChecksum.sum(slab, frame + net, parser.transportOffset() - net) != 0xffff) {
            return false;
        }
        if (found == FrameParser.UDP) {
            return !groupsApart || (NetworkOrder.u8(slab, frame) & 1) == 0;
        }
        final int flags = NetworkOrder.u16(slab, frame + parser.transportOffset() + 12) & FLAGS;
        return (flags & ~FLAG_PSH) == FLAG_ACK;
    }

    /// The frame's checksum is still the pseudo header's sum.
    private void leaveToKernel(int item, int found, boolean superframe) {
        unfinished++;
        int type = VirtioNetHeader.GSO_NONE;
        int size = 0;
        if (superframe) {
            recovered++;
            final int mss = guestMtu - (parser.payloadOffset() - parser.networkOffset());
            if (found == FrameParser.UDP) {
                type = VirtioNetHeader.GSO_UDP_L4;
                size = uncutSize;
            } else {
                type = parser.isIpv4() ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6;
                size = Math.max(1, mss);
            }
        }
        burst.leaveToKernel(item, found, type, size);
    }

    @Override
    public void endBurst(FrameSink sink) {
        burst.handOut(sink);
    }

    @Override
    public boolean holds() {
        return !burst.isEmpty();
    }

    @Override
    public void letGo(long nowNs) {
        // Nothing is kept over a burst; the link ends it before it reuses the slab.
    }

    @Override
    public void expire(long nowNs) {
        // Nothing waits for datagrams that may never come.
    }

    /// Datagrams received.
    public long datagrams() {
        return datagrams;
    }

    /// Superframes made.
    public long superframes() {
        return burst.made();
    }

    /// Frames that were joined to one before.
    public long merged() {
        return burst.merged();
    }

    /// Frames whose checksum the sender's kernel had left unfinished.
    public long unfinished() {
        return unfinished;
    }

    /// Of those, superframes that arrived uncut.
    public long recovered() {
        return recovered;
    }

    /// Dropped: shorter than a VXLAN and an Ethernet header.
    public long truncated() {
        return truncated;
    }

    /// Dropped: the flag that makes the network id valid is missing.
    public long badHeader() {
        return badHeader;
    }

    /// Dropped: of another network.
    public long wrongNetwork() {
        return wrongNetwork;
    }

    /// Handed on as they came although their transport checksum is wrong.
    public long wrongChecksums() {
        return wrongChecksums;
    }

    /// Dropped: UDP superframes that arrived uncut and without their segment size.
    public long uncutUnusable() {
        return uncutUnusable;
    }
}
