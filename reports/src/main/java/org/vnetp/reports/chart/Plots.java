package org.vnetp.reports.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import java.util.function.Consumer;
import java.util.function.DoubleFunction;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;

/// The kinds of plot that there are: points with intervals over named categories, points and lines over numbers, and
/// bars. [HeatMap] is another.
final class Plots {
    private static final int MOST_SLANTED = 16;
    private static final int LEGEND_BELOW_TWO_LINES = 24; // pixels around the legend's text
    private static final int UPRIGHT = 90;
    private static final double BELOW = 0.98; // so that the tick of the last decade is inside
    private static final double CHARACTER = 7; // about the width of one, in pixels

    private static final double LEGEND_MARK = 60; // a name's line, marker and room in the legend

    private Plots() {}

    /// A value with its interval; NaN for what is not there.
    record Point(double x, double y, double low, double high) {
        static Point of(double x, double y) {
            return new Point(x, y, Double.NaN, Double.NaN);
        }
    }

    /// @param lines whether points are joined
    record Series(String name, Palette.Look look, boolean lines, List<Point> points) {}

    /// An axis over numbers.
    ///
    /// @param label with the unit
    /// @param logarithmic whether it is
    /// @param min least value shown, NaN to fit
    /// @param max greatest value shown, NaN to fit
    /// @param tick how a value is written
    record Axis(String label, boolean logarithmic, double min, double max, DoubleFunction<String> tick) {
        static Axis fit(String label, boolean logarithmic) {
            return new Axis(label, logarithmic, Double.NaN, Double.NaN, Plots::compact);
        }
    }

    /// `1500` as `1500`, `65536` as `65.5k`, `1000000` as `1M`.
    static String compact(double value) {
        double size = Math.abs(value);
        String[] units = {"", "k", "M", "G", "T"};
        int unit = 0;
        while (size >= 10_000 && unit < units.length - 1 || size >= 1000 && unit > 0 && unit < units.length - 1) {
            size /= 1000;
            value /= 1000;
            unit++;
        }
        String text = size == Math.rint(size) && size < 1e6
                ? String.format(Locale.ROOT, "%.0f", value)
                : size >= 100
                        ? String.format(Locale.ROOT, "%.0f", value)
                        : size >= 1
                                ? trim(String.format(Locale.ROOT, "%.1f", value))
                                : trim(String.format(Locale.ROOT, "%.4f", value));
        return text + units[unit];
    }

