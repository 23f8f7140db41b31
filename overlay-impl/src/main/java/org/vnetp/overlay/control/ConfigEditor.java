package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vnetp.overlay.control.Statement.Point;
import org.vnetp.overlay.control.Statement.PointKind;
import org.vnetp.overlay.control.Statement.Route;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.LearningPolicy;
import org.vnetp.overlay.route.Rule;

/// Makes the next configuration of a node: statements say to it what they change. Maps are copied when first written,
/// once for a whole batch. One thread.
public final class ConfigEditor {
    private final NodeConfig before;
    private final NodeConfig next;
    /// The index of each rule, so that a long table is not searched for every rule that goes.
    private Map<Route, Integer> routeIndexes;

    ConfigEditor(NodeConfig before) {
        this.before = before;
        this.next = new NodeConfig(before);
    }

    /// What has been made; not to be edited any more.
    NodeConfig done() {
        next.nics = Collections.unmodifiableMap(next.nics);
        next.links = Collections.unmodifiableMap(next.links);
        next.routes = Collections.unmodifiableMap(next.routes);
        return next;
    }

    // --- the node ---

    void name(String name) throws StatementException {
        if (!next.name.isEmpty() && !next.name.equals(name)) {
            throw new StatementException("'" + name + "': this node is called '" + next.name + "' already");
        }
        next.name = name;
    }

    Optional<NodeConfig.Listening> listening() {
        return next.listening();
    }

    void listening(NodeConfig.Listening listening) {
        next.listening = listening;
    }

    void learning(LearningPolicy learning) {
        next.learning = learning;
    }

    DispatchSettings dispatch() {
        return next.dispatch;
    }

    void dispatch(DispatchSettings dispatch) {
        next.dispatch = dispatch;
    }

    void fastPath(boolean on) {
        next.fastPath = on;
    }

    void measuring(boolean on) {
        next.measuring = on;
    }

    Adaptation adaptation() {
        return next.adaptation;
    }

    void adaptation(Adaptation adaptation) {
        next.adaptation = adaptation;
    }

    void metrics(Optional<Endpoint> endpoint) {
        next.metrics = endpoint.orElse(null);
    }

    // --- NICs and links ---

    Map<String, NodeConfig.Nic> nics() {
        return next.nics;
    }

    Map<String, NodeConfig.Link> links() {
        return next.links;
    }

    /// @throws StatementException naming those there are
    NodeConfig.Nic nic(String name) throws StatementException {
        NodeConfig.Nic nic = next.nics.get(name);
        if (nic == null) {
            throw noSuch("NIC", name, next.nics.keySet());
        }
        return nic;
    }

    /// @throws StatementException naming those there are
    NodeConfig.Link link(String name) throws StatementException {
        NodeConfig.Link link = next.links.get(name);
        if (link == null) {
            throw noSuch("link", name, next.links.keySet());
        }
        return link;
    }

    /// Says what may come in at a NIC or link; null: everything.
    void guard(String name, NodeConfig.PortGuard guard) {
        Map<String, NodeConfig.PortGuard> guards = new LinkedHashMap<>(next.guards);
        if (guard == null) {
            guards.remove(name);
        } else {
            guards.put(name, guard);
        }
        next.guards = Collections.unmodifiableMap(guards);
    }

    /// Adds a NIC, or puts it in the place of the one of that name.
    void put(NodeConfig.Nic nic) {
        writableNics().put(nic.name(), nic);
    }

    void removeNic(String name) {
        writableNics().remove(name);
        guard(name, null);
    }

    int nextLinkIndex() {
        return ++next.lastLinkIndex;
    }

    void put(NodeConfig.Link link) {
        writableLinks().put(link.name(), link);
    }

    void removeLink(String name) {
        writableLinks().remove(name);
        guard(name, null);
    }

    /// An id for a new port. Ids go round, so that an id is not given again at once: loops and learned addresses must
    /// not take a new port for an old.
    int freePort() throws StatementException {
        Set<Integer> used = new HashSet<>();
        for (NodeConfig config : List.of(before, next)) {
            config.nics.values().forEach(nic -> used.add(nic.port()));
            config.links.values().forEach(link -> used.add(link.port()));
        }
        for (int tried = 0; tried < Rule.MAX_PORTS; tried++) {
            next.lastPort = (next.lastPort + 1) % Rule.MAX_PORTS;
            if (!used.contains(next.lastPort)) {
                return next.lastPort;
            }
        }
        throw new StatementException("a node has at most " + Rule.MAX_PORTS + " NICs and links together");
    }

