package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.posix.Bpf;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.VethPair;
import org.vnetp.overlay.stats.LoopStatistics;

/// The flows that the kernel carries by itself. The node decides about a flow's first frame and puts the decision
/// into a map ([FlowOffers]); programs at the guest's and the underlay's interfaces act on it ([Programs]). A change
/// of rules empties the maps ([#flush]), so that the next frame of every flow comes to the node again.
///
/// Learned ways are carried too. A learned address ages by the frames of it that the node sees and by those that the
/// kernel counts ([#heard]); flows by or to an address that has moved or was forgotten come back ([#takeBack]).
///
/// Carried are IPv4 and IPv6 frames, with one VLAN tag or none, between a NIC that has a veth pair and a link of the
/// `vxlan` format, which go to one place that rules or learning know. Everything else stays with the node.
///
/// **Threads:** control calls the methods one at a time; loops only use their own [FlowOffers].
public final class FastPath implements AutoCloseable {
    /// Flows in each direction.
    static final int FLOWS = 16_384;

    /// Flows of one NIC in both directions: a guest that invents addresses fills its own share only.
    static final int FLOWS_OF_A_NIC = 2048;

    /// A port as flows see it, immutable but for its count of flows.
    ///
    /// @param nic      a guest's NIC, else a link
    /// @param machine  a NIC whose interface is a TAP that a virtual machine has the other side of
    /// @param index    the interface where frames leave to this port
    /// @param mac      a NIC's address, or -1 where it is not known
    /// @param peer     a link's other node, as inbound flows' keys have it
    /// @param template a link's outbound value, without the origin
    record Way(
            boolean nic,
            boolean machine,
            int port,
            int index,
            long mac,
            int peer,
            MemorySegment template,
            AtomicInteger flows) {}

    private record Attached(int program, int link) {}

    /// An address and the port where the kernel has taken frames of it.
    public record Heard(long mac, int port) {}

    private final Arena arena = Arena.ofAuto();
    private final Bpf bpf = new Bpf();
    final FlowTables tables = new FlowTables(bpf);
    private final Map<Integer, Attached[]> nics = new HashMap<>();
    final AtomicLong offered = new AtomicLong();
    final AtomicLong refused = new AtomicLong();
    final AtomicLong hurried = new AtomicLong();
    private volatile Way[] ways = {};
    private volatile boolean enabled = true;
    private final AtomicBoolean moved = new AtomicBoolean();
    private volatile Runnable onMove = () -> {};
    private final Underlay underlay = new Underlay(bpf);
    private final Peers peers;
    /// Why a link's flows are not carried, by its name; empty where they are.
    private final Map<String, String> links = new LinkedHashMap<>();
    private final Set<String> exits = new TreeSet<>();
    private InetSocketAddress local;
    private int network;
    private boolean awaitsProof;
    private String unable = "the node does not listen yet";

    /// Makes the maps.
    ///
    /// @throws PosixException where the kernel or the node's rights do not allow it
    public FastPath() {
        try {
            peers = new Peers(bpf);
        } catch (PosixException e) {
            tables.close();
            throw e;
        }
    }

    /// Why this process, on this kernel, can have no fast path, or an empty text: all programs are loaded once, and
    /// one is attached to the loopback interface for a moment.
    public static String probe() {
        try (FastPath path = new FastPath()) {
            path.detach(path.attach(
                    "vnetp_in",
                    Programs.inbound(path.tables.inbound, 0, InetAddress.getLoopbackAddress(), 9, 0),
                    VethPair.require("lo"),
                    "lo"));
            path.bpf.close(path.bpf.load(
                    "vnetp_out", Programs.outbound(path.tables.outbound, 0, 1).assemble(path.arena)));
            path.bpf.close(path.bpf.load("vnetp_guest", Programs.toGuest(1).assemble(path.arena)));
            path.bpf.close(path.bpf.load("vnetp_machine", Programs.toMachine(1).assemble(path.arena)));
            return "";
        } catch (PosixException e) {
            return e.getMessage();
        }
    }

    /// What the kernel has counted is added up here; see [#collect].
    public LoopStatistics statistics() {
        return tables.statistics();
    }

    /// For the ports of one loop.
    public FlowOffers offers() {
        return new FlowOffers(this);
    }

