package org.vnetp.reports.chart;

import java.awt.AlphaComposite;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Composite;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics;
import java.awt.Graphics2D;
import java.awt.GraphicsConfiguration;
import java.awt.Image;
import java.awt.Paint;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.Stroke;
import java.awt.font.FontRenderContext;
import java.awt.font.GlyphVector;
import java.awt.geom.AffineTransform;
import java.awt.geom.Arc2D;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.PathIterator;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.BufferedImageOp;
import java.awt.image.ImageObserver;
import java.awt.image.RenderedImage;
import java.awt.image.renderable.RenderableImage;
import java.text.AttributedCharacterIterator;
import java.util.Locale;
import java.util.Map;

/// A drawing surface that writes SVG paths. It does what charts need: shapes, strokes with dashes,
/// clipping, text as outlines. Images and gradients are not drawn. Coordinates are written with two
/// decimals; the output depends on the calls alone.
///
/// Confined to one thread.
final class SvgGraphics extends Graphics2D {
    private final StringBuilder body;
    private final Graphics2D measure;
    private final int[] clips;
    private AffineTransform transform = new AffineTransform();
    private Color color = Color.BLACK;
    private Color background = Color.WHITE;
    private Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    private Stroke stroke = new BasicStroke(1);
    private Composite composite = AlphaComposite.SrcOver;
    private Shape clip; // in device space, null for everything
    private int clipId = -1;

