package org.vnetp.overlay.encap;

/// What stands before each message of the message format inside a node, where a transport has a place for it beside the
/// message itself (a tag): 8 bytes, native order, of which the lower 16 bits are used: the hop limit, and above it the
/// kind, 0 of a frame or 1 to [Messages#MOST_KINDS].
///
/// On the wire a message is the frame: virtio_net_hdr, Ethernet header, payload, and nothing else.
public final class MessageEnvelope {
    public static final int LENGTH = 8;

    /// Bits of an envelope that say something.
    public static final long MASK = 0xFFFF;

    static final int MOST_HOPS = 31;

    private MessageEnvelope() {}

    static long of(int kind, int hops) {
        return (long) kind << 8 | hops;
    }

    static int kind(long envelope) {
        return (int) (envelope >>> 8) & 0xFF;
    }

    static int hops(long envelope) {
        return (int) envelope & 0xFF;
    }
}
