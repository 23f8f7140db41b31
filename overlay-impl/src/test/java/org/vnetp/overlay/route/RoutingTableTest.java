package org.vnetp.overlay.route;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoutingTableTest {
    private static final int NIC = 0;
    private static final int OTHER_NIC = 1;
    private static final int LINK = 2;
    private static final int OTHER_LINK = 3;

    @Test
    void aRuleInEitherDirectionJoinsTwoPorts() {
        RoutingTable table = RoutingTable.of(List.of(
                new Rule(MacPattern.ANY, MacPattern.ANY, NIC, LINK),
                new Rule(MacPattern.ANY, MacPattern.exact(0x0200_0000_0001L), Rule.ANY_PORT, OTHER_NIC)));
        assertTrue(table.joins(NIC, LINK));
        assertTrue(table.joins(LINK, NIC));
        assertFalse(table.joins(NIC, OTHER_LINK));
        assertTrue(table.joins(OTHER_NIC, OTHER_LINK), "from any port");
    }

    @Test
    void learningJoinsAllPortsThatThereAre() {
        List<RoutingTable.Port> ports = List.of(new RoutingTable.Port(NIC, false), new RoutingTable.Port(LINK, true));
        RoutingTable table = new RoutingTable(List.of(), ports, LearningPolicy.on());
        assertTrue(table.joins(NIC, LINK));
        assertFalse(table.joins(NIC, OTHER_LINK), "a port that is not there");
        assertFalse(new RoutingTable(List.of(), ports, LearningPolicy.OFF).joins(NIC, LINK));
    }
}