    SvgGraphics() {
        body = new StringBuilder();
        clips = new int[1];
        measure = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB).createGraphics();
        measure.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        measure.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    }

    private SvgGraphics(SvgGraphics other) {
        body = other.body;
        clips = other.clips;
        measure = other.measure;
        transform = new AffineTransform(other.transform);
        color = other.color;
        background = other.background;
        font = other.font;
        stroke = other.stroke;
        composite = other.composite;
        clip = other.clip;
        clipId = other.clipId;
    }

    /// What was drawn so far, as SVG elements. `prefix` keeps ids apart where several pictures stand in one page.
    String elements(String prefix) {
        return body.toString().replace("\u0001", prefix);
    }

    @Override
    public void draw(Shape shape) {
        if (!(stroke instanceof BasicStroke basic)) {
            fill(stroke.createStrokedShape(shape));
            return;
        }
        String path = path(shape);
        if (path.isEmpty()) {
            return;
        }
        body.append("<path fill=\"none\" stroke=\"").append(hex()).append('"');
        alpha("stroke-opacity");
        body.append(" stroke-width=\"").append(number(basic.getLineWidth())).append('"');
        if (basic.getEndCap() != BasicStroke.CAP_BUTT) {
            body.append(" stroke-linecap=\"")
                    .append(basic.getEndCap() == BasicStroke.CAP_ROUND ? "round" : "square")
                    .append('"');
        }
        if (basic.getLineJoin() != BasicStroke.JOIN_MITER) {
            body.append(" stroke-linejoin=\"")
                    .append(basic.getLineJoin() == BasicStroke.JOIN_ROUND ? "round" : "bevel")
                    .append('"');
        }
        float[] dashes = basic.getDashArray();
        if (dashes != null) {
            StringBuilder text = new StringBuilder();
            for (float dash : dashes) {
                text.append(text.isEmpty() ? "" : " ").append(number(dash));
            }
            body.append(" stroke-dasharray=\"").append(text).append('"');
        }
        close(path);
    }

    @Override
    public void fill(Shape shape) {
        String path = path(shape);
        if (!path.isEmpty() && color.getAlpha() > 0) {
            body.append("<path fill=\"").append(hex()).append('"');
            alpha("fill-opacity");
            close(path);
        }
    }

    private void close(String path) {
        if (clip != null) {
            body.append(" clip-path=\"url(#\u0001c").append(clipId()).append(")\"");
        }
        body.append(" d=\"").append(path).append("\"/>\n");
    }

    private int clipId() {
        if (clipId < 0) {
            clipId = clips[0]++;
            // The definition stands before the first element that uses it: that one is being written right now.
            int at = body.lastIndexOf("<path ");
            body.insert(
                    at,
                    "<clipPath id=\"\u0001c" + clipId + "\"><path d=\"" + path(clip, new AffineTransform())
                            + "\"/></clipPath>\n");
        }
        return clipId;
    }

    private String hex() {
        return String.format(Locale.ROOT, "#%06x", color.getRGB() & 0xffffff);
    }

    private void alpha(String attribute) {
        double alpha = color.getAlpha() / 255.0;
        if (composite instanceof AlphaComposite over) {
            alpha *= over.getAlpha();
        }
        if (alpha < 1) {
            body.append(' ')
                    .append(attribute)
                    .append("=\"")
                    .append(number(alpha))
                    .append('"');
        }
    }

    private String path(Shape shape) {
        return path(shape, transform);
    }

    private static String path(Shape shape, AffineTransform transform) {
        StringBuilder out = new StringBuilder();
        double[] c = new double[6];
        for (PathIterator i = shape.getPathIterator(transform); !i.isDone(); i.next()) {
            switch (i.currentSegment(c)) {
                case PathIterator.SEG_MOVETO -> point(out.append('M'), c, 1);
                case PathIterator.SEG_LINETO -> point(out.append('L'), c, 1);
                case PathIterator.SEG_QUADTO -> point(out.append('Q'), c, 2);
                case PathIterator.SEG_CUBICTO -> point(out.append('C'), c, 3);
                default -> out.append('Z');
            }
        }
        return out.toString();
    }

    private static void point(StringBuilder out, double[] c, int points) {
        for (int i = 0; i < 2 * points; i++) {
            out.append(i == 0 ? "" : " ").append(number(c[i]));
        }
    }

    /// At most two decimals, no trailing zeros, no negative zero.
    private static String number(double value) {
        if (!Double.isFinite(value)) {
            return "0";
        }
        long hundredths = Math.round(value * 100);
        long whole = Math.abs(hundredths) / 100;
        long rest = Math.abs(hundredths) % 100;
        String sign = hundredths < 0 ? "-" : "";
        if (rest == 0) {
            return sign + whole;
        }
        return sign + whole + '.' + (rest % 10 == 0 ? String.valueOf(rest / 10) : (rest < 10 ? "0" : "") + rest);
    }

    @Override
    public void drawString(String text, float x, float y) {
        drawGlyphVector(font.createGlyphVector(getFontRenderContext(), text), x, y);
    }

    @Override
    public void drawString(String text, int x, int y) {
        drawString(text, (float) x, (float) y);
    }

    @Override
    public void drawString(AttributedCharacterIterator text, int x, int y) {
        drawString(text, (float) x, (float) y);
    }

    @Override
    public void drawString(AttributedCharacterIterator text, float x, float y) {
        StringBuilder plain = new StringBuilder();
        for (char c = text.first(); c != AttributedCharacterIterator.DONE; c = text.next()) {
            plain.append(c);
        }
        drawString(plain.toString(), x, y);
    }

    @Override
    public void drawGlyphVector(GlyphVector glyphs, float x, float y) {
        fill(glyphs.getOutline(x, y));
    }

    @Override
    public FontRenderContext getFontRenderContext() {
        return measure.getFontRenderContext();
    }

    @Override
    public FontMetrics getFontMetrics(Font other) {
        return measure.getFontMetrics(other);
    }

    @Override
    public Graphics create() {
        return new SvgGraphics(this);
    }

    @Override
    public void dispose() {
        // nothing is held
    }

    @Override
    public void setClip(Shape shape) {
        clip = shape == null ? null : transform.createTransformedShape(shape);
        clipId = -1;
    }

    @Override
    public void clip(Shape shape) {
        if (clip == null || shape == null) {
            setClip(shape);
            return;
        }
        Area area = new Area(clip);
        area.intersect(new Area(transform.createTransformedShape(shape)));
        clip = area;
        clipId = -1;
    }

    @Override
    public Shape getClip() {
        if (clip == null) {
            return null;
        }
        try {
            return transform.createInverse().createTransformedShape(clip);
        } catch (java.awt.geom.NoninvertibleTransformException e) {
            return null;
        }
    }

    @Override
    public Rectangle getClipBounds() {
        Shape own = getClip();
        return own == null ? null : own.getBounds();
    }

    @Override
    public void clipRect(int x, int y, int width, int height) {
        clip(new Rectangle(x, y, width, height));
    }

    @Override
    public void setClip(int x, int y, int width, int height) {
        setClip(new Rectangle(x, y, width, height));
    }

    @Override
    public void translate(int x, int y) {
        transform.translate(x, y);
    }

    @Override
    public void translate(double x, double y) {
        transform.translate(x, y);
    }

    @Override
    public void rotate(double theta) {
        transform.rotate(theta);
    }

    @Override
    public void rotate(double theta, double x, double y) {
        transform.rotate(theta, x, y);
    }

    @Override
    public void scale(double x, double y) {
        transform.scale(x, y);
    }

    @Override
    public void shear(double x, double y) {
        transform.shear(x, y);
    }

    @Override
    public void transform(AffineTransform other) {
        transform.concatenate(other);
    }

    @Override
    public void setTransform(AffineTransform other) {
        transform = new AffineTransform(other);
    }

    @Override
    public AffineTransform getTransform() {
        return new AffineTransform(transform);
    }

    @Override
    public void setPaint(Paint paint) {
        if (paint instanceof Color plain) {
            color = plain;
        }
    }

    @Override
    public Paint getPaint() {
        return color;
    }

    @Override
    public void setColor(Color other) {
        if (other != null) {
            color = other;
        }
    }

    @Override
    public Color getColor() {
        return color;
    }

    @Override
    public void setBackground(Color other) {
        background = other;
    }

    @Override
    public Color getBackground() {
        return background;
    }

    @Override
    public void setStroke(Stroke other) {
        stroke = other;
    }

    @Override
    public Stroke getStroke() {
        return stroke;
    }

    @Override
    public void setComposite(Composite other) {
        composite = other;
    }

    @Override
    public Composite getComposite() {
        return composite;
    }

    @Override
    public void setFont(Font other) {
        if (other != null) {
            font = other;
        }
    }

    @Override
    public Font getFont() {
        return font;
    }

    @Override
    public void drawLine(int x1, int y1, int x2, int y2) {
        draw(new Line2D.Double(x1, y1, x2, y2));
    }

    @Override
    public void fillRect(int x, int y, int width, int height) {
        fill(new Rectangle2D.Double(x, y, width, height));
    }

    @Override
    public void clearRect(int x, int y, int width, int height) {
        Color before = color;
        color = background;
        fillRect(x, y, width, height);
        color = before;
    }

    @Override
    public void drawRoundRect(int x, int y, int width, int height, int arcWidth, int arcHeight) {
        draw(new RoundRectangle2D.Double(x, y, width, height, arcWidth, arcHeight));
    }

    @Override
    public void fillRoundRect(int x, int y, int width, int height, int arcWidth, int arcHeight) {
        fill(new RoundRectangle2D.Double(x, y, width, height, arcWidth, arcHeight));
    }

    @Override
    public void drawOval(int x, int y, int width, int height) {
        draw(new Ellipse2D.Double(x, y, width, height));
    }

    @Override
    public void fillOval(int x, int y, int width, int height) {
        fill(new Ellipse2D.Double(x, y, width, height));
    }

    @Override
    public void drawArc(int x, int y, int width, int height, int start, int arc) {
        draw(new Arc2D.Double(x, y, width, height, start, arc, Arc2D.OPEN));
    }

    @Override
    public void fillArc(int x, int y, int width, int height, int start, int arc) {
        fill(new Arc2D.Double(x, y, width, height, start, arc, Arc2D.PIE));
    }

    @Override
    public void drawPolyline(int[] xs, int[] ys, int n) {
        draw(polygon(xs, ys, n, false));
    }

    @Override
    public void drawPolygon(int[] xs, int[] ys, int n) {
        draw(polygon(xs, ys, n, true));
    }

    @Override
    public void fillPolygon(int[] xs, int[] ys, int n) {
        fill(polygon(xs, ys, n, true));
    }

    private static Path2D polygon(int[] xs, int[] ys, int n, boolean closed) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < n; i++) {
            if (i == 0) {
                path.moveTo(xs[i], ys[i]);
            } else {
                path.lineTo(xs[i], ys[i]);
            }
        }
        if (closed && n > 0) {
            path.closePath();
        }
        return path;
    }

    @Override
    public boolean hit(Rectangle rectangle, Shape shape, boolean onStroke) {
        return shape.intersects(rectangle);
    }

    @Override
    public GraphicsConfiguration getDeviceConfiguration() {
        return measure.getDeviceConfiguration();
    }

    @Override
    public void setRenderingHint(RenderingHints.Key key, Object value) {
        // outlines are drawn by whoever shows them
    }

    @Override
    public Object getRenderingHint(RenderingHints.Key key) {
        return null;
    }

    @Override
    public void setRenderingHints(Map<?, ?> hints) {
        // see setRenderingHint
    }

    @Override
    public void addRenderingHints(Map<?, ?> hints) {
        // see setRenderingHint
    }

    @Override
    public RenderingHints getRenderingHints() {
        return new RenderingHints(Map.of());
    }

    @Override
    public void setPaintMode() {
        // the only mode there is
    }

    @Override
    public void setXORMode(Color other) {
        throw new UnsupportedOperationException("SVG has no XOR mode");
    }

    @Override
    public void copyArea(int x, int y, int width, int height, int dx, int dy) {
        throw new UnsupportedOperationException("SVG cannot copy an area");
    }

    @Override
    public boolean drawImage(Image image, AffineTransform at, ImageObserver observer) {
        return true;
    }

    @Override
    public void drawImage(BufferedImage image, BufferedImageOp op, int x, int y) {
        // charts of ours hold no images
    }

    @Override
    public void drawRenderedImage(RenderedImage image, AffineTransform at) {
        // charts of ours hold no images
    }

    @Override
    public void drawRenderableImage(RenderableImage image, AffineTransform at) {
        // charts of ours hold no images
    }

    @Override
    public boolean drawImage(Image image, int x, int y, ImageObserver observer) {
        return true;
    }

    @Override
    public boolean drawImage(Image image, int x, int y, int width, int height, ImageObserver observer) {
        return true;
    }

    @Override
    public boolean drawImage(Image image, int x, int y, Color color, ImageObserver observer) {
        return true;
    }

    @Override
    public boolean drawImage(Image image, int x, int y, int width, int height, Color color, ImageObserver observer) {
        return true;
    }

    @Override
    public boolean drawImage(
            Image image,
            int dx1,
            int dy1,
            int dx2,
            int dy2,
            int sx1,
            int sy1,
            int sx2,
            int sy2,
            ImageObserver observer) {
        return true;
    }

    @Override
    public boolean drawImage(
            Image image,
            int dx1,
            int dy1,
            int dx2,
            int dy2,
            int sx1,
            int sy1,
            int sx2,
            int sy2,
            Color color,
            ImageObserver observer) {
        return true;
    }
}
