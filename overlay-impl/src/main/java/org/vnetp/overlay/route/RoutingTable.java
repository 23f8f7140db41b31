package org.vnetp.overlay.route;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.vnetp.overlay.frame.MacAddress;

/// The rules of a node, immutable and indexed; safe to hand from control to any loop.
///
/// A lookup that misses the flow cache asks at most nine short lists, however many rules there are:
/// rules with an exact address are hashed by it; rules that differ only in what they exclude
/// (`not-`) are folded together per pair of ports, because two different exclusions towards the
/// same port exclude nothing. A list is therefore never longer than the number of distinct pairs
/// (source port, destination port).
///
/// Semantics: the highest VNET/P priority that matches wins ([Rule#priority]), all rules of that
/// priority fire, each port gets one copy, and never the port the frame came from. A rule that
/// leads back to the source port still matches: it does not let a weaker rule fire.
public final class RoutingTable {
    // Lists by the qualifiers of their rules, strongest first. The key is the exact address, 0
    // where there is none.
    private static final int PAIR = 0;
    private static final int NOT_TO_EXACT = 1;
    private static final int EXACT_TO_NOT = 2;
    private static final int ANY_TO_EXACT = 3;
    private static final int EXACT_TO_ANY = 4;
    private static final int ANY_TO_NOT = 5;
    private static final int NOT_TO_ANY = 6;
    private static final int EXACT_TO_NONE = 7;
    private static final int ANY_TO_ANY = 8;

    /// The entry matches every address.
    private static final long ALWAYS = -1;

    private static final int NOWHERE = -1;

    /// [#way]: no rule matches.
    public static final int NO_RULE = -1;

    /// [#way]: rules match, but lead to several ports, or only back.
    public static final int NOT_ONE = -2;

    private final int ruleCount;
    private final List<Port> ports;
    private final LearningPolicy learning;
    private final boolean relays;
    private final List<Guard> guards;

    // Chains of entries: slots hold the first entry of a chain + 1, entries the next.
    private final int[] slots;
    private final long[] keys;
    // Pairs: the exact destination, part of the key. Lists with 'not-': the excluded address, or
    // ALWAYS.
    private final long[] others;
    private final int[] links;
    private final short[] sourcePorts;
    private final short[] destinationPorts;
    private int entries;
    private boolean pairs;

    /// A port of the node.
    ///
    /// @param id the port's id
    /// @param link true for a link, false for a NIC
    public record Port(int id, boolean link) {
        public Port {
            if (id < 0 || id >= Rule.MAX_PORTS) {
                throw new IllegalArgumentException("port id " + id + ": expected 0.." + (Rule.MAX_PORTS - 1));
            }
        }
    }

    /// No rules, no ports: everything is dropped and counted.
    public static RoutingTable empty() {
        return new RoutingTable(List.of(), List.of(), LearningPolicy.OFF);
    }

    /// Rules alone, without learning.
    public static RoutingTable of(List<Rule> rules) {
        return new RoutingTable(rules, List.of(), LearningPolicy.OFF);
    }

    /// @param ports every port of the node: where unknown addresses are flooded to when learning
    ///     is on
    public RoutingTable(List<Rule> rules, List<Port> ports, LearningPolicy learning) {
        this(rules, ports, learning, List.of());
    }

    /// @param guards what may come in at ports
    public RoutingTable(List<Rule> rules, List<Port> ports, LearningPolicy learning, List<Guard> guards) {
        this.guards = List.copyOf(guards);
        this.ruleCount = rules.size();
        this.ports = List.copyOf(ports);
        this.learning = learning;
        int capacity = Math.max(16, ruleCount);
        this.slots = new int[Integer.highestOneBit(capacity * 2 - 1) << 1];
        this.keys = new long[capacity];
        this.others = new long[capacity];
        this.links = new int[capacity];
        this.sourcePorts = new short[capacity];
        this.destinationPorts = new short[capacity];
        for (Rule rule : rules) {
            add(rule);
        }
        this.relays = learning.enabled() && learning.relay() || rulesRelayFloods(rules, ports);
    }

