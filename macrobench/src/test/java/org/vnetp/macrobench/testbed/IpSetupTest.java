package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// What members of a testbed's networks are told, as lines.
class IpSetupTest {
    @Test
    void aMemberGetsItsAddressAndItsRouteByTheOptionOfTheTestbed() {
        List<String> lines = new IpSetup(3, " congctl cubic").configuration("vnet0", 4, 1, 1400);
        assertEquals(
                List.of(
                        "link set lo up",
                        "link set vnet0 mtu 1400 up",
                        "addr add 10.77.4.2/24 dev vnet0 noprefixroute",
                        "route add 10.77.4.0/24 dev vnet0 src 10.77.4.2 congctl cubic"),
                lines.subList(0, 4));
        // IPv6 where the machine has it.
        lines.stream()
                .skip(4)
                .filter(line -> line.startsWith("route"))
                .forEach(line -> assertTrue(line.endsWith("dev vnet0 congctl cubic"), line));
        assertTrue(new IpSetup(3, "")
                .configuration("vnet0", 4, 1, 1400).stream().noneMatch(line -> line.contains("congctl")));
    }

    /// The kernel learns so many neighbours; of more it is told.
    @Test
    void onlyMembersOfABigNetworkAreIntroduced() {
        assertEquals(List.of(), new IpSetup(12, "").introduction("vnet0", 4, 1));
        List<String> lines = new IpSetup(13, "").introduction("vnet0", 4, 1);
        assertEquals(12, lines.size(), "all others");
        assertEquals("neigh replace 10.77.4.1 lladdr 02:76:6e:04:00:01 dev vnet0 nud permanent", lines.getFirst());
        assertTrue(lines.stream().noneMatch(line -> line.contains(" 10.77.4.2 ")), "not itself: " + lines);
    }

    @Test
    void namesLeadToAddressesOfBothKinds() {
        String text = IpSetup.hostsFile(2, List.of("a-x", "b-x"), List.of("a guest-1", "b guest-2"));
        assertEquals("""
                127.0.0.1 localhost
                ::1 localhost ip6-localhost
                10.77.2.1 a-x a guest-1
                10.77.2.2 b-x b guest-2
                fd77:6e65:7470:2::1 a-x-6
                fd77:6e65:7470:2::2 b-x-6
                """, text);
    }
}
