package org.vnetp.overlay.route;

import java.util.Arrays;

/// Remembers where flows go: (source port, destination, source) to an answer of the routing table,
/// "no rule" included.
///
/// Sets of four ways; a full set gives up one way after another. Bounded, allocates nothing after
/// construction, one loop's. [#flush] is an epoch step: entries of other epochs do not match.
final class FlowCache {
    private static final int WAYS = 4;
    private static final int LAST_EPOCH = 0xFFFF;

    // Per entry: destination | source port << 48, source | epoch << 48. Epoch 0 is an entry
    // never written.
    private final long[] keys;
    private final Destinations[] answers;
    private final int setMask;
    private int epoch = 1;
    private int victim;

    /// @param capacity entries, rounded up to a power of two
    FlowCache(int capacity) {
        if (capacity < WAYS || capacity > 1 << 24) {
            throw new IllegalArgumentException("flow cache of " + capacity + " entries: expected 4..16777216");
        }
        int entries = Integer.highestOneBit(capacity - 1) << 1;
        this.keys = new long[entries * 2];
        this.answers = new Destinations[entries];
        this.setMask = entries / WAYS - 1;
    }

    /// The answer remembered, or null.
    Destinations get(int sourcePort, long destination, long source) {
        long first = destination | (long) sourcePort << 48;
        long second = source | (long) epoch << 48;
        int entry = set(first, source) * WAYS;
        long[] k = keys;
        for (int i = entry; i < entry + WAYS; i++) {
            if (k[2 * i] == first && k[2 * i + 1] == second) {
                return answers[i];
            }
        }
        return null;
    }

    /// Remembers an answer.
    ///
    /// @return true when a live entry had to give way
    boolean put(int sourcePort, long destination, long source, Destinations answer) {
        long first = destination | (long) sourcePort << 48;
        int entry = set(first, source) * WAYS;
        int chosen = -1;
        for (int i = entry; i < entry + WAYS && chosen < 0; i++) {
            if (keys[2 * i + 1] >>> 48 != epoch) {
                chosen = i;
            }
        }
        boolean evicts = chosen < 0;
        if (evicts) {
            chosen = entry + (victim++ & WAYS - 1);
        }
        keys[2 * chosen] = first;
        keys[2 * chosen + 1] = source | (long) epoch << 48;
        answers[chosen] = answer;
        return evicts;
    }

    /// Forgets everything.
    void flush() {
        if (epoch == LAST_EPOCH) {
            Arrays.fill(keys, 0);
            epoch = 0;
        }
        epoch++;
    }

    int capacity() {
        return answers.length;
    }

    private int set(long first, long source) {
        long hash = (first ^ Long.rotateLeft(source, 31)) * 0x9E37_79B9_7F4A_7C15L;
        hash = (hash ^ hash >>> 29) * 0xBF58_476D_1CE4_E5B9L;
        return (int) (hash >>> 32) & setMask;
    }
}
