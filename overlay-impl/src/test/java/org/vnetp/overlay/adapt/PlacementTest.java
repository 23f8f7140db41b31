package org.vnetp.overlay.adapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;
import org.vnetp.overlay.adapt.View.Rule;

/// Guests at nodes with direct links.
class PlacementTest {
    private static final long SECOND = 1_000_000_000L;
    private static final double LINE = 100e6;

    private static String guest(int i) {
        return String.format(java.util.Locale.ROOT, "02:00:00:00:01:%02x", i);
    }

    /// Nodes with so many guests each; guest numbers go round: guest i is at node i % nodes.
    private static View mesh(int nodes, int guests) {
        return mesh(nodes, guests, View.Range.UNKNOWN, (_, _) -> View.Range.exactly(100_000));
    }

    /// @param capacity of each link
    /// @param baseRtt  between two nodes, by their numbers
    private static View mesh(
            int nodes, int guests, View.Range capacity, BiFunction<Integer, Integer, View.Range> baseRtt) {
        Map<String, Node> all = new LinkedHashMap<>();
        for (int n = 0; n < nodes; n++) {
            Set<String> own = new java.util.TreeSet<>();
            List<Rule> rules = new ArrayList<>();
            Map<String, View.Link> links = new LinkedHashMap<>();
            for (int i = 0; i < guests; i++) {
                if (i % nodes == n) {
                    own.add(guest(i));
                } else {
                    rules.add(new Rule("any", guest(i), "edge n" + i % nodes, "any", 6));
                }
            }
            for (int other = 0; other < nodes; other++) {
                if (other != n) {
                    links.put(
                            "n" + other,
                            new View.Link(
                                    "n" + other,
                                    "n" + other,
                                    true,
                                    0,
                                    0,
                                    true,
                                    baseRtt.apply(n, other),
                                    capacity,
                                    View.Range.UNKNOWN,
                                    View.Range.UNKNOWN,
                                    0,
                                    0,
                                    "",
                                    false));
                }
            }
            all.put(
                    "n" + n,
                    new Node(
                            "n" + n,
                            "10.0.0." + (n + 1) + ":1",
                            own,
                            links,
                            rules,
                            false,
                            Map.of(),
                            View.Owned.NOTHING));
        }
        return new View(all);
    }

    private static Placement.Best best(View view, Map<Pair, Rate> rates) {
        return best(view, rates, Thresholds.USUAL.withRate(LINE)).orElseThrow();
    }

    private static Optional<Placement.Best> best(View view, Map<Pair, Rate> rates, Thresholds thresholds) {
        return Placement.of(view, new CostModel(view, rates, Map.of(), thresholds), rates, Map.of(), thresholds);
    }

    private static long moves(View view, Placement.Best best) {
        return best.homes().entrySet().stream()
                .filter(each -> !view.home(each.getKey()).orElseThrow().equals(each.getValue()))
                .count();
    }

    /// Nodes 0 and 1 are at one site, 2 and 3 at another, with a line of 20 ms each way between.
    private static View sites(int guests) {
        return mesh(
                4,
                guests,
                View.Range.UNKNOWN,
                (one, other) -> View.Range.exactly(one / 2 == other / 2 ? 100_000 : 40_000_000));
    }

    private static void swap(Map<Pair, Rate> rates, int one, int other, double swaps) {
        rates.put(new Pair(guest(one), guest(other)), new Rate(swaps * 8 * 1066, swaps));
        rates.put(new Pair(guest(other), guest(one)), new Rate(swaps * 8 * 1066, swaps));
    }

    private static void both(Map<Pair, Rate> rates, int one, int other, double bits) {
        rates.put(new Pair(guest(one), guest(other)), new Rate(bits, bits / 80_000));
        rates.put(new Pair(guest(other), guest(one)), new Rate(bits, bits / 80_000));
    }

