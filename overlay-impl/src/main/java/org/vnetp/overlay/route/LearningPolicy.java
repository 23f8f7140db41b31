package org.vnetp.overlay.route;

/// How a node learns where addresses are.
///
/// @param enabled off by default: VNET/P has rules only
/// @param ageNs an address not heard for this long is forgotten, nanoseconds
/// @param relay true: frames that came from a link are flooded to other links too, each once ([FloodMemory]), for
///     any topology; false: split horizon, for a full mesh of links
/// @param capacity most addresses kept
public record LearningPolicy(boolean enabled, long ageNs, boolean relay, int capacity) {
    /// IEEE 802.1Q's recommended ageing time.
    public static final long DEFAULT_AGE_NS = 300_000_000_000L;

    /// Addresses kept by default.
    public static final int DEFAULT_CAPACITY = 4096;

    public static final LearningPolicy OFF = new LearningPolicy(false, DEFAULT_AGE_NS, false, DEFAULT_CAPACITY);

    public LearningPolicy {
        if (ageNs <= 0 || capacity < 1 || capacity > 1 << 20) {
            throw new IllegalArgumentException("learning with age " + ageNs + " ns and capacity " + capacity);
        }
    }

    public static LearningPolicy on() {
        return new LearningPolicy(true, DEFAULT_AGE_NS, false, DEFAULT_CAPACITY);
    }
}
