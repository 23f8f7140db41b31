package org.vnetp.macrobench.tune;

import java.util.List;

/// How a race spends its time.
///
/// @param candidates settings at the start
/// @param rungs one after the other; the last goes on until its blocks are made or the time is up
/// @param finalists that are confirmed
/// @param launches of the confirmation, each with fresh nodes and programs
/// @param blocks of each launch
/// @param raceSeconds after which the race ends, whatever is left of it
/// @param budgetSeconds after which no further launch is begun, once there are enough for a verdict
record RacePlan(
        int candidates,
        List<Rung> rungs,
        int finalists,
        int launches,
        int blocks,
        double raceSeconds,
        double budgetSeconds) {
    /// Settings of a heat beside the default: so many are measured in the seconds around the default's region.
    static final int HEAT = 4;

    /// Kinds of node beside the default's.
    static final int KINDS = 2;

    /// Fewer launches could not reject anything: two-sided p of three finalists' best is 3 * 2 / 2^launches at
    /// least.
    static final int LEAST_LAUNCHES = 8;

    private static final int MOST_LAUNCHES = 12;
    private static final int MOST_BLOCKS = 4;
    private static final double CONFIRMING = 0.38;
    private static final double LEAST_RACE = 0.25;

    /// Shares of the race's blocks.
    private static final double FIRST = 0.5;

    private static final double SECOND = 0.25;
    private static final int LEAST_FIRST = 4;
    private static final int MOST_FIRST = 10;
    private static final int MOST_CANDIDATES = 32;
    private static final int LEAST_CANDIDATES = 6;
    private static final double OVERRUN = 1.15;

    /// @param blocks of every setting that takes part
    /// @param keep how many of the best go on
    /// @param fresh how many join them, one step beside the best
    record Rung(int blocks, int keep, int fresh) {}

    /// The first rung decides most wrongly, since it has the fewest blocks of each setting: it gets most of them.
    ///
    /// @param region seconds of one setting's regions of the goal's workloads together
    /// @param confirming the same of all workloads that are confirmed
    /// @param launch seconds of one launch
    /// @param budget seconds of all
    static RacePlan of(double region, double confirming, double launch, double budget) {
        int finalists = 3;
        double block = (finalists + 2) * confirming; // with the default and native
        int launches = Math.clamp((long) (CONFIRMING * budget / (launch + block)), LEAST_LAUNCHES, MOST_LAUNCHES);
        int blocks = Math.clamp((long) ((CONFIRMING * budget / launches - launch) / block), 1, MOST_BLOCKS);
        double confirmation = OVERRUN * launches * (launch + blocks * block);
        double race = Math.max(LEAST_RACE * budget, budget - confirmation);
        // What a setting's block costs with its share of the default's.
        double all = race / (region * (HEAT + 1) / HEAT);
        int candidates = Math.clamp((long) (FIRST * all / LEAST_FIRST), LEAST_CANDIDATES, MOST_CANDIDATES);
        int second = Math.max(4, 2 * candidates / 5);
        int fresh = Math.max(1, second / 4);
        int first = Math.clamp((long) (FIRST * all / candidates), LEAST_FIRST, MOST_FIRST);
        int then = Math.clamp((long) (SECOND * all / (second + fresh)), LEAST_FIRST, MOST_FIRST);
        return new RacePlan(
                candidates,
                List.of(
                        new Rung(first, second, fresh),
                        new Rung(then, 5, 2),
                        new Rung(4, 5, 1),
                        new Rung(12, finalists, 0)),
                finalists,
                launches,
                blocks,
                race,
                budget);
    }
}
