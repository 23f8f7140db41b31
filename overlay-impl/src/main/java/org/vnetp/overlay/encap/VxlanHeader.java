package org.vnetp.overlay.encap;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.NetworkOrder;

/// The VXLAN header (RFC 7348, section 5), 8 bytes before the inner Ethernet frame:
///
/// ```
/// | flags: 8 (bit 0x08: network id valid) | reserved: 24 | network id (VNI): 24 | reserved: 8 |
/// ```
///
/// A **message** between two of our nodes ([Messages]) goes by a header whose network id is not said to be valid: a
/// kernel's VXLAN device drops it, and so does a node that knows no messages, which counts it as malformed. Its first
/// 4 bytes are [#MESSAGE], the last one is its kind.
///
/// Reserved bits are sent as zero and not looked at when received, as the RFC demands.
public final class VxlanHeader {
    public static final int LENGTH = 8;
    public static final int PORT = 4789;
    public static final int MAX_NETWORK = (1 << 24) - 1;
    private static final int NETWORK_VALID = 0x08;

    /// The first 4 bytes of a message.
    static final int MESSAGE = 0x0056_4D31;

    private VxlanHeader() {}

    /// Writes the 8 bytes; `network` is checked when the link is configured.
    public static void write(MemorySegment segment, long offset, int network) {
        NetworkOrder.put32(segment, offset, NETWORK_VALID << 24);
        NetworkOrder.put32(segment, offset + 4, network << 8);
    }

    /// Whether a datagram's first 4 bytes are a VXLAN header's as everybody sends it.
    public static boolean looksLike(int firstWord) {
        return firstWord == NETWORK_VALID << 24;
    }

    /// The 8 bytes before a message.
    static void writeMessage(MemorySegment segment, long offset, int network, int kind) {
        NetworkOrder.put32(segment, offset, MESSAGE);
        NetworkOrder.put32(segment, offset + 4, network << 8 | kind);
    }

    /// The kind of a message.
    static int kind(MemorySegment segment, long offset) {
        return NetworkOrder.u8(segment, offset + 7);
    }

    public static boolean isValid(MemorySegment segment, long offset) {
        return (NetworkOrder.u8(segment, offset) & NETWORK_VALID) != 0;
    }

    public static int network(MemorySegment segment, long offset) {
        return NetworkOrder.i32(segment, offset + 4) >>> 8;
    }
}
