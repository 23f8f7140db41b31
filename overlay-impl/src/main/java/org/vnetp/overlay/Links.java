package org.vnetp.overlay;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.LinkPort;
import org.vnetp.overlay.dispatch.ListenPort;
import org.vnetp.overlay.encap.Decapsulator;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.encap.Merger;
import org.vnetp.overlay.encap.MessageDecapsulator;
import org.vnetp.overlay.encap.MessageEncapsulator;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.encap.Segmenter;
import org.vnetp.overlay.encap.VnetDecapsulator;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.encap.VxlanHeader;
import org.vnetp.overlay.fastpath.Tunnel;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.link.Link;
import org.vnetp.overlay.link.NoLink;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpLink;
import org.vnetp.overlay.link.UdpListener;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.link.UnderlayPath;
import org.vnetp.overlay.measure.LinkMeter;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.LazyArena;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.seal.Identity;
import org.vnetp.overlay.seal.KeyExchange;
import org.vnetp.overlay.seal.KeyFiles;
import org.vnetp.overlay.seal.SealedDecapsulator;
import org.vnetp.overlay.seal.SealedLink;
import org.vnetp.overlay.seal.Sealing;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopStatistics;

/// A node's links and its listening socket: opens their sockets, gives them to the loops, and knows what fits their
/// paths.
///
/// **Thread:** control's, one at a time. A socket is closed once no loop has it any more.
final class Links {
    private static final int RECEIVE_SLOTS = 32;
    private static final int LISTEN_SLOTS = 1;
    private static final int SEND_BUFFER = 4 << 20;
    private static final int DEFAULT_UNDERLAY_MTU = 1500;
    private static final int IP_AND_UDP_HEADERS = 28;
    private static final int IPV6_AND_UDP_HEADERS = 48;

    private static final SecureRandom SESSIONS = new SecureRandom();

    /// With a smaller limit a superframe would be no more than a frame.
    private static final int LEAST_SUPERFRAME = 4096;

    /// What a kernel makes of TCP unless told otherwise (GSO_LEGACY_MAX_SIZE less what is added before it).
    private static final int MOST_SUPERFRAME = 65_400;

    /// @param socket of a link over UDP; null of others
    /// @param ucx    of a link over UCX; null of others
    /// @param peer   what a link of the `vnet` format keeps of its peer
    /// @param keys   of a sealed link; null of a plain one
    private record Open(
            NodeConfig.Link config,
            UdpSocket socket,
            InMemoryLink memory,
            UcxEnd ucx,
            VnetPeer peer,
            KeyExchange keys,
            LinkMeter meter) {}

    private final Loops loops;
    private final LongSupplier clock;
    private final LongSupplier timeNs;
    private final Consumer<String> log;
    private final Paths paths;
    private final Runnable attention;
    private final Runnable keysDue;
    private final Map<Integer, Open> links = new TreeMap<>();
    private final OutsideDrops outside = new OutsideDrops();
    private NodeConfig.Listening listening;
    private UdpSocket listenSocket;
    private ListenPort listenPort;
    // Sockets that were destroyed; they stay open, and useless, until others have taken their places.
    private final Set<Integer> deadLinks = new TreeSet<>();
    private boolean deadListener;

    /// @param clock     monotonic, nanoseconds
    /// @param timeNs    nanoseconds since 1970; must not go back while the process lives
    /// @param attention told by a loop that a path takes more or less than was thought; must not wait
    /// @param keysDue   asks for a call of [#attendKeys]; must not wait
    /// @param log       takes a line about what an operator should know
    Links(
            Loops loops,
            LongSupplier clock,
            LongSupplier timeNs,
            Runnable attention,
            Runnable keysDue,
            Consumer<String> log) {
        this.loops = loops;
        this.clock = clock;
        this.timeNs = timeNs;
        this.keysDue = keysDue;
        this.attention = attention;
        this.log = log;
        this.paths = new Paths(log);
    }

    // --- listening ---

