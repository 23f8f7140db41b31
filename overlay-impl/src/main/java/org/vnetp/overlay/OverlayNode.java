package org.vnetp.overlay;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.NodeActuator;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.DispatchReport;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.LinkPort;
import org.vnetp.overlay.dispatch.ListenPort;
import org.vnetp.overlay.encap.Decapsulator;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.encap.Merger;
import org.vnetp.overlay.encap.Segmenter;
import org.vnetp.overlay.encap.VnetDecapsulator;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.encap.VxlanHeader;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.link.Link;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpLink;
import org.vnetp.overlay.link.UdpListener;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.Snapshot;
import org.vnetp.overlay.stats.StartUp;

/// A node: its NICs ([Nics]), links and loops ([Loops]).
///
/// Its methods are called by one thread at a time (the controller serialises them); what belongs to a loop is
/// changed by commands that the loop runs between two rounds, and the caller waits for all loops. With
/// [Threading#INVOKER] there are no threads: the caller steps [#loops] by hand, and commands run at once.
///
/// Loop `i` of `n` sends on every link with the lane `i`; each NIC queue and each link is read by one loop.
public final class OverlayNode implements NodeActuator, AutoCloseable {
    /// How loops become threads.
    public enum Threading {
        /// None: the caller steps the loops.
        INVOKER,
        /// One thread a dispatcher, for both directions.
        SHARED,
        /// Two threads a dispatcher, one a direction.
        DEDICATED
    }

    private static final int RECEIVE_SLOTS = 32;
    private static final int LISTEN_SLOTS = 1;
    private static final int SEND_BUFFER = 4 << 20;
    private static final int DEFAULT_UNDERLAY_MTU = 1500;
    private static final int IP_AND_UDP_HEADERS = 28;
    private static final int IPV6_AND_UDP_HEADERS = 48;

    /// @param peer what a link of the `vnet` format keeps of its peer
    private record OpenLink(NodeConfig.Link config, UdpSocket socket, InMemoryLink memory, VnetPeer peer) {}

    private final String name;
    private final LongSupplier clock;
    private final long startedNs;
    private final Loops loops;
    private final Nics nics;
    private final Map<Integer, OpenLink> links = new TreeMap<>();

    private NodeConfig.Listening listening;
    private UdpSocket listenSocket;
    private RoutingTable table = RoutingTable.empty();
    private DispatchSettings settings = DispatchSettings.DEFAULT;
    private boolean closed;
    private long processStartNs;
    private volatile long readyNs;
    // Null until the first NIC asks for it.
    private FastPath fastPath;
    private boolean fastPathOn = true;

    /// @param clock monotonic, nanoseconds
    /// @param log   takes a line about what an operator should know; never called per frame
    public OverlayNode(String name, Threading threading, LongSupplier clock, Consumer<String> log) {
        this(name, threading, clock, sinceEpochNs(), log);
    }

    /// @param nowNs the time of day, nanoseconds since 1970; asked for once, so that it never goes back
    OverlayNode(String name, Threading threading, LongSupplier clock, long nowNs, Consumer<String> log) {
        this.name = name;
        this.clock = clock;
        this.startedNs = nowNs - clock.getAsLong();
        this.loops = new Loops(threading, clock, log);
        this.nics = new Nics(loops, new AroundNics(), log);
        startLoops();
    }

    private static long sinceEpochNs() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    private VnetPeer newPeer() {
        return new VnetPeer(() -> startedNs + clock.getAsLong());
    }

    /// The loops, to be stepped by hand ([Threading#INVOKER]).
    public List<DispatchLoop> loops() {
        return loops.all();
    }

    // --- loops ---

    private void startLoops() {
        loops.start(settings, table, fastPath, () -> {
            nics.attachAll();
            attachListener();
            links.values().forEach(this::attach);
        });
    }

    private int listenLoop() {
        return loops.reader(0, true);
    }

    // --- listening ---

