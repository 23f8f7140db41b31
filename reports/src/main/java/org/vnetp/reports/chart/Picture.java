package org.vnetp.reports.chart;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.knowm.xchart.internal.chartpart.Chart;

/// A finished plot.
///
/// @param name file name without suffix
/// @param title one line, also in the picture
/// @param labels the words of the picture: axes, series, categories; an SVG carries them as its description
/// @param chart what XChart draws
/// @param above what is drawn over it, with the chart's coordinates
public record Picture(String name, String title, List<String> labels, Chart<?, ?> chart, Consumer<Graphics2D> above) {
    /// Size in pixels; a PNG has twice as many each way.
    public static final int WIDTH = 900;
    public static final int HEIGHT = 460;
    private static final int PNG_SCALE = 2;

    /// An SVG document, or an element of a page.
    ///
    /// @param inline whether it stands in a page (no XML declaration; ids are prefixed with the picture's name)
    public String svg(boolean inline) {
        String element = Svg.of(WIDTH, HEIGHT, title, String.join("; ", labels), inline ? name + "-" : "", graphics -> {
            chart.paint(graphics, WIDTH, HEIGHT);
            above.accept(graphics);
        });
        return (inline ? "" : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") + element + "\n";
    }

    /// A PNG file's bytes.
    public byte[] png() throws IOException {
        BufferedImage image = new BufferedImage(PNG_SCALE * WIDTH, PNG_SCALE * HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.scale(PNG_SCALE, PNG_SCALE);
        chart.paint(graphics, WIDTH, HEIGHT);
        above.accept(graphics);
        graphics.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }
}
