package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkRateTest {
    @ParameterizedTest
    @ValueSource(strings = {"none", "1gbit", "10gbit", "250mbit", "56kbit"})
    void aRateReadsBackAsWritten(String text) {
        assertEquals(text, LinkRate.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "gbit", "0gbit", "-1gbit", "1Gbit", "1 gbit", "1gbit ", "1.5gbit", "9999999gbit"})
    void anythingElseIsRefusedWithWhatIsLegal(String text) {
        var e = assertThrows(IllegalArgumentException.class, () -> LinkRate.parse(text));
        assertTrue(e.getMessage().contains("expected none, 1gbit, 10gbit"), e.getMessage());
        assertTrue(e.getMessage().contains("'" + text + "'"), e.getMessage());
    }

    @Test
    void theShapersBucketIsAMillisecondOfTheLinkAndHoldsASuperframe() {
        assertEquals(128 << 10, LinkRate.GBIT_1.burstBytes(), 4096);
        assertEquals(1 << 20, LinkRate.GBIT_10.burstBytes(), 300_000);
        assertTrue(LinkRate.parse("10mbit").burstBytes() > 65_536 + 100);
        assertEquals(1 << 20, LinkRate.GBIT_1.limitBytes());
        assertEquals(8 << 20, LinkRate.GBIT_10.limitBytes());
    }
}
