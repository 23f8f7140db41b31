package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.overlay.control.Statement.Point;
import org.vnetp.overlay.control.Statement.PointKind;
import org.vnetp.overlay.control.Statement.Route;
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
                    Form.of("del", WHICH).makes(said -> said.get(WHICH)))
            .notes(
                    "A rule is SOURCE DESTINATION TO FROM. SOURCE and DESTINATION are MAC addresses, as 02:00:00:00:00:01,"
                            + " not-MAC (every other), any, or as a destination none (what no better rule takes). TO is"
                            + " 'edge LINK' or 'interface NIC', FROM the same or 'any'; a link may be called by its IP"
                            + " address, a NIC by its MAC address.",
                    "Of the rules that match a frame the most specific fire, all of them, so that several can send broadcast"
                            + " to many. From the most specific on: two addresses; an address and a not-; an address and"
                            + " any; a not- and any; an address and none; any and any. A frame never goes back to where"
                            + " it came from.",
                    "replace puts the rule in the place of all with the same SOURCE, DESTINATION and FROM, in one step.");

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
