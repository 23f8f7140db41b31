package org.vnetp.reports.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

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
}