    /// Whether routes lead to or from the port.
    boolean isUsed(int port) {
        return next.routes.values().stream()
                .anyMatch(entry ->
                        entry.rule().destinationPort() == port || entry.rule().sourcePort() == port);
    }

    /// @param what "NIC" or "link"
    /// @throws StatementException when routes lead to or from the port
    void refuseWhenUsed(String what, String name, int port) throws StatementException {
        List<Integer> users = new ArrayList<>();
        for (NodeConfig.RouteEntry entry : next.routes.values()) {
            if (entry.rule().destinationPort() == port || entry.rule().sourcePort() == port) {
                users.add(entry.index());
            }
        }
        if (!users.isEmpty()) {
            throw new StatementException("'" + name + "': " + users.size() + " route(s) use this " + what
                    + ", delete them first: " + shortened(users));
        }
    }

    // --- routes ---

    Map<Integer, NodeConfig.RouteEntry> routes() {
        return next.routes;
    }

    void addRoute(Route route, Rule rule) throws StatementException {
        if (routeIndexes().containsKey(route)) {
            throw new StatementException("'" + route + "': there is such a route already");
        }
        int index = ++next.lastRouteIndex;
        routeIndexes().put(route, index);
        writableRoutes().put(index, new NodeConfig.RouteEntry(index, route, rule));
    }

    void removeRoute(Route route) throws StatementException {
        Integer index = routeIndexes().get(route);
        if (index == null) {
            throw new StatementException("'" + route + "': there is no such route, see 'show routes'");
        }
        removeRoute(index);
    }

    void removeRoute(int index) throws StatementException {
        NodeConfig.RouteEntry entry = next.routes.get(index);
        if (entry == null) {
            throw new StatementException("'" + index + "': there is no route of that index, see 'show routes'");
        }
        routeIndexes().remove(entry.route());
        writableRoutes().remove(index);
    }

    /// The port that one end of a rule means.
    int port(Point point) throws StatementException {
        return point.kind() == PointKind.EDGE ? edge(point.id()) : interfaceOf(point.id());
    }

    private int edge(String id) throws StatementException {
        NodeConfig.Link link = next.links.get(id);
        if (link == null) {
            for (NodeConfig.Link candidate : next.links.values()) {
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
            throw noSuch("link", id, next.links.keySet());
        }
        return link.port();
    }

    private int interfaceOf(String id) throws StatementException {
        for (NodeConfig.Nic candidate : next.nics.values()) {
            if (candidate.name().equals(id)
                    || candidate.mac().isPresent()
                            && MacAddress.format(candidate.mac().getAsLong()).equals(id)) {
                return candidate.port();
            }
        }
        throw noSuch("NIC", id, next.nics.keySet());
    }

    private Map<Route, Integer> routeIndexes() {
        if (routeIndexes == null) {
            routeIndexes = HashMap.newHashMap(next.routes.size() * 2);
            next.routes.values().forEach(entry -> routeIndexes.put(entry.route(), entry.index()));
        }
        return routeIndexes;
    }

    private Map<String, NodeConfig.Nic> writableNics() {
        if (next.nics == before.nics) {
            next.nics = new LinkedHashMap<>(next.nics);
        }
        return next.nics;
    }

    private Map<String, NodeConfig.Link> writableLinks() {
        if (next.links == before.links) {
            next.links = new LinkedHashMap<>(next.links);
        }
        return next.links;
    }

    private Map<Integer, NodeConfig.RouteEntry> writableRoutes() {
        if (next.routes == before.routes) {
            next.routes = new LinkedHashMap<>(next.routes);
        }
        return next.routes;
    }

    // --- words of refusals ---

    static StatementException noSuch(String what, String name, Collection<String> known) {
        return new StatementException("'" + name + "': there is no such " + what + "; expected "
                + (known.isEmpty() ? "none, as there is no " + what + " yet" : "one of " + shortened(known)));
    }

    private static String shortened(Collection<?> items) {
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
