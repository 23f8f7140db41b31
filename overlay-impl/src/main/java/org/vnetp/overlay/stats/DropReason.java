package org.vnetp.overlay.stats;

import java.util.Locale;

/// Why a frame or a datagram went no further. Every discard is counted under exactly one of these.
public enum DropReason {
    /// No rule matches, and learning is off.
    NO_ROUTE("no rule matches"),
    /// The only way on is the port that the frame came from.
    HAIRPIN("the only way on is the port it came from"),
    /// A datagram from an address that is no configured link.
    UNKNOWN_SENDER("sender is no configured link"),
    /// A datagram of the other wire format, from a node to which a link leads.
    OTHER_FORMAT("the other end of a link sends another wire format"),
    /// Fewer bytes than the headers need.
    TRUNCATED("shorter than its headers say"),
    /// The wire format's version is not ours.
    BAD_VERSION("unknown version of the wire format"),
    /// The network id is not ours.
    WRONG_NETWORK("other network id"),
    /// Header fields contradict each other.
    MALFORMED("header fields contradict each other"),
    /// A datagram seen before, or older than the replay window.
    REPLAYED("seen before, or older than the replay window"),
    /// A plain datagram on a sealed link: nothing of it is looked at.
    UNSEALED("not sealed, on a sealed link"),
    /// Sealed by keys that the link does not have: of a time before, or of another handshake.
    OTHER_KEYS("sealed by keys that the link does not have now"),
    /// Does not open: not from the peer, or altered on the way.
    FORGED("does not open: forged, or altered on the way"),
    /// More handshakes at once than control looks at.
    HANDSHAKE_LIMIT("more handshakes at once than are looked at"),
    /// A sealed link without keys: none have been agreed upon yet, or they have ended.
    NO_KEYS("the sealed link has no keys now"),
    /// A guest's or node's frame from an address that is not allowed at its port, or is bound to another
    /// (`guard`).
    SOURCE_REFUSED("source address that is not allowed there"),
    /// ARP or neighbour discovery that speaks for another than its sender (`guard`).
    NEIGHBOUR_REFUSED("ARP or neighbour discovery that speaks for another than its sender"),
    /// More frames for many than the port may send (`guard`).
    BROADCAST_LIMIT("more broadcast and multicast than the port may send"),
    /// A router met congestion and marked the outer header, and the frame cannot carry the mark (RFC 6040,
    /// section
    /// 4.2).
    CONGESTION("marked by a congested router, and the frame cannot carry the mark"),
    /// Chunks of one frame overlap.
    OVERLAP("chunks of one frame overlap"),
    /// Went over too many nodes: a routing loop.
    HOP_LIMIT("hop limit reached: a routing loop"),
    /// A copy of a frame that has been passed on already, come by another way.
    DUPLICATE("has come by another way already"),
    /// More different floods at once than the node remembers, so that it cannot tell copies.
    FLOOD_LIMIT("more floods at once than the node can tell apart"),
    /// Larger than a frame may be.
    OVERSIZE("larger than a frame may be"),
    /// Larger than the MTU of the way ahead; the sender is told by ICMP where there is a way to.
    MTU_EXCEEDED("larger than the MTU of the way ahead"),
    /// The virtio_net_hdr asks for something impossible.
    BAD_OFFLOAD("impossible offload request"),
    /// Chunks of a frame did not arrive in time.
    REASSEMBLY_TIMEOUT("chunks missing"),
    /// Gave way to a newer frame under reassembly.
    REASSEMBLY_EVICTED("gave way to a newer frame under reassembly"),
    /// The link's wire format cannot carry the frame.
    UNSUPPORTED("the wire format cannot carry it"),
    /// The underlay takes no more (ENOBUFS, full socket buffer).
    LINK_FULL("underlay takes no more"),
    /// The underlay has no way to the link's other node now: no route, an interface that is down, an MTU that is too
    /// small for the format.
    LINK_DOWN("underlay has no way to the other node"),
    /// The underlay refused the datagram for another cause.
    LINK_ERROR("underlay refused it"),
    /// The guest takes no more.
    NIC_FULL("guest takes no more"),
    /// The guest's NIC refused the frame for another cause.
    NIC_ERROR("guest's NIC refused it"),
    /// The guest sent faster than the node took its frames: the kernel found the NIC's ring full. A guest's TCP
    /// hears of it at once and sends the segment again, so that nothing is missing at the other end; of other
    /// frames it is a loss.
    RING_FULL("the guest's ring to the node was full; TCP is told at once and sends again"),
    /// The guest's kernel dropped what the node had written to its NIC: its queue of received frames was full, or
    /// nobody there wanted the frame.
    GUEST_REFUSED("the guest's kernel had no room or no use for it"),
    /// Datagrams for a link whose socket was full, or whose checksum was wrong.
    SOCKET_FULL("datagrams that the underlay's socket had no room for"),
    /// The port that a rule names is gone or down.
    PORT_DOWN("port is gone or down"),
    /// Shorter than an Ethernet header.
    RUNT("shorter than an Ethernet header");

    private final String description;
    private final String label;

    DropReason(String description) {
        this.description = description;
        this.label = name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// What happened, in a few words.
    public String description() {
        return description;
    }

    /// Whether only an operator can mend it: nodes do not fit each other.
    public boolean callsForWord() {
        return this == OTHER_FORMAT || this == BAD_VERSION || this == UNSEALED;
    }

    /// The name in `show stats` and in metrics, such as `no-route`.
    public String label() {
        return label;
    }
}
