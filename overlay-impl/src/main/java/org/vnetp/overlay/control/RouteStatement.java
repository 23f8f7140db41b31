package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.vnetp.overlay.control.Statement.Point;
import org.vnetp.overlay.control.Statement.PointKind;
import org.vnetp.overlay.control.Statement.Route;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.FlowRule;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.Rule;

/// `route`: VNET/P's rules.
final class RouteStatement {
    private static final Argument<Route> ROUTE =
            new Argument<>("ROUTE", "a source MAC address", "SOURCE DESTINATION TO FROM", RouteStatement::route);
    private static final Argument<Statement> WHICH = new Argument<>(
            "ROUTE|INDEX",
            "a source MAC address, or an index",
            "the rule as it was added, or its index as 'show routes' tells it",
            words -> words.left() == 1 && Words.isIndex(words.peek(""))
                    ? new DeleteIndex((int) words.number("an index", 1, Integer.MAX_VALUE))
                    : new Delete(route(words)));

    static final Syntax SYNTAX = Syntax.of(
                    "route",
                    "says where frames go",
                    Form.of("add", ROUTE).makes(said -> new Add(said.get(ROUTE))),
                    Form.of("replace", ROUTE).makes(said -> new Replace(said.get(ROUTE))),
                    Form.of("del", WHICH).makes(said -> said.get(WHICH)),
                    Form.of("move", ROUTE).makes(said -> new Move(said.get(ROUTE))),
                    Form.of("retire", WHICH).makes(said -> new Retire(said.get(WHICH))))
            .notes(
                    "A rule is SOURCE DESTINATION TO FROM. SOURCE and DESTINATION are MAC addresses, as 02:00:00:00:00:01,"
                            + " not-MAC (every other), any, or as a destination none (what no better rule takes). TO is"
                            + " 'edge LINK' or 'interface NIC', FROM the same or 'any'; a link may be called by its IP"
                            + " address, a NIC by its MAC address.",
                    "Of the rules that match a frame the most specific fire, all of them, so that several can send broadcast"
                            + " to many. From the most specific on: two addresses; an address and a not-; an address and"
                            + " any; a not- and any; an address and none; any and any. A frame never goes back to where"
                            + " it came from.",
                    "replace puts the rule in the place of all with the same SOURCE, DESTINATION and FROM, in one step.",
                    "move is replace, and retire is del, for a flow that must not feel it: SOURCE and DESTINATION are"
                            + " addresses, and the flow goes by one link before and after. No frame is lost, or overtakes"
                            + " another: the new way is tried first, and frames that come by it wait where the two ways"
                            + " meet until the old one is empty. Both return when the flow has moved, or refuse; 'show"
                            + " moves' tells how it went.");

    private RouteStatement() {}

    static Route route(Words words) throws StatementException {
        MacPattern source = words.mac("a source MAC address");
        MacPattern destination = words.mac("a destination MAC address");
        if (Rule.priority(source.qualifier(), destination.qualifier()) == 0) {
            throw noPriority(source, destination);
        }
        Point to = point(words, "edge or interface", false);
        Point from = point(words, "edge, interface or any (the source)", true);
        return new Route(source, destination, to, from);
    }

    private static StatementException noPriority(MacPattern source, MacPattern destination) {
        return new StatementException("'" + source + " " + destination
                + "': VNET/P has no priority for this pair; expected 'none' only as destination of an exact source,"
                + " and 'not-' on one side only");
    }

    private static Point point(Words words, String expected, boolean source) throws StatementException {
        String kind = words.take(expected);
        return switch (kind) {
            case "edge" -> new Point(PointKind.EDGE, id(words.take("a link's name or IP address")));
            case "interface" -> new Point(PointKind.INTERFACE, id(words.take("a NIC's name or MAC address")));
            case "any" -> {
                if (!source) {
                    throw Words.refused(kind, expected);
                }
                yield Point.ANYWHERE;
            }
            default -> throw Words.refused(kind, expected);
        };
    }