    private static boolean rulesRelayFloods(List<Rule> rules, List<Port> ports) {
        BitSet links = new BitSet();
        ports.stream().filter(Port::link).forEach(port -> links.set(port.id()));
        if (links.cardinality() < 2) {
            return false;
        }
        for (Rule rule : rules) {
            MacPattern destination = rule.destination();
            boolean group =
                    destination.qualifier() != MacPattern.Qualifier.EXACT || MacAddress.isGroup(destination.mac());
            boolean fromLink = rule.sourcePort() == Rule.ANY_PORT || links.get(rule.sourcePort());
            if (group && fromLink && links.get(rule.destinationPort())) {
                return true;
            }
        }
        return false;
    }

    /// Rules given, duplicates included.
    public int size() {
        return ruleCount;
    }

    public List<Port> ports() {
        return ports;
    }

    public LearningPolicy learning() {
        return learning;
    }

    /// What may come in at ports; empty where everything may.
    public List<Guard> guards() {
        return guards;
    }

    /// Whether broadcast and multicast may go on from link to link: where learning relays, or a rule does.
    public boolean relays() {
        return relays;
    }

    /// Whether a rule or learning may lead frames from one of two ports to the other. For control: looks at all rules.
    public boolean joins(int one, int other) {
        if (learning.enabled() && has(one) && has(other)) {
            return true;
        }
        for (int e = 0; e < entries; e++) {
            if (leads(e, one, other) || leads(e, other, one)) {
                return true;
            }
        }
        return false;
    }

    private boolean has(int id) {
        return ports.stream().anyMatch(port -> port.id() == id);
    }

    private boolean leads(int entry, int from, int to) {
        return destinationPorts[entry] == to && (sourcePorts[entry] == Rule.ANY_PORT || sourcePorts[entry] == from);
    }

    private void add(Rule rule) {
        MacPattern source = rule.source();
        MacPattern destination = rule.destination();
        switch (source.qualifier()) {
            case EXACT -> {
                switch (destination.qualifier()) {
                    case EXACT -> {
                        pairs = true;
                        insert(PAIR, source.mac(), destination.mac(), rule);
                    }
                    case NOT -> insert(EXACT_TO_NOT, source.mac(), destination.mac(), rule);
                    case ANY -> insert(EXACT_TO_ANY, source.mac(), ALWAYS, rule);
                    case NONE -> insert(EXACT_TO_NONE, source.mac(), ALWAYS, rule);
                }
            }
            case NOT -> {
                if (destination.qualifier() == MacPattern.Qualifier.EXACT) {
                    insert(NOT_TO_EXACT, destination.mac(), source.mac(), rule);
                } else {
                    insert(NOT_TO_ANY, 0, source.mac(), rule);
                }
            }
            default -> {
                switch (destination.qualifier()) {
                    case EXACT -> insert(ANY_TO_EXACT, destination.mac(), ALWAYS, rule);
                    case NOT -> insert(ANY_TO_NOT, 0, destination.mac(), rule);
                    default -> insert(ANY_TO_ANY, 0, ALWAYS, rule);
                }
            }
        }
    }

    private void insert(int list, long mac, long other, Rule rule) {
        long key = key(list, mac);
        long tie = list == PAIR ? other : ALWAYS;
        int slot = slot(key, tie);
        for (int e = slots[slot] - 1; e != NOWHERE; e = links[e]) {
            if (sourcePorts[e] == rule.sourcePort() && destinationPorts[e] == rule.destinationPort()) {
                if (list != PAIR && others[e] != other) {
                    others[e] = ALWAYS;
                }
                return;
            }
        }
        int e = entries++;
        keys[e] = key;
        others[e] = other;
        sourcePorts[e] = (short) rule.sourcePort();
        destinationPorts[e] = (short) rule.destinationPort();
        links[e] = slots[slot] - 1;
        slots[slot] = e + 1;
    }

