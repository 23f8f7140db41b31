package org.vnetp.overlay.control;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/// What a node knows of the program that adapts it from outside: who leads it and until when, and
/// what of its rules and links is that program's. So what a program that died has left can be read
/// here, and taken back. Immutable.
///
/// @param allowed  whether programs may lead this node
/// @param holder   who leads it; empty: nobody
/// @param untilNs  when that ends, by [System#nanoTime()]
/// @param pairs    exact rules of these pairs of addresses are the adaptation's
/// @param links    links that are the adaptation's
/// @param note     the last decision that was applied here, in words; empty: none
/// @param notedNs  when
public record Adaptation(
        boolean allowed, String holder, long untilNs, Set<Pair> pairs, Set<String> links, String note, long notedNs) {
    /// A source and a destination.
    public record Pair(long source, long destination) {}

    static final Adaptation NONE = new Adaptation(true, "", 0, Set.of(), Set.of(), "", 0);

    public Adaptation {
        pairs = Collections.unmodifiableSet(new LinkedHashSet<>(pairs));
        links = Collections.unmodifiableSet(new LinkedHashSet<>(links));
    }

    /// Nanoseconds for which the holder leads on; 0: nobody does.
    long leftNs(long nowNs) {
        return holder.isEmpty() ? 0 : Math.max(0, untilNs - nowNs);
    }

    Adaptation ledBy(String name, long untilTimeNs) {
        return new Adaptation(allowed, name, untilTimeNs, pairs, links, note, notedNs);
    }

    Adaptation allowed(boolean on) {
        return new Adaptation(on, "", 0, pairs, links, note, notedNs);
    }

    Adaptation owning(Set<Pair> somePairs, Set<String> someLinks) {
        return new Adaptation(allowed, holder, untilNs, somePairs, someLinks, note, notedNs);
    }

    Adaptation noted(String text, long nowNs) {
        return new Adaptation(allowed, holder, untilNs, pairs, links, text, nowNs);
    }
}
