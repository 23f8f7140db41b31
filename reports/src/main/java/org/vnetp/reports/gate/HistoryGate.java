package org.vnetp.reports.gate;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.vnetp.reports.history.Baseline;
import org.vnetp.reports.history.HistoryDirectory;
import org.vnetp.reports.history.HistoryRun;
import org.vnetp.reports.history.SeriesName;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Results;

/// A result against a history: each series against the last complete runs on the same machine since its last step or
/// accepted epoch.
///
/// The independent unit is the run. One more run of the same program scatters as those did, so the difference of its
/// log to their mean has their variance times 1 + 1/n, with n - 1 degrees of freedom.
public final class HistoryGate {
    private HistoryGate() {}

    /// @throws IllegalArgumentException when the head result has no value, or does not tell its machine
    public static GateResult compare(HistoryDirectory history, Results head, Rules rules) throws IOException {
        HistoryRun run = HistoryRun.of(head);
        Baseline baseline = Baseline.of(history, run.machineKey(), run.suite(), history.decisions(), rules.threshold());
        Map<SeriesKey, Series> before = new TreeMap<>();
        baseline.series().forEach((name, reference) -> {
            SeriesKey key = key(name);
            boolean gates = decides(key, reference.unit());
            before.put(
                    key,
                    reference.usable()
                            ? mean(key, reference, gates)
                            : Series.without(key, reference.unit(), gates, reference.reason()));
        });
        Map<SeriesKey, Series> now = new TreeMap<>();
        for (HistoryRun.Entry entry : run.entries()) {
            SeriesKey key = key(entry.series());
            now.put(key, one(key, entry));
        }
        Side base = side("the history " + history.path(), run, newest(baseline), before);
        Side headSide = side(head.directory().toString(), run, run.commit(), now);
        GateResult compared = Gate.compare(base, headSide, rules);
        List<String> notes = new java.util.ArrayList<>(compared.notes());
        if (!baseline.reason().isEmpty()) {
            notes.add("No baseline: " + baseline.reason() + ".");
        }
        notes.addAll(baseline.troubles());
        baseline.series().values().stream()
                .filter(Baseline.Reference::usable)
                .findFirst()
                .ifPresent(reference -> notes.add("Baseline: runs " + reference.runs()
                        + (reference.since().isEmpty() ? "" : ", since " + reference.since()) + "."));
        return new GateResult(base, headSide, compared.threshold(), compared.comparisons(), notes);
    }

    private static String newest(Baseline baseline) {
        return baseline.series().values().stream()
                .filter(reference -> !reference.points().isEmpty())
                .map(reference -> reference.points().getLast().commit())
                .findFirst()
                .orElse("");
    }

    private static Side side(String name, HistoryRun run, String commit, Map<SeriesKey, Series> series) {
        return new Side(
                name,
                run.suite(),
                commit,
                run.started(),
                "complete",
                new LinkedHashMap<>(run.machine()),
                Map.of(),
                Double.NaN,
                series);
    }

    private static SeriesKey key(String name) {
        SeriesName parts = SeriesName.parse(name);
        return new SeriesKey(
                parts.suite(), parts.benchmark(), parts.fabric(), parts.link(), parts.params(), parts.metric());
    }

    /// As in a comparison of two results: factors of native, but for tails and costs, and JMH's scores.
    private static boolean decides(SeriesKey key, String unit) {
        boolean tail = key.metric().contains("p99") || key.metric().startsWith("cpu_");
        return key.suite().equals("micro") || unit.equals(HistoryRun.OF_NATIVE) && !tail;
    }

    private static boolean more(SeriesKey key, boolean said) {
        return Metrics.find(key.metric())
                .map(metric -> metric.direction() == Metric.Direction.HIGHER_IS_BETTER)
                .orElse(said);
    }

    private static Series mean(SeriesKey key, Baseline.Reference reference, boolean gates) {
        double[] logs = Arrays.stream(reference.values()).map(Math::log).toArray();
        double mean = Arrays.stream(logs).average().orElseThrow();
        double variance = Arrays.stream(logs).map(x -> (x - mean) * (x - mean)).sum() / (logs.length - 1);
        boolean relative = reference.unit().equals(HistoryRun.OF_NATIVE);
        boolean more = relative || more(key, reference.moreIsBetter());
        return new Series(
                key,
                reference.unit(),
                relative,
                more,
                gates,
                Math.exp(mean),
                more ? mean : -mean,
                Math.sqrt(variance * (1 + 1.0 / logs.length)),
                logs.length - 1,
                logs.length,
                "");
    }

    private static Series one(SeriesKey key, HistoryRun.Entry entry) {
        boolean gates = decides(key, entry.unit());
        if (!(entry.value() > 0)) {
            return Series.without(key, entry.unit(), gates, "its value is " + entry.value() + ", expected more than 0");
        }
        boolean more = entry.ofNative() || more(key, entry.moreIsBetter());
        double log = Math.log(entry.value());
        return new Series(
                key, entry.unit(), entry.ofNative(), more, gates, entry.value(), more ? log : -log, 0, 1, 1, "");
    }
}
