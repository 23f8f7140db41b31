package org.vnetp.macrobench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.UsualFabrics;
import org.vnetp.macrobench.workload.Workload;
import org.vnetp.macrobench.workload.Workloads;

/// What is decided before anything runs.
class MacroMainTest {
    private record Said(int code, String out, String err) {}

    private static Said run(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream toOut = new ByteArrayOutputStream();
        ByteArrayOutputStream toErr = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(toOut, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(toErr, true, StandardCharsets.UTF_8));
            int code = new MacroMain().execute(arguments);
            return new Said(code, toOut.toString(StandardCharsets.UTF_8), toErr.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @Test
    void aWorkloadThatNeedsMoreHostsThanThereAreIsRefusedWithTheirNumber() {
        Said said = run("--workloads", "migration", "--dry-run");
        assertEquals(2, said.code(), said.err());
        assertTrue(said.err().contains("migration needs 3 hosts; give --hosts 3"), said.err());
        assertEquals("", said.out());
        assertEquals(
                0, run("--workloads", "migration", "--hosts", "3", "--dry-run").code());
    }

    @Test
    void aWorkloadOfTwoSitesIsRefusedAtOne() {
        Said said = run("--workloads", "two-sites", "--hosts", "4", "--dry-run");
        assertEquals(2, said.code(), said.err());
        assertTrue(said.err().contains("two-sites needs hosts at 2 sites; give --sites 2"), said.err());
        said = run("--workloads", "two-sites,placement", "--hosts", "4", "--sites", "2", "--dry-run");
        assertEquals(0, said.code(), said.err());
        assertFalse(run("--workloads", "all", "--hosts", "4", "--dry-run").out().contains("two-sites"));
    }

    @Test
    void allAreThoseThatTheHostsSufficeFor() {
        assertFalse(run("--workloads", "all", "--dry-run").out().contains("migration"));
        assertTrue(run("--workloads", "all", "--hosts", "3", "--dry-run").out().contains("migration"));
    }

    @Test
    void whereNoneIsNamedTheUsualFabricsAreComparedBesideTheFloor() {
        Said said = run("--workloads", "dummy", "--dry-run");
        assertEquals(0, said.code(), said.err());
        Set<String> wanted = new TreeSet<>(UsualFabrics.here().besideNative());
        wanted.add("loopback");
        Set<String> planned = new TreeSet<>();
        said.out().lines().filter(line -> line.startsWith("dummy ")).forEach(line -> planned.add(line.split(" ")[1]));
        assertEquals(wanted, planned);
        String help = run("--help").out().replaceAll("\\s+", " ");
        assertTrue(help.contains(UsualFabrics.WORDS) && help.contains(FabricSpec.NAMES), help);
    }

    @Test
    void nativeIsComparedWithItselfWhereThatIsAskedFor() {
        Said said = run("--workloads", "dummy", "--aa", "--dry-run");
        assertEquals(0, said.code(), said.err());
        assertEquals(
                List.of("dummy native none", "dummy native-again none"),
                said.out()
                        .lines()
                        .filter(line -> line.startsWith("dummy "))
                        .sorted()
                        .toList());
        Said both = run("--aa", "--fabrics", "vnetp", "--dry-run");
        assertEquals(2, both.code());
        assertTrue(both.err().contains("--aa compares native with native"), both.err());
    }

    @Test
    void aLookHasFewerCellsForMorePairs() {
        Said look = run("--quick", "--dry-run");
        assertEquals(0, look.code(), look.err());
        assertTrue(
                look.out().contains("tcp-throughput direction=reverse;streams=1 vnetp none")
                        || look.out().contains("tcp-throughput streams=1;direction=reverse vnetp none"),
                look.out());
        for (String left : List.of("streams=4", "loopback", "vxlan", "protocol=udp", "mpi-alltoall")) {
            assertFalse(look.out().contains(left), left);
            assertTrue(run("--dry-run").out().contains(left), left);
        }
        assertTrue(look.out().contains(", 3 to 100 blocks of"), look.out());
    }

    @Test
    void anInventoryHasTheFabricsThatAreCompared(@TempDir Path dir) throws IOException {
        Path hosts = dir.resolve("hosts");
        Files.writeString(hosts, """
                n1 n1 native=10.0.0.1,eth0 vnetp=10.99.0.1,vnet0
                n2 n2 native=10.0.0.2,eth0 vnetp=10.99.0.2,vnet0
                """);
        Said said = run("--workloads", "all", "--hosts", hosts.toString(), "--dry-run");
        assertEquals(0, said.code(), said.err());
        assertTrue(said.out().contains(" native ") && said.out().contains(" vnetp "), said.out());
        assertFalse(said.out().contains("vxlan") || said.out().contains("loopback"), said.out());
        assertFalse(said.out().contains("migration"), said.out());

        Said missing = run("--hosts", "no-such-file", "--dry-run");
        assertEquals(2, missing.code(), missing.err());
        assertTrue(missing.err().contains("cannot read the inventory"), missing.err());
    }

    @Test
    void whatMachinesOfAnInventoryCannotDoIsRefusedBeforeTheyAreReached() {
        Said guest = run("--workloads", "migration", "--hosts", "no-such-file");
        assertEquals(2, guest.code(), guest.err());
        assertTrue(
                guest.err().contains("migration needs hosts that are made for it, not machines of an inventory")
                        && guest.err().contains("give --hosts 3"),
                guest.err());
        Said links = run("--workloads", "dummy", "--links", "1gbit", "--hosts", "no-such-file");
        assertEquals(2, links.code(), links.err());
        assertTrue(links.err().contains("only none goes with --hosts FILE"), links.err());
    }

    @Test
    void aNumberOfHostsOutOfRangeIsRefused() {
        Said said = run("--hosts", "1", "--dry-run");
        assertEquals(2, said.code());
        assertTrue(said.err().contains("--hosts '1': expected a number from 2 to 254"), said.err());
    }

    @Test
    void thePackagesThatFabricsAndWorkloadsLackAreToldEachOnce(@TempDir Path dir) throws IOException {
        Path peer = dir.resolve("peer.fabric");
        Files.writeString(peer, """
                title = a peer
                encryption = off
                program = sh no-such-program-anywhere
                package = peer-package
                interface = tap0
                mtu = 1400
                [daemon]
                sleep 1
                """);
        String twice = "native,one=file:" + peer + ",two=file:" + peer;
        Said said = run("--workloads", "dummy", "--fabrics", twice, "--missing-packages");
        assertEquals(0, said.code(), said.err());
        assertEquals("peer-package\n", said.out());
        assertEquals(
                "",
                run("--workloads", "dummy", "--fabrics", twice, "--dry-run", "--missing-packages")
                        .out());
        assertEquals(2, run("--fabrics", "no-such", "--missing-packages").code());
    }

    @Test
    void aResultThatCannotBeWrittenIsRefusedInOneLineBeforeAnythingComesUp(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "x");
        Said said = run("--workloads", "dummy", "--out", file.resolve("r").toString());
        assertEquals(2, said.code(), said.err());
        assertEquals(1, said.err().lines().count(), said.err());
        assertTrue(said.err().contains("--out: " + file) && said.err().contains("cannot be made"), said.err());
        assertFalse(said.err().contains("bringing up"), said.err());
    }

    @Test
    void theHelpTellsWhatAnInventoryHolds() {
        String help = run("--help").out();
        assertTrue(help.contains("n1  bench@n1.example.org  native=10.0.0.1,eth0  vnetp=10.99.0.1,vnet0"), help);
    }

    @Test
    void commandsAreQuotedForAShell() {
        assertEquals(
                "./vnetp macro --resume 'my results/a'",
                CampaignOptions.quoted(List.of("./vnetp", "macro", "--resume", "my results/a")));
        assertEquals("'it'\\''s' résumé", CampaignOptions.quoted(List.of("it's", "résumé")));
    }

    @Test
    void workOfAFixedAmountIsNotKilledBeforeItCanEnd() {
        List<Workload> quick = List.of(Workloads.find("tcp-throughput"));
        assertEquals(Duration.ofSeconds(32), MacroMain.limit(quick, 2));
        Workload fixed = Workloads.find("adaptation");
        assertEquals(fixed.overhead().multipliedBy(4), MacroMain.limit(List.of(quick.getFirst(), fixed), 2));
        assertTrue(fixed.overhead().multipliedBy(4).compareTo(Duration.ofSeconds(60)) > 0, fixed.overhead()::toString);
    }
}
