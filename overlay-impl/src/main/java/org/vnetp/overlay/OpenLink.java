package org.vnetp.overlay;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.encap.MessageEncapsulator;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.encap.Segmenter;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.encap.VxlanHeader;
import org.vnetp.overlay.fastpath.Tunnel;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.link.UnderlayPath;
import org.vnetp.overlay.measure.LinkMeter;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.seal.KeyExchange;
import org.vnetp.overlay.seal.Whereabouts;

/// A link while it is open: what carries its datagrams, what the node keeps of the peer, and what fits a datagram.
///
/// **Thread:** control's, one at a time. **Ownership:** the link owns its socket or UCX end and its keys; [#close]
/// closes them, after the loops have let go.
///
/// @param socket of a link over UDP; null of others
/// @param memory of a link within this process; null of others
/// @param ucx    of a link over UCX; null of others
/// @param peer   what a link of the `vnet` format keeps of its peer
/// @param keys   of a sealed link; null of a plain one
record OpenLink(
        NodeConfig.Link config,
        UdpSocket socket,
        InMemoryLink memory,
        UcxEnd ucx,
        VnetPeer peer,
        KeyExchange keys,
        LinkMeter meter) {

    static final int IP_AND_UDP_HEADERS = 28;
    static final int IPV6_AND_UDP_HEADERS = 48;

    /// Bytes of one segmented send, with some left for what the kernel adds to its 65535.
    private static final int MOST_SEND = 65_400;

    /// UDP_SEGMENT takes 64 datagrams; one is left for the rounding of a frame's chunks.
    private static final int MOST_DATAGRAMS = 63;

    /// A link over a socket, which carries the messages of its keys too. They tell where the peer is if that may be
    /// anywhere.
    static OpenLink overUdp(
            NodeConfig.Link config, UdpSocket socket, VnetPeer peer, KeyExchange keys, LinkMeter meter) {
        if (keys != null) {
            Posix posix = new Posix();
            keys.carrier((datagram, length) -> socket.send(posix, datagram, length));
            if (socket.roams()) {
                keys.whereabouts(new Whereabouts() {
                    @Override
                    public boolean known() {
                        return socket.peer() != null;
                    }

                    @Override
                    public void heardAt(InetSocketAddress address) {
                        socket.follow(posix, address);
                    }
                });
            }
        }
        return new OpenLink(config, socket, null, null, peer, keys, meter);
    }

    static OpenLink overUcx(NodeConfig.Link config, UcxEnd end, VnetPeer peer, LinkMeter meter) {
        return new OpenLink(config, null, null, end, peer, null, meter);
    }

    /// A link over a pair of queues in this process.
    static OpenLink inMemory(
            NodeConfig.Link config, InMemoryLink memory, VnetPeer peer, KeyExchange keys, LinkMeter meter) {
        if (keys != null) {
            Posix posix = new Posix();
            keys.carrier((datagram, length) -> {
                memory.slice(datagram.address(), length);
                memory.endTrain(length, 1, length, Ecn.NOT_ECT);
                return memory.flush(posix) ? length : 0;
            });
        }
        return new OpenLink(config, null, memory, null, peer, keys, meter);
    }

    /// The same link, with its peer and its keys, over another socket.
    OpenLink over(UdpSocket other) {
        if (socket.roams() && socket.peer() != null) {
            other.follow(new Posix(), socket.peer());
        }
        return overUdp(config, other, peer, keys, meter);
    }

    /// The link's number among the node's ports.
    int port() {
        return config.port();
    }

    boolean isVxlan() {
        return config.encapsulation() == Statement.Encapsulation.VXLAN;
    }

    // --- what fits a datagram ---

    /// Bytes of UDP payload a datagram may have on the link, or last had where there is no path now.
    int capacity() {
        if (ucx != null) {
            return ucx.capacity();
        }
        return memory != null ? memory.datagramCapacity() : socket.lastCapacity();
    }

    /// The same without what a seal adds. The ciphers of a sealed link are tried for datagrams of that length first.
    int unsealedCapacity() {
        return keys == null ? capacity() : keys.longest(capacity()) - SealedHeader.TRAILER;
    }

    /// Bytes of UDP payload without which the link's format does not work.
    int leastCapacity() {
        return isVxlan()
                ? Segmenter.LEAST_CAPACITY
                : keys == null ? VnetEncapsulator.LEAST_CAPACITY : KeyExchange.LONGEST_DATAGRAM;
    }

    /// @throws IllegalArgumentException where the path is too narrow for the link's format
    void requireRoom() {
        int headers = ipAndUdpHeaders();
        if (capacity() < leastCapacity()) {
            throw new IllegalArgumentException("the path's MTU is " + (capacity() + headers) + " bytes; the "
                    + config.encapsulation().name().toLowerCase(Locale.ROOT) + " format"
                    + (keys == null ? "" : ", sealed,") + " needs at least "
                    + (leastCapacity() + headers));
        }
    }

    /// The guest MTU with which an ordinary frame needs no second datagram.
    int guestMtu() {
        if (ucx != null) {
            return MessageEncapsulator.guestMtu(capacity());
        }
        return isVxlan() ? Segmenter.guestMtu(capacity()) : VnetEncapsulator.guestMtu(unsealedCapacity());
    }

    /// Bytes of the longest superframe that one segmented send carries; [Integer#MAX_VALUE] where any is carried.
    int superframeLimit() {
        if (ucx != null) {
            return Integer.MAX_VALUE;
        }
        int trailer = keys == null ? 0 : SealedHeader.TRAILER;
        int capacity = unsealedCapacity() + trailer;
        return isVxlan() ? Segmenter.superframeLimit(capacity) : chunkedSuperframeLimit(capacity, trailer);
    }

    /// Bytes of the longest superframe that one segmented send carries in chunks.
    ///
    /// @param capacity bytes of UDP payload of a datagram
    /// @param trailer  bytes of each datagram that are neither header nor frame
    static int chunkedSuperframeLimit(int capacity, int trailer) {
        int datagrams = Math.clamp(MOST_SEND / Math.max(capacity, 1), 1, MOST_DATAGRAMS);
        return Math.min(MOST_SEND, datagrams * capacity) - (datagrams + 1) * (VnetHeader.LENGTH + trailer) - 64;
    }

    /// Bytes that a message of a datagram may have.
    int messageBytes() {
        return ucx != null ? capacity() : unsealedCapacity() - headerBytes();
    }

    /// Bytes of an IP packet with a message that are not the message's own.
    int messageOverhead() {
        return ucx != null ? 0 : headerBytes() + (keys == null ? 0 : SealedHeader.TRAILER) + ipAndUdpHeaders();
    }

    private int headerBytes() {
        return isVxlan() ? VxlanHeader.LENGTH : VnetHeader.LENGTH;
    }

    private int ipAndUdpHeaders() {
        return config.endpoint().isAny()
                ? socket.ipv6() ? IPV6_AND_UDP_HEADERS : IP_AND_UDP_HEADERS
                : ipAndUdpHeaders(config.endpoint().address());
    }

    static int ipAndUdpHeaders(InetAddress address) {
        return address instanceof Inet6Address ? IPV6_AND_UDP_HEADERS : IP_AND_UDP_HEADERS;
    }

    // --- what is told of it ---

    /// What the fast path has to know of a link over UDP.
    Tunnel tunnel(UnderlayPath way) {
        return new Tunnel(
                port(),
                config.name(),
                isVxlan(),
                keys != null,
                OverlayNode.address(config.endpoint()),
                way,
                guestMtu());
    }

    /// For `show links`: strings, numbers, booleans.
    ///
    /// @param way where a link over UDP goes now; null of others
    Map<String, Object> describe(UnderlayPath way) {
        Map<String, Object> told = new LinkedHashMap<>();
        if (ucx != null) {
            ucx.describe(told);
            return told;
        }
        if (socket != null) {
            told.put("state", way.exists() ? "up" : "down: " + way.trouble());
            if (!way.interfaceName().isEmpty()) {
                told.put("leaves_by", way.interfaceName());
            }
            if (way.exists() && way.unanswered()) {
                told.put("next_hop", way.nextHop().getHostAddress() + " does not answer");
            }
            if (socket.roams()) {
                told.put("at", socket.peerText());
                told.put("moves", socket.moves());
            }
            told.put("path_mtu_bytes", socket.pathMtu());
        }
        told.put("datagram_bytes", capacity());
        told.put("guest_mtu_bytes", guestMtu());
        if (keys != null) {
            told.putAll(keys.describe());
        }
        if (peer.renewals() > 0) {
            told.put("renumbered", peer.renewals());
        }
        if (socket != null) {
            told.put("gro", socket.mergesReceived());
            told.put("gso", socket.segmentedSends().state());
        }
        return told;
    }

    // --- closing ---

    /// Closes what carries the datagrams; keys and what is known of the peer stay, for another socket. No loop has the
    /// link any more.
    void closeCarrier() {
        if (socket != null) {
            socket.close();
        }
        if (ucx != null) {
            ucx.close();
        }
    }

    /// Closes the link, and forgets its keys. No loop has it any more.
    void close() {
        closeCarrier();
        if (keys != null) {
            keys.close();
        }
    }
}
