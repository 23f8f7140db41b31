package org.vnetp.overlay.measure;

import java.util.Locale;

/// The shape of who talks to whom.
public enum Topology {
    /// Nobody talks.
    NONE,
    /// Each guest talks to one other.
    PAIRS,
    /// One talks to all others, and these to nobody else.
    HUB,
    /// Each talks to two neighbours, and all are in one circle.
    RING,
    /// Each talks to its neighbours in a rectangle of two dimensions, with or without the edges joined.
    MESH,
    /// Each talks to every other.
    ALL_TO_ALL,
    /// None of these.
    IRREGULAR;

    /// As it is told: `all-to-all`.
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
