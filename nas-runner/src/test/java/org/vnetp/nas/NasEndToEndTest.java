package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.result.TrafficFile;

/// The main job on the smallest problems, with everything real: namespaces, nodes, MPI, kernels, reports.
@Tag("netns")
@Tag("mpi")
@Timeout(120)
class NasEndToEndTest {
    @TempDir
    Path dir;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void needsRootAndMpi() throws IOException {
        need(Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")), "root");
        need(Files.isReadable(Path.of("/dev/net/tun")), "/dev/net/tun");
        need(Files.isExecutable(Path.of("/usr/bin/mpirun.openmpi")), "Open MPI (apt-get install openmpi-bin)");
    }

    private static void need(boolean there, String what) {
        if (!there && System.getProperty("vnetp.it", "auto").equals("required")) {
            fail("this test needs " + what);
        }
        Assumptions.assumeTrue(there, "needs " + what);
    }

    private int run(String... args) {
        return NasMain.run(
                args,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void runsKernelsNativeAndOverTheOverlayAndReportsThem() throws IOException {
        Path result = dir.resolve("result");
        int code = run(
                "ep,is.S.4",
                "--fabrics",
                "vnetp=vnetp:warm-up=0",
                "--links",
                "10gbit",
                "--blocks",
                "1",
                "--floor",
                "2",
                "--warm-up",
                "0",
                "--timed",
                "0.1",
                "--seed",
                "1",
                "--out",
                result.toString());
        assertEquals(0, code, () -> err.toString(StandardCharsets.UTF_8));
        Results results = ResultDirectory.read(result);
        assertEquals("complete", results.info().state());
        List<Observation> rates = results.observations().stream()
                .filter(o -> o.metric().equals("mops"))
                .toList();
        assertEquals(5, rates.size()); // two kernels over two fabrics, and one second native arm
        for (Observation o : results.observations()) {
            assertEquals(Status.OK, o.status(), o::toString);
        }
        for (Observation rate : rates) {
            assertTrue(rate.value() > 0, rate::toString);
        }
        // Both the interfaces and the nodes saw all that the ranks of IS sent, and hardly more.
        double payload = value(results, "is.S.4", "vnetp", "payload_bytes");
        assertTrue(payload > 1e6, "payload of is.S.4: " + payload);
        // The timed region was passed through so often while the gate was open.
        double timed = value(results, "is.S.4", "vnetp", "timed_payload_bytes");
        double passes = value(results, "is.S.4", "vnetp", "passes");
        assertTrue(timed > 1e6 && passes >= 1 && timed * passes <= payload, timed + " " + passes + " " + payload);
        for (Observation rate : rates) {
            assertEquals(0, rate.launch(), rate::toString);
            assertTrue(rate.atSeconds() > 0, rate::toString);
        }
        for (String counter : List.of("bytes_on_fabric", "bytes_on_wire", "node_bytes")) {
            double bytes = value(results, "is.S.4", "vnetp", counter);
            assertTrue(bytes >= payload && bytes < 1.5 * payload, counter + " " + bytes + ", payload " + payload);
        }
        assertTrue(value(results, "is.S.4", "vnetp", "node_frames") > 10);
        assertTrue(
                value(results, "ep.S.4", "vnetp", "node_bytes") >= value(results, "ep.S.4", "vnetp", "payload_bytes"));
        assertTrue(Files.size(result.resolve("report.html")) > 1000);
        assertTrue(Files.size(result.resolve("raw/ep.S.4_vnetp_launch0.out")) > 500);
        String table = out.toString(StandardCharsets.UTF_8);
        assertTrue(table.contains("is.S.4") && table.contains("vnetp %") && table.contains("percent of native"), table);

        // A complete result resumed has nothing left to run.
        assertEquals(0, run("--resume", result.toString()));
        assertEquals(results.observations(), ResultDirectory.read(result).observations());
    }

    @Test
    void whoTalksToWhomIsMeasuredAndDrawn() throws IOException {
        Path result = dir.resolve("matrix");
        int code = run(
                "is.S.4",
                "--hosts",
                "4",
                "--fabrics",
                "vnetp=vnetp:warm-up=0",
                "--links",
                "10gbit",
                "--blocks",
                "1",
                "--floor",
                "0",
                "--warm-up",
                "0",
                "--timed",
                "0.1",
                "--seed",
                "3",
                "--out",
                result.toString());
        assertEquals(0, code, () -> err.toString(StandardCharsets.UTF_8));
        TrafficFile traffic = TrafficFile.read(result.resolve("raw/is.S.4_vnetp_10gbit_b0_r0.matrix.csv"));
        assertTrue(traffic.shape().startsWith("all-to-all, confidence "), traffic.shape());
        assertEquals(List.of("a-vnetp", "b-vnetp", "c-vnetp", "d-vnetp"), traffic.names());
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                assertEquals(i != j, traffic.megabytes()[i][j] > 0.001, i + " to " + j);
            }
        }
        String svg = Files.readString(result.resolve("plots/traffic-is-S-4.svg"));
        assertTrue(
                svg.contains("a-vnetp to d-vnetp ") && svg.contains("MB/s; all-to-all)"), "the picture's description");
    }

    /// Guests with one rank each: the kernel's own communication, over rings that nodes serve.
    @Test
    @EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // half a minute
    void ranksRunInVirtualMachines() throws IOException {
        Assumptions.assumeTrue(Machine.has("linux.uml"), "linux.uml is not installed (package user-mode-linux)");
        Path result = dir.resolve("machines");
        int code = run(
                "is.S.2",
                "--fabrics",
                "vm=vnetp-vm:warm-up=0",
                "--links",
                "none",
                "--blocks",
                "1",
                "--floor",
                "0",
                "--warm-up",
                "0",
                "--timed",
                "0.1",
                "--seed",
                "1",
                "--out",
                result.toString());
        String said = err.toString(StandardCharsets.UTF_8);
        assertEquals(0, code, said);
        Results results = ResultDirectory.read(result);
        assertEquals("complete", results.info().state());
        for (Observation o : results.observations()) {
            assertEquals(Status.OK, o.status(), o::toString);
        }
        double payload = value(results, "is.S.2", "vm", "payload_bytes");
        assertTrue(payload > 1e5, "payload of is.S.2: " + payload);
        for (String counter : List.of("bytes_on_fabric", "bytes_on_wire", "node_bytes")) {
            double bytes = value(results, "is.S.2", "vm", counter);
            assertTrue(bytes >= payload && bytes < 1.5 * payload, counter + " " + bytes + ", payload " + payload);
        }
    }

    private static double value(Results results, String benchmark, String fabric, String metric) {
        return results.observations().stream()
                .filter(o -> o.benchmark().equals(benchmark)
                        && o.fabric().equals(fabric)
                        && o.metric().equals(metric))
                .findFirst()
                .orElseThrow(() -> new AssertionError(benchmark + " over " + fabric + " has no " + metric))
                .value();
    }

    /// The fault: one byte in the encoding of another country, in a compiler's date or a user's name,
    /// failed the cell with "Input length = 1".
    @Test
    void aByteThatIsNoUtf8SpoilsNoCell() throws IOException {
        Path bin = Files.createDirectory(dir.resolve("bin"));
        NpbStub.in(bin, "printf 'f\\351vrier\\n' >&2\n", "printf ' compil\\351 en f\\351vrier\\n'\n");
        Path result = dir.resolve("bytes");
        int code = run(
                "ep.S.2",
                "--npb-bin",
                bin.toString(),
                "--fabrics",
                "vxlan",
                "--links",
                "none",
                "--blocks",
                "1",
                "--floor",
                "0",
                "--out",
                result.toString());
        assertEquals(0, code, () -> out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8));
        Results results = ResultDirectory.read(result);
        for (Observation o : results.observations()) {
            assertEquals(Status.OK, o.status(), o::toString);
        }
        assertEquals(67.11, value(results, "ep.S.2", "vxlan", "mops"));
        // Kept as it was printed.
        try (Stream<Path> raw = Files.list(result.resolve("raw"))) {
            for (Path file :
                    raw.filter(each -> each.toString().endsWith(".out")).toList()) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertTrue(text.contains("compil\u00e9 en f\u00e9vrier"), text);
            }
        }
    }

    @Test
    void aKernelThatHangsIsKilledAndItsCellSaysSo() throws IOException {
        Path bin = Files.createDirectory(dir.resolve("bin"));
        Path program = Files.writeString(bin.resolve("cg.S.x"), "#!/bin/sh\nexec sleep 600\n");
        assertTrue(program.toFile().setExecutable(true));
        Path result = dir.resolve("hangs");
        int code = run(
                "cg.S.4",
                "--npb-bin",
                bin.toString(),
                "--fabrics",
                "vxlan",
                "--links",
                "none",
                "--blocks",
                "1",
                "--floor",
                "0",
                "--limit",
                "2s",
                "--out",
                result.toString());
        assertEquals(1, code, () -> err.toString(StandardCharsets.UTF_8));
        List<Observation> rows = ResultDirectory.read(result).observations();
        assertTrue(rows.stream().allMatch(o -> o.status() == Status.TIMEOUT), rows::toString);
        assertTrue(
                ProcessHandle.allProcesses()
                        .noneMatch(p -> p.info()
                                .arguments()
                                .filter(a -> a.length == 1 && a[0].equals("600"))
                                .isPresent()),
                "a rank is still there");
    }

    /// Nobody is left to clean up: ranks see it themselves, and the lab has one who waits for it.
    @Test
    void aRunThatIsKilledLeavesNoProcessAndGoesOnWithWhatItHad() throws Exception {
        Path result = dir.resolve("killed");
        List<String> words = new ArrayList<>(List.of(
                Machine.java(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                Machine.classPath(),
                NasMain.class.getName()));
        words.addAll(List.of(
                "is.S.2", "--fabrics", "vnetp=vnetp:warm-up=0", "--links", "10gbit", "--blocks", "20", "--floor", "0"));
        words.addAll(List.of("--warm-up", "0", "--timed", "0", "--seed", "1", "--out", result.toString()));
        Process harness = new ProcessBuilder(words)
                .redirectOutput(dir.resolve("killed.out").toFile())
                .redirectError(dir.resolve("killed.err").toFile())
                .start();
        List<ProcessHandle> all = List.of();
        try {
            eventually(
                    () -> !harness.isAlive() || rates(result) >= 6,
                    () -> "no six regions: " + text(dir.resolve("killed.err")));
            all = harness.descendants().toList();
        } finally {
            harness.destroyForcibly().waitFor();
        }
        int stored = rates(result);
        assertTrue(
                stored >= 6 && stored < 40, () -> stored + " regions when killed; " + text(dir.resolve("killed.err")));
        assertTrue(all.size() >= 6, "two arms of two ranks and two nodes: " + all); // else it proves nothing
        List<ProcessHandle> left = all;
        eventually(() -> alive(left).isEmpty(), () -> "left: " + alive(left));
        Path labs = Path.of("/run/vnetp/labs");
        eventually(() -> labsOf(labs, harness.pid()).isEmpty(), () -> "left: " + labsOf(labs, harness.pid()));
        List<Observation> before = ResultDirectory.read(result).observations();

        int code = run("--resume", result.toString());

        assertEquals(0, code, () -> err.toString(StandardCharsets.UTF_8));
        Results results = ResultDirectory.read(result);
        assertEquals("complete", results.info().state());
        List<Observation> after = results.observations();
        assertEquals(before, after.subList(0, before.size()));
        // No block but the one under way is made again.
        assertTrue(rates(result) >= 40 && rates(result) <= 42, "regions: " + rates(result));
        for (String fabric : List.of("native", "vnetp")) {
            assertTrue(
                    after.stream()
                                    .filter(o -> o.metric().equals("mops")
                                            && o.fabric().equals(fabric)
                                            && o.status() == Status.OK)
                                    .map(Observation::block)
                                    .distinct()
                                    .count()
                            >= 20,
                    fabric);
        }
    }

    /// Regions that are stored by now; 0 before there is a result.
    private static int rates(Path result) {
        try {
            return (int) ResultDirectory.read(result).observations().stream()
                    .filter(o -> o.metric().equals("mops"))
                    .count();
        } catch (IOException | RuntimeException e) {
            return 0; // not there, or its last line is being written
        }
    }

    /// Labs that a process made and that are still there.
    private static List<Path> labsOf(Path labs, long owner) {
        try (Stream<Path> all = Files.list(labs)) {
            return all.filter(lab -> text(lab.resolve("journal")).startsWith("owner " + owner + " "))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> alive(List<ProcessHandle> processes) {
        return processes.stream()
                .filter(p -> p.isAlive() && !state(p.pid()).equals("Z"))
                .map(p -> p.pid() + " " + p.info().commandLine().orElse("?"))
                .toList();
    }

    /// As the kernel tells it; Z is one that has ended and that nobody has asked for its exit code.
    private static String state(long pid) {
        String stat = text(Path.of("/proc", Long.toString(pid), "stat"));
        int at = stat.lastIndexOf(") ") + 2;
        return at < 2 ? "Z" : stat.substring(at, at + 1);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void eventually(BooleanSupplier condition, Supplier<String> otherwise) throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, otherwise);
            Thread.sleep(20);
        }
    }
}
