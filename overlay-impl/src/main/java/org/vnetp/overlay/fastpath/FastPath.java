package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
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
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.posix.Bpf;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.VethPair;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;

/// The flows that the kernel carries by itself. The node decides about a flow's first frame and puts the decision
/// into a map ([FlowOffers]); programs at the guest's and the underlay's interfaces act on it ([Programs]). A change
/// of rules empties the maps ([#flush]), so that the next frame of every flow comes to the node again.
///
/// Learned ways are carried too. A learned address ages by the frames of it that the node sees and by those that the
/// kernel counts ([#heard]); flows by or to an address that has moved or was forgotten come back ([#takeBack]).
///
/// Carried are IPv4 and IPv6 frames without VLAN tag between a NIC that has a veth pair and a link of the `vxlan`
/// format over IPv4, which go to one place that rules or learning know. Everything else stays with the node.
///
/// **Threads:** control calls the methods one at a time; loops only use their own [FlowOffers].
public final class FastPath implements AutoCloseable {
    /// Flows in each direction.
    static final int FLOWS = 16_384;

    /// Flows of one NIC in both directions: a guest that invents addresses fills its own share only.
    static final int FLOWS_OF_A_NIC = 2048;

    private static final int IP_AND_TCP_HEADERS = 40;

    /// A port as flows see it, immutable but for its count of flows.
    ///
    /// @param nic      a guest's NIC, else a link
    /// @param index    the interface where frames leave to this port
    /// @param mac      a NIC's address, or -1 where it is not known
    /// @param peer     a link's other node, as in the packet
    /// @param template a link's outbound value, without the origin
    record Way(boolean nic, int port, int index, long mac, int peer, MemorySegment template, AtomicInteger flows) {}

    private record Attached(int program, int link) {}

    /// An address and the port where the kernel has taken frames of it.
    public record Heard(long mac, int port) {}

    /// A flow by direction and key: outbound or not, both addresses with the origin.
    private record Key(boolean outbound, long addresses, int rest, int origin) {}

    private final Arena arena = Arena.ofAuto();
    private final Bpf bpf = new Bpf();
    final int outbound;
    final int inbound;
    private final LoopStatistics statistics = new LoopStatistics("kernel");
    private final Map<Key, long[]> counted = new HashMap<>();
    private final Map<Integer, Attached[]> nics = new HashMap<>();
    private final MemorySegment key = arena.allocate(FlowEntry.KEY_BYTES, 8);
    private final MemorySegment next = arena.allocate(FlowEntry.KEY_BYTES, 8);
    private final MemorySegment value = arena.allocate(FlowEntry.VALUE_BYTES, 8);
    final AtomicLong offered = new AtomicLong();
    final AtomicLong refused = new AtomicLong();
    private volatile Way[] ways = {};
    private volatile boolean enabled = true;
    private final Set<Heard> heard = new HashSet<>();
    private final AtomicBoolean moved = new AtomicBoolean();
    private volatile Runnable onMove = () -> {};
    private boolean learning;
    private final Underlay underlay = new Underlay(bpf);
    /// Why a link's flows are not carried, by its name; empty where they are.
    private final Map<String, String> links = new LinkedHashMap<>();
    private final Set<String> exits = new TreeSet<>();
    private InetSocketAddress local;
    private int network;
    private String unable = "the node does not listen yet";
    private int flows;

    /// Makes the maps.
    ///
    /// @throws PosixException where the kernel or the node's rights do not allow it
    public FastPath() {
        outbound = bpf.createMap("vnetp_out", FlowEntry.KEY_BYTES, FlowEntry.VALUE_BYTES, FLOWS);
        try {
            inbound = bpf.createMap("vnetp_in", FlowEntry.KEY_BYTES, FlowEntry.VALUE_BYTES, FLOWS);
        } catch (PosixException e) {
            bpf.close(outbound);
            throw e;
        }
    }

    /// Why this process, on this kernel, can have no fast path, or an empty text: all programs are loaded once, and
    /// one is attached to the loopback interface for a moment.
    public static String probe() {
        try (FastPath path = new FastPath()) {
            path.detach(path.attach("vnetp_in", Programs.inbound(path.inbound, 0, 9, 0), VethPair.require("lo"), "lo"));
            path.bpf.close(path.bpf.load(
                    "vnetp_out", Programs.outbound(path.outbound, 0, 1).assemble(path.arena)));
            path.bpf.close(path.bpf.load("vnetp_guest", Programs.toGuest(1).assemble(path.arena)));
            return "";
        } catch (PosixException e) {
            return e.getMessage();
        }
    }

