package org.vnetp.macrobench.campaign;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.stats.Precision;
import org.vnetp.reports.stats.Study;

/// The widths of ratios to native that the reports will show. For one thread.
public final class StudyWidths implements Widths {
    private record Judged(String benchmark, String params) {}

    private final Map<String, Study> studies = new HashMap<>();
    private final Map<Judged, Metric> metrics = new HashMap<>();
    private final Map<Cell, Optional<Precision>> precisions = new HashMap<>();

    private StudyWidths(List<Observation> observations) {
        for (Observation o : observations) {
            metrics.put(new Judged(o.benchmark(), o.params()), Metrics.named(o.metric(), o.unit()));
            studies.computeIfAbsent(o.suite(), suite -> new Study(observations, suite));
        }
    }

    /// @param observations of the cells' primary metrics
    public static StudyWidths of(List<Observation> observations) {
        return new StudyWidths(observations);
    }

    /// Kept once worked out: the interval of six pairs and more is a bootstrap's, which takes milliseconds, and a
    /// campaign asks for every cell's several times between two runs.
    private Optional<Precision> precision(Cell cell) {
        return precisions.computeIfAbsent(cell, this::workedOut);
    }

    private Optional<Precision> workedOut(Cell cell) {
        Metric metric = metrics.get(new Judged(cell.benchmark(), cell.params().text()));
        if (metric == null || cell.fabric().equals(Fabrics.NATIVE)) {
            return Optional.empty();
        }
        return studies.get(cell.suite())
                .precision(
                        new Study.Cell(cell.benchmark(), cell.params().text(), cell.link()),
                        cell.fabric(),
                        Fabrics.NATIVE,
                        metric);
    }

    @Override
    public int pairs(Cell cell) {
        return precision(cell).map(Precision::pairs).orElse(0);
    }

    @Override
    public double now(Cell cell) {
        return precision(cell).map(Precision::halfWidth).orElse(Double.NaN);
    }

    @Override
    public double after(Cell cell, int blocks, int launches) {
        return precision(cell).map(p -> p.halfWidthAfter(blocks, launches)).orElse(Double.NaN);
    }
}