    @Test
    void heavyPairsComeTogether() {
        for (int guests : List.of(4, 12)) {
            int nodes = guests / 2;
            View view = mesh(nodes, guests);
            Map<Pair, Rate> rates = new HashMap<>();
            // Guests i and i + 1 talk, who are at neighbouring nodes.
            for (int i = 0; i < guests; i += 2) {
                both(rates, i, i + 1, LINE / 3);
            }
            Placement.Best best = best(view, rates);
            assertTrue(best.before() > 0.6, best.toString());
            assertEquals(0, best.after(), 1e-3, guests + " guests: " + best);
            for (int i = 0; i < guests; i += 2) {
                assertEquals(best.homes().get(guest(i)), best.homes().get(guest(i + 1)));
            }
        }
    }

    @Test
    void whatIsTheSameForAllStays() {
        View view = mesh(4, 8);
        Map<Pair, Rate> rates = new HashMap<>();
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < i; j++) {
                both(rates, i, j, LINE / 20);
            }
        }
        Placement.Best best = best(view, rates);
        assertEquals(best.before(), best.after(), 1e-9);
        best.homes()
                .forEach((guest, node) -> assertEquals(node, view.home(guest).orElseThrow()));
    }

    /// The branches that are left out are none that are better.
    @Test
    void theExactBestIsNoWorseThanAnyOther() {
        Random random = new Random(5);
        View view = mesh(3, 6);
        for (int run = 0; run < 20; run++) {
            Map<Pair, Rate> rates = new HashMap<>();
            for (int i = 0; i < 6; i++) {
                for (int j = 0; j < i; j++) {
                    both(rates, i, j, random.nextDouble() < 0.5 ? 0 : LINE / 5 * random.nextDouble());
                }
            }
            Placement.Best best = best(view, rates);
            double cost = best.after() + Placement.MOVE * moves(view, best);
            for (int other = 0; other < 50; other++) {
                List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5));
                java.util.Collections.shuffle(order, random);
                Map<Pair, Rate> renamed = new HashMap<>();
                rates.forEach((pair, rate) ->
                        renamed.put(new Pair(renamed(pair.source(), order), renamed(pair.destination(), order)), rate));
                long moved = java.util.stream.IntStream.range(0, 6)
                        .filter(i -> order.get(i) % 3 != i % 3)
                        .count();
                assertTrue(cost <= best(view, renamed).before() + Placement.MOVE * moved + 1e-9);
            }
        }
    }

    /// 48 swaps a second of 1000 bytes each way over a line of 20 ms: they do nothing but wait, and send less than a
    /// fiftieth of a connection, of which nobody knows what it carries.
    @Test
    void pairsThatWaitForEachOtherComeToOneSite() {
        View view = sites(4);
        Map<Pair, Rate> rates = new HashMap<>();
        swap(rates, 0, 2, 48);
        swap(rates, 1, 3, 48);
        Placement.Best best = best(view, rates, Thresholds.USUAL).orElseThrow();
        assertEquals(1.92, best.before(), 1e-3);
        assertEquals(48 * 100e-6, best.after(), 1e-3);
        assertEquals(0.00125, best.error(), 1e-4, "50 us of 40 ms");
        assertEquals(List.of(), best.unsure());
        assertEquals(2, moves(view, best), best.toString());
        assertEquals(site(best, 0), site(best, 2));
        assertEquals(site(best, 1), site(best, 3));
    }

    /// Exchanging 0 and 3 is as good as 1 and 2: what the last bits of a measurement say is no reason to say
    /// another thing.
    @Test
    void whatWasFoundBeforeIsKeptWhereItIsAboutAsGood() {
        View view = sites(4);
        Map<Pair, Rate> rates = new HashMap<>();
        swap(rates, 0, 2, 48);
        swap(rates, 1, 3, 48);
        for (List<Integer> order : List.of(List.of(3, 1, 2, 0), List.of(0, 2, 1, 3))) {
            Map<String, String> earlier = new HashMap<>();
            for (int i = 0; i < 4; i++) {
                earlier.put(guest(i), "n" + order.get(i));
            }
            assertEquals(earlier, found(view, rates, earlier).homes());
        }
        Map<String, String> bad = new HashMap<>();
        for (int i = 0; i < 4; i++) {
            bad.put(guest(i), "n" + (3 - i));
        }
        assertEquals(48 * 100e-6, found(view, rates, bad).after(), 1e-3, "all apart still");
    }

    private static Placement.Best found(View view, Map<Pair, Rate> rates, Map<String, String> earlier) {
        CostModel costs = new CostModel(view, rates, Map.of(), Thresholds.USUAL);
        return Placement.of(view, costs, rates, earlier, Thresholds.USUAL).orElseThrow();
    }

    /// So many that not all assignments are looked at.
    @Test
    void manyPairsThatWaitAllComeToOneSite() {
        View view = sites(12);
        Map<Pair, Rate> rates = new HashMap<>();
        for (int i : List.of(0, 1, 4, 5, 8, 9)) {
            swap(rates, i, i + 2, 48);
        }
        Placement.Best best = best(view, rates, Thresholds.USUAL).orElseThrow();
        assertEquals(1.92, best.before(), 1e-3);
        assertEquals(0, best.after(), 48 * 100e-6 + 1e-3);
        assertTrue(moves(view, best) < 12, best.toString());
    }

    private static int site(Placement.Best best, int guest) {
        return Integer.parseInt(best.homes().get(guest(guest)).substring(1)) / 2;
    }

    @Test
    void aRoundTripThatNobodyKnowsIsNotTakenForNone() {
        View view = mesh(
                4,
                4,
                View.Range.UNKNOWN,
                (one, other) -> one + other == 1 ? View.Range.UNKNOWN : View.Range.exactly(40_000_000));
        Map<Pair, Rate> rates = new HashMap<>();
        swap(rates, 0, 2, 48);
        assertEquals(Optional.empty(), best(view, rates, Thresholds.USUAL));
    }

    private Memory memory = new Memory();
    private long now = 1000 * SECOND;

    /// What is decided first within so many seconds.
    private Decision decided(View view, Map<Pair, Rate> rates, int seconds) {
        Decision first = Decision.NONE;
        for (int i = 0; i < seconds && first.kind() == Decision.Kind.NONE; i++) {
            Decider.Outcome outcome = Decider.decide(view, rates, memory, Thresholds.USUAL, now);
            memory = outcome.memory();
            first = outcome.decision();
            memory.applied(first, 1, 0, Thresholds.USUAL, now);
            now += SECOND;
        }
        return first;
    }

    @Test
    void whatConnectionsCarryIsAskedForWhereMuchIsSentAndOnlyThen() {
        Map<Pair, Rate> rates = new HashMap<>();
        both(rates, 0, 1, LINE / 3);
        both(rates, 2, 3, LINE / 3);
        Decision asked = decided(mesh(2, 4), rates, 5);
        assertEquals(
                List.of(new Decision.Step.Ask("n0", "n1", "capacity"), new Decision.Step.Ask("n1", "n0", "capacity")),
                asked.steps());
        assertEquals(Decision.NONE, decided(mesh(2, 4), rates, 8), "no advice, and not asked again at once");
        View known = mesh(2, 4, View.Range.exactly(LINE), (_, _) -> View.Range.exactly(100_000));
        Decision placed = decided(known, rates, 12);
        assertEquals(Decision.Kind.PLACE, placed.kind());
        assertEquals(2, placed.steps().size(), placed.steps().toString());
        assertEquals(0.67, placed.prediction().orElseThrow().before().total(), 0.01);
        // Where it is the same for all nobody is asked.
        Map<Pair, Rate> same = new HashMap<>();
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < i; j++) {
                both(same, i, j, LINE / 8);
            }
        }
        memory = new Memory();
        assertEquals(Decision.NONE, decided(mesh(2, 4), same, 60));
    }

    private static String renamed(String guest, List<Integer> order) {
        return guest(order.get(Integer.parseInt(guest.substring(15), 16)));
    }
}
