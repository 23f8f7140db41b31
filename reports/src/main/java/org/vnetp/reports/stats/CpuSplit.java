package org.vnetp.reports.stats;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Status;

/// What an amount of traffic cost in CPU seconds, and where: medians over an arm's good runs. NaN
/// where it is not known.
///
/// The parts sender, receiver and nodes are processes. Softirq is the whole machine's; a kernel that
/// counts CPU time by ticks books it to the process that it interrupted as well, so it stands beside
/// the others and is no summand.
///
/// @param per what the amount is
/// @param total of the whole machine
/// @param sender the measuring program that sends
/// @param receiver the one that receives
/// @param nodes the processes that carry the fabric
/// @param softirq of the whole machine
public record CpuSplit(Per per, double total, double sender, double receiver, double nodes, double softirq) {
    /// What costs are divided by.
    public enum Per {
        GIB("GiB", 1 << 30),
        MFRAMES("million frames", 1e6);

        private final String text;
        private final double amount;

        Per(String text, double amount) {
            this.text = text;
            this.amount = amount;
        }

        public String text() {
            return text;
        }

        private double of(Map<String, Double> run) {
            return value(run, this == GIB ? Metrics.PAYLOAD_BYTES : Metrics.MESSAGES) / amount;
        }
    }

    /// What is left of the total: softirq outside of those processes, kernel threads, the suite itself. Parts that
    /// were measured by ticks may add up to a little more than the total; then nothing is left.
    public double rest() {
        return Math.max(0, total - sender - receiver - (Double.isNaN(nodes) ? 0 : nodes));
    }

    /// One for GiB and one for frames, as far as the runs tell their amount.
    public static List<CpuSplit> of(Study study, Study.Cell cell, String fabric) {
        List<CpuSplit> splits = new ArrayList<>();
        for (Per per : Per.values()) {
            of(study, cell, fabric, per).ifPresent(splits::add);
        }
        return splits;
    }

    /// Empty where the runs do not tell that amount, or an arm has runs that did not end well.
    public static Optional<CpuSplit> of(Study study, Study.Cell cell, String fabric, Per per) {
        if (study.status(cell, fabric).orElse(Status.FAILED) != Status.OK) {
            return Optional.empty();
        }
        double total = study.median(cell, fabric, run -> busySeconds(run) / per.of(run));
        return Double.isNaN(total)
                ? Optional.empty()
                : Optional.of(new CpuSplit(
                        per,
                        total,
                        part(study, cell, fabric, per, Metrics.CPU_SENDER),
                        part(study, cell, fabric, per, Metrics.CPU_RECEIVER),
                        part(study, cell, fabric, per, Metrics.CPU_NODES),
                        part(study, cell, fabric, per, Metrics.SOFTIRQ)));
    }

    /// The machine's CPU time of a run, out of what it recorded per frames or bytes.
    private static double busySeconds(Map<String, Double> run) {
        double byFrames = value(run, Metrics.CPU_PER_MFRAMES) * Per.MFRAMES.of(run);
        return Double.isFinite(byFrames) ? byFrames : value(run, Metrics.CPU_PER_GIB) * Per.GIB.of(run);
    }

    private static double part(Study study, Study.Cell cell, String fabric, Per per, Metric seconds) {
        return study.median(cell, fabric, run -> value(run, seconds) / per.of(run));
    }

    private static double value(Map<String, Double> run, Metric metric) {
        return run.getOrDefault(metric.name(), Double.NaN);
    }
}
