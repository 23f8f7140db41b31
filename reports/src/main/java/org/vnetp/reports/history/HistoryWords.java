package org.vnetp.reports.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.vnetp.reports.steps.Step;
import org.vnetp.reports.steps.StepFinder;
import org.vnetp.reports.table.Numbers;

/// What a history says, in words.
final class HistoryWords {
    /// Steps that are further back are shown, and not told as news.
    static final int RECENT = 50;

    /// What is not sure after so many values more was noise, most likely: it is listed, and counts no more.
    private static final int UNDECIDED = 10;

    private HistoryWords() {}

    /// A value of a series with its unit.
    static String value(Series series, double value) {
        if (series.ofNative()) {
            return Numbers.percent(value) + " %";
        }
        Numbers.Scale scale = Numbers.scale(series.unit(), Math.abs(value));
        return Numbers.value(scale.of(value)) + (scale.unit().isEmpty() ? "" : " " + scale.unit());
    }

    /// A relative change with its sign, in percent.
    static String change(double change) {
        return String.format(Locale.ROOT, "%+.1f %%", 100 * change);
    }

    static String pValue(double p) {
        return p < 1e-6 ? "below 1e-6" : String.format(Locale.ROOT, "%.2g", p);
    }

    /// Whether a step is among the last runs.
    static boolean recent(Timeline timeline, Step step) {
        return step.to() >= timeline.runs().size() - RECENT;
    }

    /// Recent steps that are sure and not accepted.
    static List<Series.Change> news(Timeline timeline, Series series) {
        return series.steps().stream()
                .filter(change -> change.news() && recent(timeline, change.step()))
                .toList();
    }

    /// Whether the last of the news is a turn to the worse.
    static boolean worse(Timeline timeline, Series series) {
        List<Series.Change> news = news(timeline, series);
        return !news.isEmpty() && series.gain(news.getLast().step().change()) < 0;
    }

    static boolean better(Timeline timeline, Series series) {
        return !news(timeline, series).isEmpty() && !worse(timeline, series);
    }

    /// Whether a series may have stepped a short while ago, or drifts, and has no sure step.
    static boolean unsure(Timeline timeline, Series series) {
        return news(timeline, series).isEmpty()
                && (series.drift().isPresent()
                        || series.steps().stream()
                                .anyMatch(change -> change.step().grade() != Step.Grade.CONFIRMED
                                        && change.accepted().isEmpty()
                                        && change.step().valuesAfter() < UNDECIDED));
    }

    /// The outcome of a timeline in a sentence.
    static String verdict(Timeline timeline) {
        String where = timeline.suite() + " on " + timeline.machineKey() + ": ";
        if (timeline.series().isEmpty()) {
            return where + "no series to look at in " + timeline.runs().size() + " runs.";
        }
        long worse = count(timeline, Kind.WORSE);
        long better = count(timeline, Kind.BETTER);
        long unsure = count(timeline, Kind.UNSURE);
        long quiet = timeline.series().size() - worse - better - unsure;
        if (tooFew(timeline)) {
            return where + "too few runs to tell: none of " + timeline.series().size() + " series has "
                    + StepFinder.LEAST_VALUES + " values.";
        }
        List<String> parts = new ArrayList<>();
        parts.add(
                worse == 0
                        ? "no series got worse"
                        : worse + " of " + timeline.series().size() + " series got worse");
        parts.add(better + " got better");
        if (unsure > 0) {
            parts.add(unsure + " may have changed");
        }
        parts.add(quiet + (quiet == 1 ? " shows" : " show") + " no sure step");
        return where + String.join(", ", parts) + " in the last "
                + Math.min(RECENT, timeline.runs().size()) + " of "
                + (timeline.older() + timeline.runs().size()) + " runs.";
    }

    /// Whether no series has values enough for a step in it to be sure, so that no step says nothing.
    static boolean tooFew(Timeline timeline) {
        return timeline.series().stream().allMatch(series -> series.runs().length < StepFinder.LEAST_VALUES);
    }

    private enum Kind {
        WORSE,
        BETTER,
        UNSURE
    }

    private static long count(Timeline timeline, Kind kind) {
        return timeline.series().stream()
                .filter(series -> switch (kind) {
                    case WORSE -> worse(timeline, series);
                    case BETTER -> better(timeline, series);
                    case UNSURE -> unsure(timeline, series);
                })
                .count();
    }

    /// What else there is to say about a step: who accepted it, what changed on the machine with it, why it
    /// is not sure.
    static String note(Series.Change change) {
        List<String> notes = new ArrayList<>();
        change.accepted().ifPresent(decision -> notes.add("accepted: " + decision.reason()));
        if (!change.coincides().isEmpty()) {
            notes.add("coincides with "
                    + change.coincides().stream().map(Timeline.Marker::text).collect(Collectors.joining(", ")));
        }
        switch (change.step().grade()) {
            case SUSPECT -> notes.add("only " + change.step().valuesAfter() + " values after it");
            case POSSIBLE -> notes.add("one detector alone");
            case CHANCE -> notes.add("chance gives as much among so many series");
            case CONFIRMED -> {}
        }
        return String.join("; ", notes);
    }

    /// A drift in words, empty where there is none.
    static String drift(Series series) {
        return series.drift()
                .map(drift -> "drifts: " + change(drift.change()) + " from the epoch's first values to the last")
                .orElse("");
    }
}