    @Override
    public void listen(NodeConfig.Listening next) throws StatementException {
        UdpSocket opened;
        try {
            if (listening == null
                    || listening.endpoint().port() != next.endpoint().port()) {
                UdpSocket.probe(address(next.endpoint()));
            }
            opened = UdpSocket.open(address(next.endpoint()), null, true, SEND_BUFFER);
        } catch (PosixException | IllegalArgumentException e) {
            throw refused("listen " + next.endpoint(), e);
        }
        List<OpenLink> moved;
        try {
            moved = openedFrom(next);
        } catch (StatementException e) {
            opened.close();
            throw e;
        }
        detachListener();
        moved.forEach(link -> detach(links.get(link.config().port())));
        listening = next;
        listenSocket = opened;
        attachListener();
        for (OpenLink link : moved) {
            links.put(link.config().port(), link);
            attach(link);
        }
        if (fastPath != null) {
            fastPath.listen(address(next.endpoint()), next.network());
            tellFastPath();
        }
        nics.rederiveMtus();
    }

    /// The links' sockets once more, from where the node will listen: all of them, or none.
    private List<OpenLink> openedFrom(NodeConfig.Listening next) throws StatementException {
        List<OpenLink> opened = new ArrayList<>();
        for (OpenLink link : links.values()) {
            if (link.socket() == null) {
                continue;
            }
            try {
                OpenLink again = new OpenLink(link.config(), socket(link.config(), next), null, link.peer());
                opened.add(again);
                encapsulator(Arena.ofAuto(), again, capacity(again), 0);
            } catch (PosixException | IllegalArgumentException e) {
                opened.forEach(one -> one.socket().close());
                throw refused(
                        "listen " + next.endpoint() + ": link " + link.config().name(), e);
            }
        }
        return opened;
    }

    private void attachListener() {
        if (listenSocket == null) {
            return;
        }
        DispatchLoop loop = loops.get(listenLoop());
        Arena arena = Arena.ofAuto();
        ListenPort port = new ListenPort(new UdpListener(arena, listenSocket), new ReceiveBatch(arena, LISTEN_SLOTS));
        loops.on(loop, () -> loop.listen(port));
    }

    private void detachListener() {
        if (listenSocket != null) {
            DispatchLoop loop = loops.get(listenLoop());
            loops.on(loop, () -> loop.listen(null));
            listenSocket.close();
            listenSocket = null;
        }
    }

    private static InetSocketAddress address(org.vnetp.overlay.control.Endpoint endpoint) {
        return new InetSocketAddress(endpoint.address(), endpoint.port());
    }

    static StatementException refused(String what, RuntimeException cause) {
        StatementException refusal = new StatementException(what + ": " + cause.getMessage());
        refusal.initCause(cause);
        return refusal;
    }

    // --- NICs ---

    @Override
    public void openNic(NodeConfig.Nic nic) throws StatementException {
        nics.open(nic);
    }

    @Override
    public void closeNic(NodeConfig.Nic nic) {
        nics.close(nic);
    }

    /// What NICs ask of their node.
    private final class AroundNics implements Nics.Surroundings {
        @Override
        public String name() {
            return name;
        }

        @Override
        public int network() {
            return OverlayNode.this.network();
        }

        @Override
        public int derivedMtu() {
            return OverlayNode.this.derivedMtu();
        }

        @Override
        public int superframeLimit() {
            return OverlayNode.this.superframeLimit();
        }

        @Override
        public FastPath fastPath() {
            return fastPath;
        }

        @Override
        public FastPath startedFastPath() {
            if (fastPath == null) {
                startFastPath();
            }
            return fastPath;
        }

        @Override
        public String fastPathState() {
            return OverlayNode.this.fastPathState();
        }
    }

    // --- the fast path ---

    private void startFastPath() {
        FastPath made = new FastPath();
        if (listening != null) {
            made.listen(address(listening.endpoint()), listening.network());
        }
        fastPath = made;
        tellFastPath();
        loops.onAll(loop -> loop.offers(made.offers()));
    }

