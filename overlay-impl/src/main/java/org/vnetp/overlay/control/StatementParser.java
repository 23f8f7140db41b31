package org.vnetp.overlay.control;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.vnetp.overlay.control.Statement.Encapsulation;
import org.vnetp.overlay.control.Statement.NicKind;
import org.vnetp.overlay.control.Statement.Point;
import org.vnetp.overlay.control.Statement.PointKind;
import org.vnetp.overlay.control.Statement.Route;
import org.vnetp.overlay.control.Statement.Topic;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.YieldStrategy;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.Rule;

/// Parses one stream of statements, one a line: a file, or what a client of the control socket
/// says. Whatever the text, the only exception is [StatementException].
///
/// VNET/P's own statements are told from each other by shape: `ADD IP PORT` is a link,
/// `ADD MAC MAC ...` a route. `DEL INDEX` has the same shape for both, so it takes after the last
/// `ADD` of the stream (VNET/P keeps links and routes in two files), or after a line `links:` or
/// `routes:`; without either it is refused.
///
/// Words are separated by blanks; `#` begins a comment. Not safe for use by several threads.
public final class StatementParser {
    /// Longest line, characters.
    public static final int MAX_LINE = 1024;

    private static final int MAX_NAME = 32;
    // Linux's IFNAMSIZ less the terminator.
    private static final int MAX_NIC_NAME = 15;
    private static final int MAX_NETWORK = 0xFF_FFFF;
    private static final int MAX_QUEUES = 16;

    /// Frames that a guest may have waiting for the node. A superframe has up to 64 KB, so that more of them only
    /// outgrow the caches: with 64 a stream ran 4 to 8 % faster than with the kernel's 500.
    private static final int DEFAULT_RING = 64;

    private static final int LEAST_RING = 8;
    private static final int MAX_RING = 65_535;
    private static final int LEAST_UNDERLAY_MTU = 576;
    private static final String COMMANDS =
            "node, listen, nic, link, route, learn, dispatch, mtu, fastpath, metrics, begin, commit, abort, show, ADD or DEL";

    private enum Section {
        NONE,
        LINKS,
        ROUTES
    }

    private int line;
    private Section section = Section.NONE;

    // The line being parsed.
    private String[] words = {};
    private int next;

    /// A statement and the line it stood on.
    public record Numbered(int line, Statement statement) {}

    /// Parses a whole text; nothing is carried out, so a syntax error anywhere leaves everything
    /// as it was.
    public static List<Numbered> parseAll(String text) throws StatementException {
        StatementParser parser = new StatementParser();
        List<Numbered> statements = new ArrayList<>();
        for (String each : text.split("\n", -1)) {
            Optional<Statement> statement = parser.parse(each);
            statement.ifPresent(s -> statements.add(new Numbered(parser.line, s)));
        }
        return statements;
    }

    /// Lines parsed so far.
    public int line() {
        return line;
    }

    /// Parses the next line.
    ///
    /// @return empty for a blank line, a comment, a section line
    public Optional<Statement> parse(String text) throws StatementException {
        line++;
        try {
            if (text.length() > MAX_LINE) {
                throw new StatementException(
                        "a line of " + text.length() + " characters: expected at most " + MAX_LINE);
            }
            int comment = text.indexOf('#');
            String said = (comment < 0 ? text : text.substring(0, comment)).strip();
            if (said.isEmpty()) {
                return Optional.empty();
            }
            words = said.split("\\s+");
            next = 0;
            return statement();
        } catch (StatementException e) {
            throw e.at(line);
        }
    }

    private Optional<Statement> statement() throws StatementException {
        String command = take(COMMANDS);
        Statement statement = switch (command) {
            case "links:", "routes:" -> {
                section = command.equals("links:") ? Section.LINKS : Section.ROUTES;
                yield null;
            }
            case "ADD", "add" -> add();
            case "DEL", "del" -> delete();
            case "node" -> new Statement.Node(name("a node's name", MAX_NAME));
            case "listen" -> listen();
            case "nic" -> nic();
            case "link" -> link();
            case "route" -> route();
            case "learn" -> learn();
            case "dispatch" -> dispatch();
            case "mtu" -> mtu();
            case "fastpath" -> new Statement.FastPath(onOff());
            case "metrics" -> metrics();
            case "begin" -> new Statement.Begin();
            case "commit" -> new Statement.Commit();
            case "abort" -> new Statement.Abort();
            case "show" -> show();
            default -> throw refused(command, COMMANDS);
        };
        if (next < words.length) {
            throw refused(words[next], "the end of the line");
        }
        return Optional.ofNullable(statement);
    }

