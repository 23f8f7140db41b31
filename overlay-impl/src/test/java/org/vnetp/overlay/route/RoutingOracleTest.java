package org.vnetp.overlay.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.route.MacPattern.Qualifier;
import org.vnetp.overlay.stats.LoopCounters;

/// The indexed table with its cache against a plain list of rules, read straight from VNET/P's
/// table of priorities.
class RoutingOracleTest {
    private static final int PORTS = 6;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void agreesWithAPlainListOfRulesWhileRulesComeAndGo(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] macs = macs(random, 3 + random.nextInt(8));
        List<Rule> rules = new ArrayList<>();
        // A cache of a few entries, so that eviction is met as well.
        Forwarder forwarder = new Forwarder(RoutingTable.empty(), new LoopCounters(), 1 << 2 + random.nextInt(7));
        int answersWithPorts = 0;
        int hairpins = 0;
        for (int change = 0; change < 120; change++) {
            change(random, macs, rules);
            forwarder.replace(RoutingTable.of(rules));
            for (int i = 0; i < 300; i++) {
                long source = macs[random.nextInt(macs.length)];
                long destination = macs[random.nextInt(macs.length)];
                int port = random.nextInt(PORTS);
                Destinations expected = plain(rules, port, destination, source);
                Destinations got = forwarder.lookup(port, destination, source);
                assertEquals(
                        expected.toString(),
                        got.toString(),
                        () -> "seed " + seed + ": from port " + port + " rules " + rules);
                assertEquals(expected.dropReason(), got.dropReason());
                answersWithPorts += got.count() > 0 ? 1 : 0;
                hairpins += got == Destinations.HAIRPIN ? 1 : 0;
            }
        }
        assertTrue(answersWithPorts > 1000 && hairpins > 10, "the rules of this seed prove nothing");
    }

    private static long[] macs(SplittableRandom random, int n) {
        long[] macs = new long[n];
        for (int i = 0; i < n; i++) {
            macs[i] = random.nextLong() & 0xFFFF_FFFF_FFFFL;
        }
        macs[0] = 0xFFFF_FFFF_FFFFL;
        macs[1] = 0;
        return macs;
    }

    private static void change(SplittableRandom random, long[] macs, List<Rule> rules) {
        if (rules.size() > 3 && random.nextInt(100) < 40) {
            rules.remove(random.nextInt(rules.size()));
            return;
        }
        while (true) {
            MacPattern source = pattern(random, macs);
            MacPattern destination = pattern(random, macs);
            if (Rule.priority(source.qualifier(), destination.qualifier()) > 0) {
                rules.add(new Rule(source, destination, random.nextInt(-1, PORTS), random.nextInt(PORTS)));
                return;
            }
        }
    }

    private static MacPattern pattern(SplittableRandom random, long[] macs) {
        Qualifier qualifier = Qualifier.values()[random.nextInt(4)];
        boolean withMac = qualifier == Qualifier.EXACT || qualifier == Qualifier.NOT;
        return new MacPattern(qualifier, withMac ? macs[random.nextInt(macs.length)] : 0);
    }

    private static Destinations plain(List<Rule> rules, int port, long destination, long source) {
        int best = 0;
        TreeSet<Integer> ports = new TreeSet<>();
        for (Rule rule : rules) {
            boolean matches = (rule.sourcePort() == Rule.ANY_PORT || rule.sourcePort() == port)
                    && matches(rule.source(), source)
                    && matches(rule.destination(), destination);
            int priority = matches ? table(rule) : 0;
            if (priority > best) {
                best = priority;
                ports.clear();
            }
            if (priority > 0 && priority == best) {
                ports.add(rule.destinationPort());
            }
        }
        ports.remove(port);
        if (ports.isEmpty()) {
            return best == 0 ? Destinations.NONE : Destinations.HAIRPIN;
        }
        return Destinations.of(ports.stream().mapToInt(Integer::intValue).toArray());
    }

    private static boolean matches(MacPattern pattern, long mac) {
        return switch (pattern.qualifier()) {
            case EXACT -> pattern.mac() == mac;
            case NOT -> pattern.mac() != mac;
            case ANY, NONE -> true;
        };
    }

    private static int table(Rule rule) {
        String pair = rule.source().qualifier() + "/" + rule.destination().qualifier();
        return switch (pair) {
            case "ANY/ANY" -> 3;
            case "EXACT/NONE" -> 4;
            case "ANY/NOT", "NOT/ANY" -> 5;
            case "EXACT/ANY", "ANY/EXACT" -> 6;
            case "EXACT/NOT", "NOT/EXACT" -> 7;
            case "EXACT/EXACT" -> 8;
            default -> throw new AssertionError(pair);
        };
    }
}