    /// Opens the listening socket, or moves it and all links.
    ///
    /// @throws StatementException where one cannot be opened from there; nothing has changed then
    void listen(NodeConfig.Listening next) throws StatementException {
        UdpSocket opened;
        try {
            if (listening == null
                    || listening.endpoint().port() != next.endpoint().port()) {
                UdpSocket.probe(OverlayNode.address(next.endpoint()));
            }
            opened = UdpSocket.open(OverlayNode.address(next.endpoint()), null, true, SEND_BUFFER);
        } catch (PosixException | IllegalArgumentException e) {
            throw OverlayNode.refused("listen " + next.endpoint(), e);
        }
        List<Open> moved;
        try {
            moved = openedFrom(next);
        } catch (StatementException e) {
            opened.close();
            throw e;
        }
        detachListener();
        moved.forEach(link -> {
            Open before = links.get(link.config().port());
            detach(before);
            forgetKeys(before);
        });
        listening = next;
        listenSocket = opened;
        attachListener();
        for (Open link : moved) {
            links.put(link.config().port(), link);
            attach(link);
        }
    }

    /// Where the node listens, once it does.
    Optional<NodeConfig.Listening> listening() {
        return Optional.ofNullable(listening);
    }

    /// The virtual network's id; 0 until the node listens.
    int network() {
        return listening == null ? 0 : listening.network();
    }

    /// The links' sockets once more, from where the node will listen: all of them, or none.
    private List<Open> openedFrom(NodeConfig.Listening next) throws StatementException {
        List<Open> opened = new ArrayList<>();
        for (Open link : links.values()) {
            if (link.memory() != null) {
                continue;
            }
            try {
                if (link.ucx() != null) {
                    opened.add(overUcx(link.config(), next, link.meter()));
                    continue;
                }
                UdpSocket socket = socket(link.config(), next);
                // The network's number may be another, and with it all keys are.
                opened.add(opened(link.config(), socket, link.peer(), next, link.meter()));
                requireRoom(opened.getLast());
            } catch (PosixException | IllegalArgumentException | IllegalStateException e) {
                opened.forEach(Links::closeOwn);
                throw OverlayNode.refused(
                        "listen " + next.endpoint() + ": link " + link.config().name(), e);
            }
        }
        return opened;
    }

    private void attachListener() {
        if (listenSocket == null) {
            return;
        }
        DispatchLoop loop = loops.get(loops.reader(0, true));
        Arena arena = new LazyArena();
        ListenPort port = new ListenPort(new UdpListener(arena, listenSocket), new ReceiveBatch(arena, LISTEN_SLOTS));
        port.peers(peersOfOnePort());
        listenPort = port;
        loops.on(loop, () -> loop.listen(port));
    }

    private void detachListener() {
        if (listenSocket != null) {
            DispatchLoop loop = loops.get(loops.reader(0, true));
            loops.on(loop, () -> loop.listen(null));
            listenSocket.close();
            listenSocket = null;
            listenPort = null;
            deadListener = false;
        }
    }

    private void tellListener() {
        if (listenPort != null) {
            ListenPort port = listenPort;
            List<InetSocketAddress> peers = peersOfOnePort();
            loops.on(loops.get(loops.reader(0, true)), () -> port.peers(peers));
        }
    }

    private List<InetSocketAddress> peersOfOnePort() {
        return links.values().stream()
                .map(Open::config)
                .filter(link -> link.encapsulation() == Statement.Encapsulation.VNET)
                .map(link -> OverlayNode.address(link.endpoint()))
                .toList();
    }

    // --- links ---

    /// Opens a link over a socket of its own.
    ///
    /// @throws StatementException naming the link and what failed; nothing stays behind then
    void open(NodeConfig.Link link) throws StatementException {
        if (listening == null) {
            throw new StatementException("link " + link.name() + ": say 'listen IP:PORT' first");
        }
        Open open;
        try {
            if (link.encapsulation() == Statement.Encapsulation.UCX) {
                open = overUcx(link, listening, meter());
            } else {
                open = opened(link, socket(link, listening), new VnetPeer(timeNs), listening, meter());
                checkMtu(open);
            }
        } catch (PosixException | IllegalArgumentException | IllegalStateException e) {
            throw OverlayNode.refused("link " + link.name(), e);
        }
        add(open);
    }

