package org.vnetp.reports.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.List;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.vnetp.reports.result.Fabrics;

/// Colours of M. Okabe and K. Ito ("Color Universal Design", 2008), and a marker for each, so that colour is never
/// alone.
final class Palette {
    static final Color BLACK = new Color(0x333333); // black, softened where it fills bars
    static final Color ORANGE = new Color(0xE69F00);
    static final Color SKY = new Color(0x56B4E9);
    static final Color GREEN = new Color(0x009E73);
    static final Color BLUE = new Color(0x0072B2);
    static final Color VERMILION = new Color(0xD55E00);
    static final Color PURPLE = new Color(0xCC79A7);
    static final Color YELLOW = new Color(0xF0E442);
    // Two of P. Tol's muted scheme ("Colour Schemes", 2021), where seven are too few.
    static final Color WINE = new Color(0x882255);
    static final Color OLIVE = new Color(0x999933);
    static final Color GREY = new Color(0x777777);
    /// From nothing to most, light to dark enough for dark text, in one hue.
    static final Color[] HEAT = {Color.WHITE, new Color(0xD6EAF5), new Color(0x8FC7E8), new Color(0x3F94CC)};

    static final Color TEXT = new Color(0x222222);
    static final Color GRID = new Color(0xDDDDDD);

    /// A series' looks.
    record Look(Color color, Marker marker, BasicStroke line) {}

    private static final BasicStroke SOLID = new BasicStroke(1.8f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    private static final List<Look> OTHERS = List.of(
            new Look(PURPLE, SeriesMarkers.TRIANGLE_DOWN, SOLID),
            new Look(SKY, SeriesMarkers.SQUARE, SOLID),
            new Look(ORANGE, SeriesMarkers.DIAMOND, SOLID),
            new Look(WINE, SeriesMarkers.CROSS, SOLID),
            new Look(OLIVE, SeriesMarkers.TRIANGLE_UP, SOLID),
            new Look(YELLOW, SeriesMarkers.PLUS, SOLID));

    private Palette() {}

    static Look published() {
        return new Look(ORANGE, SeriesMarkers.DIAMOND, SOLID);
    }

    /// The look of a fabric; known ones always have the same, others take what is left in their order.
    static Look of(String fabric, int index) {
        return switch (fabric) {
            case Fabrics.NATIVE -> new Look(BLACK, SeriesMarkers.SQUARE, SOLID);
            case Fabrics.NATIVE_AGAIN -> new Look(GREY, SeriesMarkers.SQUARE, SOLID);
            case Fabrics.VNETP -> new Look(BLUE, SeriesMarkers.CIRCLE, SOLID);
            case Fabrics.VNETP_EBPF -> new Look(GREEN, SeriesMarkers.TRIANGLE_UP, SOLID);
            case Fabrics.VXLAN -> new Look(VERMILION, SeriesMarkers.DIAMOND, SOLID);
            default -> other(index);
        };
    }

    /// Looks by number alone, for series that are no fabrics; from the seventh on dashed.
    static Look other(int index) {
        Look look = OTHERS.get(Math.floorMod(index, OTHERS.size()));
        return new Look(look.color(), look.marker(), line(index / OTHERS.size()));
    }

    /// Solid for 0, then dashes, each number's longer than the one's before.
    static BasicStroke line(int dashes) {
        return dashes <= 0
                ? SOLID
                : new BasicStroke(
                        1.8f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {3 + 2f * dashes, 3}, 0);
    }

    /// Looks for a list of series: all colours, blue first.
    static Look series(int index) {
        return switch (index) {
            case 0 -> of(Fabrics.VNETP, 0);
            case 1 -> of(Fabrics.VXLAN, 0);
            case 2 -> of(Fabrics.VNETP_EBPF, 0);
            default -> other(index - 3);
        };
    }
}
