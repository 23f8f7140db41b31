package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;

class InterfaceCountersTest {
    private static final String TEXT = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
              eth0: 1234567     890    1    2    0     0          0         0 7654321     98    3    4    0     0       0          0
            """;

    @Test
    void theLineOfTheInterfaceIsTaken() {
        assertEquals(
                new Counters.Interface("a", "eth0", 1234567, 890, 2, 7654321, 98, 4),
                InterfaceCounters.parse("a", "eth0", TEXT));
        assertNull(InterfaceCounters.parse("a", "eth", TEXT));
    }

    @Test
    void aDifferenceSubtractsAllButTheNames() {
        var earlier = new Counters(
                5,
                List.of(new Counters.Interface("a", "tap0", 1, 1, 0, 1, 1, 0)),
                List.of(),
                List.of(new Counters.Node("a", 7, 1.5, "{old}")),
                2,
                3);
        var later = new Counters(
                9,
                List.of(new Counters.Interface("a", "tap0", 11, 21, 3, 31, 41, 5)),
                List.of(),
                List.of(new Counters.Node("a", 7, 4, "{new}")),
                2.5,
                7);
        assertEquals(
                new Counters(
                        4,
                        List.of(new Counters.Interface("a", "tap0", 10, 20, 3, 30, 40, 5)),
                        List.of(),
                        List.of(new Counters.Node("a", 7, 2.5, "{new}")),
                        0.5,
                        4),
                later.minus(earlier));
    }
}
