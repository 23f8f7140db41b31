package org.vnetp.overlay.measure;

import java.util.List;

/// Who talks to whom, as a node sees it.
///
/// @param pairs      the largest first
/// @param guests     addresses that take part
/// @param topology   the shape that has been the same for [#STABLE] updates, or was before
/// @param confidence of it, less what is not known of the traffic
/// @param stableS    for how long the shape has been the same
/// @param now        the shape of the last window, stable or not
/// @param windowS    over which rates are taken
/// @param otherShare of all bytes those of pairs that found no room in the node's matrix, and of groups
public record Demands(
        List<Demand> pairs,
        List<Long> guests,
        Topology topology,
        double confidence,
        double stableS,
        Topology now,
        double windowS,
        double otherShare) {
    /// So many updates in a row make a shape stable.
    public static final int STABLE = 3;

    /// Nothing has been seen.
    public static final Demands UNKNOWN = new Demands(List.of(), List.of(), Topology.NONE, 0, 0, Topology.NONE, 0, 0);
}
