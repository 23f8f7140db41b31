package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;

/// The statements of a decision, in an order in which every pair has a whole way at each moment: what
/// is further from the sender changes first, a claim goes before what it is for, and a rule goes where
/// frames come in before those behind it go.
final class Script {
    private static final int MOST_NAME = 64;
    private static final String LINK_PREFIX = "adapt-";

    /// Statements for one node, said one after the other over one connection.
    record Part(String node, List<String> statements) {}

    private final View view;
    private final String holder;
    private final RouteWords words;
    private final List<Part> parts = new ArrayList<>();

    private Script(View view, String holder, RouteWords words) {
        this.view = view;
        this.holder = holder;
        this.words = words;
    }

    /// @param words by which busy pairs are moved
    static List<Part> of(Decision decision, View view, String holder, RouteWords words) {
        // Where a link has died there is no order left to be kept.
        RouteWords used = decision.kind() == Decision.Kind.FAILURE ? new RouteWords.Plain() : words;
        Script script = new Script(view, holder, used);
        for (Step step : decision.steps()) {
            switch (step) {
                case Step.Open open -> script.open(open.ends());
                case Step.Close close -> script.close(close.ends());
                case Step.Route route -> script.route(route);
                case Step.Unroute back -> script.unroute(back.pairs());
                case Step.Spread spread -> script.spread(spread);
                case Step.Gather gather ->
                    gather.nodes().forEach(node -> script.drop(node, List.of(gather.pair()), new RouteWords.Plain()));
                case Step.Ask ask -> script.say(ask.node(), List.of("measure link " + ask.link() + " " + ask.what()));
                case Step.Move _ -> {} // nothing that a node does
            }
        }
        return List.copyOf(script.parts);
    }

    private void say(String node, List<String> statements) {
        if (!statements.isEmpty()) {
            parts.add(new Part(node, List.copyOf(statements)));
        }
    }

    // --- links ---

    /// What the adaptation calls its link to a node.
    static String linkName(String peer) {
        String name = LINK_PREFIX + peer;
        return name.length() <= MOST_NAME ? name : name.substring(0, MOST_NAME);
    }

    private void open(Ends ends) {
        openAt(ends.a(), ends.b());
        openAt(ends.b(), ends.a());
    }

    private void openAt(String from, String to) {
        Node node = view.node(from);
        String like = node.links().values().stream()
                .findFirst()
                .map(View.Link::statement)
                .orElse("");
        say(
                from,
                List.of(
                        "adapt claim " + holder + " link " + linkName(to),
                        "link add " + linkName(to) + " " + view.node(to).listen() + like));
    }

    private void close(Ends ends) {
        closeAt(ends.a(), ends.b());
        closeAt(ends.b(), ends.a());
    }

    private void closeAt(String from, String to) {
        for (String name : view.node(from).owned().links()) {
            View.Link link = view.node(from).links().get(name);
            if (link != null && link.peer().equals(to)) {
                say(from, List.of("link del " + name, "adapt forget " + holder + " link " + name));
            }
        }
    }

    // --- routes ---

    private void route(Step.Route route) {
        for (List<String> path : List.of(route.path(), route.path().reversed())) {
            List<Pair> pairs = route.pairs().stream()
                    .filter(pair -> view.home(pair.source()).orElse("").equals(path.getFirst()))
                    .toList();
            for (int i = path.size() - 2; i >= 0; i--) {
                take(path.get(i), path.get(i + 1), pairs, i == 0);
            }
            Set<String> others = new LinkedHashSet<>(view.nodes().keySet());
            others.removeAll(path.subList(0, path.size() - 1));
            others.forEach(node -> drop(node, pairs, new RouteWords.Plain()));
        }
    }

    private void take(String node, String next, List<Pair> pairs, boolean isSource) {
        List<String> lines = new ArrayList<>();
        Set<Pair> owned = view.node(node).owned().pairs();
        for (Pair pair : pairs) {
            if (!owned.contains(pair)) {
                lines.add("adapt claim " + holder + " pair " + pair);
            }
        }
        String link = view.node(node).to(next).orElseThrow().name();
        RouteWords how = isSource ? words : new RouteWords.Plain();
        lines.addAll(how.take(pairs, link));
        say(node, lines);
    }