    /// A link over a socket, with what keeps its keys where it is sealed. Closes the socket where that fails.
    private Open opened(
            NodeConfig.Link link, UdpSocket socket, VnetPeer peer, NodeConfig.Listening from, LinkMeter meter) {
        try {
            KeyExchange keys = keys(link, from, socket.lastCapacity());
            if (keys != null) {
                Posix posix = new Posix();
                keys.carrier((datagram, length) -> socket.send(posix, datagram, length));
            }
            return new Open(link, socket, null, null, peer, keys, meter);
        } catch (IllegalArgumentException | IllegalStateException e) {
            socket.close();
            throw e;
        }
    }

    private Open overUcx(NodeConfig.Link link, NodeConfig.Listening from, LinkMeter meter) {
        int port = link.port();
        UcxEnd.Owner owner = new UcxEnd.Owner() {
            @Override
            public void attach() {
                Links.this.attach(links.get(port));
            }

            @Override
            public void detach() {
                loops.onAll(loop -> loop.removeLink(port));
            }
        };
        UcxEnd end = new UcxEnd(link, from, loops, clock, owner, log);
        return new Open(link, null, null, end, new VnetPeer(timeNs), null, meter);
    }

    /// Closes what a link has beside what loops have of it.
    private static void closeOwn(Open link) {
        if (link.socket() != null) {
            link.socket().close();
        }
        if (link.ucx() != null) {
            link.ucx().close();
        }
        forgetKeys(link);
    }

    private static LinkMeter meter() {
        return new LinkMeter(SESSIONS.nextInt(), ClockIdentity.HERE);
    }

    /// What keeps a link's keys; null where it is not sealed.
    ///
    /// @throws IllegalArgumentException where a key cannot be had, or is not the link's to use
    private KeyExchange keys(NodeConfig.Link link, NodeConfig.Listening from, int capacity) {
        if (link.seal().isEmpty()) {
            return null;
        }
        NodeConfig.Seal seal = link.seal().get();
        Identity own;
        try {
            own = KeyFiles.read(seal.keyFile());
        } catch (IOException e) {
            throw new IllegalArgumentException("key " + e.getMessage(), e);
        }
        return new KeyExchange(
                new KeyExchange.Settings(own, seal.peer(), from.network(), seal.suite(), seal.rekeyNs(), capacity),
                clock,
                timeNs,
                () -> loops.onAll(_ -> {}),
                keysDue,
                text -> log.accept("link " + link.name() + ": " + text));
    }

    private static void forgetKeys(Open link) {
        if (link.keys() != null) {
            link.keys().close();
        }
    }

    private UdpSocket socket(NodeConfig.Link link, NodeConfig.Listening from) {
        InetSocketAddress local = OverlayNode.address(from.endpoint());
        InetSocketAddress peer = OverlayNode.address(link.endpoint());
        UdpSocket socket = link.encapsulation() == Statement.Encapsulation.VXLAN
                ? UdpSocket.openToAnyPort(local, peer, true, SEND_BUFFER)
                : UdpSocket.open(local, peer, true, SEND_BUFFER);
        link.mtu().ifPresent(socket::mostMtu);
        socket.onChange(attention);
        return socket;
    }

    /// Opens a link over a pair of queues in this process, for tests.
    void open(NodeConfig.Link link, InMemoryLink memory) {
        NodeConfig.Listening from = listening == null ? new NodeConfig.Listening(link.endpoint(), 0) : listening;
        KeyExchange keys = keys(link, from, memory.datagramCapacity());
        if (keys != null) {
            Posix posix = new Posix();
            keys.carrier((datagram, length) -> {
                memory.slice(datagram.address(), length);
                memory.endTrain(length, 1, length, Ecn.NOT_ECT);
                return memory.flush(posix) ? length : 0;
            });
        }
        add(new Open(link, null, memory, null, new VnetPeer(timeNs), keys, meter()));
    }

