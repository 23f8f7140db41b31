package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;

/// Where the headers of one Ethernet frame lie. Reads Ethernet II with up to two VLAN tags (802.1Q, QinQ), IPv4
/// with options, IPv6 with extension headers, TCP and UDP; checks every length against the frame before it looks
/// further, and never reads outside it.
///
/// One parser belongs to one loop and is used again for every frame. Offsets are bytes from the frame's first byte.
public final class FrameParser {
    /// Shorter than an Ethernet header, or an IP header whose lengths do not fit the frame.
    public static final int MALFORMED = 0;
    /// Not IPv4 or IPv6: ARP and everything else. Only [#networkOffset()] and [#etherType()] are set.
    public static final int OTHER = 1;
    /// An IP packet without usable transport header: a fragment, or a protocol that is neither TCP nor UDP.
    public static final int IP = 2;
    public static final int TCP = 3;
    public static final int UDP = 4;

    public static final int ETHERNET_HEADER = 14;
    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_IPV6 = 0x86dd;
    public static final int PROTOCOL_TCP = 6;
    public static final int PROTOCOL_UDP = 17;
    public static final int PROTOCOL_ICMP = 1;
    public static final int PROTOCOL_ICMPV6 = 58;

    private static final int TYPE_VLAN = 0x8100;
    private static final int TYPE_QINQ = 0x88a8;
    private static final int MAX_EXTENSIONS = 8;

    private int available;
    private int networkOffset;
    private int etherType;
    private int protocol;
    private int transportOffset;
    private int payloadOffset;
    private int end;
    private boolean fragment;
    private boolean plain;
    private boolean routed;

    /// Parses a contiguous frame and returns its kind: one of [#MALFORMED], [#OTHER], [#IP], [#TCP], [#UDP].
    public int parse(MemorySegment segment, long frame, int length) {
        return parseHead(segment, frame, length, length);
    }

    /// The same for a frame of which only the first `available` bytes are contiguous at `frame`.
    public int parseHead(MemorySegment segment, long frame, int length, int contiguous) {
        available = contiguous;
        fragment = false;
        plain = false;
        routed = false;
        protocol = 0;
        transportOffset = 0;
        payloadOffset = 0;
        networkOffset = 0;
        etherType = 0;
        end = length;
        if (available < ETHERNET_HEADER) {
            return MALFORMED;
        }
        int at = 12;
        int type = NetworkOrder.u16(segment, frame + at);
        for (int tags = 0; tags < 2 && (type == TYPE_VLAN || type == TYPE_QINQ); tags++) {
            at += 4;
            if (at + 2 > available) {
                return MALFORMED;
            }
            type = NetworkOrder.u16(segment, frame + at);
        }
        networkOffset = at + 2;
        etherType = type;
        if (type == TYPE_IPV4) {
            return parseIpv4(segment, frame, length);
        }
        return type == TYPE_IPV6 ? parseIpv6(segment, frame, length) : OTHER;
    }

    private int parseIpv4(MemorySegment segment, long frame, int length) {
        final long ip = frame + networkOffset;
        final int room = length - networkOffset;
        if (available - networkOffset < 20) {
            return MALFORMED;
        }
        final int first = NetworkOrder.u8(segment, ip);
        final int headerLength = (first & 0xf) << 2;
        final int total = NetworkOrder.u16(segment, ip + 2);
        if ((first >>> 4) != 4 || headerLength < 20 || total < headerLength || total > room) {
            return MALFORMED;
        }
        end = networkOffset + total;
        protocol = NetworkOrder.u8(segment, ip + 9);
        transportOffset = networkOffset + headerLength;
        payloadOffset = transportOffset;
        plain = headerLength == 20;
        if ((NetworkOrder.u16(segment, ip + 6) & 0x3fff) != 0) {
            fragment = true;
            return IP;
        }
        return parseTransport(segment, frame);
    }

    private int parseIpv6(MemorySegment segment, long frame, int length) {
        final long ip = frame + networkOffset;
        final int room = length - networkOffset;
        if (available - networkOffset < 40 || NetworkOrder.u8(segment, ip) >>> 4 != 6) {
            return MALFORMED;
        }
        final int total = 40 + NetworkOrder.u16(segment, ip + 4);
        if (total > room) {
            return MALFORMED;
        }
        end = networkOffset + total;
        int next = NetworkOrder.u8(segment, ip + 6);
        int at = networkOffset + 40;
        plain = true;
        for (int i = 0; i < MAX_EXTENSIONS && isExtension(next); i++) {
            plain = false;
            if (at + 8 > Math.min(end, available)) {
                return MALFORMED;
            }
            if (next == 44) {
                protocol = NetworkOrder.u8(segment, frame + at);
                transportOffset = at + 8;
                payloadOffset = transportOffset;
                fragment = true;
                return IP;
            }
            routed |= next == 43;
            next = NetworkOrder.u8(segment, frame + at);
            at += (NetworkOrder.u8(segment, frame + at + 1) + 1) << 3;
            if (at > end) {
                return MALFORMED;
            }
        }
        protocol = next;
        transportOffset = at;
        payloadOffset = at;
        return parseTransport(segment, frame);
    }

    private static boolean isExtension(int next) {
        return next == 0 || next == 43 || next == 44 || next == 60;
    }

    private int parseTransport(MemorySegment segment, long frame) {
        final int room = end - transportOffset;
        if (protocol == PROTOCOL_TCP) {
            if (room < 20 || available - transportOffset < 20) {
                return MALFORMED;
            }
            final int headerLength = NetworkOrder.u8(segment, frame + transportOffset + 12) >>> 4 << 2;
            if (headerLength < 20 || headerLength > room) {
                return MALFORMED;
            }
            payloadOffset = transportOffset + headerLength;
            return TCP;
        }
        if (protocol == PROTOCOL_UDP) {
            if (room < 8
                    || available - transportOffset < 8
                    || NetworkOrder.u16(segment, frame + transportOffset + 4) != room) {
                return MALFORMED;
            }
            payloadOffset = transportOffset + 8;
            return UDP;
        }
        return IP;
    }

    /// Length of the Ethernet header with its VLAN tags.
    public int networkOffset() {
        return networkOffset;
    }

    /// The type after the VLAN tags.
    public int etherType() {
        return etherType;
    }

    public boolean isIpv4() {
        return etherType == TYPE_IPV4;
    }

    /// The IP protocol, or the last next-header value.
    public int protocol() {
        return protocol;
    }

    /// First byte after the IP header, its options and its extension headers.
    public int transportOffset() {
        return transportOffset;
    }

    /// First byte after the TCP or UDP header.
    public int payloadOffset() {
        return payloadOffset;
    }

    /// End of the IP packet; less than the frame's length when a short frame was padded.
    public int end() {
        return end;
    }

    public boolean isFragment() {
        return fragment;
    }

    /// No IPv4 options and no IPv6 extension headers.
    public boolean isPlain() {
        return plain;
    }

    /// Has an IPv6 routing header, so that the checksum's destination is not the one in the IP header.
    public boolean isRouted() {
        return routed;
    }
}
