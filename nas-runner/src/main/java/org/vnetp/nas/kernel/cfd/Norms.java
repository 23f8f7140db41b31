package org.vnetp.nas.kernel.cfd;

/// Root mean squares over the grid's inner points.
final class Norms {
    private Norms() {}

    /// @param sums this rank's sums of squares; overwritten by the norms
    static double[] of(double[] sums, Links links, FlowModel model, double factor) {
        links.sum(sums);
        for (int m = 0; m < sums.length; m++) {
            sums[m] = Math.sqrt(sums[m] / model.interiorPoints()) * factor;
        }
        return sums;
    }
}