    private static void checkMtu(Open link) {
        try {
            requireRoom(link);
        } catch (IllegalArgumentException e) {
            link.socket().close();
            forgetKeys(link);
            throw e;
        }
    }

    /// @throws IllegalArgumentException where the path is too narrow for the link's format
    private static void requireRoom(Open link) {
        int headers = ipAndUdpHeaders(link.config().endpoint().address());
        if (capacity(link) < leastCapacity(link)) {
            throw new IllegalArgumentException("the path's MTU is " + (capacity(link) + headers) + " bytes; the "
                    + link.config().encapsulation().name().toLowerCase(Locale.ROOT) + " format"
                    + (link.keys() == null ? "" : ", sealed,") + " needs at least "
                    + (leastCapacity(link) + headers));
        }
    }

    /// Bytes of a datagram on the wire.
    private static int leastCapacity(Open link) {
        return isVxlan(link)
                ? Segmenter.LEAST_CAPACITY
                : link.keys() == null ? VnetEncapsulator.LEAST_CAPACITY : KeyExchange.LONGEST_DATAGRAM;
    }

    private static boolean isVxlan(Open link) {
        return link.config().encapsulation() == Statement.Encapsulation.VXLAN;
    }

    private void add(Open open) {
        links.put(open.config().port(), open);
        loops.statistics().forEach(s -> s.resetPort(open.config().port()));
        outside.resetPort(open.config().port());
        attach(open);
        tellListener();
    }

    private void attach(Open link) {
        if (link.socket() != null) {
            paths.watch(
                    link.config().port(),
                    link.config().name(),
                    link.socket(),
                    listening.endpoint().address(),
                    link.config().mtu().orElse(Integer.MAX_VALUE),
                    leastCapacity(link));
        }
        if (link.ucx() != null && !link.ucx().goLive()) {
            attachWithoutWay(link);
            return;
        }
        int reader = loops.reader(link.config().index(), true);
        for (int i = 0; i < loops.size(); i++) {
            DispatchLoop loop = loops.get(i);
            boolean read = i == reader;
            LinkPort port =
                    link.ucx() != null ? ucxPort(link, i, read, loop) : linkPort(link, i, read, loop.statistics());
            loops.on(loop, () -> loop.add(port, read));
        }
    }

    /// The loops know the link, so that its frames are counted as its own, but nothing can be sent.
    private void attachWithoutWay(Open open) {
        int id = open.config().port();
        for (int i = 0; i < loops.size(); i++) {
            DispatchLoop loop = loops.get(i);
            LinkPort port = new LinkPort(
                    id,
                    open.config().name(),
                    new NoLink(),
                    new MessageEncapsulator(Arena.ofAuto()),
                    null,
                    null,
                    loop.statistics().port(id));
            loops.on(loop, () -> loop.add(port, false));
        }
    }

    private LinkPort ucxPort(Open open, int index, boolean read, DispatchLoop loop) {
        Arena arena = new LazyArena();
        LoopStatistics counts = loop.statistics();
        int id = open.config().port();
        ReceiveBatch batch = new ReceiveBatch(arena, RECEIVE_SLOTS);
        LinkPort port = new LinkPort(
                id,
                open.config().name(),
                open.ucx().link(index, arena, batch, counts),
                new MessageEncapsulator(arena),
                new MessageDecapsulator(arena, counts.drops()),
                batch,
                counts.port(id));
        if (read) {
            open.meter().attach(LoopStamps.withoutKernel(clock, timeNs), new PeerCounts(null, counts.port(id)));
            port.messages(open.meter());
        }
        return port;
    }

