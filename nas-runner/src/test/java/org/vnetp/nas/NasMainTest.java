package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.UsualFabrics;

class NasMainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path dir;

    private int run(String... args) {
        return NasMain.run(
                args,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theDryRunOfTheDefaultPlanHasEightKernelsAtBothRatesAndFitsTenMinutes() {
        assertEquals(0, run("--dry-run"), err());
        for (String kernel : KernelCell.KERNELS) {
            assertTrue(out().lines().anyMatch(l -> l.strip().startsWith(kernel + ".")), kernel);
        }
        assertTrue(out().contains("1gbit: native vnetp"), out());
        assertTrue(out().contains("10gbit: native vnetp"), out());
        assertTrue(out().contains("native-again"), "no noise floor");
        assertTrue(out().contains("Time: at most about 8 min 40 s"), out());
    }

    @Test
    void theQuickPlanFitsTwoMinutes() {
        assertEquals(0, run("--quick", "--dry-run"), err());
        String time =
                out().lines().filter(l -> l.startsWith("Time:")).findFirst().orElseThrow();
        assertTrue(time.matches("Time: at most about (\\d+ s|1 min \\d+ s)"), time);
    }

    @Test
    void aRunInVirtualMachinesIsEstimatedToTakeLonger() {
        assertEquals(0, run("lu.W.4", "--floor", "0", "--fabrics", "native,vnetp", "--dry-run"), err());
        double outside = estimate();
        assertEquals(
                0,
                run("lu.W.4", "--floor", "0", "--fabrics", "native=tap-vm,vnetp-vm", "--links", "none", "--dry-run"),
                err());
        assertTrue(estimate() > 5 * outside, outside + " s outside of machines, in them " + estimate());
    }

    private double estimate() {
        String line = out().lines()
                .filter(each -> each.startsWith("  lu.W.4 "))
                .reduce((first, last) -> last)
                .orElseThrow();
        return Double.parseDouble(line.strip().split(" +")[1]);
    }

    @Test
    void ranksAreTheFewestThatTheKernelAllowsWithOneOnEveryHost() {
        assertEquals(0, run("--dry-run"), err());
        assertTrue(out().contains("cg.A.2 ") && out().contains("sp.W.4 ") && out().contains("bt.W.4 "), out());
        out.reset();
        assertEquals(0, run("--hosts", "3", "--dry-run"), err());
        assertTrue(out().contains("ep.W.3 ") && out().contains("cg.A.4 ") && out().contains("lu.W.4 "), out());
    }

    @Test
    void whereNoneIsNamedTheUsualFabricsAreComparedWithNative() {
        UsualFabrics usual = UsualFabrics.here();
        assertEquals(0, run("--floor", "0", "--dry-run"), err());
        assertTrue(out().contains("1gbit: " + String.join(" ", usual.besideNative()) + " "), out());
        out.reset();
        assertEquals(0, run("cg.S.4", "--floor", "0", "--dry-run"), err());
        assertTrue(out().contains("1gbit: " + String.join(" ", usual.ours().besideNative()) + " "), out());
        out.reset();
        assertEquals(0, run("--help"), err());
        assertTrue(out().replaceAll("\\s+", " ").contains(UsualFabrics.WORDS), out());
    }

    @Test
    void theRepeatingCommandGivesTheSamePlan() {
        assertEquals(0, run("cg,is.S.4 links=1gbit", "lu.S.6", "--fabrics", "vnetp,vxlan", "--dry-run"), err());
        String first = out();
        String command = first.lines()
                .filter(l -> l.startsWith("Repeat with: ./vnetp nas "))
                .findFirst()
                .orElseThrow()
                .substring("Repeat with: ./vnetp nas ".length());
        out.reset();
        List<String> words = new java.util.ArrayList<>();
        java.util.regex.Matcher m =
                java.util.regex.Pattern.compile("'([^']*)'|(\\S+)").matcher(command);
        while (m.find()) {
            words.add(m.group(1) != null ? m.group(1) : m.group(2));
        }
        words.add("--dry-run");
        assertEquals(0, run(words.toArray(String[]::new)), err());
        assertEquals(first, out());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bt.W.8                         | bt.W.8: bt needs a square of ranks, such as 4, 9, 16
            --kernels ua                   | kernel 'ua': expected one of ep, is
            --classes Q                    | class 'Q': expected one of S
            --ranks 3 --kernels cg         | cg needs a power of two
            cg.S.4 --links 5furlong        | link rate: expected none, 1gbit
            cg.S.4 --fabrics vmware        | fabric: expected native, vxlan, vnetp
            cg.S.4 --fabrics vnetp,vnetp=vxlan | two fabrics are called 'vnetp'
            cg.S.4 --hosts 1               | --hosts '1': expected a number from 2
            cg.S.4 --hosts 8               | fewer ranks than hosts
            cg.S.4 --blocks 0              | --blocks '0': expected a number from 1
            cg.S.4 --blocks 5-3            | --blocks '3': expected a number from 5
            cg.S.4 --budget soon           | --budget 'soon': expected a time such as 90s
            cg.S.4 --limit none            | --limit: a run that may take for ever
            cg.S.4 --precision 200         | --precision 200
            cg.S.4 --aa --fabrics vxlan    | --aa compares native with native
            cg.S.4 --suite vnetp-2012      | give cells in one way
            cg.S.4 --kernels mg            | give cells in one way
            --suite /no/such/file          | --suite /no/such/file: cannot be read
            cg.S.4 --npb-bin /no/such/dir  | --npb-bin /no/such/dir: no such directory
            --resume /no/such/dir          | --resume: /no/such/dir/run.json: missing
            --resume /x --blocks 3         | does not go together with --blocks
            cg.S.4 --frabics vxlan         | Unknown option: '--frabics'
            cg.S.4 --mpi lam               | --mpi 'lam': expected openmpi or mpich
            cg.S.4 --warm-up -1            | --warm-up -1.0: expected seconds
            cg.S.4 --timed 700             | --timed 700.0: expected seconds
            """)
    void refusesWrongUseBeforeAnythingRuns(String line, String message) {
        assertEquals(2, run(line.split(" ")), err());
        assertTrue(err().contains(message), err());
        assertEquals("", out());
    }

    @Test
    void missingProgramsAreRefusedByCellWithWhatIsThere() throws Exception {
        assertTrue(Files.createFile(dir.resolve("cg.S.8")).toFile().setExecutable(true));
        assertEquals(2, run("cg.S.4", "--npb-bin", dir.toString(), "--dry-run"));
        assertTrue(err().contains("cg.S.4: no program cg.S.x or cg.S.4"), err());
        assertTrue(err().contains("there are: cg.S.8"), err());
    }

    @Test
    void aSuiteFileIsReadWithItsOwnLinks() throws Exception {
        Path suite = Files.writeString(dir.resolve("suite"), "cg.S.4 links=1gbit\nmg.S.4 # both\n");
        assertEquals(0, run("--suite", suite.toString(), "--dry-run"), err());
        String cg = out().lines().filter(l -> l.contains("cg.S.4")).findFirst().orElseThrow();
        assertFalse(cg.contains("10gbit"), cg);
    }

    @Test
    void aCellOfASuiteFileRunsOverTheFabricThatItsLineDescribes() throws Exception {
        Path suite = Files.writeString(
                dir.resolve("suite"), "cg.S.4 fabrics=low=vnetp:mode=guest,batch=16,vnetp:mode=vmm,batch=8\n");
        assertEquals(0, run("--suite", suite.toString(), "--links", "none", "--floor", "0", "--dry-run"), err());
        assertTrue(out().contains("none: native low vnetp:mode-vmm,batch-8"), out());
    }

    @Test
    void oneNameForTwoFabricsOfASuiteFileIsRefused() throws Exception {
        Path suite = Files.writeString(
                dir.resolve("suite"), "cg.S.4 fabrics=x=vnetp:batch=8\nmg.S.4 fabrics=x=vnetp:batch=16\n");
        assertEquals(2, run("--suite", suite.toString(), "--dry-run"), err());
        assertTrue(err().contains("two fabrics are called 'x'"), err());
    }

    @Test
    void onlyRunsOverNamespacesNeedTheRightToMakeThem() {
        assertTrue(NasMain.makesNamespaces(new String[] {"cg.S.4"}));
        assertTrue(NasMain.makesNamespaces(new String[] {"--quick", "--hosts", "3"}));
        assertFalse(NasMain.makesNamespaces(new String[] {"cg.S.4", "--dry-run"}));
        assertFalse(NasMain.makesNamespaces(new String[] {"cg.S.4", "--hosts", "machines"}));
        assertFalse(NasMain.makesNamespaces(new String[] {"--help"}));
        assertFalse(NasMain.makesNamespaces(new String[] {"--frabics", "x"}));
        assertFalse(NasMain.makesNamespaces(new String[] {"--resume", "/no/such/dir"}));
    }

    @Test
    void fabricsWithSettingsKeepTheirCommas() {
        List<FabricSpec> specs = FabricSpec.parseList("vnetp,low=vnetp:mode=guest,batch=16,vxlan,x=vxlan");
        assertEquals(
                List.of("vnetp", "low", "vxlan", "x"),
                specs.stream().map(FabricSpec::name).toList());
        assertEquals("16", specs.get(1).options().get("batch"));
    }

    @Test
    void readsDurations() {
        assertEquals(Duration.ofSeconds(90), CampaignOptions.duration("--budget", "90s"));
        assertEquals(Duration.ofSeconds(45), CampaignOptions.duration("--budget", "45"));
        assertEquals(Duration.ofMinutes(10), CampaignOptions.duration("--budget", "10m"));
        assertEquals(Duration.ofHours(2), CampaignOptions.duration("--budget", "2h"));
        assertThrows(IllegalArgumentException.class, () -> CampaignOptions.duration("--budget", "0s"));
    }

    @Test
    void anInventoryHasTheFabricsThatAreComparedWithItsNative() throws Exception {
        Path hosts = Files.writeString(dir.resolve("hosts"), """
                n1 n1 native=10.0.0.1,eth0 vxlan=10.99.0.1,vnet0
                n2 n2 native=10.0.0.2,eth0 vxlan=10.99.0.2,vnet0
                """);
        assertEquals(0, run("--hosts", hosts.toString(), "--dry-run"), err());
        assertTrue(out().contains("none: native vxlan") && !out().contains("native vnetp"), out());
        Files.writeString(hosts, "n1 n1 native=10.0.0.1,eth0\nn2 n2 native=10.0.0.2,eth0\n");
        assertEquals(2, run("--hosts", hosts.toString(), "--dry-run"));
        assertTrue(err().contains("no fabric but native"), err());
    }

    @Test
    void aResultThatCannotBeWrittenIsRefusedInOneLineBeforeAnythingComesUp() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "x");
        assertEquals(
                2,
                run("cg.S.4", "--fabrics", "vnetp", "--out", file.resolve("r").toString()));
        assertEquals(1, err().lines().count(), err());
        assertTrue(err().contains("--out: " + file) && err().contains("cannot be made"), err());
    }

    @Test
    void theHelpTellsWhatAnInventoryHolds() {
        assertEquals(0, run("--help"));
        assertTrue(out().contains("n1  bench@n1.example.org  native=10.0.0.1,eth0  vnetp=10.99.0.1,vnet0"), out());
    }
}
