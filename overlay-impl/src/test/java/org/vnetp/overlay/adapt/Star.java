package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Link;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Owned;
import org.vnetp.overlay.adapt.View.Pair;
import org.vnetp.overlay.adapt.View.Range;
import org.vnetp.overlay.adapt.View.Rule;

/// An overlay that exists on paper: nodes a, b, c, ... whose first is the hub of a star, a guest at each.
/// Decisions are carried out in it, and views are made of it.
final class Star {
    private final List<String> names = new ArrayList<>();
    private final Map<Ends, Double> rttNs = new HashMap<>();
    private final Map<Ends, Integer> unanswered = new HashMap<>();
    private final Set<Ends> mute = new LinkedHashSet<>();
    private final Map<String, Range> capacity = new HashMap<>();
    private final Map<String, Range> rateOut = new HashMap<>();
    private final Map<String, Range> free = new HashMap<>();
    private final Set<Ends> written = new LinkedHashSet<>();
    private final Set<Ends> added = new LinkedHashSet<>();
    private final Map<String, Map<Pair, String>> adapted = new HashMap<>();
    private double loss;
    private long frames;
    /// Echoes on each link.
    private long sent;

    Star(int size) {
        for (int i = 0; i < size; i++) {
            names.add(String.valueOf((char) ('a' + i)));
            adapted.put(names.getLast(), new LinkedHashMap<>());
        }
        for (int i = 1; i < size; i++) {
            written.add(Ends.of("a", names.get(i)));
        }
    }

    static String guest(String node) {
        return "02:00:00:00:00:0" + (node.charAt(0) - 'a' + 1);
    }

    static Pair pair(String from, String to) {
        return new Pair(guest(from), guest(to));
    }

    Star link(String one, String other) {
        written.add(Ends.of(one, other));
        return this;
    }

    Star rtt(String one, String other, double micros) {
        rttNs.put(Ends.of(one, other), micros * 1000);
        return this;
    }

    Star unanswered(String one, String other, int echoes) {
        unanswered.put(Ends.of(one, other), echoes);
        sent += echoes;
        return this;
    }

    /// No echo over a link between these is ever answered, as between two nodes behind NATs.
    Star mute(String one, String other) {
        mute.add(Ends.of(one, other));
        return this;
    }

    Star capacity(String node, double bits) {
        capacity.put(node, Range.exactly(bits));
        return this;
    }

    Star free(String from, String to, double bits) {
        return free(from, to, Range.exactly(bits));
    }

    Star free(String from, String to, Range told) {
        free.put(from + to, told);
        return this;
    }

    /// What a link is seen to carry; full or not.
    Star rate(String from, String to, double bits, boolean full) {
        rateOut.put(from + to, new Range(bits, bits, bits, !full, 1));
        return this;
    }

    Star loss(double share) {
        loss = share;
        return this;
    }

    Set<Ends> added() {
        return added;
    }

    private Set<Ends> edges() {
        Set<Ends> all = new LinkedHashSet<>(written);
        all.addAll(added);
        return all;
    }

    View view() {
        frames++; // something comes in over each link that is not silent
        Map<String, Node> nodes = new LinkedHashMap<>();
        for (String name : names) {
            Map<String, Link> links = new LinkedHashMap<>();
            List<Rule> rules = new ArrayList<>();
            Set<String> owned = new LinkedHashSet<>();
            for (Ends ends : edges()) {
                if (!ends.a().equals(name) && !ends.b().equals(name)) {
                    continue;
                }
                String peer = ends.a().equals(name) ? ends.b() : ends.a();
                int waiting = unanswered.getOrDefault(ends, 0);
                links.put(
                        peer,
                        new Link(
                                peer,
                                peer,
                                true,
                                sent,
                                waiting,
                                !mute.contains(ends),
                                mute.contains(ends)
                                        ? Range.UNKNOWN
                                        : Range.exactly(rttNs.getOrDefault(ends, 100_000.0)),
                                capacity.getOrDefault(name, Range.UNKNOWN),
                                free.getOrDefault(name + peer, Range.UNKNOWN),
                                rateOut.getOrDefault(name + peer, Range.UNKNOWN),
                                loss,
                                waiting > 0 ? 0 : frames,
                                "",
                                false));
                if (added.contains(ends)) {
                    owned.add(peer);
                }
            }
            for (String other : names) {
                if (!other.equals(name)) {
                    String way = name.equals("a") || written.contains(Ends.of(name, other)) && isMesh() ? other : "a";
                    rules.add(new Rule("any", guest(other), "edge " + (name.equals("a") ? other : way), "any", 6));
                }
            }
            rules.add(new Rule("any", guest(name), "interface vnet0", "any", 6));
            adapted.get(name)
                    .forEach((pair, link) ->
                            rules.add(new Rule(pair.source(), pair.destination(), "edge " + link, "any", 8)));
            nodes.put(
                    name,
                    new Node(
                            name,
                            "10.0.0." + (name.charAt(0) - 'a' + 1) + ":4789",
                            Set.of(guest(name)),
                            links,
                            rules,
                            false,
                            Map.of(),
                            new Owned(true, "", adapted.get(name).keySet(), owned)));
        }
        return new View(nodes);
    }

    private boolean isMesh() {
        return written.size() == names.size() * (names.size() - 1) / 2;
    }

    /// Does what was decided.
    void carryOut(Decision decision) {
        for (Decision.Step step : decision.steps()) {
            switch (step) {
                case Decision.Step.Open open -> added.add(open.ends());
                case Decision.Step.Close close -> added.remove(close.ends());
                case Decision.Step.Route route -> {
                    adapted.values().forEach(rules -> route.pairs().forEach(rules::remove));
                    for (Pair pair : route.pairs()) {
                        List<String> path = guest(route.path().getFirst()).equals(pair.source())
                                ? route.path()
                                : route.path().reversed();
                        for (int i = 0; i + 1 < path.size(); i++) {
                            adapted.get(path.get(i)).put(pair, path.get(i + 1));
                        }
                    }
                }
                case Decision.Step.Unroute back ->
                    adapted.values().forEach(rules -> back.pairs().forEach(rules::remove));
                case Decision.Step.Ask _, Decision.Step.Move _ -> {}
                case Decision.Step.Spread _, Decision.Step.Gather _ ->
                    throw new IllegalStateException("nothing is written for all here");
            }
        }
    }
}