    /// What the kernel has counted is added up here; see [#collect].
    public LoopStatistics statistics() {
        return statistics;
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
        learning = on;
        if (!on) {
            heard.clear();
        }
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
        if (address.getAddress().length != 4 || address.isAnyLocalAddress()) {
            return "the node listens on " + address.getHostAddress() + "; expected one IPv4 address";
        }
        try {
            underlay.load("vnetp_in", Programs.inbound(inbound, word(address), local.getPort(), network));
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
        Map<Integer, String> interfaces = new TreeMap<>();
        for (Tunnel tunnel : tunnels) {
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
        Way[] next = Arrays.stream(ways)
                .map(way -> way == null || way.nic() ? way : null)
                .toArray(Way[]::new);
        for (Tunnel tunnel : tunnels) {
            String obstacle = obstacle(tunnel);
            links.put(tunnel.name(), obstacle);
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
        return why.isEmpty() ? underlay.failure(tunnel.path().interfaceIndex()) : why;
    }

    /// The same, as far as the link and its way are concerned.
    private String unfit(Tunnel tunnel) {
        if (!unable.isEmpty()) {
            return unable;
        }
        if (!tunnel.vxlan()) {
            return "its format is vnet";
        }
        if (tunnel.peer().getAddress().getAddress().length != 4) {
            return "it goes over IPv6";
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
        int tapIndex = VethPair.require(tap);
        int vethIndex = VethPair.require(veth);
        Attached out = attach("vnetp_out", Programs.outbound(outbound, port, tapIndex), vethIndex, veth);
        try {
            nics.put(port, new Attached[] {out, attach("vnetp_guest", Programs.toGuest(vethIndex), tapIndex, tap)});
        } catch (PosixException e) {
            detach(out);
            throw e;
        }
        put(new Way(true, port, vethIndex, mac, 0, null, new AtomicInteger()));
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
        int source = word(local.getAddress());
        int destination = word(tunnel.peer().getAddress());
        int index = tunnel.path().interfaceIndex();
        template.set(ValueLayout.JAVA_INT, FlowEntry.MOST_FRAME, tunnel.guestMtu() + EthernetHeader.LENGTH);
        template.set(ValueLayout.JAVA_INT, FlowEntry.MOST_SEGMENT, tunnel.guestMtu() - IP_AND_TCP_HEADERS);
        template.set(ValueLayout.JAVA_INT, FlowEntry.INTERFACE, index);
        template.set(ValueLayout.JAVA_INT, FlowEntry.IP_SUM, Programs.ipSum(source, destination));
        template.set(ValueLayout.JAVA_INT, FlowEntry.SOURCE, source);
        template.set(ValueLayout.JAVA_INT, FlowEntry.DESTINATION, destination);
        template.set(ValueLayout.JAVA_SHORT, FlowEntry.PORT, (short)
                Assembler.network16(tunnel.peer().getPort()));
        template.set(ValueLayout.JAVA_INT, FlowEntry.NETWORK, Assembler.network32(network << 8));
        template.set(ValueLayout.JAVA_INT, FlowEntry.TO, tunnel.port());
        return new Way(false, tunnel.port(), index, -1, destination, template, new AtomicInteger());
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
        take(outbound, true);
        take(inbound, false);
        for (Way way : ways) {
            if (way != null) {
                way.flows().set(0);
            }
        }
        flows = 0;
    }

    private void take(int map, boolean out) {
        // Bounded: while flows are offered there may always be a next one.
        for (int i = 0; i < 2 * FLOWS && bpf.nextKey(map, null, key) == 0; i++) {
            if (bpf.remove(map, key, value) == 0) {
                Key flow = flow(out, key);
                addUp(out, flow);
                counted.remove(flow);
            }
        }
    }

    /// Adds what the kernel has counted since the last time to [#statistics].
    public void collect() {
        flows = collect(outbound, true) + collect(inbound, false);
    }

    /// Whose frames the kernel has carried since this was last asked, as far as the node learns.
    public List<Heard> heard() {
        collect();
        List<Heard> all = List.copyOf(heard);
        heard.clear();
        return all;
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
        flows = takeBack(outbound, true, ports) + takeBack(inbound, false, ports);
    }

    private int takeBack(int map, boolean out, Map<Long, Integer> ports) {
        int left = 0;
        boolean more = bpf.nextKey(map, null, next) == 0;
        for (int i = 0; more && i < 2 * FLOWS; i++) {
            key.copyFrom(next);
            // Before the key goes, as a walk from a key that is not there begins anew.
            more = bpf.nextKey(map, key, next) == 0;
            if (bpf.lookup(map, key, value) != 0) {
                continue;
            }
            if (isWhereAddressesAre(ports)) {
                left++;
            } else if (bpf.remove(map, key, value) == 0) {
                Key flow = flow(out, key);
                addUp(out, flow);
                counted.remove(flow);
                Way nic = way(value.get(ValueLayout.JAVA_INT, out ? FlowEntry.FROM : FlowEntry.TO));
                if (nic != null) {
                    nic.flows().decrementAndGet();
                }
            }
        }
        return left;
    }

    private boolean isWhereAddressesAre(Map<Long, Integer> ports) {
        Integer sender = ports.get(NetworkOrder.u48(key, FlowEntry.KEY_ADDRESSES + 6));
        if (sender == null || sender != value.get(ValueLayout.JAVA_INT, FlowEntry.FROM)) {
            return false;
        }
        if (value.get(ValueLayout.JAVA_INT, FlowEntry.LEARNED) == 0) {
            return true;
        }
        Integer receiver = ports.get(NetworkOrder.u48(key, FlowEntry.KEY_ADDRESSES));
        return receiver != null && receiver == value.get(ValueLayout.JAVA_INT, FlowEntry.TO);
    }

    private int collect(int map, boolean out) {
        int found = 0;
        MemorySegment at = null;
        // Bounded: a key that is taken out meanwhile starts the walk anew.
        for (int i = 0; i < 2 * FLOWS && bpf.nextKey(map, at, next) == 0; i++) {
            key.copyFrom(next);
            at = key;
            if (bpf.lookup(map, key, value) == 0) {
                addUp(out, flow(out, key));
                found++;
            }
        }
        return found;
    }

    private static Key flow(boolean out, MemorySegment key) {
        return new Key(
                out,
                key.get(ValueLayout.JAVA_LONG, 0),
                key.get(ValueLayout.JAVA_INT, 8),
                key.get(ValueLayout.JAVA_INT, FlowEntry.KEY_ORIGIN));
    }

    private void addUp(boolean out, Key flow) {
        long[] before = counted.computeIfAbsent(flow, _ -> new long[6]);
        final long frames = since(before, 0, FlowEntry.FRAMES);
        final long bytes = since(before, 1, FlowEntry.BYTES);
        final long errors = since(before, 2, FlowEntry.ERRORS);
        final long superframes = since(before, 3, FlowEntry.SUPERFRAMES);
        final long datagrams = since(before, 4, FlowEntry.DATAGRAMS);
        final long congested = since(before, 5, FlowEntry.CONGESTED);
        if (learning && frames + errors + congested > 0) {
            heard.add(new Heard(NetworkOrder.u48(key, 6), value.get(ValueLayout.JAVA_INT, FlowEntry.FROM)));
        }
        PortCounters from = statistics.port(value.get(ValueLayout.JAVA_INT, FlowEntry.FROM));
        PortCounters to = statistics.port(value.get(ValueLayout.JAVA_INT, FlowEntry.TO));
        from.add(PortCounter.FRAMES_IN, frames + errors);
        from.add(PortCounter.BYTES_IN, bytes);
        from.add(PortCounter.SUPERFRAMES_IN, superframes);
        to.add(PortCounter.FRAMES_OUT, frames);
        to.add(PortCounter.BYTES_OUT, bytes);
        to.add(PortCounter.SUPERFRAMES_OUT, superframes);
        to.add(PortCounter.DROPS_OUT, errors);
        if (out) {
            to.add(PortCounter.DATAGRAMS_OUT, datagrams);
        } else {
            from.add(PortCounter.DATAGRAMS_IN, datagrams + congested);
        }
        statistics.drops().add(DropReason.CONGESTION, congested);
        statistics.drops().add(out ? DropReason.LINK_ERROR : DropReason.NIC_ERROR, errors);
        statistics
                .matrix()
                .count(NetworkOrder.u48(key, 6), NetworkOrder.u48(key, FlowEntry.KEY_ADDRESSES), frames, bytes);
    }

    private long since(long[] before, int index, int offset) {
        long now = value.get(ValueLayout.JAVA_LONG, offset);
        long more = now - before[index];
        before[index] = now;
        return more;
    }

    /// Flows that the kernel had when [#collect] was last called.
    public int flows() {
        return flows;
    }

    /// Flows given to the kernel since the node began.
    public long offered() {
        return offered.get();
    }

    /// Flows that the kernel or a bound refused.
    public long refused() {
        return refused.get();
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
        bpf.close(outbound);
        bpf.close(inbound);
    }
}