    private static String trim(String text) {
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    /// Points with intervals over named categories; a line at `reference` where that is a number.
    static Picture intervals(
            String name, String title, String yLabel, List<String> categories, List<Series> series, double reference) {
        int n = categories.size();
        Bulk bulk = Bulk.of(series, reference);
        double step = bulk.high() - bulk.low() > 60 ? 20 : bulk.high() - bulk.low() > 25 ? 10 : 5;
        double min = Math.max(0, step * Math.floor((bulk.low() - step / 10) / step));
        double max = step * Math.ceil((bulk.high() + step / 10) / step);
        String longest = categories.stream()
                .max(java.util.Comparator.comparingInt(String::length))
                .orElse(" ");
        double width = 0.95 * (Picture.WIDTH - 110) / n;
        List<List<String>> lines = categories.stream()
                .map(each -> CategoryNames.wrapped(each, width))
                .toList();
        boolean twoLines = lines.stream().anyMatch(each -> each.size() == 2);
        boolean slanted = lines.stream().anyMatch(List::isEmpty);
        // XChart puts numbers on this axis: they keep the room, invisible, and the categories are written over them.
        String room = slanted ? longest.substring(0, Math.max(1, longest.length() - 2)) : "0";
        Axis x = new Axis("", false, -0.5, n - 0.5, _ -> room);
        Picture picture = xy(name, title, x, new Axis(yLabel, false, min, max, Plots::compact), series, reference);
        XYChart chart = (XYChart) picture.chart();
        chart.getStyler().setXAxisTickLabelsColor(new Color(0, 0, 0, 0));
        chart.getStyler().setXAxisTickMarksColor(new Color(0, 0, 0, 0));
        chart.getStyler().setPlotGridVerticalLinesVisible(false);
        chart.getStyler().setXAxisLabelRotation(slanted ? CategoryNames.SLANT : 0);
        if (twoLines && !slanted) { // the second line's room is the legend's
            chart.getStyler().setLegendPadding(LEGEND_BELOW_TWO_LINES);
        }
        List<String> labels = new ArrayList<>(picture.labels());
        labels.addAll(categories);
        Consumer<Graphics2D> above = graphics -> {
            picture.above().accept(graphics);
            if (slanted) {
                CategoryNames.slanted(graphics, chart, categories);
            } else {
                CategoryNames.upright(graphics, chart, lines);
            }
        };
        return new Picture(name, title, labels, chart, above);
    }

    /// Points or lines over two axes of numbers; a horizontal line at `reference` where that is a number.
    static Picture xy(String name, String title, Axis x, Axis y, List<Series> series, double reference) {
        XYChart chart = new XYChartBuilder()
                .width(Picture.WIDTH)
                .height(Picture.HEIGHT)
                .title(title)
                .xAxisTitle(x.label())
                .yAxisTitle(y.label())
                .build();
        style(chart.getStyler());
        chart.getStyler().setXAxisTitleVisible(!x.label().isEmpty());
        double legend = series.stream()
                .mapToDouble(each -> each.name().length() * CHARACTER + LEGEND_MARK)
                .sum();
        if (legend > Picture.WIDTH) { // a legend in one row below would be cut off at both sides
            chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
            chart.getStyler().setLegendLayout(Styler.LegendLayout.Vertical);
        }
        chart.getStyler().setXAxisLogarithmic(x.logarithmic());
        chart.getStyler().setYAxisLogarithmic(y.logarithmic());
        if (x.logarithmic() && Double.isNaN(x.min())) { // a little room beside the outermost points
            var xs = series.stream()
                    .flatMap(s -> s.points().stream())
                    .mapToDouble(Point::x)
                    .summaryStatistics();
            double margin = Math.pow(xs.getMax() / xs.getMin(), 0.03) * 1.02;
            double low = xs.getMin() / margin;
            double high = xs.getMax() * margin;
            // Only powers of ten have numbers: without one the axis goes to both of its neighbours.
            boolean numbered = Math.ceil(Math.log10(low)) <= Math.floor(Math.log10(high));
            chart.getStyler().setXAxisMin(numbered ? low : Math.pow(10, Math.floor(Math.log10(low))) * BELOW);
            chart.getStyler().setXAxisMax(numbered ? high : Math.pow(10, Math.ceil(Math.log10(high))) / BELOW);
        }
        if (!y.logarithmic() && Double.isNaN(y.min())) {
            var ys = series.stream()
                    .flatMap(s -> s.points().stream())
                    .mapToDouble(Point::y)
                    .summaryStatistics();
            double margin = 0.04 * (ys.getMax() - ys.getMin()) + 1e-9;
            chart.getStyler().setYAxisMin(ys.getMin() - margin);
            chart.getStyler().setYAxisMax(ys.getMax() + margin);
        }
        if (y.logarithmic() && Double.isNaN(y.min())) { // whole decades, so that at least two ticks have numbers
            var ys = series.stream()
                    .flatMap(s -> s.points().stream())
                    .mapToDouble(Point::y)
                    .summaryStatistics();
            chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(ys.getMin()) - 0.02)) * BELOW);
            chart.getStyler().setYAxisMax(Math.pow(10, Math.ceil(Math.log10(ys.getMax()) + 0.02)) / BELOW);
        }
        if (!Double.isNaN(x.min())) {
            chart.getStyler().setXAxisMin(x.min());
            chart.getStyler().setXAxisMax(x.max());
        }
        if (!Double.isNaN(y.min())) {
            chart.getStyler().setYAxisMin(y.min());
            chart.getStyler().setYAxisMax(y.max());
        }
        chart.getStyler().setXAxisTickLabelsFormattingFunction(value -> x.tick().apply(value));
        chart.getStyler().setYAxisTickLabelsFormattingFunction(value -> y.tick().apply(value));
        List<String> labels = new ArrayList<>(List.of(x.label(), y.label()));
        for (Series s : series) {
            // What lies beyond the axis is drawn as an arrow at its end.
            List<Point> inside = s.points().stream()
                    .filter(p -> Double.isNaN(y.min()) || p.y() >= y.min() && p.y() <= y.max())
                    .toList();
            double[] xs = inside.stream().mapToDouble(Point::x).toArray();
            double[] ys = inside.stream().mapToDouble(Point::y).toArray();
            if (s.points().isEmpty()) {
                continue;
            }
            if (xs.length == 0) { // arrows only: the legend names them all the same
                xs = new double[] {s.points().getFirst().x()};
                ys = new double[] {Double.NaN};
            }
            XYSeries drawn = chart.addSeries(s.name(), xs, ys);
            drawn.setXYSeriesRenderStyle(
                    s.lines() ? XYSeries.XYSeriesRenderStyle.Line : XYSeries.XYSeriesRenderStyle.Scatter);
            drawn.setMarker(s.look().marker());
            drawn.setMarkerColor(s.look().color());
            drawn.setLineColor(s.look().color());
            drawn.setLineStyle(s.look().line());
            labels.add(s.name());
        }
        Consumer<Graphics2D> above = graphics -> {
            Rectangle2D plot = Whiskers.plot(chart);
            Shape before = graphics.getClip();
            graphics.clip(plot);
            if (!Double.isNaN(reference)) {
                graphics.setColor(Palette.TEXT);
                graphics.setStroke(
                        new BasicStroke(1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {6, 4}, 0));
                double at = chart.getScreenYFromChart(reference);
                graphics.draw(new Line2D.Double(plot.getMinX(), at, plot.getMaxX(), at));
            }
            for (Series s : series) {
                Whiskers.draw(graphics, chart, s);
            }
            graphics.setClip(before);
        };
        return new Picture(name, title, labels, chart, above);
    }

    /// Bars side by side: a series has one value a category, NaN for none. A stacked chart adds them up.
    static Picture bars(
            String name,
            String title,
            String yLabel,
            List<String> categories,
            List<String> names,
            List<Palette.Look> looks,
            List<double[]> values,
            boolean logarithmic,
            boolean stacked) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(Picture.WIDTH)
                .height(Picture.HEIGHT)
                .title(title)
                .yAxisTitle(yLabel)
                .build();
        style(chart.getStyler());
        chart.getStyler().setXAxisTickMarkSpacingHint(10); // a name under every bar
        chart.getStyler().setDefaultSeriesRenderStyle(CategorySeries.CategorySeriesRenderStyle.Bar);
        chart.getStyler().setAvailableSpaceFill(categories.size() < 4 ? 0.5 : 0.8);
        chart.getStyler().setStacked(stacked);
        chart.getStyler().setXAxisTitleVisible(false);
        chart.getStyler().setPlotGridVerticalLinesVisible(false);
        chart.getStyler().setYAxisLogarithmic(logarithmic);
        chart.getStyler().setYAxisTickLabelsFormattingFunction(Plots::compact);
        if (logarithmic) {
            double min = values.stream()
                    .flatMapToDouble(Arrays::stream)
                    .filter(v -> v > 0)
                    .min()
                    .orElse(1);
            double max = values.stream()
                    .flatMapToDouble(Arrays::stream)
                    .filter(v -> v > 0)
                    .max()
                    .orElse(10);
            chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(min))) * BELOW);
            chart.getStyler().setYAxisMax(Math.pow(10, Math.ceil(Math.log10(max) + 1e-9)));
        } else {
            chart.getStyler().setYAxisMin(0.0);
            double max = 0;
            for (int i = 0; i < categories.size(); i++) {
                double sum = 0;
                for (double[] series : values) {
                    sum = stacked ? sum + series[i] : Double.isFinite(series[i]) ? Math.max(sum, series[i]) : sum;
                }
                max = Math.max(max, sum);
            }
            chart.getStyler().setYAxisMax(max > 0 ? 1.06 * max : 1);
        }
        int longest = categories.stream().mapToInt(String::length).max().orElse(0);
        if (longest * CHARACTER > 0.95 * (Picture.WIDTH - 110) / Math.max(1, categories.size())) {
            // Slanted names of many narrow bars would overlap, and be left out.
            chart.getStyler().setXAxisLabelRotation(categories.size() > MOST_SLANTED ? UPRIGHT : CategoryNames.SLANT);
        }
        List<String> labels = new ArrayList<>(List.of(yLabel));
        for (int i = 0; i < names.size(); i++) {
            List<Double> ys = new ArrayList<>();
            for (double value : values.get(i)) {
                ys.add(Double.isFinite(value) ? value : null);
            }
            CategorySeries drawn = chart.addSeries(names.get(i), categories, ys);
            drawn.setFillColor(looks.get(i).color());
            drawn.setLineColor(looks.get(i).color());
            drawn.setLineWidth(0);
        }
        labels.addAll(names);
        labels.addAll(categories);
        return new Picture(name, title, labels, chart, _ -> {});
    }

    static void style(AxesChartStyler styler) {
        styler.setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setChartFontColor(Palette.TEXT);
        styler.setPlotGridLinesColor(Palette.GRID);
        styler.setPlotGridLinesStroke(new BasicStroke(0.8f));
        styler.setLegendPosition(Styler.LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Horizontal);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setMarkerSize(8);
        styler.setChartPadding(12);
        styler.setLocale(Locale.ROOT);
        styler.setTimezone(TimeZone.getTimeZone("UTC"));
        styler.setYAxisTickMarkSpacingHint(50);
        styler.setXAxisTickMarkSpacingHint(80);
        styler.setPlotContentSize(1.0);
        styler.setAntiAlias(true);
    }
}
