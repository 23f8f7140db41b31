package org.vnetp.nas.npb;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/// Which rank counts a kernel's decomposition allows.
///
/// BT and SP need a square, CG, FT, IS and MG a power of two, LU a grid whose sides differ by at most a factor
/// of two, EP any number.
public final class RankRule {
    private static final RankRule ANY = new RankRule("any number", n -> true);
    private static final RankRule POWER_OF_TWO = new RankRule("a power of two", n -> Integer.bitCount(n) == 1);
    private static final RankRule SQUARE = new RankRule("a square", n -> {
        int root = (int) Math.round(Math.sqrt(n));
        return root * root == n;
    });
    private static final RankRule NEARLY_SQUARE_GRID =
            new RankRule("a product n1*n2 with n1/2 <= n2 <= n1", RankRule::isNearlySquareGrid);
    private static final Map<String, RankRule> RULES = Map.of(
            "ep", ANY,
            "is", POWER_OF_TWO,
            "cg", POWER_OF_TWO,
            "mg", POWER_OF_TWO,
            "ft", POWER_OF_TWO,
            "lu", NEARLY_SQUARE_GRID,
            "sp", SQUARE,
            "bt", SQUARE);

    private final String words;
    private final IntPredicate legal;

    private RankRule(String words, IntPredicate legal) {
        this.words = words;
        this.legal = legal;
    }

    /// The rule of a kernel.
    ///
    /// @throws IllegalArgumentException for a kernel that is none of the eight
    public static RankRule of(String kernel) {
        RankRule rule = RULES.get(kernel);
        if (rule == null) {
            throw new IllegalArgumentException(
                    "unknown kernel '" + kernel + "'; expected one of ep, is, cg, mg, ft, lu, sp, bt");
        }
        return rule;
    }

    public boolean allows(int ranks) {
        return ranks > 0 && legal.test(ranks);
    }

    /// The rule in words: `a power of two`.
    public String words() {
        return words;
    }

    /// Up to `count` legal rank counts nearest to `ranks`, ascending.
    public List<Integer> near(int ranks, int count) {
        List<Integer> found = new ArrayList<>();
        for (int distance = 0; found.size() < count && distance <= Math.max(ranks, 1024); distance++) {
            if (ranks - distance > 1 && allows(ranks - distance)) {
                found.add(ranks - distance);
            }
            if (distance > 0 && found.size() < count && allows(ranks + distance)) {
                found.add(ranks + distance);
            }
        }
        return found.stream().sorted().toList();
    }

    private static boolean isNearlySquareGrid(int n) {
        for (int n2 = (int) Math.sqrt(n); n2 >= 1; n2--) {
            if (n % n2 == 0) {
                int n1 = n / n2;
                return n1 <= 2 * n2; // the first divisor found is the squarest grid
            }
        }
        return false;
    }
}
