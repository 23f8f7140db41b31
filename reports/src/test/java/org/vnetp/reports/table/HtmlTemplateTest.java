package org.vnetp.reports.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.samskivert.mustache.MustacheException;
import java.util.List;
import org.junit.jupiter.api.Test;

class HtmlTemplateTest {
    private static final HtmlTemplate LETTER = HtmlTemplate.beside(HtmlTemplateTest.class, "letter.html");

    private record Letter(String to, List<String> lines, String signed) {}

    /// A right-to-left override would turn round what stands behind it, and a zero byte ends a page for some.
    @Test
    void whatCannotBeSeenIsBlankBeforeTheRestIsEscaped() {
        assertEquals(
                "<p title=\"a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;   =`\">"
                        + "Dear a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;   =`,\n&amp;lt;\n<i>me</i>\n</p>\n",
                LETTER.fill(new Letter("a <b> & \"c\" 'd'\0\u202e =`", List.of("&lt;"), "<i>me</i>")));
    }

    @Test
    void whatIsEmptyIsLeftOut() {
        assertEquals("<p title=\"x\">Dear x,\n</p>\n", LETTER.fill(new Letter("x", List.of(), "")));
    }

    @Test
    void aNameThatNobodyGivesIsAnError() {
        record Half(String to, List<String> lines) {}
        MustacheException missing =
                assertThrows(MustacheException.class, () -> LETTER.fill(new Half("x", List.of("y"))));
        assertTrue(missing.getMessage().contains("signed"), missing.getMessage());
    }
}