    // --- VNET/P's own ---

    private Statement add() throws StatementException {
        String first = peek("an IP address (a link) or a MAC address, not-MAC, any or none (a route)");
        if (looksLikeAddress(first)) {
            section = Section.LINKS;
            InetAddress address = address(take(""), "an IP address");
            int port = (int) number("a UDP port", 1, 65535);
            if (more()) {
                String transport = take("udp");
                if (transport.equals("tcp")) {
                    throw new StatementException("'tcp': links over TCP are not carried out; expected udp");
                }
                if (!transport.equals("udp")) {
                    throw refused(transport, "udp");
                }
            }
            return new Statement.LinkAdd(
                    Optional.empty(), new Endpoint(address, port), Encapsulation.VNET, OptionalInt.empty());
        }
        if (pattern(first).isEmpty()) {
            throw refused(
                    first,
                    "an IP address (a link) or a MAC address as 02:00:00:00:00:01, not-MAC, any or none (a route)");
        }
        Statement statement = new Statement.RouteAdd(routeShape());
        section = Section.ROUTES;
        return statement;
    }

    private Statement delete() throws StatementException {
        int index = (int) number("an index as 'show links' and 'show routes' tell", 1, Integer.MAX_VALUE);
        return switch (section) {
            case LINKS -> new Statement.LinkDeleteIndex(index);
            case ROUTES -> new Statement.RouteDeleteIndex(index);
            case NONE ->
                throw new StatementException("'" + index
                        + "': a link's index or a route's? expected an ADD, or a line 'links:' or 'routes:',"
                        + " before this DEL; or 'link del " + index + "' or 'route del " + index + "'");
        };
    }

    private Route routeShape() throws StatementException {
        MacPattern source = mac("a source MAC address");
        MacPattern destination = mac("a destination MAC address");
        if (Rule.priority(source.qualifier(), destination.qualifier()) == 0) {
            throw new StatementException("'" + source + " " + destination
                    + "': VNET/P has no priority for this pair; expected 'none' only as destination of an exact source,"
                    + " and 'not-' on one side only");
        }
        Point to = point("edge or interface", false);
        Point from = more() ? point("edge, interface or any (the source)", true) : missingSource();
        return new Route(source, destination, to, from);
    }

    private Point missingSource() throws StatementException {
        throw refused("", "edge, interface or any (the source)");
    }

    private Point point(String expected, boolean source) throws StatementException {
        String kind = take(expected);
        return switch (kind) {
            case "edge" -> new Point(PointKind.EDGE, id(take("a link's name or IP address")));
            case "interface" -> new Point(PointKind.INTERFACE, id(take("a NIC's name or MAC address")));
            case "any" -> {
                if (!source) {
                    throw refused(kind, expected);
                }
                yield Point.ANYWHERE;
            }
            default -> throw refused(kind, expected);
        };
    }

    /// Addresses as ids have one spelling, so that the same rule is the same text.
    private static String id(String text) {
        if (text.length() == 17 && text.indexOf(':') == 2) {
            return text.toLowerCase(Locale.ROOT);
        }
        return text;
    }

    private MacPattern mac(String what) throws StatementException {
        String expected = what + " as 02:00:00:00:00:01, not-MAC, any or none";
        String word = take(expected);
        return pattern(word).orElseThrow(() -> refused(word, expected));
    }