    private LinkPort linkPort(Open open, int lane, boolean read, LoopStatistics counts) {
        Arena arena = new LazyArena();
        int id = open.config().port();
        Link link = open.memory() != null
                ? open.memory()
                : new UdpLink(arena, open.socket(), counts.drops(), counts.port(id));
        Sealing sealing = open.keys() == null ? null : open.keys().sealing();
        if (sealing != null) {
            link = new SealedLink(arena, link, sealing, lane, counts.drops());
        }
        Decapsulator decapsulator = null;
        ReceiveBatch batch = null;
        if (read) {
            batch = new ReceiveBatch(arena, RECEIVE_SLOTS);
            decapsulator = isVxlan(open)
                    ? new Merger(arena, network(), Merger.Checksums.VERIFY, counts.drops())
                    : sealing == null
                            ? new VnetDecapsulator(arena, network(), open.peer(), counts.drops())
                            : new SealedDecapsulator(
                                    VnetDecapsulator.ofOpened(arena, network(), open.peer(), counts.drops()),
                                    sealing,
                                    counts.drops());
        }
        Encapsulator encapsulator = isVxlan(open)
                ? new Segmenter(arena, network(), Math.max(capacity(open), Segmenter.LEAST_CAPACITY))
                : new VnetEncapsulator(arena, network(), open.peer(), lane);
        LinkPort port =
                new LinkPort(id, open.config().name(), link, encapsulator, decapsulator, batch, counts.port(id));
        if (read) {
            open.meter()
                    .attach(
                            open.socket() == null
                                    ? LoopStamps.withoutKernel(clock, timeNs)
                                    : new LoopStamps(clock, open.socket().descriptor()),
                            new PeerCounts(isVxlan(open) ? null : open.peer(), counts.port(id)));
            port.messages(open.meter());
        }
        return port;
    }

    private void detach(Open open) {
        deadLinks.remove(open.config().port());
        loops.onAll(loop -> loop.removeLink(open.config().port()));
        if (open.socket() != null) {
            open.socket().close();
        }
        if (open.ucx() != null) {
            open.ucx().close();
        }
    }

    // --- loops ---

    /// Gives listening socket and links to loops that have just been made.
    void attachAll() {
        attachListener();
        for (Open link : links.values()) {
            if (link.ucx() != null) {
                link.ucx().renew();
            }
            attach(link);
        }
    }

    // --- sockets that somebody destroys ---

    /// A loop has found a link's socket destroyed.
    void onLinkDeath(Death death) {
        Open open = links.get(death.port());
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
        if (listenSocket != null && listenSocket.descriptor() == death.descriptor()) {
            deadListener = true;
            log.accept("listen " + listening.endpoint() + ": the socket was destroyed (" + Errno.text(death.errno())
                    + "); the node opens another");
        }
    }

    /// Opens others in the places of sockets that were destroyed.
    ///
    /// @return whether one is still missing
    boolean recover() {
        if (deadListener) {
            try {
                UdpSocket again = UdpSocket.open(OverlayNode.address(listening.endpoint()), null, true, SEND_BUFFER);
                detachListener();
                listenSocket = again;
                attachListener();
            } catch (PosixException e) {
                // It was said that it is missing; the address may come back.
            }
        }
        for (int port : List.copyOf(deadLinks)) {
            Open dead = links.get(port);
            try {
                UdpSocket socket = socket(dead.config(), listening);
                Open again = new Open(dead.config(), socket, null, null, dead.peer(), dead.keys(), dead.meter());
                if (dead.keys() != null) {
                    Posix posix = new Posix();
                    dead.keys().carrier((datagram, length) -> socket.send(posix, datagram, length));
                }
                detach(dead);
                links.put(port, again);
                attach(again);
            } catch (PosixException e) {
                // The same.
            }
        }
        return deadListener || !deadLinks.isEmpty();
    }

    // --- keys ---

    /// Does what the keys of sealed links need.
    ///
    /// @return nanoseconds until the next time; [Long#MAX_VALUE] where no link is sealed
    long attendKeys() {
        long next = Long.MAX_VALUE;
        for (Open link : links.values()) {
            if (link.keys() != null) {
                next = Math.min(next, link.keys().attend());
            }
        }
        return next;
    }

