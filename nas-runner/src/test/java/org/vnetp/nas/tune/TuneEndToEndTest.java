package org.vnetp.nas.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.Reports;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.tune.Contest;

/// Tuning over real nodes for some seconds: enough for every way, not for a verdict.
@Tag("netns")
@Timeout(180)
class TuneEndToEndTest {
    private static final int INCONCLUSIVE = 5;

    @TempDir
    private Path dir;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void needsRoot() throws IOException {
        need(Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")), "root");
        need(Files.isReadable(Path.of("/dev/net/tun")), "/dev/net/tun");
    }

    private static void need(boolean there, String what) {
        if (!there && System.getProperty("vnetp.it", "auto").equals("required")) {
            fail("this test needs " + what);
        }
        Assumptions.assumeTrue(there, "needs " + what);
    }

    private int run(String... args) {
        return TuneMain.run(
                args,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String said() {
        return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void settingsRaceOverNodesThatStayAndAreConfirmedByFreshOnes() throws Exception {
        Path to = dir.resolve("frames");
        int code = run(
                "--for",
                "frames",
                "--quick",
                "--budget",
                "20s",
                "--seed",
                "1",
                "--fix",
                "warm-up=0",
                "--space",
                "ring=auto",
                "--out",
                to.toString());
        assertTrue(code == INCONCLUSIVE || code == 0, code + ": " + said());
        Results results = ResultDirectory.read(to);
        assertEquals("complete", results.info().state());
        Set<String> arms = new TreeSet<>();
        Set<String> phases = new TreeSet<>();
        for (Observation row : results.observations()) {
            assertEquals(Status.OK, row.status(), row.toString());
            arms.add(row.fabric());
            phases.add(row.params());
        }
        assertTrue(arms.containsAll(List.of(Contest.DEFAULT, "native", "s01")), arms.toString());
        assertEquals(Set.of("phase=race", "phase=confirm"), phases);
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("side by side"), said());
        String page = Files.readString(to.resolve("report.html"));
        Reports.write(to);
        assertEquals(page, Files.readString(to.resolve("report.html")), "the report is the same again");
        goesOnAsItWas(to, results, code);
    }

    private void goesOnAsItWas(Path to, Results before, int code) throws IOException {
        assertEquals(code, run("--resume", to.toString()), this::said);
        Results after = ResultDirectory.read(to);
        assertEquals(before.info().fabrics(), after.info().fabrics());
        assertEquals(before.observations().size(), after.observations().size(), "nothing is measured again");
        Path info = to.resolve("run.json");
        String text = Files.readString(info);
        String others = text.replaceFirst("(\"s01\"\\s*:\\s*\")mode=", "$1mood=");
        assertNotEquals(text, others);
        Files.writeString(info, others);
        err.reset();
        assertEquals(2, run("--resume", to.toString()), this::said);
        assertTrue(said().contains("the setting s01 is 'mood="), said());
        assertEquals(
                before.observations().size(),
                ResultDirectory.read(to).observations().size());
    }

    @Test
    void modesAreSweptOverTheOfferedRate() throws Exception {
        Path to = dir.resolve("sweep");
        assertEquals(
                0,
                run("--sweep", "--rates", "500,3000", "--budget", "5s", "--fix", "warm-up=0", "--out", to.toString()),
                this::said);
        List<Observation> rows = ResultDirectory.read(to).observations();
        for (String mode : List.of("guest", "vmm", "adaptive", "native")) {
            assertTrue(
                    rows.stream()
                            .anyMatch(row -> row.fabric().equals(mode)
                                    && row.metric().equals(Metrics.DELAY_P50.name())
                                    && row.usable()),
                    mode);
        }
        // The nodes did what they were told: VMM-driven ones polled all the time, guest-driven ones never.
        for (Observation row : rows) {
            if (row.metric().equals(Metrics.POLLING_SHARE.name())
                    && !row.fabric().equals("adaptive")) {
                assertEquals(row.fabric().equals("vmm") ? 1 : 0, row.value(), 0.01, row.toString());
            }
        }
        assertTrue(Files.exists(to.resolve("plots").resolve("sweep-delay.svg")), said());
    }

    @Test
    void anotherProgramDrivesAndTheUsersCommandCounts() throws Exception {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(("{\"measure\":{\"mode\":\"guest\"},\"blocks\":2}\n{\"end\":true}\n")
                .getBytes(StandardCharsets.UTF_8)));
        try {
            assertEquals(
                    0,
                    run(
                            "--ask-tell",
                            "--workload",
                            "ping -c 5 -i 0.01 -q $VNETP_PEER | sed -n 's|.*= [^/]*/\\([^/]*\\)/.*|\\1|p'",
                            "--direction",
                            "less",
                            "--budget",
                            "20s",
                            "--fix",
                            "warm-up=0",
                            "--out",
                            dir.resolve("asked").toString()),
                    this::said);
        } finally {
            System.setIn(before);
        }
        List<String> answers = out.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("{"))
                .toList();
        assertEquals(2, answers.size(), said());
        assertTrue(answers.get(1).contains("\"status\":\"ok\",\"blocks\":2"), answers.get(1));
    }

    @Test
    void whatIsWrongIsNamedBeforeAnythingIsBroughtUp() {
        for (String[] bad : new String[][] {
            {"--for", "speed"},
            {"--workload", "true"},
            {"--direction", "more"},
            {"--fix", "mode=guest|vmm"},
            {"--fix", "mode=fast"},
            {"--space", "speed=1"},
            {"--fabric", "vxlan"},
            {"--budget", "none"},
            {"--cell", "cg.A.3"},
            {"--sweep", "--aa"},
            {"--rates", "5"},
            {"--apply", "nobody"},
            {"--resume", "/nowhere"}
        }) {
            int code = run(bad);
            assertTrue(code == 2 || bad[0].equals("--resume") && code == 1, List.of(bad) + ": " + said());
        }
        assertTrue(said().contains("expected one of latency, throughput"), said());
        assertTrue(said().contains("node 'nobody'"), said());
    }

    @Test
    void aDryRunTellsSpaceAndPlan() {
        assertEquals(0, run("--dry-run", "--for", "latency"), this::said);
        assertTrue(said().contains("mode") && said().contains("settings race for about"), said());
    }
}
