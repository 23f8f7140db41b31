package org.vnetp.reports.history;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What a new run is compared with: the last complete runs on the same machine since each series' last
/// confirmed step or accepted epoch. Too few of them are no baseline, and never a reason to pass.
///
/// @param machineKey the machine
/// @param suite the suite
/// @param series by name; also those without enough runs, with their reason
/// @param troubles a sentence for each file or value of the history that could not be used
/// @param reason why there is no baseline at all; empty where at least one series has one
public record Baseline(
        String machineKey, String suite, Map<String, Reference> series, List<String> troubles, String reason) {
    /// How many runs are taken.
    public static final int RUNS = 10;
    /// How many are enough.
    public static final int LEAST_RUNS = 5;

    /// A run's value.
    ///
    /// @param run its file's name
    /// @param commit of its sources, or empty
    /// @param entry its value
    public record Point(String run, String commit, HistoryRun.Entry entry) {}

    /// What a series is compared with.
    ///
    /// @param points by their start, at most [#RUNS]
    /// @param since what began the epoch, in words; empty where it is the history's beginning
    /// @param reason why these are too few; empty where they are enough
    public record Reference(
            String series, String unit, boolean moreIsBetter, List<Point> points, String since, String reason) {
        public boolean usable() {
            return reason.isEmpty();
        }

        /// The values of the runs.
        public double[] values() {
            return points.stream().mapToDouble(point -> point.entry().value()).toArray();
        }

        /// The names of the runs, first and last.
        public String runs() {
            return points.isEmpty()
                    ? "none"
                    : points.size() + ": " + points.getFirst().run() + " to "
                            + points.getLast().run();
        }
    }

    /// Looks at the last [Timelines#LAST] runs of a suite on a machine.
    public static Baseline of(HistoryDirectory history, String machineKey, String suite, Decisions decisions)
            throws IOException {
        return of(history, machineKey, suite, decisions, Timelines.LEAST);
    }

    /// @param least the relative difference that a step has to have, such as 0.03
    public static Baseline of(
            HistoryDirectory history, String machineKey, String suite, Decisions decisions, double least)
            throws IOException {
        Timeline timeline = Timelines.read(history, machineKey, suite, decisions, Glob.ALL, Timelines.LAST, least);
        Map<String, Reference> references = new LinkedHashMap<>();
        for (Series series : timeline.series()) {
            references.put(series.name(), reference(timeline, series));
        }
        String reason = "";
        if (timeline.runs().isEmpty()) {
            reason = "no run of suite " + suite + " on the machine " + machineKey + others(history, machineKey, suite);
        } else if (references.values().stream().noneMatch(Reference::usable)) {
            reason = references.isEmpty()
                    ? "none of " + timeline.runs().size() + " runs came to its end"
                    : references.values().iterator().next().reason();
        }
        return new Baseline(machineKey, suite, references, timeline.troubles(), reason);
    }

    private static String others(HistoryDirectory history, String machineKey, String suite) throws IOException {
        List<String> others = new ArrayList<>();
        for (String key : history.machineKeys()) {
            if (!key.equals(machineKey) && history.suites(key).contains(suite)) {
                others.add(key);
            }
        }
        return others.isEmpty()
                ? ""
                : "; a run is never compared with another machine's, of which there are: " + String.join(", ", others);
    }

    private static Reference reference(Timeline timeline, Series series) {
        List<Point> points = new ArrayList<>();
        int dirty = 0;
        for (int i = series.epoch(); i < timeline.runs().size(); i++) {
            HistoryRun run = timeline.runs().get(i);
            if (series.entries().get(i) != null) {
                if (run.dirty()) {
                    dirty++; // no commit can be named for it
                } else {
                    points.add(new Point(
                            run.fileName(), run.commit(), series.entries().get(i)));
                }
            }
        }
        List<Point> last = List.copyOf(points.subList(Math.max(0, points.size() - RUNS), points.size()));
        String since = since(timeline, series);
        String reason = last.size() >= LEAST_RUNS
                ? ""
                : last.size() + " complete runs" + (since.isEmpty() ? "" : " since " + since)
                        + (dirty == 0 ? "" : ", besides " + dirty + " with changes that were not committed")
                        + "; expected at least " + LEAST_RUNS;
        return new Reference(series.name(), series.unit(), series.moreIsBetter(), last, since, reason);
    }

    /// What began the present epoch.
    private static String since(Timeline timeline, Series series) {
        String decisions = series.epochs().stream()
                .filter(epoch -> epoch.run() == series.epoch())
                .map(epoch -> "the epoch accepted at " + epoch.decision().at() + " ("
                        + epoch.decision().reason() + ")")
                .collect(Collectors.joining(", "));
        if (!decisions.isEmpty()) {
            return decisions;
        }
        return series.steps().stream()
                .filter(change -> change.step().to() == series.epoch() && series.epoch() > 0)
                .map(change -> "the step in "
                        + timeline.range(change.step().from(), change.step().to()))
                .findFirst()
                .orElse("");
    }
}
