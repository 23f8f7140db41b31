package org.vnetp.overlay.control;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vnetp.overlay.control.Statement.Encapsulation;
import org.vnetp.overlay.control.Statement.Route;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.route.Guard;
import org.vnetp.overlay.route.LearningPolicy;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.seal.Suite;

/// Everything that statements have set up in a node. Immutable: [#apply] gives the next
/// configuration or refuses, so a refused statement changes nothing. NICs and links share one space
/// of port ids; indexes of links and routes count from 1 and are never given twice.
public final class NodeConfig {
    /// Guest MTUs: from IPv6's minimum less nothing that IPv4 allows, to the largest IP packet.
    public static final int LEAST_MTU = 68;

    public static final int MOST_MTU = 65535;

    /// A NIC of this node.
    ///
    /// @param mac empty: made of names
    /// @param mtu as set by hand; empty: derived from the underlay
    public record Nic(int port, String name, NicKind kind, OptionalLong mac, OptionalInt mtu) {
        /// The guest's network namespace, where it has one of its own.
        public Optional<String> netns() {
            return kind instanceof NicKind.Tap tap ? tap.netns() : Optional.empty();
        }
    }

    /// A link of this node.
    ///
    /// @param index as shown, for `link del INDEX`
    /// @param seal  how it is sealed; empty: it is not
    /// @param transports  of one over UCX, as UCX calls them; empty: all
    /// @param keepaliveNs after so long without a datagram one is sent; empty: none is
    public record Link(
            int port,
            int index,
            String name,
            Endpoint endpoint,
            Encapsulation encapsulation,
            OptionalInt mtu,
            Optional<Seal> seal,
            Optional<String> transports,
            OptionalLong keepaliveNs) {
        /// One that is not over UCX.
        public Link(
                int port,
                int index,
                String name,
                Endpoint endpoint,
                Encapsulation encapsulation,
                OptionalInt mtu,
                Optional<Seal> seal) {
            this(port, index, name, endpoint, encapsulation, mtu, seal, Optional.empty(), OptionalLong.empty());
        }

        /// A plain one.
        public Link(int port, int index, String name, Endpoint endpoint, Encapsulation encapsulation, OptionalInt mtu) {
            this(port, index, name, endpoint, encapsulation, mtu, Optional.empty());
        }
    }

    /// How a link is sealed.
    ///
    /// @param keyFile where this node's private key is
    /// @param peer    the other node's public key, as [org.vnetp.overlay.seal.PublicKeys] has it
    /// @param rekeyNs age of keys at which there are to be new ones
    public record Seal(Path keyFile, String peer, Suite suite, long rekeyNs) {}

    /// What may come in at a NIC or link; see [org.vnetp.overlay.route.Guard].
    public record PortGuard(List<Long> macs, List<InetAddress> ips, int floodsASecond) {}

    /// A rule of this node.
    ///
    /// @param index as shown, for `route del INDEX`
    /// @param route as written
    /// @param rule over port ids
    public record RouteEntry(int index, Route route, Rule rule) {}

    /// Where the node receives, and its network's id.
    public record Listening(Endpoint endpoint, int network) {}

    private static final NodeConfig EMPTY = new NodeConfig();

    // Only the editor that makes a configuration writes these, before anybody else sees it.
    String name = "";
    Listening listening;
    Map<String, Nic> nics = Map.of();
    Map<String, Link> links = Map.of();
    Map<Integer, RouteEntry> routes = Map.of();
    Map<String, PortGuard> guards = Map.of();
    LearningPolicy learning = LearningPolicy.OFF;
    DispatchSettings dispatch = DispatchSettings.DEFAULT;
    Endpoint metrics;
    boolean fastPath = true;
    boolean measuring;
    Adaptation adaptation = Adaptation.NONE;
    int lastLinkIndex;
    int lastRouteIndex;
    int lastPort = -1;

    private NodeConfig() {}

    NodeConfig(NodeConfig other) {
        name = other.name;
        listening = other.listening;
        nics = other.nics;
        links = other.links;
        routes = other.routes;
        guards = other.guards;
        learning = other.learning;
        dispatch = other.dispatch;
        metrics = other.metrics;
        fastPath = other.fastPath;
        measuring = other.measuring;
        adaptation = other.adaptation;
        lastLinkIndex = other.lastLinkIndex;
        lastRouteIndex = other.lastRouteIndex;
        lastPort = other.lastPort;
    }

    /// A node that nothing has been said about.
    public static NodeConfig empty() {
        return EMPTY;
    }

    /// Empty until `node` has been said.
    public String name() {
        return name;
    }

    public Optional<Listening> listening() {
        return Optional.ofNullable(listening);
    }

    /// By name, in the order of their statements.
    public Map<String, Nic> nics() {
        return nics;
    }

    /// By name, in the order of their statements.
    public Map<String, Link> links() {
        return links;
    }

    /// By index, ascending.
    public Map<Integer, RouteEntry> routes() {
        return routes;
    }

    /// What may come in at NICs and links, by their names; nothing of those where everything may.
    public Map<String, PortGuard> guards() {
        return guards;
    }

    public LearningPolicy learning() {
        return learning;
    }

    public DispatchSettings dispatch() {
        return dispatch;
    }

    /// Whether the kernel may carry flows.
    public boolean fastPath() {
        return fastPath;
    }

    /// Whether the node measures its links by itself.
    public boolean measuring() {
        return measuring;
    }

    /// Who adapts this node, and what is that program's.
    public Adaptation adaptation() {
        return adaptation;
    }

    /// Where metrics are served, when they are.
    public Optional<Endpoint> metrics() {
        return Optional.ofNullable(metrics);
    }

    /// The rules, ports and learning policy for the loops.
    public RoutingTable routingTable() {
        List<Rule> rules = new ArrayList<>(routes.size());
        routes.values().forEach(entry -> rules.add(entry.rule()));
        List<RoutingTable.Port> ports = new ArrayList<>();
        nics.values().forEach(nic -> ports.add(new RoutingTable.Port(nic.port(), false)));
        links.values().forEach(link -> ports.add(new RoutingTable.Port(link.port(), true)));
        List<Guard> guarded = new ArrayList<>();
        guards.forEach((name, guard) -> guarded.add(new Guard(
                nics.containsKey(name) ? nics.get(name).port() : links.get(name).port(),
                guard.macs(),
                guard.ips(),
                guard.floodsASecond())));
        return new RoutingTable(rules, ports, learning, guarded);
    }

    /// The configuration after a statement that changes something (not `show`, `begin`, `commit`,
    /// `abort`: these stay without effect).
    ///
    /// @throws StatementException when the statement does not fit the node
    public NodeConfig apply(Statement statement) throws StatementException {
        return applyAll(List.of(statement));
    }

    /// The configuration after several statements, all or none.
    ///
    /// @throws StatementException for the first that does not fit
    public NodeConfig applyAll(List<? extends Statement> statements) throws StatementException {
        ConfigEditor editor = new ConfigEditor(this);
        for (int i = 0; i < statements.size(); i++) {
            try {
                statements.get(i).apply(editor);
            } catch (StatementException e) {
                throw e.ofMany(i);
            }
        }
        return editor.done();
    }
}
