package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LabScaleTest {
    private static final String LAB = "scale" + ProcessHandle.current().pid();

    @TempDir
    Path directory;

    private record Said(int code, String out, String err) {}

    private static Said scale(String... options) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream outBefore = System.out;
        PrintStream errBefore = System.err;
        try {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            String[] words = new String[options.length + 1];
            words[0] = "scale";
            System.arraycopy(options, 0, words, 1, options.length);
            int code = LabMain.commandLine().execute(words);
            return new Said(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(outBefore);
            System.setErr(errBefore);
        }
    }

    /// A node's memory is a promise (64 MB), and grows with its links: a mesh of 20 has nineteen at each node.
    @Test
    @Tag("netns")
    @Timeout(300)
    void guestsOfManySmallNodesReachEachOtherAndNothingIsLeft() throws Exception {
        Requirements.namespaces();
        Path csv = directory.resolve("scale.csv");
        Said said = scale("--hosts", "8,20", "--silent", "1", "--csv", csv.toString());
        assertEquals(0, said.code(), said.err());
        List<String> lines = Files.readAllLines(csv);
        assertEquals(5, lines.size(), said.out());
        assertEquals(2 + 4, said.out().lines().count(), said.out());
        List<String> columns = List.of(lines.getFirst().split(","));
        Set<String> labs = new HashSet<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] values = line.split(",");
            assertEquals(columns.size(), values.length, line);
            Map<String, String> row = new HashMap<>();
            for (int i = 0; i < values.length; i++) {
                row.put(columns.get(i), values[i]);
            }
            int hosts = Integer.parseInt(row.get("hosts"));
            labs.add(hosts + " " + row.get("topology"));
            assertEquals(String.valueOf(hosts * (hosts - 1)), row.get("answered"), line);
            assertEquals(row.get("pairs"), row.get("answered"), line);
            double median = Double.parseDouble(row.get("pss_median_mb"));
            double most = Double.parseDouble(row.get("pss_max_mb"));
            assertTrue(median > 5 && median <= most && most < 64, line);
            assertTrue(Double.parseDouble(row.get("nodes_s")) > 0, line);
        }
        assertEquals(Set.of("8 mesh", "8 star", "20 mesh", "20 star"), labs);
        NamespaceTestbedTest.assertNoTraces("run" + ProcessHandle.current().pid());
    }

    @Test
    @Tag("netns")
    @Timeout(120)
    void aSweepTellsWhichPairsDoNotReachEachOther() throws Exception {
        Requirements.namespaces();
        try (NamespaceTestbed testbed = NamespaceTestbed.up(TestbedSpec.hosts(3).withName(LAB))) {
            NamespaceFabric hosts = (NamespaceFabric) testbed.fabric(FabricSpec.nativeFabric());
            try (Sweep sweep = new Sweep(hosts.namespaceEndpoints())) {
                Sweep.Outcome all = sweep.run(Duration.ofSeconds(60));
                assertTrue(all.whole(), all.toString());
                assertEquals(6, all.pairs());
                assertEquals(List.of(), all.missing());
            }
            hosts.silence(0, 1, true);
            try (Sweep sweep = new Sweep(hosts.namespaceEndpoints())) {
                Sweep.Outcome some = sweep.run(Duration.ofSeconds(60));
                assertEquals(4, some.answered(), some.toString());
                assertEquals(List.of("a>b", "b>a"), some.missing());
                assertTrue(some.again() >= 2, some.toString());
            }
        }
        NamespaceTestbedTest.assertNoTraces(LAB);
    }

    @Test
    void whatCannotBeIsRefusedBeforeAnythingIsBroughtUp() {
        for (List<String> each : List.of(
                List.of("--hosts", "1", "--hosts 1: expected numbers from 2 to 254"),
                List.of("--hosts", "16,255", "--hosts 255: expected numbers from 2 to 254"),
                List.of("--topology", "mesh,ring", "--topology ring: expected mesh or star"),
                List.of("--silent", "0", "--silent 0: expected 1 to 600 seconds"))) {
            Said said = scale(each.get(0), each.get(1));
            assertEquals(2, said.code(), said.err());
            assertTrue(said.err().contains(each.get(2)), said.err());
            assertEquals("", said.out());
        }
    }

    @Test
    void hostsOfTheBiggestLabHaveNamesAndAddressesOfTheirOwn() {
        Set<String> all = new HashSet<>();
        for (int host = 0; host < TestbedSpec.MAX_HOSTS; host++) {
            assertTrue(Addresses.mac(1, host).matches("02(:[0-9a-f]{2}){5}"), Addresses.mac(1, host));
            int last = Integer.parseInt(Addresses.ipv4(1, host).replaceAll(".*\\.", ""));
            assertTrue(last > 0 && last < 255, "neither the network's own address nor broadcast");
            all.addAll(List.of(
                    Addresses.hostName(host),
                    Addresses.mac(1, host),
                    Addresses.ipv4(1, host),
                    Addresses.ipv6(1, host)));
        }
        assertEquals(4 * TestbedSpec.MAX_HOSTS, all.size());
    }

    @Test
    void theMiddleOfAnEvenNumberIsBetweenTwo() {
        assertEquals(2.5, ScaleCell.median(new double[] {4, 1, 2, 3}));
        assertEquals(2, ScaleCell.median(new double[] {3, 1, 2}));
        assertEquals(4, ScaleCell.max(new double[] {4, 1, 2, 3}));
    }
}
