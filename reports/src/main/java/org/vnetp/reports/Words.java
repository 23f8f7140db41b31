package org.vnetp.reports;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.stats.Summary;
import org.vnetp.reports.table.NasTables;
import org.vnetp.reports.table.Numbers;
import org.vnetp.reports.table.Published;

/// What a result says, in sentences for the page.
final class Words {
    private Words() {}

    /// The outcome, in a sentence a link rate.
    static List<String> headline(Study study, RunInfo info) {
        List<String> sentences = new ArrayList<>();
        if (info.suite().equals("nas")) {
            for (String link : study.links()) {
                for (String fabric : study.fabrics()) {
                    if (!fabric.startsWith(Fabrics.VNETP)) {
                        continue;
                    }
                    Summary s = study.summary(link, fabric, Fabrics.NATIVE, Metrics.MOPS);
                    if (s.cells() == 0) {
                        continue;
                    }
                    sentences.add(String.format(
                            Locale.ROOT,
                            "%s: %s reaches %s %% of native over %d rows (geometric mean%s); worst %s %% (%s).%s",
                            Names.link(link),
                            fabric,
                            Numbers.percent(s.geometricMean()),
                            s.cells(),
                            Double.isNaN(s.low()) ? "" : ", 95 % interval " + Numbers.interval(s.low(), s.high()),
                            Numbers.percent(s.worst()),
                            s.worstName(),
                            Published.has(link)
                                    ? " Published VNET/P: "
                                            + Numbers.percent(Published.geometricMean(Published.rows(link))) + " and "
                                            + Numbers.percent(Published.worst(Published.rows(link))) + " %."
                                    : ""));
                }
            }
        }
        if (!info.suite().equals("micro")) {
            Metric metric = info.suite().equals("nas") ? Metrics.MOPS : Metrics.THROUGHPUT;
            sentences.add(NasTables.noise(study, metric));
        }
        return sentences;
    }

    /// What the counters say about the way of the traffic.
    static List<String> proof(Study study) {
        List<String> sentences = new ArrayList<>();
        int good = 0;
        int astray = 0;
        for (Study.Cell cell : study.cells()) {
            for (String fabric : study.fabrics()) {
                for (Study.RunValues run : study.runs(cell, fabric)) {
                    if (run.status() == Status.OK && !run.values().containsKey(Metrics.BYTES_ON_FABRIC.name())) {
                        continue; // a part of a run
                    }
                    good += run.status() == Status.OK ? 1 : 0;
                    astray += run.status() == Status.NOT_ON_PATH ? 1 : 0;
                }
            }
        }
        if (good + astray == 0) {
            return sentences;
        }
        sentences.add(
                "Before and after every run, counters of the fabric's interfaces, of the wire below and of the overlay nodes were "
                        + "read. " + good + " runs crossed the fabric under test; " + astray
                        + " did not and are shown as \"not on path\".");
        for (String fabric : study.fabrics()) {
            double wire = total(study, fabric, Metrics.BYTES_ON_WIRE);
            double inside = total(study, fabric, Metrics.BYTES_ON_FABRIC);
            double nodes = total(study, fabric, Metrics.NODE_BYTES);
            if (wire > 0) {
                sentences.add(String.format(
                        Locale.ROOT,
                        "%s: %.1f MB on the wire in all its good runs together%s%s.",
                        fabric,
                        wire / 1e6,
                        inside > 0
                                ? String.format(Locale.ROOT, ", %.1f MB on the fabric's own interfaces", inside / 1e6)
                                : "",
                        nodes > 0
                                ? String.format(Locale.ROOT, ", %.1f MB counted by overlay nodes", nodes / 1e6)
                                : ""));
            }
        }
        return sentences;
    }

    private static double total(Study study, String fabric, Metric metric) {
        double sum = 0;
        for (Study.Cell cell : study.cells()) {
            for (double value : study.values(cell, fabric, metric.name())) {
                sum += value;
            }
        }
        return sum;
    }
}
