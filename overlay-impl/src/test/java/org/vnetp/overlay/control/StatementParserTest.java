package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.overlay.control.Statement.Encapsulation;
import org.vnetp.overlay.control.Statement.Point;
import org.vnetp.overlay.control.Statement.PointKind;
import org.vnetp.overlay.control.Statement.Route;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.YieldStrategy;
import org.vnetp.overlay.route.MacPattern;

class StatementParserTest {
    private static final long GUEST = 0x0200_0000_0002L;

    private static Statement parse(String line) throws StatementException {
        return new StatementParser().parse(line).orElseThrow();
    }

    private static Endpoint endpoint(String host, int port) {
        return new Endpoint(InetAddress.ofLiteral(host), port);
    }

    @Test
    void readsANodesFile() throws StatementException {
        List<StatementParser.Numbered> statements = StatementParser.parseAll("""
                # a node
                node a
                listen 10.1.0.1:4789 network 42

                nic vnet0 tap mac 02:00:00:00:00:01 mtu 9000 netns guest persist queues 2 ring 128 fastpath   # its guest
                link add b 10.1.0.2:4789 encap vxlan mtu 1500
                route add any 02:00:00:00:00:02 edge b any
                learn on age 60s relay
                dispatch mode adaptive alpha-l 1000 alpha-u 10000 omega 5ms yield adaptive t-sleep 1ms t-noyield 1000 \
                dispatchers 1 batch 64 optimistic on cut-through off
                """);
        assertEquals(
                List.of(2, 3, 5, 6, 7, 8, 9),
                statements.stream().map(StatementParser.Numbered::line).toList());
        assertEquals(
                List.of(
                        new NodeStatement("a"),
                        new ListenStatement(endpoint("10.1.0.1", 4789), 42),
                        new NicStatement.Add(
                                "vnet0",
                                new NicKind.Tap(Optional.of("guest"), true, 2, 128, true),
                                OptionalLong.of(0x0200_0000_0001L),
                                OptionalInt.of(9000)),
                        new LinkStatement.Add(
                                Optional.of("b"),
                                endpoint("10.1.0.2", 4789),
                                Encapsulation.VXLAN,
                                OptionalInt.of(1500)),
                        new RouteStatement.Add(new Route(
                                MacPattern.ANY,
                                MacPattern.exact(GUEST),
                                new Point(PointKind.EDGE, "b"),
                                Point.ANYWHERE)),
                        new LearnStatement(true, OptionalLong.of(60_000_000_000L), true),
                        new DispatchStatement(
                                Optional.of(DispatchMode.ADAPTIVE),
                                Optional.of(DispatchMode.ADAPTIVE),
                                OptionalLong.of(1000),
                                OptionalLong.of(10000),
                                OptionalLong.of(5_000_000),
                                Optional.of(YieldStrategy.ADAPTIVE),
                                OptionalLong.of(1_000_000),
                                OptionalInt.of(1000),
                                OptionalInt.of(1),
                                OptionalInt.of(64),
                                Optional.of(true),
                                Optional.of(false),
                                Optional.empty(),
                                OptionalInt.empty(),
                                OptionalLong.empty(),
                                Optional.empty())),
                statements.stream().map(StatementParser.Numbered::statement).toList());
    }

    @Test
    void readsVnetpsOwnStatementsByShape() throws StatementException {
        assertEquals(
                new LinkStatement.Add(
                        Optional.empty(), endpoint("172.23.1.2", 9000), Encapsulation.VNET, OptionalInt.empty()),
                parse("ADD 172.23.1.2 9000 udp"));
        assertEquals(
                new RouteStatement.Add(new Route(
                        MacPattern.exact(0x0002_5567_423FL),
                        MacPattern.exact(0xFFFF_FFFF_FFFFL),
                        new Point(PointKind.EDGE, "172.23.1.2"),
                        Point.ANYWHERE)),
                parse("ADD 00:02:55:67:42:3f ff:ff:ff:ff:ff:ff edge 172.23.1.2 any"));
        assertEquals(
                new RouteStatement.Add(new Route(
                        MacPattern.not(0x0002_5567_423FL),
                        MacPattern.ANY,
                        new Point(PointKind.INTERFACE, "00:02:55:67:42:3e"),
                        new Point(PointKind.EDGE, "172.23.1.2"))),
                parse("ADD not-00:02:55:67:42:3f any interface 00:02:55:67:42:3E edge 172.23.1.2"));
        assertEquals(
                new RouteStatement.Add(new Route(
                        MacPattern.exact(GUEST), MacPattern.NONE, new Point(PointKind.EDGE, "b"), Point.ANYWHERE)),
                parse("ADD 02:00:00:00:00:02 none edge b any"));
    }