    /// Whether flows are given to the kernel from now on. Who says no also calls [#flush], once no loop is in the
    /// middle of an offer.
    public void enable(boolean on) {
        enabled = on;
    }

    public boolean enabled() {
        return enabled;
    }

    /// Whether the node learns addresses, so that it wants to know who is heard.
    public void learning(boolean on) {
        tables.learning(on);
    }

    /// Who is told that a learned address has moved; called by the loops' threads, once until
    /// [#beginTakeBack], and must not wait.
    public void onMove(Runnable listener) {
        onMove = listener;
    }

    void addressMoved() {
        if (enabled && !moved.getAndSet(true)) {
            onMove.run();
        }
    }

    /// Whether a learned address has moved since [#beginTakeBack].
    public boolean moved() {
        return moved.get();
    }

    /// Why no flow can be carried, or an empty text.
    public String unable() {
        return unable;
    }

    /// Takes note of where the node listens; [#follow] has to be called next. Where no flow can be carried for it,
    /// [#unable] says why, and all frames stay with the node.
    public void listen(InetSocketAddress address, int networkId) {
        local = address;
        network = networkId;
        unable = loadInbound();
    }

    private String loadInbound() {
        InetAddress address = local.getAddress();
        if (address.isAnyLocalAddress()) {
            return "the node listens on " + address.getHostAddress() + "; expected one address";
        }
        try {
            underlay.load("vnetp_in", Programs.inbound(tables.inbound, peers.map(), address, local.getPort(), network));
            return "";
        } catch (PosixException e) {
            return e.getMessage();
        }
    }

    // --- what flows depend on ---

    /// Lets flows go where links now lead, and nowhere else: attaches to the interfaces by which the links' datagrams
    /// leave and to that of the node's address, as the other nodes' may come by any of them.
    ///
    /// @param tunnels all links that go over the network
    /// @return whether flows that the kernel has may be wrong now: once no loop is in the middle of an offer, the
    ///         caller takes them back ([#flush])
    public boolean follow(List<Tunnel> tunnels) {
        peers.follow(tunnels);
        Map<Integer, String> interfaces = new TreeMap<>();
        for (Tunnel tunnel : tunnels) {
            // Also of one whose other end is not known well enough yet, so that it can be.
            if (unfit(tunnel).isEmpty()) {
                interfaces.put(tunnel.path().interfaceIndex(), tunnel.path().interfaceName());
            }
        }
        if (!interfaces.isEmpty()) {
            addOwnInterface(interfaces);
        }
        boolean changed = underlay.follow(interfaces);
        links.clear();
        exits.clear();
        awaitsProof = false;
        Way[] next = Arrays.stream(ways)
                .map(way -> way == null || way.nic() ? way : null)
                .toArray(Way[]::new);
        for (Tunnel tunnel : tunnels) {
            String obstacle = obstacle(tunnel);
            links.put(tunnel.name(), obstacle);
            awaitsProof |= unfit(tunnel).isEmpty() && isUnproven(tunnel);
            if (obstacle.isEmpty()) {
                exits.add(tunnel.path().interfaceName());
                next = Arrays.copyOf(next, Math.max(next.length, tunnel.port() + 1));
                next[tunnel.port()] = way(tunnel);
            }
        }
        for (int port = 0; port < Math.max(next.length, ways.length); port++) {
            changed |= isOther(way(port), port < next.length ? next[port] : null);
        }
        ways = next;
        return changed;
    }

    /// Why a link's flows stay with the node, or an empty text.
    private String obstacle(Tunnel tunnel) {
        String why = unfit(tunnel);
        if (why.isEmpty()) {
            why = underlay.failure(tunnel.path().interfaceIndex());
        }
        return why.isEmpty() && isUnproven(tunnel)
                ? "it goes over IPv6, and the other end has not shown yet that it takes datagrams without a checksum"
                : why;
    }

    private boolean isUnproven(Tunnel tunnel) {
        InetAddress peer = tunnel.peer().getAddress();
        return peer instanceof Inet6Address && !peers.takesNoChecksum(peer);
    }

    /// Whether a link may be served later without anything being told: [#follow] finds out.
    public boolean awaitsProof() {
        return awaitsProof;
    }

