package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
    private final LinkWays links;

    /// Makes the maps.
    ///
    /// @throws PosixException where the kernel or the node's rights do not allow it
    public FastPath() {
        try {
            links = new LinkWays(bpf, tables.inbound);
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

    // --- what flows depend on ---

    /// Why no flow can be carried, or an empty text.
    public String unable() {
        return links.unable();
    }

    /// Takes note of where the node listens; [#follow] has to be called next. Where no flow can be carried for it,
    /// [#unable] says why, and all frames stay with the node.
    public void listen(InetSocketAddress address, int networkId) {
        links.listen(address, networkId);
    }

    /// Lets flows go where links now lead, and nowhere else.
    ///
    /// @param tunnels all links that go over the network
    /// @return whether flows that the kernel has may be wrong now: once no loop is in the middle of an offer, the
    ///         caller takes them back ([#flush])
    public boolean follow(List<Tunnel> tunnels) {
        boolean changed = links.follow(tunnels);
        Way[] next = Arrays.stream(ways)
                .map(way -> way == null || way.nic() ? way : null)
                .toArray(Way[]::new);
        for (Way way : links.ways()) {
            next = Arrays.copyOf(next, Math.max(next.length, way.port() + 1));
            next[way.port()] = way;
        }
        for (int port = 0; port < Math.max(next.length, ways.length); port++) {
            changed |= isOther(way(port), port < next.length ? next[port] : null);
        }
        ways = next;
        return changed;
    }

    /// Whether flows from the one way would go wrong on the other.
    private static boolean isOther(Way before, Way now) {
        return before == null || now == null
                ? before != now
                : !before.nic() && before.template().mismatch(now.template()) >= 0;
    }

    /// Whether a link may be served later without anything being told: [#follow] finds out.
    public boolean awaitsProof() {
        return links.awaitsProof();
    }

    /// For each link why the kernel does not carry its flows, or an empty text where it does.
    public Map<String, String> links() {
        return links.obstacles();
    }

    /// The names of the interfaces by which flows leave.
    public Set<String> exits() {
        return links.exits();
    }

    // --- NICs ---

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
        links.close();
        nics.values().forEach(attached -> Arrays.stream(attached).forEach(this::detach));
        nics.clear();
        tables.close();
    }
}
