package org.vnetp.overlay.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Shapes of matrices that were made to be of one, with noise and guests in any order.
class TopologyFinderTest {
    /// Two thirds to one and a half times the rate on each edge, and up to a fiftieth of it
    /// everywhere else.
    private static double[][] made(int guests, long seed, BiPredicate<Integer, Integer> edge) {
        Random random = new Random(seed);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < guests; i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        double[][] rates = new double[guests][guests];
        for (int i = 0; i < guests; i++) {
            for (int j = 0; j < guests; j++) {
                double rate = edge.test(i, j) || edge.test(j, i)
                        ? 5e6 * Math.exp(Math.log(1.5) * (2 * random.nextDouble() - 1))
                        : 1e5 * random.nextDouble();
                // One direction may have little: a stream and its acknowledgements.
                rates[order.get(i)][order.get(j)] = i == j ? 9e9 : i < j ? rate : 0.3 * rate;
            }
        }
        return rates;
    }

    private static BiPredicate<Integer, Integer> mesh(int rows, int columns, boolean around) {
        return (i, j) -> {
            int row = i / columns;
            int column = i % columns;
            int right = row * columns + (column + 1) % columns;
            int below = (row + 1) % rows * columns + column;
            return (column + 1 < columns || around) && j == right || (row + 1 < rows || around) && j == below;
        };
    }

    private static BiPredicate<Integer, Integer> edge(Topology topology, int guests) {
        return switch (topology) {
            case PAIRS -> (i, j) -> i / 2 == j / 2;
            case HUB -> (i, j) -> i == 0;
            case RING -> (i, j) -> j == (i + 1) % guests;
            case ALL_TO_ALL -> (i, j) -> true;
            case MESH -> {
                int rows = (int) Math.sqrt(guests);
                while (guests % rows != 0) {
                    rows--;
                }
                yield mesh(rows, guests / rows, false);
            }
            default -> throw new IllegalArgumentException(topology.label());
        };
    }

    @ParameterizedTest
    @CsvSource({
        "PAIRS, 2",
        "PAIRS, 4",
        "PAIRS, 16",
        "HUB, 3",
        "HUB, 4",
        "HUB, 16",
        "RING, 4",
        "RING, 5",
        "RING, 8",
        "RING, 32",
        "ALL_TO_ALL, 3",
        "ALL_TO_ALL, 4",
        "ALL_TO_ALL, 16",
        "ALL_TO_ALL, 40",
        "MESH, 6",
        "MESH, 8",
        "MESH, 9",
        "MESH, 12",
        "MESH, 16",
        "MESH, 36",
        "MESH, 64"
    })
    void whatWasMadeIsFound(Topology topology, int guests) {
        for (long seed = 0; seed < 50; seed++) {
            TopologyFinder.Found found = TopologyFinder.find(made(guests, seed, edge(topology, guests)), 1000);
            assertEquals(topology, found.topology(), "seed " + seed + " " + found.confidence());
            assertTrue(found.confidence() > 0.6 && found.confidence() <= 1, "" + found.confidence());
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 3", "3, 4", "4, 4", "5, 6"})
    void edgesOfAMeshMayBeJoined(int rows, int columns) {
        for (long seed = 0; seed < 10; seed++) {
            assertEquals(
                    Topology.MESH,
                    TopologyFinder.find(made(rows * columns, seed, mesh(rows, columns, true)), 1000)
                            .topology());
        }
    }

    @Test
    void silenceIsNoShapeAndNoiseIsNone() {
        assertEquals(Topology.NONE, TopologyFinder.find(new double[4][4], 1000).topology());
        assertEquals(Topology.NONE, TopologyFinder.find(new double[0][0], 1000).topology());
        double[][] arp = new double[4][4];
        arp[0][1] = 900;
        assertEquals(Topology.NONE, TopologyFinder.find(arp, 1000).topology());
    }

    @Test
    void whatIsNoneOfTheShapesIsSaidToBe() {
        // A tree of two hubs.
        BiPredicate<Integer, Integer> tree = (i, j) -> i == 0 && j <= 3 || i == 1 && j >= 4;
        for (long seed = 0; seed < 20; seed++) {
            assertEquals(
                    Topology.IRREGULAR,
                    TopologyFinder.find(made(8, seed, tree), 1000).topology());
        }
        // Two rings.
        BiPredicate<Integer, Integer> rings = (i, j) -> i / 4 == j / 4 && j % 4 == (i + 1) % 4;
        assertEquals(
                Topology.IRREGULAR, TopologyFinder.find(made(8, 1, rings), 1000).topology());
        // Half of all pairs, by chance: each way is as far off.
        Random random = new Random(5);
        boolean[][] any = new boolean[12][12];
        for (boolean[] row : any) {
            for (int j = 0; j < row.length; j++) {
                row[j] = random.nextInt(4) == 0;
            }
        }
        assertEquals(
                Topology.IRREGULAR,
                TopologyFinder.find(made(12, 1, (i, j) -> any[i][j]), 1000).topology());
    }

    @Test
    void silentGuestsTakeNoPart() {
        double[][] rates = new double[6][6];
        int[] ring = {5, 0, 3, 2};
        for (int i = 0; i < 4; i++) {
            rates[ring[i]][ring[(i + 1) % 4]] = 1e6;
        }
        TopologyFinder.Found found = TopologyFinder.find(rates, 1000);
        assertEquals(Topology.RING, found.topology());
        assertEquals(4, found.edges().size());
        assertEquals(1, found.confidence(), 1e-9);
    }
}
