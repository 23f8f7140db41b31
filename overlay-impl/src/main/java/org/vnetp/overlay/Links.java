package org.vnetp.overlay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.fastpath.Tunnel;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.measure.LinkMeter;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopStatistics;

/// A node's links: which are open, what all of them leave to guests, and what is done for them while the node runs. A
/// single one is an [OpenLink], made by [LinkOpener] and given to the loops by [LinkPorts]; beside them there is the
/// [ListeningSocket].
///
/// **Thread:** control's, one at a time. A socket is closed once no loop has it any more.
final class Links {
    private static final int DEFAULT_UNDERLAY_MTU = 1500;

    /// With a smaller limit a superframe would be no more than a frame.
    private static final int LEAST_SUPERFRAME = 4096;

    /// What a kernel makes of TCP unless told otherwise (GSO_LEGACY_MAX_SIZE less what is added before it).
    private static final int MOST_SUPERFRAME = 65_400;

    private final Loops loops;
    private final Consumer<String> log;
    private final LinkOpener opener;
    private final LinkPorts ports;
    private final ListeningSocket listener;
    private final Paths paths;
    private final Map<Integer, OpenLink> links = new TreeMap<>();
    private final Keepalives keepalives;
    private final OutsideDrops outside = new OutsideDrops();
    // Sockets that were destroyed; they stay open, and useless, until others have taken their places.
    private final Set<Integer> deadLinks = new TreeSet<>();

    Links(AroundLinks node) {
        this.loops = node.loops();
        this.log = node.log();
        this.opener = new LinkOpener(node);
        this.ports = new LinkPorts(loops, node.clock(), node.timeNs());
        this.listener = new ListeningSocket(loops, this::peersOfOnePort, log);
        this.paths = new Paths(log);
        this.keepalives = new Keepalives(loops, node.clock());
    }

    // --- listening ---

    /// Opens the listening socket, or moves it and all links.
    ///
    /// @throws StatementException where one cannot be opened from there; nothing has changed then
    void listen(NodeConfig.Listening next) throws StatementException {
        UdpSocket opened;
        try {
            opened = listener.opened(next);
        } catch (PosixException | IllegalArgumentException e) {
            throw OverlayNode.refused("listen " + next.endpoint(), e);
        }
        List<OpenLink> moved;
        try {
            moved = openedFrom(next);
        } catch (StatementException e) {
            opened.close();
            throw e;
        }
        listener.detach();
        moved.forEach(link -> {
            OpenLink before = links.get(link.port());
            detach(before);
            before.close();
        });
        listener.attach(next, opened);
        for (OpenLink link : moved) {
            links.put(link.port(), link);
            attach(link);
        }
    }

    /// The links once more, from where the node will listen: all of them, or none.
    private List<OpenLink> openedFrom(NodeConfig.Listening next) throws StatementException {
        List<OpenLink> opened = new ArrayList<>();
        for (OpenLink link : links.values()) {
            if (link.memory() != null) {
                continue;
            }
            try {
                opened.add(opener.openFrom(next, link, owner(link.port())));
            } catch (PosixException | IllegalArgumentException | IllegalStateException e) {
                opened.forEach(OpenLink::close);
                throw OverlayNode.refused(
                        "listen " + next.endpoint() + ": link " + link.config().name(), e);
            }
        }
        return opened;
    }

    /// Where the node listens, once it does.
    Optional<NodeConfig.Listening> listening() {
        return listener.where();
    }

    /// The virtual network's id; 0 until the node listens.
    int network() {
        return listening().map(NodeConfig.Listening::network).orElse(0);
    }

    private List<InetSocketAddress> peersOfOnePort() {
        return links.values().stream()
                .map(OpenLink::config)
                .filter(link -> link.encapsulation() == Statement.Encapsulation.VNET
                        && !link.endpoint().isAny())
                .map(link -> OverlayNode.address(link.endpoint()))
                .toList();
    }

    // --- links ---

    /// Opens a link over a socket of its own.
    ///
    /// @throws StatementException naming the link and what failed; nothing stays behind then
    void open(NodeConfig.Link link) throws StatementException {
        NodeConfig.Listening from = listening()
                .orElseThrow(() -> new StatementException("link " + link.name() + ": say 'listen IP:PORT' first"));
        OpenLink open;
        try {
            open = opener.open(link, from, owner(link.port()));
        } catch (PosixException | IllegalArgumentException | IllegalStateException e) {
            throw OverlayNode.refused("link " + link.name(), e);
        }
        add(open);
    }

