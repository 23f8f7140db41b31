package org.vnetp.overlay.adapt;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;
import org.vnetp.overlay.adapt.View.Rule;

/// The way of a guest's broadcast by the rules of all nodes.
///
/// @param next   each node that it reaches, and those that this one passes it to
/// @param isOnce whether it reaches none twice
record Flood(Map<String, Set<String>> next, boolean isOnce) {
    static final String BROADCAST = "ff:ff:ff:ff:ff:ff";

    private record Hop(String at, String from) {}

    /// What a guest sends to all.
    static Pair of(String guest) {
        return new Pair(guest, BROADCAST);
    }

    /// @param isDead links that carry nothing
    static Flood of(View view, String guest, Set<Ends> isDead) {
        Map<String, Set<String>> next = new LinkedHashMap<>();
        Optional<String> home = view.home(guest);
        ArrayDeque<Hop> open = new ArrayDeque<>();
        home.ifPresent(at -> open.add(new Hop(at, null)));
        while (!open.isEmpty()) {
            Hop hop = open.remove();
            if (next.containsKey(hop.at())) {
                return new Flood(next, false);
            }
            Node node = view.node(hop.at());
            Set<String> to = new LinkedHashSet<>();
            for (Rule rule : Paths.rules(node, of(guest), hop.from())) {
                View.Link link = rule.link().map(node.links()::get).orElse(null);
                boolean leads = link != null
                        && view.nodes().containsKey(link.peer())
                        && !link.peer().equals(hop.from());
                if (leads && !isDead.contains(Ends.of(hop.at(), link.peer()))) {
                    to.add(link.peer());
                }
            }
            next.put(hop.at(), to);
            to.forEach(peer -> open.add(new Hop(peer, hop.at())));
        }
        return new Flood(next, true);
    }

    /// Whether it passes from one of two nodes to the other.
    boolean uses(Ends ends) {
        return next.getOrDefault(ends.a(), Set.of()).contains(ends.b())
                || next.getOrDefault(ends.b(), Set.of()).contains(ends.a());
    }
}
