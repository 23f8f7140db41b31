package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SitesTest {
    private static final String LAB = "sites" + ProcessHandle.current().pid();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"200mbit,20ms", "none,500us", "1gbit,0ms", "10mbit,1000ms"})
    void aLineReadsBackAsWritten(String text) {
        assertEquals(text, Sites.parse(2, text).wan());
    }

    @Test
    void whatIsNoLineIsRefusedWithWhatIsExpected() {
        for (String text : List.of("", "200mbit", "20ms", "200mbit,20", "200mbit, 20ms", "200mbit,2000ms", "20,20ms")) {
            var e = assertThrows(IllegalArgumentException.class, () -> Sites.parse(2, text));
            assertTrue(e.getMessage().contains("expected"), e.getMessage());
        }
        var e = assertThrows(IllegalArgumentException.class, () -> Sites.parse(1, "200mbit,20ms"));
        assertTrue(e.getMessage().contains("expected --sites 2"), e.getMessage());
        e = assertThrows(IllegalArgumentException.class, () -> Sites.parse(3, null));
        assertEquals("sites: expected 1 or 2, got 3", e.getMessage());
    }

    @Test
    void theFirstHalfOfTheHostsIsAtTheFirstSite() {
        Sites two = Sites.parse(2, null);
        assertEquals("2 sites, 200mbit,20ms between", two.toString());
        assertEquals(
                List.of(0, 0, 0, 1, 1),
                IntStream.range(0, 5).mapToObj(host -> two.of(host, 5)).toList());
        assertEquals(0, Sites.ONE.of(4, 5));
    }

    /// The least round trip of some, milliseconds.
    private static double roundTrip(Endpoint from, String to) throws Exception {
        Commands.Result ping = Commands.run(from.command("ping", "-c", "5", "-i", "0.02", "-W", "5", to));
        Matcher least = Pattern.compile("min/avg/max/mdev = ([0-9.]+)/").matcher(ping.output());
        assertTrue(ping.code() == 0 && least.find(), ping.output());
        return Double.parseDouble(least.group(1));
    }

    @Tag("netns")
    @Test
    void everyFabricCrossesTheLineBetweenSites() throws Exception {
        Requirements.namespaces();
        TestbedSpec spec = TestbedSpec.hosts(4).withName(LAB).withSites(Sites.parse(2, "50mbit,15ms"));
        try (Testbed testbed = Testbed.up(spec)) {
            for (Fabric fabric : List.of(
                    testbed.fabrics().getFirst(), testbed.fabric(FabricSpec.parse("vnetp:wire=vxlan,fastpath=on")))) {
                List<Endpoint> ends = List.copyOf(fabric.endpoints());
                double within = roundTrip(ends.get(0), ends.get(1).address());
                double between = roundTrip(ends.get(0), ends.get(2).address());
                assertTrue(between >= 30, fabric.name() + ": " + between + " ms there and back by a line of 15 ms");
                assertTrue(within < between, fabric.name() + ": " + within + " and " + between + " ms");
            }
            String qdisc = Shell.run(List.of("tc", "-n", "vnetp-" + LAB + "-sw", "qdisc", "show"), "");
            assertEquals(
                    2,
                    qdisc.lines()
                            .filter(line -> line.contains("tbf") && line.contains("rate 50Mbit"))
                            .count(),
                    qdisc);
            Processes.Id line = ((NamespaceTestbed) testbed).line().id();
            new ProcessBuilder("kill", "-KILL", String.valueOf(line.pid()))
                    .start()
                    .waitFor();
            while (line.alive()) {
                Thread.sleep(5);
            }
            var gone = assertThrows(FabricException.class, testbed.fabrics().getFirst()::check);
            assertTrue(gone.getMessage().contains("the line between sites"), gone.getMessage());
        }
        NamespaceTestbedTest.assertNoTraces(LAB);
    }
}
