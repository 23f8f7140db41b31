package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.vnetp.overlay.control.Statement.Encapsulation;
import org.vnetp.overlay.control.Statement.NicKind;
import org.vnetp.overlay.control.Statement.Point;
import org.vnetp.overlay.control.Statement.PointKind;
import org.vnetp.overlay.control.Statement.Route;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.LearningPolicy;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;

/// Everything that statements have set up in a node. Immutable: [#apply] gives the next
/// configuration or refuses, so a refused statement changes nothing. NICs and links share one space
/// of port ids; indexes of links and routes count from 1 and are never given twice.
public final class NodeConfig {
    /// Guest MTUs: from IPv6's minimum less nothing that IPv4 allows, to the largest IP packet.
    public static final int LEAST_MTU = 68;

    public static final int MOST_MTU = 65535;

    /// A NIC of this node.
    ///
    /// @param mtu as set by hand; empty: derived from the underlay
    /// @param ring frames of the guest that may wait for the node
    /// @param fastPath the kernel may carry known flows
    public record Nic(
            int port,
            String name,
            NicKind kind,
            OptionalLong mac,
            OptionalInt mtu,
            Optional<String> netns,
            boolean persist,
            int queues,
            int ring,
            boolean fastPath) {}

    /// A link of this node.
    ///
    /// @param index as shown, for `link del INDEX`
    public record Link(
            int port, int index, String name, Endpoint endpoint, Encapsulation encapsulation, OptionalInt mtu) {}

    /// A rule of this node.
    ///
    /// @param index as shown, for `route del INDEX`
    /// @param route as written
    /// @param rule over port ids
    public record RouteEntry(int index, Route route, Rule rule) {}

    /// Where the node receives, and its network's id.
    public record Listening(Endpoint endpoint, int network) {}

    private static final NodeConfig EMPTY = new NodeConfig();

    private String name = "";
    private Listening listening;
    private Map<String, Nic> nics = Map.of();
    private Map<String, Link> links = Map.of();
    private Map<Integer, RouteEntry> routes = Map.of();
    private LearningPolicy learning = LearningPolicy.OFF;
    private DispatchSettings dispatch = DispatchSettings.DEFAULT;
    private Endpoint metrics;
    private boolean fastPath = true;
    private int lastLinkIndex;
    private int lastRouteIndex;
    private int lastPort = -1;

    private NodeConfig() {}

    private NodeConfig(NodeConfig other) {
        name = other.name;
        listening = other.listening;
        nics = other.nics;
        links = other.links;
        routes = other.routes;
        learning = other.learning;
        dispatch = other.dispatch;
        metrics = other.metrics;
        fastPath = other.fastPath;
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
        return new RoutingTable(rules, ports, learning);
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
        NodeConfig next = new NodeConfig(this);
        Editor editor = new Editor(next, this);
        for (int i = 0; i < statements.size(); i++) {
            try {
                editor.apply(statements.get(i));
            } catch (StatementException e) {
                throw e.ofMany(i);
            }
        }
        editor.seal();
        return next;
    }

    /// Changes a copy. Maps are copied when first written, once for a whole batch.
    private static final class Editor {
        private final NodeConfig c;
        private final NodeConfig before;
        private Set<Route> routeSet;

        Editor(NodeConfig next, NodeConfig before) {
            this.c = next;
            this.before = before;
        }

