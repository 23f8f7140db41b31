package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.overlay.seal.KeyFiles;
import org.vnetp.overlay.seal.Suite;

/// The statements about keys, and those about who may do what.
class SealedStatementsTest {
    private static final String KEY = "x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE";
    private static final String OTHER_KEY = "x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI";

    @TempDir
    private Path directory;

    private final FakeActuator actuator = new FakeActuator();
    private final NodeController controller = new NodeController(actuator);
    private final ControlSession session = new ControlSession(controller);

    @BeforeEach
    void setUp() throws StatementException {
        session.line("node a");
        session.line("listen 10.1.0.1:4789 network 42");
        session.line("nic vnet0 tap mac 02:00:00:00:00:01");
    }

    private String refusal(String line) {
        return assertThrows(StatementException.class, () -> session.line(line), line)
                .getMessage();
    }

    private NodeConfig.Link link(String name) {
        return controller.config().links().get(name);
    }

    @Test
    void aLinkIsSealedByKeyAndPeer() throws Exception {
        session.line("link add b 10.1.0.2:4789 key /k/a.key peer " + KEY);
        assertEquals(
                new NodeConfig.Seal(Path.of("/k/a.key"), KEY, Suite.AES_128_GCM, 120_000_000_000L),
                link("b").seal().orElseThrow());
        session.line("link add c 10.1.0.3:4789 peer " + KEY + " cipher chacha20-poly1305 rekey 5s key /k/a.key");
        assertEquals(Suite.CHACHA20_POLY1305, link("c").seal().orElseThrow().suite());
        session.line("link add d 10.1.0.4:4789");
        assertTrue(link("d").seal().isEmpty());
        Path file = Files.writeString(directory.resolve("e.pub"), KEY + "\n");
        session.line("link add e 10.1.0.5:4789 key /k/a.key peer " + file);
        assertEquals(KEY, link("e").seal().orElseThrow().peer());
    }

    @Test
    void halfASealIsRefused() throws Exception {
        assertTrue(refusal("link add b 10.1.0.2:4789 key /k/a.key").contains("expected peer KEY too"));
        assertTrue(refusal("link add b 10.1.0.2:4789 peer " + KEY).contains("expected key FILE too"));
        assertTrue(refusal("link add b 10.1.0.2:4789 cipher aes-128-gcm").contains("expected key FILE too"));
        assertTrue(refusal("link add b 10.1.0.2:4789 encap vxlan key /k/a.key peer " + KEY)
                .contains("expected encap vnet"));
        assertTrue(refusal("link add b 10.1.0.2:4789 key a.key peer " + KEY).contains("an absolute path"));
        assertTrue(refusal("link add b 10.1.0.2:4789 key /k/a.key peer x25519:short")
                .contains("a public key"));
        assertTrue(refusal("link add b 10.1.0.2:4789 key /k/a.key peer " + KEY + " cipher null")
                .contains("aes-128-gcm, aes-256-gcm or chacha20-poly1305"));
        assertTrue(refusal("link add b 10.1.0.2:4789 key /k/a.key peer /nowhere/b.pub")
                .contains("cannot be read"));
        assertTrue(controller.config().links().isEmpty());
    }

    @Test
    void onlyASealedLinkMayLeadAnywhereOrBeKeptAlive() throws Exception {
        session.line("link add b any key /k/a.key peer " + KEY);
        assertTrue(link("b").endpoint().isAny());
        assertEquals("any", link("b").endpoint().toString());
        assertTrue(link("b").keepaliveNs().isEmpty());
        assertTrue(session.line("show links").contains("any"));
        session.line("link add c any key /k/a.key peer " + OTHER_KEY + " keepalive 25s");
        assertEquals(25_000_000_000L, link("c").keepaliveNs().orElseThrow());
        assertTrue(refusal("link add d any").contains("'any': expected key FILE and peer KEY too"));
        assertTrue(refusal("link add d any encap vxlan").contains("'encap': expected mtu, key"));
        assertTrue(refusal("link add d 10.1.0.4:4789 keepalive 25s").contains("'keepalive': expected key FILE too"));
        assertTrue(refusal("link add d 10.1.0.4:4789 keepalive 0s").contains("1s..600s"));
        assertTrue(
                refusal("link add d any key /k/a.key peer " + KEY).contains("link 'b' leads to the node of that key"));
        assertTrue(refusal("link add d 10.1.0.4:4789 key /k/a.key peer " + KEY)
                .contains("link 'b' leads to the node of that key"));
        assertTrue(refusal("link add d anywhere key /k/a.key peer " + KEY).contains(", or any"));
        assertEquals(2, controller.config().links().size());
    }

