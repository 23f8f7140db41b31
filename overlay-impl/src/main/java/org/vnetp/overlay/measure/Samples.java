package org.vnetp.overlay.measure;

import java.util.ArrayDeque;
import java.util.Arrays;

/// The samples of a stretch of time that ends now, no more than so many.
final class Samples {
    /// One of them.
    record Sample(long timeNs, double value) {}

    private final long spanNs;
    private final int most;
    private final ArrayDeque<Sample> kept = new ArrayDeque<>();

    /// @param spanNs older ones are forgotten
    /// @param most   and where there are more, the oldest
    Samples(long spanNs, int most) {
        this.spanNs = spanNs;
        this.most = most;
    }

    void add(long timeNs, double value) {
        kept.addLast(new Sample(timeNs, value));
        if (kept.size() > most) {
            kept.removeFirst();
        }
        forget(timeNs);
    }

    /// Forgets what is too old by now.
    void forget(long nowNs) {
        while (!kept.isEmpty() && nowNs - kept.peekFirst().timeNs() > spanNs) {
            kept.removeFirst();
        }
    }

    /// Forgets all but the newest.
    void keepNewest(int count) {
        while (kept.size() > count) {
            kept.removeFirst();
        }
    }

    void clear() {
        kept.clear();
    }

    int size() {
        return kept.size();
    }

    Sample newest() {
        return kept.peekLast();
    }

    Iterable<Sample> all() {
        return kept;
    }

    Iterable<Sample> fromNewest() {
        return kept::descendingIterator;
    }

    private double[] sorted() {
        double[] values = kept.stream().mapToDouble(Sample::value).toArray();
        Arrays.sort(values);
        return values;
    }

    private Estimate of(double value, double low, double high, long nowNs) {
        return Estimate.of(
                value,
                low,
                high,
                kept.size(),
                nowNs - kept.peekFirst().timeNs(),
                nowNs - kept.peekLast().timeNs());
    }

    /// The median, between the quartiles.
    Estimate median(long nowNs) {
        forget(nowNs);
        if (kept.isEmpty()) {
            return Estimate.UNKNOWN;
        }
        double[] values = sorted();
        return of(quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75), nowNs);
    }

    /// The least. How far above it the next ones are tells how sure it is: its interval ends at the
    /// lower tenth.
    Estimate least(long nowNs) {
        forget(nowNs);
        if (kept.isEmpty()) {
            return Estimate.UNKNOWN;
        }
        double[] values = sorted();
        return of(values[0], values[0], quantile(values, 0.1), nowNs);
    }

    /// Linear between neighbours.
    static double quantile(double[] sorted, double part) {
        double at = part * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