    private static Optional<MacPattern> pattern(String word) {
        if (word.equals("any")) {
            return Optional.of(MacPattern.ANY);
        }
        if (word.equals("none")) {
            return Optional.of(MacPattern.NONE);
        }
        boolean not = word.startsWith("not-");
        try {
            long mac = MacAddress.parse(not ? word.substring(4) : word);
            return Optional.of(not ? MacPattern.not(mac) : MacPattern.exact(mac));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    // --- ours ---

    private Statement listen() throws StatementException {
        Endpoint endpoint = endpoint("where to listen, as 10.1.0.1:4789 or 0.0.0.0:4789", true);
        int network = 0;
        if (more()) {
            keyword("network");
            network = (int) number("a network id", 0, MAX_NETWORK);
        }
        return new Statement.Listen(endpoint, network);
    }

    private Statement nic() throws StatementException {
        if (peek("a NIC's name or del").equals("del")) {
            take("");
            return new Statement.NicDelete(name("a NIC's name", MAX_NIC_NAME));
        }
        String name = name("a NIC's name", MAX_NIC_NAME);
        String kind = take("tap or memory");
        if (kind.equals("memory")) {
            return new Statement.NicAdd(
                    name,
                    NicKind.MEMORY,
                    OptionalLong.empty(),
                    OptionalInt.empty(),
                    Optional.empty(),
                    false,
                    1,
                    0,
                    false);
        }
        if (!kind.equals("tap")) {
            throw refused(kind, "tap or memory");
        }
        OptionalLong mac = OptionalLong.empty();
        OptionalInt mtu = OptionalInt.empty();
        Optional<String> netns = Optional.empty();
        boolean persist = false;
        int queues = 1;
        int ring = DEFAULT_RING;
        boolean fastPath = false;
        Set<String> seen = new HashSet<>();
        String options = "mac, mtu, netns, persist, queues, ring or fastpath";
        while (more()) {
            String option = once(options, seen);
            switch (option) {
                case "mac" -> mac = OptionalLong.of(unicast());
                case "mtu" -> mtu = OptionalInt.of(mtuValue());
                case "netns" -> netns = Optional.of(netns());
                case "persist" -> persist = true;
                case "queues" -> queues = (int) number("queues", 1, MAX_QUEUES);
                case "ring" -> ring = (int) number("ring", LEAST_RING, MAX_RING);
                case "fastpath" -> fastPath = true;
                default -> throw refused(option, options);
            }
        }
        return new Statement.NicAdd(name, NicKind.TAP, mac, mtu, netns, persist, queues, ring, fastPath);
    }

    private long unicast() throws StatementException {
        String expected = "a unicast MAC address as 02:00:00:00:00:01";
        String word = take(expected);
        Optional<MacPattern> pattern = pattern(word).filter(p -> p.qualifier() == MacPattern.Qualifier.EXACT);
        if (pattern.isEmpty()
                || MacAddress.isGroup(pattern.get().mac())
                || pattern.get().mac() == 0) {
            throw refused(word, expected);
        }
        return pattern.get().mac();
    }

    private String netns() throws StatementException {
        String expected = "a network namespace's name, or an absolute path";
        String word = take(expected);
        if (word.indexOf('\0') >= 0 || !word.startsWith("/") && !isName(word, 255)) {
            throw refused(word, expected);
        }
        return word;
    }

    private Statement link() throws StatementException {
        String verb = take("add or del");
        if (verb.equals("del")) {
            if (isIndex(peek("a link's name or index"))) {
                return new Statement.LinkDeleteIndex((int) number("an index", 1, Integer.MAX_VALUE));
            }
            return new Statement.LinkDelete(take(""));
        }
        if (!verb.equals("add")) {
            throw refused(verb, "add or del");
        }
        String name = name("a link's name", MAX_NAME);
        if (isIndex(name)) {
            throw refused(name, "a link's name that is not a number, as 'link del' takes numbers for indexes");
        }
        Endpoint endpoint = endpoint("the other node's address, as 10.1.0.2:4789");
        Encapsulation encapsulation = Encapsulation.VNET;
        OptionalInt mtu = OptionalInt.empty();
        Set<String> seen = new HashSet<>();
        while (more()) {
            String option = once("encap or mtu", seen);
            switch (option) {
                case "encap" -> encapsulation = oneOf(Encapsulation.values());
                case "mtu" -> mtu = OptionalInt.of((int) number("the underlay's MTU", LEAST_UNDERLAY_MTU, 65535));
                default -> throw refused(option, "encap or mtu");
            }
        }
        return new Statement.LinkAdd(Optional.of(name), endpoint, encapsulation, mtu);
    }

    private Statement route() throws StatementException {
        String expected = "add, del or replace";
        String verb = take(expected);
        return switch (verb) {
            case "add" -> new Statement.RouteAdd(routeShape());
            case "replace" -> new Statement.RouteReplace(routeShape());
            case "del" -> {
                if (words.length == next + 1 && isIndex(words[next])) {
                    yield new Statement.RouteDeleteIndex((int) number("an index", 1, Integer.MAX_VALUE));
                }
                yield new Statement.RouteDelete(routeShape());
            }
            default -> throw refused(verb, expected);
        };
    }

    private boolean onOff() throws StatementException {
        String state = take("on or off");
        if (!state.equals("on") && !state.equals("off")) {
            throw refused(state, "on or off");
        }
        return state.equals("on");
    }

    private Statement learn() throws StatementException {
        if (!onOff()) {
            return new Statement.Learn(false, OptionalLong.empty(), false);
        }
        OptionalLong age = OptionalLong.empty();
        boolean relay = false;
        Set<String> seen = new HashSet<>();
        while (more()) {
            String option = once("age or relay", seen);
            switch (option) {
                case "age" -> age = OptionalLong.of(duration("an age", 1_000_000L, 86_400_000_000_000L));
                case "relay" -> relay = true;
                default -> throw refused(option, "age or relay");
            }
        }
        return new Statement.Learn(true, age, relay);
    }

    private Statement dispatch() throws StatementException {
        Optional<DispatchMode> out = Optional.empty();
        Optional<DispatchMode> in = Optional.empty();
        OptionalLong alphaL = OptionalLong.empty();
        OptionalLong alphaU = OptionalLong.empty();
        OptionalLong omega = OptionalLong.empty();
        Optional<YieldStrategy> yield = Optional.empty();
        OptionalLong tSleep = OptionalLong.empty();
        OptionalInt tNoyield = OptionalInt.empty();
        OptionalInt dispatchers = OptionalInt.empty();
        OptionalInt batch = OptionalInt.empty();
        String options =
                "mode, mode-out, mode-in, alpha-l, alpha-u, omega, yield, t-sleep, t-noyield, dispatchers or batch";
        Set<String> seen = new HashSet<>();
        do {
            String option = once(options, seen);
            switch (option) {
                case "mode" -> {
                    if (seen.contains("mode-out") || seen.contains("mode-in")) {
                        throw refused(option, "mode for both directions, or mode-out and mode-in");
                    }
                    out = Optional.of(oneOf(DispatchMode.values()));
                    in = out;
                    seen.addAll(List.of("mode-out", "mode-in"));
                }
                case "mode-out" -> {
                    out = Optional.of(oneOf(DispatchMode.values()));
                    seen.add("mode");
                }
                case "mode-in" -> {
                    in = Optional.of(oneOf(DispatchMode.values()));
                    seen.add("mode");
                }
                case "alpha-l" -> alphaL = OptionalLong.of(number("packets/s", 0, 1_000_000_000));
                case "alpha-u" -> alphaU = OptionalLong.of(number("packets/s", 1, 1_000_000_000));
                case "omega" -> omega = OptionalLong.of(duration("a window", 100_000, 10_000_000_000L));
                case "yield" -> yield = Optional.of(oneOf(YieldStrategy.values()));
                case "t-sleep" -> tSleep = OptionalLong.of(duration("a time", 1_000, 1_000_000_000));
                case "t-noyield" -> tNoyield = OptionalInt.of((int) number("rounds", 0, 1_000_000_000));
                case "dispatchers" -> dispatchers = OptionalInt.of((int) number("loops", 1, 1024));
                case "batch" -> batch = OptionalInt.of((int) number("frames", 1, 1 << 16));
                default -> throw refused(option, options);
            }
        } while (more());
        return new Statement.Dispatch(out, in, alphaL, alphaU, omega, yield, tSleep, tNoyield, dispatchers, batch);
    }

    private Statement mtu() throws StatementException {
        String nic = name("a NIC's name", MAX_NIC_NAME);
        if (peek("an MTU or auto").equals("auto")) {
            take("");
            return new Statement.Mtu(nic, OptionalInt.empty());
        }
        return new Statement.Mtu(nic, OptionalInt.of(mtuValue()));
    }

    private int mtuValue() throws StatementException {
        return (int) number("an MTU", NodeConfig.LEAST_MTU, NodeConfig.MOST_MTU);
    }

    private Statement metrics() throws StatementException {
        String verb = take("listen or off");
        if (verb.equals("off")) {
            return new Statement.Metrics(Optional.empty());
        }
        if (!verb.equals("listen")) {
            throw refused(verb, "listen or off");
        }
        String word = peek("a loopback address, as 127.0.0.1:9100");
        Endpoint endpoint = endpoint("a loopback address, as 127.0.0.1:9100");
        if (!endpoint.address().isLoopbackAddress()) {
            throw refused(word, "a loopback address, as 127.0.0.1:9100; metrics are never served to other hosts");
        }
        return new Statement.Metrics(Optional.of(endpoint));
    }

    private Statement show() throws StatementException {
        Topic topic = oneOf(Topic.values());
        boolean json = false;
        if (more()) {
            keyword("--json");
            json = true;
        }
        return new Statement.Show(topic, json);
    }

    // --- words ---

    private boolean more() {
        return next < words.length;
    }

    private String peek(String expected) throws StatementException {
        if (!more()) {
            throw refused("", expected);
        }
        return words[next];
    }

    private String take(String expected) throws StatementException {
        String word = peek(expected);
        next++;
        return word;
    }

    private void keyword(String expected) throws StatementException {
        String word = take(expected);
        if (!word.equals(expected)) {
            throw refused(word, expected);
        }
    }

    private String once(String expected, Set<String> seen) throws StatementException {
        String word = take(expected);
        if (!seen.add(word)) {
            throw new StatementException(
                    "'" + printable(word) + "': said already on this line; expected each option once");
        }
        return word;
    }

    private <E extends Enum<E>> E oneOf(E[] values) throws StatementException {
        List<String> labels = new ArrayList<>();
        Arrays.stream(values).forEach(v -> labels.add(v.name().toLowerCase(Locale.ROOT)));
        String expected = String.join(", ", labels.subList(0, labels.size() - 1)) + " or " + labels.getLast();
        String word = take(expected);
        int found = labels.indexOf(word);
        if (found < 0) {
            throw refused(word, expected);
        }
        return values[found];
    }

    private String name(String what, int longest) throws StatementException {
        String expected = what + ": a letter or digit, then letters, digits, '.', '_' or '-', at most " + longest
                + ", and not add or del";
        String word = take(expected);
        if (!isName(word, longest) || word.equals("add") || word.equals("del")) {
            throw refused(word, expected);
        }
        return word;
    }

    private static boolean isName(String word, int longest) {
        if (word.isEmpty() || word.length() > longest) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            boolean alphanumeric = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!alphanumeric && (i == 0 || c != '.' && c != '_' && c != '-')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIndex(String word) {
        return !word.isEmpty() && word.length() <= 10 && word.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private long number(String what, long least, long most) throws StatementException {
        String expected = what + ", " + least + ".." + most;
        String word = take(expected);
        long value = digits(word);
        if (value < least || value > most) {
            throw refused(word, expected);
        }
        return value;
    }

    private static long digits(String word) {
        if (word.isEmpty() || word.length() > 18) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }

    private long duration(String what, long leastNs, long mostNs) throws StatementException {
        String expected =
                what + " with unit ns, us, ms or s, " + Durations.format(leastNs) + ".." + Durations.format(mostNs);
        String word = take(expected);
        int end = 0;
        while (end < word.length() && word.charAt(end) >= '0' && word.charAt(end) <= '9') {
            end++;
        }
        long factor = switch (word.substring(end)) {
            case "ns" -> 1;
            case "us" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> 1_000_000_000;
            default -> 0;
        };
        long count = digits(word.substring(0, end));
        if (factor == 0 || count < 0 || count > mostNs / factor || count * factor < leastNs) {
            throw refused(word, expected);
        }
        return count * factor;
    }

    private Endpoint endpoint(String expected) throws StatementException {
        return endpoint(expected, false);
    }

    private Endpoint endpoint(String expected, boolean wildcard) throws StatementException {
        String word = take(expected);
        int colon = word.lastIndexOf(':');
        if (colon <= 0) {
            throw refused(word, expected);
        }
        String host = word.substring(0, colon);
        long port = digits(word.substring(colon + 1));
        if (port < 1 || port > 65535) {
            throw refused(word, expected + ", with a port 1..65535");
        }
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
            if (host.indexOf(':') < 0) {
                throw refused(word, expected);
            }
        } else if (host.indexOf(':') >= 0) {
            throw refused(word, expected + " or [fd00::2]:4789");
        }
        try {
            return new Endpoint(literal(host, wildcard), (int) port);
        } catch (IllegalArgumentException e) {
            throw refused(word, expected);
        }
    }

    private static boolean looksLikeAddress(String word) {
        return word.indexOf('.') > 0
                || word.indexOf(':') >= 0
                        && word.indexOf(':') != 2
                        && pattern(word).isEmpty()
                        && !word.startsWith("not-");
    }

    private static InetAddress address(String word, String expected) throws StatementException {
        try {
            return literal(word, false);
        } catch (IllegalArgumentException e) {
            throw refused(word, expected);
        }
    }

    /// Dotted quads and IPv6 only: no names to resolve, no scopes, no short forms of IPv4.
    private static InetAddress literal(String text, boolean wildcard) {
        boolean six = text.indexOf(':') >= 0;
        if (text.indexOf('%') >= 0 || !six && !text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            throw new IllegalArgumentException(text);
        }
        InetAddress address = InetAddress.ofLiteral(text);
        if (address.isMulticastAddress() || address.isAnyLocalAddress() && !wildcard) {
            throw new IllegalArgumentException(text);
        }
        return address;
    }

    private static StatementException refused(String word, String expected) {
        return new StatementException((word.isEmpty() ? "the statement ends too early" : "'" + printable(word) + "'")
                + ": expected " + expected);
    }

    private static String printable(String word) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(word.length(), 64); i++) {
            char c = word.charAt(i);
            text.append(c < 0x20 || c >= 0x7F && c < 0xA0 || Character.isSurrogate(c) ? '?' : c);
        }
        return word.length() > 64 ? text.append("...").toString() : text.toString();
    }
}