        void apply(Statement statement) throws StatementException {
            switch (statement) {
                case Statement.Node s -> name(s);
                case Statement.Listen s -> listen(s);
                case Statement.NicAdd s -> addNic(s);
                case Statement.NicDelete s -> deleteNic(s.name());
                case Statement.LinkAdd s -> addLink(s);
                case Statement.LinkDelete s -> deleteLink(s.name());
                case Statement.LinkDeleteIndex s -> deleteLink(linkName(s.index()));
                case Statement.RouteAdd s -> addRoute(s.route());
                case Statement.RouteDelete s -> deleteRoute(s.route());
                case Statement.RouteDeleteIndex s -> deleteRoute(s.index());
                case Statement.RouteReplace s -> replaceRoute(s.route());
                case Statement.Learn s ->
                    c.learning = new LearningPolicy(
                            s.on(),
                            s.ageNs().orElse(LearningPolicy.DEFAULT_AGE_NS),
                            s.relay(),
                            LearningPolicy.DEFAULT_CAPACITY);
                case Statement.Dispatch s -> dispatch(s);
                case Statement.Mtu s -> mtu(s);
                case Statement.FastPath s -> c.fastPath = s.on();
                case Statement.Metrics s -> c.metrics = s.endpoint().orElse(null);
                case Statement.Begin _, Statement.Commit _, Statement.Abort _, Statement.Show _ -> {}
            }
        }

        void seal() {
            c.nics = Collections.unmodifiableMap(c.nics);
            c.links = Collections.unmodifiableMap(c.links);
            c.routes = Collections.unmodifiableMap(c.routes);
        }

        private void name(Statement.Node s) throws StatementException {
            if (!c.name.isEmpty() && !c.name.equals(s.name())) {
                throw new StatementException("'" + s.name() + "': this node is called '" + c.name + "' already");
            }
            c.name = s.name();
        }

        private void addNic(Statement.NicAdd s) throws StatementException {
            if (c.nics.containsKey(s.name())) {
                throw new StatementException("'" + s.name() + "': there is a NIC of that name already");
            }
            if (s.mac().isPresent()) {
                for (Nic nic : c.nics.values()) {
                    if (nic.mac().equals(s.mac())) {
                        throw new StatementException(
                                "'" + MacAddress.format(s.mac().getAsLong()) + "': NIC '" + nic.name()
                                        + "' has that address already");
                    }
                }
            }
            Nic nic = new Nic(
                    freePort(),
                    s.name(),
                    s.kind(),
                    s.mac(),
                    s.mtu(),
                    s.netns(),
                    s.persist(),
                    s.queues(),
                    s.ring(),
                    s.fastPath());
            writableNics().put(s.name(), nic);
        }

        private void deleteNic(String name) throws StatementException {
            Nic nic = c.nics.get(name);
            if (nic == null) {
                throw noSuch("NIC", name, c.nics.keySet());
            }
            refuseWhenUsed("NIC", name, nic.port());
            writableNics().remove(name);
        }

        private void addLink(Statement.LinkAdd s) throws StatementException {
            for (Link link : c.links.values()) {
                if (link.endpoint().equals(s.endpoint())) {
                    throw new StatementException(
                            "'" + s.endpoint() + "': link '" + link.name() + "' leads there already");
                }
            }
            String name = s.name()
                    .orElseGet(() -> c.links.containsKey(s.endpoint().host())
                            ? s.endpoint().toString()
                            : s.endpoint().host());
            if (c.links.containsKey(name)) {
                throw new StatementException("'" + name + "': there is a link of that name already");
            }
            if (c.listening != null && c.listening.endpoint().equals(s.endpoint())) {
                throw new StatementException("'" + s.endpoint() + "': that is where this node itself listens");
            }
            Link link = new Link(freePort(), ++c.lastLinkIndex, name, s.endpoint(), s.encapsulation(), s.mtu());
            writableLinks().put(name, link);
        }

        private void listen(Statement.Listen s) throws StatementException {
            for (Link link : c.links.values()) {
                if (link.endpoint().equals(s.endpoint())) {
                    throw new StatementException("'" + s.endpoint() + "': link '" + link.name() + "' leads there");
                }
            }
            c.listening = new Listening(s.endpoint(), s.network());
        }