    /// The same, as far as the link and its way are concerned.
    private String unfit(Tunnel tunnel) {
        if (!unable.isEmpty()) {
            return unable;
        }
        if (tunnel.sealed()) {
            return "it is sealed, and the kernel's programs cannot seal";
        }
        if (!tunnel.vxlan()) {
            return "its format is vnet";
        }
        if (!tunnel.path().exists()) {
            return tunnel.path().trouble();
        }
        if (!tunnel.path().ethernet()) {
            return "it leaves by " + tunnel.path().interfaceName() + ", which is no Ethernet towards another host";
        }
        return "";
    }

    private void addOwnInterface(Map<Integer, String> interfaces) {
        try {
            NetworkInterface own = NetworkInterface.getByInetAddress(local.getAddress());
            if (own != null && !own.isLoopback()) {
                interfaces.put(own.getIndex(), own.getName());
            }
        } catch (SocketException e) {
            // It went while it was asked for; the change of the network is told, and all is looked at again.
        }
    }

    /// Whether flows from the one way would go wrong on the other.
    private static boolean isOther(Way before, Way now) {
        return before == null || now == null
                ? before != now
                : !before.nic() && before.template().mismatch(now.template()) >= 0;
    }

    /// For each link why the kernel does not carry its flows, or an empty text where it does.
    public Map<String, String> links() {
        return Collections.unmodifiableMap(links);
    }

    /// The names of the interfaces by which flows leave.
    public Set<String> exits() {
        return Collections.unmodifiableSet(exits);
    }

    private Attached attach(String name, Assembler program, int index, String device) {
        try (Arena local = Arena.ofConfined()) {
            int loaded = bpf.load(name, program.assemble(local));
            try {
                return new Attached(loaded, bpf.attachIngress(loaded, index, device));
            } catch (PosixException e) {
                bpf.close(loaded);
                throw e;
            }
        }
    }

    private void detach(Attached attached) {
        bpf.close(attached.link());
        bpf.close(attached.program());
    }

    /// Joins a NIC: the guest's veth and the node's TAP.
    ///
    /// @param mac the guest's address, or -1 where it is not known
    /// @throws PosixException where the programs cannot be attached; nothing is then
    public void addNic(int port, String tap, String veth, long mac) {
        int vethIndex = VethPair.require(veth);
        join(port, tap, veth, vethIndex, "vnetp_guest", Programs.toGuest(vethIndex));
        put(new Way(true, false, port, vethIndex, mac, 0, null, new AtomicInteger()));
    }

    /// Joins a virtual machine's TAP, which its monitor holds, and the node's.
    ///
    /// @param mac the machine's address, or -1 where it is not known: the kernel hands it whatever is for it
    /// @throws PosixException where the programs cannot be attached; nothing is then
    public void addMachine(int port, String tap, String machine, long mac) {
        int index = VethPair.require(machine);
        join(port, tap, machine, index, "vnetp_machine", Programs.toMachine(index));
        put(new Way(true, true, port, index, mac, 0, null, new AtomicInteger()));
    }

    private void join(int port, String tap, String guest, int guestIndex, String name, Assembler toGuest) {
        int tapIndex = VethPair.require(tap);
        Attached out = attach("vnetp_out", Programs.outbound(tables.outbound, port, tapIndex), guestIndex, guest);
        try {
            nics.put(port, new Attached[] {out, attach(name, toGuest, tapIndex, tap)});
        } catch (PosixException e) {
            detach(out);
            throw e;
        }
    }

    /// Takes a NIC out.
    public void removeNic(int port) {
        remove(port);
        Attached[] attached = nics.remove(port);
        if (attached != null) {
            Arrays.stream(attached).forEach(this::detach);
        }
    }

