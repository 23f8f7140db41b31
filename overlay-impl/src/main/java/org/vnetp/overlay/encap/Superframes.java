package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameParser;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.frame.InternetChecksum;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.frame.VirtioNetHeader;

/// The frames of a burst in the order in which they came, each an item that may still grow into a
/// superframe or not: [Merger] judges each frame; this finds what it continues, keeps headers and
/// slices, and makes the superframes' headers at the end.
///
/// An item's headers are copied; its payload stays where it was received, until [#handOut]. The
/// frame at hand is what the parser has parsed last. One link's, one loop's; allocates nothing
/// after construction.
final class Superframes {
    /// Headers of a frame that is copied are no longer.
    static final int MOST_HEADERS = 240;

    private static final int ITEMS = 64;
    private static final int HEADER_ROOM = 256;
    /// Before each frame: a frame that goes on over a link of the vnet format gets its length
    /// written there.
    private static final int HEADROOM = 16;
    private static final int MAX_MERGED = 64;
    private static final int MAX_TCP_MERGED = 128;
    private static final int MAX_IP_LENGTH = 65_535;
    private static final int HOPS = 8;

    private static final int FLAG_PSH = 0x08;

    private static final int CLOSED = 0;
    private static final int OPEN = 1;

    private final FrameParser parser;
    private final MemorySegment headers;
    private final Frame[] frames = new Frame[ITEMS];

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

    private long made;
    private long merged;

    /// @param arena owns the header memory (about 160 KiB)
    /// @param parser of the frame at hand
    Superframes(Arena arena, FrameParser parser) {
        this.parser = parser;
        headers = arena.allocate((long) HEADROOM + (long) ITEMS * HEADER_ROOM, 64);
        for (int i = 0; i < ITEMS; i++) {
            frames[i] = new Frame(arena, MAX_TCP_MERGED + 1);
        }
    }

    /// Whether [#handOut] must come before another frame.
    boolean full() {
        return items == ITEMS;
    }

    boolean isEmpty() {
        return items == 0;
    }

    /// The newest item of the frame's flow, or -1.
    int last(long key, MemorySegment slab, long frame, int found) {
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

    /// Does the frame follow the newest item of its flow, which can still grow, with headers that
    /// one segmentation would give?
    boolean continues(int item, MemorySegment slab, long frame, int found) {
        return item >= 0 && state[item] == OPEN && follows(item, slab, frame, found);
    }

    private boolean follows(int item, MemorySegment slab, long frame, int found) {
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

    /// Lengthens a superframe by the frame's payload.
    void append(int item, MemorySegment slab, long frame, int found) {
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

    /// A new superframe, which may grow.
    void begin(MemorySegment slab, long frame, int found, long key) {
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

    /// Says what flow an item is of.
    void describe(int item, int found, long key) {
        flow[item] = key;
        kind[item] = found;
        ipv4[item] = parser.isIpv4();
        networkOffset[item] = parser.networkOffset();
        transportOffset[item] = parser.transportOffset();
        payloadOffset[item] = parser.payloadOffset();
    }

    /// Adds the frame as it is.
    ///
    /// @return its item
    int handOver(MemorySegment slab, long frame, int length) {
        final int item = items++;
        final long at = headerOf(item);
        final int copied = Math.min(length, MOST_HEADERS);
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

    /// The frame's checksum is still the pseudo header's sum: says so to the guest's kernel, and
    /// how to cut it if it is a superframe.
    ///
    /// @param type of [VirtioNetHeader]'s; [VirtioNetHeader#GSO_NONE] where it is no superframe
    /// @param size of a segment's payload
    void leaveToKernel(int item, int found, int type, int size) {
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

    /// An item grows no more; -1: none.
    void close(int item) {
        if (item >= 0) {
            state[item] = CLOSED;
        }
    }

    /// No item grows any more.
    void closeAll() {
        for (int i = 0; i < items; i++) {
            state[i] = CLOSED;
        }
    }

    /// Hands out everything in the order in which each frame's first byte came.
    void handOut(FrameSink sink) {
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
        made++;
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

    /// Superframes made so far.
    long made() {
        return made;
    }

    /// Frames that were joined to one before.
    long merged() {
        return merged;
    }
}