    @Test
    void aBareDelTakesAfterTheLastAddOrTheSection() throws StatementException {
        StatementParser parser = new StatementParser();
        parser.parse("ADD 172.23.1.2 9000");
        assertEquals(new LinkStatement.DeleteIndex(1), parser.parse("DEL 1").orElseThrow());
        parser.parse("ADD any any edge 172.23.1.2 any");
        assertEquals(new RouteStatement.DeleteIndex(1), parser.parse("DEL 1").orElseThrow());
        assertTrue(parser.parse("links:").isEmpty());
        assertEquals(new LinkStatement.DeleteIndex(7), parser.parse("DEL 7").orElseThrow());
    }

    @Test
    void readsEveryOtherStatement() throws StatementException {
        assertEquals(new NicStatement.Delete("vnet0"), parse("nic del vnet0"));
        assertEquals(new LinkStatement.Delete("b"), parse("link del b"));
        assertEquals(
                new LinkStatement.Add(
                        Optional.of("b"),
                        endpoint("10.1.0.2", 4789),
                        Encapsulation.UCX,
                        OptionalInt.of(1500),
                        Optional.empty(),
                        Optional.of("posix,cma"),
                        OptionalLong.empty()),
                parse("link add b 10.1.0.2:4789 encap ucx tls posix,cma mtu 1500"));
        assertEquals(new LinkStatement.DeleteIndex(3), parse("link del 3"));
        assertEquals(new RouteStatement.DeleteIndex(3), parse("route del 3"));
        assertTrue(parse("route del any any edge b any") instanceof RouteStatement.Delete);
        assertTrue(parse("route replace any any edge b interface vnet0") instanceof RouteStatement.Replace);
        assertEquals(new LearnStatement(false, OptionalLong.empty(), false), parse("learn off"));
        assertEquals(new MtuStatement("vnet0", OptionalInt.of(65535)), parse("mtu vnet0 65535"));
        assertEquals(new MtuStatement("vnet0", OptionalInt.empty()), parse("mtu vnet0 auto"));
        assertEquals(new MetricsStatement(Optional.empty()), parse("metrics off"));
        assertEquals(
                new MetricsStatement(Optional.of(endpoint("127.0.0.1", 9100))), parse("metrics listen 127.0.0.1:9100"));
        assertEquals(new MetricsStatement(Optional.of(endpoint("::1", 9100))), parse("metrics listen [::1]:9100"));
        assertEquals(new ShowStatement(ShowStatement.Topic.ROUTES, false), parse("show routes"));
        assertEquals(new ShowStatement(ShowStatement.Topic.MATRIX, true), parse("\tshow  matrix --json \r"));
        DispatchStatement dispatch = (DispatchStatement) parse("dispatch mode-out vmm mode-in guest omega 1000us");
        assertEquals(Optional.of(DispatchMode.VMM), dispatch.out());
        assertEquals(Optional.of(DispatchMode.GUEST), dispatch.in());
        assertEquals(OptionalLong.of(1_000_000), dispatch.omegaNs());
        assertEquals(OptionalLong.empty(), dispatch.alphaL());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "frobnicate | 'frobnicate' | node, listen",
                "node | ends too early | node's name",
                "node a b | 'b' | end of the line",
                "node -a | '-a' | letter or digit",
                "node add | 'add' | not add or del",
                "node aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | 'aaaa | at most 32",
                "listen 10.1.0.1 | '10.1.0.1' | 10.1.0.1:4789",
                "listen 10.1.0.1:0 | '10.1.0.1:0' | port 1..65535",
                "listen 10.1.0.1:65536 | '10.1.0.1:65536' | port 1..65535",
                "listen 10.1.0.256:1 | '10.1.0.256:1' | 10.1.0.1:4789",
                "listen 10.1:1 | '10.1:1' | 10.1.0.1:4789",
                "listen 224.0.0.1:1 | '224.0.0.1:1' | 10.1.0.1:4789",
                "listen host.example:1 | 'host.example:1' | 10.1.0.1:4789",
                "listen fd00::1:4789 | 'fd00::1:4789' | [fd00::2]:4789",
                "listen [10.1.0.1]:1 | '[10.1.0.1]:1' | 10.1.0.1:4789",
                "listen [fd00::1%eth0]:1 | '[fd00::1%eth0]:1' | 10.1.0.1:4789",
                "listen 10.1.0.1:1 network 16777216 | '16777216' | 0..16777215",
                "listen 10.1.0.1:1 net 1 | 'net' | network",
                "nic vnet0 | ends too early | tap, vhost-user, attach or memory",
                "nic vnet0 veth | 'veth' | tap, vhost-user, attach or memory",
                "nic vnet0 tap mac 01:00:00:00:00:01 | '01:00:00:00:00:01' | unicast",
                "nic vnet0 tap mac 00:00:00:00:00:00 | '00:00:00:00:00:00' | unicast",
                "nic vnet0 tap mac any | 'any' | unicast",
                "nic vnet0 tap mtu 67 | '67' | 68..65535",
                "nic vnet0 tap mtu 65536 | '65536' | 68..65535",
                "nic vnet0 tap mtu -1 | '-1' | 68..65535",
                "nic vnet0 tap mtu 99999999999999999999 | '99999999999999999999' | 68..65535",
                "nic vnet0 tap persist persist | 'persist' | each option once",
                "nic vnet0 tap netns a/b | 'a/b' | absolute path",
                "nic vnet0 tap queues 0 | '0' | 1..16",
                "nic vnet0 tap ring 7 | '7' | 8..65535",
                "nic a234567890123456 tap | 'a234567890123456' | at most 15",
                "nic vnet/0 tap | 'vnet/0' | NIC's name",
                "link b 10.1.0.2:4789 | 'b' | add, all or del",
                "link add b | ends too early | address",
                "link add 7 10.1.0.2:4789 | '7' | not a number",
                "link add b 0.0.0.0:4789 | '0.0.0.0:4789' | address",
                "link add b 10.1.0.2:4789 encap gre | 'gre' | vnet, vxlan or ucx",
                "link add b 10.1.0.2:4789 encap ucx tls TCP | 'TCP' | posix,cma",
                "link add b 10.1.0.2:4789 encap ucx tls tcp,,sm | 'tcp,,sm' | posix,cma",
                "link add b 10.1.0.2:4789 encap ucx tls a23456789012345678901234567890123 | 'a234 | at most 32",
                "link add b 10.1.0.2:4789 tls tcp | 'tls' | encap ucx too",
                "link add b 10.1.0.2:4789 encap vxlan tls tcp | 'tls' | encap ucx too",
                "link add b 10.1.0.2:4789 encap ucx key /k | 'key' | peer KEY",
                "link add b 10.1.0.2:4789 mtu 100 | '100' | 576..65535",
                "route add any | ends too early | destination MAC",
                "route add 02:00:00:00:00 any edge b any | '02:00:00:00:00' | source MAC",
                "route add 02:00:00:00:00:0g any edge b any | '02:00:00:00:00:0g' | not-MAC, any or none",
                "route add not-any any edge b any | 'not-any' | source MAC",
                "route add any 02-00-00-00-00-01 edge b any | '02-00-00-00-00-01' | destination MAC",
                "route add any none edge b any | 'any none' | exact source",
                "route add none any edge b any | 'none any' | exact source",
                "route add not-02:00:00:00:00:01 not-02:00:00:00:00:01 edge b any | priority | one side only",
                "route add any any link b any | 'link' | edge or interface",
                "route add any any any any | 'any' | edge or interface",
                "route add any any edge b | ends too early | edge, interface or any",
                "route add any any edge b any c | 'c' | end of the line",
                "route del x | 'x' | source MAC",
                "route change 3 | 'change' | add, replace, del, move or retire",
                "ADD | ends too early | IP address",
                "ADD foo bar | 'foo' | IP address (a link) or a MAC",
                "ADD 172.23.1.2 | ends too early | UDP port",
                "ADD 172.23.1.2 70000 | '70000' | 1..65535",
                "ADD 172.23.1.2 9000 tcp | 'tcp' | udp",
                "ADD 172.23.1.2 9000 sctp | 'sctp' | udp",
                "ADD 172.23.1.2.3 9000 | '172.23.1.2.3' | IP address",
                "ADD 00:02:55:67:42 any edge 1.2.3.4 any | '00:02:55:67:42' | MAC address",
                "DEL x | 'x' | index",
                "DEL 0 | '0' | index",
                "DEL 1 | a link's index or a route's | 'link del 1'",
                "learn | ends too early | on or off",
                "learn maybe | 'maybe' | on or off",
                "learn on age 300 | '300' | unit ns, us, ms or s",
                "learn on age 5m | '5m' | unit",
                "learn on age 999999999999999999s | '999999999999999999s' | unit",
                "learn off age 3s | 'age' | end of the line",
                "dispatch | ends too early | mode",
                "dispatch mode fast | 'fast' | guest, vmm or adaptive",
                "dispatch mode vmm mode guest | 'mode' | each option once",
                "dispatch mode vmm mode-in guest | 'mode-in' | each option once",
                "dispatch mode-in vmm mode guest | 'mode' | each option once",
                "dispatch alpha-u 0 | '0' | 1..1000000000",
                "dispatch alpha-l 1.5 | '1.5' | packets/s",
                "dispatch omega 5 | '5' | unit",
                "dispatch omega 1us | '1us' | 100us..10s",
                "dispatch t-sleep 2s | '2s' | 1us..1s",
                "dispatch gamma 3 | 'gamma' | alpha-l",
                "dispatch yield | ends too early | immediate, timed or adaptive",
                "mtu vnet0 | ends too early | auto",
                "mtu vnet0 big | 'big' | MTU",
                "metrics listen 0.0.0.0:9100 | '0.0.0.0:9100' | loopback",
                "metrics listen 10.0.0.1:9100 | '10.0.0.1:9100' | loopback",
                "metrics on | 'on' | listen or off",
                "show | ends too early | routes",
                "show everything | 'everything' | routes",
                "show routes -json | '-json' | --json",
                "begin now | 'now' | end of the line",
            })
    void refusesWithTokenAndExpectation(String line, String token, String expected) {
        StatementException refusal = assertThrows(StatementException.class, () -> parse(line));
        assertTrue(refusal.getMessage().startsWith("line 1: "), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(token), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(expected), refusal.getMessage());
        assertEquals(1, refusal.line());
    }

    @Test
    void refusalsNameTheLine() {
        StatementException refusal =
                assertThrows(StatementException.class, () -> StatementParser.parseAll("node a\n\n# x\nnode\nnode b"));
        assertEquals(4, refusal.line());
        StatementException longLine =
                assertThrows(StatementException.class, () -> StatementParser.parseAll("\n#" + "x".repeat(1024)));
        assertTrue(longLine.getMessage().startsWith("line 2: a line of 1025 characters"), longLine.getMessage());
    }

    @Test
    void whateverTheTextOnlyRefusalsAreThrown() {
        String[] words = {
            "node",
            "listen",
            "nic",
            "link",
            "route",
            "learn",
            "dispatch",
            "mtu",
            "metrics",
            "measure",
            "log",
            "capacity",
            "show",
            "ADD",
            "DEL",
            "add",
            "del",
            "replace",
            "any",
            "none",
            "edge",
            "interface",
            "02:00:00:00:00:01",
            "not-02:00:00:00:00:01",
            "10.0.0.1",
            "10.0.0.1:9",
            "[::1]:9",
            "[::]:9",
            "::1",
            "1.2.3.4.5:6",
            "on",
            "off",
            "age",
            "5ms",
            "9999999999999999999",
            "-1",
            "0",
            "1",
            "tap",
            "mac",
            "mtu",
            "mode",
            "mode-in",
            "vmm",
            "omega",
            "alpha-l",
            "yield",
            "timed",
            "listen",
            "127.0.0.1:80",
            "--json",
            "stats",
            "persist",
            "queues",
            "netns",
            "/x",
            "\u0000",
            "é",
            "\ud83d",
            ":",
            ".",
            "[",
            "]",
            "[]:1",
            "links:",
            "udp",
            "9000",
            "not-",
            "b",
            "encap",
            "vxlan",
            "network"
        };
        String[] good = {
            "nic vnet0 tap mac 02:00:00:00:00:01 mtu 9000 netns guest persist queues 2",
            "link add b 10.1.0.2:4789 encap vxlan mtu 1500",
            "link add b 10.1.0.2:4789 encap ucx tls tcp",
            "route add not-02:00:00:00:00:01 any interface vnet0 edge b",
            "ADD 00:02:55:67:42:3f ff:ff:ff:ff:ff:ff edge 172.23.1.2 any",
            "dispatch mode adaptive alpha-l 1000 alpha-u 10000 omega 5ms yield adaptive t-sleep 1ms",
            "listen [fd00::1]:4789 network 42",
            "learn on age 60s relay"
        };
        SplittableRandom random = new SplittableRandom(20261123);
        StatementParser parser = new StatementParser();
        int accepted = 0;
        for (int i = 0; i < 150_000; i++) {
            StringBuilder line = new StringBuilder();
            if (i % 3 == 0) {
                for (int n = random.nextInt(40); n > 0; n--) {
                    line.append((char) random.nextInt(random.nextBoolean() ? 128 : 65536));
                }
            } else if (i % 3 == 1) {
                String[] said = good[random.nextInt(good.length)].split(" ");
                for (int n = random.nextInt(3); n > 0; n--) {
                    said[random.nextInt(said.length)] = words[random.nextInt(words.length)];
                }
                line.append(String.join(" ", said));
            } else {
                for (int n = random.nextInt(1, 9); n > 0; n--) {
                    line.append(words[random.nextInt(words.length)]).append(' ');
                }
                if (random.nextBoolean()) {
                    line.setCharAt(random.nextInt(line.length()), (char) random.nextInt(256));
                }
            }
            try {
                accepted += parser.parse(line.toString()).isPresent() ? 1 : 0;
            } catch (StatementException refusal) {
                assertTrue(refusal.getMessage().contains("line " + parser.line()), refusal.getMessage());
                assertFalse(refusal.getMessage().chars().anyMatch(c -> c < 0x20), "control characters in a message");
            }
        }
        assertTrue(accepted > 15_000, accepted + " statements accepted: the fuzz does not reach deep enough");
    }
}