        private String linkName(int index) throws StatementException {
            for (Link link : c.links.values()) {
                if (link.index() == index) {
                    return link.name();
                }
            }
            List<String> known = new ArrayList<>();
            c.links.values().forEach(link -> known.add(Integer.toString(link.index())));
            throw noSuch("link", Integer.toString(index), known);
        }

        private void deleteLink(String name) throws StatementException {
            Link link = c.links.get(name);
            if (link == null) {
                throw noSuch("link", name, c.links.keySet());
            }
            refuseWhenUsed("link", name, link.port());
            writableLinks().remove(name);
        }

        private void refuseWhenUsed(String what, String name, int port) throws StatementException {
            List<Integer> users = new ArrayList<>();
            for (RouteEntry entry : c.routes.values()) {
                if (entry.rule().destinationPort() == port || entry.rule().sourcePort() == port) {
                    users.add(entry.index());
                }
            }
            if (!users.isEmpty()) {
                throw new StatementException("'" + name + "': " + users.size() + " route(s) use this " + what
                        + ", delete them first: " + shortened(users));
            }
        }

        private void addRoute(Route route) throws StatementException {
            Rule rule = resolve(route);
            if (!routeSet().add(route)) {
                throw new StatementException("'" + route + "': there is such a route already");
            }
            int index = ++c.lastRouteIndex;
            writableRoutes().put(index, new RouteEntry(index, route, rule));
        }

        private void deleteRoute(Route route) throws StatementException {
            if (!routeSet().contains(route)) {
                throw new StatementException("'" + route + "': there is no such route, see 'show routes'");
            }
            for (RouteEntry entry : c.routes.values()) {
                if (entry.route().equals(route)) {
                    deleteRoute(entry.index());
                    return;
                }
            }
        }

        private void deleteRoute(int index) throws StatementException {
            RouteEntry entry = c.routes.get(index);
            if (entry == null) {
                throw new StatementException("'" + index + "': there is no route of that index, see 'show routes'");
            }
            routeSet().remove(entry.route());
            writableRoutes().remove(index);
        }

        private void replaceRoute(Route route) throws StatementException {
            resolve(route);
            List<Integer> old = new ArrayList<>();
            for (RouteEntry entry : c.routes.values()) {
                Route r = entry.route();
                if (r.source().equals(route.source())
                        && r.destination().equals(route.destination())
                        && r.from().equals(route.from())) {
                    old.add(entry.index());
                }
            }
            for (int index : old) {
                deleteRoute(index);
            }
            addRoute(route);
        }

        private Rule resolve(Route route) throws StatementException {
            if (Rule.priority(route.source().qualifier(), route.destination().qualifier()) == 0) {
                throw new StatementException("'" + route.source() + " " + route.destination()
                        + "': VNET/P has no priority for this pair; expected 'none' as destination of an exact source only,"
                        + " and 'not-' on one side only");
            }
            int to = port(route.to());
            int from = route.from().kind() == PointKind.ANY ? Rule.ANY_PORT : port(route.from());
            if (to == from) {
                throw new StatementException("'" + route.from()
                        + "': frames never go back to where they came from; expected another source");
            }
            return new Rule(route.source(), route.destination(), from, to);
        }

        private int port(Point point) throws StatementException {
            return point.kind() == PointKind.EDGE ? edge(point.id()) : nic(point.id());
        }

        private int edge(String id) throws StatementException {
            Link link = c.links.get(id);
            if (link == null) {
                for (Link candidate : c.links.values()) {
                    if (candidate.endpoint().host().equals(id)) {
                        if (link != null) {
                            throw new StatementException("'" + id + "': links '" + link.name() + "' and '"
                                    + candidate.name() + "' both lead there; expected a link's name");
                        }
                        link = candidate;
                    }
                }
            }
            if (link == null) {
                throw noSuch("link", id, c.links.keySet());
            }
            return link.port();
        }

