package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.vnetp.overlay.adapt.View.Link;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Owned;
import org.vnetp.overlay.adapt.View.Pair;
import org.vnetp.overlay.adapt.View.Range;
import org.vnetp.overlay.adapt.View.Rule;

/// Makes a view of what nodes answer. A value that cannot be is taken as unknown, a guest that two
/// nodes call theirs as nobody's, and both are complained of. One thread.
final class ViewReader {
    /// What a node is asked, in this order.
    static final List<String> QUESTIONS = List.of(
            "show node --json",
            "show nics --json",
            "show links --json",
            "show routes --json",
            "show measurements --json",
            "show adaptation --json",
            "show matrix --json");
    /// Asked too where the node learns.
    static final String LEARNED = "show learned --json";

    private static final double MOST_NS = 1e11;
    private static final double MOST_COUNT = 1e18;
    private static final int MOST_WORD = 64;

    /// What was read.
    ///
    /// @param view       nodes by their names
    /// @param counts     what guests sent, for [Rates]
    /// @param told       guests whose nodes have answered
    /// @param complaints what was not believed, and why
    record Read(View view, Map<Pair, Rates.Count> counts, Set<String> told, List<String> complaints) {}

    private record Answered(Map<String, Object> node, List<Map<String, Object>> answers) {}

    private final List<String> complaints = new ArrayList<>();
    private final Map<String, Answered> nodes = new LinkedHashMap<>();
    private Map<String, String> byKey = Map.of();