    /// Opens a link over a pair of queues in this process, for tests.
    void open(NodeConfig.Link link, InMemoryLink memory) {
        NodeConfig.Listening from = listening().orElse(new NodeConfig.Listening(link.endpoint(), 0));
        add(opener.open(link, from, memory));
    }

    /// Gives the sessions of a link over UCX to the loops.
    private UcxEnd.Owner owner(int port) {
        return new UcxEnd.Owner() {
            @Override
            public void attach() {
                Links.this.attach(links.get(port));
            }

            @Override
            public void detach() {
                ports.detach(port);
            }
        };
    }

    private void add(OpenLink open) {
        links.put(open.port(), open);
        loops.statistics().forEach(s -> s.resetPort(open.port()));
        outside.resetPort(open.port());
        attach(open);
        listener.tellPeers();
    }

    private void attach(OpenLink link) {
        if (link.socket() != null) {
            paths.watch(
                    link.port(),
                    link.config().name(),
                    link.socket(),
                    listening().orElseThrow().endpoint().address(),
                    link.config().mtu().orElse(Integer.MAX_VALUE),
                    link.leastCapacity());
        }
        ports.attach(link, network());
    }

    /// Takes a link from all loops; what carried it is useless then.
    private void detach(OpenLink open) {
        deadLinks.remove(open.port());
        ports.detach(open.port());
    }

    /// Gives listening socket and links to loops that have just been made.
    void attachAll() {
        listener.attach();
        for (OpenLink link : links.values()) {
            if (link.ucx() != null) {
                link.ucx().renew();
            }
            attach(link);
        }
    }

    // --- sockets that somebody destroys ---

    /// A loop has found a link's socket destroyed.
    void onLinkDeath(Death death) {
        OpenLink open = links.get(death.port());
        if (open != null && open.ucx() != null) {
            open.ucx().onDeath();
        }
        if (open != null && open.socket() != null && open.socket().descriptor() == death.descriptor()) {
            deadLinks.add(death.port());
            log.accept("link " + open.config().name() + ": its socket was destroyed (" + Errno.text(death.errno())
                    + "); the node opens another");
        }
    }

    /// The loop has found the listening socket destroyed.
    void onListenerDeath(Death death) {
        listener.onDeath(death);
    }

    /// Opens others in the places of sockets that were destroyed.
    ///
    /// @return whether one is still missing
    boolean recover() {
        boolean lacksListener = listener.recover();
        for (int port : List.copyOf(deadLinks)) {
            OpenLink dead = links.get(port);
            try {
                OpenLink again = opener.openAgain(dead, listening().orElseThrow());
                detach(dead);
                dead.closeCarrier();
                links.put(port, again);
                attach(again);
            } catch (PosixException e) {
                // It was said that it is missing; the address may come back.
            }
        }
        return lacksListener || !deadLinks.isEmpty();
    }

    // --- what links need from time to time ---

    /// Does what the keys of sealed links need.
    ///
    /// @return nanoseconds until the next time; [Long#MAX_VALUE] where no link is sealed
    long attendKeys() {
        long next = Long.MAX_VALUE;
        for (OpenLink link : links.values()) {
            if (link.keys() != null) {
                next = Math.min(next, link.keys().attend());
            }
        }
        return next;
    }

    /// Says something on links that have been silent for as long as they may. Before [#attendKeys], which does what is
    /// due where nothing comes back.
    ///
    /// @return nanoseconds until the next time; [Long#MAX_VALUE] where there is no such link
    long attendKeepalives() {
        return keepalives.attend(links.values(), ports);
    }

    /// Looks after the sessions of links over UCX.
    ///
    /// @return nanoseconds until the next time; [Long#MAX_VALUE] where there is no such link
    long attendUcx() {
        long next = Long.MAX_VALUE;
        for (OpenLink link : links.values()) {
            if (link.ucx() != null) {
                next = Math.min(next, link.ucx().attend());
            }
        }
        return next;
    }

    // --- MTUs ---

    /// Looks at the network anew, and tells the loops where a path has changed.
    void followPaths() {
        if (paths.follow()) {
            // Ciphers are tried for longer datagrams before a loop hears that there may be such.
            links.values().forEach(OpenLink::unsealedCapacity);
            loops.onAll(loop -> loop.ports().followPaths());
        }
    }

