package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RegionReportTest {
    private static final RegionReport REPORT = new RegionReport(
            3, 2, true, 0.125000001, 812.25, 0.5, 1_000_000_000_001L, 400_000, 987_654_321_012L, List.of(0.125, 0.126));

    @Test
    void whatIsWrittenIsReadBack() {
        assertEquals(Optional.of(REPORT), RegionReport.parse(REPORT.line()));
    }

    @Test
    void aShareThatWasNotMeasuredStaysSo() {
        RegionReport none = new RegionReport(0, 1, false, 1, 1, Double.NaN, 0, 0, 0, List.of(1.0));
        RegionReport back = RegionReport.parse(none.line()).orElseThrow();
        assertTrue(Double.isNaN(back.communication()));
        assertEquals(false, back.verified());
    }

    @Test
    void otherLinesAreNone() {
        for (String line : List.of("", " Time step   20", " region", "region number=1", " Class           =    A")) {
            assertEquals(Optional.empty(), RegionReport.parse(line), line);
        }
    }

    @Test
    void aLineThatIsCutOffIsRefused() {
        String whole = REPORT.line();
        for (int end = " region number=3".length(); end < whole.indexOf("each="); end++) {
            String cut = whole.substring(0, end);
            assertThrows(IllegalArgumentException.class, () -> RegionReport.parse(cut), cut);
        }
    }
}
