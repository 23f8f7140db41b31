package org.vnetp.overlay.frame;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Cuts a superframe into the ordinary frames that it stands for, all checksums finished, for a port that cannot take
/// it whole: one inside a UDP tunnel ([TunnelFrame]) for a NIC of a kernel before 6.17 or a link of the `vxlan` format;
/// any for a virtual machine whose driver has not agreed to receive such. An ordinary frame has its checksum finished.
///
/// The payload is copied. The frames lie in this object's memory until the next [#cut]. One loop's; the memory is
/// allocated by the first superframe that has to be cut, nothing after that.
public final class TunnelCutter {
    private static final int SCRATCH = 512 * 1024;
    private static final int HEADROOM = 64;
    private static final int FIN_AND_PSH = 0x09;
    private static final int CWR = 0x80;
    private static final int UDP_CHECKSUM = 6;
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final Frame piece = new Frame(Arena.ofAuto(), 1);
    private MemorySegment scratch;
    private int stride;
    private int headers;
    private int gsoSize;
    private int payload;
    private int hops;
    // Where the innermost IP header begins, and of a tunnel its UDP header; 0 outside of tunnels.
    private int inner;
    private int outer;
    private boolean superframe;

    // Where the copy stands in the frame's slices.
    private int slice;
    private long source;
    private int left;

    /// Cuts a frame.
    ///
    /// @return how many it has become; 0 where its headers contradict each other or it would become too many
    public int cut(Frame frame) {
        MemorySegment head = frame.head();
        long at = frame.offset();
        if (!parse(frame, head, at)) {
            return 0;
        }
        payload = frame.length() - VirtioNetHeader.LENGTH - headers;
        hops = frame.hopLimit();
        stride = HEADROOM + VirtioNetHeader.LENGTH + headers + Math.min(gsoSize, payload) + 63 & ~63;
        int count = (payload + gsoSize - 1) / gsoSize;
        if (count > SCRATCH / stride) {
            return 0;
        }
        if (scratch == null) {
            scratch = Arena.ofAuto().allocate(SCRATCH, 64);
        }
        ScatterList slices = frame.slices();
        slice = 0;
        source = slices.sliceAddress(0) + VirtioNetHeader.LENGTH + headers;
        left = slices.sliceLength(0) - VirtioNetHeader.LENGTH - headers;
        for (int i = 0; i < count; i++) {
            piece(frame, i, i == count - 1);
        }
        return count;
    }

    private boolean parse(Frame frame, MemorySegment head, long at) {
        int type = VirtioNetHeader.gsoType(head, at);
        superframe = type != VirtioNetHeader.GSO_NONE;
        if (VirtioNetHeader.tunnelled(type)) {
            headers = TunnelFrame.headers(head, at, frame.headLength(), frame.length());
            inner = VirtioNetHeader.innerNetwork(head, at);
            outer = VirtioNetHeader.outerTransport(head, at);
        } else if (OffloadCheck.accept(head, at, frame.headLength(), frame.length())) {
            headers = superframe ? VirtioNetHeader.headerLength(head, at) : VirtioNetHeader.checksumStart(head, at);
            int seen = frame.headLength() - VirtioNetHeader.LENGTH;
            inner = TunnelFrame.network(head, frame.ethernet(), seen, VirtioNetHeader.checksumStart(head, at));
            outer = 0;
        } else {
            headers = -1;
        }
        gsoSize = superframe ? VirtioNetHeader.gsoSize(head, at) : frame.length() - VirtioNetHeader.LENGTH - headers;
        return headers > 0 && gsoSize > 0 && (inner > 0 || !superframe);
    }

    /// One of the frames; valid until the next call.
    public Frame frame(int index) {
        int size = Math.min(gsoSize, payload - index * gsoSize);
        return piece.wrap(scratch, (long) index * stride + HEADROOM, VirtioNetHeader.LENGTH + headers + size, hops);
    }

