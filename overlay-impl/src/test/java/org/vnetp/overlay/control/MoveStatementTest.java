package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.dispatch.MoveReport;

class MoveStatementTest {
    private static final String A = "02:00:00:00:00:0a";
    private static final String B = "02:00:00:00:00:0b";

    private final FakeActuator actuator = new FakeActuator();
    private final ControlSession session = new ControlSession(new NodeController(actuator));

    @BeforeEach
    void twoLinks() throws Exception {
        for (String line : List.of(
                "node n",
                "listen 10.1.0.1:4789 network 1",
                "nic g memory",
                "link add hub 10.1.0.2:4789",
                "link add b 10.1.0.3:4789",
                "route add any " + B + " edge hub any")) {
            session.line(line);
        }
        actuator.told.clear();
    }

    private String refusal(String line) {
        int tables = actuator.tables;
        String message =
                assertThrows(StatementException.class, () -> session.line(line)).getMessage();
        assertEquals(tables, actuator.tables, "nothing has changed");
        return message;
    }

    @Test
    void aPairsRuleIsMovedReplacedAndRetired() throws Exception {
        session.line("route move " + A + " " + B + " edge b any");
        session.line("route move " + A + " " + B + " edge hub any");
        String routes = session.line("show routes");
        assertEquals(1, routes.lines().filter(line -> line.contains(A)).count(), routes);
        assertTrue(routes.contains("edge hub"), routes);
        session.line("route move " + A + " " + B + " edge b interface g");
        session.line("route retire " + A + " " + B + " edge hub any");
        session.line("route retire 4");
        routes = session.line("show routes");
        assertTrue(!routes.contains(A), routes);
        long pair = 0x0200_0000_000AL;
        assertEquals(
                List.of(
                        "move FlowRule[source=" + pair + ", destination=" + (pair + 1) + ", sourcePort=-1] by table 2",
                        "move FlowRule[source=" + pair + ", destination=" + (pair + 1) + ", sourcePort=-1] by table 2",
                        "move FlowRule[source=" + pair + ", destination=" + (pair + 1) + ", sourcePort=0] by table 3",
                        "move FlowRule[source=" + pair + ", destination=" + (pair + 1) + ", sourcePort=-1] by table 2",
                        "move FlowRule[source=" + pair + ", destination=" + (pair + 1) + ", sourcePort=0] by table 1"),
                actuator.told);
    }

    @Test
    void whatIsNoFlowIsRefused() throws Exception {
        String expected = "a flow moves from one guest to another; expected two addresses, neither of a group";
        for (String pair : List.of("any " + B, A + " any", "not-" + A + " " + B, A + " ff:ff:ff:ff:ff:ff")) {
            assertTrue(refusal("route move " + pair + " edge b any").contains(expected), pair);
        }
        assertTrue(refusal("route retire any " + B + " edge hub any").contains(expected));
        assertTrue(refusal("route retire 77").contains("there is no such route"));
        assertTrue(refusal("route move " + A + " " + B + " interface g any").contains("expected 'edge LINK'"));
        assertTrue(refusal("route move " + A + " " + B + " edge c any").contains("'c'"));
        session.line("begin");
        assertTrue(refusal("route move " + A + " " + B + " edge b any").contains("expected route statements"));
        session.line("abort");
    }

    @Test
    void aRefusedMoveChangesNoRule() throws Exception {
        actuator.refusal = "nothing has come back by the new way";
        assertTrue(refusal("route move " + A + " " + B + " edge b any").contains("nothing has come back"));
        actuator.refusal = null;
        assertTrue(!session.line("show routes").contains(A));
    }

    @Test
    void movesAreShown() throws Exception {
        assertEquals("no flow has been moved", session.line("show moves"));
        actuator.moved = List.of(new MoveReport(
                7,
                0x0200_0000_000AL,
                0x0200_0000_000BL,
                1,
                2,
                "moved",
                "",
                5_000_000,
                -1,
                4_900_000,
                245,
                4_910_000,
                false,
                12_500_000));
        String text = session.line("show moves");
        assertTrue(
                text.lines()
                        .anyMatch(line -> line.matches("7 +" + A + " +" + B
                                + " +hub +b +moved +5\\.000 ms +unknown +245 +4\\.910 ms +12\\.500 ms *")),
                text);
        assertEquals(
                "{\"node\":\"n\",\"moves\":[{\"id\":7,\"source\":\"" + A + "\",\"destination\":\"" + B
                        + "\",\"from\":\"hub\",\"to\":\"b\",\"state\":\"moved\",\"why\":\"\",\"old_way_us\":5000.0,"
                        + "\"new_way_us\":null,\"delay_difference_us\":4900.0,\"held_frames\":245,\"held_us\":4910.0,"
                        + "\"timed_out\":false,\"ms\":12.5}]}",
                session.line("show moves --json"));
    }
}
