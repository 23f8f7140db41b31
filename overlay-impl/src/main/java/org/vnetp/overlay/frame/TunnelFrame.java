package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;

/// Checks a superframe inside a UDP tunnel (Ethernet, tags, IP, UDP, tunnel, Ethernet, IP, TCP or UDP, payload)
/// against what its virtio_net_hdr says of it. Nothing is believed: every offset must be where the headers
/// themselves put it, and every length must reach the frame's end. All methods are static; nothing allocates.
public final class TunnelFrame {
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int UDP_HEADER = 8;
    private static final int TCP_HEADER = 20;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int TAG = 4;
    private static final int MOST_TAGS = 2;
    private static final int FRAGMENT_BITS = 0x3fff;
    private static final int FLAGS = VirtioNetHeader.FLAG_NEEDS_CHECKSUM
            | VirtioNetHeader.FLAG_DATA_VALID
            | VirtioNetHeader.FLAG_TUNNEL_CHECKSUM;

    private TunnelFrame() {}

    /// Where the innermost payload begins, counted from the outer Ethernet header; -1 where the frame must be
    /// dropped.
    ///
    /// @param at          of the virtio_net_hdr, which says that the frame is tunnelled
    /// @param headLength  bytes that may be read from `at` on
    /// @param frameLength bytes of the whole frame, virtio_net_hdr included
    public static int headers(MemorySegment segment, long at, int headLength, int frameLength) {
        int flags = VirtioNetHeader.flags(segment, at);
        int type = VirtioNetHeader.gsoType(segment, at);
        int tunnel = type & VirtioNetHeader.GSO_TUNNEL;
        int available = headLength - VirtioNetHeader.LENGTH;
        int length = frameLength - VirtioNetHeader.LENGTH;
        int outer = VirtioNetHeader.outerTransport(segment, at);
        int inner = VirtioNetHeader.innerNetwork(segment, at);
        int start = VirtioNetHeader.checksumStart(segment, at);
        boolean tcp = (type & ~VirtioNetHeader.GSO_TUNNEL) != VirtioNetHeader.GSO_UDP_L4;
        int least = tcp ? TCP_HEADER : UDP_HEADER;
        if ((flags & ~FLAGS) != 0
                || (flags & VirtioNetHeader.FLAG_NEEDS_CHECKSUM) == 0
                || tunnel == VirtioNetHeader.GSO_TUNNEL
                || VirtioNetHeader.gsoSize(segment, at) == 0
                || VirtioNetHeader.checksumOffset(segment, at) != (tcp ? TCP_CHECKSUM : UDP_CHECKSUM)
                || outer < EthernetHeader.LENGTH + IPV4_HEADER
                || inner < outer + UDP_HEADER
                || start < inner + IPV4_HEADER
                || start + least > available) {
            return -1;
        }
        long frame = at + VirtioNetHeader.LENGTH;
        int network = network(segment, frame, available, outer);
        int version = switch (type & ~VirtioNetHeader.GSO_TUNNEL & ~VirtioNetHeader.GSO_ECN) {
            case VirtioNetHeader.GSO_TCPV4 -> 4;
            case VirtioNetHeader.GSO_TCPV6 -> 6;
            case VirtioNetHeader.GSO_UDP_L4 -> tcp ? 0 : NetworkOrder.u8(segment, frame + inner) >>> 4;
            default -> 0;
        };
        int outerVersion = tunnel == VirtioNetHeader.GSO_TUNNEL_IPV4 ? 4 : 6;
        if (network < 0
                || NetworkOrder.u16(segment, frame + network - 2)
                        != (outerVersion == 4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6)
                || !isIp(segment, frame, network, outer, length, outerVersion, FrameParser.PROTOCOL_UDP)
                || NetworkOrder.u16(segment, frame + outer + 4) != length - outer
                || !isIp(
                        segment,
                        frame,
                        inner,
                        start,
                        length,
                        version,
                        tcp ? FrameParser.PROTOCOL_TCP : FrameParser.PROTOCOL_UDP)) {
            return -1;
        }
        int headers = start + (tcp ? NetworkOrder.u8(segment, frame + start + 12) >>> 4 << 2 : UDP_HEADER);
        return headers < start + least || headers > available || headers >= length ? -1 : headers;
    }

    /// Where the outer IP header begins, behind up to two VLAN tags and before `end`; or -1.
    public static int network(MemorySegment segment, long frame, int available, int end) {
        int at = EthernetHeader.LENGTH;
        for (int tags = 0; tags <= MOST_TAGS && at + IPV4_HEADER <= Math.min(end, available); tags++) {
            int type = NetworkOrder.u16(segment, frame + at - 2);
            if (type != EthernetHeader.TYPE_VLAN && type != EthernetHeader.TYPE_QINQ) {
                return at;
            }
            at += TAG;
        }
        return -1;
    }

    /// Whether there is an IP header of that version that ends at `end`, is of no fragment, has no IPv6
    /// extensions, and says that its packet is the rest of the frame.
    private static boolean isIp(
            MemorySegment segment, long frame, int at, int end, int length, int version, int protocol) {
        long ip = frame + at;
        int first = NetworkOrder.u8(segment, ip);
        if (version == 0 || first >>> 4 != version) {
            return false;
        }
        return version == 4
                ? (first & 15) >= 5
                        && at + ((first & 15) << 2) == end
                        && NetworkOrder.u16(segment, ip + 2) == length - at
                        && (NetworkOrder.u16(segment, ip + 6) & FRAGMENT_BITS) == 0
                        && NetworkOrder.u8(segment, ip + 9) == protocol
                : version == 6
                        && at + IPV6_HEADER == end
                        && NetworkOrder.u16(segment, ip + 4) == length - at - IPV6_HEADER
                        && NetworkOrder.u8(segment, ip + 6) == protocol;
    }
}
