package org.vnetp.overlay.adapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;
import org.vnetp.overlay.adapt.View.Rule;

/// Guests at nodes with direct links.
class PlacementTest {
    private static final double LINE = 100e6;

    private static String guest(int i) {
        return String.format(java.util.Locale.ROOT, "02:00:00:00:01:%02x", i);
    }

    /// Nodes with so many guests each; guest numbers go round: guest i is at node i % nodes.
    private static View mesh(int nodes, int guests) {
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
                                    View.Range.exactly(100_000),
                                    View.Range.UNKNOWN,
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
        Thresholds thresholds = Thresholds.USUAL.withRate(LINE);
        return Placement.of(view, new CostModel(view, rates, Map.of(), thresholds), rates)
                .orElseThrow();
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
            double best = best(view, rates).after();
            for (int other = 0; other < 50; other++) {
                List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5));
                java.util.Collections.shuffle(order, random);
                Map<Pair, Rate> renamed = new HashMap<>();
                rates.forEach((pair, rate) ->
                        renamed.put(new Pair(renamed(pair.source(), order), renamed(pair.destination(), order)), rate));
                assertTrue(best <= best(view, renamed).before() + 1e-9);
            }
        }
    }

    private static String renamed(String guest, List<Integer> order) {
        return guest(order.get(Integer.parseInt(guest.substring(15), 16)));
    }
}
