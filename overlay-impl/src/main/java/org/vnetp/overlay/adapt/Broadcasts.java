package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;

/// Goes around links that do not answer with what guests send to all, so that they are found by ARP meanwhile: by rules
/// of the guest's address and the broadcast address, a tree of nodes for each guest. Of the written ways it keeps what
/// answers, so that no node gets a frame twice, not even while rules change.
///
/// Multicast stays on the written ways, and so does everything where a node learns: there floods find another way by
/// themselves.
final class Broadcasts extends Chooser {
    private static final int MOST_GUESTS = 256;

    /// Farther than any way over links that are in use.
    private static final double OTHER_LINK_NS = 1e12;

    Broadcasts(Situation situation) {
        super(situation);
    }

    private boolean areOurs() {
        return view.nodes().values().stream().noneMatch(Node::learns)
                && view.nodes().values().stream()
                                .mapToInt(node -> node.guests().size())
                                .sum()
                        <= MOST_GUESTS;
    }

    private Set<Node> owners(Pair pair) {
        Set<Node> owners = new LinkedHashSet<>();
        view.nodes().values().stream()
                .filter(node -> node.owned().pairs().contains(pair))
                .forEach(owners::add);
        return owners;
    }

    /// Whether anything that is for all goes another way than it is written.
    private boolean hasChanged() {
        return view.nodes().values().stream()
                .flatMap(node -> node.owned().pairs().stream())
                .anyMatch(pair -> pair.destination().equals(Flood.BROADCAST));
    }

    /// Whether somebody has written a rule for exactly this.
    private boolean isWritten(Pair pair) {
        return view.nodes().values().stream()
                .filter(node -> !node.owned().pairs().contains(pair))
                .anyMatch(node -> node.rules().stream().anyMatch(rule -> rule.isFor(pair)));
    }

    // --- around ---

    Decision aroundFailures() {
        List<Step> steps = new ArrayList<>();
        if (dead.isEmpty() && !hasChanged() || !areOurs()) {
            return Decision.NONE;
        }
        View written = view.written();
        for (Node home : view.nodes().values()) {
            Ends ends = Ends.of(home.name(), home.name());
            boolean lately =
                    now - memory.refusedNs.getOrDefault(ends, now - thresholds.patienceNs()) < thresholds.patienceNs();
            for (String guest : lately ? Set.<String>of() : home.guests()) {
                Pair pair = Flood.of(guest);
                boolean touched = !owners(pair).isEmpty();
                Flood asWritten = Flood.of(written, guest, Set.of());
                boolean broken = touched || dead.stream().anyMatch(asWritten::uses);
                if (!broken || !asWritten.isOnce() || isWritten(pair)) {
                    continue;
                }
                Map<String, String> parents = tree(home.name(), asWritten);
                Set<String> wanted = new LinkedHashSet<>(asWritten.next().keySet());
                wanted.retainAll(parents.keySet());
                Flood current = Flood.of(view, guest, dead);
                if (!current.isOnce() || !current.next().keySet().containsAll(wanted)) {
                    steps.add(spread(home.name(), pair, parents, wanted));
                }
            }
        }
        return steps.isEmpty()
                ? Decision.NONE
                : Decision.of(
                        Kind.FAILURE,
                        steps,
                        "the link " + dead + " does not answer; what guests send to all goes another way");
    }

    /// Each node that can be reached over links that answer, and the one before it; of the first, itself. As few links
    /// as may be that are not in use.
    private Map<String, String> tree(String home, Flood asWritten) {
        record Reached(String at, String from, double ns) {}
        PriorityQueue<Reached> open = new PriorityQueue<>(Comparator.comparingDouble(Reached::ns)
                .thenComparing(Reached::at)
                .thenComparing(Reached::from));
        Map<String, String> parents = new LinkedHashMap<>();
        open.add(new Reached(home, home, 0));
        while (!open.isEmpty()) {
            Reached best = open.remove();
            if (parents.putIfAbsent(best.at(), best.from()) != null) {
                continue;
            }
            for (Ends ends : alive) {
                String next = ends.a().equals(best.at()) ? ends.b() : ends.b().equals(best.at()) ? ends.a() : null;
                if (next != null && !parents.containsKey(next)) {
                    View.Range rtt = view.baseRtt(ends);
                    double ns = rtt.known() ? rtt.value() : OTHER_LINK_NS / 1000;
                    open.add(new Reached(next, best.at(), best.ns() + ns + (asWritten.uses(ends) ? 0 : OTHER_LINK_NS)));
                }
            }
        }
        return parents;
    }

    private Step spread(String home, Pair pair, Map<String, String> parents, Set<String> wanted) {
        Map<String, Set<String>> next = new LinkedHashMap<>();
        Map<String, Integer> depth = new HashMap<>();
        for (String node : wanted) {
            next.computeIfAbsent(node, _ -> new LinkedHashSet<>());
            for (String at = node; !at.equals(parents.get(at)); at = parents.get(at)) {
                next.computeIfAbsent(parents.get(at), _ -> new LinkedHashSet<>())
                        .add(at);
            }
        }
        for (String node : next.keySet()) {
            for (String at = node; !at.equals(parents.get(at)); at = parents.get(at)) {
                depth.merge(node, 1, Integer::sum);
            }
        }
        Map<String, Set<String>> farthestFirst = new LinkedHashMap<>();
        next.keySet().stream()
                .sorted(Comparator.comparing((String node) -> -depth.getOrDefault(node, 0)))
                .forEach(node -> farthestFirst.put(node, next.get(node)));
        return new Step.Spread(home, pair, farthestFirst);
    }

    // --- back ---

    /// Back to the written ways, where all of their links have answered for long enough.
    Decision returns() {
        View written = view.written();
        for (Node home : hasChanged() ? view.nodes().values() : List.<Node>of()) {
            Ends ends = Ends.of(home.name(), home.name());
            List<Step> steps = new ArrayList<>();
            for (String guest : home.guests()) {
                Set<Node> owners = owners(Flood.of(guest));
                Flood asWritten = owners.isEmpty() ? null : Flood.of(written, guest, Set.of());
                if (asWritten != null && hasAnswered(asWritten, memory.dwellNs(ends, thresholds, now))) {
                    steps.add(new Step.Gather(home.name(), Flood.of(guest), back(Flood.of(guest), owners, asWritten)));
                }
            }
            if (!steps.isEmpty()) {
                return Decision.of(
                        Kind.RETURN,
                        steps,
                        "what guests of " + home.name() + " send to all: all links of the written ways answer again");
            }
        }
        return Decision.NONE;
    }

    private boolean hasAnswered(Flood flood, long ns) {
        return view.edges().stream()
                .filter(flood::uses)
                .allMatch(ends -> alive.contains(ends) && now - memory.aliveSinceNs.getOrDefault(ends, now) >= ns);
    }

    /// First those that pass it on where it is not written, so that no node gets it by both ways.
    private static List<String> back(Pair pair, Set<Node> owners, Flood asWritten) {
        List<String> first = new ArrayList<>();
        List<String> then = new ArrayList<>();
        for (Node node : owners) {
            boolean adds = node.rules().stream()
                    .filter(rule -> rule.isFor(pair))
                    .flatMap(rule -> rule.link().stream())
                    .map(node.links()::get)
                    .anyMatch(link -> link != null
                            && !asWritten
                                    .next()
                                    .getOrDefault(node.name(), Set.of())
                                    .contains(link.peer()));
            (adds ? first : then).add(node.name());
        }
        first.addAll(then);
        return first;
    }
}
