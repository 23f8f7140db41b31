package org.vnetp.reports.chart;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.TrafficFile;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;

/// Who talks to whom, a heat map a kernel: of the link at which it says most, over the fabric whose
/// nodes tell it.
public final class TrafficCharts {
    /// Where the matrices of one arm's good runs come from.
    public interface Source {
        /// Those that there are.
        List<TrafficFile> of(Study.Cell cell, String fabric) throws IOException;
    }

    private TrafficCharts() {}

    /// The heat maps of a result; none where no node has told a matrix.
    public static List<Picture> of(Study study, Source source) throws IOException {
        Map<String, Picture> pictures = new LinkedHashMap<>();
        Map<String, Double> said = new LinkedHashMap<>();
        for (Study.Cell cell : study.cells()) {
            for (String fabric : fabrics(study)) {
                Optional<TrafficFile> mean = mean(source.of(cell, fabric));
                if (mean.isEmpty() || mean.get().names().size() < 2) {
                    continue;
                }
                if (mean.get().total() > said.getOrDefault(cell.benchmark(), -1.0)) {
                    said.put(cell.benchmark(), mean.get().total());
                    pictures.put(cell.benchmark(), picture(cell, fabric, mean.get()));
                }
                break;
            }
        }
        return List.copyOf(pictures.values());
    }

    /// Those whose figures stand first in the tables come first here.
    private static List<String> fabrics(Study study) {
        List<String> fabrics = new ArrayList<>(study.overlays());
        for (String first : List.of(Fabrics.VNETP, Fabrics.VNETP_EBPF)) {
            if (fabrics.remove(first)) {
                fabrics.addFirst(first);
            }
        }
        return fabrics;
    }

    private static Picture picture(Study.Cell cell, String fabric, TrafficFile mean) {
        return HeatMap.of(
                "traffic-" + cell.benchmark().replaceAll("[^A-Za-z0-9-]", "-"),
                "Who talks to whom: " + Names.row(cell) + " over " + fabric + ", " + Names.link(cell.link())
                        + " (MB/s; " + mean.shape() + ")",
                "receiver",
                "sender",
                mean.names(),
                mean.megabytes());
    }

    /// Of runs with the same names; the shape is that of most of them.
    private static Optional<TrafficFile> mean(List<TrafficFile> runs) {
        if (runs.isEmpty()) {
            return Optional.empty();
        }
        List<String> names = runs.getFirst().names();
        List<TrafficFile> alike =
                runs.stream().filter(run -> run.names().equals(names)).toList();
        double[][] sum = new double[names.size()][names.size()];
        Map<String, Integer> shapes = new LinkedHashMap<>();
        for (TrafficFile run : alike) {
            shapes.merge(run.shape().replaceFirst(",.*", ""), 1, Integer::sum);
            for (int i = 0; i < sum.length; i++) {
                for (int j = 0; j < sum.length; j++) {
                    sum[i][j] += run.megabytes()[i][j] / alike.size();
                }
            }
        }
        String shape = shapes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
        return Optional.of(new TrafficFile(shape, names, sum));
    }
}
