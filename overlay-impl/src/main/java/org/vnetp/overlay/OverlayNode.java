package org.vnetp.overlay;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
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
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.dispatch.Ports;
import org.vnetp.overlay.encap.Decapsulator;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.encap.Merger;
import org.vnetp.overlay.encap.Segmenter;
import org.vnetp.overlay.encap.VnetDecapsulator;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.encap.VxlanHeader;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.link.Link;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpLink;
import org.vnetp.overlay.link.UdpListener;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.nic.TapNic;
import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.TapDevice;
import org.vnetp.overlay.posix.VethPair;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.Snapshot;
import org.vnetp.overlay.stats.StartUp;

/// A node: its NICs, links and loops. The one place that creates threads and opens descriptors.
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
    private static final long COMMAND_TIMEOUT_S = 10;

    /// What a NIC with the fast path adds to its name for the host's end of the veth pair and for the node's TAP.
    private static final String VETH_SUFFIX = ".veth";

    private static final String TAP_SUFFIX = ".tap";

    /// @param slow why the NIC has no fast path although it was asked for; empty: it has; null: it was not
    private record OpenNic(NodeConfig.Nic config, TapDevice.Opened tap, InMemoryNic memory, String slow) {
        boolean fast() {
            return slow != null && slow.isEmpty();
        }

        OpenNic with(NodeConfig.Nic changed) {
            return new OpenNic(changed, tap, memory, slow);
        }
    }

    private record OpenLink(NodeConfig.Link config, UdpSocket socket, InMemoryLink memory) {}

    private final String name;
    private final Threading threading;
    private final LongSupplier clock;
    private final Consumer<String> log;
    private final Random random = new Random();
    private final Map<Integer, OpenNic> nics = new TreeMap<>();
    private final Map<Integer, OpenLink> links = new TreeMap<>();
    private final List<DispatchLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<LoopStatistics> statistics = new ArrayList<>();

    private NodeConfig.Listening listening;
    private UdpSocket listenSocket;
    private RoutingTable table = RoutingTable.empty();
    private DispatchSettings settings = DispatchSettings.DEFAULT;
    private int epoch = (int) (System.currentTimeMillis() >>> 8) & (VnetHeader.EPOCHS - 1);
    private boolean closed;
    private long processStartNs;
    private volatile long readyNs;
    // Null until the first NIC asks for it.
    private FastPath fastPath;
    private boolean fastPathOn = true;

    /// @param log takes a line about what an operator should know; never called per frame
    public OverlayNode(String name, Threading threading, LongSupplier clock, Consumer<String> log) {
        this.name = name;
        this.threading = threading;
        this.clock = clock;
        this.log = log;
        startLoops();
    }

    /// The loops, to be stepped by hand ([Threading#INVOKER]).
    public List<DispatchLoop> loops() {
        return List.copyOf(loops);
    }

    // --- loops ---

    private int loopCount() {
        return settings.dispatchers() * (threading == Threading.DEDICATED ? 2 : 1);
    }

    private void startLoops() {
        int count = loopCount();
        for (int i = 0; i < count; i++) {
            if (statistics.size() <= i) {
                statistics.add(new LoopStatistics("loop" + i));
            }
        }
        for (int i = 0; i < count; i++) {
            LoopStatistics counts = statistics.get(i);
            Posix posix = new Posix();
            Ports ports = new Ports(posix, new Forwarder(table, counts.counters()), counts);
            DispatchLoop loop = new DispatchLoop(
                    posix, clock, ports, counts, settings, e -> log.accept("loop " + counts.name() + ": " + e));
            if (fastPath != null) {
                loop.offers(fastPath.offers());
            }
            loops.add(loop);
        }
        nics.values().forEach(this::attach);
        attachListener();
        links.values().forEach(this::attach);
        if (threading != Threading.INVOKER) {
            for (DispatchLoop loop : loops) {
                threads.add(Thread.ofPlatform()
                        .name("vnetp-" + loop.statistics().name())
                        .daemon(true)
                        .start(loop));
            }
        }
    }

    private void stopLoops() {
        loops.forEach(DispatchLoop::close);
        for (Thread thread : threads) {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        threads.clear();
        loops.forEach(DispatchLoop::release);
        loops.clear();
    }

    /// Runs a command on a loop and waits for it.
    private void on(DispatchLoop loop, Runnable command) {
        onAll(List.of(loop), _ -> command.run());
    }

    private void onAll(List<DispatchLoop> some, Consumer<DispatchLoop> command) {
        if (threads.isEmpty()) {
            some.forEach(command);
            return;
        }
        CountDownLatch done = new CountDownLatch(some.size());
        for (DispatchLoop loop : some) {
            loop.execute(() -> {
                try {
                    command.accept(loop);
                } finally {
                    done.countDown();
                }
            });
        }
        try {
            if (!done.await(COMMAND_TIMEOUT_S, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a loop did not take a command within " + COMMAND_TIMEOUT_S + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a loop was to take a command", e);
        }
    }

    /// The loop that reads queue or link number `index` in a direction.
    private int reader(int index, boolean inbound) {
        int dispatcher = index % settings.dispatchers();
        return threading == Threading.DEDICATED ? 2 * dispatcher + (inbound ? 1 : 0) : dispatcher;
    }

    private int listenLoop() {
        return reader(0, true);
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
        if (!moved.isEmpty()) {
            beginEpoch();
            for (OpenLink link : moved) {
                links.put(link.config().port(), link);
                attach(link);
            }
        }
        if (fastPath != null) {
            fastPath.listen(address(next.endpoint()), next.network());
            tellFastPath();
        }
        rederiveMtus();
    }

    /// The links' sockets once more, from where the node will listen: all of them, or none.
    private List<OpenLink> openedFrom(NodeConfig.Listening next) throws StatementException {
        List<OpenLink> opened = new ArrayList<>();
        for (OpenLink link : links.values()) {
            if (link.socket() == null) {
                continue;
            }
            try {
                OpenLink again = new OpenLink(link.config(), socket(link.config(), next), null);
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
        on(loop, () -> loop.listen(port));
    }

    private void detachListener() {
        if (listenSocket != null) {
            DispatchLoop loop = loops.get(listenLoop());
            on(loop, () -> loop.listen(null));
            listenSocket.close();
            listenSocket = null;
        }
    }

    private static InetSocketAddress address(org.vnetp.overlay.control.Endpoint endpoint) {
        return new InetSocketAddress(endpoint.address(), endpoint.port());
    }

    private static StatementException refused(String what, RuntimeException cause) {
        StatementException refusal = new StatementException(what + ": " + cause.getMessage());
        refusal.initCause(cause);
        return refusal;
    }

    // --- NICs ---

    @Override
    public void openNic(NodeConfig.Nic nic) throws StatementException {
        OpenNic open;
        if (nic.kind() == Statement.NicKind.MEMORY) {
            open = new OpenNic(nic, null, new InMemoryNic(), null);
        } else {
            open = openTap(nic);
        }
        nics.put(nic.port(), open);
        statistics.forEach(s -> s.resetPort(nic.port()));
        if (fastPath != null) {
            fastPath.statistics().resetPort(nic.port());
        }
        attach(open);
    }

    private OpenNic openTap(NodeConfig.Nic nic) throws StatementException {
        String slow = null;
        if (nic.fastPath()) {
            requireShortName(nic);
            try {
                return openFast(nic);
            } catch (PosixException | IllegalArgumentException e) {
                slow = e.getMessage();
                log.accept("nic " + nic.name() + ": no fast path, the node carries all frames: " + slow);
            }
        }
        try {
            TapDevice.Opened tap = TapDevice.open(new TapDevice.Request(
                    nic.name(),
                    namespacePath(nic),
                    nic.queues(),
                    nic.mac().orElse(-1),
                    nic.mtu().orElseGet(this::derivedMtu),
                    superframeLimit(),
                    nic.ring(),
                    nic.persist(),
                    true,
                    false,
                    true));
            return new OpenNic(nic, tap, null, slow);
        } catch (PosixException | IllegalArgumentException e) {
            throw refused("nic " + nic.name(), e);
        }
    }

    private static void requireShortName(NodeConfig.Nic nic) throws StatementException {
        int most = TapDevice.MAX_NAME_LENGTH - VETH_SUFFIX.length();
        if (nic.name().length() > most) {
            throw new StatementException("'" + nic.name() + "': a NIC with fastpath has the interfaces " + nic.name()
                    + VETH_SUFFIX + " and " + nic.name() + TAP_SUFFIX + " here; expected a name of at most " + most
                    + " characters");
        }
    }

    /// Opens a NIC whose guest has one end of a veth pair; a TAP carries what the kernel leaves to the node.
    ///
    /// @throws PosixException where the kernel or the node's rights do not allow it; nothing stays behind then
    private OpenNic openFast(NodeConfig.Nic nic) {
        if (nic.netns().isEmpty()) {
            throw new IllegalArgumentException("the guest needs a network namespace of its own ('netns')");
        }
        if (fastPath == null) {
            startFastPath();
        }
        String veth = nic.name() + VETH_SUFFIX;
        String namespace = namespacePath(nic);
        int mtu = nic.mtu().orElseGet(this::derivedMtu);
        boolean created = VethPair.create(veth, nic.name(), namespace, nic.mac().orElse(-1), mtu);
        TapDevice.Opened tap = null;
        try {
            // A pair that a killed node left behind is taken over as it is, but for the MTU.
            TapDevice.mtu(namespace, nic.name(), mtu);
            TapDevice.mtu(null, veth, mtu);
            // The TAP has the guest's address, so that the kernel takes what the node writes for what is the guest's.
            long mac = TapDevice.mac(namespace, nic.name());
            String tapName = nic.name() + TAP_SUFFIX;
            tap = TapDevice.open(new TapDevice.Request(
                    tapName, null, nic.queues(), mac, mtu, superframeLimit(), 0, false, false, false, true));
            VethPair.enable(tapName);
            VethPair.enable(veth);
            fastPath.addNic(nic.port(), tapName, veth, mac);
            return new OpenNic(nic, tap, null, "");
        } catch (RuntimeException e) {
            if (tap != null) {
                closeDescriptors(tap);
            }
            if (created) {
                VethPair.delete(veth);
            }
            throw e;
        }
    }

    private void startFastPath() {
        FastPath made = new FastPath();
        if (listening != null) {
            made.listen(address(listening.endpoint()), listening.network());
        }
        fastPath = made;
        tellFastPath();
        onAll(loops, loop -> loop.offers(made.offers()));
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
            onAll(loops, _ -> {});
            if (!on) {
                fastPath.flush();
            }
        }
    }

    private static String namespacePath(NodeConfig.Nic nic) {
        String namespace = nic.netns().orElse(null);
        return namespace == null || namespace.indexOf('/') >= 0 ? namespace : "/run/netns/" + namespace;
    }

    private void attach(OpenNic nic) {
        int queues = nic.tap() == null ? 1 : nic.tap().descriptors().length;
        for (int queue = 0; queues > 1 && queue < queues; queue++) {
            // A loop reads one queue of a NIC.
            TapDevice.use(nic.tap().descriptors()[queue], queue < settings.dispatchers());
        }
        for (int i = 0; i < loops.size(); i++) {
            DispatchLoop loop = loops.get(i);
            int own = -1;
            for (int queue = 0; queue < queues; queue++) {
                if (reader(queue, false) == i) {
                    own = queue;
                    break;
                }
            }
            int used = own >= 0 ? own : i % queues;
            boolean read = own >= 0;
            on(loop, () -> loop.add(nicPort(nic, used, loop), read));
        }
    }

    private static NicPort nicPort(OpenNic nic, int queue, DispatchLoop loop) {
        VirtualNic device =
                nic.memory() != null ? nic.memory() : new TapNic(nic.tap().descriptors()[queue]);
        return new NicPort(
                nic.config().port(),
                nic.config().name(),
                device,
                loop.statistics().port(nic.config().port()));
    }

    @Override
    public void closeNic(NodeConfig.Nic nic) {
        OpenNic open = nics.remove(nic.port());
        if (open == null) {
            return;
        }
        onAll(loops, loop -> loop.removeNic(nic.port()));
        close(open);
    }

    private void close(OpenNic nic) {
        if (nic.fast()) {
            fastPath.removeNic(nic.config().port());
        }
        if (nic.tap() != null) {
            closeDescriptors(nic.tap());
        }
        if (nic.fast() && !nic.config().persist()) {
            try {
                VethPair.delete(nic.config().name() + VETH_SUFFIX);
            } catch (PosixException e) {
                log.accept("nic " + nic.config().name() + ": " + e.getMessage());
            }
        }
    }

    private static void closeDescriptors(TapDevice.Opened tap) {
        Posix posix = new Posix();
        for (int fd : tap.descriptors()) {
            posix.close(fd);
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
            open = new OpenLink(link, socket(link, listening), null);
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
        add(new OpenLink(link, null, memory));
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
        statistics.forEach(s -> s.resetPort(open.config().port()));
        if (fastPath != null) {
            fastPath.statistics().resetPort(open.config().port());
            tellFastPath(open);
        }
        attach(open);
        rederiveMtus();
    }

    private void attach(OpenLink link) {
        int reader = reader(link.config().index(), true);
        for (int i = 0; i < loops.size(); i++) {
            DispatchLoop loop = loops.get(i);
            boolean read = i == reader;
            LinkPort port = linkPort(link, i, read, loop.statistics());
            on(loop, () -> loop.add(port, read));
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
                decapsulator = new VnetDecapsulator(arena, network(), counts.drops());
            }
        }
        Encapsulator encapsulator = encapsulator(arena, open, link.datagramCapacity(), lane);
        return new LinkPort(id, open.config().name(), link, encapsulator, decapsulator, batch, counts.port(id));
    }

    /// Whoever receives from new encapsulators must not take their numbers for replays.
    private void beginEpoch() {
        epoch = epoch + 1 & VnetHeader.EPOCHS - 1;
    }

    private Encapsulator encapsulator(Arena arena, OpenLink open, int capacity, int lane) {
        if (open.config().encapsulation() == Statement.Encapsulation.VXLAN) {
            return new Segmenter(arena, network(), capacity);
        }
        VnetEncapsulator encapsulator = new VnetEncapsulator(arena, network(), epoch, lane, random.nextInt());
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
        rederiveMtus();
    }

    private void detach(OpenLink open) {
        onAll(loops, loop -> loop.removeLink(open.config().port()));
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

    private void rederiveMtus() {
        for (OpenNic nic : nics.values()) {
            if (nic.tap() == null) {
                continue;
            }
            try {
                if (nic.config().mtu().isEmpty()) {
                    mtu(nic, derivedMtu());
                }
                TapDevice.superframeLimit(
                        nic.fast() ? null : namespacePath(nic.config()),
                        nic.tap().name(),
                        superframeLimit());
            } catch (PosixException e) {
                log.accept("nic " + nic.config().name() + ": " + e.getMessage());
            }
        }
    }

    private static void mtu(OpenNic nic, int mtu) {
        TapDevice.mtu(namespacePath(nic.config()), nic.config().name(), mtu);
        if (nic.fast()) {
            TapDevice.mtu(null, nic.config().name() + VETH_SUFFIX, mtu);
            TapDevice.mtu(null, nic.tap().name(), mtu);
        }
    }

    @Override
    public void mtu(NodeConfig.Nic nic) throws StatementException {
        OpenNic open = nics.get(nic.port());
        if (open == null) {
            throw new StatementException("nic " + nic.name() + " is not open");
        }
        int mtu = nic.mtu().orElseGet(this::derivedMtu);
        if (open.tap() != null) {
            try {
                mtu(open, mtu);
            } catch (PosixException e) {
                throw refused("mtu " + nic.name() + " " + mtu, e);
            }
        }
        nics.put(nic.port(), open.with(nic));
    }

    // --- routes and dispatch ---

    @Override
    public void replaceTable(RoutingTable next) {
        table = next;
        if (fastPath != null) {
            applyFastPath();
        }
        onAll(loops, loop -> loop.forwarder().replace(next));
        if (fastPath != null) {
            // After the loops: what they offered by the old rules goes too.
            fastPath.flush();
        }
    }

    @Override
    public void dispatch(DispatchSettings next) throws StatementException {
        int lanes = next.dispatchers() * (threading == Threading.DEDICATED ? 2 : 1);
        if (lanes > VnetHeader.LANES) {
            throw new StatementException("dispatchers " + next.dispatchers() + ": expected 1 to "
                    + next.dispatchers() * VnetHeader.LANES / lanes + ", the vnet format has " + VnetHeader.LANES
                    + " lanes");
        }
        boolean rebuild = next.dispatchers() != settings.dispatchers();
        if (!rebuild) {
            settings = next;
            onAll(loops, loop -> loop.configure(next));
            return;
        }
        // Descriptors stay open, so the guests' frames wait in the kernel for the few milliseconds this takes.
        stopLoops();
        settings = next;
        beginEpoch();
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
        long firstFrameNs = statistics.stream()
                .mapToLong(LoopStatistics::firstFrameNs)
                .filter(ns -> ns != 0)
                .min()
                .orElse(0);
        return StartUp.of(processStartNs, readyNs, firstFrameNs);
    }

    @Override
    public Snapshot snapshot() {
        List<Snapshot.PortName> names = new ArrayList<>();
        nics.values()
                .forEach(nic -> names.add(new Snapshot.PortName(
                        nic.config().port(), "nic", nic.config().name())));
        links.values()
                .forEach(link -> names.add(new Snapshot.PortName(
                        link.config().port(), "link", link.config().name())));
        List<LoopStatistics> all = new ArrayList<>(statistics);
        if (fastPath != null) {
            fastPath.collect();
            all.add(fastPath.statistics());
        }
        return Snapshot.take(name, clock.getAsLong(), names, all);
    }

    @Override
    public DispatchReport dispatchReport() {
        List<DispatchReport.Direction> directions = new ArrayList<>();
        loops.forEach(loop -> directions.addAll(loop.describe()));
        return new DispatchReport(settings, directions);
    }

    @Override
    public List<LearnedAddress> learned() {
        Map<Long, LearnedAddress> youngest = new TreeMap<>();
        onAll(loops, loop -> {
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
        Map<String, Object> told = new LinkedHashMap<>();
        OpenNic open = nics.get(nic.port());
        if (open != null && open.tap() != null) {
            told.put("offload", open.tap().offload().name().toLowerCase(java.util.Locale.ROOT));
            told.put("queues", open.tap().descriptors().length);
            told.put(
                    "ring",
                    open.tap().ring() == 0
                            ? "default"
                            : Integer.toString(open.tap().ring()));
            if (open.slow() != null) {
                told.put("fastpath", fastPathState(open));
            }
            if (open.fast()) {
                told.put("kernel_flows", fastPath.flows());
                told.put("flows_offered", fastPath.offered());
                told.put("flows_refused", fastPath.refused());
            }
            try {
                told.put("mtu_bytes", TapDevice.mtu(namespacePath(nic), nic.name()));
                told.put("mac", MacAddress.format(TapDevice.mac(namespacePath(nic), nic.name())));
            } catch (PosixException e) {
                told.put("error", e.getMessage());
            }
        }
        return told;
    }

    private String fastPathState(OpenNic nic) {
        if (!nic.fast()) {
            return "no: " + nic.slow();
        }
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
            if (open.socket() != null) {
                told.put("gro", open.socket().mergesReceived());
            }
        }
        return told;
    }

    /// The in-memory NIC of a port, for tests.
    public InMemoryNic memoryNic(int port) {
        return nics.get(port).memory();
    }

    /// Ends the loops and closes everything. A persistent TAP stays.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        stopLoops();
        nics.values().forEach(this::close);
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
