package org.vnetp.nas.npb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankRuleTest {
    @Test
    void luAllowsExactlyThePublishedCounts() {
        List<Integer> published = List.of(
                1, 2, 4, 6, 8, 9, 12, 15, 16, 18, 20, 24, 25, 28, 30, 32, 35, 36, 40, 42, 45, 48, 49, 50, 54, 56, 60,
                63, 64);
        RankRule lu = RankRule.of("lu");
        assertEquals(
                published,
                IntStream.rangeClosed(1, 64).filter(lu::allows).boxed().toList());
    }

    @Test
    void squaresAndPowersOfTwo() {
        assertTrue(RankRule.of("bt").allows(9));
        assertFalse(RankRule.of("sp").allows(8));
        assertTrue(RankRule.of("cg").allows(8));
        assertFalse(RankRule.of("is").allows(9));
        assertTrue(RankRule.of("ep").allows(7));
        assertFalse(RankRule.of("ep").allows(0));
    }

    @Test
    void namesTheLegalCountsNearby() {
        assertEquals(List.of(4, 9, 16), RankRule.of("bt").near(8, 3));
        assertEquals(List.of(2, 4), RankRule.of("cg").near(3, 2));
    }

    @Test
    void refusesAnUnknownKernelByName() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> RankRule.of("ua"));
        assertTrue(e.getMessage().contains("'ua'"));
    }
}
