package org.vnetp.overlay;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.encap.MessageEncapsulator;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UcxHello;
import org.vnetp.overlay.link.UcxLink;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.NetworkTables;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.UcxWorker;
import org.vnetp.overlay.stats.LoopStatistics;

/// This node's end of a link over UCX: a worker a loop, and the UDP socket by which the ends find each other
/// ([UcxPeering]). All loops send to the one worker of the peer's that receives.
///
/// **Thread:** control's, one at a time; the links themselves belong to their loops.
final class UcxEnd implements AutoCloseable {
    /// Transports of UCX that go by memory of one machine, and what it calls them together.
    private static final Set<String> SHARED_MEMORY =
            new TreeSet<>(List.of("posix", "sysv", "cma", "xpmem", "knem", "sm", "shm"));

    /// What is told where the link says none: those of the network.
    private static final String ANY = "any";

    private static final String NO_SHARED_MEMORY = "^sm";
    private static final String DEVICES_VARIABLE = "UCX_NET_DEVICES";
    private static final int SEND_BUFFER = 1 << 18;
    private static final int UCX_VERSION_PARTS = 3;

    /// Gives the end's links to the loops, and takes them away.
    interface Owner {
        /// Every loop gets what [UcxEnd#link] makes.
        void attach();

        /// No loop has the links any more when it returns.
        void detach();
    }

    private final NodeConfig.Link config;
    private final Loops loops;
    private final Owner owner;
    private final Consumer<String> log;
    private final Posix posix = new Posix();
    private final MemorySegment buffer = Arena.ofAuto().allocate(UcxHello.MOST_LENGTH + 1L, 8);
    private final String transports;
    private final boolean shared;
    private final NodeConfig.Listening from;
    /// Of the session of now: workers that no loop has got yet, and the links of those that one has.
    private final List<UcxWorker> workers = new ArrayList<>();

    private final List<UcxLink> links = new ArrayList<>();
    private final UdpSocket socket;
    private final UcxPeering peering;
    private long secret;
    /// The loops get the links of each session that begins.
    private boolean live;

    private boolean said;

    /// Opens the socket, and the first workers unless the node's interface does not run: then they are made once it
    /// does.
    ///
    /// @throws IllegalStateException where UCX is missing, or refuses what the link asks for though the interface
    ///                               runs; nothing stays behind
    UcxEnd(
            NodeConfig.Link config,
            NodeConfig.Listening from,
            Loops loops,
            LongSupplier clock,
            Owner owner,
            Consumer<String> log) {
        this.config = config;
        this.loops = loops;
        this.owner = owner;
        this.log = log;
        this.transports = config.transports().orElse(ANY);
        this.shared = isShared(transports);
        this.from = from;
        String version = UcxWorker.version();
        this.peering = new UcxPeering(new Ends(), clock, from.network(), number(version), transports, this::wakeSpace);
        this.socket = UdpSocket.open(
                OverlayNode.address(from.endpoint()), OverlayNode.address(config.endpoint()), false, SEND_BUFFER);
        try {
            peering.begin();
        } catch (IllegalStateException e) {
            if (trouble().isEmpty()) {
                close();
                throw e;
            }
            peering.postpone(e.getMessage());
            log.accept("link " + config.name() + ": no path, frames for it are dropped: " + e.getMessage());
        }
    }

    private static int number(String version) {
        String[] parts = version.split("[^0-9]", UCX_VERSION_PARTS);
        return Integer.parseInt(parts[0]) << 16 | Integer.parseInt(parts[1]);
    }

    /// What UCX is to do otherwise than by itself. Asked anew for each session: the node's address may have moved to
    /// another interface.
    private Map<String, String> settings() {
        Map<String, String> wanted = new LinkedHashMap<>();
        wanted.put("TLS", config.transports().orElse(NO_SHARED_MEMORY));
        // No superframe is so long that asking the receiver first would pay.
        wanted.put("RNDV_THRESH", "inf");
        String devices = devices();
        if (!devices.isEmpty() && System.getenv(DEVICES_VARIABLE) == null) {
            wanted.put("NET_DEVICES", devices);
        }
        return wanted;
    }

    /// The interface with the node's address, and whatever is no network interface at all: UCX by itself would also
    /// tell the peer the addresses of guests' bridges. Empty: all.
    private String devices() {
        NetworkInterface own = ownInterface();
        if (own == null) {
            return "";
        }
        StringBuilder devices = new StringBuilder(own.getName());
        for (String adapter : adapters()) {
            devices.append(',').append(adapter).append(":1");
        }
        return devices.toString();
    }

    /// The interface with the node's address, or null.
    private NetworkInterface ownInterface() {
        try {
            return NetworkInterface.getByInetAddress(from.endpoint().address());
        } catch (IOException e) {
            return null;
        }
    }

    private static List<String> adapters() {
        String[] adapters = new File("/sys/class/infiniband").list();
        return adapters == null ? List.of() : List.of(adapters);
    }

    /// Why the node's interface is of no use now, where the transports may need it; empty where there is no such
    /// reason. UCX leaves out interfaces that are down or without carrier, and then says that it has no transport.
    private Optional<String> trouble() {
        if (shared || System.getenv(DEVICES_VARIABLE) != null) {
            return Optional.empty();
        }
        NetworkInterface own = ownInterface();
        if (own == null) {
            return Optional.of(from.endpoint().address().getHostAddress() + " is no address of this host");
        }
        try {
            NetworkTables.Device device = NetworkTables.device(own.getIndex());
            String lack = !device.up() ? " is down" : !device.carrier() ? " has no carrier" : "";
            return lack.isEmpty() ? Optional.empty() : Optional.of("interface " + device.name() + lack);
        } catch (PosixException e) {
            return Optional.of("interface " + own.getName() + " is going: " + Errno.text(e.errno()));
        }
    }

