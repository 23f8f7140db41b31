package org.vnetp.macrobench.campaign;

import java.util.Map;
import java.util.SortedMap;

/// Decides when a group of cells has been measured well enough.
@FunctionalInterface
public interface StopRule {
    /// @param byFabric good values of the group's primary metric: fabric to block to value
    boolean settled(Map<String, SortedMap<Integer, Double>> byFabric);

    /// Never content: every block up to the last is run.
    static StopRule never() {
        return byFabric -> false;
    }
}
