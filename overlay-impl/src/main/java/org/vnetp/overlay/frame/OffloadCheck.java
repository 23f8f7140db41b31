package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Checks a virtio_net_hdr that came from the wire or from a guest, before a guest gets it: the receiving
/// kernel acts on it.
public final class OffloadCheck {
    /// Frames up to this long lie in a linear buffer of the TAP whatever the header says.
    private static final int PAGE = 4096;

    /// Of a longer frame, the headers at most.
    private static final int LINEAR_BYTES = 128;

    private static final int MIN_TCP_HEADER = 20;
    private static final int TCP_DATA_OFFSET_FIELD = 12;
    private static final int UDP_HEADER = 8;
    private static final int TCP_CHECKSUM_FIELD = 16;
    private static final int UDP_CHECKSUM_FIELD = 6;

    private OffloadCheck() {}

    /// Checks the header at `at` and puts the true length of the frame's headers into it. That of a
    /// superframe inside a tunnel stays as it is: an offset has that place.
    ///
    /// @param headLength  bytes that may be read from `at` on
    /// @param frameLength bytes of the whole frame, virtio_net_hdr included
    /// @return false when the frame must be dropped
    public static boolean accept(MemorySegment segment, long at, int headLength, int frameLength) {
        long front = VirtioNetHeader.front(segment, at);
        if (VirtioNetHeader.plain(front)) {
            return withHeaderLength(segment, at, headLength, frameLength);
        }
        int flags = VirtioNetHeader.flags(front);
        int type = VirtioNetHeader.gsoType(front);
        if (VirtioNetHeader.tunnelled(type)) {
            return TunnelFrame.headers(segment, at, headLength, frameLength) > 0;
        }
        if ((flags & ~(VirtioNetHeader.FLAG_NEEDS_CHECKSUM | VirtioNetHeader.FLAG_DATA_VALID)) != 0) {
            return false;
        }
        int ethernetLength = frameLength - VirtioNetHeader.LENGTH;
        boolean needsChecksum = (flags & VirtioNetHeader.FLAG_NEEDS_CHECKSUM) != 0;
        int start = VirtioNetHeader.checksumStart(front);
        int field = VirtioNetHeader.checksumOffset(segment, at);
        if (needsChecksum
                && (start < EthernetHeader.LENGTH
                        || start + field + 2 > Math.min(ethernetLength, headLength - VirtioNetHeader.LENGTH))) {
            return false;
        }
        if (type == VirtioNetHeader.GSO_NONE) {
            return withHeaderLength(segment, at, headLength, frameLength);
        }
        if (!needsChecksum || VirtioNetHeader.gsoSize(front) == 0) {
            return false;
        }
        int headers;
        switch (type & ~VirtioNetHeader.GSO_ECN) {
            case VirtioNetHeader.GSO_TCPV4, VirtioNetHeader.GSO_TCPV6 -> {
                if (field != TCP_CHECKSUM_FIELD || VirtioNetHeader.LENGTH + start + MIN_TCP_HEADER > headLength) {
                    return false;
                }
                int words =
                        segment.get(ValueLayout.JAVA_BYTE, at + VirtioNetHeader.LENGTH + start + TCP_DATA_OFFSET_FIELD)
                                        >>> 4
                                & 15;
                headers = start + words * 4;
                if (words < 5) {
                    return false;
                }
            }
            case VirtioNetHeader.GSO_UDP_L4 -> {
                if (type != VirtioNetHeader.GSO_UDP_L4 || field != UDP_CHECKSUM_FIELD) {
                    return false;
                }
                headers = start + UDP_HEADER;
            }
            default -> {
                return false;
            }
        }
        if (headers > headLength - VirtioNetHeader.LENGTH || headers >= ethernetLength) {
            return false;
        }
        VirtioNetHeader.headerLength(segment, at, headers);
        return true;
    }

    /// The TAP copies so many bytes into the linear part; ordinary frames of a page and less lie there
    /// whole.
    private static boolean withHeaderLength(MemorySegment segment, long at, int headLength, int frameLength) {
        int linear = frameLength - VirtioNetHeader.LENGTH < PAGE / 2
                ? 0
                : Math.min(headLength - VirtioNetHeader.LENGTH, LINEAR_BYTES);
        VirtioNetHeader.headerLength(segment, at, linear);
        return true;
    }
}
