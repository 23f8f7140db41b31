package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.macrobench.campaign.Program;

class InventoryTestbedTest {
    @Test
    void aHostsLineNamesItsTargetAndItsEndOfEachFabric() {
        var inventory = InventoryTestbed.parse("i", """
                # two machines
                option -p 2222
                n1 u@h1 native=10.0.0.1,eth0 vnetp=10.9.0.1,vnet0,root@vm1   # the guest is a machine too
                n2 u@h2 native=10.0.0.2,eth0 vnetp=10.9.0.2,vnet0,root@vm2
                """);
        assertEquals(List.of("-p", "2222"), inventory.options());
        var row = inventory.rows().get(1);
        assertEquals("u@h2", row.target());
        assertEquals(
                new InventoryTestbed.Column("10.0.0.2", "eth0", "u@h2"),
                row.columns().get("native"));
        assertEquals(
                new InventoryTestbed.Column("10.9.0.2", "vnet0", "root@vm2"),
                row.columns().get("vnetp"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    n1 h1                                         | line 1: expected NAME SSH-TARGET
                    n1 h1 vnetp=10.0.0.1,e                        | line 1: native=ADDRESS,INTERFACE is missing
                    n1 h1 native=10.0.0.1                         | line 1: expected FABRIC=ADDRESS,INTERFACE
                    n1 h1 native=ten,e                            | line 1: expected FABRIC=ADDRESS,INTERFACE
                    n1 -oProxyCommand=x native=10.0.0.1,e         | line 1: not a host name and ssh target
                    n1 h1 native=1.1.1.1,e ~ n1 h2 native=1.1.1.2,e | line 2: host 'n1' is there twice
                    n1 h1 native=1.1.1.1,e ~ n2 h2 native=1.1.1.2,e v=2.2.2.2,v | line 2: expected the fabrics native as in
                    n1 h1 native=1.1.1.1,e                        | expected two hosts or more, got 1
                    """)
    void whatIsWrongIsNamedWithItsLine(String text, String message) {
        var e = assertThrows(
                IllegalArgumentException.class, () -> InventoryTestbed.parse("i", text.replace(" ~ ", "\n")));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Nested
    @Tag("netns")
    @Timeout(60)
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OfMachinesReachedBySsh {
        private SshHosts hosts;
        private Testbed testbed;
        private Fabric over;
        private Endpoint a;
        private Endpoint b;

        @BeforeAll
        void up() throws IOException {
            hosts = SshHosts.up("ssh");
            testbed = hosts.testbed();
            over = testbed.fabric(FabricSpec.parse("over=vxlan"));
            a = over.endpoints().get(0);
            b = over.endpoints().get(1);
        }

        @AfterAll
        void down() throws IOException {
            if (testbed != null) {
                testbed.close();
            }
            if (hosts != null) {
                hosts.close();
            }
        }

        private static String said(Process process) throws IOException {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }

        private static void comesTrue(BooleanSupplier what, String message) throws InterruptedException {
            for (int i = 0; i < 600 && !what.getAsBoolean(); i++) {
                Thread.sleep(50);
            }
            assertTrue(what.getAsBoolean(), message);
        }

        /// Whether a process that sleeps for exactly this many seconds is alive: the hosts' processes are seen here.
        private static boolean sleeps(String seconds) {
            return ProcessHandle.allProcesses()
                    .anyMatch(p -> p.info()
                            .arguments()
                            .filter(words -> words.length == 1 && words[0].equals(seconds))
                            .isPresent());
        }

        @Test
        void theyAreATestbedToo() throws Exception {
            assertEquals(
                    List.of("native", "over"),
                    testbed.fabrics().stream().map(Fabric::name).limit(2).toList());
            assertEquals(1450, b.mtu());
            Process process = b.command("sh", "-c", "hostname; echo \"$1\"; exit 5", "sh", "it's  $HOME")
                    .start();
            assertEquals("b-vxlan\nit's  $HOME\n", said(process));
            assertEquals(5, process.waitFor());
            Counters before = over.snapshot();
            a.command("ping", "-q", "-c", "5", "-i", "0.01", "-s", "1000", b.address())
                    .start()
                    .waitFor();
            Counters counted = over.snapshot().minus(before);
            assertTrue(counted.endpoints().getFirst().txBytes() >= 5 * 1028, counted.toString());
            assertTrue(counted.underlay().getFirst().txBytes() >= 5 * 1028, counted.toString());
            assertEquals(Double.NaN, counted.nodeCpuSeconds(), "what carries it is not known");
            assertEquals(0, testbed.fabrics().getFirst().snapshot().nodeCpuSeconds());
            assertThrows(IllegalArgumentException.class, () -> testbed.fabric(FabricSpec.vxlan()));
            assertThrows(IllegalArgumentException.class, () -> testbed.setLinkRate(LinkRate.GBIT_1));
        }

        /// Starting a JVM takes some hundredths of a second, wherever it runs.
        @Test
        void aNodeOfOursTellsItsCpuTime() {
            Fabric ours = testbed.fabric(FabricSpec.parse("vnetp:warm-up=0"));
            List<Counters.Node> nodes = ours.snapshot().nodes();
            assertEquals(2, nodes.size());
            nodes.forEach(node -> assertTrue(node.cpuSeconds() > 0, nodes.toString()));
            assertTrue(ours.snapshot().nodeCpuSeconds()
                    >= nodes.stream().mapToDouble(Counters.Node::cpuSeconds).sum());
        }

        @Test
        void theAgentIsAtTheFirstEndpointAndLeadsToTheOthers() throws Exception {
            assertFalse(Files.exists(over.agent()), "it is here, where no launcher runs");
            String agent = over.agent().toString();
            for (String to : List.of(b.address(), b.hostName(), "root@n1")) {
                Process process = a.command(agent, "-x", to, "hostname;", "echo \"it's \\$HOME\"; exit 9")
                        .redirectErrorStream(true) // a launcher reads what its ranks say elsewhere
                        .start();
                assertEquals("b-vxlan\nit's $HOME\n", said(process), to);
                assertEquals(9, process.waitFor());
            }
            assertEquals(
                    "/bin/bash\n",
                    said(a.command(agent, b.hostName(), "echo $SHELL").start()));
        }

        @Test
        void aTetheredCommandEndsWithItsConnection() throws Exception {
            Process closed = b.tethered(List.of("sleep", "984.25")).start();
            Process killed = b.tethered(List.of("sleep", "984.5")).start();
            comesTrue(() -> sleeps("984.25") && sleeps("984.5"), "they did not start");
            closed.getOutputStream().close();
            killed.destroyForcibly();
            comesTrue(() -> !sleeps("984.25"), "it outlived its standard input");
            comesTrue(() -> !sleeps("984.5"), "it outlived its connection");
            assertEquals(128 + 15, closed.waitFor());
        }

        @Test
        void aTetheredCommandThatEndsIsNotWaitedForAndKeepsItsExitCode() throws Exception {
            Process process =
                    b.tethered(List.of("sh", "-c", "cat; echo said; exit 7")).start();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertEquals(7, process.exitValue());
            assertEquals("said\n", said(process));
        }

        @Test
        void aProgramKilledAtItsLimitIsKilledThereToo(@TempDir Path dir) throws Exception {
            Program.Result result = Program.run(
                    b.tethered(List.of("sleep", "984.75")),
                    dir.resolve("out"),
                    dir.resolve("err"),
                    Duration.ofMillis(1_500));
            assertTrue(result.timedOut());
            comesTrue(() -> !sleeps("984.75"), "it outlived its limit");
        }

        @Test
        void aScratchDirectoryIsThereAndGoesWithItsFiles() throws Exception {
            String path;
            try (Scratch scratch = Scratch.at(b)) {
                path = scratch.path();
                assertFalse(Files.exists(Path.of(path)), "it is here");
                scratch.write("it's one", "some\ntext");
                assertEquals(Optional.of("some\ntext"), scratch.read("it's one"));
                assertEquals(Optional.empty(), scratch.read("other"));
                assertEquals(0, b.command("test", "-d", path).start().waitFor());
            }
            assertEquals(1, b.command("test", "-e", path).start().waitFor());
        }

        @Test
        void aScratchDirectoryThatCannotBeMadeIsSaidToBeSo() {
            // A /tmp without room for it: as a command would see that, without one.
            Endpoint full = new Elsewhere(b);
            String message =
                    assertThrows(FabricException.class, () -> Scratch.at(full)).getMessage();
            assertTrue(message.contains("directory at n1-over"), message);
            assertTrue(message.contains("no-such"), message);
        }

        @Test
        void whatAMachineLacksIsNamed() {
            assertEquals(Optional.empty(), b.lacks(List.of("sh", "/bin/sh")));
            assertEquals(Optional.of("no-such"), b.lacks(List.of("sh", "no-such", "neither")));
            assertEquals(Optional.of("/no/such"), b.lacks(List.of("/no/such", "sh")));
        }
    }

    /// An endpoint whose directory for temporary files is not there.
    private record Elsewhere(Endpoint of) implements Endpoint {
        @Override
        public String hostName() {
            return of.hostName();
        }

        @Override
        public int hostIndex() {
            return of.hostIndex();
        }

        @Override
        public String address() {
            return of.address();
        }

        @Override
        public String address6() {
            return of.address6();
        }

        @Override
        public String interfaceName() {
            return of.interfaceName();
        }

        @Override
        public int mtu() {
            return of.mtu();
        }

        @Override
        public ProcessBuilder command(List<String> command) {
            List<String> words = new ArrayList<>(List.of("env", "TMPDIR=/no-such"));
            words.addAll(command);
            return of.command(words);
        }
    }
}
