package org.vnetp.reports.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlotsTest {
    /// Seven pixels a character: 100 pixels hold 14.
    @Test
    void aCategoryIsWrappedBetweenWordsWhereItIsTooLong() {
        assertEquals(List.of("cg.A.2 Mop/s"), Plots.wrapped("cg.A.2 Mop/s", 100));
        assertEquals(List.of("rtt-load RTT", "p99"), Plots.wrapped("rtt-load RTT p99", 100));
        assertEquals(List.of("tcp", "throughput"), Plots.wrapped("tcp throughput", 80));
        assertEquals(List.of(), Plots.wrapped("long-words-are not-broken", 60));
        assertEquals(List.of(), Plots.wrapped("nor are three lines made", 60));
    }
}
