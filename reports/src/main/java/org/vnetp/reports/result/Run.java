package org.vnetp.reports.result;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One execution of one benchmark, as a runner records it: where it belongs, how it ended, what was measured.
///
/// ```java
/// directory.append(new Run("nas", "cg.A.4", "vnetp", "10gbit", Params.NONE, block, 0)
///         .value(Metrics.MOPS, 812.4)
///         .value(Metrics.TIME, 1.84));
/// directory.append(new Run("nas", "cg.A.4", "vnetp", "10gbit", Params.NONE, block, 1)
///         .ended(Status.TIMEOUT, "killed after 60 s"));
/// ```
///
/// Confined to one thread until it is appended. Values of a run that did not end well may be recorded too (bytes on the
/// wire of a run that was not on path, say); reports never show them as results.
public final class Run {
    private final String suite;
    private final String benchmark;
    private final String fabric;
    private final String link;
    private final Params params;
    private final int block;
    private final int repetition;
    private final Map<Metric, Double> values = new LinkedHashMap<>();
    private final Map<Params, Map<Metric, Double>> parts = new LinkedHashMap<>();
    private Status status = Status.OK;
    private String reason = "";
    private int launch = Observation.OWN_LAUNCH;
    private double atSeconds = Double.NaN;

    public Run(String suite, String benchmark, String fabric, String link, Params params, int block, int repetition) {
        this.suite = word("suite", suite);
        this.benchmark = word("benchmark", benchmark);
        this.fabric = word("fabric", fabric);
        this.link = word("link", link);
        this.params = params;
        this.block = block;
        this.repetition = repetition;
    }

    private static String word(String what, String text) {
        if (text.isBlank() || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(what + " '" + text + "': expected a name without control characters");
        }
        return text;
    }

    /// Records one value; NaN where the run gave none. A value that cannot be ([Metric#objection]) is not recorded, and
    /// fails the run.
    public Run value(Metric metric, double value) {
        values.put(metric, possible(metric, value));
        return this;
    }

    private double possible(Metric metric, double value) {
        Optional<String> objection = metric.objection(value);
        if (objection.isEmpty()) {
            return value;
        }
        if (status == Status.OK) {
            ended(Status.FAILED, objection.get());
        }
        return Double.NaN;
    }

    /// Records one value of a part of the run, such as one of the message sizes that it measured in turn: stored
    /// under these parameters in the place of the run's own.
    public Run value(Params part, Metric metric, double value) {
        if (part.equals(params)) {
            return value(metric, value);
        }
        parts.computeIfAbsent(part, _ -> new LinkedHashMap<>()).put(metric, possible(metric, value));
        return this;
    }

    /// Says that the run was made by processes that make several.
    ///
    /// @param number of the launch, counted from 0 for each arm (cell and fabric)
    public Run launch(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("launch " + number + ": expected 0 or more");
        }
        launch = number;
        return this;
    }

    /// Says when the run began, in seconds since the campaign's start.
    public Run at(double seconds) {
        atSeconds = seconds;
        return this;
    }

    /// Says how the run ended; control characters of the reason become spaces, since one row is one line.
    public Run ended(Status status, String reason) {
        this.status = status;
        this.reason = oneLine(reason);
        return this;
    }

    private static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> line.appendCodePoint(Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c));
        return line.toString().strip();
    }

    public Status status() {
        return status;
    }

    public String reason() {
        return reason;
    }

    /// A name for files of this run under `raw/` and `latency/`, without suffix and safe as a file name.
    public String fileName() {
        return fileName(benchmark, fabric, link, params.text(), block, repetition);
    }

    /// The [#fileName()] of the run with these properties, which are those of its observations.
    public static String fileName(
            String benchmark, String fabric, String link, String params, int block, int repetition) {
        String text = benchmark + "_" + fabric + "_" + link + (params.isEmpty() ? "" : "_" + params) + "_b" + block
                + "_r" + repetition;
        return text.replaceAll("[^A-Za-z0-9._=+-]", "-");
    }

    /// The rows of this run; one without a value where nothing was measured, so that no run goes unseen.
    public List<Observation> observations() {
        List<Observation> rows = new ArrayList<>();
        values.forEach((metric, value) -> rows.add(row(params, metric.name(), metric.unit(), value)));
        if (rows.isEmpty()) {
            rows.add(row(params, "none", "", Double.NaN));
        }
        parts.forEach((part, measured) ->
                measured.forEach((metric, value) -> rows.add(row(part, metric.name(), metric.unit(), value))));
        return rows;
    }

    private Observation row(Params where, String metric, String unit, double value) {
        return new Observation(
                suite,
                benchmark,
                fabric,
                link,
                where.text(),
                metric,
                unit,
                value,
                block,
                repetition,
                status,
                reason,
                launch,
                atSeconds);
    }
}
