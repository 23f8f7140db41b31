package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.campaign.Cell;
import org.vnetp.macrobench.campaign.Slot;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricException;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.GuestTraffic;
import org.vnetp.macrobench.testbed.Host;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.macrobench.testbed.NodeWork;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.result.TimeLineFile;

/// The runner with a fake testbed and a shell script in the place of a kernel.
@Timeout(30)
class NasRunnerTest {
    @TempDir
    Path dir;

    private final FakeTestbed testbed = new FakeTestbed();
    private String script;
    private boolean resident;
    private long memory;
    private double seconds = 1;
    private RankLauncher launcher;
    private Programs programs;
    private NasRunner runner;

    /// Bytes that an interface has sent so far: what a run adds is set by the test.
    private static final class FakeFabric implements Fabric {
        final FabricSpec spec;
        long sentByRun;
        long wireByRun;
        /// What the nodes took from guests and gave to them; negative for a fabric without nodes.
        long nodesByRun = -1;

        long snapshots;
        /// Bytes from the first guest to the second by each run; negative for a fabric that tells no traffic.
        long trafficByRun = -1;

        long asked;
        boolean dead;
        boolean diesInRun;
        boolean closed;
        boolean led;
        int restarts;
        /// There when a run is over; null: every second time that counters are read.
        Path over;

        FakeFabric(FabricSpec spec) {
            this.spec = spec;
        }

        @Override
        public String name() {
            return spec.name();
        }

        @Override
        public FabricSpec spec() {
            return spec;
        }

        @Override
        public String description() {
            return "a fake";
        }

        @Override
        public List<Endpoint> endpoints() {
            return List.of(new FakeEndpoint());
        }

        @Override
        public Counters snapshot() {
            boolean after = snapshots++ % 2 == 1;
            if (over != null) {
                after = Files.exists(over);
            }
            dead |= after && diesInRun;
            return new Counters(
                    snapshots,
                    List.of(count(after ? sentByRun : 0)),
                    List.of(count(after ? wireByRun : 0)),
                    nodesByRun < 0 ? List.of() : List.of(node(after ? nodesByRun : 0)),
                    0.25 * snapshots,
                    0.5 * snapshots,
                    Double.NaN);
        }

        @Override
        public Optional<GuestTraffic> traffic() {
            if (trafficByRun < 0) {
                return Optional.empty();
            }
            asked++;
            return Optional.of(new GuestTraffic(asked * 500_000_000L, List.of("guest-1", "guest-2"), new long[][] {
                {0, asked * trafficByRun}, {100, 0}
            }));
        }

        private static Counters.Node node(long bytes) {
            long frames = bytes / 1000;
            return new Counters.Node(
                    "a",
                    7,
                    1,
                    "{}",
                    Optional.of(
                            new NodeWork(frames, bytes, frames, bytes, 2 * frames, 0, 4 * frames, frames / 2, 0, 0)));
        }

        private static Counters.Interface count(long bytes) {
            return new Counters.Interface("a", "eth0", 0, 0, 0, bytes, bytes / 1000, 0);
        }

        @Override
        public boolean isLed() {
            return led;
        }

        @Override
        public void restartAdapter() {
            restarts++;
        }

        @Override
        public void check() {
            if (dead) {
                throw new FabricException("fabric " + name() + ": node a has ended: out of memory");
            }
        }

        @Override
        public Path agent() {
            return Path.of("/bin/false");
        }