    private void piece(Frame frame, int index, boolean last) {
        MemorySegment head = frame.head();
        long virtio = frame.offset();
        int size = Math.min(gsoSize, payload - index * gsoSize);
        long at = (long) index * stride + HEADROOM;
        VirtioNetHeader.clear(scratch, at);
        long ethernet = at + VirtioNetHeader.LENGTH;
        MemorySegment.copy(head, frame.ethernet(), scratch, ethernet, headers);
        copyPayload(frame, ethernet + headers, size);

        int start = VirtioNetHeader.checksumStart(head, virtio);
        int end = headers + size;
        if (!superframe) {
            // The field holds the pseudo header's sum and is summed along.
            int field = start + VirtioNetHeader.checksumOffset(head, virtio);
            long sum = InternetChecksum.sum(scratch, ethernet + start, end - start);
            boolean zeroIsNone = VirtioNetHeader.checksumOffset(head, virtio) == UDP_CHECKSUM;
            NetworkOrder.put16(
                    scratch,
                    ethernet + field,
                    zeroIsNone ? InternetChecksum.complementUdp(sum) : InternetChecksum.complement(sum));
            return;
        }
        boolean udp =
                (VirtioNetHeader.gsoType(head, virtio) & ~VirtioNetHeader.GSO_TUNNEL) == VirtioNetHeader.GSO_UDP_L4;
        network(ethernet + inner, start - inner, end - inner, index);
        long transport = ethernet + start;
        if (udp) {
            NetworkOrder.put16(scratch, transport + 4, end - start);
            checksum(ethernet + inner, transport, end - start, FrameParser.PROTOCOL_UDP, 6);
        } else {
            NetworkOrder.put32(scratch, transport + 4, NetworkOrder.i32(scratch, transport + 4) + index * gsoSize);
            int flags = NetworkOrder.u8(scratch, transport + 13);
            NetworkOrder.put8(scratch, transport + 13, flags & (last ? -1 : ~FIN_AND_PSH) & (index == 0 ? -1 : ~CWR));
            checksum(ethernet + inner, transport, end - start, FrameParser.PROTOCOL_TCP, 16);
        }
        if (outer == 0) {
            return;
        }
        int network = TunnelFrame.network(scratch, ethernet, headers, outer);
        network(ethernet + network, outer - network, end - network, index);
        NetworkOrder.put16(scratch, ethernet + outer + 4, end - outer);
        if ((VirtioNetHeader.flags(head, virtio) & VirtioNetHeader.FLAG_TUNNEL_CHECKSUM) != 0) {
            checksum(ethernet + network, ethernet + outer, end - outer, FrameParser.PROTOCOL_UDP, 6);
        } else {
            NetworkOrder.put16(scratch, ethernet + outer + 6, 0);
        }
    }

    private void copyPayload(Frame frame, long to, int size) {
        ScatterList slices = frame.slices();
        int done = 0;
        while (done < size) {
            if (left == 0) {
                slice++;
                source = slices.sliceAddress(slice);
                left = slices.sliceLength(slice);
            }
            int part = Math.min(left, size - done);
            MemorySegment.copy(MEMORY, source, scratch, to + done, part);
            source += part;
            left -= part;
            done += part;
        }
    }

    /// Length, identification and checksum of an IP header.
    private void network(long ip, int headerLength, int total, int index) {
        if (NetworkOrder.u8(scratch, ip) >>> 4 == 4) {
            NetworkOrder.put16(scratch, ip + 2, total);
            NetworkOrder.put16(scratch, ip + 4, NetworkOrder.u16(scratch, ip + 4) + index);
            NetworkOrder.put16(scratch, ip + 10, 0);
            NetworkOrder.put16(
                    scratch, ip + 10, InternetChecksum.complement(InternetChecksum.sum(scratch, ip, headerLength)));
        } else {
            NetworkOrder.put16(scratch, ip + 4, total - headerLength);
        }
    }

    private void checksum(long ip, long transport, int length, int protocol, int field) {
        NetworkOrder.put16(scratch, transport + field, 0);
        long sum = (NetworkOrder.u8(scratch, ip) >>> 4 == 4
                        ? InternetChecksum.pseudoIpv4(scratch, ip, protocol)
                        : InternetChecksum.pseudoIpv6(scratch, ip, protocol))
                + (long) length
                + InternetChecksum.sum(scratch, transport, length);
        NetworkOrder.put16(
                scratch,
                transport + field,
                protocol == FrameParser.PROTOCOL_UDP
                        ? InternetChecksum.complementUdp(sum)
                        : InternetChecksum.complement(sum));
    }
}