    /// Gives the fast path every link that it can use.
    private void tellFastPath() {
        applyFastPath();
        for (OpenLink link : links.values()) {
            tellFastPath(link);
        }
    }

    private void tellFastPath(OpenLink link) {
        if (link.socket() != null && link.config().encapsulation() == Statement.Encapsulation.VXLAN) {
            fastPath.addLink(link.config().port(), address(link.config().endpoint()), guestMtu(link));
        }
    }

    /// Learned addresses age by the frames that the node sees, so it must see all.
    private void applyFastPath() {
        fastPath.enable(fastPathOn && !table.learning().enabled());
    }

    @Override
    public void fastPath(boolean on) {
        fastPathOn = on;
        if (fastPath != null) {
            applyFastPath();
            // A loop may be in the middle of an offer: what it still gives comes back too.
            loops.onAll(_ -> {});
            if (!on) {
                fastPath.flush();
            }
        }
    }

    // --- links ---

    @Override
    public void openLink(NodeConfig.Link link) throws StatementException {
        if (listening == null) {
            throw new StatementException("link " + link.name() + ": say 'listen IP:PORT' first");
        }
        OpenLink open;
        try {
            open = new OpenLink(link, socket(link, listening), null, newPeer());
            checkMtu(open);
        } catch (PosixException | IllegalArgumentException e) {
            throw refused("link " + link.name(), e);
        }
        add(open);
    }

    private static UdpSocket socket(NodeConfig.Link link, NodeConfig.Listening from) {
        InetSocketAddress local = address(from.endpoint());
        InetSocketAddress peer = address(link.endpoint());
        return link.encapsulation() == Statement.Encapsulation.VXLAN
                ? UdpSocket.openToAnyPort(local, peer, true, SEND_BUFFER)
                : UdpSocket.open(local, peer, true, SEND_BUFFER);
    }

    /// Opens a link over a pair of queues in this process, for tests.
    public void openLink(NodeConfig.Link link, InMemoryLink memory) {
        add(new OpenLink(link, null, memory, newPeer()));
    }

    private void checkMtu(OpenLink link) {
        try {
            encapsulator(Arena.ofAuto(), link, capacity(link), 0);
        } catch (IllegalArgumentException e) {
            link.socket().close();
            throw e;
        }
    }

    private void add(OpenLink open) {
        links.put(open.config().port(), open);
        loops.statistics().forEach(s -> s.resetPort(open.config().port()));
        if (fastPath != null) {
            fastPath.statistics().resetPort(open.config().port());
            tellFastPath(open);
        }
        attach(open);
        nics.rederiveMtus();
    }

    private void attach(OpenLink link) {
        int reader = loops.reader(link.config().index(), true);
        for (int i = 0; i < loops.size(); i++) {
            DispatchLoop loop = loops.get(i);
            boolean read = i == reader;
            LinkPort port = linkPort(link, i, read, loop.statistics());
            loops.on(loop, () -> loop.add(port, read));
        }
    }

    private LinkPort linkPort(OpenLink open, int lane, boolean read, LoopStatistics counts) {
        Arena arena = Arena.ofAuto();
        int id = open.config().port();
        Link link = open.memory() != null
                ? open.memory()
                : new UdpLink(
                        arena,
                        open.socket(),
                        open.config().mtu().isPresent() ? capacity(open) : 0,
                        counts.drops(),
                        counts.port(id));
        Decapsulator decapsulator = null;
        ReceiveBatch batch = null;
        if (read) {
            batch = new ReceiveBatch(arena, RECEIVE_SLOTS);
            if (open.config().encapsulation() == Statement.Encapsulation.VXLAN) {
                Merger merger = new Merger(arena, network(), Merger.Checksums.VERIFY, counts.drops());
                merger.guestMtu(capacity(open) - VxlanHeader.LENGTH - EthernetHeader.LENGTH);
                decapsulator = merger;
            } else {
                decapsulator = new VnetDecapsulator(arena, network(), open.peer(), counts.drops());
            }
        }
        Encapsulator encapsulator = encapsulator(arena, open, link.datagramCapacity(), lane);
        return new LinkPort(id, open.config().name(), link, encapsulator, decapsulator, batch, counts.port(id));
    }