        private int nic(String id) throws StatementException {
            Nic nic = c.nics.get(id);
            if (nic == null) {
                for (Nic candidate : c.nics.values()) {
                    if (candidate.mac().isPresent()
                            && MacAddress.format(candidate.mac().getAsLong()).equals(id)) {
                        nic = candidate;
                    }
                }
            }
            if (nic == null) {
                throw noSuch("NIC", id, c.nics.keySet());
            }
            return nic.port();
        }

        private void dispatch(Statement.Dispatch s) throws StatementException {
            DispatchSettings d = c.dispatch;
            try {
                c.dispatch = new DispatchSettings(
                        s.out().orElse(d.out()),
                        s.in().orElse(d.in()),
                        s.alphaL().orElse(d.alphaL()),
                        s.alphaU().orElse(d.alphaU()),
                        s.omegaNs().orElse(d.omegaNs()),
                        s.yield().orElse(d.yield()),
                        s.tSleepNs().orElse(d.tSleepNs()),
                        s.tNoyieldRounds().orElse(d.tNoyieldRounds()),
                        s.dispatchers().orElse(d.dispatchers()),
                        s.batch().orElse(d.batch()));
            } catch (IllegalArgumentException e) {
                throw new StatementException(e.getMessage());
            }
        }

        private void mtu(Statement.Mtu s) throws StatementException {
            Nic n = c.nics.get(s.nic());
            if (n == null) {
                throw noSuch("NIC", s.nic(), c.nics.keySet());
            }
            Nic changed = new Nic(
                    n.port(),
                    n.name(),
                    n.kind(),
                    n.mac(),
                    s.mtu(),
                    n.netns(),
                    n.persist(),
                    n.queues(),
                    n.ring(),
                    n.fastPath());
            writableNics().put(s.nic(), changed);
        }

        /// Ids go round, so that an id is not given again at once: loops and learned addresses must
        /// not take a new port for an old.
        private int freePort() throws StatementException {
            Set<Integer> used = new HashSet<>();
            for (NodeConfig config : List.of(before, c)) {
                config.nics.values().forEach(nic -> used.add(nic.port()));
                config.links.values().forEach(link -> used.add(link.port()));
            }
            for (int tried = 0; tried < Rule.MAX_PORTS; tried++) {
                c.lastPort = (c.lastPort + 1) % Rule.MAX_PORTS;
                if (!used.contains(c.lastPort)) {
                    return c.lastPort;
                }
            }
            throw new StatementException("a node has at most " + Rule.MAX_PORTS + " NICs and links together");
        }

        private Set<Route> routeSet() {
            if (routeSet == null) {
                routeSet = new HashSet<>(c.routes.size() * 2);
                c.routes.values().forEach(entry -> routeSet.add(entry.route()));
            }
            return routeSet;
        }

        private Map<String, Nic> writableNics() {
            if (c.nics == before.nics) {
                c.nics = new LinkedHashMap<>(c.nics);
            }
            return c.nics;
        }

        private Map<String, Link> writableLinks() {
            if (c.links == before.links) {
                c.links = new LinkedHashMap<>(c.links);
            }
            return c.links;
        }

        private Map<Integer, RouteEntry> writableRoutes() {
            if (c.routes == before.routes) {
                c.routes = new LinkedHashMap<>(c.routes);
            }
            return c.routes;
        }

        private static StatementException noSuch(String what, String name, java.util.Collection<String> known) {
            return new StatementException("'" + name + "': there is no such " + what + "; expected "
                    + (known.isEmpty() ? "none, as there is no " + what + " yet" : "one of " + shortened(known)));
        }

        private static String shortened(java.util.Collection<?> items) {
            StringBuilder text = new StringBuilder();
            int n = 0;
            for (Object item : items) {
                if (n == 10) {
                    return text.append(", ... (")
                            .append(items.size())
                            .append(" in all)")
                            .toString();
                }
                text.append(n++ == 0 ? "" : ", ").append(item);
            }
            return text.toString();
        }
    }
}
