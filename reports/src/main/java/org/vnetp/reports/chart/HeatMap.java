package org.vnetp.reports.chart;

import java.awt.Font;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;

/// A square of values as colours.
final class HeatMap {
    private static final int MOST_VALUES = 16; // rows in whose squares a number has room

    private HeatMap() {}

    /// A square of colours with their values: rows are what stands first in `values`, from top to bottom.
    static Picture of(String name, String title, String across, String down, List<String> names, double[][] values) {
        HeatMapChart chart = new HeatMapChartBuilder()
                .width(Picture.WIDTH)
                .height(Picture.HEIGHT)
                .title(title)
                .xAxisTitle(across)
                .yAxisTitle(down)
                .build();
        Plots.style(chart.getStyler());
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setPlotGridLinesVisible(false);
        chart.getStyler().setDrawBorder(true);
        chart.getStyler().setShowValue(names.size() <= MOST_VALUES);
        chart.getStyler().setValueFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        chart.getStyler().setValueFontColor(Palette.TEXT);
        chart.getStyler().setRangeColors(Palette.HEAT);
        List<Number[]> heat = new ArrayList<>();
        double most = 0;
        List<String> labels = new ArrayList<>(List.of(across, down));
        for (int i = 0; i < names.size(); i++) {
            for (int j = 0; j < names.size(); j++) {
                // The least row is drawn at the bottom. XChart writes all digits of a value, so it gets few.
                heat.add(new Number[] {j, names.size() - 1 - i, Double.valueOf(rate(values[i][j]))});
                most = Math.max(most, values[i][j]);
                if (values[i][j] > 0) {
                    labels.add(names.get(i) + " to " + names.get(j) + " " + rate(values[i][j]));
                }
            }
        }
        chart.getStyler().setMin(0);
        chart.getStyler().setMax(Math.max(most, 1e-9));
        chart.addSeries("MB/s", names, names.reversed(), heat);
        return new Picture(name, title, labels, chart, _ -> {});
    }

    private static String rate(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 1 ? "%.1f" : "%.2f", value);
    }
}
