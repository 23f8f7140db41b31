package org.vnetp.overlay.fastpath;

/// What lies at which byte of a flow's entry in the kernel: its key, its value, and what both directions count.
/// Programs and control read and write it by these offsets. Numbers are in this machine's order but where said.
final class FlowEntry {
    /// The frame's first 12 bytes: destination and source, as in the packet.
    static final int KEY_ADDRESSES = 0;
    /// Outbound: the port id of the guest's NIC. Inbound: the other node's IPv4 address, as in the packet, or what
    /// [Peers] calls an IPv6 address by.
    static final int KEY_ORIGIN = 12;

    static final int KEY_BYTES = 16;

    static final int FRAMES = 0;
    static final int BYTES = 8;
    static final int ERRORS = 16;
    static final int SUPERFRAMES = 24;
    static final int DATAGRAMS = 32;
    /// Inbound: datagrams dropped because their frame cannot carry the outer header's mark (RFC 6040, section 4.2).
    static final int CONGESTED = 40;
    /// Outbound: the longest frame, of a superframe the longest that it is cut into, bytes with the Ethernet header.
    static final int MOST_FRAME = 48;
    /// The interface where the frame goes out: the underlay's, or the host's end of the guest's veth.
    static final int INTERFACE = 52;
    /// Outbound: the sum of the outer IPv4 header's constant 16-bit words, as they lie there.
    static final int IP_SUM = 56;
    /// Outbound: the outer header's version of IP, 4 or 6.
    static final int VERSION = 60;
    /// Room for an outer address.
    static final int ADDRESS_BYTES = 16;
    /// Outbound: the outer addresses, as in the packet.
    static final int SOURCE = 64;

    static final int DESTINATION = SOURCE + ADDRESS_BYTES;
    /// Outbound: the outer UDP port, as in the packet.
    static final int PORT = 96;
    /// Outbound: the VXLAN header's second word, as in the packet.
    static final int NETWORK = 100;
    /// Port ids, for who collects the counts.
    static final int FROM = 104;

    static final int TO = 108;
    /// 1 where the way was learned, 0 where a rule gave it.
    static final int LEARNED = 112;

    /// Inbound: 1 where the interface is a machine's TAP, 0 where it is the host's end of a guest's veth.
    static final int MACHINE = 116;

    /// Whether the kernel carries the flow's frames now: negative where it does. Where it does not, each
    /// frame that it leaves to the node adds 1, and inbound each that the other node has sent itself adds a
    /// number above those; so whoever opens it sees whether one has gone to the node meanwhile ([FlowGates]).
    static final int GATE = 120;

    static final long OPEN = Long.MIN_VALUE;
    static final int SENT_BY_NODE_SHIFT = 32;

    static final int VALUE_BYTES = 128;

    private FlowEntry() {}
}
