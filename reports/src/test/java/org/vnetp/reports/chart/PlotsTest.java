package org.vnetp.reports.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.XYStyler;

class PlotsTest {
    /// Seven pixels a character: 100 pixels hold 14.
    @Test
    void aCategoryIsWrappedBetweenWordsWhereItIsTooLong() {
        assertEquals(List.of("cg.A.2 Mop/s"), CategoryNames.wrapped("cg.A.2 Mop/s", 100));
        assertEquals(List.of("rtt-load RTT", "p99"), CategoryNames.wrapped("rtt-load RTT p99", 100));
        assertEquals(List.of("tcp", "throughput"), CategoryNames.wrapped("tcp throughput", 80));
        assertEquals(List.of(), CategoryNames.wrapped("long-words-are not-broken", 60));
        assertEquals(List.of(), CategoryNames.wrapped("nor are three lines made", 60));
    }

    private static Picture picture(double x, double y) {
        return Plots.xy(
                "p",
                "P",
                Plots.Axis.fit("MB/s", true),
                new Plots.Axis("percent", false, 90, 110, Plots::compact),
                List.of(new Plots.Series("vnetp", Palette.of("vnetp", 0), false, List.of(Plots.Point.of(x, y)))),
                100);
    }

    /// Only powers of ten have numbers on a logarithmic axis: one point between two of them must not hide both.
    @Test
    void aLogarithmicAxisHasANumberHoweverCloseThePointsAre() {
        XYStyler few = ((XYChart) picture(17, 100).chart()).getStyler();
        assertTrue(few.getXAxisMin() < 10 && few.getXAxisMin() > 9, "from " + few.getXAxisMin());
        assertTrue(few.getXAxisMax() > 100 && few.getXAxisMax() < 110, "to " + few.getXAxisMax());
        XYStyler at = ((XYChart) picture(100, 100).chart()).getStyler();
        assertTrue(at.getXAxisMin() > 90 && at.getXAxisMax() < 110, "100 itself has a number");
    }

    /// Arrows at the end of the axis are all that is seen of it.
    @Test
    void aSeriesThatIsAllBeyondTheAxisIsInTheLegend() throws Exception {
        Picture picture = picture(17, 200);
        String labels = picture.svg(false).replaceFirst("(?s).*<desc[^>]*>", "").replaceFirst("(?s)</desc.*", "");
        assertTrue(labels.endsWith("vnetp"), labels);
    }
}