    private Way way(Tunnel tunnel) {
        MemorySegment template = Arena.ofAuto().allocate(FlowEntry.VALUE_BYTES, 8);
        InetAddress source = local.getAddress();
        InetAddress destination = tunnel.peer().getAddress();
        boolean ipv6 = destination instanceof Inet6Address;
        int index = tunnel.path().interfaceIndex();
        template.set(ValueLayout.JAVA_INT, FlowEntry.MOST_FRAME, tunnel.guestMtu() + EthernetHeader.LENGTH);
        template.set(ValueLayout.JAVA_INT, FlowEntry.INTERFACE, index);
        template.set(ValueLayout.JAVA_INT, FlowEntry.VERSION, ipv6 ? 6 : 4);
        template.set(
                ValueLayout.JAVA_INT, FlowEntry.IP_SUM, ipv6 ? 0 : Headers.ipv4Sum(word(source), word(destination)));
        putAddress(template, FlowEntry.SOURCE, source);
        putAddress(template, FlowEntry.DESTINATION, destination);
        template.set(ValueLayout.JAVA_SHORT, FlowEntry.PORT, (short)
                Assembler.network16(tunnel.peer().getPort()));
        template.set(ValueLayout.JAVA_INT, FlowEntry.NETWORK, Assembler.network32(network << 8));
        template.set(ValueLayout.JAVA_INT, FlowEntry.TO, tunnel.port());
        int origin = ipv6 ? peers.origin(destination) : word(destination);
        return new Way(false, false, tunnel.port(), index, -1, origin, template, new AtomicInteger());
    }

    private static void putAddress(MemorySegment template, int at, InetAddress address) {
        byte[] bytes = address.getAddress();
        MemorySegment.copy(bytes, 0, template, ValueLayout.JAVA_BYTE, at, bytes.length);
    }

    void put(Way way) {
        Way[] more = Arrays.copyOf(ways, Math.max(ways.length, way.port() + 1));
        more[way.port()] = way;
        ways = more;
    }

    private void remove(int port) {
        if (way(port) != null) {
            Way[] fewer = ways.clone();
            fewer[port] = null;
            ways = fewer;
            flush();
        }
    }

    Way way(int port) {
        Way[] now = ways;
        return port < now.length ? now[port] : null;
    }

    /// An IPv4 address as a 32-bit load from a packet gives it.
    private static int word(InetAddress address) {
        return ByteBuffer.wrap(address.getAddress())
                .order(ByteOrder.nativeOrder())
                .getInt();
    }

    /// Takes all flows back, after their counts have been added up.
    public void flush() {
        tables.flush();
        for (Way way : ways) {
            if (way != null) {
                way.flows().set(0);
            }
        }
    }

    /// Takes one flow back, whatever node it comes from or goes to.
    public void takeBack(long destination, long source) {
        tables.takeBack(destination, source, this::freed);
    }

    private void freed(int port) {
        Way nic = way(port);
        if (nic != null) {
            nic.flows().decrementAndGet();
        }
    }

    /// Adds what the kernel has counted since the last time to [#statistics].
    public void collect() {
        tables.collect();
    }

    /// Whose frames the kernel has carried since this was last asked, as far as the node learns.
    public List<Heard> heard() {
        return tables.heard();
    }

    /// What is told of moves from now on is new: called before learned addresses are gathered for [#takeBack].
    public void beginTakeBack() {
        moved.set(false);
    }

    /// Takes back the flows that do not go where addresses are: those of a sender that is not known at the port where
    /// its flow begins, so that the node hears it again, and those by a learned way to an address that is not known
    /// there.
    ///
    /// @param ports all learned addresses and where they are
    public void takeBack(Map<Long, Integer> ports) {
        tables.takeBack(ports, this::freed);
    }

    /// Puts what `show nics` tells of it.
    public void describe(Map<String, Object> told) {
        told.put("kernel_flows", flows());
        if (!exits().isEmpty()) {
            told.put("leaves_by", String.join(" ", exits()));
        }
        told.put("flows_offered", offered());
        told.put("flows_refused", refused());
        told.put("flows_hurried", hurried());
    }

    /// Flows that the kernel had when [#collect] was last called.
    public int flows() {
        return tables.flows();
    }

    /// Flows given to the kernel since the node began.
    public long offered() {
        return offered.get();
    }

    /// Flows that the kernel or a bound refused.
    public long refused() {
        return refused.get();
    }

    /// Flows that the kernel began to carry after the longest wait, while frames of them may have been on their way
    /// through the node, and may have been overtaken.
    public long hurried() {
        return hurried.get();
    }

    /// Whether an error only says that the flow is there already.
    static boolean isThere(int result) {
        return result == -Errno.EEXIST;
    }

    /// Gives everything back; flows end.
    @Override
    public void close() {
        ways = new Way[0];
        underlay.close();
        nics.values().forEach(attached -> Arrays.stream(attached).forEach(this::detach));
        nics.clear();
        tables.close();
        peers.close();
    }
}