    private static long key(int list, long mac) {
        return (long) list << 48 | mac;
    }

    /// The slot of a chain, or the free slot where it would begin.
    private int slot(long key, long tie) {
        int mask = slots.length - 1;
        long hash = key * 0x9E37_79B9_7F4A_7C15L ^ tie * 0xC2B2_AE3D_27D4_EB4FL;
        int slot = (int) (hash ^ hash >>> 32) & mask;
        while (true) {
            int e = slots[slot] - 1;
            if (e == NOWHERE || keys[e] == key && (tie == ALWAYS || others[e] == tie)) {
                return slot;
            }
            slot = slot + 1 & mask;
        }
    }

    /// Collects the ports for a frame, ascending, each once, the source port left out.
    ///
    /// @param found scratch with room for every port of the node
    /// @return how many; 0 when rules match but lead only back; -1 when no rule matches
    int collect(int sourcePort, long destination, long source, int[] found) {
        int n = gather(PAIR, source, destination, 0, sourcePort, found, NOWHERE);
        if (n == NOWHERE) {
            n = gather(NOT_TO_EXACT, destination, ALWAYS, source, sourcePort, found, n);
            n = gather(EXACT_TO_NOT, source, ALWAYS, destination, sourcePort, found, n);
        }
        if (n == NOWHERE) {
            n = gather(ANY_TO_EXACT, destination, ALWAYS, 0, sourcePort, found, n);
            n = gather(EXACT_TO_ANY, source, ALWAYS, 0, sourcePort, found, n);
        }
        if (n == NOWHERE) {
            n = gather(ANY_TO_NOT, 0, ALWAYS, destination, sourcePort, found, n);
            n = gather(NOT_TO_ANY, 0, ALWAYS, source, sourcePort, found, n);
        }
        if (n == NOWHERE) {
            n = gather(EXACT_TO_NONE, source, ALWAYS, 0, sourcePort, found, n);
        }
        if (n == NOWHERE) {
            n = gather(ANY_TO_ANY, 0, ALWAYS, 0, sourcePort, found, n);
        }
        if (n > 1) {
            Arrays.sort(found, 0, n);
        }
        return n;
    }

    /// Whether a rule is about frames from one address to another alone.
    boolean hasPair(long source, long destination) {
        return pairs && slots[slot(key(PAIR, source), destination)] != 0;
    }

    /// Whether rules are about frames from one address to another alone.
    boolean hasPairs() {
        return pairs;
    }

    /// Where frames of one flow go by the rules alone. For control.
    ///
    /// @param sourcePort where they come from, or [Rule#ANY_PORT]
    /// @return a port; [#NO_RULE] where no rule matches, [#NOT_ONE] where rules lead to several ports or back
    public int way(int sourcePort, long destination, long source) {
        int[] found = new int[Rule.MAX_PORTS];
        int n = collect(sourcePort, destination, source, found);
        return n == NOWHERE ? NO_RULE : n == 1 ? found[0] : NOT_ONE;
    }

    private int gather(int list, long mac, long tie, long compared, int sourcePort, int[] found, int sofar) {
        int n = sofar;
        for (int e = slots[slot(key(list, mac), tie)] - 1; e != NOWHERE; e = links[e]) {
            boolean port = sourcePorts[e] == Rule.ANY_PORT || sourcePorts[e] == sourcePort;
            // In lists with 'not-' `others` is the excluded address; in exact pairs it is part
            // of the key already.
            boolean address = list == PAIR || others[e] == ALWAYS || others[e] != compared;
            if (port && address) {
                n = Math.max(n, 0);
                int to = destinationPorts[e];
                if (to != sourcePort && !contains(found, n, to)) {
                    found[n++] = to;
                }
            }
        }
        return n;
    }

    private static boolean contains(int[] found, int n, int port) {
        for (int i = 0; i < n; i++) {
            if (found[i] == port) {
                return true;
            }
        }
        return false;
    }
}