    private Encapsulator encapsulator(Arena arena, OpenLink open, int capacity, int lane) {
        if (open.config().encapsulation() == Statement.Encapsulation.VXLAN) {
            return new Segmenter(arena, network(), capacity);
        }
        VnetEncapsulator encapsulator = new VnetEncapsulator(arena, network(), open.peer(), lane);
        encapsulator.datagramCapacity(capacity);
        return encapsulator;
    }

    private int network() {
        return listening == null ? 0 : listening.network();
    }

    @Override
    public void closeLink(NodeConfig.Link link) {
        OpenLink open = links.remove(link.port());
        if (open == null) {
            return;
        }
        detach(open);
        if (fastPath != null) {
            fastPath.removeLink(link.port());
        }
        nics.rederiveMtus();
    }

    private void detach(OpenLink open) {
        loops.onAll(loop -> loop.removeLink(open.config().port()));
        if (open.socket() != null) {
            open.socket().close();
        }
    }

    // --- MTUs ---

    /// Bytes of UDP payload a datagram may have on the link.
    private int capacity(OpenLink link) {
        if (link.config().mtu().isPresent()) {
            return link.config().mtu().getAsInt()
                    - ipAndUdpHeaders(link.config().endpoint().address());
        }
        return link.memory() != null
                ? link.memory().datagramCapacity()
                : link.socket().datagramCapacity(new Posix());
    }

    private int guestMtu(OpenLink link) {
        int headers = link.config().encapsulation() == Statement.Encapsulation.VXLAN
                ? VxlanHeader.LENGTH + EthernetHeader.LENGTH
                : VnetHeader.LENGTH + VirtioNetHeader.LENGTH + EthernetHeader.LENGTH;
        return capacity(link) - headers & ~1;
    }

