package org.vnetp.reports.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Rectangle;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SvgTest {
    private static String drawn(String prefix) {
        return Svg.of(90, 46, "a < b", "said; searched", prefix, graphics -> {
            graphics.setColor(new Color(63, 148, 204));
            graphics.clip(new Rectangle(0, 0, 50, 40));
            graphics.drawLine(1, 2, 70, 30);
            graphics.drawString("words", 3, 14);
        });
    }

    @Test
    void theSameCallsGiveTheSameBytes() {
        assertEquals(drawn("p-"), drawn("p-"));
    }

    @Test
    void anElementForAPageHasItsWordsAndNothingOfADocument() {
        String svg = drawn("");
        assertTrue(svg.startsWith("<svg ") && svg.endsWith(">"), svg);
        assertFalse(svg.contains("<!DOCTYPE") || svg.contains("<?xml"), svg);
        assertTrue(svg.contains("viewBox=\"0 0 90 46\"") && svg.contains("role=\"img\""), svg);
        for (String text : List.of("a &lt; b", "said; searched", "words")) {
            assertTrue(svg.contains(">" + text + "<"), svg);
        }
    }

    /// Several stand in one page, where an id may be given once.
    @Test
    void everyIdCarriesThePictureAndIsFound() {
        String svg = drawn("p-");
        List<String> ids = Pattern.compile(" id=\"([^\"]+)\"")
                .matcher(svg)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
        assertFalse(ids.isEmpty());
        assertTrue(ids.stream().allMatch(id -> id.startsWith("p-")), ids::toString);
        List<String> used = Pattern.compile("url\\(#([^)]+)\\)")
                .matcher(svg)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
        assertTrue(!used.isEmpty() && ids.containsAll(used), used + " of " + ids);
    }
}
