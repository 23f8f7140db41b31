package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What two hosts send each other at a rate of its own.
class PairRateTest {
    private static final String LAB = "pairrate";

    private static String tc(String host, String... words) {
        List<String> command = new java.util.ArrayList<>(List.of("tc", "-n", "vnetp-" + LAB + "-" + host));
        command.addAll(List.of(words));
        return Shell.run(command, "");
    }

    @Tag("netns")
    @Timeout(120)
    @Test
    void onlyTheTwoGetSlowerAndAllIsAsBeforeAfterwards() throws Exception {
        NeedsForTests.namespaces();
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(3).withName(LAB).withLink(LinkRate.parse("100mbit")))) {
            Fabric fabric = testbed.fabrics().getFirst();
            String before = tc("b", "qdisc", "show", "dev", "eth0");
            fabric.slow(1, 2, 0.5);
            fabric.slow(1, 2, 0.2); // in place
            for (String host : List.of("b", "c")) {
                assertTrue(
                        tc(host, "class", "show", "dev", "eth0").contains("htb 7:2 root leaf")
                                && tc(host, "class", "show", "dev", "eth0").contains("rate 20Mbit"),
                        host);
            }
            Shell.run("ip", "netns", "exec", "vnetp-" + LAB + "-b", "ping", "-c", "3", Addresses.ipv4(0, 2));
            Shell.run("ip", "netns", "exec", "vnetp-" + LAB + "-b", "ping", "-c", "2", Addresses.ipv4(0, 0));
            String counted = tc("b", "-s", "class", "show", "dev", "eth0");
            assertTrue(counted.matches("(?s).*class htb 7:2 .*?Sent \\d+ bytes 3 pkt.*"), counted);
            assertTrue(!tc("a", "qdisc", "show", "dev", "eth0").contains("htb"), "a sends as before");
            // The links' rate changes in place beside it.
            testbed.setLinkRate(LinkRate.parse("200mbit"));
            testbed.setLinkRate(LinkRate.parse("100mbit"));
            fabric.slow(1, 2, 1);
            String after = tc("b", "qdisc", "show", "dev", "eth0");
            // The bucket's own queue, which tc did not show, is one of ours of the same kind.
            assertEquals(root(before), root(after));
            assertTrue(!after.contains("htb"), after);
            fabric.slow(1, 2, 1); // again: nothing to do
            testbed.setLinkRate(LinkRate.NONE);
            assertThrows(UnsupportedOperationException.class, () -> fabric.slow(1, 2, 0.5));
        }
        NamespaceTestbedTest.assertNoTraces(LAB);
    }

    private static String root(String qdiscs) {
        return qdiscs.lines()
                .filter(each -> each.contains(" root "))
                .findFirst()
                .orElseThrow()
                .strip();
    }
}
