package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.dispatch.DispatchMode;

class ReloadTest {
    private static final String FILE = """
            node a
            listen 10.1.0.1:4789 network 42
            nic vnet0 tap mac 02:00:00:00:00:01
            link add b 10.1.0.2:4789
            link add c 10.1.0.3:4789 encap vxlan
            route add any 02:00:00:00:00:02 edge b any
            route add any 02:00:00:00:00:03 edge c any
            route add any 02:00:00:00:00:01 interface vnet0 any
            """;

    private final FakeActuator actuator = new FakeActuator();
    private final NodeController controller = new NodeController(actuator);
    private NodeFile last;

    @BeforeEach
    void start() throws StatementException {
        List<StatementParser.Numbered> statements = StatementParser.parseAll(FILE);
        ControlSession.replay(controller, statements);
        last = NodeFile.carriedOut(statements, controller.config());
        actuator.told.clear();
    }

    /// @return in what words the steps are told of
    private List<String> reload(String text) throws StatementException {
        NodeFile next = NodeFile.read(text);
        List<Reload.Step> steps = Reload.steps(controller.config(), last, next);
        assertEquals(List.of(), Reload.carryOut(controller, steps));
        last = next;
        return steps.stream().map(Reload.Step::words).toList();
    }

    private List<String> routes() {
        List<String> all = new ArrayList<>();
        controller
                .config()
                .routes()
                .values()
                .forEach(entry -> all.add(entry.route().toString()));
        return all;
    }

    private void say(String statement) throws StatementException {
        new ControlSession(controller).line(statement);
        actuator.told.clear();
    }

    @Test
    void theSameFileChangesNothing() throws StatementException {
        NodeConfig before = controller.config();
        assertEquals(List.of(), reload("# only a comment\n" + FILE));
        assertEquals(List.of(), actuator.told);
        assertEquals(before, controller.config());
    }

    @Test
    void whatIsNewIsOpenedBeforeRulesLeadThereAndWhatIsGoneIsClosedAfter() throws StatementException {
        List<String> steps = reload(FILE.replace("link add c 10.1.0.3:4789 encap vxlan", "link add d 10.1.0.4:4789")
                .replace("edge c", "edge d"));
        assertEquals(
                List.of(
                        "link d",
                        "route del any 02:00:00:00:00:03 edge c any",
                        "route add any 02:00:00:00:00:03 edge d any",
                        "link del c"),
                steps);
        // The one rule takes the other's place in one step.
        assertEquals(List.of("open link d", "table 3", "table 3", "table 3", "close link c"), actuator.told);
    }

    @Test
    void aLinkThatLeadsElsewhereIsMadeAnewWithItsRules() throws StatementException {
        reload(FILE.replace("10.1.0.2:4789", "10.1.0.9:4789"));
        assertEquals(List.of("table 2", "table 2", "close link b", "open link b", "table 2", "table 3"), actuator.told);
        assertEquals(
                "10.1.0.9:4789", controller.config().links().get("b").endpoint().toString());
        assertTrue(routes().contains("any 02:00:00:00:00:02 edge b any"), routes().toString());
    }

    @Test
    void anAddressMayGoFromOneLinkToAnother() throws StatementException {
        reload(FILE.replace("link add b", "link add x").replace("edge b", "edge x"));
        assertEquals(List.of("c", "x"), List.copyOf(controller.config().links().keySet()));
        assertEquals(3, routes().size());
    }

    @Test
    void whatWasSaidByTheControlSocketStays() throws StatementException {
        say("link add e 10.1.0.5:4789");
        say("route add any 02:00:00:00:00:05 edge e any");
        say("route add any 02:00:00:00:00:06 edge b any");
        say("learn on");
        say("dispatch mode guest");
        assertEquals(List.of("link f"), reload(FILE + "link add f 10.1.0.6:4789\n"));
        assertTrue(controller.config().links().containsKey("e"));
        assertTrue(controller.config().learning().enabled());
        assertEquals(DispatchMode.GUEST, controller.config().dispatch().in());
        // A rule of the socket's over a link that is made anew is there again; one over a link that goes is not.
        reload(FILE.replace("10.1.0.2:4789", "10.1.0.9:4789"));
        assertTrue(routes().contains("any 02:00:00:00:00:06 edge b any"), routes().toString());
        reload(FILE.replace("link add b 10.1.0.2:4789\n", "")
                .replace("route add any 02:00:00:00:00:02 edge b any\n", ""));
        assertEquals(
                List.of(
                        "any 02:00:00:00:00:03 edge c any",
                        "any 02:00:00:00:00:01 interface vnet0 any",
                        "any 02:00:00:00:00:05 edge e any"),
                routes());
    }

