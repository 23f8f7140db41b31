package org.vnetp.reports.stats;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/// Which arms cannot be told apart: those whose ratio to each other has an interval that holds 1.
public final class Alike {
    private Alike() {}

    /// The largest sets of names of which no two can be told apart, each set in the order of `names`; names that differ
    /// from all others are in none. Being alike is not transitive, so a name may be in several sets.
    ///
    /// @param ratio of the first to the second; empty where they were not compared
    public static List<List<String>> sets(List<String> names, BiFunction<String, String, Optional<PairedRatio>> ratio) {
        int n = names.size();
        boolean[][] alike = new boolean[n][n];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < i; k++) {
                alike[i][k] = ratio.apply(names.get(i), names.get(k))
                        .filter(PairedRatio::hasInterval)
                        .filter(PairedRatio::holdsOne)
                        .isPresent();
                alike[k][i] = alike[i][k];
            }
        }
        List<List<Integer>> largest = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            for (List<Integer> set : List.copyOf(largest)) {
                int next = i;
                List<Integer> joined =
                        new ArrayList<>(set.stream().filter(k -> alike[next][k]).toList());
                joined.add(i);
                largest.add(joined);
            }
            largest.add(List.of(i));
        }
        return largest.stream()
                .distinct()
                .filter(set -> set.size() > 1)
                .filter(set -> largest.stream().noneMatch(other -> other.size() > set.size() && other.containsAll(set)))
                .sorted(Comparator.comparing(List::toString))
                .map(set -> set.stream().map(names::get).toList())
                .toList();
    }

    /// The sets in words: `native = vnetp-ebpf; vnetp-ebpf = vxlan`.
    public static String words(List<List<String>> sets) {
        return String.join(
                "; ", sets.stream().map(set -> String.join(" = ", set)).toList());
    }
}
