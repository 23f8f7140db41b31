package org.vnetp.overlay.adapt;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.vnetp.overlay.adapt.View.Pair;

/// What pairs of guests send, over the last seconds, from counters that are read again and again.
/// Counters of one node that go back, as it has been started anew, begin anew. One thread.
final class Rates {
    /// Frames and bytes.
    record Count(double frames, double bytes) {}

    /// Of a pair.
    ///
    /// @param bits   a second
    /// @param frames a second; a superframe counts once
    record Rate(double bits, double frames) {
        static final Rate NONE = new Rate(0, 0);

        double bitsAFrame() {
            return frames == 0 ? 0 : bits / frames;
        }
    }

    /// More than any link carries: a counter that says so is not believed.
    static final double MOST_BITS = 1e13;

    private record Reading(long timeNs, Map<Pair, Count> counts, Set<String> told) {}

    private final long windowNs;
    private final ArrayDeque<Reading> readings = new ArrayDeque<>();

    Rates(long windowNs) {
        this.windowNs = windowNs;
    }

    /// @param counts of each pair by who sends and by who gets it, the lesser where both tell: nobody is believed to
    ///               send what does not arrive, or to get what nobody sends
    /// @param told   guests whose nodes have answered, so that what is missing of them has not been sent
    void add(long timeNs, Map<Pair, Count> counts, Set<String> told) {
        readings.addLast(new Reading(timeNs, Map.copyOf(counts), Set.copyOf(told)));
        while (readings.size() > 2 && timeNs - readings.peekFirst().timeNs() > windowNs) {
            readings.removeFirst();
        }
    }

    /// Pairs that sent anything.
    Map<Pair, Rate> now() {
        Map<Pair, Rate> rates = new HashMap<>();
        if (readings.size() < 2) {
            return rates;
        }
        Reading first = readings.peekFirst();
        Reading last = readings.peekLast();
        double seconds = (last.timeNs() - first.timeNs()) / 1e9;
        last.counts().forEach((pair, count) -> {
            Count before = first.counts().get(pair);
            if (before == null && first.told().contains(pair.source())) {
                before = new Count(0, 0);
            }
            if (before != null && seconds > 0) {
                double bits = 8 * (count.bytes() - before.bytes()) / seconds;
                double frames = (count.frames() - before.frames()) / seconds;
                if (frames > 0 && bits >= 0 && bits <= MOST_BITS) {
                    rates.put(pair, new Rate(bits, frames));
                }
            }
        });
        return rates;
    }
}