    @Test
    void whatTheFileSaysHoldsAgain() throws StatementException {
        say("route del any 02:00:00:00:00:03 edge c any");
        say("link del c");
        assertEquals(List.of("link c", "route add any 02:00:00:00:00:03 edge c any"), reload(FILE));
    }

    @Test
    void settingsComeAndGoWithTheirStatements() throws StatementException {
        String more = FILE + """
                learn on age 5s
                dispatch mode vmm batch 16
                guard vnet0 broadcast 10
                fastpath off
                measure on
                measure log /tmp/never size 2
                mtu vnet0 1400
                """;
        assertEquals(
                List.of(
                        "mtu vnet0",
                        "guard vnet0",
                        "learn on",
                        "dispatch",
                        "fastpath off",
                        "measure on",
                        "measure log"),
                reload(more));
        assertEquals(16, actuator.settings.batch());
        assertTrue(
                actuator.told.containsAll(
                        List.of("mtu OptionalInt[1400]", "fastpath false", "measure log /tmp/never 2000000")),
                actuator.told.toString());
        assertEquals(List.of(), reload(more));
        assertEquals(List.of("guard vnet0"), reload(more.replace("broadcast 10", "broadcast 20")));
        assertEquals(
                List.of(
                        "mtu vnet0",
                        "guard off vnet0",
                        "learn off",
                        "dispatch",
                        "fastpath on",
                        "measure off",
                        "measure nolog"),
                reload(FILE));
        assertEquals(DispatchMode.ADAPTIVE, actuator.settings.in());
        assertEquals(Map.of(), controller.config().guards());
    }

    @Test
    void aVirtualMachinesLinkIsNotTouchedUnlessTheFileSaysSo() throws StatementException {
        String machine = FILE + "nic vm vhost-user /run/vm.sock\n";
        assertEquals(List.of("nic vm"), reload(machine));
        say("nic down vm");
        assertEquals(List.of(), reload(machine));
        assertEquals(List.of(), reload(machine + "nic down vm\n"));
        assertEquals(List.of("nic up vm"), reload(machine));
        assertEquals(List.of("link of vm up"), actuator.told);
    }

    @Test
    void whatCannotBeIsRefusedAndNothingChanges() {
        for (String[] each : List.of(
                new String[] {FILE.replace("node a", "node b"), "a node that runs keeps its name, 'a'"},
                new String[] {"node a\n", "'listen': expected the statement to stay"},
                new String[] {FILE + "link add b 10.1.0.7:4789\n", "line 9: 'b': there is a link of that name"},
                new String[] {FILE + "nonsense\n", "line 9: 'nonsense'"})) {
            String message = assertThrows(StatementException.class, () -> reload(each[0]))
                    .getMessage();
            assertTrue(message.contains(each[1]), message);
        }
        assertEquals(List.of(), actuator.told);
    }

    @Test
    void whatTheMachineRefusesIsToldAndTriedAgain() throws StatementException {
        NodeFile next = NodeFile.read(FILE + "link add d 10.1.0.4:4789\nlearn on\n");
        List<Reload.Step> steps = Reload.steps(controller.config(), last, next);
        actuator.refusal = "no room";
        assertEquals(List.of("link d: no room"), Reload.carryOut(controller, steps));
        assertTrue(controller.config().learning().enabled(), "the others go on");
        actuator.refusal = null;
        last = next;
        assertEquals(List.of("link d"), reload(FILE + "link add d 10.1.0.4:4789\nlearn on\n"));
    }
}
