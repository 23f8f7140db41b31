package org.vnetp.macrobench.mpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NeighboursTest {
    @Test
    void ranksOnOtherHostsAreTold() {
        long[] hosts = {7, 7, 9, 9, 11};
        Neighbours second = new Neighbours(1, hosts);
        assertFalse(second.first());
        assertFalse(second.elsewhere(0));
        assertTrue(second.elsewhere(2) && second.elsewhere(4));
        assertEquals(3, second.ranksElsewhere());
        assertEquals(2, second.otherHosts());
        assertTrue(new Neighbours(2, hosts).first());
        assertTrue(new Neighbours(4, hosts).first());
    }

    @Test
    void ranksThatDoNotExistAreNowhere() {
        Neighbours one = new Neighbours(0, new long[] {7, 9});
        assertFalse(one.elsewhere(-1));
        assertFalse(one.elsewhere(2));
    }

    @Test
    void oneRankAloneHasNobodyElsewhere() {
        assertEquals(0, Neighbours.ALONE.ranksElsewhere());
        assertEquals(0, Neighbours.ALONE.otherHosts());
    }
}