    private void unroute(List<Pair> pairs) {
        Set<String> sources = new LinkedHashSet<>();
        pairs.forEach(pair -> view.home(pair.source()).ifPresent(sources::add));
        for (String source : sources) {
            drop(
                    source,
                    pairs.stream()
                            .filter(pair -> view.home(pair.source()).orElse("").equals(source))
                            .toList(),
                    words);
        }
        for (String node : view.nodes().keySet()) {
            drop(
                    node,
                    pairs.stream()
                            .filter(pair -> !view.home(pair.source()).orElse("").equals(node))
                            .toList(),
                    new RouteWords.Plain());
        }
    }

    /// What a node has of the adaptation for these pairs goes.
    private void drop(String node, List<Pair> pairs, RouteWords how) {
        List<String> lines = new ArrayList<>();
        List<Pair> owned =
                pairs.stream().filter(view.node(node).owned().pairs()::contains).toList();
        for (View.Rule rule : view.node(node).rules()) {
            Pair pair = new Pair(rule.source(), rule.destination());
            if (rule.isExact() && owned.contains(pair)) {
                if (rule.to().startsWith("edge ") && rule.from().equals("any")) {
                    lines.addAll(how.drop(List.of(pair), rule.to().substring("edge ".length())));
                } else {
                    lines.add("route del " + pair + " " + rule.to() + " " + rule.from());
                }
            }
        }
        owned.forEach(pair -> lines.add("adapt forget " + holder + " pair " + pair));
        say(node, lines);
    }

    // --- what goes to all ---

    /// The rules of each node in one step, and its own guests get it as they did.
    private void spread(Step.Spread spread) {
        Pair pair = spread.pair();
        for (Node node : view.nodes().values()) {
            if (!spread.next().containsKey(node.name())) {
                drop(node.name(), List.of(pair), new RouteWords.Plain());
            }
        }
        View written = view.written();
        spread.next().forEach((name, next) -> {
            Node node = view.node(name);
            List<String> lines = new ArrayList<>();
            if (!node.owned().pairs().contains(pair)) {
                lines.add("adapt claim " + holder + " pair " + pair);
            }
            Set<String> to = new LinkedHashSet<>();
            next.forEach(peer -> to.add("edge " + node.to(peer).orElseThrow().name()));
            for (View.Rule rule : Paths.anyway(written.node(name), pair)) {
                if (rule.to().startsWith("interface ")) {
                    to.add(rule.to());
                }
            }
            lines.add("begin");
            for (View.Rule rule : node.rules()) {
                if (rule.isFor(pair)) {
                    lines.add("route del " + pair + " " + rule.to() + " " + rule.from());
                }
            }
            to.forEach(where -> lines.add("route add " + pair + " " + where + " any"));
            lines.add("commit");
            say(name, lines);
        });
    }

    // --- what a controller that died has left ---

    /// Takes back what is half made: claims of what is not there, pairs whose frames would not arrive, links
    /// that only one end has.
    static List<Part> repair(View view, String holder) {
        Script script = new Script(view, holder, new RouteWords.Plain());
        Set<Pair> broken = new LinkedHashSet<>();
        for (Node node : view.nodes().values()) {
            for (Pair pair : node.owned().pairs()) {
                boolean hasRule = node.rules().stream()
                        .anyMatch(rule -> rule.source().equals(pair.source())
                                && rule.destination().equals(pair.destination()));
                boolean toAll = pair.destination().equals(Flood.BROADCAST);
                boolean known = view.home(pair.source()).isPresent()
                        && (toAll || view.home(pair.destination()).isPresent());
                if (!hasRule) {
                    script.say(node.name(), List.of("adapt forget " + holder + " pair " + pair));
                } else if (known && !toAll && Paths.of(view, pair).isEmpty()) {
                    broken.add(pair);
                } else if (!known) {
                    broken.add(pair);
                }
            }
        }
        script.unroute(List.copyOf(broken));
        for (Pair pair : broken) {
            if (view.home(pair.source()).isEmpty()) {
                view.nodes().keySet().forEach(node -> script.drop(node, List.of(pair), new RouteWords.Plain()));
            }
        }
        for (Node node : view.nodes().values()) {
            for (String name : node.owned().links()) {
                View.Link link = node.links().get(name);
                if (link == null) {
                    script.say(node.name(), List.of("adapt forget " + holder + " link " + name));
                    continue;
                }
                boolean oneSided = view.nodes().containsKey(link.peer())
                        && view.node(link.peer()).to(node.name()).isEmpty();
                boolean used = node.rules().stream().anyMatch(rule -> rule.to().equals("edge " + name));
                if (oneSided && !used) {
                    script.say(node.name(), List.of("link del " + name, "adapt forget " + holder + " link " + name));
                }
            }
        }
        return List.copyOf(script.parts);
    }
}
