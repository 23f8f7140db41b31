package org.vnetp.nas.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/// Refuses illegal rank counts and names the legal ones nearby.
public final class RankCounts {
    private RankCounts() {}

    public static boolean isPowerOfTwo(int n) {
        return n > 0 && (n & (n - 1)) == 0;
    }

    public static boolean isSquare(int n) {
        int root = (int) Math.round(Math.sqrt(n));
        return n > 0 && root * root == n;
    }

    /// @param rule what is legal, in words, for example "a power of two"
    public static void check(String kernel, int ranks, String rule, IntPredicate legal) {
        if (legal.test(ranks)) {
            return;
        }
        List<Integer> near = new ArrayList<>();
        for (int n = Math.min(ranks - 1, 1 << 14); n > 0; n--) {
            if (legal.test(n)) {
                near.add(n);
                break;
            }
        }
        for (int n = Math.max(ranks + 1, 1); n <= 1 << 14; n++) {
            if (legal.test(n)) {
                near.add(n);
                break;
            }
        }
        throw new IllegalArgumentException(kernel + " cannot run on " + ranks + " ranks: expected " + rule
                + (near.isEmpty()
                        ? ""
                        : "; nearest: " + near.stream().map(String::valueOf).collect(Collectors.joining(" or "))));
    }
}