    /// Takes in a node's answers.
    ///
    /// @param answers to [#QUESTIONS], and perhaps to [#LEARNED]
    /// @return the node's name
    /// @throws IllegalArgumentException where they are not what a node says
    String add(List<String> answers) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (String answer : answers) {
            all.add(JsonReader.object(answer));
        }
        String name = JsonReader.text(all.getFirst(), "node");
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw new IllegalArgumentException("a node that tells no name: '" + cut(name) + "'");
        }
        if (nodes.put(name, new Answered(all.getFirst(), all)) != null) {
            throw new IllegalArgumentException("two nodes are called '" + name + "': expected one of that name");
        }
        return name;
    }

    /// Whether a node learns, by its answer to `show node --json`.
    static boolean learns(String answer) {
        return Boolean.TRUE.equals(
                JsonReader.fields(JsonReader.object(answer).get("learn")).get("on"));
    }

    /// Puts all together.
    Read read() {
        Map<String, String> byAddress = new HashMap<>();
        nodes.forEach((name, each) -> byAddress.put(JsonReader.text(each.node(), "listen"), name));
        byAddress.remove("");
        byKey = byKey();
        Map<String, Set<String>> guests = guests();
        Map<String, Node> all = new LinkedHashMap<>();
        nodes.forEach((name, each) -> all.put(name, node(name, each, guests.get(name), byAddress)));
        View view = new View(all);
        Set<String> told = new TreeSet<>();
        guests.values().forEach(told::addAll);
        return new Read(view, counts(view), told, List.copyOf(complaints));
    }

    /// Whose public keys they are. A link with keys leads to who has the other key, wherever that node is: a link that
    /// says `any` tells no address, and behind a NAT a node is not where it listens.
    private Map<String, String> byKey() {
        Map<String, String> owners = new HashMap<>();
        Set<String> shared = new TreeSet<>();
        nodes.forEach((name, each) -> {
            for (Map<String, Object> link : JsonReader.objects(each.answers().get(2), "links")) {
                String own = JsonReader.text(link, "own");
                String other = own.isEmpty() ? null : owners.put(own, name);
                if (other != null && !other.equals(name) && shared.add(own)) {
                    complaints.add(
                            "key " + cut(own) + ": " + other + " and " + name
                                    + " both have it: expected a key of its own for each node; its links are known by addresses");
                }
            }
        });
        owners.keySet().removeAll(shared);
        return owners;
    }

    private String peer(Map<String, Object> link, Map<String, String> byAddress) {
        String peer = byKey.get(JsonReader.text(link, "peer"));
        return peer != null ? peer : byAddress.getOrDefault(JsonReader.text(link, "endpoint"), "");
    }

    private Map<String, Set<String>> guests() {
        Map<String, Set<String>> guests = new LinkedHashMap<>();
        Map<String, String> owner = new HashMap<>();
        Set<String> claimedTwice = new HashSet<>();
        nodes.forEach((name, each) -> {
            Set<String> own = new LinkedHashSet<>();
            for (Map<String, Object> nic : JsonReader.objects(each.answers().get(1), "nics")) {
                String mac = JsonReader.text(nic, "mac").toLowerCase(Locale.ROOT);
                if (isMac(mac)) {
                    own.add(mac);
                    String other = owner.put(mac, name);
                    if (other != null && !other.equals(name)) {
                        claimedTwice.add(mac);
                        complaints.add("guest " + mac + ": " + other + " and " + name + " both say it is theirs");
                    }
                }
            }
            guests.put(name, own);
        });
        guests.values().forEach(own -> own.removeAll(claimedTwice));
        return guests;
    }

    private Node node(String name, Answered each, Set<String> guests, Map<String, String> byAddress) {
        String listen = JsonReader.text(each.node(), "listen");
        if (listen.startsWith("0.0.0.0:") || listen.startsWith("[::]:")) {
            complaints.add("node " + name + " listens at " + listen
                    + ": expected one address, by which other nodes' links can be told; it gets no shortcuts");
            listen = "";
        }
        Map<String, Map<String, Object>> measured = new HashMap<>();
        for (Map<String, Object> link : JsonReader.objects(each.answers().get(4), "links")) {
            measured.put(JsonReader.text(link, "name"), link);
        }
        Map<String, Link> links = new LinkedHashMap<>();
        for (Map<String, Object> link : JsonReader.objects(each.answers().get(2), "links")) {
            String linkName = JsonReader.text(link, "name");
            if (linkName.isEmpty() || linkName.length() > MOST_WORD) {
                complaints.add("node " + name + ": a link called '" + cut(linkName) + "'");
                continue;
            }
            links.put(linkName, link(name, linkName, link, measured.getOrDefault(linkName, Map.of()), byAddress));
        }
        List<Rule> rules = new ArrayList<>();
        for (Map<String, Object> rule : JsonReader.objects(each.answers().get(3), "routes")) {
            rules.add(new Rule(
                    JsonReader.text(rule, "source"),
                    JsonReader.text(rule, "destination"),
                    JsonReader.text(rule, "to"),
                    JsonReader.text(rule, "from"),
                    (int) JsonReader.number(rule, "priority")));
        }
        Map<String, String> learned = new HashMap<>();
        if (each.answers().size() > QUESTIONS.size()) {
            for (Map<String, Object> address : JsonReader.objects(each.answers().get(7), "learned")) {
                String port = JsonReader.text(address, "port");
                if (port.startsWith("link ")) {
                    learned.put(JsonReader.text(address, "mac"), port.substring("link ".length()));
                }
            }
        }
        boolean learns =
                Boolean.TRUE.equals(JsonReader.fields(each.node().get("learn")).get("on"));
        return new Node(
                name,
                listen,
                guests,
                links,
                rules,
                learns,
                learned,
                owned(each.answers().get(5)));
    }

    private Link link(
            String node,
            String name,
            Map<String, Object> link,
            Map<String, Object> measured,
            Map<String, String> byAddress) {
        Map<String, Object> values = JsonReader.fields(measured.get("values"));
        String where = "node " + node + ", link " + name + ": ";
        Range loss = range(where, values, "loss_out", 1);
        String state = JsonReader.text(link, "state");
        String encap = JsonReader.text(link, "encap");
        double mtu = JsonReader.number(link, "mtu");
        double waiting = JsonReader.number(measured, "unanswered");
        return new Link(
                name,
                peer(link, byAddress),
                state.isEmpty() || state.equals("up"),
                (long) Math.max(0, JsonReader.number(measured, "echoes_sent")),
                waiting >= 0 && waiting < 1e6 ? (int) waiting : 0,
                JsonReader.number(measured, "echoes_answered") > 0,
                range(where, values, "base_rtt", MOST_NS),
                range(where, values, "capacity_out", Rates.MOST_BITS),
                range(where, values, "free_out", Rates.MOST_BITS),
                range(where, values, "rate_out", Rates.MOST_BITS),
                loss.known() ? loss.value() : 0,
                (long) Math.max(0, JsonReader.number(JsonReader.fields(link.get("counters")), "frames_in")),
                (encap.equals("vxlan") ? " encap vxlan" : "") + (mtu >= 576 && mtu <= 65535 ? " mtu " + (int) mtu : ""),
                link.containsKey("sealed"));
    }

    private Range range(String where, Map<String, Object> values, String quantity, double most) {
        Map<String, Object> told = JsonReader.fields(values.get(quantity));
        double value = JsonReader.number(told, "value");
        if (Double.isNaN(value)) {
            return Range.UNKNOWN;
        }
        double low = JsonReader.number(told, "low");
        double high = JsonReader.number(told, "high");
        double age = JsonReader.number(told, "age_ns");
        if (value < 0 || value > most || low > value || high < value || low < 0 || age < 0) {
            complaints.add(where + quantity + " " + value + " between " + low + " and " + high + ": expected 0 to "
                    + most + ", within its interval; taken as unknown");
            return Range.UNKNOWN;
        }
        return new Range(
                value,
                Double.isNaN(low) ? value : low,
                Double.isNaN(high) ? value : high,
                Boolean.TRUE.equals(told.get("at_least")),
                age / 1e9);
    }

    private static Owned owned(Map<String, Object> answer) {
        Set<Pair> pairs = new LinkedHashSet<>();
        for (Map<String, Object> pair : JsonReader.objects(answer, "pairs")) {
            pairs.add(new Pair(JsonReader.text(pair, "source"), JsonReader.text(pair, "destination")));
        }
        Set<String> links = new LinkedHashSet<>();
        if (answer.get("links") instanceof List<?> list) {
            list.forEach(each -> links.add(String.valueOf(each)));
        }
        return new Owned(!Boolean.FALSE.equals(answer.get("allowed")), JsonReader.text(answer, "holder"), pairs, links);
    }

    /// Of pairs both of whose nodes answer: the lesser of what the two have counted.
    private Map<Pair, Rates.Count> counts(View view) {
        Map<String, Map<Pair, Rates.Count>> byNode = new HashMap<>();
        nodes.forEach((name, each) -> {
            Map<Pair, Rates.Count> own = new HashMap<>();
            for (Map<String, Object> row : JsonReader.objects(each.answers().get(6), "pairs")) {
                double frames = JsonReader.number(row, "frames");
                double bytes = JsonReader.number(row, "bytes");
                Pair pair = new Pair(JsonReader.text(row, "source"), JsonReader.text(row, "destination"));
                if (frames >= 0 && bytes >= 0 && frames < MOST_COUNT && bytes < MOST_COUNT) {
                    own.put(pair, new Rates.Count(frames, bytes));
                } else {
                    complaints.add("node " + name + ", matrix: " + pair + " with " + frames + " frames and " + bytes
                            + " bytes");
                }
            }
            byNode.put(name, own);
        });
        Map<Pair, Rates.Count> counts = new HashMap<>();
        for (Node from : view.nodes().values()) {
            byNode.get(from.name()).forEach((pair, sent) -> {
                String home = view.home(pair.destination()).orElse("");
                if (from.guests().contains(pair.source()) && !home.isEmpty() && !home.equals(from.name())) {
                    Rates.Count got = byNode.get(home).getOrDefault(pair, new Rates.Count(0, 0));
                    counts.put(
                            pair,
                            new Rates.Count(
                                    Math.min(sent.frames(), got.frames()), Math.min(sent.bytes(), got.bytes())));
                }
            });
        }
        return counts;
    }

    private static boolean isMac(String text) {
        return text.matches("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
    }

    private static String cut(String text) {
        return text.length() > MOST_WORD ? text.substring(0, MOST_WORD) + "..." : text;
    }
}
