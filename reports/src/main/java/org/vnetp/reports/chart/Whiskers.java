package org.vnetp.reports.chart;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.vnetp.reports.chart.Plots.Point;
import org.vnetp.reports.chart.Plots.Series;

/// Intervals of points, drawn over a chart.
final class Whiskers {
    private Whiskers() {}

    static void draw(Graphics2D graphics, XYChart chart, Series s) {
        graphics.setColor(s.look().color());
        graphics.setStroke(new BasicStroke(1.4f));
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        double yMin = yMin(chart);
        double yMax = yMax(chart);
        for (Point p : s.points()) {
            double x = chart.getScreenXFromChart(p.x());
            if (p.y() > yMax) {
                arrow(graphics, x, chart.getScreenYFromChart(yMax), 1);
            } else if (p.y() < yMin) {
                arrow(graphics, x, chart.getScreenYFromChart(yMin), -1);
            }
            if (Double.isNaN(p.low()) || Double.isNaN(p.high()) || p.low() > yMax || p.high() < yMin) {
                continue;
            }
            // Beyond its axis XChart does not go on with the scale: an end that leaves the picture is an arrow.
            double low = chart.getScreenYFromChart(Math.max(p.low(), yMin));
            double high = chart.getScreenYFromChart(Math.min(p.high(), yMax));
            graphics.draw(new Line2D.Double(x, low, x, high));
            if (p.low() >= yMin) {
                graphics.draw(new Line2D.Double(x - 3.5, low, x + 3.5, low));
            } else {
                arrow(graphics, x, low, -1);
            }
            if (p.high() <= yMax) {
                graphics.draw(new Line2D.Double(x - 3.5, high, x + 3.5, high));
            } else {
                arrow(graphics, x, high, 1);
            }
        }
    }

    /// An arrow head whose point is at the end of the axis.
    ///
    /// @param up 1 to point up, -1 down
    private static void arrow(Graphics2D graphics, double x, double end, int up) {
        Path2D head = new Path2D.Double();
        head.moveTo(x, end + up);
        head.lineTo(x - 4.5, end + 8 * up);
        head.lineTo(x + 4.5, end + 8 * up);
        head.closePath();
        graphics.fill(head);
    }

    private static double yMin(XYChart chart) {
        Double set = chart.getStyler().getYAxisMin();
        return set != null ? set : extreme(chart, XYSeries::getYMin, true);
    }

    private static double yMax(XYChart chart) {
        Double set = chart.getStyler().getYAxisMax();
        return set != null ? set : extreme(chart, XYSeries::getYMax, false);
    }

    static Rectangle2D plot(XYChart chart) {
        AxesChartStyler styler = chart.getStyler();
        double xMin = styler.getXAxisMin() != null ? styler.getXAxisMin() : extreme(chart, XYSeries::getXMin, true);
        double xMax = styler.getXAxisMax() != null ? styler.getXAxisMax() : extreme(chart, XYSeries::getXMax, false);
        double left = chart.getScreenXFromChart(xMin);
        double right = chart.getScreenXFromChart(xMax);
        double top = chart.getScreenYFromChart(yMax(chart));
        double bottom = chart.getScreenYFromChart(yMin(chart));
        return new Rectangle2D.Double(left, top, right - left, bottom - top);
    }

    private static double extreme(XYChart chart, java.util.function.ToDoubleFunction<XYSeries> end, boolean least) {
        var ends = chart.getSeriesCollection().stream().mapToDouble(end);
        return (least ? ends.min() : ends.max()).orElse(0);
    }
}
