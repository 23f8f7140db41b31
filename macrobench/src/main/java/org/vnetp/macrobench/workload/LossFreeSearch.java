package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Searches the highest rate at which nothing is lost, after RFC 9971 (MLRsearch): every load is
/// tried for a sum of trial durations, and counts as too high only when more than a share of that
/// sum (the exceed ratio) lost frames, so that one bad moment of the machine decides nothing.
/// Between the highest good load and the lowest bad one the search goes on by their geometric mean
/// until they are close or the time is spent. The loss ratio goal is 0.
///
/// One goal and one trial length; RFC 9971's several goals with rising trial lengths are left out.
final class LossFreeSearch {
    /// How the search is made.
    ///
    /// @param trialSeconds of each trial
    /// @param trialsAtLoad how many of them make the duration sum at one load
    /// @param exceedRatio the share of them that may lose frames
    /// @param width how close, relative to the bad load, the two loads must be to end the search
    /// @param budgetSeconds of all trials; the search ends with what it has
    record Settings(double trialSeconds, int trialsAtLoad, double exceedRatio, double width, double budgetSeconds) {}

    /// One trial.
    ///
    /// @param intended load in frames a second; 0 for as much as the source could
    /// @param duration intended, seconds
    /// @param sent by the source
    /// @param seconds that the source took
    /// @param received by the sink
    record Trial(double intended, double duration, long sent, double seconds, long received) {
        /// What the source did not send in time counts as lost: the load was not offered.
        double lossRatio() {
            double due = intended > 0 ? Math.max(sent, Math.round(intended * duration)) : sent;
            double late = intended > 0 ? Math.max(0, 1 - 1.01 * duration / seconds) : 0;
            return due == 0 ? 1 : Math.clamp(Math.max(late, 1 - received / due), 0, 1);
        }

        double receivedPerSecond() {
            return received / seconds;
        }
    }

    /// Where trials are made.
    @FunctionalInterface
    interface Channel {
        Trial run(double perSecond, double seconds) throws IOException, InterruptedException;
    }

    /// What was found.
    ///
    /// @param load the highest load that met the goal, 0 when none did
    /// @param upper the lowest load that missed it
    /// @param conditionalThroughput frames a second delivered at `load`, by its trial at the exceed
    ///     ratio
    /// @param most frames a second delivered when sent without pause
    /// @param trials all, in their order
    record Result(double load, double upper, double conditionalThroughput, double most, List<Trial> trials) {
        /// Whether the source set the limit: at the lowest load that missed the goal it sent too late or too little,
        /// and nothing of what it sent was lost.
        boolean sourceLimited() {
            List<Trial> atUpper =
                    trials.stream().filter(trial -> trial.intended() == upper).toList();
            // Where no load between was tried, the upper end is what was sent without pause.
            List<Trial> limiting = atUpper.isEmpty() ? trials.subList(0, 1) : atUpper;
            return limiting.stream().allMatch(trial -> trial.received() >= trial.sent());
        }
    }

    private final Settings settings;
    private final Channel channel;
    private final List<Trial> trials = new ArrayList<>();
    private final SortedMap<Double, List<Trial>> byLoad = new TreeMap<>();
    private double spent;

    LossFreeSearch(Settings settings, Channel channel) {
        this.settings = settings;
        this.channel = channel;
    }

    Result search() throws IOException, InterruptedException {
        Trial flood = channel.run(0, settings.trialSeconds());
        trials.add(flood);
        spent += settings.trialSeconds();
        double upper = flood.sent() / flood.seconds();
        double lower = 0;
        // RFC 9971 starts from what was forwarded at the highest load.
        double next = flood.receivedPerSecond();
        while (next >= 1 && enough()) {
            Boolean good = classify(next);
            if (good == null) {
                break; // the time was spent before this load was decided
            }
            if (good) {
                lower = next;
            } else {
                upper = next;
            }
            if (upper - lower <= settings.width() * upper) {
                break;
            }
            next = lower > 0 ? Math.sqrt(lower * upper) : upper / 2;
        }
        return new Result(
                lower, upper, lower > 0 ? conditional(lower) : 0, flood.receivedPerSecond(), List.copyOf(trials));
    }

    private boolean enough() {
        return spent + settings.trialSeconds() <= settings.budgetSeconds() + 1e-9;
    }

    /// Whether a load meets the goal; null when the time was spent before that was clear.
    private Boolean classify(double load) throws IOException, InterruptedException {
        List<Trial> here = byLoad.computeIfAbsent(load, _ -> new ArrayList<>());
        int mayBeBad = (int) Math.floor(settings.exceedRatio() * settings.trialsAtLoad() + 1e-9);
        while (true) {
            long bad = here.stream().filter(trial -> trial.lossRatio() > 0).count();
            if (bad > mayBeBad) {
                return false; // even if all further trials were good
            }
            if (here.size() - bad >= settings.trialsAtLoad() - mayBeBad) {
                return true; // even if all further trials were bad
            }
            if (!enough()) {
                return null;
            }
            Trial trial = channel.run(load, settings.trialSeconds());
            spent += settings.trialSeconds();
            trials.add(trial);
            here.add(trial);
        }
    }

    private double conditional(double load) {
        double[] losses =
                byLoad.get(load).stream().mapToDouble(Trial::lossRatio).sorted().toArray();
        // Trials not made count as bad; the one at the exceed ratio is among those made.
        int at =
                settings.trialsAtLoad() - 1 - (int) Math.floor(settings.exceedRatio() * settings.trialsAtLoad() + 1e-9);
        return load * (1 - losses[Math.min(at, losses.length - 1)]);
    }
}
