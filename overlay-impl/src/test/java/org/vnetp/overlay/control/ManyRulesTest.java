package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.Destinations;
import org.vnetp.overlay.stats.LoopCounter;

/// A node with 10 000 rules: read, asked, changed and read again. The time limit is generous for tables that are
/// handled in one go, and too short for any that is searched or built anew rule by rule.
@Timeout(60)
class ManyRulesTest {
    private static final int RULES = 10_000;
    private static final int LINKS = 100;
    private static final long GUEST = 0x0200_0000_0000L;
    private static final long NOBODY = 0x02FF_0000_0000L;

    private final FakeActuator actuator = new FakeActuator();
    private final NodeController controller = new NodeController(actuator);

    private static String mac(int guest) {
        return MacAddress.format(GUEST + guest);
    }

    private static String rule(int guest, int link) {
        return "route add any " + mac(guest) + " edge l" + link + " any";
    }

    /// @param shift from a guest's usual link to the one where the rule leads
    private static String file(int shift) {
        List<String> lines = new ArrayList<>(List.of("node a", "listen 10.1.0.1:4789 network 42", "nic g tap"));
        for (int link = 0; link < LINKS; link++) {
            lines.add("link add l" + link + " 10.2.0." + (link + 1) + ":4789");
        }
        for (int guest = 0; guest < RULES; guest++) {
            // Every second one stays where it is.
            lines.add(rule(guest, (guest + (guest % 2 == 0 ? 0 : shift)) % LINKS));
        }
        return String.join("\n", lines) + "\n";
    }

    @BeforeEach
    void start() throws StatementException {
        ControlSession.replay(controller, file(0));
    }

    private int port(int link) {
        return controller.config().links().get("l" + link % LINKS).port();
    }

    private int nic() {
        return controller.config().nics().get("g").port();
    }

    private void assertLeads(int guest, int link) {
        Destinations to = actuator.forwarder.lookup(nic(), GUEST + guest, NOBODY);
        assertEquals(1, to.count(), "guest " + guest);
        assertEquals(port(link), to.port(0), "guest " + guest);
    }

    @Test
    void eachRuleLeadsWhereItSaysAndTheTableIsMadeOnce() {
        assertEquals(
                1,
                actuator.told.stream()
                        .filter(each -> each.equals("table " + RULES))
                        .count());
        for (int guest = 0; guest < RULES; guest++) {
            assertLeads(guest, guest);
        }
        assertEquals(0, actuator.forwarder.lookup(nic(), NOBODY + 1, NOBODY).count());
    }

    /// A flow that is known is asked of the flow cache, however many rules there are.
    @Test
    void framesOfAKnownFlowAskNoRule() {
        assertLeads(77, 77);
        long misses = actuator.loop.counters().get(LoopCounter.FLOW_CACHE_MISSES);
        for (int i = 0; i < 1000; i++) {
            assertLeads(77, 77);
        }
        assertEquals(misses, actuator.loop.counters().get(LoopCounter.FLOW_CACHE_MISSES));
    }

    @Test
    void allAreShownInTheirOrder() throws StatementException {
        ControlSession session = new ControlSession(controller);
        List<String> lines = session.line("show routes").lines().toList();
        List<String> rules =
                lines.stream().filter(line -> line.contains("02:00:00:")).toList();
        assertEquals(RULES, rules.size());
        assertTrue(rules.getFirst().contains(mac(0)) && rules.getFirst().contains("l0"), rules.getFirst());
        assertTrue(rules.getLast().contains(mac(RULES - 1)) && rules.getLast().contains("l99"), rules.getLast());
        String json = session.line("show routes --json");
        assertEquals(RULES, json.split("\"index\":", -1).length - 1);
    }

    /// Half of the rules lead elsewhere in the new file; those that stay keep their indexes.
    @Test
    void aFileWithHalfOfThemChangedIsReloaded() throws StatementException {
        NodeFile last = NodeFile.carriedOut(StatementParser.parseAll(file(0)), controller.config());
        actuator.told.clear();
        List<Reload.Step> steps = Reload.steps(controller.config(), last, NodeFile.read(file(1)));
        assertEquals(RULES, steps.size(), "a rule less and a rule more for each that changes");
        assertEquals(List.of(), Reload.carryOut(controller, steps));
        assertEquals(List.of("table " + RULES), actuator.told, "in one step");
        for (int guest = 0; guest < RULES; guest++) {
            assertLeads(guest, guest % 2 == 0 ? guest : guest + 1);
        }
        assertTrue(controller.config().routes().containsKey(1)
                && !controller.config().routes().containsKey(2));
    }

    @Test
    void theyAreTakenOutTogetherOrNotAtAll() throws StatementException {
        ControlSession session = new ControlSession(controller);
        session.line("begin");
        for (int guest = 0; guest < RULES; guest++) {
            session.line(rule(guest, guest % LINKS).replace("add", "del"));
        }
        session.line("route del 1");
        StatementException refusal = assertThrows(StatementException.class, () -> session.line("commit"));
        assertTrue(refusal.getMessage().contains("statement " + (RULES + 1) + " after begin"), refusal.getMessage());
        assertEquals(RULES, controller.config().routes().size());
        session.line("begin");
        for (int guest = 0; guest < RULES; guest++) {
            session.line(rule(guest, guest % LINKS).replace("add", "del"));
        }
        session.line("commit");
        assertEquals(0, controller.config().routes().size());
        assertEquals(0, actuator.forwarder.lookup(nic(), GUEST, NOBODY).count());
    }
}
