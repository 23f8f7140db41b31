package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Every command of the READMEs by the real launcher and the jars that were built, in its smallest form ([#ROWS]).
///
/// Runs after the jars are packed: `./mvnw verify`, not `test`.
@Tag("launcher")
@Timeout(300)
class ReadmeRunTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String VERSION = "0.1.0-SNAPSHOT";
    private static final String SMALL = " --blocks 1 --floor 0 --warm-up 0 --timed 0.1";
    private static final long PATIENCE_S = 60;

    /// What README commands become. Rows that have the same smallest form are run once; in this order.
    ///
    /// @param commands the README's command, without ./vnetp and with what is optional given
    /// @param smallest without ./vnetp; OUT is a directory, HOSTS an inventory, NPB a directory of programs
    /// @param result a file below OUT, where it has a slash, or what a line that is printed must match
    private record Row(String commands, String smallest, String result) {}

    private static final List<Row> ROWS = List.of(
            new Row("-V", "-V", "vnetp \\d+\\.\\d+.*"),
            new Row("man", "man", "\\.TH .*"),
            new Row("completion bash", "completion bash", "complete .*vnetp.*"),
            new Row("doctor", "doctor", " ok   JDK 25 .*"),
            new Row("doctor --json", "doctor --json", "\\{\"state\":\"ok\",\"what\":\"JDK 25\".*"),
            // These two install packages and build, which LauncherTest does with an apt-get of its own.
            new Row("setup", "setup --help", "usage: ./vnetp setup .*"),
            new Row("test", "test --help", "usage: ./vnetp test .*"),
            new Row("kernel (cg|KERNEL)\\.A --ranks 4", "kernel cg.S --ranks 2 --warm-up 0", ".*SUCCESSFUL.*"),
            new Row("nas --help", "nas --help", "Usage: vnetp nas.*"),
            new Row("nas --dry-run", "nas --dry-run", ".*cg\\.A.*"),
            new Row("nas( --quick)?( --seed 2012)?", "nas ep.S.2 --quick --seed 2012 --links none" + SMALL, "/report.html"),
            new Row("report( --details)? DIR", "report --details OUT/nas", ".*ep\\.S\\.2.*"),
            new Row(
                    "nas cg\\.A\\.2 .* --floor 1 --blocks 6-6 --seed 1",
                    "nas is.S.2 --links 10gbit --fabrics vnetp --floor 1 --blocks 1-1 --seed 1 --warm-up 0 --timed 0.1",
                    "/report.html"),
            new Row(
                    "nas --classes A --fabrics native --links none .*",
                    "nas --kernels is --classes S --ranks 2 --fabrics native --links none --warm-up 0 --blocks 1 --floor 0",
                    "/observations.csv"),
            // Nineteen jobs of up to 16 ranks take minutes; they run as those of any other cell.
            new Row("nas --suite vnetp-2012( .*)?", "nas --suite vnetp-2012 --max-class S --dry-run", ".*sp\\.S\\.16.*"),
            // Needs NPB's programs; NasEndToEndTest runs one.
            new Row("nas --npb-bin DIR", "nas cg.S.2 --npb-bin NPB --dry-run", ".*cg\\.S\\.2.*"),
            // Need machines with ssh; InventoryTestbedTest and WorkloadsOverSshTest make such.
            new Row("nas --hosts FILE", "nas ep.S.2 --hosts HOSTS --dry-run", ".*ep\\.S\\.2.*"),
            new Row(
                    "macro --hosts FILE --fabrics native,vnetp",
                    "macro --hosts HOSTS --fabrics native,vnetp --dry-run",
                    ".*tcp-throughput.*"),
            new Row("macro --help", "macro --help", "Usage: vnetp macro.*"),
            new Row("macro( --quick)?", "macro --quick --workloads udp-frames --blocks 1", "/report.html"),
            new Row("macro --aa", "macro --aa --workloads udp-frames --blocks 1", "/report.html"),
            // What --install installs is asked for, not installed: LauncherTest does that.
            new Row(
                    "macro --fabrics native,vnetp,tinc --install",
                    "macro --fabrics native,vnetp,tinc --missing-packages",
                    "(tinc)?"),
            new Row(
                    "macro .* --fabrics native,vxlan,vnetp,vnetp-ebpf,tinc,.* --install",
                    "macro --workloads udp-frames --fabrics native,vnetp,tinc,n2n,vde2,openvpn,nebula,fastd --missing-packages",
                    "[a-z0-9]*"),
            new Row(
                    "macro --workloads frame-rate,loss-free,latency-load",
                    "macro --workloads frame-rate,loss-free,latency-load --sizes 512 --fabrics vnetp --budget 8s --blocks 1",
                    "/report.html"),
            new Row(
                    "macro --workloads migration --hosts 3",
                    "macro --workloads migration --hosts 3 --fabrics vnetp --blocks 1",
                    "/report.html"),
            new Row(
                    "macro --workloads tcp-throughput,udp-throughput --sizes 64,1024,16384",
                    "macro --quick --workloads tcp-throughput,udp-throughput --sizes 16384 --fabrics vnetp --blocks 1",
                    "/report.html"),
            new Row(
                    "macro .* --fabrics vxlan,vnetp,vnetp-vxlan,vnetp-ebpf .*",
                    "macro --workloads udp-frames --fabrics vxlan,vnetp,vnetp-vxlan,vnetp-ebpf --links none --seconds 1 --blocks 1",
                    "/report.html"),
            new Row(
                    "macro .* --links 10gbit,1gbit .*",
                    "macro --workloads udp-frames --fabrics native,vnetp --links 10gbit,1gbit --seconds 1 --blocks 1",
                    "/report.html"),
            new Row(
                    "micro( FILTER)?( --quick)?",
                    "micro NativeCallBenchmark.emptyCallBaseline --quick",
                    "/jmh.json"),
            new Row("lab up( .*)?", "lab up --hosts 2 --fabric x=vnetp:warm-up=300 --name LAB", "fabric x: .*"),
            new Row("lab", "lab exec --name LAB a-x ping -c 1 -W 5 b-x", ".* 0% packet loss.*"),
            new Row("node (FILE|[ab]\\.vnetp)", "node FILE", "vnetp node .* ready control=.*"),
            new Row("ctl NODE STATEMENT|ctl [ab] show (links|learned)", "ctl NODE show links", ".*\\bb\\b.*"),
            new Row("ctl NODE 'show node'", "ctl NODE 'show node'", ".*\\d.*"),
            new Row("ctl a metrics listen 127\\.0\\.0\\.1:9100", "ctl NODE metrics listen 127.0.0.1:9100", ""),
            new Row("ctl a show stats", "ctl NODE show stats", ".*vnet0.*"),
            new Row(
                    "ctl a begin 'route del 3' 'route add any any edge b any' commit",
                    "ctl NODE begin 'route del 3' 'route add any any edge b any' commit",
                    ""),
            new Row("ctl a --file more\\.vnetp", "ctl NODE --file more.vnetp", ""),
            new Row("ctl a show nics --json", "ctl NODE show nics --json", ".*\"vnet0\".*"),
            new Row("ctl help link", "ctl help link", ".*link add.*"),
            new Row("ctl a help", "ctl NODE help", "route +says where frames go"),
            new Row("ctl a help nic", "ctl NODE help nic", ".*tap.*"));

    @TempDir
    Path directory;

    private final String name = "rdme" + ProcessHandle.current().pid() % 100_000;
    private Path home;
    private Process node;
    private boolean lab;

    /// The launcher in a home of its own, so that it never builds into the build that runs this test.
    @BeforeEach
    void home() throws IOException {
        home = Files.createDirectory(directory.resolve("home"));
        Files.copy(ROOT.resolve("vnetp"), home.resolve("vnetp"));
        Files.createDirectory(home.resolve(".mvn"));
        Files.copy(ROOT.resolve(".mvn/jdk.sh"), home.resolve(".mvn/jdk.sh"));
        for (String module : List.of("overlay-impl", "microbench", "reports", "macrobench", "nas-runner")) {
            Path target = ROOT.resolve(module).resolve("target");
            need(
                    Files.isRegularFile(target.resolve(module + "-" + VERSION + ".jar")),
                    "the jar of " + module + " (./mvnw -DskipTests package)");
            Files.createDirectory(home.resolve(module));
            Files.createSymbolicLink(home.resolve(module).resolve("target"), target);
        }
        Files.writeString(directory.resolve("HOSTS"), """
                n1 n1 native=10.0.0.1,eth0 vnetp=10.99.0.1,vnet0
                n2 n2 native=10.0.0.2,eth0 vnetp=10.99.0.2,vnet0
                """);
        Path program = Files.createDirectory(directory.resolve("NPB")).resolve("cg.S.x");
        Files.writeString(program, "#!/bin/sh\n");
        assertTrue(program.toFile().setExecutable(true));
        Files.writeString(directory.resolve("more.vnetp"), "route add any 02:00:00:00:00:77 edge b any\n");
        Files.writeString(directory.resolve("FILE"), """
                node NODE
                listen 127.0.0.1:4789 network 42
                nic vnet0 tap
                link add b 127.0.0.2:4789
                learn on
                route add any 02:00:00:00:00:01 edge b any
                route add any 02:00:00:00:00:02 edge b any
                route add any 02:00:00:00:00:03 edge b any
                """.replace("NODE", name));
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (node != null) {
            node.destroy();
            assertTrue(node.waitFor(PATIENCE_S, TimeUnit.SECONDS), "the node ends when it is told to");
        }
        if (lab) {
            Said down = run("lab down " + name, directory.resolve("down.txt"));
            assertEquals(0, down.code(), down.text());
        }
    }

    private static void need(boolean there, String what) {
        if (!there && System.getProperty("vnetp.it", "auto").equals("required")) {
            fail("this test needs " + what);
        }
        Assumptions.assumeTrue(there, "needs " + what);
    }

    private record Said(int code, String text) {
        boolean hasLine(String pattern) {
            Pattern line = Pattern.compile(pattern);
            return text.lines().anyMatch(each -> line.matcher(each).matches());
        }
    }

    private Process start(String smallest, Path printed) throws IOException {
        List<String> words = new ArrayList<>(List.of("/bin/sh", home.resolve("vnetp").toString()));
        for (String word : ReadmeCommandsTest.words("./vnetp " + smallest)) {
            words.add(
                    switch (word) {
                        case "NODE", "LAB" -> name;
                        case "HOSTS", "NPB", "FILE", "more.vnetp" ->
                            directory.resolve(word).toString();
                        default -> word.replace("OUT/", directory.resolve("out") + "/");
                    });
        }
        if (smallest.startsWith("node ")) {
            words.addAll(0, List.of("unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"));
        }
        return new ProcessBuilder(words)
                .directory(directory.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
    }

    private Said run(String smallest, Path printed) throws Exception {
        Process process = start(smallest, printed);
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
            process.destroy();
            process.waitFor();
            fail("./vnetp " + smallest + " still runs after " + PATIENCE_S + " s:\n" + Files.readString(printed));
        }
        return new Said(process.exitValue(), Files.readString(printed, StandardCharsets.UTF_8));
    }

    @Test
    void everyCommandHasItsSmallestFormAndEveryFormItsCommand() throws IOException {
        Set<String> lacking = new TreeSet<>();
        Set<Row> used = new HashSet<>();
        for (String command : ReadmeCommandsTest.lines()) {
            List<Row> rows = rowsOf(command);
            if (rows.isEmpty()) {
                lacking.add(command);
            }
            used.addAll(rows);
        }
        assertEquals(Set.of(), lacking, "READMEs show ./vnetp commands that no row runs");
        List<String> dead = ROWS.stream()
                .filter(row -> !used.contains(row))
                .map(Row::commands)
                .toList();
        assertEquals(List.of(), dead, "no README shows these any more");
    }

    private static List<Row> rowsOf(String command) {
        return ROWS.stream().filter(row -> command.matches(row.commands())).toList();
    }

    @TestFactory
    Stream<DynamicTest> everyCommandRunsInItsSmallestForm() throws IOException {
        need(Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")), "root");
        need(Files.isReadable(Path.of("/dev/net/tun")), "/dev/net/tun");
        Map<Row, List<String>> commands = new LinkedHashMap<>();
        ROWS.forEach(row -> commands.put(row, new ArrayList<>()));
        for (String command : ReadmeCommandsTest.lines()) {
            rowsOf(command).forEach(row -> commands.get(row).add(command));
        }
        return commands.keySet().stream()
                .map(row -> DynamicTest.dynamicTest("./vnetp " + row.smallest(), () -> check(row, commands.get(row))));
    }

    private void check(Row row, List<String> commands) throws Exception {
        String of = "./vnetp " + row.smallest() + ", of the READMEs' " + commands + ", ";
        Path printed = Files.createTempFile(directory, "said", ".txt");
        if (row.smallest().startsWith("node ")) {
            node = start(row.smallest(), printed);
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
            while (!new Said(0, Files.readString(printed)).hasLine(row.result())) {
                assertTrue(
                        node.isAlive() && System.nanoTime() < patience,
                        () -> of + "is not ready: " + printed(printed));
                Thread.sleep(20);
            }
            return;
        }
        boolean keeps = row.result().startsWith("/");
        String to = "OUT/" + (row.smallest().startsWith("nas ep") ? "nas" : Integer.toHexString(row.hashCode()));
        lab |= row.smallest().startsWith("lab up");
        Said said = run(row.smallest() + (keeps ? " --out " + to : ""), printed);
        assertEquals(0, said.code(), () -> of + "says\n" + said.text());
        if (keeps) {
            Path file = directory.resolve("out" + to.substring(3) + row.result());
            assertTrue(Files.size(file) > 100, () -> of + "leaves no " + file);
        } else {
            assertTrue(
                    row.result().isEmpty() || said.text().isEmpty() && "".matches(row.result()) || said.hasLine(row.result()),
                    () -> of + "prints no line '" + row.result() + "' but\n" + said.text());
        }
    }

    private static String printed(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
