package org.vnetp.macrobench.campaign;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What visits take: what runs and launches took so far, and of those that were not made yet the runner's estimate,
/// corrected by what the others took against theirs. All in seconds.
///
/// **Thread:** the campaign's.
final class Costs {
    private final List<List<Cell>> bundles;
    private final CellRunner runner;
    private final History history;
    private final Goals goals;
    /// What the last launch of a bundle took in this session.
    private final Map<List<Cell>, Double> launching = new HashMap<>();

    private double pace;
    private double launchTook;
    private double launchEstimated;

    Costs(List<List<Cell>> bundles, CellRunner runner, History history, Goals goals) {
        this.bundles = bundles;
        this.runner = runner;
        this.history = history;
        this.goals = goals;
        refresh();
    }

    /// Looks at all runs that are stored by now.
    void refresh() {
        pace = pace();
    }

    /// What a visit takes, launch included, in seconds as all here.
    double of(List<Cell> bundle, int blocks) {
        return launchSeconds(bundle) + blocks * blockSeconds(bundle);
    }

    /// What one block of the cells takes that still want one.
    double blockSeconds(List<Cell> bundle) {
        return goals.active(bundle).stream().mapToDouble(this::expected).sum();
    }

    /// What one run of a cell takes. Of one that has not been run, the estimate, corrected by what the others took.
    private double expected(Cell cell) {
        double usual = history.usualSeconds(cell);
        return Double.isNaN(usual) ? pace * seconds(runner.estimate(cell)) : usual;
    }

    /// What runs took against their estimates.
    private double pace() {
        double took = 0;
        double estimated = 0;
        for (List<Cell> bundle : bundles) {
            for (Cell cell : bundle) {
                double usual = history.usualSeconds(cell);
                if (!Double.isNaN(usual)) {
                    took += usual;
                    estimated += seconds(runner.estimate(cell));
                }
            }
        }
        return took > 0 && estimated > 0 ? took / estimated : 1;
    }

    /// A launch took so long.
    void launched(List<Cell> bundle, double seconds) {
        double estimate = seconds(runner.launching(goals.active(bundle)));
        launching.put(bundle, seconds);
        if (estimate > 0) {
            launchTook += seconds;
            launchEstimated += estimate;
        }
    }

    /// What launching a bundle takes: what it took the last time, or else the estimate, corrected by what the others
    /// took.
    double launchSeconds(List<Cell> bundle) {
        Double seen = launching.get(bundle);
        double slower = launchEstimated > 0 ? launchTook / launchEstimated : 1;
        return seen == null ? slower * seconds(runner.launching(goals.active(bundle))) : seen;
    }

    static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
