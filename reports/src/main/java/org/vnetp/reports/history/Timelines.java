package org.vnetp.reports.history;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.vnetp.reports.history.HistoryRun.Entry;
import org.vnetp.reports.steps.Drift;
import org.vnetp.reports.steps.FalseDiscovery;
import org.vnetp.reports.steps.Step;
import org.vnetp.reports.steps.StepFinder;

/// Puts the runs of a history in rows, and looks for steps in each series.
public final class Timelines {
    /// How many runs are looked at, unless more are asked for: a step that is further back says nothing about
    /// now, and the detectors' time grows with the square.
    public static final int LAST = 200;

    /// The relative difference that counts, unless another is given.
    public static final double LEAST = 0.03;

    private Timelines() {}

    /// One suite on one machine.
    ///
    /// @param series those to look at
    /// @param last how many runs
    /// @param least relative difference that a step has to have
    public static Timeline read(
            HistoryDirectory history,
            String machineKey,
            String suite,
            Decisions decisions,
            Glob series,
            int last,
            double least)
            throws IOException {
        HistoryDirectory.Reading reading = history.runs(machineKey, suite, last);
        List<String> troubles = new ArrayList<>(reading.troubles());
        List<HistoryRun> runs = reading.runs();
        Map<String, Entry[]> rows = new TreeMap<>(HistoryOrder.BY_NAME);
        for (int i = 0; i < runs.size(); i++) {
            if (!runs.get(i).complete()) {
                continue; // a gap in all series
            }
            for (Entry entry : runs.get(i).entries()) {
                if (series.matches(entry.series())) {
                    rows.computeIfAbsent(entry.series(), _ -> new Entry[runs.size()])[i] = entry;
                }
            }
        }
        List<Timeline.Marker> markers = Timeline.markers(runs);
        List<Series> all = new ArrayList<>();
        List<StepFinder.Found> found = new ArrayList<>();
        rows.forEach((name, entries) -> {
            clean(name, entries, runs, troubles);
            found.add(StepFinder.find(values(entries), least));
        });
        List<List<Step>> steps = FalseDiscovery.graded(
                found.stream().map(StepFinder.Found::steps).toList());
        int next = 0;
        for (Map.Entry<String, Entry[]> row : rows.entrySet()) {
            StepFinder.Found own = found.get(next);
            all.add(series(
                    row.getKey(),
                    row.getValue(),
                    runs,
                    markers,
                    decisions,
                    new StepFinder.Found(steps.get(next), own.outliers(), own.noise()),
                    least));
            next++;
        }
        return new Timeline(machineKey, suite, runs, all, markers, troubles, reading.older());
    }

    /// Takes out what is no value of this series: one that is not above 0, or is counted in another unit.
    private static void clean(String name, Entry[] entries, List<HistoryRun> runs, List<String> troubles) {
        Entry last = Arrays.stream(entries)
                .filter(e -> e != null)
                .reduce((_, e) -> e)
                .orElseThrow();
        Map<String, Integer> others = new HashMap<>();
        for (int i = 0; i < entries.length; i++) {
            if (entries[i] == null) {
                continue;
            }
            if (!(entries[i].value() > 0) && entries[i] != last) {
                troubles.add(runs.get(i).fileName() + ": " + name + " is " + entries[i].value()
                        + "; expected more than 0: a gap");
                entries[i] = null;
            } else if (!entries[i].unit().equals(last.unit()) || entries[i].moreIsBetter() != last.moreIsBetter()) {
                others.merge(entries[i].unit(), 1, Integer::sum);
                entries[i] = null;
            }
        }
        if (!(last.value() > 0)) {
            int at = Arrays.asList(entries).indexOf(last);
            troubles.add(
                    runs.get(at).fileName() + ": " + name + " is " + last.value() + "; expected more than 0: a gap");
            entries[at] = null;
        }
        others.forEach((unit, count) ->
                troubles.add(name + ": " + count + (count == 1 ? " run has" : " runs have") + " it in '" + unit
                        + "', the last one in '" + last.unit() + "': left out, they are no part of one series"));
    }

    private static double[] values(Entry[] entries) {
        return Arrays.stream(entries)
                .mapToDouble(e -> e == null ? Double.NaN : e.value())
                .toArray();
    }

    private static Series series(
            String name,
            Entry[] entries,
            List<HistoryRun> runs,
            List<Timeline.Marker> markers,
            Decisions decisions,
            StepFinder.Found found,
            double least) {
        Entry any = Arrays.stream(entries).filter(e -> e != null).findAny().orElse(null);
        double[] values = values(entries);
        List<Decisions.Epoch> epochs = decisions.epochs(name, runs);
        int epoch = 0;
        List<Series.Change> changes = new ArrayList<>();
        for (Step step : found.steps()) {
            Optional<Decisions.Decision> accepted = epochs.stream()
                    .filter(e ->
                            e.run() >= step.from() + 1 - StepFinder.APART && e.run() <= step.to() + StepFinder.APART)
                    .map(Decisions.Epoch::decision)
                    .findFirst();
            List<Timeline.Marker> coincides = markers.stream()
                    .filter(marker -> marker.run() > step.from() && marker.run() <= step.to())
                    .toList();
            changes.add(new Series.Change(step, accepted, coincides));
            if (step.grade() == Step.Grade.CONFIRMED) {
                epoch = Math.max(epoch, step.to());
            }
        }
        for (Decisions.Epoch accepted : epochs) {
            epoch = Math.max(epoch, accepted.run());
        }
        return new Series(
                name,
                any == null ? "" : any.unit(),
                any == null || any.moreIsBetter(),
                Arrays.asList(entries),
                List.copyOf(changes),
                found.outliers(),
                epochs,
                epoch,
                Drift.of(Arrays.copyOfRange(values, epoch, values.length), least),
                found.noise());
    }
}