        @Override
        public Path directory() {
            return Path.of("/nonexistent");
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private record FakeEndpoint() implements Endpoint {
        @Override
        public String hostName() {
            return "a";
        }

        @Override
        public int hostIndex() {
            return 0;
        }

        @Override
        public String address() {
            return "10.0.0.1";
        }

        @Override
        public String address6() {
            return "";
        }

        @Override
        public String interfaceName() {
            return "eth0";
        }

        @Override
        public int mtu() {
            return 1500;
        }

        @Override
        public ProcessBuilder command(List<String> command) {
            return new ProcessBuilder(command);
        }
    }

    private static final class FakeTestbed implements Testbed {
        final List<Fabric> up = new ArrayList<>();
        final List<String> rates = new ArrayList<>();
        LinkRate rate = LinkRate.NONE;

        FakeFabric add(String spec) {
            FakeFabric fabric = new FakeFabric(FabricSpec.parse(spec));
            up.add(fabric);
            return fabric;
        }

        @Override
        public String name() {
            return "fake";
        }

        @Override
        public List<Host> hosts() {
            return List.of();
        }

        @Override
        public Fabric fabric(FabricSpec spec) {
            FakeFabric fabric = new FakeFabric(spec);
            fabric.sentByRun = 10_000_000;
            fabric.wireByRun = 10_100_000;
            up.add(fabric);
            return fabric;
        }

        @Override
        public List<Fabric> fabrics() {
            return List.copyOf(up);
        }

        @Override
        public LinkRate linkRate() {
            return rate;
        }

        @Override
        public void setLinkRate(LinkRate newRate) {
            rate = newRate;
            rates.add(newRate.toString());
        }

        @Override
        public String congestionControl() {
            return "cubic";
        }

        @Override
        public void close() {}
    }

    private FakeFabric ethernet;
    private FakeFabric vnetp;
    private FakeFabric vxlan;

    @BeforeEach
    void fabrics() {
        ethernet = testbed.add("native");
        vnetp = testbed.add("vnetp");
        vxlan = testbed.add("vxlan");
        for (FakeFabric fabric : List.of(ethernet, vnetp)) {
            fabric.sentByRun = 10_000_000;
            fabric.wireByRun = 10_200_000;
        }
        ethernet.wireByRun = 10_000_000;
        vnetp.nodesByRun = 10_000_000;
        script = "cat '" + block("SUCCESSFUL") + "'";
        launcher = new RankLauncher() {
            @Override
            public ProcessBuilder command(Fabric fabric, int ranks, List<String> program) {
                return new ProcessBuilder(program);
            }

            @Override
            public ProcessBuilder resident(Fabric fabric, int ranks, List<String> program) {
                return new ProcessBuilder(program);
            }

            @Override
            public String description() {
                return "a shell";
            }
        };
        programs = new Programs() {
            @Override
            public List<String> command(KernelCell cell) {
                return List.of("sh", "-c", script);
            }

            @Override
            public boolean resident() {
                return resident;
            }

            @Override
            public List<String> resident(KernelCell cell, String address) {
                return List.of("sh", "-c", script);
            }

            @Override
            public double seconds(KernelCell cell) {
                return seconds;
            }

            @Override
            public long bytes(KernelCell cell) {
                return memory;
            }

            @Override
            public String description() {
                return "scripts";
            }
        };
        runner = new NasRunner(testbed, launcher, programs, Long.MAX_VALUE);
    }

    private Path block(String verification) {
        Path file = dir.resolve("block-" + verification);
        try {
            return Files.writeString(file, """

                     CG Benchmark Completed.
                     Class           =                        S
                     Size            =                     1400
                     Iterations      =                       15
                     Time in seconds =                     0.03
                     Total processes =                        4
                     Active processes=                        4
                     Mop/s total     =                  1929.19
                     Mop/s/process   =                   482.30
                     Operation type  =           floating point
                     Verification    = %24s
                     Version         =                      3.4

                     timer  1(total   ) :     2.0000      2.0000      2.0000
                     timer  3(totcomm ) :     0.4000      0.6000      0.5000
                    """.formatted(verification));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Run run(String fabric, Duration limit) throws IOException, InterruptedException {
        Slot slot = new Slot(new Cell("nas", "cg.S.4", Params.NONE, fabric, "1gbit"), 0, 0);
        Run run = slot.newRun();
        runner.run(slot, run, dir.resolve(run.fileName()), limit);
        return run;
    }

    private Run run(String fabric) throws IOException, InterruptedException {
        return run(fabric, Duration.ofSeconds(20));
    }

    @Test
    void whoSentWhatToWhomIsKeptBesideTheOutputOfARun() throws Exception {
        vnetp.trafficByRun = 2_000_000;
        Run good = run("vnetp");
        assertEquals(Status.OK, good.status());
        assertEquals(
                List.of(
                        "# pairs, confidence 1.00",
                        "from,to,bytes,seconds",
                        "guest-1,guest-1,0,0.5",
                        "guest-1,guest-2,2000000,0.5",
                        "guest-2,guest-1,0,0.5",
                        "guest-2,guest-2,0,0.5"),
                Files.readAllLines(dir.resolve(good.fileName() + ".matrix.csv")));
        Run silent = run("native");
        assertTrue(Files.notExists(dir.resolve(silent.fileName() + ".matrix.csv")));
    }

    @Test
    void aLongRunOverALedNetworkBeginsAsWrittenAndKeepsWhatHostsSent() throws Exception {
        vnetp.led = true;
        seconds = 9.9;
        Run brief = run("vnetp");
        assertEquals(Status.OK, brief.status(), brief.reason());
        assertEquals(0, vnetp.restarts);
        assertTrue(Files.notExists(dir.resolve(brief.fileName() + ".timeline.csv")));
        seconds = 10;
        script += "; sleep 1; touch '" + dir.resolve("over") + "'";
        for (FakeFabric each : List.of(ethernet, vnetp, vxlan)) {
            each.over = dir.resolve("over");
        }
        // Of a static arm beside it too, so that noting costs all the same.
        for (FakeFabric each : List.of(vnetp, ethernet)) {
            Files.deleteIfExists(each.over);
            Run run = run(each.name());
            assertEquals(Status.OK, run.status(), run.reason());
            assertEquals(1, each.restarts);
            each.sentByRun = each == vnetp ? 0 : each.sentByRun;
            TimeLineFile line = TimeLineFile.read(dir.resolve(run.fileName() + ".timeline.csv"));
            assertEquals(List.of("a"), List.copyOf(line.rates().keySet()));
            assertEquals(List.of(), line.decisions());
        }
    }

    private static double value(Run run, String metric) {
        return run.observations().stream()
                .filter(o -> o.metric().equals(metric))
                .findFirst()
                .orElseThrow(() -> new AssertionError(metric + " was not recorded"))
                .value();
    }

    @Test
    void recordsRateTimeShareBytesAndCpuOfAGoodRun() throws Exception {
        Run run = run("vnetp");
        assertEquals(Status.OK, run.status(), run.reason());
        assertEquals(1929.19, value(run, "mops"));
        assertEquals(0.03, value(run, "time_s"));
        assertEquals(0.25, value(run, "comm_share"));
        assertEquals(10_200_000, value(run, "bytes_on_wire"));
        assertEquals(10_000_000, value(run, "bytes_on_fabric"));
        assertEquals(10_200, value(run, "frames_on_wire"));
        assertEquals(10_000_000, value(run, "node_bytes"));
        assertEquals(10_000, value(run, "node_frames"));
        assertEquals(20_000, value(run, "node_datagrams"));
        assertEquals(40_000, value(run, "node_calls"));
        assertEquals(5_000, value(run, "node_waits"));
        assertEquals(0, value(run, "node_drops"));
        assertEquals(0.25, value(run, "softirq_s"));
        assertTrue(value(run, "cpu_ranks_s") >= 0);
        assertEquals(List.of("1gbit"), testbed.rates);
    }

    @Test
    void keepsTheRawOutputVerbatim() throws Exception {
        script += "; echo a warning >&2";
        Run run = run("vnetp");
        assertEquals(Files.readString(block("SUCCESSFUL")), Files.readString(dir.resolve(run.fileName() + ".out")));
        assertEquals("a warning\n", Files.readString(dir.resolve(run.fileName() + ".err")));
    }

    @Test
    void aRunThatStayedInSharedMemoryIsNotOnPath() throws Exception {
        vnetp.sentByRun = 900;
        vnetp.wireByRun = 900;
        Run run = run("vnetp");
        assertEquals(Status.NOT_ON_PATH, run.status());
        assertTrue(run.reason().contains("carried 900 B"), run.reason());
    }

    @Test
    void aRunThatTheNodesDidNotSeeIsNotOnPath() throws Exception {
        vnetp.nodesByRun = 0;
        Run run = run("vnetp");
        assertEquals(Status.NOT_ON_PATH, run.status());
        assertTrue(run.reason().contains("its nodes took only 0"), run.reason());
    }

    @Test
    void aRunIsMeasuredByTheBytesThatItsRanksSayTheySent() throws Exception {
        script += "; echo ' payload to other hosts in the whole run:         9999999 bytes'";
        assertEquals(Status.OK, run("vnetp").status());
        script += "; echo ' payload to other hosts in the whole run:        10000001 bytes'";
        Run run = run("vnetp");
        assertEquals(Status.NOT_ON_PATH, run.status());
        assertEquals(10_000_001, value(run, "payload_bytes"));
    }

    @Test
    void aRunThatWentOverAnotherOverlayIsNotOnPath() throws Exception {
        vxlan.sentByRun = 9_000_000;
        assertEquals(Status.NOT_ON_PATH, run("vnetp").status());
    }

    @Test
    void theSecondNativeArmIsTheNativeFabric() throws Exception {
        vnetp.sentByRun = 0;
        Run run = run("native-again");
        assertEquals(Status.OK, run.status(), run.reason());
        assertEquals("native-again", run.observations().getFirst().fabric());
    }

    @Test
    void anUnverifiedAnswerIsUnverifiedEvenIfTheProgramSaysSoByItsExitCode() throws Exception {
        script = "cat '" + block("UNSUCCESSFUL") + "'; exit 3";
        assertEquals(Status.UNVERIFIED, run("vnetp").status());
    }

    @Test
    void aRankThatDiesGivesItsReason() throws Exception {
        script = "echo starting; echo 'error: rank 2 of 4 died: java.lang.OutOfMemoryError' >&2; exit 1";
        Run run = run("vnetp");
        assertEquals(Status.FAILED, run.status());
        assertTrue(run.reason().contains("rank 2 of 4 died"), run.reason());
        assertTrue(run.reason().contains("exit code 1"), run.reason());
    }

    @Test
    void aHangingKernelIsKilledAndSaysSo() throws Exception {
        script = "echo starting; sleep 600";
        Run run = run("vnetp", Duration.ofMillis(400));
        assertEquals(Status.TIMEOUT, run.status());
        assertTrue(run.reason().startsWith("killed after"), run.reason());
    }

    @Test
    void aFabricThatDiesInTheRunFailsItAndIsBroughtUpAnewForTheNext() throws Exception {
        vnetp.diesInRun = true;
        Run first = run("vnetp");
        assertEquals(Status.FAILED, first.status());
        assertTrue(first.reason().contains("out of memory"), first.reason());
        Run second = run("vnetp");
        assertEquals(Status.OK, second.status(), second.reason());
        assertTrue(vnetp.closed, "the dead fabric was not removed");
        assertEquals(4, testbed.up.size());
    }

    @Test
    void aFabricThatDiedBetweenRunsIsBroughtUpBeforeTheNext() throws Exception {
        vnetp.dead = true;
        assertEquals(Status.OK, run("vnetp").status());
        assertTrue(vnetp.closed);
    }

    @Test
    void leavesNoWorkingDirectoryBehind() throws Exception {
        script = "[ $TMPDIR = $PWD ] && pwd >&2; mkdir deep; echo x >deep/file; " + script;
        Run run = run("vnetp");
        Path work =
                Path.of(Files.readString(dir.resolve(run.fileName() + ".err")).strip());
        assertTrue(work.getFileName().toString().startsWith("nas"), work.toString());
        assertTrue(work.getParent().getFileName().toString().startsWith("vnetp-run"), work.toString());
        assertTrue(Files.notExists(work));
    }

    /// A job that stays: ready at once, and what an order does is the test's.
    private void stays(String order) {
        resident = true;
        script = """
                n=0
                say() {
                    echo " region number=$n passes=$1 verified=${2:-yes} seconds=0.5 mops=1929.19 communication=0.25" \\
                        "payload=9000000 timed=9000000 cpu_ns=2000000000 each=0.5"
                    n=$((n + 1))
                }
                say 1
                while read -r word passes; do
                    [ "$word" = go ] || exit 0
                    %s
                done
                exit 9
                """.formatted(order);
    }

    private Run region(String fabric) throws IOException, InterruptedException {
        return region(fabric, Duration.ofSeconds(20));
    }

    private Run region(String fabric, Duration limit) throws IOException, InterruptedException {
        // After a region that failed nothing was counted.
        List.of(ethernet, vnetp, vxlan).forEach(each -> each.snapshots += each.snapshots % 2);
        vnetp.sentByRun = fabric.equals("vnetp") ? 10_000_000 : 0;
        return run(fabric, limit);
    }

    private List<Cell> cells(String... fabrics) {
        return java.util.Arrays.stream(fabrics)
                .map(fabric -> new Cell("nas", "cg.S.4", Params.NONE, fabric, "1gbit"))
                .toList();
    }

    @Test
    void aRegionOfAJobThatStaysIsARun() throws Exception {
        stays("say $passes");
        runner.open(cells("native", "vnetp"), dir);
        try {
            Run first = region("vnetp");
            assertEquals(Status.OK, first.status(), first.reason());
            assertEquals(1929.19, value(first, "mops"));
            assertEquals(0.5, value(first, "time_s"));
            assertEquals(1, value(first, "passes"));
            assertEquals(0.25, value(first, "comm_share"));
            assertEquals(2, value(first, "cpu_ranks_s"));
            assertEquals(9_000_000, value(first, "payload_bytes"));
            assertEquals(10_000_000, value(first, "bytes_on_fabric"));
            assertEquals(0, first.observations().getFirst().launch());
            assertEquals(0, region("native").observations().getFirst().launch());
        } finally {
            runner.close();
        }
        // Another visit is another launch.
        runner.open(cells("native", "vnetp"), dir);
        try {
            assertEquals(1, region("vnetp").observations().getFirst().launch());
        } finally {
            runner.close();
        }
    }

    @Test
    void aRegionThatIsNotVerifiedIsSaid() throws Exception {
        stays("say $passes no");
        runner.open(cells("native", "vnetp"), dir);
        try {
            assertEquals(Status.UNVERIFIED, region("vnetp").status());
        } finally {
            runner.close();
        }
    }

    @Test
    void aJobThatDiesFailsItsRegionIsStartedAgainOnceAndTheOthersGoOn() throws Exception {
        stays("[ -e '" + dir
                + "/well' ] || { echo 'error: rank 1 of 4 died: OutOfMemoryError' >&2; exit 1; }; say $passes");
        Path well = Files.createFile(dir.resolve("well"));
        runner.open(cells("native", "vnetp"), dir);
        try {
            assertEquals(Status.OK, region("native").status());
            Files.delete(well);
            Run dead = region("vnetp");
            assertEquals(Status.FAILED, dead.status());
            assertTrue(dead.reason().contains("exit code 1; it said: error: rank 1 of 4 died"), dead.reason());
            Files.createFile(well);
            Run again = region("vnetp");
            assertEquals(Status.OK, again.status(), again.reason());
            assertEquals(1, again.observations().getFirst().launch());
            Files.delete(well);
            assertEquals(Status.FAILED, region("vnetp").status());
            Files.createFile(well);
            Run noMore = region("vnetp");
            assertEquals(Status.FAILED, noMore.status());
            assertTrue(noMore.reason().contains("started twice"), noMore.reason());
            assertEquals(Status.OK, region("native").status());
        } finally {
            runner.close();
        }
    }

    @Test
    void aJobThatHangsIsEndedAtTheLimit() throws Exception {
        stays("sleep 600");
        runner.open(cells("native", "vnetp"), dir);
        try {
            Run hangs = region("vnetp", Duration.ofSeconds(2));
            assertEquals(Status.TIMEOUT, hangs.status());
            assertTrue(hangs.reason().contains("no answer within 2 s"), hangs.reason());
        } finally {
            runner.close();
        }
    }

    @Test
    void whereMemoryIsShortFewerArmsAreResidentTogetherNativeAlwaysAmongThem() {
        resident = true;
        List<Cell> cells = new ArrayList<>();
        for (String link : List.of("1gbit", "10gbit")) {
            for (String fabric : List.of("native", "vnetp", "vxlan", "native-again")) {
                cells.add(new Cell("nas", "cg.S.4", Params.NONE, fabric, link));
            }
        }
        assertEquals(List.of(4), arms(cells, 4));
        assertEquals(List.of(3, 2), arms(cells, 3));
        assertEquals(List.of(2, 2, 2), arms(cells, 2));
        assertEquals(List.of(4), arms(cells, 1)); // one by one, each for its region only
    }

    private List<Integer> arms(List<Cell> cells, int fit) {
        memory = fit == 0 ? 0 : 1000;
        NasRunner small = new NasRunner(testbed, launcher, programs, fit * 1000L + 500);
        return small.bundles(new org.vnetp.macrobench.campaign.Plan(cells, 1)).stream()
                .map(bundle -> {
                    assertTrue(bundle.stream().anyMatch(cell -> cell.fabric().equals("native")));
                    return (int) bundle.stream().map(Cell::fabric).distinct().count();
                })
                .toList();
    }
}
