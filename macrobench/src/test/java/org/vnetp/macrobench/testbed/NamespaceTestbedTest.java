package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.overlay.control.CtlMain;

@Tag("netns")
@Timeout(60)
class NamespaceTestbedTest {
    private static final String LAB = "test" + ProcessHandle.current().pid();

    @BeforeEach
    void requirements() {
        Requirements.namespaces();
    }

    @AfterEach
    void nothingIsLeftBehind() throws Exception {
        assertNoTraces(LAB);
    }

    /// Waits until nothing carries a lab's name.
    static void assertNoTraces(String lab) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        List<String> left = traces(lab);
        while (!left.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(20); // a killed process is there until it has died
            left = traces(lab);
        }
        assertEquals(List.of(), left);
    }

    /// Everything on this machine that carries the lab's name: namespaces, state, hosts files,
    /// processes.
    private static List<String> traces(String lab) throws IOException {
        List<String> found = new ArrayList<>();
        for (String place : List.of("/run/netns", "/etc/netns", "/run/vnetp/labs", "/run/vnetp")) {
            if (Files.isDirectory(Path.of(place))) {
                try (Stream<Path> entries = Files.list(Path.of(place))) {
                    entries.filter(p -> p.getFileName().toString().contains(lab))
                            .forEach(p -> found.add(p.toString()));
                }
            }
        }
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            for (ProcessHandle process : all.toList()) {
                Path commandLine = Path.of("/proc", Long.toString(process.pid()), "cmdline");
                try {
                    String text = Files.readString(commandLine, StandardCharsets.ISO_8859_1);
                    if (text.contains("vnetp-" + lab + "-") || text.contains("/labs/" + lab + "/")) {
                        found.add(process.pid() + " " + text.replace('\0', ' '));
                    }
                } catch (IOException gone) {
                    // Ended meanwhile.
                }
            }
        }
        return found;
    }

    private static TestbedSpec spec() {
        return TestbedSpec.hosts(2).withName(LAB);
    }

    @Test
    void hostsHaveTheirOwnNamesAndReachEachOtherByName() throws Exception {
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(3).withName(LAB))) {
            Fabric fabric = testbed.fabric(FabricSpec.nativeFabric());
            Endpoint c = fabric.endpoints().get(2);
            assertEquals("c", Commands.run(c.command("hostname")).output());
            assertEquals(
                    c.address(),
                    Commands.run(fabric.endpoints().get(0).command("sh", "-c", "getent hosts c | cut -d' ' -f1"))
                            .output());
            Commands.Result ping = Commands.run(fabric.endpoints().get(0).command("ping", "-c", "1", "-W", "2", "c"));
            assertEquals(0, ping.code(), ping.output());
            Commands.Result ping6 =
                    Commands.run(fabric.endpoints().get(1).command("ping", "-c", "1", "-W", "2", c.address6()));
            assertEquals(0, ping6.code(), ping6.output());
            // /sys shows the host's interfaces, not the machine's.
            assertEquals(
                    "eth0\nlo", Commands.run(c.command("ls", "/sys/class/net")).output());
            assertTrue(testbed.congestionControl().startsWith("cubic"), testbed.congestionControl());
        }
    }

    @Test
    void anotherFabricMayStandInNativesPlace() throws Exception {
        try (Testbed testbed = Testbed.up(spec())) {
            Fabric fabric = testbed.fabric(FabricSpec.parse("native=vxlan"));
            assertEquals("native", fabric.name());
            assertEquals(List.of(fabric), testbed.fabrics());
            assertTrue(fabric.description().contains("VXLAN"), fabric.description());
            assertEquals(
                    0,
                    Commands.run(fabric.endpoints().getFirst().command("ping", "-c", "1", "-W", "2", "b"))
                            .code());
        }
    }

    @Test
    void exitCodesArgumentsAndStandardInputPassThrough() throws Exception {
        try (Testbed testbed = Testbed.up(spec())) {
            Endpoint a = testbed.fabrics().getFirst().endpoints().getFirst();
            assertEquals(7, Commands.run(a.command("sh", "-c", "exit 7")).code());
            assertEquals(
                    "a b|c'd|$HOME|",
                    Commands.run(a.command("printf", "%s|", "a b", "c'd", "$HOME"))
                            .output());
            assertEquals(
                    "/",
                    Commands.run(a.command("pwd").directory(Path.of("/").toFile()))
                            .output());
            Process cat = a.command("cat").start();
            try (var stdin = cat.getOutputStream()) {
                stdin.write("hello".getBytes(StandardCharsets.UTF_8));
            }
            assertEquals("hello", new String(cat.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void severalFabricsStandSideBySideAndTheirBytesCrossTheUnderlay() throws Exception {
        try (Testbed testbed = Testbed.up(spec())) {
            Fabric vxlan = testbed.fabric(FabricSpec.vxlan());
            Fabric small = testbed.fabric(FabricSpec.parse("small=vxlan:mtu=1280"));
            assertEquals(1450, vxlan.endpoints().getFirst().mtu());
            assertEquals(1280, small.endpoints().getFirst().mtu());
            assertEquals(
                    "b-small",
                    Commands.run(small.endpoints().get(1).command("hostname")).output());
            assertNotEquals(
                    vxlan.endpoints().getFirst().address(),
                    small.endpoints().getFirst().address());
            Counters before = vxlan.snapshot();
            Counters otherBefore = small.snapshot();
            Commands.Result ping = Commands.run(
                    vxlan.endpoints().get(0).command("ping", "-q", "-c", "20", "-i", "0.01", "-s", "1000", "b"));
            assertEquals(0, ping.code(), ping.output());
            Counters counted = vxlan.snapshot().minus(before);
            assertTrue(counted.endpoints().getFirst().txBytes() >= 20 * 1028, counted.toString());
            assertTrue(counted.underlay().getFirst().txBytes() >= 20 * 1092, counted.toString());
            assertTrue(small.snapshot().minus(otherBefore).endpointBytes() < 20 * 1028);
            vxlan.close();
            assertEquals(2, testbed.fabrics().size());
            Commands.Result still = Commands.run(small.endpoints().get(0).command("ping", "-c", "1", "-W", "2", "b"));
            assertEquals(0, still.code(), still.output());
            assertFalse(Files.exists(Path.of("/run/netns/vnetp-" + LAB + "-a-vxlan")));
        }
    }

    @Test
    void theAgentRunsWhatMpiLaunchersHandToSsh() throws Exception {
        try (Testbed testbed = Testbed.up(spec())) {
            String agent = testbed.fabrics().getFirst().agent().toString();
            assertEquals(
                    "b:x  y:1",
                    Commands.run(new ProcessBuilder(
                                    agent,
                                    "-x",
                                    "-o",
                                    "BatchMode=yes",
                                    "-p22",
                                    "b",
                                    "V=1;",
                                    "echo",
                                    "`hostname`:'x  y':$V"))
                            .output());
            assertEquals(
                    "a",
                    Commands.run(new ProcessBuilder(
                                    agent, "root@" + testbed.hosts().getFirst().address(), "hostname"))
                            .output());
            Commands.Result unknown = Commands.run(new ProcessBuilder(agent, "z", "hostname"));
            assertEquals(255, unknown.code());
            assertTrue(unknown.output().contains("no host 'z'"), unknown.output());
        }
    }

    @Test
    void aShapedLinkIsSlowerThanAnUnshapedOne() throws Exception {
        try (Testbed testbed = Testbed.up(spec().withLink(LinkRate.parse("10mbit")))) {
            double shaped = megabitsPerSecond(testbed);
            testbed.setLinkRate(LinkRate.NONE);
            assertEquals(LinkRate.NONE, testbed.linkRate());
            double unshaped = megabitsPerSecond(testbed);
            // Beside the rate there is the bucket's content; without a rate even a slow machine does several times
            // this.
            assertTrue(shaped < 20 && unshaped > 2 * shaped, shaped + " and " + unshaped + " Mbit/s");
        }
    }

    /// Megabits that UDP senders push through in a second, counted where they arrive.
    private static double megabitsPerSecond(Testbed testbed) throws Exception {
        Fabric fabric = testbed.fabrics().getFirst();
        String to = fabric.endpoints().get(1).address();
        Counters before = fabric.snapshot();
        // The flood is echo requests nobody needs to answer.
        Process flood = fabric.endpoints()
                .getFirst()
                .command("timeout", "1", "ping", "-f", "-q", "-l", "200", "-s", "1400", to)
                .redirectErrorStream(true)
                .start();
        flood.getInputStream().readAllBytes();
        flood.waitFor();
        Counters counted = fabric.snapshot().minus(before);
        return counted.endpoints().get(1).rxBytes() * 8e3 / counted.nanoTime();
    }

    @Test
    void aFailureHalfWayRemovesWhatWasThere() {
        String foreign = "vnetp-" + LAB + "-b";
        Shell.run("ip", "netns", "add", foreign);
        try {
            var e = assertThrows(TestbedException.class, () -> Testbed.up(spec()));
            assertTrue(e.getMessage().contains(foreign), e.getMessage());
            // What is not ours stays.
            assertTrue(Files.exists(Path.of("/run/netns/" + foreign)));
            assertFalse(Files.exists(Path.of("/run/netns/vnetp-" + LAB + "-a")));
        } finally {
            Shell.run("ip", "netns", "del", foreign);
        }
    }

    @Test
    void aPeerThatDoesNotComeUpIsNamedWithItsLogAndTheRestGoesOn(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("broken.fabric"), """
                title = broken
                encryption = off
                program = sh
                package = dash
                interface = tap9
                mtu = 1400
                [daemon]
                sh -c 'echo "no licence found" >&2; sleep 0.1; exit 3'
                """);
        try (Testbed testbed = Testbed.up(spec())) {
            var e = assertThrows(FabricException.class, () -> testbed.fabric(FabricSpec.parse("file:" + file)));
            assertTrue(e.getMessage().contains("fabric broken: sh on a has ended"), e.getMessage());
            assertTrue(e.getMessage().contains("no licence found"), e.getMessage());
            assertEquals(1, testbed.fabrics().size());
            assertEquals(2, testbed.fabric(FabricSpec.vxlan()).endpoints().size());
        }
    }

    @Test
    void wrongSettingsAreRefusedWithTheLegalOnes() {
        try (Testbed testbed = Testbed.up(spec())) {
            var e = assertThrows(
                    IllegalArgumentException.class, () -> testbed.fabric(FabricSpec.parse("vxlan:colour=red")));
            assertTrue(e.getMessage().contains("legal are mtu, port"), e.getMessage());
            testbed.fabric(FabricSpec.vxlan());
            assertThrows(IllegalArgumentException.class, () -> testbed.fabric(FabricSpec.vxlan()));
        }
    }

    @Test
    void aLabOfThatNameIsRefusedAndLeftAlone() {
        try (Testbed testbed = Testbed.up(spec())) {
            var e = assertThrows(TestbedException.class, () -> Testbed.up(spec()));
            assertTrue(e.getMessage().contains("is up already"), e.getMessage());
            testbed.fabrics().getFirst().check();
        }
    }

    @Test
    void aRunKilledWithMinusNineIsRemovedByTheNextOne() throws Exception {
        Process victim = holder(LAB, "vxlan");
        String ready = victim.inputReader().readLine();
        assertEquals("up", ready);
        assertTrue(traces(LAB).size() > 3);
        victim.destroyForcibly().waitFor();
        // It removes nothing itself; a test beside this one may be the next.
        try (Testbed _ = Testbed.up(TestbedSpec.hosts(2).withName(LAB.replace("test", "next")))) {
            nothingIsLeftBehind();
        }
    }

    @Test
    void aTerminatedRunRemovesItself() throws Exception {
        Process victim = holder(LAB, "vxlan");
        assertEquals("up", victim.inputReader().readLine());
        victim.destroy();
        assertTrue(victim.waitFor(20, TimeUnit.SECONDS));
        nothingIsLeftBehind();
    }

    @Test
    void upAndDownAndExecWorkFromDifferentProcesses() throws Exception {
        Commands.Result up = lab("up", "--fabric", "vxlan", "--name", LAB);
        assertEquals(0, up.code(), up.output());
        assertTrue(up.output().contains("a-vxlan"), up.output());
        assertTrue(lab("list").output().contains(LAB));
        assertEquals("a-vxlan", lab("exec", "--name", LAB, "a", "hostname").output());
        assertEquals(
                "b",
                lab("exec", "--name", LAB, "--fabric", "native", "b", "hostname")
                        .output());
        assertEquals(9, lab("exec", "--name", LAB, "a", "sh", "-c", "exit 9").code());
        assertEquals(
                "a-vxlan", lab("exec", "--name", LAB, "a", "--", "hostname").output());
        assertEquals(
                8, lab("exec", "--name", LAB, "a", "--", "sh", "-c", "exit 8").code());
        Commands.Result nothing = lab("exec", "--name", LAB, "a", "--");
        assertEquals(LabMain.USAGE, nothing.code());
        assertTrue(nothing.output().contains("expected a command"), nothing.output());
        Commands.Result nobody = lab("exec", "--name", LAB, "q", "hostname");
        assertEquals(LabMain.USAGE, nobody.code());
        assertTrue(nobody.output().contains("no endpoint 'q'; there are a, b, a-vxlan, b-vxlan"), nobody.output());
        Commands.Result down = lab("down", LAB);
        assertEquals(0, down.code(), down.output());
        assertEquals(LabMain.USAGE, lab("up", "--hosts", "1", "--name", LAB).code());
        assertEquals(
                LabMain.USAGE,
                lab("up", "--fabric", "carrier-pigeon", "--name", LAB).code());
    }

    @Test
    void upTellsHowToTalkToItsNodesAndThatWorks() throws Exception {
        Commands.Result up = lab("up", "--fabric", "v=vnetp:warm-up=0", "--name", LAB);
        try {
            assertEquals(0, up.code(), up.output());
            String name = LAB + "/v/a";
            assertTrue(up.output().contains("./vnetp ctl " + name + " show links"), up.output());
            Commands.Result links =
                    Commands.run(new ProcessBuilder(java(CtlMain.class, classPath(), name, "show", "links")));
            assertEquals(0, links.code(), links.output());
            assertTrue(links.output().contains("  vnet  "), links.output());
        } finally {
            assertEquals(0, lab("down", LAB).code());
        }
    }

    /// The faults: `%d` wrote `/proc/١٧٧٢٦/stat` into a script, and a node's start time likewise.
    @Test
    void aLabStandsWhateverDigitsTheUserReads() throws Exception {
        Commands.Result up = arabicLab("up", "--fabric", "v=vnetp:warm-up=0", "--name", LAB);
        try {
            assertEquals(0, up.code(), up.output());
            Commands.Result exec = arabicLab("exec", "--name", LAB, "a", "hostname");
            assertTrue(exec.output().endsWith("a-v"), exec.output());
            assertTrue(up.output().chars().noneMatch(c -> c >= '٠' && c <= '٩'), up.output());
        } finally {
            assertEquals(0, arabicLab("down", LAB).code());
        }
    }

    /// Also the JVMs that it starts, its nodes, are told this language.
    private static Commands.Result arabicLab(String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(java(LabMain.class, classPath(), arguments));
        builder.environment().put("JAVA_TOOL_OPTIONS", "-Duser.language=ar -Duser.country=EG");
        return Commands.run(builder);
    }

    static Commands.Result lab(String... arguments) throws IOException, InterruptedException {
        return Commands.run(new ProcessBuilder(java(LabMain.class, classPath(), arguments)));
    }

    /// A process that says "up" when its lab is, and then waits to be killed.
    static Process holder(String... arguments) throws IOException {
        return new ProcessBuilder(java(Holder.class, classPath(), arguments))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static List<String> java(Class<?> main, String classPath, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /// Brings the lab up and waits to be killed.
    static final class Holder {
        public static void main(String[] arguments) throws InterruptedException {
            Testbed testbed = Testbed.up(spec(arguments));
            testbed.fabric(FabricSpec.parse(arguments[1]));
            System.out.println("up");
            Thread.sleep(60_000);
        }

        private static TestbedSpec spec(String[] arguments) {
            return TestbedSpec.hosts(2).withName(arguments[0]);
        }
    }
}
