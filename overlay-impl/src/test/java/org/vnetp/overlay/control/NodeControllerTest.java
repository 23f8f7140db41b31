package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.DispatchSettings;

class NodeControllerTest {
    private static final long GUEST = 0x0200_0000_0002L;
    private static final long OTHER = 0x0200_0000_0001L;

    private final FakeActuator actuator = new FakeActuator();
    private final NodeController controller = new NodeController(actuator);
    private final ControlSession session = new ControlSession(controller);

    @BeforeEach
    void setUp() throws StatementException {
        ControlSession.replay(controller, """
                node a
                listen 10.1.0.1:4789 network 42
                nic vnet0 tap mac 02:00:00:00:00:01
                link add b 10.1.0.2:4789
                link add c 10.1.0.3:4789 encap vxlan
                route add any 02:00:00:00:00:02 edge b any
                route add any 02:00:00:00:00:01 interface vnet0 any
                """);
    }

    private String destinations() {
        return actuator.forwarder.lookup(0, GUEST, OTHER).toString();
    }

    @Test
    void portsAreOpenedBeforeRulesLeadToThemAndClosedAfter() throws StatementException {
        assertEquals(
                List.of(
                        "listen 10.1.0.1:4789",
                        "open nic vnet0",
                        "table 0",
                        "open link b",
                        "table 0",
                        "open link c",
                        "table 0",
                        "table 2"),
                actuator.told);
        actuator.told.clear();
        session.line("route del 1");
        session.line("link del b");
        assertEquals(List.of("table 1", "table 1", "close link b"), actuator.told);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "node b | called 'a' already",
                "nic vnet0 tap | a NIC of that name already",
                "nic vnet1 tap mac 02:00:00:00:00:01 | NIC 'vnet0' has that address",
                "nic del vnet9 | no such NIC; expected one of vnet0",
                "nic down vnet9 | no such NIC; expected one of vnet0",
                "nic down vnet0 | has no link to set; expected one of the kind vhost-user",
                "nic del vnet0 | 1 route(s) use this NIC, delete them first: 2",
                "link add b 10.1.0.9:4789 | a link of that name already",
                "link add d 10.1.0.2:4789 | link 'b' leads there already",
                "link add d 10.1.0.1:4789 | where this node itself listens",
                "listen 10.1.0.2:4789 | link 'b' leads there",
                "link del d | no such link; expected one of b, c",
                "link del b | 1 route(s) use this link, delete them first: 1",
                "link del 9 | no such link; expected one of 1, 2",
                "route add any any edge d any | 'd': there is no such link; expected one of b, c",
                "route add any any interface vnet9 any | 'vnet9': there is no such NIC",
                "route add any any edge b edge d | 'd': there is no such link",
                "route add any any edge b edge b | never go back",
                "route add any 02:00:00:00:00:02 edge b any | such a route already",
                "route del any any edge b any | no such route",
                "route del 17 | no route of that index",
                "mtu vnet9 1500 | no such NIC",
                "dispatch alpha-l 20000 | alpha-l 20000 is above alpha-u 10000",
                "dispatch dispatchers 1000 | '1000': expected loops, 1..16",
                "commit | expected a begin before",
                "abort | expected a begin before",
            })
    void aRefusedStatementChangesNothing(String line, String message) {
        NodeConfig before = controller.config();
        actuator.told.clear();
        StatementException refusal = assertThrows(StatementException.class, () -> session.line(line));
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
        assertTrue(refusal.getMessage().startsWith("line 1: "), refusal.getMessage());
        assertSame(before, controller.config());
        assertEquals(List.of(), actuator.told);
    }

    @Test
    void whatTheMachineRefusesIsForgotten() {
        NodeConfig before = controller.config();
        actuator.refusal = "'vnet1': the TAP is taken";
        for (String line : List.of(
                "nic vnet1 tap",
                "link add d 10.1.0.4:4789",
                "listen 10.1.0.9:1",
                "mtu vnet0 9000",
                "dispatch batch 7")) {
            assertThrows(StatementException.class, () -> session.line(line));
            assertSame(before, controller.config());
        }
    }

    @Test
    void aLinkNeedsTheListeningAddressFirst() {
        ControlSession fresh = new ControlSession(new NodeController(new FakeActuator()));
        StatementException refusal =
                assertThrows(StatementException.class, () -> fresh.line("link add b 10.1.0.2:4789"));
        assertTrue(refusal.getMessage().contains("expected a 'listen"), refusal.getMessage());
    }

    @Test
    void aGuestMovesInOneStep() throws StatementException {
        assertEquals("[1]", destinations());
        int tables = actuator.tables;
        session.line("route replace any 02:00:00:00:00:02 edge c any");
        assertEquals("[2]", destinations());
        assertEquals(tables + 1, actuator.tables);
        assertEquals(2, controller.config().routes().size());
        session.line("begin");
        session.line("route del any 02:00:00:00:00:02 edge c any");
        session.line("route add any 02:00:00:00:00:02 edge b any");
        assertEquals("[2]", destinations());
        assertEquals(tables + 1, actuator.tables);
        session.line("commit");
        assertEquals("[1]", destinations());
        assertEquals(tables + 2, actuator.tables);
    }

    @Test
    void aRefusedCommitChangesNothing() throws StatementException {
        NodeConfig before = controller.config();
        session.line("begin");
        session.line("route del 1");
        session.line("route add any any edge nowhere any");
        StatementException refusal = assertThrows(StatementException.class, () -> session.line("commit"));
        assertTrue(
                refusal.getMessage().contains("nothing has changed: statement 2 after begin: 'nowhere'"),
                refusal.getMessage());
        assertSame(before, controller.config());
        session.line("begin");
        session.line("route del 1");
        assertThrows(StatementException.class, () -> session.line("link add d 10.1.0.4:1"));
        session.line("abort");
        assertSame(before, controller.config());
    }

    @Test
    void vnetpsFilesAreAccepted() throws StatementException {
        session.line("ADD 172.23.1.2 9000 udp");
        session.line("ADD 172.23.1.2 9001");
        session.line("ADD any 00:02:55:67:42:3e edge 172.23.1.2 any");
        session.line("ADD 00:02:55:67:42:3f ff:ff:ff:ff:ff:ff interface 02:00:00:00:00:01 edge 172.23.1.2:9001");
        assertEquals(
                List.of("b", "c", "172.23.1.2", "172.23.1.2:9001"),
                List.copyOf(controller.config().links().keySet()));
        assertEquals(4, controller.config().routes().size());
        session.line("DEL 3");
        session.line("DEL 4");
        session.line("links:");
        session.line("DEL 4");
        assertEquals(2, controller.config().routes().size());
        assertEquals(3, controller.config().links().size());
    }

    @Test
    void aPortIdIsNotGivenAgainAtOnce() throws StatementException {
        session.line("route del 1");
        int old = controller.config().links().get("b").port();
        session.line("link del b");
        session.line("link add b 10.1.0.2:4789");
        assertTrue(controller.config().links().get("b").port() != old);
    }

    @Test
    void dispatchChangesOnlyWhatIsSaid() throws StatementException {
        session.line("dispatch mode-in guest omega 10ms");
        DispatchSettings d = DispatchSettings.DEFAULT;
        assertEquals(DispatchMode.GUEST, actuator.settings.in());
        assertEquals(d.out(), actuator.settings.out());
        assertEquals(10_000_000, actuator.settings.omegaNs());
        assertEquals(d.batch(), actuator.settings.batch());
    }

    @Test
    void aFileNamesTheLineOfARouteThatDoesNotFit() {
        StatementException refusal = assertThrows(
                StatementException.class,
                () -> ControlSession.replay(
                        controller, "# more\nroute add any any edge c any\n\nroute add any any edge x any\n"));
        assertTrue(refusal.getMessage().startsWith("line 4: 'x'"), refusal.getMessage());
        assertEquals(2, controller.config().routes().size());
    }

    @Test
    void manyRoutesOfAFileCostOneTable() throws StatementException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            text.append("route add any 02:00:00:01:").append(String.format(Locale.ROOT, "%02x:%02x", i >> 8, i & 255));
            text.append(" edge b any\n");
        }
        int tables = actuator.tables;
        ControlSession.replay(controller, text.toString());
        assertEquals(tables + 1, actuator.tables);
        assertEquals(
                "[1]", actuator.forwarder.lookup(0, 0x0200_0001_4E1FL, OTHER).toString());
    }

    @Test
    void showsTextAndJson() throws StatementException {
        assertEquals("""
                index  source  destination        to               from  priority
                1      any     02:00:00:00:00:02  edge b           any   6
                2      any     02:00:00:00:00:01  interface vnet0  any   6""", session.line("show routes"));
        assertEquals(
                "{\"routes\":[{\"index\":1,\"source\":\"any\",\"destination\":\"02:00:00:00:00:02\",\"to\":\"edge b\","
                        + "\"from\":\"any\",\"priority\":6},{\"index\":2,\"source\":\"any\","
                        + "\"destination\":\"02:00:00:00:00:01\",\"to\":\"interface vnet0\",\"from\":\"any\","
                        + "\"priority\":6}]}",
                session.line("show routes --json"));
        actuator.loop.port(0).frameIn(1000);
        assertTrue(session.line("show nics").contains("mtu=1450"));
        assertTrue(session.line("show links").contains("10.1.0.3:4789  vxlan"));
        String stats = session.line("show stats");
        assertTrue(stats.contains("nic vnet0") && !stats.contains("since the last"), stats);
        actuator.nowNs = 2_000_000_000;
        actuator.loop.port(0).frameIn(1000);
        String later = session.line("show stats");
        assertTrue(later.contains("rates over the 2.0 s since the last 'show stats'"), later);
        assertTrue(later.lines().anyMatch(line -> line.startsWith("nic vnet0") && line.contains("0.5")), later);
        assertTrue(session.line("show dispatch")
                .contains(
                        "nic eth0: 300 frames sent, 0.97 copies each, 3 kicks (100.0 frames each); 200 received, one copy"
                                + " each, 4 calls, 1 early; 7 empty polls"));
        assertTrue(session.line("show dispatch --json").contains("\"frames_a_kick\":100"));
        assertTrue(
                session.line("show dispatch").contains("2.5 s ago to vmm-driven: rate 12000/s above alpha-u 10000/s"));
        actuator.loop.matrix().count(OTHER, GUEST, 1514);
        assertEquals("""
                source             destination        frames  bytes
                02:00:00:00:00:01  02:00:00:00:00:02  1       1514
                other                                 0       0""", session.line("show matrix"));
        assertEquals(
                "{\"learned\":[{\"mac\":\"02:00:00:00:00:09\",\"port\":\"nic vnet0\",\"silent_ns\":1500000000}]}",
                session.line("show learned --json"));
        for (String topic : List.of(
                "node",
                "routes",
                "links",
                "nics",
                "stats",
                "dispatch",
                "matrix",
                "learned",
                "guards",
                "measurements",
                "demands")) {
            String json = session.line("show " + topic + " --json");
            assertTrue(json.startsWith("{") && json.endsWith("}") && json.indexOf('\n') < 0, json);
        }
    }

    @Test
    void metricsAreServedFromTheStatementOn() throws Exception {
        session.line("metrics listen 127.0.0.1:" + freePort());
        var endpoint = controller.config().metrics().orElseThrow();
        var url = java.net.URI.create("http://" + endpoint + "/metrics").toURL();
        try (var in = url.openStream()) {
            assertTrue(new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    .contains("vnetp_drops_total{node=\"a\",reason=\"no-route\"} 0"));
        }
        session.line("metrics off");
        assertThrows(java.net.ConnectException.class, () -> url.openStream().close());
    }

    private static int freePort() throws java.io.IOException {
        try (var socket = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
