package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The statement `adapt`, and what `show adaptation` tells.
class AdaptStatementTest {
    private static final String ONE = "02:00:00:00:00:01";
    private static final String TWO = "02:00:00:00:00:02";

    private final FakeActuator actuator = new FakeActuator();
    private final ControlSession session = new ControlSession(new NodeController(actuator));

    @BeforeEach
    void star() throws Exception {
        for (String line : List.of(
                "node a",
                "listen 127.0.0.1:4789",
                "nic vnet0 memory",
                "link add hub 10.1.0.2:4789",
                "route add any " + TWO + " edge hub any")) {
            session.line(line);
        }
        actuator.told.clear();
    }

    private String refusal(String line) {
        return assertThrows(StatementException.class, () -> session.line(line)).getMessage();
    }

    @Test
    void oneLeadsAtATimeUntilItsLeaseEnds() throws Exception {
        assertTrue(refusal("adapt claim x pair " + ONE + " " + TWO).contains("expected to hold the lease"));
        session.line("adapt lease x 10s");
        assertTrue(refusal("adapt lease y 10s").contains("'y': x leads this node for another"));
        assertTrue(refusal("adapt claim y pair " + ONE + " " + TWO).contains("x leads this node"));
        assertTrue(refusal("adapt release y").contains("x leads this node"));
        session.line("adapt lease x 100ms");
        long patience = System.nanoTime() + 20_000_000_000L;
        while (true) {
            try {
                session.line("adapt lease y 10s");
                break;
            } catch (StatementException e) {
                assertTrue(System.nanoTime() < patience, e.getMessage());
                Thread.sleep(10);
            }
        }
        assertTrue(session.line("show adaptation").startsWith("adapt on\nled by y for another "));
        session.line("adapt release y");
        assertEquals("adapt on\nled by nobody", session.line("show adaptation"));
    }

    @Test
    void offTakesBackWhatIsTheAdaptationsAndNothingElse() throws Exception {
        final String written = session.line("show routes");
        session.line("adapt lease x 10s");
        session.line("adapt claim x link adapt-b");
        session.line("link add adapt-b 10.1.0.3:4789");
        session.line("adapt claim x pair " + ONE + " " + TWO);
        session.line("route replace " + ONE + " " + TWO + " edge adapt-b any");
        session.line("adapt note x shortcut [a-b]: because it is better");
        String shown = session.line("show adaptation");
        assertTrue(shown.contains("\npair " + ONE + " " + TWO + " by edge adapt-b\nlink adapt-b\n"), shown);
        assertTrue(shown.contains(" ago: shortcut [a-b]: because it is better"), shown);
        assertTrue(
                session.line("show adaptation --json")
                        .startsWith("{\"node\":\"a\",\"allowed\":true,\"holder\":\"x\",\"left_ns\":"),
                shown);
        actuator.told.clear();
        session.line("adapt off");
        assertEquals(List.of("table 1", "close link adapt-b"), actuator.told);
        assertEquals(written, session.line("show routes"));
        assertTrue(session.line("show adaptation").startsWith("adapt off\nled by nobody\nlast decision"));
        assertTrue(refusal("adapt lease x 10s").contains("adapt is off here"));
        session.line("adapt on");
        session.line("adapt lease x 10s");
    }

    @Test
    void whatSomebodyElseHasWrittenIsNotClaimed() throws Exception {
        session.line("adapt lease x 10s");
        session.line("route add " + ONE + " " + TWO + " edge hub any");
        assertTrue(refusal("adapt claim x pair " + ONE + " " + TWO).contains("which is not the adaptation's"));
        assertTrue(refusal("adapt claim x link hub").contains("which is not the adaptation's"));
        session.line("adapt claim x pair " + TWO + " " + ONE);
        session.line("route add " + TWO + " " + ONE + " edge hub any");
        assertTrue(refusal("adapt forget x pair " + TWO + " " + ONE).contains("delete its rules first"));
        session.line("route del " + TWO + " " + ONE + " edge hub any");
        session.line("adapt forget x pair " + TWO + " " + ONE);
        assertFalse(session.line("show adaptation").contains("pair"));
        assertTrue(refusal("adapt claim x pair any " + ONE).contains("'any': expected a unicast MAC address"));
        assertTrue(refusal("adapt claim x pair " + ONE + " 01:00:5e:00:00:01").contains("or ff:ff:ff:ff:ff:ff"));
        assertTrue(refusal("adapt claim x pair ff:ff:ff:ff:ff:ff " + ONE).contains("expected a unicast"));
        session.line("adapt claim x pair " + ONE + " ff:ff:ff:ff:ff:ff");
        assertTrue(session.line("show adaptation").contains(ONE + " ff:ff:ff:ff:ff:ff"));
        assertTrue(refusal("adapt lease x 1ms").contains("'1ms'"));
        assertTrue(refusal("adapt maybe").contains("'maybe': expected on, off, lease"));
    }

    @Test
    void aLinkThatOthersUseStays() throws Exception {
        session.line("adapt lease x 10s");
        session.line("adapt claim x link adapt-b");
        session.line("link add adapt-b 10.1.0.3:4789");
        session.line("route add any " + ONE + " edge adapt-b any");
        session.line("adapt off");
        assertTrue(session.line("show links").contains("adapt-b"));
        assertFalse(session.line("show adaptation").contains("adapt-b"));
    }
}
