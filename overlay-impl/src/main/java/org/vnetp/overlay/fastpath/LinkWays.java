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
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.posix.Bpf;
import org.vnetp.overlay.posix.PosixException;

/// The links as the kernel can serve them: where the node listens, by which interfaces links leave,
/// what each of their flows' values begins with, and why other links' flows stay with the node.
///
/// **Thread:** control's.
final class LinkWays implements AutoCloseable {
    private final int inbound;
    private final Underlay underlay;
    private final Peers peers;
    /// Why a link's flows are not carried, by its name; empty where they are.
    private final Map<String, String> obstacles = new LinkedHashMap<>();
    private final Set<String> exits = new TreeSet<>();
    private List<FastPath.Way> ways = List.of();
    private InetSocketAddress local;
    private int network;
    private boolean awaitsProof;
    private String unable = "the node does not listen yet";

    /// @param inbound the map of inbound flows
    /// @throws PosixException where the kernel or the node's rights do not allow it
    LinkWays(Bpf bpf, int inbound) {
        this.inbound = inbound;
        this.underlay = new Underlay(bpf);
        this.peers = new Peers(bpf);
    }

    /// Why no flow can be carried, or an empty text.
    String unable() {
        return unable;
    }

    /// Takes note of where the node listens; [#follow] has to be called next.
    void listen(InetSocketAddress address, int networkId) {
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
            underlay.load("vnetp_in", Programs.inbound(inbound, peers.map(), address, local.getPort(), network));
            return "";
        } catch (PosixException e) {
            return e.getMessage();
        }
    }

    /// Attaches to the interfaces by which the links' datagrams leave and to that of the node's
    /// address, as the other nodes' may come by any of them, and finds which links can be served.
    ///
    /// @param tunnels all links that go over the network
    /// @return whether the program was at other interfaces before
    boolean follow(List<Tunnel> tunnels) {
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
        obstacles.clear();
        exits.clear();
        awaitsProof = false;
        List<FastPath.Way> served = new ArrayList<>();
        for (Tunnel tunnel : tunnels) {
            String obstacle = obstacle(tunnel);
            obstacles.put(tunnel.name(), obstacle);
            awaitsProof |= unfit(tunnel).isEmpty() && isUnproven(tunnel);
            if (obstacle.isEmpty()) {
                exits.add(tunnel.path().interfaceName());
                served.add(way(tunnel));
            }
        }
        ways = served;
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

    private FastPath.Way way(Tunnel tunnel) {
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
        return new FastPath.Way(false, false, tunnel.port(), index, -1, origin, template, new AtomicInteger());
    }

    private static void putAddress(MemorySegment template, int at, InetAddress address) {
        byte[] bytes = address.getAddress();
        MemorySegment.copy(bytes, 0, template, ValueLayout.JAVA_BYTE, at, bytes.length);
    }

    /// An IPv4 address as a 32-bit load from a packet gives it.
    private static int word(InetAddress address) {
        return ByteBuffer.wrap(address.getAddress())
                .order(ByteOrder.nativeOrder())
                .getInt();
    }

    /// The ways of the links that can be served.
    List<FastPath.Way> ways() {
        return ways;
    }

    /// For each link why the kernel does not carry its flows, or an empty text where it does.
    Map<String, String> obstacles() {
        return Collections.unmodifiableMap(obstacles);
    }

    /// The names of the interfaces by which flows leave.
    Set<String> exits() {
        return Collections.unmodifiableSet(exits);
    }

    /// Whether a link may be served later without anything being told: [#follow] finds out.
    boolean awaitsProof() {
        return awaitsProof;
    }

    /// Takes the programs off.
    @Override
    public void close() {
        underlay.close();
        peers.close();
    }
}
