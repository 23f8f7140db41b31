package org.vnetp.overlay.fastpath;

/// What lies at which byte of a flow's entry in the kernel: its key, its value, and what both directions count.
/// Programs and control read and write it by these offsets. Numbers are in this machine's order but where said.
final class FlowEntry {
    /// The frame's first 12 bytes: destination and source, as in the packet.
    static final int KEY_ADDRESSES = 0;
    /// Outbound: the port id of the guest's NIC. Inbound: the other node's IPv4 address, as in the packet.
    static final int KEY_ORIGIN = 12;

    static final int KEY_BYTES = 16;

    static final int FRAMES = 0;
    static final int BYTES = 8;
    static final int ERRORS = 16;
    static final int SUPERFRAMES = 24;
    static final int DATAGRAMS = 32;
    /// Inbound: datagrams dropped because their frame cannot carry the outer header's mark (RFC 6040, section 4.2).
    static final int CONGESTED = 40;
    /// Outbound: the longest frame that is no superframe, bytes with its Ethernet header.
    static final int MOST_FRAME = 48;
    /// Outbound: the most payload of a superframe's segment, bytes.
    static final int MOST_SEGMENT = 52;
    /// The interface where the frame goes out: the underlay's, or the host's end of the guest's veth.
    static final int INTERFACE = 56;
    /// Outbound: the sum of the outer IPv4 header's constant 16-bit words, as they lie there.
    static final int IP_SUM = 60;
    /// Outbound: the outer addresses, as in the packet.
    static final int SOURCE = 64;

    static final int DESTINATION = 68;
    /// Outbound: the outer UDP port, as in the packet.
    static final int PORT = 72;
    /// Outbound: the VXLAN header's second word, as in the packet.
    static final int NETWORK = 76;
    /// Port ids, for who collects the counts.
    static final int FROM = 80;

    static final int TO = 84;
    /// 1 where the way was learned, 0 where a rule gave it.
    static final int LEARNED = 88;

    static final int VALUE_BYTES = 96;

    private FlowEntry() {}
}