    /// Whether a path may change without anybody telling.
    boolean anyPathNarrowed() {
        return paths.anyNarrowed();
    }

    /// The guest MTU with which ordinary frames need no second datagram on any link.
    int derivedMtu() {
        int mtu = links.values().stream().mapToInt(OpenLink::guestMtu).min().orElseGet(this::mtuWithoutLinks);
        return Math.clamp(mtu, NodeConfig.LEAST_MTU, NodeConfig.MOST_MTU);
    }

    private int mtuWithoutLinks() {
        return underlayMtu()
                - listening()
                        .map(l -> OpenLink.ipAndUdpHeaders(l.endpoint().address()))
                        .orElse(OpenLink.IP_AND_UDP_HEADERS)
                - VnetHeader.LENGTH
                - VirtioNetHeader.LENGTH
                - EthernetHeader.LENGTH;
    }

    private int underlayMtu() {
        if (listening().isEmpty()) {
            return DEFAULT_UNDERLAY_MTU;
        }
        try {
            NetworkInterface underlay = NetworkInterface.getByInetAddress(
                    listening().get().endpoint().address());
            return underlay == null ? DEFAULT_UNDERLAY_MTU : underlay.getMTU();
        } catch (IOException e) {
            return DEFAULT_UNDERLAY_MTU;
        }
    }

    /// A superframe and its chunk headers must fit one segmented send of 65507 bytes and 64 datagrams on every link.
    int superframeLimit() {
        int limit = links.values().stream()
                .mapToInt(OpenLink::superframeLimit)
                .min()
                .orElseGet(() -> OpenLink.chunkedSuperframeLimit(underlayMtu() - OpenLink.IPV6_AND_UDP_HEADERS, 0));
        return Math.clamp(limit, LEAST_SUPERFRAME, MOST_SUPERFRAME);
    }

    // --- what others ask of a link ---

    /// Which loop receives from a link.
    int reader(NodeConfig.Link link) {
        return ports.reader(link);
    }

    /// What measures a link, where there is such a link.
    Optional<LinkMeter> meter(int port) {
        return Optional.ofNullable(links.get(port)).map(OpenLink::meter);
    }

    /// Bytes that a message of a datagram may have on a link.
    int messageBytes(NodeConfig.Link link) {
        return links.get(link.port()).messageBytes();
    }

    /// Bytes of an IP packet with a message that are not the message's own.
    int messageOverhead(NodeConfig.Link link) {
        return links.get(link.port()).messageOverhead();
    }

    /// The configurations of all open links.
    Collection<NodeConfig.Link> configurations() {
        return links.values().stream().map(OpenLink::config).toList();
    }

    /// What the fast path has to know of all links that go over the network.
    List<Tunnel> tunnels() {
        return links.values().stream()
                .filter(link -> link.socket() != null)
                .map(link -> link.tunnel(paths.way(link.port())))
                .toList();
    }

    /// What the sockets dropped before a loop saw it, counted up to now.
    LoopStatistics countedOutside() {
        Posix posix = new Posix();
        listener.countInto(outside, posix);
        for (OpenLink open : links.values()) {
            if (open.socket() != null) {
                outside.count(
                        open.port(),
                        DropReason.SOCKET_FULL,
                        open.socket(),
                        open.socket().drops(posix),
                        true);
            }
        }
        return outside.statistics();
    }

    /// For `show links`: strings, numbers, booleans.
    Map<String, Object> describe(NodeConfig.Link link) {
        OpenLink open = links.get(link.port());
        // A map of its own: the caller adds to it.
        Map<String, Object> told = open == null
                ? new LinkedHashMap<>()
                : open.describe(open.socket() == null ? null : paths.way(link.port()));
        keepalives.said(link.port()).ifPresent(said -> told.put("keepalives", said));
        return told;
    }

    // --- closing ---

    /// Takes a link from all loops and closes it.
    void close(NodeConfig.Link link) {
        OpenLink open = links.remove(link.port());
        if (open != null) {
            paths.forget(link.port());
            detach(open);
            open.close();
            listener.tellPeers();
        }
    }

    /// Closes all sockets; the loops have ended.
    void closeAll() {
        links.values().forEach(OpenLink::close);
        links.clear();
        listener.close();
    }
}