    /// Addresses as ids have one spelling, so that the same rule is the same text.
    private static String id(String text) {
        return text.length() == 17 && text.indexOf(':') == 2 ? text.toLowerCase(Locale.ROOT) : text;
    }

    /// The rule over port ids.
    private static Rule resolve(ConfigEditor config, Route route) throws StatementException {
        if (Rule.priority(route.source().qualifier(), route.destination().qualifier()) == 0) {
            throw noPriority(route.source(), route.destination());
        }
        int to = config.port(route.to());
        int from = route.from().kind() == PointKind.ANY ? Rule.ANY_PORT : config.port(route.from());
        if (to == from) {
            throw new StatementException(
                    "'" + route.from() + "': frames never go back to where they came from; expected another source");
        }
        return new Rule(route.source(), route.destination(), from, to);
    }

    /// `route add ROUTE`, VNET/P's `ADD ROUTE`
    record Add(Route route) implements Statement.Routing {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            config.addRoute(route, resolve(config, route));
        }
    }

    /// `route del ROUTE`
    record Delete(Route route) implements Statement.Routing {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            config.removeRoute(route);
        }
    }

    /// `route del INDEX`, VNET/P's `DEL INDEX` among routes.
    record DeleteIndex(int index) implements Statement.Routing {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            config.removeRoute(index);
        }
    }

    /// `route move ROUTE`: [Replace], but no frame of the flow is lost or overtakes another.
    record Move(Route route) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            if (route.to().kind() != PointKind.EDGE) {
                throw new StatementException(
                        "'" + route.to() + "': expected 'edge LINK', as a flow moves from link to" + " link");
            }
            flow(route, config);
            new Replace(route).apply(config);
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
            works.actuator().move(flow(route, new ConfigEditor(after)), after.routingTable());
        }
    }

    /// `route retire ROUTE`, `route retire INDEX`: [Delete], but no frame of the flow is lost or overtakes another.
    record Retire(Statement which) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            flow(route(config.routes().values()), config);
            which.apply(config);
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
            works.actuator()
                    .move(flow(route(before.routes().values()), new ConfigEditor(before)), after.routingTable());
        }

        private Route route(Collection<NodeConfig.RouteEntry> routes) throws StatementException {
            for (NodeConfig.RouteEntry entry : routes) {
                if (which instanceof DeleteIndex(int index) && entry.index() == index
                        || which instanceof Delete(Route route) && entry.route().equals(route)) {
                    return entry.route();
                }
            }
            String said =
                    which instanceof DeleteIndex(int index) ? Integer.toString(index) : ((Delete) which).route() + "";
            throw new StatementException("'" + said + "': there is no such route, see 'show routes'");
        }
    }

    /// The flow that a rule for two addresses is about.
    private static FlowRule flow(Route route, ConfigEditor config) throws StatementException {
        MacPattern source = route.source();
        MacPattern destination = route.destination();
        if (source.qualifier() != MacPattern.Qualifier.EXACT
                || destination.qualifier() != MacPattern.Qualifier.EXACT
                || MacAddress.isGroup(source.mac())
                || MacAddress.isGroup(destination.mac())) {
            throw new StatementException("'" + source + " " + destination
                    + "': a flow moves from one guest to another; expected two addresses, neither of a group");
        }
        int from = route.from().kind() == PointKind.ANY ? Rule.ANY_PORT : config.port(route.from());
        return new FlowRule(source.mac(), destination.mac(), from);
    }

    /// `route replace ROUTE`: all rules with the same source address, destination address and
    /// source point give way to this one, in one step. Where there are none it only adds.
    record Replace(Route route) implements Statement.Routing {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            Rule rule = resolve(config, route);
            List<Integer> old = new ArrayList<>();
            for (NodeConfig.RouteEntry entry : config.routes().values()) {
                Route r = entry.route();
                if (r.source().equals(route.source())
                        && r.destination().equals(route.destination())
                        && r.from().equals(route.from())) {
                    old.add(entry.index());
                }
            }
            for (int index : old) {
                config.removeRoute(index);
            }
            config.addRoute(route, rule);
        }
    }
}