    /// Whether the transports go by memory.
    ///
    /// @throws IllegalArgumentException where some do and others do not: which of them wakes the peer would be
    ///                                  UCX's choice
    private static boolean isShared(String transports) {
        String[] names = transports.split(",");
        long memory = Arrays.stream(names).filter(SHARED_MEMORY::contains).count();
        if (memory != 0 && memory != names.length) {
            throw new IllegalArgumentException(
                    "tls '" + transports + "': expected transports of the network or those of" + " shared memory ("
                            + String.join(", ", SHARED_MEMORY) + "), not both");
        }
        return memory != 0;
    }

    private long wakeSpace() {
        return workers.isEmpty() ? 0 : workers.getFirst().wakeSpace();
    }

    // --- sessions ---

    private final class Ends implements UcxPeering.Ends {
        @Override
        public int receive(byte[] into) {
            int length = posix.read(socket.descriptor(), buffer.address(), into.length);
            if (length >= 0) {
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, into, 0, length);
            }
            return length;
        }

        @Override
        public void send(byte[] datagram) {
            MemorySegment.copy(datagram, 0, buffer, ValueLayout.JAVA_BYTE, 0, datagram.length);
            socket.send(posix, buffer, datagram.length);
        }

        @Override
        public byte[] begin(long nextSecret) {
            List<UcxWorker> next = new ArrayList<>();
            byte[] address;
            try {
                Optional<String> trouble = trouble();
                if (trouble.isPresent() && adapters().isEmpty()) {
                    throw new IllegalStateException(trouble.get());
                }
                Map<String, String> settings = settings();
                for (int i = 0; i < loops.size(); i++) {
                    next.add(shared ? UcxWorker.openShared(settings) : UcxWorker.open(settings));
                }
                address = next.get(loops.reader(config.index(), true)).address();
            } catch (IllegalStateException e) {
                next.forEach(UcxWorker::close);
                if (!links.isEmpty()) {
                    replaceWorkers(List.of());
                }
                throw new IllegalStateException(trouble().orElse(e.getMessage()), e);
            }
            secret = nextSecret;
            replaceWorkers(next);
            return address;
        }

        /// Gives the loops the links of other workers; of none: a link that has no way.
        private void replaceWorkers(List<UcxWorker> next) {
            if (live) {
                owner.detach();
            }
            closeLinks();
            workers.addAll(next);
            if (live) {
                owner.attach();
            }
        }

        @Override
        public void join(byte[] address, long peerSecret) {
            AtomicReference<IllegalStateException> refusal = new AtomicReference<>();
            for (int i = 0; i < links.size(); i++) {
                UcxLink link = links.get(i);
                DispatchLoop loop = loops.get(i);
                loops.on(loop, () -> {
                    try {
                        link.connect(address, peerSecret, shared);
                        loop.ports().followPaths();
                    } catch (IllegalStateException e) {
                        refusal.set(e);
                    }
                });
            }
            if (refusal.get() != null) {
                throw refusal.get();
            }
        }
    }

    /// Other loops than before are about to take the link, which need other workers.
    void renew() {
        if (!live) {
            return;
        }
        closeLinks();
        live = false;
        try {
            peering.begin();
        } catch (IllegalStateException e) {
            log.accept("link " + config.name() + ": " + e.getMessage());
            peering.postpone(e.getMessage());
        }
    }

    /// The loops are to get the links of this session, and of all that follow.
    ///
    /// @return whether there is one for each; else there is none
    boolean goLive() {
        live = true;
        return workers.size() == loops.size();
    }

    /// The link of a loop in the session that has begun last. Once for each.
    ///
    /// @param batch what the loop receives into
    UcxLink link(int loop, Arena arena, ReceiveBatch batch, LoopStatistics counts) {
        UcxLink link = new UcxLink(
                arena, workers.get(loop), batch, secret, capacity(), counts.drops(), counts.port(config.port()));
        links.add(link);
        return link;
    }

    /// No loop has the links any more.
    private void closeLinks() {
        links.forEach(UcxLink::close);
        for (int i = links.size(); i < workers.size(); i++) {
            workers.get(i).close();
        }
        links.clear();
        workers.clear();
    }

    // --- what the node does by itself ---

    /// A loop has found that UCX gave up the peer. Of a session of before it says nothing about this one.
    void onDeath() {
        if (links.stream().anyMatch(link -> link.death() != 0)) {
            peering.onLoss();
        }
    }

    /// Does what is due.
    ///
    /// @return nanoseconds until the next time
    long attend() {
        boolean before = peering.joined();
        long next = peering.attend();
        if (peering.joined() != before || !said && !before && peering.refused() > 0) {
            said = true;
            log.accept("link " + config.name() + ": "
                    + (peering.joined() ? "up over UCX, tls " + transports : "down: " + peering.trouble()));
        }
        return next;
    }

    int capacity() {
        return MessageEncapsulator.capacity(config.mtu().orElse(MessageEncapsulator.USUAL_MTU));
    }

    void describe(Map<String, Object> told) {
        told.put("state", peering.joined() ? "up" : "down: " + peering.trouble());
        told.put("tls", transports);
        told.put("ucx", UcxWorker.version());
        told.put("message_bytes", capacity());
        told.put("guest_mtu_bytes", MessageEncapsulator.guestMtu(capacity()));
        told.put("sessions", peering.sessions());
        if (peering.refused() > 0) {
            told.put("hellos_refused", peering.refused());
        }
    }

    /// No loop has the links any more.
    @Override
    public void close() {
        closeLinks();
        socket.close();
    }
}
