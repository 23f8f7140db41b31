package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LinkShapeTest {
    private static final JsonMapper JSON = JsonMapper.shared();

    private static String lack(String qdisc, String rate) {
        return LinkShape.lack(JSON.readTree(qdisc), LinkRate.parse(rate));
    }

    @Test
    void anEndIsSettledWhenItHasTheRateAndNothingWaits() {
        String gigabit = "{'kind':'tbf','root':true,'options':{'rate':125000000},'qlen':0}".replace('\'', '"');
        assertEquals("", lack(gigabit, "1gbit"));
        assertEquals("has 1000000000 bit/s", lack(gigabit, "10gbit"));
        assertEquals("is shaped still", lack(gigabit, "none"));
        assertEquals("still has 7 frames waiting", lack(gigabit.replace("\"qlen\":0", "\"qlen\":7"), "1gbit"));
        String none = "{'kind':'noqueue','root':true,'qlen':0}".replace('\'', '"');
        assertEquals("", lack(none, "none"));
        assertEquals("is not shaped yet", lack(none, "1gbit"));
    }

    /// Over one testbed, the rate of a change in place is what TCP gets, up and down.
    @Test
    @Tag("netns")
    @Timeout(120)
    void linksChangedInPlaceCarryTheRateTheySay() throws Exception {
        Requirements.namespaces();
        Requirements.program("iperf3");
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(2).withLink(LinkRate.parse("20mbit")))) {
            Endpoint a = testbed.fabrics().getFirst().endpoints().get(0);
            Endpoint b = testbed.fabrics().getFirst().endpoints().get(1);
            Process server = b.command("iperf3", "-s").redirectErrorStream(true).start();
            try {
                for (String rate : List.of("20mbit", "200mbit", "50mbit")) {
                    LinkRate wanted = LinkRate.parse(rate);
                    testbed.setLinkRate(wanted);
                    double got = received(a, b.address());
                    // A second of TCP on a busy machine may be a bad one; what is sought is the rate, not the
                    // machine's.
                    for (int attempt = 0; attempt < 10 && got < 0.6 * wanted.bitsPerSecond(); attempt++) {
                        got = received(a, b.address());
                    }
                    // Headers and the first round trips take some; more than the rate is the bucket's content. The next
                    // rate is 2.5 times as high, or more.
                    assertTrue(got < 1.4 * wanted.bitsPerSecond(), rate + " carried " + got);
                    assertTrue(got > 0.6 * wanted.bitsPerSecond(), rate + " carried " + got);
                }
            } finally {
                server.destroyForcibly().waitFor();
            }
        }
    }

    private static double received(Endpoint from, String address) throws Exception {
        String text = "";
        for (int attempt = 0; attempt < 50; attempt++) { // the server may not listen yet
            Process client =
                    from.command("iperf3", "-c", address, "-t", "1", "-J").start();
            text = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            client.waitFor();
            // iperf3 3.12 ends with 0 when it was refused, if it writes JSON; the figure is what tells.
            JsonNode rate = JSON.readTree(text).path("end").path("sum_received").path("bits_per_second");
            if (rate.isNumber()) {
                return rate.asDouble();
            }
            Thread.sleep(100);
        }
        throw new AssertionError(text);
    }
}
