package org.vnetp.macrobench.campaign;

import java.util.Map;
import java.util.SortedMap;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.stats.PairedRatio;

/// Content when every fabric's ratio to native, from paired blocks, has an interval narrow enough.
///
/// The ratio is used for nothing but this decision and is not stored.
///
/// @param precision half of the interval's width, relative to the estimate: 0.02 for +-2 %; 0 is never reached
/// @param leastPairs blocks before any interval is believed
/// @param seed of the resampling
public record NarrowInterval(double precision, int leastPairs, long seed) implements StopRule {

    @Override
    public boolean settled(Map<String, SortedMap<Integer, Double>> byFabric) {
        SortedMap<Integer, Double> reference = byFabric.get(Fabrics.NATIVE);
        if (reference == null) {
            return false;
        }
        for (Map.Entry<String, SortedMap<Integer, Double>> arm : byFabric.entrySet()) {
            if (arm.getKey().equals(Fabrics.NATIVE)) {
                continue;
            }
            double[] logRatios = arm.getValue().entrySet().stream()
                    .filter(e -> reference.containsKey(e.getKey()))
                    .mapToDouble(e -> Math.log(e.getValue() / reference.get(e.getKey())))
                    .toArray();
            if (logRatios.length < leastPairs) {
                return false;
            }
            PairedRatio ratio = PairedRatio.of(logRatios, seed);
            if (!ratio.hasInterval() || (ratio.high() - ratio.low()) / 2 > precision * ratio.estimate()) {
                return false;
            }
        }
        return byFabric.size() > 1;
    }
}
