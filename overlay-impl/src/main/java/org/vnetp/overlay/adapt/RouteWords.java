package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.List;
import org.vnetp.overlay.adapt.View.Pair;

/// The statements by which pairs of guests get another way, or the written one again.
sealed interface RouteWords {
    /// The pairs go by that link from here on.
    List<String> take(List<Pair> pairs, String link);

    /// The rules by which they do go.
    List<String> drop(List<Pair> pairs, String link);

    /// By plain rules: all pairs in one step.
    record Plain() implements RouteWords {
        @Override
        public List<String> take(List<Pair> pairs, String link) {
            return together(pairs, "route replace ", link);
        }

        @Override
        public List<String> drop(List<Pair> pairs, String link) {
            return together(pairs, "route del ", link);
        }

        private static List<String> together(List<Pair> pairs, String what, String link) {
            List<String> lines = new ArrayList<>(List.of("begin"));
            pairs.forEach(pair -> lines.add(what + pair + " edge " + link + " any"));
            lines.add("commit");
            return lines;
        }
    }

    /// By moves that lose and reorder nothing, of nodes that have them.
    record Moves() implements RouteWords {
        @Override
        public List<String> take(List<Pair> pairs, String link) {
            return pairs.stream()
                    .map(pair -> "route move " + pair + " edge " + link + " any")
                    .toList();
        }

        @Override
        public List<String> drop(List<Pair> pairs, String link) {
            return pairs.stream()
                    .map(pair -> "route retire " + pair + " edge " + link + " any")
                    .toList();
        }
    }
}