    @Test
    void aDirectoryIsALinkToEachOtherNode() throws Exception {
        Path own = directory.resolve("a.key");
        String ownKey = KeyFiles.create(own).publicText();
        Path peers = Files.createDirectory(directory.resolve("peers"));
        Files.writeString(peers.resolve("a.peer"), "10.1.0.1:4789 " + ownKey + "\n");
        assertTrue(refusal("link all " + peers + " key " + own).contains("expected a file NAME.peer"));
        for (int i = 2; i < 102; i++) {
            String key = KeyFiles.create(directory.resolve(i + ".key")).publicText();
            Files.writeString(peers.resolve("n" + i + ".peer"), "10.1.0." + i + ":4789 " + key + "\n");
        }
        Files.writeString(peers.resolve("README"), "not a node");
        session.line("link all " + peers + " key " + own + " cipher aes-256-gcm");
        assertEquals(100, controller.config().links().size());
        assertEquals(Suite.AES_256_GCM, link("n77").seal().orElseThrow().suite());
        assertEquals("10.1.0.77:4789", link("n77").endpoint().toString());
        assertEquals(
                100,
                actuator.told.stream()
                        .filter(each -> each.startsWith("open link"))
                        .count());
        Files.writeString(peers.resolve("z.peer"), "10.1.0.200 " + KEY + "\n");
        assertTrue(refusal("link all " + peers + " key " + own).contains("z.peer"));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rw-r--r--"));
        assertTrue(refusal("link all " + peers + " key " + own).contains("expected 0600"));
    }

    @Test
    void portsAreGuardedAndNoMore() throws Exception {
        session.line(
                "guard vnet0 allow-mac 02:00:00:00:00:01,02:00:00:00:00:02 allow-ip 10.0.0.1,fd00::1 broadcast 100");
        NodeConfig.PortGuard guard = controller.config().guards().get("vnet0");
        assertEquals(List.of(0x0200_0000_0001L, 0x0200_0000_0002L), guard.macs());
        assertEquals(2, guard.ips().size());
        assertEquals(100, guard.floodsASecond());
        assertEquals(1, controller.config().routingTable().guards().size());
        session.line("link add b 10.1.0.2:4789");
        session.line("guard b broadcast 7");
        assertEquals("""
                port       allow-mac                            allow-ip                     broadcast
                nic vnet0  02:00:00:00:00:01,02:00:00:00:00:02  10.0.0.1,fd00:0:0:0:0:0:0:1  100/s
                link b     any                                  any                          7/s""", session.line("show guards"));
        assertEquals(
                "{\"guards\":[{\"kind\":\"nic\",\"port\":\"vnet0\",\"allow_mac\":[\"02:00:00:00:00:01\","
                        + "\"02:00:00:00:00:02\"],\"allow_ip\":[\"10.0.0.1\",\"fd00:0:0:0:0:0:0:1\"],"
                        + "\"broadcast_per_second\":100},{\"kind\":\"link\",\"port\":\"b\","
                        + "\"broadcast_per_second\":7}]}",
                session.line("show guards --json"));
        session.line("guard off b");
        session.line("guard off vnet0");
        assertTrue(controller.config().routingTable().guards().isEmpty());
        session.line("guard vnet0 broadcast 5");
        session.line("nic del vnet0");
        assertTrue(controller.config().guards().isEmpty(), "a NIC takes what was said of it along");
        assertTrue(refusal("guard vnet9 broadcast 5").contains("no such NIC or link"));
        assertTrue(refusal("guard vnet0").contains("allow-mac"));
        assertTrue(refusal("guard vnet0 allow-mac any").contains("MAC addresses"));
        assertTrue(refusal("guard vnet0 allow-ip host").contains("IP addresses"));
    }

    @Test
    void metricsForOthersNeedATokenThatNobodyElseCanRead() throws Exception {
        Path file = Files.writeString(directory.resolve("token"), "0123456789abcdef-secret\n");
        assertTrue(refusal("metrics listen 0.0.0.0:9100").contains("a loopback address"));
        assertTrue(refusal("metrics listen 10.1.0.1:9100").contains("token FILE"));
        assertTrue(refusal("metrics listen 127.0.0.1:9100 token " + file).contains("expected 0600"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Path small = Files.writeString(directory.resolve("small"), "short\n");
        Files.setPosixFilePermissions(small, PosixFilePermissions.fromString("rw-------"));
        String tooShort = refusal("metrics listen 127.0.0.1:9100 token " + small);
        assertTrue(tooShort.contains("at least 16") && !tooShort.contains("short\n"), tooShort);
        int port;
        try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
            port = free.getLocalPort();
        }
        session.line("metrics listen 127.0.0.1:" + port + " token " + file);
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(401, get(client, port, null));
            assertEquals(401, get(client, port, "Bearer 0123456789abcdef-secreT"));
            assertEquals(401, get(client, port, "0123456789abcdef-secret"));
            assertEquals(200, get(client, port, "Bearer 0123456789abcdef-secret"));
        }
        assertFalse(session.line("show node").contains("secret"));
        session.line("metrics off");
    }

    private static int get(HttpClient client, int port, String authorization) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
