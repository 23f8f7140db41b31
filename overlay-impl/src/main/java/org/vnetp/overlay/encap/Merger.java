package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
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

    private static final int ITEMS = 64;
    private static final int HEADER_ROOM = 256;
    /// Before each frame: a frame that goes on over a link of the vnet format gets its length written there.
    private static final int HEADROOM = 16;
    private static final int MAX_MERGED = 64;
    private static final int MAX_TCP_MERGED = 128;
    private static final int MAX_IP_LENGTH = 65_535;
    private static final int HOPS = 8;

    private static final int FLAG_PSH = 0x08;
    private static final int FLAG_ACK = 0x10;
    private static final int FLAGS = 0x1ff;

    private static final int CLOSED = 0;
    private static final int OPEN = 1;

    private static final int WRONG = 0;
    private static final int RIGHT = 1;
    private static final int UNFINISHED = 2;
    private static final int ABSENT = 3;

    private final int network;
    private final Checksums checksums;
    private final DropCounters drops;
    // Null where nobody wants to hear any.
    private Messages messages;
    private final MemorySegment headers;
    private final Frame[] frames = new Frame[ITEMS];
    private final FrameParser parser = new FrameParser();

    // One entry a frame to be handed out, in order.
    private int items;
    private final int[] state = new int[ITEMS];
    private final long[] flow = new long[ITEMS];
    private final int[] kind = new int[ITEMS];
    private final boolean[] ipv4 = new boolean[ITEMS];
    private final int[] networkOffset = new int[ITEMS];
    private final int[] transportOffset = new int[ITEMS];
    private final int[] payloadOffset = new int[ITEMS];
    private final int[] segmentSize = new int[ITEMS];
    private final int[] segments = new int[ITEMS];
    private final int[] payload = new int[ITEMS];
    private final boolean[] push = new boolean[ITEMS];

    private int guestMtu = 1450;
    private boolean groupsApart;
    private int uncutSize;
    private long nowNs;
    private long datagrams;
    private long superframes;
    private long merged;
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
        headers = arena.allocate((long) HEADROOM + (long) ITEMS * HEADER_ROOM, 64);
        for (int i = 0; i < ITEMS; i++) {
            frames[i] = new Frame(arena, MAX_TCP_MERGED + 1);
        }
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
            if (items == ITEMS) {
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
        if (found != FrameParser.TCP && found != FrameParser.UDP || parser.payloadOffset() > HEADER_ROOM - 16) {
            closeAll();
            handOver(slab, frame, frameLength);
            return;
        }
        final long key = key(slab, frame);
        final int judged = judge(slab, frame, found, covered);
        final int last = last(key, slab, frame, found);
        if (judged == RIGHT && mergeable(slab, frame, frameLength, found)) {
            if (last >= 0 && state[last] == OPEN && continues(last, slab, frame, found)) {
                append(last, slab, frame, found);
                return;
            }
            close(last);
            begin(slab, frame, found, key);
            return;
        }
        close(last);
        final boolean tooLong = judged == UNFINISHED && parser.end() - parser.networkOffset() > guestMtu;
        if (tooLong && found == FrameParser.UDP && uncutSize <= 0) {
            // Where one datagram of the sender ended and the next began is lost.
            uncutUnusable++;
            drops.increment(DropReason.UNSUPPORTED);
            return;
        }
        final int item = handOver(slab, frame, frameLength);
        // The item keeps its place among its flow: later frames of the flow look no further back than to it.
        describe(item, found, key);
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

    /// The newest item of the frame's flow, or -1.
    private int last(long key, MemorySegment slab, long frame, int found) {
        for (int i = items - 1; i >= 0; i--) {
            if (flow[i] == key && kind[i] == found && sameFlow(i, slab, frame)) {
                return i;
            }
        }
        return -1;
    }

    private boolean sameFlow(int item, MemorySegment slab, long frame) {
        final int net = parser.networkOffset();
        final int transport = parser.transportOffset();
        if (networkOffset[item] != net || ipv4[item] != parser.isIpv4()) {
            return false;
        }
        final long other = etherOf(item);
        if (!equal(slab, frame, other, net)) {
            return false;
        }
        final boolean addresses = parser.isIpv4()
                ? equal(slab, frame + net + 12, other + net + 12, 8)
                : equal(slab, frame + net + 8, other + net + 8, 32);
        return addresses
                && NetworkOrder.i32(slab, frame + transport)
                        == NetworkOrder.i32(headers, other + transportOffset[item]);
    }

    /// Does the frame follow the open superframe of its flow, with headers that one segmentation would give?
    private boolean continues(int item, MemorySegment slab, long frame, int found) {
        final int net = parser.networkOffset();
        final int transport = parser.transportOffset();
        final int size = parser.end() - parser.payloadOffset();
        final long other = etherOf(item);
        if (transportOffset[item] != transport
                || payloadOffset[item] != parser.payloadOffset()
                || size > segmentSize[item]
                || payloadOffset[item] - net + payload[item] + size > MAX_IP_LENGTH) {
            return false;
        }
        final long ip = frame + net;
        final long otherIp = other + net;
        if (ipv4[item]) {
            final int flags = NetworkOrder.u16(slab, ip + 6);
            final int id = NetworkOrder.u16(slab, ip + 4);
            final int expected = (NetworkOrder.u16(headers, otherIp + 4) + segments[item]) & 0xffff;
            if (NetworkOrder.u16(slab, ip) != NetworkOrder.u16(headers, otherIp)
                    || NetworkOrder.u8(slab, ip + 8) != NetworkOrder.u8(headers, otherIp + 8)
                    || flags != NetworkOrder.u16(headers, otherIp + 6)
                    || (flags & 0x4000) == 0 && id != expected) {
                return false;
            }
        } else if (NetworkOrder.i32(slab, ip) != NetworkOrder.i32(headers, otherIp)
                || NetworkOrder.u8(slab, ip + 7) != NetworkOrder.u8(headers, otherIp + 7)) {
            return false;
        }
        if (found == FrameParser.UDP) {
            return segments[item] < MAX_MERGED;
        }
        final long l4 = frame + transport;
        final long otherL4 = other + transport;
        return segments[item] < MAX_TCP_MERGED
                && NetworkOrder.i32(slab, l4 + 4) == NetworkOrder.i32(headers, otherL4 + 4) + payload[item]
                && NetworkOrder.i32(slab, l4 + 8) == NetworkOrder.i32(headers, otherL4 + 8)
                && (NetworkOrder.i32(slab, l4 + 12) & ~(FLAG_PSH << 16)) == NetworkOrder.i32(headers, otherL4 + 12)
                && NetworkOrder.u16(slab, l4 + 18) == NetworkOrder.u16(headers, otherL4 + 18)
                && equal(slab, l4 + 20, otherL4 + 20, parser.payloadOffset() - transport - 20);
    }

    private void append(int item, MemorySegment slab, long frame, int found) {
        final int size = parser.end() - parser.payloadOffset();
        frames[item].slices().add(slab.address() + frame + parser.payloadOffset(), size);
        payload[item] += size;
        segments[item]++;
        merged++;
        if (size < segmentSize[item] || found == FrameParser.TCP && pushes(slab, frame)) {
            push[item] = found == FrameParser.TCP && pushes(slab, frame);
            state[item] = CLOSED;
        }
    }

    private boolean pushes(MemorySegment slab, long frame) {
        return (NetworkOrder.u8(slab, frame + parser.transportOffset() + 13) & FLAG_PSH) != 0;
    }

    private void begin(MemorySegment slab, long frame, int found, long key) {
        final int item = items++;
        final int headerLength = parser.payloadOffset();
        final long at = headerOf(item);
        VirtioNetHeader.clear(headers, at);
        MemorySegment.copy(slab, frame, headers, at + VirtioNetHeader.LENGTH, headerLength);
        frames[item].wrap(headers, at, VirtioNetHeader.LENGTH + headerLength, HOPS);
        final int size = parser.end() - headerLength;
        frames[item].slices().addSeparately(slab.address() + frame + headerLength, size);
        describe(item, found, key);
        segmentSize[item] = size;
        segments[item] = 1;
        payload[item] = size;
        push[item] = false;
        state[item] = found == FrameParser.TCP && pushes(slab, frame) ? CLOSED : OPEN;
    }

    private void describe(int item, int found, long key) {
        flow[item] = key;
        kind[item] = found;
        ipv4[item] = parser.isIpv4();
        networkOffset[item] = parser.networkOffset();
        transportOffset[item] = parser.transportOffset();
        payloadOffset[item] = parser.payloadOffset();
    }

    /// Adds the frame as it is.
    private int handOver(MemorySegment slab, long frame, int length) {
        final int item = items++;
        final long at = headerOf(item);
        final int copied = Math.min(length, HEADER_ROOM - 16);
        VirtioNetHeader.clear(headers, at);
        MemorySegment.copy(slab, frame, headers, at + VirtioNetHeader.LENGTH, copied);
        frames[item].wrap(headers, at, VirtioNetHeader.LENGTH + copied, HOPS);
        if (copied < length) {
            frames[item].slices().addSeparately(slab.address() + frame + copied, length - copied);
        }
        state[item] = CLOSED;
        flow[item] = 0;
        kind[item] = 0;
        segments[item] = 1;
        return item;
    }

    /// The frame's checksum is still the pseudo header's sum: says so to the guest's kernel, and how to cut it if
    /// it is a superframe.
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
        VirtioNetHeader.encode(
                headers,
                headerOf(item),
                VirtioNetHeader.FLAG_NEEDS_CHECKSUM,
                type,
                parser.payloadOffset(),
                size,
                parser.transportOffset(),
                found == FrameParser.TCP ? 16 : 6);
    }

    private void close(int item) {
        if (item >= 0) {
            state[item] = CLOSED;
        }
    }

    private void closeAll() {
        for (int i = 0; i < items; i++) {
            state[i] = CLOSED;
        }
    }

    @Override
    public void endBurst(FrameSink sink) {
        final int count = items;
        for (int i = 0; i < count; i++) {
            if (segments[i] > 1) {
                complete(i);
            }
            sink.onFrame(frames[i]);
        }
        items = 0;
    }

    /// Makes the headers of a superframe out of those of its first segment.
    private void complete(int item) {
        superframes++;
        final long at = headerOf(item);
        final long ether = etherOf(item);
        final int net = networkOffset[item];
        final int transport = transportOffset[item];
        final boolean tcp = kind[item] == FrameParser.TCP;
        final long ip = ether + net;
        final long l4 = ether + transport;
        final int l4Length = payloadOffset[item] - transport + payload[item];
        final int protocol = tcp ? FrameParser.PROTOCOL_TCP : FrameParser.PROTOCOL_UDP;
        final int pseudo;
        if (ipv4[item]) {
            NetworkOrder.put16(headers, ip + 2, transport - net + l4Length);
            NetworkOrder.put16(headers, ip + 10, 0);
            NetworkOrder.put16(
                    headers, ip + 10, InternetChecksum.complement(InternetChecksum.sum(headers, ip, transport - net)));
            pseudo = InternetChecksum.pseudoIpv4(headers, ip, protocol);
        } else {
            NetworkOrder.put16(headers, ip + 4, l4Length);
            pseudo = InternetChecksum.pseudoIpv6(headers, ip, protocol);
        }
        if (tcp) {
            if (push[item]) {
                NetworkOrder.put8(headers, l4 + 13, NetworkOrder.u8(headers, l4 + 13) | FLAG_PSH);
            }
        } else {
            NetworkOrder.put16(headers, l4 + 4, l4Length);
        }
        final int field = tcp ? 16 : 6;
        NetworkOrder.put16(headers, l4 + field, InternetChecksum.fold((long) pseudo + l4Length));
        final int type =
                !tcp ? VirtioNetHeader.GSO_UDP_L4 : ipv4[item] ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6;
        VirtioNetHeader.encode(
                headers,
                at,
                VirtioNetHeader.FLAG_NEEDS_CHECKSUM,
                type,
                payloadOffset[item],
                segmentSize[item],
                transport,
                field);
    }

    @Override
    public boolean holds() {
        return items > 0;
    }

    @Override
    public void letGo(long nowNs) {
        // Nothing is kept over a burst; the link ends it before it reuses the slab.
    }

    @Override
    public void expire(long nowNs) {
        // Nothing waits for datagrams that may never come.
    }

    private static long headerOf(int item) {
        return HEADROOM + (long) item * HEADER_ROOM;
    }

    private static long etherOf(int item) {
        return headerOf(item) + VirtioNetHeader.LENGTH;
    }

    private boolean equal(MemorySegment slab, long a, long b, int length) {
        int i = 0;
        for (; i <= length - 8; i += 8) {
            if (NetworkOrder.i64(slab, a + i) != NetworkOrder.i64(headers, b + i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (slab.get(ValueLayout.JAVA_BYTE, a + i) != headers.get(ValueLayout.JAVA_BYTE, b + i)) {
                return false;
            }
        }
        return true;
    }

    /// Datagrams received.
    public long datagrams() {
        return datagrams;
    }

    /// Superframes made.
    public long superframes() {
        return superframes;
    }

    /// Frames that were joined to one before.
    public long merged() {
        return merged;
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
