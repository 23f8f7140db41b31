package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.macrobench.guest.CommandChannel;

/// Guests that are virtual machines. Skipped where User-Mode Linux is not installed.
@Tag("netns")
@Timeout(120)
class VirtualMachinesTest {
    /// Frames of bridges, ARP and IPv6 that nobody asked for.
    private static final long HOUSEKEEPING = 40;

    private static final String LAB = "vm" + ProcessHandle.current().pid();

    @BeforeEach
    void requirements() {
        Requirements.namespaces();
        Requirements.machines();
    }

    @AfterEach
    void nothingIsLeftBehind() throws Exception {
        NamespaceTestbedTest.assertNoTraces(LAB);
    }

    private static TestbedSpec spec() {
        return TestbedSpec.hosts(2).withName(LAB);
    }

    @Test
    void machinesOnBridgesAreMachinesWithThisOnesPrograms() throws Exception {
        try (Testbed testbed = Testbed.up(spec())) {
            Fabric fabric = testbed.fabric(FabricSpec.parse("tap-vm"));
            Endpoint a = fabric.endpoints().getFirst();
            assertEquals("a-tap-vm", Commands.run(a, "hostname").output());
            // Another kernel with one processor, this machine's files, processes and devices of its own.
            assertNotEquals(
                    Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(),
                    Commands.run(a, "uname", "-r").output());
            assertEquals("1", Commands.run(a, "nproc").output());
            Path file = Files.createTempFile(RunDirectory.path(), "shared", ".txt");
            Files.writeString(file, "of this machine");
            assertEquals(
                    "of this machine", Commands.run(a, "cat", file.toString()).output());
            Files.delete(file);
            assertFalse(Commands.run(a, "ps", "ax").output().contains("org.junit"), "processes are the guest's own");
            assertEquals(
                    "ctl0\neth0\nlo", Commands.run(a, "ls", "/sys/class/net").output());
            assertEquals(new Commands.Result(7, ""), Commands.run(a, "sh", "-c", "exit 7"));
            // Time runs as outside: latencies are told by it.
            assertEquals(
                    "timer",
                    Commands.run(a, "cat", "/sys/devices/system/clocksource/clocksource0/current_clocksource")
                            .output());
            assertFalse(Commands.run(a, "cat", "/proc/cmdline").output().contains("time-travel"));
            pingsAreCounted(fabric, "guest-2");
            assertEquals(1500, a.mtu());
            // What a process of a guest took, which has ended, is that guest's.
            Counters before = fabric.snapshot();
            Commands.run(a, "sh", "-c", "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done");
            List<Counters.Guest> took = fabric.snapshot().minus(before).guests();
            assertEquals("a-tap-vm", took.getFirst().host());
            assertTrue(took.getFirst().cpuSeconds() > took.get(1).cpuSeconds() + 0.2, took.toString());
            Counters.Interface got = stream(fabric).endpoints().get(1);
            // iperf3 ends while the last of the 20 MB are under way.
            assertTrue(got.rxBytes() > 10_000_000, got.toString());
            assertTrue(
                    got.rxBytes() / (double) got.rxFrames() > 3000,
                    "TCP reaches the other machine in superframes: " + got);
            fabric.check();
        }
    }

    /// The rings of both guests' NICs are served by two nodes.
    @Test
    void machinesReachEachOtherThroughNodesThatServeTheirRings() throws Exception {
        try (Testbed testbed = Testbed.up(spec())) {
            Fabric fabric = testbed.fabric(FabricSpec.parse("vnetp-vm:warm-up=0"));
            Counters counted = pingsAreCounted(fabric, "b");
            NodeWork work = counted.nodeWork().orElseThrow();
            assertTrue(work.framesTaken() >= 20 && work.bytesTaken() >= 20 * 1042, counted.toString());
            assertTrue(work.framesGiven() >= 20 && work.bytesGiven() >= 20 * 1042, counted.toString());
            assertEquals(
                    "virtio_net",
                    Commands.run(
                                    fabric.endpoints().getFirst(),
                                    "sh",
                                    "-c",
                                    "basename $(readlink /sys/class/net/eth0/device/driver)")
                            .output());
            // A guest that dies is named, with what its console said; the fabric comes up again.
            VirtualMachine victim = ((MachineEndpoint) fabric.endpoints().get(1)).machine();
            ProcessHandle kernel = ProcessHandle.of(victim.kernel().id().pid()).orElseThrow();
            Process waiting = fabric.endpoints().get(1).command("sleep", "60").start();
            kernel.destroyForcibly();
            kernel.onExit().join();
            var e = assertThrows(FabricException.class, fabric::check);
            assertTrue(e.getMessage().contains("virtual machine on b-vnetp-vm"), e.getMessage());
            assertTrue(waiting.waitFor(10, TimeUnit.SECONDS));
            assertEquals(CommandChannel.GONE, waiting.exitValue());
            assertEquals(
                    CommandChannel.GONE,
                    Commands.run(fabric.endpoints().get(1), "true").code());
        }
    }

