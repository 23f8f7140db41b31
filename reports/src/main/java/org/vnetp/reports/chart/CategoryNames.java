package org.vnetp.reports.chart;

import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.GlyphVector;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.util.List;
import org.knowm.xchart.XYChart;

/// Names of categories below a chart of intervals, to which XChart gives numbers.
final class CategoryNames {
    /// Degrees, of names that are too long to lie.
    static final int SLANT = 45;

    private static final int LINE = 15; // pixels from one line of a name to the next
    private static final double CHARACTER = 7; // about the width of one, in pixels

    private CategoryNames() {}

    /// A category in one line or two that are no wider than so many pixels; none where a word is.
    static List<String> wrapped(String category, double width) {
        if (category.length() * CHARACTER <= width) {
            return List.of(category);
        }
        for (int at = category.lastIndexOf(' '); at > 0; at = category.lastIndexOf(' ', at - 1)) {
            List<String> lines = List.of(category.substring(0, at), category.substring(at + 1));
            if (lines.stream().allMatch(line -> line.length() * CHARACTER <= width)) {
                return lines;
            }
        }
        return List.of();
    }

    static void upright(Graphics2D graphics, XYChart chart, List<List<String>> categories) {
        for (int i = 0; i < categories.size(); i++) {
            double at = chart.getScreenXFromChart(i);
            double y = tick(graphics, chart, at);
            for (String line : categories.get(i)) {
                GlyphVector glyphs = glyphs(graphics, line);
                double half = glyphs.getLogicalBounds().getWidth() / 2;
                graphics.fill(glyphs.getOutline((float) (at - half), (float) y));
                y += LINE;
            }
        }
    }

    static void slanted(Graphics2D graphics, XYChart chart, List<String> categories) {
        for (int i = 0; i < categories.size(); i++) {
            double at = chart.getScreenXFromChart(i);
            double y = tick(graphics, chart, at);
            GlyphVector glyphs = glyphs(graphics, categories.get(i));
            AffineTransform before = graphics.getTransform();
            graphics.translate(at, y);
            graphics.rotate(Math.toRadians(-SLANT));
            graphics.translate(4 - glyphs.getLogicalBounds().getWidth(), 0);
            graphics.fill(glyphs.getOutline());
            graphics.setTransform(before);
        }
    }

    /// Marks a category's place on the axis.
    ///
    /// @return where its name's base line is, pixels
    private static double tick(Graphics2D graphics, XYChart chart, double at) {
        double bottom = Whiskers.plot(chart).getMaxY();
        graphics.setColor(Palette.TEXT);
        graphics.setStroke(new BasicStroke(1));
        graphics.draw(new Line2D.Double(at, bottom, at, bottom + 4));
        return bottom + 18;
    }

    private static GlyphVector glyphs(Graphics2D graphics, String text) {
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        return new Font(Font.SANS_SERIF, Font.PLAIN, 12).createGlyphVector(graphics.getFontRenderContext(), text);
    }
}
