package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.nas.BuiltLauncher.Said;

/// Every command of the READMEs by the real launcher and the jars that were built, in its smallest form
/// ([#ROWS]); checkout, programs and results in directories with names beyond ASCII, under the locale C.
///
/// Runs after the jars are packed: `./mvnw verify`, not `test`.
@Tag("launcher")
@Timeout(300)
class ReadmeRunTest {
    static final Pattern OF_RESULTS = Pattern.compile("(nas|report|history|compare|kernel) ");
    private static final String SMALL = " --blocks 1 --floor 0 --warm-up 0 --timed 0.1";
    private static final long PATIENCE_S = 60;

    /// What README commands become. They are run in this order.
    ///
    /// @param commands the README's command, without ./vnetp and with what is optional given
    /// @param smallest without ./vnetp; OUT is a directory, HOSTS an inventory, NPB a directory of programs
    /// @param result a file below OUT, where it has a slash, or what a line that is printed must match
    /// @param code that it exits with
    private record Row(String commands, String smallest, String result, int code) {
        Row(String commands, String smallest, String result) {
            this(commands, smallest, result, 0);
        }
    }

    private static final List<Row> ROWS = List.of(
            new Row("-V", "-V", "vnetp \\d+\\.\\d+.*"),
            new Row("man", "man", "\\.TH .*"),
            new Row("completion bash", "completion bash", "complete .*vnetp.*"),
            new Row("doctor", "doctor", " ok   JDK 25 .*"),
            new Row("doctor --json", "doctor --json", "\\{\"state\":\"ok\",\"what\":\"JDK 25\".*"),
            // These two install packages and build, which LauncherTest does with an apt-get of its own.
            new Row("setup", "setup --help", "usage: ./vnetp setup .*"),
            // PackTest makes one and runs it where there is no JDK.
            new Row("pack( FILE)?", "pack --help", "usage: ./vnetp pack .*"),
            new Row("test( -Dtest=.*)?", "test --help", "usage: ./vnetp test .*"),
            new Row(
                    "kernel ((cg|KERNEL)\\.A --ranks 4|lu\\.C --ranks 2)",
                    "kernel cg.S --ranks 2 --warm-up 0",
                    ".*SUCCESSFUL.*"),
            new Row("nas --help", "nas --help", "Usage: vnetp nas.*"),
            new Row("nas --dry-run", "nas --dry-run", ".*cg\\.A.*"),
            new Row(
                    "nas --aa --seed 2012|nas --aa --kernels cg,is .*|nas --classes A --fabrics native --links none .*",
                    "nas --aa --kernels is --classes S --ranks 2 --links none --seed 2012" + SMALL,
                    "/report.html"),
            new Row(
                    "nas( --quick)?( --seed 2012)?|nas is\\.A\\.2 mg\\.W\\.2 ft\\.W\\.2 .*",
                    "nas ep.S.2 --quick --seed 2012 --links none --fabrics vnetp-ebpf:warm-up=0"
                            + SMALL.replace("--blocks 1", "--blocks 4"),
                    "/report.html"),
            new Row(
                    "nas --hosts 4 --classes S --ranks 4 .*",
                    "nas is.S.4 --hosts 4 --fabrics vnetp:warm-up=0 --links none --seed 2012" + SMALL,
                    "/plots/traffic-is-S-4.svg"),
            new Row("report( --details)? DIR", "report --details OUT/nas", ".*ep\\.S\\.2.*"),
            new Row(
                    "history add (DIR|RESULT|results/.*)",
                    "history add OUT/nas --history OUT/history",
                    ".*: \\d+ series.*"),
            // One run is too few to see a step in.
            new Row(
                    "history show --series 'nas/\\*/vnetp/\\*'",
                    "history show --series 'nas/*' --history OUT/history",
                    ".*too few runs to tell.*",
                    5),
            new Row(
                    "history accept 'nas/cg.*",
                    "history accept 'nas/ep*' --at 1a2b3c4d --reason x --history OUT/history",
                    ".* begin a new epoch at 1a2b3c4d.*"),
            new Row(
                    "history page --out history\\.html",
                    "history page --history OUT/history --out OUT/history.html",
                    "wrote .*too few runs to tell.*",
                    5),
            new Row("history", "history --help", "Usage: vnetp history.*"),
            new Row(
                    "compare BASE HEAD",
                    "compare OUT/nas OUT/nas --inconclusive pass",
                    "(Cannot tell|Nothing was compared|Nothing is slower).*"),
            new Row("compare --history DIR HEAD", "compare --history OUT/history OUT/nas", "Nothing was compared.*", 5),
            new Row("compare --self-check RESULT", "compare --self-check OUT/nas", " *false alarms of whole gates.*"),
            // Builds two revisions and measures for minutes; WorkflowsRunTest and InterleavedTest stand builds side
            // by side.
            new Row(
                    "compare|compare --interleaved( .*)?|compare --against DIR( .*)?",
                    "compare --help",
                    "Usage: vnetp compare.*"),
            // Nineteen jobs of up to 16 ranks take minutes; they run as those of any other cell.
            new Row(
                    "nas --suite vnetp-2012( .*)?",
                    "nas --suite vnetp-2012 --max-class S --dry-run",
                    ".*sp\\.S\\.16.*"),
            new Row(
                    "nas --npb-bin DIR",
                    "nas ep.S.2 --npb-bin NPB --fabrics native --links none --blocks 1 --floor 0",
                    "/report.html"),
            // SlurmRunTest submits one.
            new Row("nas --sbatch FILE", "nas is.S.2 --sbatch OUT.sh", "wrote .*OUT\\.sh; submit it with.*"),
            // Need machines with ssh; InventoryTestbedTest and WorkloadsOverSshTest make such.
            new Row("nas --hosts FILE", "nas ep.S.2 --hosts HOSTS --dry-run", ".*ep\\.S\\.2.*"),
            new Row(
                    "macro --hosts FILE --fabrics native,vnetp",
                    "macro --hosts HOSTS --fabrics native,vnetp --dry-run",
                    ".*tcp-throughput.*"),
            new Row("tune --help", "tune --help", "Usage: vnetp tune.*"),
            new Row("tune --sweep( .*)?", "tune --sweep --rates 1000 --budget 5s --fix warm-up=0", "/report.html"),
            // A verdict takes minutes: TuneEndToEndTest races for seconds.
            new Row("tune( .*)?", "tune --quick --dry-run", ".*settings race for about.*"),
            new Row(
                    "macro .*--workloads noise.*",
                    "macro --workloads noise --quick --fabrics vnetp:warm-up=0 --blocks 1",
                    "/report.html"),
            new Row("macro --help", "macro --help", "Usage: vnetp macro.*"),
            new Row(
                    "macro( --quick)?",
                    "macro --quick --workloads udp-frames --blocks 1 --fabrics vnetp:warm-up=0",
                    "/report.html"),
            new Row("macro --aa", "macro --aa --workloads dummy --blocks 1", "/report.html"),
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
                    "macro --workloads frame-rate,loss-free,latency-load --sizes 512 --fabrics vnetp:warm-up=0 --budget 8s --blocks 1",
                    "/report.html"),
            new Row(
                    "macro --workloads migration --hosts 3",
                    "macro --workloads migration --hosts 3 --fabrics vnetp-ebpf:warm-up=0 --seconds 4 --blocks 1",
                    "/report.html"),
            // MigrationTest moves it.
            new Row(
                    "macro --workloads migration --hosts 3 --fabrics vnetp-vm:vmm=qemu .*",
                    "macro --workloads migration --hosts 3 --fabrics vnetp-vm:vmm=qemu --links none --dry-run",
                    ".*vnetp-vm:vmm-qemu.*"),
            new Row(
                    "macro --workloads tcp-throughput,udp-throughput --sizes 64,1024,16384",
                    "macro --workloads udp-throughput --sizes 64 --fabrics vnetp:warm-up=0 --links none --seconds 1"
                            + " --blocks 1",
                    "/report.html"),
            new Row(
                    "macro .* --fabrics vxlan,vnetp,vnetp-vxlan,vnetp-ebpf .*|macro .* --links (10gbit,1gbit|950mbit) .*",
                    "macro --workloads dummy --fabrics vxlan,vnetp-ebpf:warm-up=0 --links 10gbit,1gbit"
                            + " --seconds 1 --blocks 1",
                    "/report.html"),
            // UnderlayTest sends over them.
            new Row(
                    "macro .* --fabrics vnetp,vnetp-ucx:tls=posix,.*",
                    "macro --workloads udp-frames --fabrics vnetp-ucx:tls=tcp,warm-up=0 --links none --blocks 1",
                    "/report.html"),
            new Row(
                    "macro .* --fabrics native,vnetp,vnetp-sealed,wireguard-go,.*",
                    "macro --workloads udp-frames --fabrics"
                            + " native,vnetp-sealed,wireguard-go,openvpn-sealed,fastd-sealed,tinc-sealed,nebula"
                            + " --missing-packages",
                    "(.*(wireguard|openvpn|openssl|fastd|tinc|nebula).*)?"),
            new Row(
                    "nas --fabrics vnetp,vnetp-sealed .*",
                    "nas is.S.2 --fabrics vnetp-sealed:warm-up=0 --links none" + SMALL,
                    "/report.html"),
            new Row(
                    "macro .* --fabrics vnetp,vnetp-sealed .*",
                    "macro --workloads dummy --fabrics vnetp-sealed:warm-up=0 --seconds 1 --blocks 1",
                    "/report.html"),
            // AdaptationTest runs them.
            new Row(
                    "macro --workloads adaptation,failover --hosts 4( .*)?",
                    "macro --workloads adaptation,failover --hosts 4 --fabrics native,vnetp:topology=star,adapt=on --dry-run",
                    ".*adaptation.*"),
            new Row(
                    "macro --workloads (adaptation,)?slow-link(,failover)? --hosts 4( .*)?",
                    "macro --workloads slow-link --hosts 4 --fabrics native,vnetp:adapt=on --dry-run",
                    ".*slow-link.*"),
            new Row(
                    "macro --workloads (two-sites|placement) --hosts 4 --sites 2 .*",
                    "macro --workloads two-sites,placement --hosts 4 --sites 2 --fabrics vnetp:adapt=advise --dry-run",
                    ".*placement.*"),
            new Row(
                    "nas ft\\.A\\.4 is\\.A\\.4 --hosts 4 --links 500mbit --timed 10 --fabrics star=vnetp.*",
                    "nas is.S.4 --hosts 4 --fabrics star=vnetp:topology=star,adapt=on --timed 10 --dry-run",
                    ".*is\\.S\\.4.*"),
            new Row(
                    "nas cg\\.A\\.2 is\\.A\\.2 lu\\.W\\.2 mg\\.A\\.2 --links 10gbit --floor 0 --fabrics native=vnetp,measured=.*",
                    "nas is.S.2 --floor 0 --fabrics native=vnetp,measured=vnetp:adapt=advise --dry-run",
                    ".*is\\.S\\.2.*"),
            // WorkloadsInMachinesTest runs workloads in virtual machines.
            new Row(
                    "macro --fabrics (tap-vm,vnetp-vm|vnetp-vm,vnetp-vm:nic=tap|native=vnetp-vm:nic=tap,vnetp-vm) .*",
                    "macro --fabrics vnetp-vm,vnetp-vm:nic=tap --workloads latency --links none --dry-run",
                    ".*nic-tap.*"),
            // NamespaceTestbedTest has another fabric stand for native.
            new Row(
                    "nas (ep\\.W\\.8 .* )?--fabrics native=tap-vm,vnetp-vm .*",
                    "nas is.S.4 --fabrics native=tap-vm,vnetp-vm --hosts 4 --links none --dry-run",
                    ".*vnetp-vm.*"),
            new Row(
                    "macro --fabrics tap-vm,vnetp-vm,vxlan-vm .*",
                    "macro --fabrics tap-vm,vnetp-vm,vxlan-vm --workloads latency --links none --dry-run",
                    ".*vnetp-vm.*"),
            new Row(
                    "macro --fabrics (tap-vm,)?vnetp-vm,vnetp-vm:placement=guest .*",
                    "macro --fabrics vnetp-vm,vnetp-vm:placement=guest --workloads latency --links none --dry-run",
                    ".*placement-guest.*"),
            new Row(
                    "micro( FILTER| ScatterReceive| RingToRing)?( --quick)?",
                    "micro NativeCallBenchmark.emptyCallBaseline --quick",
                    "/jmh.json"),
            // QemuMachinesTest has them up.
            new Row(
                    "macro --fabrics tap-vm:vmm=qemu,vnetp-vm:vmm=qemu .*",
                    "macro --fabrics tap-vm:vmm=qemu,vnetp-vm:vmm=qemu --workloads latency --links none --dry-run",
                    ".*vnetp-vm:vmm-qemu.*"),
            new Row("lab scale( .*)?", "lab scale --hosts 3 --topology star --silent 1", ".* star .* 6/6 .*"),
            new Row("lab up( .*)?", "lab up --hosts 2 --fabric x=vnetp:warm-up=0 --name LAB", "fabric x: .*"),
            new Row(
                    "lab exec guest-1 -- ping -c 3 guest-2",
                    "lab exec --name LAB guest-1 -- ping -c 1 -W 5 guest-2",
                    ".* 0% packet loss.*"),
            new Row("lab", "lab exec --name LAB a-x ping -c 1 -W 5 b-x", ".* 0% packet loss.*"),
            new Row("node (FILE|[ab]\\.vnetp)", "node FILE", "vnetp node .* ready control=.*"),
            new Row("key new (FILE|/etc/vnetp/a\\.key)", "key new OUT.key", "x25519:[A-Za-z0-9_-]{43}"),
            new Row("key show (FILE|/etc/vnetp/a\\.key)", "key show OUT.key", "x25519:[A-Za-z0-9_-]{43}"),
            new Row("ctl NODE STATEMENT|ctl [ab] show (links|learned)", "ctl NODE show links", ".*\\bb\\b.*"),
            new Row("ctl NODE 'show node'", "ctl NODE 'show node'", ".*\\d.*"),
            new Row("ctl a metrics listen 127\\.0\\.0\\.1:9100", "ctl NODE metrics listen 127.0.0.1:9100", ""),
            new Row("ctl a measure on", "ctl NODE measure on", ""),
            new Row("ctl a show measurements", "ctl NODE show measurements", "loss_out +unknown *"),
            new Row(
                    "ctl a show demands",
                    "ctl NODE show demands",
                    "demands unknown: measuring has just begun|topology .*"),
            // The lab that is up has two nodes.
            new Row("adapt a b c", "adapt --for 1 LAB", ".*mode advise, 2 nodes ready"),
            // AdaptTest has it lead four nodes.
            new Row("adapt --mode on .*", "adapt --mode on --rate 10gbit --for 1 LAB", ".*mode on, 2 nodes ready"),
            new Row("adapt --mode off a b c", "adapt --mode off LAB", ""),
            new Row("ctl a show adaptation", "ctl NODE show adaptation", "led by nobody"),
            new Row("adapt( NODE\\.\\.\\.)?", "adapt --help", "Usage: vnetp adapt.*"),
            new Row("ctl a measure link b capacity", "ctl NODE measure link b capacity", ""),
            new Row("ctl a show stats", "ctl NODE show stats", ".*vnet0.*"),
            new Row(
                    "ctl a begin 'route del 3' 'route add any any edge b any' commit",
                    "ctl NODE begin 'route del 3' 'route add any any edge b any' commit",
                    ""),
            new Row(
                    "ctl a route (move|retire) 02.*",
                    "ctl NODE route move 02:00:00:00:00:01 02:00:00:00:00:02 edge b any",
                    ""),
            new Row("ctl a show moves", "ctl NODE show moves", ".*02:00:00:00:00:01 .* set .*"),
            new Row("ctl a --file more\\.vnetp", "ctl NODE --file more.vnetp", ""),
            new Row("ctl a show nics --json", "ctl NODE show nics --json", ".*\"vnet0\".*"),
            new Row("ctl help link", "ctl help link", ".*link add.*"),
            new Row("ctl a help", "ctl NODE help", "route +says where frames go"),
            new Row("ctl a help nic", "ctl NODE help nic", ".*tap.*"));

    /// Under which no name of a file beyond ASCII is one, unless the launcher sees to it.
    private static final String LOCALE = "C";

    @TempDir
    Path parent;

    private Path directory;

    private final String name = "rdme" + ProcessHandle.current().pid() % 100_000;
    private BuiltLauncher launcher;
    private Process node;
    private boolean lab;

    @BeforeEach
    void files() throws IOException {
        directory = Files.createDirectory(parent.resolve("fa\u00e7on de moi"));
        launcher = BuiltLauncher.in(parent.resolve("d\u00e9p\u00f4t de moi"));
        Files.writeString(directory.resolve("HOSTS"), """
                n1 n1 native=10.0.0.1,eth0 vnetp=10.99.0.1,vnet0
                n2 n2 native=10.0.0.2,eth0 vnetp=10.99.0.2,vnet0
                """);
        NpbStub.in(Files.createDirectory(directory.resolve("NPB")), "", "");
        Files.writeString(directory.resolve("more.vnetp"), "route add any 02:00:00:00:00:77 edge b any\n");
        Files.writeString(directory.resolve("FILE"), """
                node NODE
                listen 127.0.0.1:4789 network 42
                nic vnet0 tap mac 02:00:00:00:00:01
                link add b 127.0.0.2:4789
                learn on
                route add any 02:00:00:00:00:02 edge b any
                route add any 02:00:00:00:00:03 edge b any
                route add any 02:00:00:00:00:04 edge b any
                """.replace("NODE", name));
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (node != null) {
            node.destroy();
            assertTrue(node.waitFor(PATIENCE_S, TimeUnit.SECONDS), "the node ends when it is told to");
        }
        if (lab) {
            Said down = run("lab down LAB");
            assertEquals(0, down.code(), down.text());
        }
        launcher.close();
    }

    private Map<String, String> environment() {
        return Map.of(
                "LC_ALL", LOCALE, "XDG_CACHE_HOME", directory.resolve("cache").toString());
    }

    private List<String> words(String smallest) {
        List<String> words = new ArrayList<>();
        for (String word : ReadmeCommandsTest.words("./vnetp " + smallest)) {
            words.add(
                    switch (word) {
                        case "NODE", "LAB" -> name;
                        case "HOSTS", "NPB", "FILE", "more.vnetp" ->
                            directory.resolve(word).toString();
                        default -> word.replace("OUT/", directory.resolve("out") + "/");
                    });
        }
        return words;
    }

    private Said run(String smallest) throws Exception {
        return launcher.run(directory, environment(), words(smallest));
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
        BuiltLauncher.needRootAndTun();
        Map<Row, List<String>> commands = new LinkedHashMap<>();
        ROWS.forEach(row -> commands.put(row, new ArrayList<>()));
        for (String command : ReadmeCommandsTest.lines()) {
            rowsOf(command).forEach(row -> commands.get(row).add(command));
        }
        return commands.keySet().stream()
                .filter(row -> ours(row.smallest()))
                .map(row -> DynamicTest.dynamicTest("./vnetp " + row.smallest(), () -> check(row, commands.get(row))));
    }

    private void check(Row row, List<String> commands) throws Exception {
        String of = "./vnetp " + row.smallest() + ", of the READMEs' " + commands + ", ";
        if (row.smallest().startsWith("node ")) {
            Path printed = Files.createTempFile(directory, "said", ".txt");
            List<String> apart = List.of("unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh");
            node = launcher.start(directory, environment(), apart, words(row.smallest()), printed);
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
            while (!new Said(0, Files.readString(printed)).hasLine(row.result())) {
                assertTrue(
                        node.isAlive() && System.nanoTime() < patience, () -> of + "is not ready: " + printed(printed));
                Thread.sleep(20);
            }
            return;
        }
        boolean keeps = row.result().startsWith("/");
        String to = "OUT/"
                + (row.smallest().startsWith("nas ep.S.2 --quick") ? "nas" : Integer.toHexString(row.hashCode()));
        lab |= row.smallest().startsWith("lab up");
        Said said = run(row.smallest() + (keeps ? " --out " + to : ""));
        assertEquals(row.code(), said.code(), () -> of + "says\n" + said.text());
        if (keeps) {
            Path file = directory.resolve("out" + to.substring(3) + row.result());
            assertTrue(Files.size(file) > 100, () -> of + "leaves no " + file);
        } else {
            assertTrue(
                    row.result().isEmpty()
                            || said.text().isEmpty() && "".matches(row.result())
                            || said.hasLine(row.result()),
                    () -> of + "prints no line '" + row.result() + "' but\n" + said.text());
        }
    }

    /// Which rows this class runs: those of results, some of which go by an earlier one's.
    /// [ReadmeNetworkRunTest] runs the others in a JVM beside it.
    ///
    /// @param smallest of the row
    boolean ours(String smallest) {
        return OF_RESULTS.matcher(smallest).lookingAt();
    }

    private static String printed(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