    /// The guest MTU with which ordinary frames need no second datagram on any link.
    private int derivedMtu() {
        int mtu = Integer.MAX_VALUE;
        for (OpenLink link : links.values()) {
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

    /// A superframe and its chunk headers must fit one segmented send of 65507 bytes and 64 datagrams.
    private int superframeLimit() {
        int capacity = underlayMtu() - IPV6_AND_UDP_HEADERS;
        int datagrams = Math.clamp(65_400 / Math.max(capacity, 1), 1, 63);
        int limit = Math.min(65_400, datagrams * capacity) - (datagrams + 1) * VnetHeader.LENGTH - 64;
        for (OpenLink link : links.values()) {
            if (link.config().encapsulation() == Statement.Encapsulation.VXLAN) {
                limit = Math.min(limit, Segmenter.superframeLimit(capacity(link)));
            }
        }
        return limit;
    }

    @Override
    public void mtu(NodeConfig.Nic nic) throws StatementException {
        nics.mtu(nic);
    }

    // --- routes and dispatch ---

    @Override
    public void replaceTable(RoutingTable next) {
        table = next;
        if (fastPath != null) {
            applyFastPath();
        }
        loops.onAll(loop -> loop.forwarder().replace(next));
        if (fastPath != null) {
            // After the loops: what they offered by the old rules goes too.
            fastPath.flush();
        }
    }

    @Override
    public void dispatch(DispatchSettings next) throws StatementException {
        int lanes = loops.count(next.dispatchers());
        if (lanes > VnetHeader.LANES) {
            throw new StatementException("dispatchers " + next.dispatchers() + ": expected 1 to "
                    + next.dispatchers() * VnetHeader.LANES / lanes + ", the vnet format has " + VnetHeader.LANES
                    + " lanes");
        }
        boolean rebuild = next.dispatchers() != settings.dispatchers();
        if (!rebuild) {
            settings = next;
            loops.onAll(loop -> loop.configure(next));
            return;
        }
        // Descriptors stay open, so the guests' frames wait in the kernel for the few milliseconds this takes.
        loops.stop();
        settings = next;
        startLoops();
    }

    // --- what control shows ---

    /// All statements of the start are carried out, and control answers.
    ///
    /// @param processAgeNs nanoseconds since the node's process was started
    public void ready(long processAgeNs) {
        long now = clock.getAsLong();
        processStartNs = now - processAgeNs;
        readyNs = now;
    }

    @Override
    public StartUp startUp() {
        if (readyNs == 0) {
            return StartUp.UNKNOWN;
        }
        long firstFrameNs = loops.statistics().stream()
                .mapToLong(LoopStatistics::firstFrameNs)
                .filter(ns -> ns != 0)
                .min()
                .orElse(0);
        return StartUp.of(processStartNs, readyNs, firstFrameNs);
    }

    @Override
    public Snapshot snapshot() {
        List<Snapshot.PortName> names = new ArrayList<>();
        nics.configurations().forEach(nic -> names.add(new Snapshot.PortName(nic.port(), "nic", nic.name())));
        links.values()
                .forEach(link -> names.add(new Snapshot.PortName(
                        link.config().port(), "link", link.config().name())));
        List<LoopStatistics> all = new ArrayList<>(loops.statistics());
        if (fastPath != null) {
            fastPath.collect();
            all.add(fastPath.statistics());
        }
        return Snapshot.take(name, clock.getAsLong(), names, all);
    }

    @Override
    public DispatchReport dispatchReport() {
        List<DispatchReport.Direction> directions = new ArrayList<>();
        loops.all().forEach(loop -> directions.addAll(loop.describe()));
        return new DispatchReport(settings, directions);
    }

    @Override
    public List<LearnedAddress> learned() {
        Map<Long, LearnedAddress> youngest = new TreeMap<>();
        loops.onAll(loop -> {
            List<LearnedAddress> some = loop.forwarder().learned(clock.getAsLong());
            synchronized (youngest) {
                for (LearnedAddress address : some) {
                    youngest.merge(address.mac(), address, (a, b) -> a.silentNs() <= b.silentNs() ? a : b);
                }
            }
        });
        synchronized (youngest) {
            return List.copyOf(youngest.values());
        }
    }

    @Override
    public Map<String, Object> describe(NodeConfig.Nic nic) {
        return nics.describe(nic);
    }

    private String fastPathState() {
        if (!fastPathOn) {
            return "off";
        }
        if (table.learning().enabled()) {
            return "off while learning is on";
        }
        return fastPath.unable().isEmpty() ? "on" : "no: " + fastPath.unable();
    }

    @Override
    public Map<String, Object> describe(NodeConfig.Link link) {
        Map<String, Object> told = new LinkedHashMap<>();
        OpenLink open = links.get(link.port());
        if (open != null) {
            told.put("datagram_bytes", capacity(open));
            told.put("guest_mtu_bytes", guestMtu(open));
            if (open.peer().renewals() > 0) {
                told.put("renumbered", open.peer().renewals());
            }
            if (open.socket() != null) {
                told.put("gro", open.socket().mergesReceived());
            }
        }
        return told;
    }

    /// The in-memory NIC of a port, for tests.
    public InMemoryNic memoryNic(int port) {
        return nics.memory(port);
    }

    /// Ends the loops and closes everything. A persistent TAP stays.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        loops.stop();
        nics.closeAll();
        links.values().forEach(link -> {
            if (link.socket() != null) {
                link.socket().close();
            }
        });
        if (listenSocket != null) {
            listenSocket.close();
        }
        if (fastPath != null) {
            fastPath.close();
        }
    }
}
