package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.vnetp.macrobench.guest.CommandChannel;

/// Guests that QEMU runs. Skipped where it, what serves files to guests or their kernel is not installed.
@Tag("netns")
@Timeout(300)
class QemuMachinesTest {
    private static final String LAB = "qe" + ProcessHandle.current().pid();
    private static final long BYTES = 1 << 20;

    @BeforeEach
    void requirements() {
        Requirements.namespaces();
        Requirements.qemu();
    }

    @AfterEach
    void nothingIsLeftBehind() throws Exception {
        NamespaceTestbedTest.assertNoTraces(LAB);
    }

    private static TestbedSpec spec() {
        return TestbedSpec.hosts(2).withName(LAB);
    }

    /// The rings of both guests' NICs are served by two nodes; programs are this machine's.
    @Test
    void machinesReachEachOtherThroughNodesThatServeTheirRings() throws Exception {
        Requirements.program("iperf3");
        try (Testbed testbed = Testbed.up(spec())) {
            Fabric fabric = testbed.fabric(FabricSpec.parse("vnetp-vm:vmm=qemu,accel=tcg,warm-up=0"));
            assertTrue(fabric.description().contains("guests QEMU by TCG, Linux "), fabric.description());
            Endpoint a = fabric.endpoints().getFirst();
            Endpoint b = fabric.endpoints().get(1);
            Path file = Files.createTempFile(RunDirectory.path(), "shared", ".txt");
            Files.writeString(file, "of this machine");
            Commands.Result seen = Commands.run(
                    a,
                    "sh",
                    "-c",
                    "hostname; nproc; ls /sys/class/net; basename $(readlink /sys/class/net/eth0/device/driver); cat "
                            + file + "; exit 7");
            assertEquals(
                    new Commands.Result(7, a.hostName() + "\n1\nctl0\neth0\nlo\nvirtio_net\nof this machine"), seen);
            Files.delete(file);
            pingsAreCounted(fabric);
            Process server = Commands.iperf3(b);
            Child.end(server);
            aDeadGuestIsNamed(fabric, b);
        }
    }

    private static void aDeadGuestIsNamed(Fabric fabric, Endpoint guest) throws Exception {
        VirtualMachine victim = ((MachineEndpoint) guest).machine();
        ProcessHandle monitor = ProcessHandle.of(victim.kernel().id().pid()).orElseThrow();
        assertTrue(monitor.info().command().orElse("").contains("qemu"), monitor.info()::toString);
        monitor.destroyForcibly();
        monitor.onExit().join();
        var e = assertThrows(FabricException.class, fabric::check);
        assertTrue(e.getMessage().contains("virtual machine on b-vnetp-vm"), e.getMessage());
        assertEquals(CommandChannel.GONE, Commands.run(guest, "true").code());
    }

    private static void pingsAreCounted(Fabric fabric) throws IOException, InterruptedException {
        Counters before = fabric.snapshot();
        Commands.Result ping = Commands.run(
                fabric.endpoints().getFirst(), "ping", "-q", "-c", "10", "-i", "0.02", "-s", "1000", "guest-2");
        assertEquals(0, ping.code(), ping.output());
        Counters counted = fabric.snapshot().minus(before);
        for (int i = 0; i < 2; i++) {
            assertTrue(counted.endpoints().get(i).txBytes() >= 10 * 1042, counted.toString());
            assertTrue(counted.endpoints().get(i).rxBytes() >= 10 * 1042, counted.toString());
            assertTrue(counted.underlay().get(i).txBytes() >= 10 * 1042, counted.toString());
        }
    }

    /// On bridges, by QEMU's own TAPs.
    @Test
    @EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // half a minute
    void aKilledRunsMachinesAreRemoved() throws Exception {
        Process victim = NamespaceTestbedTest.holder(LAB, "tap-vm:vmm=qemu");
        assertEquals("up", victim.inputReader().readLine());
        victim.destroyForcibly().waitFor();
        NamespaceTestbedTest.assertNoTraces(LAB);
    }

    @Test
    void wrongSettingsAreRefused() {
        try (Testbed testbed = Testbed.up(spec())) {
            Commands.assertRefused(testbed, "tap-vm:vmm=xen", "vmm must be uml or qemu, got 'xen'");
            Commands.assertRefused(testbed, "tap-vm:vmm=qemu,accel=hvf", "accel must be kvm or tcg, got 'hvf'");
            Commands.assertRefused(testbed, "vnetp-vm:accel=tcg", "accel=tcg wants vmm=qemu, got vmm=uml");
            if (!Files.exists(Path.of("/sys/module/kvm_intel")) && !Files.exists(Path.of("/sys/module/kvm_amd"))) {
                var none = assertThrows(
                        UnavailableException.class,
                        () -> testbed.fabric(FabricSpec.parse("tap-vm:vmm=qemu,accel=kvm")));
                assertTrue(none.getMessage().contains("kvm_intel or kvm_amd"), none.getMessage());
            }
            assertEquals(1, testbed.fabrics().size());
        }
    }
}
