package org.vnetp.reports;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.stats.Summary;
import org.vnetp.reports.table.NasNotes;
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
                means(study, link).ifPresent(sentences::add);
            }
        }
        if (!info.suite().equals("micro")) {
            Metric metric = info.suite().equals("nas") ? Metrics.MOPS : Metrics.THROUGHPUT;
            sentences.add(NasNotes.noise(study, metric));
        }
        return sentences;
    }

    /// The geometric means of a link's fabrics, which of them cannot be told apart, and the published ones.
    private static Optional<String> means(Study study, String link) {
        List<String> parts = new ArrayList<>();
        for (String fabric : study.overlays()) {
            Summary s = study.summary(link, fabric, Fabrics.NATIVE, Metrics.MOPS);
            if (s.cells() > 0) {
                parts.add(fabric + " " + Numbers.plusMinus(s.geometricMean(), s.halfWidth())
                        + (s.low() <= 1 && 1 <= s.high() ? " (cannot be told from native)" : "")
                        + ", worst " + Numbers.percent(s.worst()) + " (" + s.worstName() + ")");
            }
        }
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        StringBuilder text = new StringBuilder(Names.link(link))
                .append(", percent of native, geometric mean: ")
                .append(String.join("; ", parts))
                .append('.');
        if (Published.has(link)) {
            text.append(" VNET/P as published: ")
                    .append(Numbers.percent(Published.geometricMean(Published.rows(link))))
                    .append(", worst ")
                    .append(Numbers.percent(Published.worst(Published.rows(link))))
                    .append('.');
        }
        if (study.overlays().contains(Fabrics.VNETP_EBPF) && study.overlays().contains(Fabrics.VXLAN)) {
            Summary s = study.summary(link, Fabrics.VNETP_EBPF, Fabrics.VXLAN, Metrics.MOPS);
            if (Double.isFinite(s.low())) {
                text.append(" vnetp-ebpf against kernel VXLAN: ")
                        .append(Numbers.plusMinus(s.geometricMean(), s.halfWidth()))
                        .append(s.differs() ? " %." : " %: they cannot be told apart.");
            }
        }
        return Optional.of(text.toString());
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
