package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.fastpath.CongestedRouter;

/// Congestion between the hosts reaches the guests (RFC 6040): a router marks all that may be marked.
@Tag("netns")
class CongestionTest {
    private static final int PINGS = 10;

    @BeforeAll
    static void require() {
        TwoHosts.require("ip", "ping", "ethtool", "ss");
    }

    @ParameterizedTest(name = "{0}, underlay over IPv6: {1}")
    @CsvSource({"VNET, false", "VXLAN, true"})
    void marksReachTheGuestsOfTwoNodes(TwoHosts.Format format, boolean ipv6) throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            if (ipv6) {
                hosts.overIpv6();
            }
            router(hosts, 2);
            hosts.both(format, "");
            marksArrive(hosts, 1);
        }
    }

    @ParameterizedTest(name = "fast path: {0}")
    @ValueSource(booleans = {false, true})
    void marksGoBothWaysBetweenAKernelDeviceAndANode(boolean fast) throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            router(hosts, 1);
            router(hosts, 2);
            hosts.kernel(2, 1450, "noudpcsum");
            final NodeProcess node = hosts.node(1, TwoHosts.Format.VXLAN, fast ? "fastpath" : "");
            marksArrive(hosts, 1);
            marksArrive(hosts, 2);
            if (fast) {
                node.ask("show stats");
                assertTrue(NodeProcess.number(node.ask("show nics --json"), "\"kernel_flows\":\\s*(\\d+)") >= 2);
                // Each flow's first frames went by the node, the other hundreds did not.
                final long rounds = NodeProcess.number(
                        node.ask("show stats --json"), "\"name\":\\s*\"loop0\".*?\"work_rounds\":\\s*(\\d+)");
                assertTrue(rounds < 16 * PINGS, () -> "rounds of the node: " + rounds);
            }
        }
    }

    /// A guest's packets of all four kinds meet the router before the other host.
    private static void marksArrive(TwoHosts hosts, int from) throws Exception {
        final int to = 3 - from;
        hosts.in(hosts.guest(from), "ping -c 2 -i 0.05 -W 2 10.77.0." + to);
        hosts.in(hosts.guest(from), "ping -c 2 -i 0.05 -W 2 fd77::" + to);
        for (final boolean ipv6 : new boolean[] {false, true}) {
            for (int ecn = 0; ecn < 4; ecn++) {
                final String what = (ipv6 ? "IPv6" : "IPv4") + ", ECN " + ecn;
                final long[] before = kinds(hosts, hosts.guest(to), ipv6);
                final String said = hosts.in(
                        hosts.guest(from),
                        "ping -c " + PINGS + " -i 0.002 -W 2 -Q " + ecn + " " + (ipv6 ? "fd77::" : "10.77.0.") + to);
                final long[] after = kinds(hosts, hosts.guest(to), ipv6);
                // What was not capable of it came as it was, the rest marked. Neighbour discovery is Not-ECT.
                final long answered = NodeProcess.number(said, "(\\d+) received");
                assertTrue(answered > PINGS / 2, said);
                final int kind = ecn == 0 ? 0 : 3;
                assertTrue(
                        after[kind] - before[kind] >= answered,
                        () -> what + ": " + Arrays.toString(before) + Arrays.toString(after) + said);
                assertEquals(0, after[1] - before[1] + after[2] - before[2], what);
                if (ecn == 0) {
                    assertEquals(0, after[3] - before[3], what);
                }
            }
        }
    }

    /// Packets that a namespace's kernel received, by the ECN field: Not-ECT, ECT(1), ECT(0), CE.
    private static long[] kinds(TwoHosts hosts, String namespace, boolean ipv6) throws Exception {
        final String[] names = {"NoECTPkts", "ECT1Pkts", "ECT0Pkts", "CEPkts"};
        final long[] counts = new long[4];
        if (ipv6) {
            final String counters = hosts.in(namespace, "cat /proc/net/snmp6");
            for (int i = 0; i < 4; i++) {
                counts[i] = NodeProcess.number(counters, "Ip6In" + names[i] + "\\s+(\\d+)");
            }
            return counts;
        }
        final List<String> lines = hosts.in(namespace, "cat /proc/net/netstat")
                .lines()
                .filter(line -> line.startsWith("IpExt:"))
                .toList();
        final List<String> columns = Arrays.asList(lines.get(0).split(" "));
        for (int i = 0; i < 4; i++) {
            counts[i] = Long.parseLong(lines.get(1).split(" ")[columns.indexOf("In" + names[i])]);
        }
        return counts;
    }

    private static void router(TwoHosts hosts, int at) throws Exception {
        hosts.awaitOutput(hosts.java(hosts.host(at), CongestedRouter.class.getName(), "u"), "marking");
    }
}
