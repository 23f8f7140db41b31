package org.vnetp.reports.tune;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;

/// The settings of the confirmation side by side, metric by metric: what each of them costs and gives.
///
/// @param figures that there are values of
/// @param study of the confirmation's observations alone
public record Arms(List<Figure> figures, Study study) {
    /// A column of the Pareto table.
    ///
    /// @param cell of the study
    /// @param header for people, with the unit that they read
    /// @param divisor to get to that unit
    public record Figure(Study.Cell cell, Metric metric, String header, double divisor) {
        /// Of the resampling: the same in every report.
        long seed() {
            return (cell.benchmark() + '|' + metric.name()).hashCode();
        }
    }

    /// What a workload is looked at for.
    private record Wanted(String workload, Metric metric, String header, double divisor) {}

    private static final List<Wanted> NETWORK = List.of(
            new Wanted("rtt-idle", Metrics.RTT_P50, "RTT p50, us", 1e3),
            new Wanted("rtt-idle", Metrics.RTT_P99, "RTT p99, us", 1e3),
            new Wanted("rtt-load", Metrics.RTT_P50, "loaded p50, us", 1e3),
            new Wanted("rtt-load", Metrics.RTT_P99, "loaded p99, us", 1e3),
            new Wanted("tcp", Metrics.THROUGHPUT, "Gbit/s", 1e9),
            new Wanted("frames", Metrics.FRAME_RATE, "kframes/s", 1e3),
            new Wanted("tcp", Metrics.CPU_PER_GIB, "CPU s/GiB", 1));

    /// Of a result's observations.
    ///
    /// @param goal whose workloads are shown besides
    public static Arms of(Goal goal, Collection<Observation> rows) {
        String params = Contest.PHASE + "=" + Contest.CONFIRM;
        Study study = new Study(
                rows.stream().filter(row -> row.params().equals(params)).toList(), Contest.SUITE);
        List<Figure> figures = new ArrayList<>();
        List<Wanted> wanted = new ArrayList<>(NETWORK);
        for (Study.Cell cell : study.cells()) {
            if (study.fabrics().stream().anyMatch(arm -> study.values(cell, arm, Metrics.MOPS.name()).length > 0)) {
                wanted.add(new Wanted(cell.benchmark(), Metrics.MOPS, cell.benchmark() + ", Mop/s", 1));
            }
        }
        for (Goal.Part part : goal.parts()) {
            if (wanted.stream()
                    .noneMatch(w ->
                            w.workload().equals(part.workload()) && w.metric().equals(part.metric()))) {
                wanted.add(new Wanted(
                        part.workload(),
                        part.metric(),
                        part.workload() + " " + part.metric().label()
                                + (part.metric().unit().isEmpty()
                                        ? ""
                                        : ", " + part.metric().unit()),
                        1));
            }
        }
        for (Wanted each : wanted) {
            study.cells().stream()
                    .filter(cell -> cell.benchmark().equals(each.workload()))
                    .filter(cell -> study.fabrics().stream()
                            .anyMatch(
                                    arm -> study.values(cell, arm, each.metric().name()).length > 0))
                    .findFirst()
                    .ifPresent(cell -> figures.add(new Figure(cell, each.metric(), each.header(), each.divisor())));
        }
        return new Arms(figures, study);
    }

    /// The figure's value with its interval over launches; empty where there are no values.
    public Optional<PairedRatio> value(Figure figure, String arm) {
        double[] logs = study.launchValues(figure.cell(), arm, figure.metric()).stream()
                .mapToDouble(Math::log)
                .filter(Double::isFinite)
                .toArray();
        return logs.length == 0 ? Optional.empty() : Optional.of(PairedRatio.of(logs, figure.seed()));
    }

    /// One arm against another by one figure, launch by launch: above 1 is better.
    public Optional<PairedRatio> ratio(Figure figure, String arm, String other) {
        double[] logs = study.launchRatios(figure.cell(), arm, other, figure.metric()).stream()
                .mapToDouble(Math::log)
                .toArray();
        return logs.length == 0 ? Optional.empty() : Optional.of(PairedRatio.of(logs, figure.seed()));
    }

    /// Which other setting is better than an arm in something beyond noise, and worse in nothing beyond noise;
    /// empty for one that lies on the Pareto front. Native is no setting.
    public Optional<String> dominatedBy(String arm, Collection<String> settings) {
        for (String other : settings) {
            if (other.equals(arm)) {
                continue;
            }
            boolean better = false;
            boolean worse = false;
            for (Figure figure : figures) {
                Optional<PairedRatio> ratio = ratio(figure, other, arm).filter(PairedRatio::hasInterval);
                better |= ratio.isPresent() && ratio.get().low() > 1;
                worse |= ratio.isPresent() && ratio.get().high() < 1;
            }
            if (better && !worse) {
                return Optional.of(other);
            }
        }
        return Optional.empty();
    }
}