    /// The same machines behind TAPs, on bridges with those of the nodes.
    @Test
    void machinesReachEachOtherThroughNodesBehindTheirTaps() throws Exception {
        try (Testbed testbed = Testbed.up(spec())) {
            Fabric fabric = testbed.fabric(FabricSpec.parse("vnetp-vm:nic=tap,warm-up=0"));
            NodeWork pings = pingsAreCounted(fabric, "b").nodeWork().orElseThrow();
            assertTrue(pings.framesTaken() >= 20 && pings.bytesTaken() >= 20 * 1042, pings.toString());
            Counters stream = stream(fabric);
            long sent = stream.endpoints().stream()
                    .mapToLong(Counters.Interface::txFrames)
                    .sum();
            assertEquals(
                    sent,
                    stream.nodeWork().orElseThrow().framesTaken(),
                    HOUSEKEEPING,
                    "the bridge cuts no superframe: " + stream);
            assertThrows(UnsupportedOperationException.class, () -> fabric.traveller(0));
        }
    }

    /// Whether the frames in which one TCP stream reaches a machine are longer than its MTU.
    /// What is counted while one TCP stream of 20 MB goes to the second machine.
    private static Counters stream(Fabric fabric) throws Exception {
        Endpoint receiver = fabric.endpoints().get(1);
        Process server = Commands.iperf3(receiver);
        try {
            Counters before = fabric.snapshot();
            Commands.Result sent =
                    Commands.run(fabric.endpoints().getFirst(), "iperf3", "-c", receiver.address(), "-n", "20M");
            assertEquals(0, sent.code(), sent.output());
            return fabric.snapshot().minus(before);
        } finally {
            Child.end(server);
        }
    }

    private static Counters pingsAreCounted(Fabric fabric, String to) throws IOException, InterruptedException {
        Counters before = fabric.snapshot();
        Commands.Result ping =
                Commands.run(fabric.endpoints().getFirst(), "ping", "-q", "-c", "10", "-i", "0.02", "-s", "1000", to);
        assertEquals(0, ping.code(), ping.output());
        Counters counted = fabric.snapshot().minus(before);
        for (int i = 0; i < 2; i++) {
            assertTrue(counted.endpoints().get(i).txBytes() >= 10 * 1042, counted.toString());
            // The TAP driver of User-Mode Linux counts what it receives without the Ethernet header.
            assertTrue(counted.endpoints().get(i).rxBytes() >= 10 * 1028, counted.toString());
            assertTrue(counted.underlay().get(i).txBytes() >= 10 * 1042, counted.toString());
        }
        assertTrue(counted.retransmits() >= 0, counted.toString());
        return counted;
    }

    @Test
    void aKilledRunsMachinesAreRemoved() throws Exception {
        Process victim = NamespaceTestbedTest.holder(LAB, "tap-vm");
        assertEquals("up", victim.inputReader().readLine());
        victim.destroyForcibly().waitFor();
        NamespaceTestbedTest.assertNoTraces(LAB);
    }

    @Test
    void wrongSettingsAreRefused() {
        try (Testbed testbed = Testbed.up(spec())) {
            var unknown = assertThrows(
                    IllegalArgumentException.class, () -> testbed.fabric(FabricSpec.parse("vnetp-vm:ring=64")));
            assertTrue(unknown.getMessage().contains("unknown setting 'ring'"), unknown.getMessage());
            var small = assertThrows(
                    IllegalArgumentException.class, () -> testbed.fabric(FabricSpec.parse("tap-vm:mem=1")));
            assertTrue(small.getMessage().contains("mem must be a whole number from 128"), small.getMessage());
            assertEquals(1, testbed.fabrics().size());
        }
    }

    @Test
    void machinesStandOverTheKernelsOverlayInALabThatOutlivesItsCommand() throws Exception {
        Commands.Result up = NamespaceTestbedTest.lab("up", "--fabric", "vxlan-vm", "--name", LAB);
        try {
            assertEquals(0, up.code(), up.output());
            assertTrue(up.output().contains("Linux kernel VXLAN"), up.output());
            Commands.Result exec =
                    NamespaceTestbedTest.lab("exec", "--name", LAB, "guest-2", "--", "sh", "-c", "hostname; exit 9");
            assertEquals(9, exec.code(), exec.output());
            assertEquals("b-vxlan-vm", exec.output());
            Commands.Result ping = NamespaceTestbedTest.lab(
                    "exec", "--name", LAB, "guest-1", "--", "ping", "-c", "1", "-M", "do", "-s", "1422", "guest-2");
            assertEquals(0, ping.code(), ping.output()); // 1450 bytes with the headers of IPv4 and ICMP
        } finally {
            assertEquals(0, NamespaceTestbedTest.lab("down", LAB).code());
        }
    }
}
