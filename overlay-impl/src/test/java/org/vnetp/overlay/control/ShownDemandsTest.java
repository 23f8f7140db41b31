package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.measure.Demand;
import org.vnetp.overlay.measure.Demands;
import org.vnetp.overlay.measure.Topology;

/// What `show demands` tells.
class ShownDemandsTest {
    private static final long ONE = 0x0200_0000_0001L;
    private static final long OTHER = 0x0200_0000_0002L;

    private final FakeActuator actuator = new FakeActuator();
    private final ControlSession session = new ControlSession(new NodeController(actuator));

    @Test
    void nothingIsKnownBeforeItIsMeasured() throws Exception {
        session.line("node a");
        assertEquals("demands unknown: measure is off", session.line("show demands"));
        session.line("measure on");
        assertEquals("demands unknown: measuring has just begun", session.line("show demands"));
    }

    @Test
    void pairsAndTheirShape() throws Exception {
        session.line("node a");
        session.line("measure on");
        actuator.demands = new Demands(
                List.of(
                        new Demand(ONE, OTHER, 2_500_000, 1700, 1, true),
                        new Demand(OTHER, ONE, 50_000, 800, 0.02, false)),
                List.of(ONE, OTHER),
                Topology.ALL_TO_ALL,
                0.875,
                12.5,
                Topology.ALL_TO_ALL,
                10,
                0.01);
        assertEquals(
                """
                topology all-to-all, confidence 0.88, stable for 12.5 s
                2 guests, as this node sees them, over 10.0 s; other traffic 1.0 %
                source             destination        MB/s   frames/s  share
                02:00:00:00:00:01  02:00:00:00:00:02  2.500  1700.0    1.000
                02:00:00:00:00:02  02:00:00:00:00:01  0.050  800.0     0.020  pruned""",
                session.line("show demands")
                        .lines()
                        .map(String::stripTrailing)
                        .reduce((a, b) -> a + "\n" + b)
                        .orElseThrow());
        String json = session.line("show demands --json");
        assertTrue(
                json.startsWith(
                        "{\"node\":\"a\",\"on\":true,\"topology\":\"all-to-all\",\"confidence\":0.875,\"stable_s\":12.5,"
                                + "\"topology_now\":\"all-to-all\",\"window_s\":10.0,\"other_share\":0.01,"
                                + "\"guests\":[\"02:00:00:00:00:01\",\"02:00:00:00:00:02\"],\"pairs\":[{\"source\":"),
                json);
        assertTrue(
                json.contains("\"bytes_per_s\":2500000.0,\"frames_per_s\":1700.0,\"share\":1.0,\"kept\":true}"), json);
    }
}
