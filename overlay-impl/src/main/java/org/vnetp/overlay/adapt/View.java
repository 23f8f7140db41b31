package org.vnetp.overlay.adapt;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What all nodes told of themselves at one moment: what decisions are made from, together with
/// rates. Immutable.
///
/// @param nodes by name, in the order in which they were given; nodes that did not answer are missing
record View(Map<String, Node> nodes) {
    /// A source and a destination among the guests, as MAC addresses are written.
    record Pair(String source, String destination) {
        Pair back() {
            return new Pair(destination, source);
        }

        @Override
        public String toString() {
            return source + " " + destination;
        }
    }

    /// Two nodes, the lesser name first: what changes are made for.
    record Ends(String a, String b) implements Comparable<Ends> {
        static Ends of(String one, String other) {
            return one.compareTo(other) <= 0 ? new Ends(one, other) : new Ends(other, one);
        }

        @Override
        public int compareTo(Ends o) {
            return a.equals(o.a) ? b.compareTo(o.b) : a.compareTo(o.a);
        }

        @Override
        public String toString() {
            return a + "-" + b;
        }
    }

    /// A measured value between two others.
    ///
    /// @param atLeast a lower bound
    record Range(double value, double low, double high, boolean atLeast, double ageS) {
        static final Range UNKNOWN = new Range(Double.NaN, Double.NaN, Double.NaN, false, 0);

        static Range exactly(double value) {
            return new Range(value, value, value, false, 0);
        }

        boolean known() {
            return !Double.isNaN(value);
        }

        /// Half of the interval against the value; 0 where none is known.
        double error() {
            double half = (high - low) / 2 / value;
            return Double.isFinite(half) ? Math.abs(half) : 0;
        }
    }

    /// A rule, as `show routes` tells it.
    record Rule(String source, String destination, String to, String from, int priority) {
        boolean isExact() {
            return source.indexOf(':') == 2 && destination.indexOf(':') == 2;
        }

        /// Whether it is for exactly these addresses.
        boolean isFor(Pair pair) {
            return isExact() && source.equals(pair.source()) && destination.equals(pair.destination());
        }

        /// The link that it leads to.
        Optional<String> link() {
            return to.startsWith("edge ") ? Optional.of(to.substring("edge ".length())) : Optional.empty();
        }
    }

    /// A link of a node.
    ///
    /// @param peer       the node it leads to; empty: none of these
    /// @param echoes     sent in all
    /// @param unanswered echoes in a row without an answer
    /// @param answers    whether any was answered
    /// @param baseRttNs  without queues
    /// @param framesIn   in all
    /// @param statement  what `link add` says after the address, for a link of the same kind
    /// @param sealed     whether it has keys, which the controller does not know
    record Link(
            String name,
            String peer,
            boolean up,
            long echoes,
            int unanswered,
            boolean answers,
            Range baseRttNs,
            Range capacity,
            Range free,
            Range rateOut,
            double lossOut,
            long framesIn,
            String statement,
            boolean sealed) {}

    /// What of a node is the adaptation's.
    record Owned(boolean allowed, String holder, Set<Pair> pairs, Set<String> links) {
        static final Owned NOTHING = new Owned(true, "", Set.of(), Set.of());

        Owned {
            pairs = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(pairs));
            links = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(links));
        }
    }

    /// A node.
    ///
    /// @param listen  where it listens; empty: at no address that others could be told
    /// @param guests  addresses of its NICs
    /// @param links   by name
    /// @param learns  whether it finds guests by their frames, and floods
    /// @param learned what was learned behind links, address to link
    record Node(
            String name,
            String listen,
            Set<String> guests,
            Map<String, Link> links,
            List<Rule> rules,
            boolean learns,
            Map<String, String> learned,
            Owned owned) {
        /// The link that leads to a node; of several one that is up.
        Optional<Link> to(String peer) {
            Link found = null;
            for (Link link : links.values()) {
                if (link.peer().equals(peer) && (found == null || !found.up() && link.up())) {
                    found = link;
                }
            }
            return Optional.ofNullable(found);
        }
    }

    View {
        nodes = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
    }

    Node node(String name) {
        return nodes.get(name);
    }

    /// The node whose guest has that address.
    Optional<String> home(String guest) {
        return nodes.values().stream()
                .filter(node -> node.guests().contains(guest))
                .map(Node::name)
                .findFirst();
    }

    /// All links both of whose ends are here, each pair of nodes once.
    Set<Ends> edges() {
        Set<Ends> all = new java.util.TreeSet<>();
        for (Node node : nodes.values()) {
            for (Link link : node.links().values()) {
                if (nodes.containsKey(link.peer())
                        && node(link.peer()).to(node.name()).isPresent()) {
                    all.add(Ends.of(node.name(), link.peer()));
                }
            }
        }
        return all;
    }

    /// The base round trip between two nodes that have a link, nanoseconds: the better known of both ends'.
    Range baseRtt(Ends ends) {
        Range here = node(ends.a()).to(ends.b()).map(Link::baseRttNs).orElse(Range.UNKNOWN);
        Range there = node(ends.b()).to(ends.a()).map(Link::baseRttNs).orElse(Range.UNKNOWN);
        return !here.known() || there.known() && there.value() < here.value() ? there : here;
    }

    /// Pairs of guests that live at these two nodes, both ways.
    List<Pair> pairs(Ends ends) {
        List<Pair> all = new java.util.ArrayList<>();
        for (String one : node(ends.a()).guests()) {
            for (String other : node(ends.b()).guests()) {
                all.add(new Pair(one, other));
                all.add(new Pair(other, one));
            }
        }
        return all;
    }

    /// The same without the adaptation's rules: the ways as they are written.
    View written() {
        Map<String, Node> plain = new LinkedHashMap<>();
        nodes.forEach((name, node) -> plain.put(
                name,
                new Node(
                        name,
                        node.listen(),
                        node.guests(),
                        node.links(),
                        node.rules().stream()
                                .filter(rule -> !rule.isExact()
                                        || !node.owned().pairs().contains(new Pair(rule.source(), rule.destination())))
                                .toList(),
                        node.learns(),
                        node.learned(),
                        node.owned())));
        return new View(plain);
    }
}
