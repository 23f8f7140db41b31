package org.vnetp.nas;

import java.util.Map;

/// What is known of a kernel before it runs: how much it computes and how much it sends, so that a plan can say
/// how long it takes and a run that sent too little is noticed.
final class KernelFacts {
    private static final String SIZES = "SWABC";

    /// Million operations by class S, W, A, B, C, by NPB's own formulas.
    private static final Map<String, double[]> MOP = Map.of(
            "ep", new double[] {33.6, 67.1, 536.9, 2147.5, 8589.9},
            "is", new double[] {0.7, 10.5, 83.9, 335.5, 1342.2},
            "cg", new double[] {66.7, 420.6, 1496.5, 54708.7, 143347.5},
            "mg", new double[] {7.6, 486.5, 3892.3, 19461.6, 155692.6},
            "ft", new double[] {177.2, 372.7, 7136.4, 92053.6, 396388.2},
            "lu", new double[] {102.3, 18061.1, 119296.8, 498824.1, 2038997.3},
            "sp", new double[] {96.7, 14174.4, 85010.0, 355011.9, 1450101.0},
            "bt", new double[] {228.3, 7718.8, 168284.5, 702179.8, 2866279.9});

    /// Million bytes that two hosts send each other in a run of classes S, W and A on 4 ranks; measured with
    /// NPB 3.4. Neither more ranks nor more hosts make it less. Where the table ends, a larger class sends at
    /// least as much.
    private static final Map<String, double[]> MEGABYTES = Map.of(
            "ep", new double[] {0.0001, 0.0001, 0.0001},
            "is", new double[] {1.6, 23.4, 186},
            "cg", new double[] {4.8, 23.4, 46.7},
            "mg", new double[] {1.1, 13.7, 52},
            "ft", new double[] {16.9, 33.7, 540},
            "lu", new double[] {1.9, 80.8, 250},
            "sp", new double[] {10.3, 406, 1324},
            "bt", new double[] {9.9, 114, 758});

    /// The kernels in Java on two cores, in Mop/s over all ranks, a little less than measured; only for estimates of
    /// time.
    private static final Map<String, Double> RATES = Map.of(
            "ep", 450.0, "is", 400.0, "cg", 3500.0, "mg", 7000.0, "ft", 7000.0, "lu", 14000.0, "sp", 6000.0, "bt",
            10500.0);

    /// Classes beyond C grow about so much from one to the next.
    private static final double GROWTH = 20;

    private KernelFacts() {}

    /// Seconds that the timed region of one run takes, roughly.
    static double seconds(KernelCell cell) {
        int at = KernelCell.CLASSES.indexOf(cell.problemClass());
        int last = SIZES.length() - 1;
        double mop = MOP.get(cell.kernel())[Math.min(at, last)] * Math.pow(GROWTH, Math.max(0, at - last));
        return mop / RATES.get(cell.kernel());
    }

    /// Bytes that cross the network between the hosts in a run, at the very least. One half of what was
    /// measured, since libraries differ in how they send a collective. For programs that do not count what they
    /// send.
    static long leastBytes(KernelCell cell) {
        double[] megabytes = MEGABYTES.get(cell.kernel());
        int at = Math.min(KernelCell.CLASSES.indexOf(cell.problemClass()), megabytes.length - 1);
        return Math.max(1, Math.round(megabytes[at] * 1e6 / 2));
    }
}