    // --- peers over UCX ---

    /// Looks after the sessions of links over UCX.
    ///
    /// @return nanoseconds until the next time; [Long#MAX_VALUE] where there is no such link
    long attendUcx() {
        long next = Long.MAX_VALUE;
        for (Open link : links.values()) {
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
            links.values().forEach(Links::unsealedCapacity);
            loops.onAll(loop -> loop.ports().followPaths());
        }
    }

    /// Whether a path may change without anybody telling.
    boolean anyPathNarrowed() {
        return paths.anyNarrowed();
    }

    /// Bytes of UDP payload a datagram may have on the link, or last had where there is no path now.
    private static int capacity(Open link) {
        if (link.ucx() != null) {
            return link.ucx().capacity();
        }
        return link.memory() != null
                ? link.memory().datagramCapacity()
                : link.socket().lastCapacity();
    }

    /// The same without what a seal adds.
    private static int unsealedCapacity(Open link) {
        return link.keys() == null ? capacity(link) : link.keys().longest(capacity(link)) - SealedHeader.TRAILER;
    }

    private static int guestMtu(Open link) {
        if (link.ucx() != null) {
            return MessageEncapsulator.guestMtu(capacity(link));
        }
        return isVxlan(link) ? Segmenter.guestMtu(capacity(link)) : VnetEncapsulator.guestMtu(unsealedCapacity(link));
    }

    /// The guest MTU with which ordinary frames need no second datagram on any link.
    int derivedMtu() {
        int mtu = Integer.MAX_VALUE;
        for (Open link : links.values()) {
            mtu = Math.min(mtu, guestMtu(link));
        }
        if (mtu == Integer.MAX_VALUE) {
            mtu = underlayMtu()
                    - (listening == null
                            ? IP_AND_UDP_HEADERS
                            : ipAndUdpHeaders(listening.endpoint().address()))
                    - VnetHeader.LENGTH
                    - VirtioNetHeader.LENGTH
                    - EthernetHeader.LENGTH;
        }
        return Math.clamp(mtu, NodeConfig.LEAST_MTU, NodeConfig.MOST_MTU);
    }

    private static int ipAndUdpHeaders(InetAddress address) {
        return address instanceof Inet6Address ? IPV6_AND_UDP_HEADERS : IP_AND_UDP_HEADERS;
    }

    private int underlayMtu() {
        if (listening == null) {
            return DEFAULT_UNDERLAY_MTU;
        }
        try {
            NetworkInterface underlay =
                    NetworkInterface.getByInetAddress(listening.endpoint().address());
            return underlay == null ? DEFAULT_UNDERLAY_MTU : underlay.getMTU();
        } catch (IOException e) {
            return DEFAULT_UNDERLAY_MTU;
        }
    }

    /// A superframe and its chunk headers must fit one segmented send of 65507 bytes and 64 datagrams on every link.
    int superframeLimit() {
        int limit = Integer.MAX_VALUE;
        for (Open link : links.values()) {
            if (link.ucx() != null) {
                // Whatever a superframe may be.
                continue;
            }
            int trailer = link.keys() == null ? 0 : SealedHeader.TRAILER;
            int capacity = unsealedCapacity(link) + trailer;
            limit = Math.min(
                    limit,
                    isVxlan(link) ? Segmenter.superframeLimit(capacity) : chunkedSuperframeLimit(capacity, trailer));
        }
        return Math.max(
                LEAST_SUPERFRAME,
                links.isEmpty()
                        ? chunkedSuperframeLimit(underlayMtu() - IPV6_AND_UDP_HEADERS, 0)
                        : Math.min(limit, MOST_SUPERFRAME));
    }

