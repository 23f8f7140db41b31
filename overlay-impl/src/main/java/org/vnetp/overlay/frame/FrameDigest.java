package org.vnetp.overlay.frame;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A number made of a frame's contents, the same for all copies of it however they came: whole or as the first
/// segment of what was cut, with a finished checksum or one that is left to the receiver.
///
/// It covers the first [#COVERED] bytes, which hold all headers, without what cutting and merging change: lengths and
/// checksums of IP, TCP and UDP, and the flags FIN and PSH. Two frames that differ only behind that have the same
/// digest. One loop's; allocates nothing after construction.
public final class FrameDigest {
    /// Bytes of the Ethernet frame that count.
    public static final int COVERED = 240;

    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    private static final int FIN_AND_PSH = 0x09;

    private final MemorySegment bytes;
    private final FrameParser parser = new FrameParser();

    public FrameDigest(Arena arena) {
        this.bytes = arena.allocate(COVERED, 8);
    }

    /// The frame's digest; the frame stays as it is.
    public long of(Frame frame) {
        int length = gather(frame);
        int kind = parser.parseHead(bytes, 0, frame.length() - VirtioNetHeader.LENGTH, length);
        if (kind >= FrameParser.IP) {
            blank(kind, length);
        }
        long digest = length;
        int at = 0;
        for (; at + 8 <= length; at += 8) {
            digest = mix(digest ^ bytes.get(ValueLayout.JAVA_LONG, at));
        }
        for (; at < length; at++) {
            digest = mix(digest ^ bytes.get(ValueLayout.JAVA_BYTE, at));
        }
        return digest;
    }

    private static long mix(long value) {
        long product = value * MIX;
        return product ^ product >>> 29;
    }

    /// Copies what counts out of the frame's slices, of which the first may hold the headers alone.
    private int gather(Frame frame) {
        int skip = VirtioNetHeader.LENGTH;
        if (frame.contiguous() || frame.headLength() - skip >= COVERED) {
            int length = Math.min(COVERED, frame.headLength() - skip);
            MemorySegment.copy(frame.head(), frame.ethernet(), bytes, 0, length);
            return length;
        }
        ScatterList slices = frame.slices();
        int length = 0;
        for (int i = 0; i < slices.count() && length < COVERED; i++) {
            int part = Math.min(COVERED - length, slices.sliceLength(i) - skip);
            if (part > 0) {
                MemorySegment.copy(MEMORY, slices.sliceAddress(i) + skip, bytes, length, part);
                length += part;
            }
            skip = Math.max(0, skip - slices.sliceLength(i));
        }
        return length;
    }

    private void blank(int kind, int length) {
        int ip = parser.networkOffset();
        if (parser.etherType() == FrameParser.TYPE_IPV4) {
            blank16(ip + 2, length);
            blank16(ip + 10, length);
        } else {
            blank16(ip + 4, length);
        }
        int transport = parser.transportOffset();
        if (kind == FrameParser.UDP) {
            blank16(transport + 4, length);
            blank16(transport + 6, length);
        } else if (kind == FrameParser.TCP) {
            blank16(transport + 16, length);
            if (transport + 13 < length) {
                int flags = NetworkOrder.u8(bytes, transport + 13);
                bytes.set(ValueLayout.JAVA_BYTE, transport + 13, (byte) (flags & ~FIN_AND_PSH));
            }
        }
    }

    private void blank16(int at, int length) {
        if (at + 2 <= length) {
            NetworkOrder.put16(bytes, at, 0);
        }
    }
}
