package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NarrowIntervalTest {
    private static final NarrowInterval TWO_PERCENT = new NarrowInterval(0.02, 3, 1);

    private static SortedMap<Integer, Double> blocks(double... values) {
        SortedMap<Integer, Double> map = new TreeMap<>();
        for (int i = 0; i < values.length; i++) {
            map.put(i, values[i]);
        }
        return map;
    }

    @Test
    void isContentWithPairsThatAgreeThoughTheBlocksDrift() {
        assertTrue(TWO_PERCENT.settled(
                Map.of("native", blocks(100, 150, 90, 120), "vnetp", blocks(90, 135.1, 81.1, 107.9))));
    }

    @Test
    void isNotContentWithPairsThatDisagree() {
        assertFalse(TWO_PERCENT.settled(Map.of("native", blocks(100, 100, 100, 100), "vnetp", blocks(90, 99, 80, 95))));
    }

    @Test
    void wantsEveryFabricToBeNarrow() {
        assertFalse(TWO_PERCENT.settled(Map.of(
                "native", blocks(100, 100, 100),
                "vnetp", blocks(90, 90, 90),
                "vxlan", blocks(90, 60, 99))));
    }

    @Test
    void doesNotBelieveTwoPairsOrPairsOfDifferentBlocks() {
        assertFalse(TWO_PERCENT.settled(Map.of("native", blocks(100, 100), "vnetp", blocks(90, 90))));
        SortedMap<Integer, Double> later = new TreeMap<>(Map.of(3, 90.0, 4, 90.0, 5, 90.0));
        assertFalse(TWO_PERCENT.settled(Map.of("native", blocks(100, 100, 100), "vnetp", later)));
    }

    @Test
    void neverEndsWithNothingToCompare() {
        assertFalse(TWO_PERCENT.settled(Map.of("native", blocks(100, 100, 100))));
    }
}