    /// @param trailer bytes of each datagram that are neither header nor frame
    private static int chunkedSuperframeLimit(int capacity, int trailer) {
        int datagrams = Math.clamp(65_400 / Math.max(capacity, 1), 1, 63);
        return Math.min(65_400, datagrams * capacity) - (datagrams + 1) * (VnetHeader.LENGTH + trailer) - 64;
    }

    // --- messages ---

    /// What measures a link, where there is such a link.
    Optional<LinkMeter> meter(int port) {
        return Optional.ofNullable(links.get(port)).map(Open::meter);
    }

    /// Bytes that a message of a datagram may have on a link.
    int messageBytes(NodeConfig.Link link) {
        Open open = links.get(link.port());
        if (open.ucx() != null) {
            return capacity(open);
        }
        return unsealedCapacity(open) - (isVxlan(open) ? VxlanHeader.LENGTH : VnetHeader.LENGTH);
    }

    /// Bytes of an IP packet with a message that are not the message's own.
    int messageOverhead(NodeConfig.Link link) {
        Open open = links.get(link.port());
        if (open.ucx() != null) {
            return 0;
        }
        return (isVxlan(open) ? VxlanHeader.LENGTH : VnetHeader.LENGTH)
                + (open.keys() == null ? 0 : SealedHeader.TRAILER)
                + ipAndUdpHeaders(link.endpoint().address());
    }

    // --- what control shows ---

    /// The configurations of all open links.
    Collection<NodeConfig.Link> configurations() {
        return links.values().stream().map(Open::config).toList();
    }

    /// What the fast path has to know of all links that go over the network.
    List<Tunnel> tunnels() {
        return links.values().stream()
                .filter(link -> link.socket() != null)
                .map(link -> new Tunnel(
                        link.config().port(),
                        link.config().name(),
                        isVxlan(link),
                        link.keys() != null,
                        OverlayNode.address(link.config().endpoint()),
                        paths.way(link.config().port()),
                        guestMtu(link)))
                .toList();
    }

    /// What the sockets dropped before a loop saw it, counted up to now.
    LoopStatistics countedOutside() {
        Posix posix = new Posix();
        if (listenSocket != null) {
            outside.count(DropReason.SOCKET_FULL, listenSocket, listenSocket.drops(posix));
        }
        for (Open open : links.values()) {
            if (open.socket() != null) {
                int port = open.config().port();
                outside.count(
                        port,
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
        Map<String, Object> told = new LinkedHashMap<>();
        Open open = links.get(link.port());
        if (open != null && open.ucx() != null) {
            open.ucx().describe(told);
        } else if (open != null) {
            if (open.socket() != null) {
                UnderlayPath way = paths.way(link.port());
                told.put("state", way.exists() ? "up" : "down: " + way.trouble());
                if (!way.interfaceName().isEmpty()) {
                    told.put("leaves_by", way.interfaceName());
                }
                if (way.exists() && way.unanswered()) {
                    told.put("next_hop", way.nextHop().getHostAddress() + " does not answer");
                }
                told.put("path_mtu_bytes", open.socket().pathMtu());
            }
            told.put("datagram_bytes", capacity(open));
            told.put("guest_mtu_bytes", guestMtu(open));
            if (open.keys() != null) {
                told.putAll(open.keys().describe());
            }
            if (open.peer().renewals() > 0) {
                told.put("renumbered", open.peer().renewals());
            }
            if (open.socket() != null) {
                told.put("gro", open.socket().mergesReceived());
                told.put("gso", open.socket().segmentedSends().state());
            }
        }
        return told;
    }

    // --- closing ---

    /// Takes a link from all loops and closes it.
    void close(NodeConfig.Link link) {
        Open open = links.remove(link.port());
        if (open != null) {
            paths.forget(link.port());
            detach(open);
            forgetKeys(open);
            tellListener();
        }
    }

    /// Closes all sockets; the loops have ended.
    void closeAll() {
        links.values().forEach(Links::closeOwn);
        links.clear();
        if (listenSocket != null) {
            listenSocket.close();
            listenSocket = null;
        }
    }
}
