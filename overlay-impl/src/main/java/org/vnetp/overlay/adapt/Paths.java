package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;
import org.vnetp.overlay.adapt.View.Rule;

/// The ways of frames through nodes: that which their rules give, and the best that links would.
final class Paths {
    private static final int MOST_HOPS = 16;

    private Paths() {}

    /// The nodes that a pair's frames pass, the first and the last included.
    ///
    /// @return empty where rules lead nowhere, to several, in a circle or to a node that is not here
    static Optional<List<String>> of(View view, Pair pair) {
        Optional<String> home = view.home(pair.source());
        List<String> path = new ArrayList<>();
        String from = null;
        for (String at = home.orElse(null); at != null && path.size() <= MOST_HOPS; ) {
            Node node = view.node(at);
            if (node == null || path.contains(at)) {
                return Optional.empty();
            }
            path.add(at);
            if (node.guests().contains(pair.destination())) {
                return Optional.of(path);
            }
            String next = next(node, pair, from).orElse(null);
            from = at;
            at = next;
        }
        return Optional.empty();
    }

    /// The rules by which a node passes on a pair's frames, which came from that node or from its guest.
    static List<Rule> rules(Node node, Pair pair, String from) {
        List<Rule> best = new ArrayList<>();
        for (Rule rule : node.rules()) {
            if ((best.isEmpty() || rule.priority() >= best.getFirst().priority())
                    && matches(rule.source(), pair.source())
                    && matches(rule.destination(), pair.destination())
                    && comesFrom(rule, node, from)) {
                if (!best.isEmpty() && rule.priority() > best.getFirst().priority()) {
                    best.clear();
                }
                best.add(rule);
            }
        }
        return best;
    }

    /// The most specific of the rules for a pair, wherever its frames come from.
    static List<Rule> anyway(Node node, Pair pair) {
        List<Rule> all = node.rules().stream()
                .filter(rule ->
                        matches(rule.source(), pair.source()) && matches(rule.destination(), pair.destination()))
                .toList();
        int most = all.stream().mapToInt(Rule::priority).max().orElse(0);
        return all.stream().filter(rule -> rule.priority() == most).toList();
    }

    /// Where a node sends a pair's frames.
    private static Optional<String> next(Node node, Pair pair, String from) {
        List<String> to =
                new ArrayList<>(rules(node, pair, from).stream().map(Rule::to).toList());
        if (to.isEmpty() && node.learned().containsKey(pair.destination())) {
            to.add("edge " + node.learned().get(pair.destination()));
        }
        if (to.size() != 1 || !to.getFirst().startsWith("edge ")) {
            return Optional.empty();
        }
        View.Link link = node.links().get(to.getFirst().substring("edge ".length()));
        return link == null || link.peer().isEmpty() ? Optional.empty() : Optional.of(link.peer());
    }

    private static boolean comesFrom(Rule rule, Node node, String from) {
        if (rule.from().equals("any")) {
            return true;
        }
        if (from == null) {
            return rule.from().startsWith("interface ");
        }
        return node.to(from)
                .filter(link -> rule.from().equals("edge " + link.name()))
                .isPresent();
    }

    private static boolean matches(String pattern, String mac) {
        return pattern.equals("any")
                || pattern.equals("none")
                || pattern.equals(mac)
                || pattern.startsWith("not-") && !pattern.substring(4).equals(mac);
    }

    /// Whether all hops of a path are usable.
    static boolean all(List<String> path, Predicate<Ends> usable) {
        for (int i = 0; i + 1 < path.size(); i++) {
            if (!usable.test(Ends.of(path.get(i), path.get(i + 1)))) {
                return false;
            }
        }
        return true;
    }

    /// The path of least base delay between two nodes over links that are usable and whose delay is known.
    ///
    /// @return empty where there is none
    static Optional<List<String>> quickest(View view, String from, String to, Predicate<Ends> usable) {
        record Reached(List<String> path, double ns) {}
        PriorityQueue<Reached> open = new PriorityQueue<>(java.util.Comparator.comparingDouble(Reached::ns));
        Map<String, Double> done = new HashMap<>();
        open.add(new Reached(List.of(from), 0));
        while (!open.isEmpty()) {
            Reached best = open.poll();
            String at = best.path().getLast();
            if (at.equals(to)) {
                return Optional.of(best.path());
            }
            if (done.putIfAbsent(at, best.ns()) != null) {
                continue;
            }
            for (Ends ends : view.edges()) {
                String next = ends.a().equals(at) ? ends.b() : ends.b().equals(at) ? ends.a() : null;
                if (next != null && !done.containsKey(next) && usable.test(ends)) {
                    View.Range rtt = view.baseRtt(ends);
                    if (rtt.known()) {
                        List<String> path = new ArrayList<>(best.path());
                        path.add(next);
                        open.add(new Reached(List.copyOf(path), best.ns() + rtt.value()));
                    }
                }
            }
        }
        return Optional.empty();
    }
}
