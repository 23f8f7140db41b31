package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.measure.Topology;

/// Traffic between guests out of what nodes answer.
class GuestTrafficTest {
    private static final List<String> MACS = List.of("02:76:6e:01:00:01", "02:76:6e:01:00:02", "02:76:6e:01:00:03");

    @Test
    void aNodeIsAskedForWhatItsOwnGuestSends() {
        String answer = """
                {"node":"a","time_ns":1,"pairs":[
                {"source":"02:76:6e:01:00:01","destination":"02:76:6e:01:00:03","frames":3,"bytes":4000},
                {"source":"02:76:6e:01:00:01","destination":"ff:ff:ff:ff:ff:ff","frames":3,"bytes":100},
                {"source":"02:76:6e:01:00:03","destination":"02:76:6e:01:00:01","frames":3,"bytes":900},
                {"source":"02:76:6e:01:00:01","destination":"02:76:6e:01:00:02","frames":3,"bytes":50}],
                "other":{"frames":0,"bytes":0}}""";
        assertArrayEquals(new long[] {0, 50, 4000}, GuestTraffic.row(answer, MACS.getFirst(), MACS));
        assertArrayEquals(new long[3], GuestTraffic.row("{}", MACS.getFirst(), MACS));
        FabricException refused =
                assertThrows(FabricException.class, () -> GuestTraffic.row("no", MACS.getFirst(), MACS));
        assertTrue(refused.getMessage().startsWith("the node's matrix is no JSON"), refused.getMessage());
    }

    @Test
    void whatWasSentBetweenTwoTimesAndItsShape() {
        List<String> names = List.of("guest-1", "guest-2", "guest-3");
        GuestTraffic before =
                new GuestTraffic(1_000_000_000L, names, new long[][] {{0, 10, 10}, {9, 0, 900}, {10, 10, 0}});
        GuestTraffic after = new GuestTraffic(
                3_000_000_000L, names, new long[][] {{0, 1_000_010, 10}, {9, 0, 500}, {1_500_010, 10, 0}});
        GuestTraffic moved = after.minus(before);
        assertEquals(2_000_000_000L, moved.nanoTime());
        // The second node was started anew.
        assertArrayEquals(new long[] {0, 0, 500}, moved.bytes()[1]);
        assertArrayEquals(new long[] {1_500_000, 0, 0}, moved.bytes()[2]);
        assertTrue(moved.any());
        assertEquals(Topology.HUB, moved.shape().topology());
        assertEquals("""
                # hub, confidence 0.90
                from,to,bytes,seconds
                guest-1,guest-1,0,2.0
                guest-1,guest-2,1000000,2.0
                guest-1,guest-3,0,2.0
                guest-2,guest-1,0,2.0
                guest-2,guest-2,0,2.0
                guest-2,guest-3,500,2.0
                guest-3,guest-1,1500000,2.0
                guest-3,guest-2,0,2.0
                guest-3,guest-3,0,2.0
                """, moved.csv());
        assertFalse(new GuestTraffic(1, names, new long[3][3]).any());
    }
}
