package org.vnetp.reports.chart;

import java.awt.Graphics2D;
import java.io.StringWriter;
import java.util.function.Consumer;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGGraphics2DIOException;
import org.apache.batik.svggen.SVGIDGenerator;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/// What is drawn, as an SVG element, written by Batik. The same calls give the same bytes. XChart draws its words as
/// outlines, of which no writer can make text again: they stand in the element's description, where a reader can search
/// for them.
final class Svg {
    private static final String NAMESPACE = "http://www.w3.org/2000/svg";

    /// Digits behind the point: a hundredth of a pixel.
    private static final int PRECISION = 2;

    private Svg() {}

    /// @param width in pixels
    /// @param height the same
    /// @param title one line
    /// @param description of more
    /// @param prefix of ids, which keeps those of several pictures in one page apart
    /// @param drawing draws, on the calling thread
    static String of(
            int width, int height, String title, String description, String prefix, Consumer<Graphics2D> drawing) {
        Document document = document();
        SVGGeneratorContext context = SVGGeneratorContext.createDefault(document);
        context.setComment(null);
        context.setPrecision(PRECISION);
        context.setIDGenerator(new SVGIDGenerator() {
            @Override
            public String generateID(String kind) {
                return prefix + super.generateID(kind);
            }
        });
        SVGGraphics2D graphics = new SVGGraphics2D(context, false);
        drawing.accept(graphics);
        Element root = graphics.getRoot();
        root.setAttribute("viewBox", "0 0 " + width + " " + height);
        root.setAttribute("width", Integer.toString(width));
        root.setAttribute("height", Integer.toString(height));
        root.setAttribute("role", "img");
        for (Node each = root.getFirstChild(); each != null; each = each.getNextSibling()) {
            if (each instanceof Element element && element.hasAttribute("id")) {
                element.setAttribute(
                        "id", prefix + element.getAttribute("id")); // Batik's own, which its generator spares
            }
        }
        root.insertBefore(words(document, "desc", description), root.getFirstChild());
        root.insertBefore(words(document, "title", title), root.getFirstChild());
        StringWriter out = new StringWriter();
        try {
            graphics.stream(root, out, false, false);
        } catch (SVGGraphics2DIOException e) {
            throw new IllegalStateException("a writer to memory failed", e);
        }
        String text = out.toString();
        return text.substring(text.indexOf("<svg")).strip(); // what stands before is a document's
    }

    private static Document document() {
        try {
            return DocumentBuilderFactory.newDefaultNSInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument(NAMESPACE, "svg", null);
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("the JDK's own XML parser is not there", e);
        }
    }

    private static Element words(Document document, String name, String text) {
        Element element = document.createElementNS(NAMESPACE, name);
        element.setTextContent(text.replaceAll("\\p{Cntrl}", " ")); // XML has no way to write them
        return element;
    }
}
