package org.vnetp.reports.chart;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.knowm.xchart.XYChart;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.result.TimeLineFile;
import org.vnetp.reports.stats.Names;
import org.vnetp.reports.stats.Study;

/// One run a workload of a network that adapts, over its time: what each host sends, and when what was decided.
public final class TimeLineCharts {
    private static final int TEXT_ABOVE = 4; // pixels between a decision's word and its line
    private static final int WORD_ROWS = 4;
    private static final int ROW = 14;

    /// Where a run's time line comes from.
    public interface Source {
        /// Nothing where there is none.
        Optional<TimeLineFile> of(Study.Cell cell, String fabric, Study.RunValues run) throws IOException;
    }

    private TimeLineCharts() {}

    /// A picture for each cell: of the first good run in which most was decided.
    public static List<Picture> of(Study study, Source source) throws IOException {
        List<Picture> pictures = new ArrayList<>();
        for (Study.Cell cell : study.cells()) {
            TimeLineFile most = null;
            String name = "";
            for (String fabric : study.overlays()) {
                for (Study.RunValues run : study.runs(cell, fabric)) {
                    Optional<TimeLineFile> line =
                            run.status() == Status.OK ? source.of(cell, fabric, run) : Optional.empty();
                    if (line.isPresent()
                            && !line.get().decisions().isEmpty()
                            && (most == null
                                    || line.get().decisions().size()
                                            > most.decisions().size())) {
                        most = line.get();
                        name = fabric;
                    }
                }
            }
            if (most != null && !most.rates().isEmpty()) {
                pictures.add(picture(cell, name, most));
            }
        }
        return pictures;
    }

    private static Picture picture(Study.Cell cell, String fabric, TimeLineFile line) {
        List<Plots.Series> series = new ArrayList<>();
        for (Map.Entry<String, List<TimeLineFile.Rate>> host : line.rates().entrySet()) {
            Palette.Look look = Palette.series(series.size());
            series.add(new Plots.Series(
                    "host " + host.getKey(),
                    new Palette.Look(look.color(), org.knowm.xchart.style.markers.SeriesMarkers.NONE, look.line()),
                    true,
                    host.getValue().stream()
                            .map(rate -> Plots.Point.of(rate.seconds(), rate.megabits()))
                            .toList()));
        }
        Picture picture = Plots.xy(
                Charts.file("timeline " + cell.benchmark() + " " + cell.params() + " " + cell.link()),
                "A run that adapts: " + Names.row(cell) + " over " + fabric + ", " + Names.link(cell.link()),
                Plots.Axis.fit("seconds since its beginning", false),
                Plots.Axis.fit("Mbit/s that a host sends", false),
                series,
                Double.NaN);
        XYChart chart = (XYChart) picture.chart();
        List<String> labels = new ArrayList<>(picture.labels());
        line.decisions().forEach(decision -> labels.add(decision.kind() + " at " + decision.seconds() + " s"));
        Consumer<Graphics2D> above = graphics -> {
            picture.above().accept(graphics);
            mark(graphics, chart, line.decisions());
        };
        return new Picture(picture.name(), picture.title(), labels, chart, above);
    }

    private static void mark(Graphics2D graphics, XYChart chart, List<TimeLineFile.Decision> decisions) {
        Rectangle2D plot = Whiskers.plot(chart);
        graphics.setColor(Palette.TEXT);
        graphics.setStroke(
                new BasicStroke(1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {6, 4}, 0));
        int row = 0;
        for (TimeLineFile.Decision decision : decisions) {
            double x = chart.getScreenXFromChart(decision.seconds());
            if (x < plot.getMinX() || x > plot.getMaxX()) {
                continue;
            }
            graphics.draw(new Line2D.Double(x, plot.getMinY(), x, plot.getMaxY()));
            // Words of decisions that lie close stand below each other.
            double y = plot.getMinY() + ROW * (1 + row++ % WORD_ROWS);
            graphics.drawString(decision.kind(), (float) (x + TEXT_ABOVE), (float) y);
        }
    }
}
