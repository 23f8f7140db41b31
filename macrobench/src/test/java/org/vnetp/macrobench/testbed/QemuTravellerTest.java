package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// A virtual machine that QEMU moves from node to node. Skipped where QEMU is not installed.
@Tag("netns")
@Timeout(300)
class QemuTravellerTest {
    private static final String LAB = "qt" + ProcessHandle.current().pid();

    @AfterEach
    void nothingIsLeftBehind() throws Exception {
        NamespaceTestbedTest.assertNoTraces(LAB);
    }

    private static void ping(Fabric fabric, Traveller to) throws Exception {
        Process ping = fabric.endpoints()
                .getFirst()
                .command(
                        "ping",
                        "-n",
                        "-q",
                        "-c",
                        "20",
                        "-i",
                        "0.01",
                        "-w",
                        "20",
                        to.endpoint().address())
                .redirectErrorStream(true)
                .start();
        String said = new String(ping.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, ping.waitFor(), said);
    }

    /// Nodes that learn find it by the frame that announces it.
    @Test
    @EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // a minute
    void aMovedMachineIsFoundAndGoesOnAndTheFabricIsAsItWas() throws Exception {
        Requirements.namespaces();
        Requirements.qemu();
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(2).withName(LAB));
                VnetpFabric fabric = (VnetpFabric)
                        testbed.fabric(FabricSpec.parse("vnetp-vm:vmm=qemu,accel=tcg,learn=on,warm-up=0"))) {
            List<String> before = TravellerTest.told(fabric, 2);
            try (Traveller guest = fabric.traveller(0)) {
                ping(fabric, guest);
                long atNew = TravellerTest.given(fabric, 1);
                guest.moveTo(1);
                assertTrue(guest.pause().orElseThrow().bytes() > 100 << 20, "its memory is copied");
                assertEquals(1, guest.endpoint().hostIndex());
                // Nobody tells the nodes, and it says nothing unasked: its new QEMU has it announced.
                ping(fabric, guest);
                assertTrue(TravellerTest.given(fabric, 1) >= atNew + 20, "the new node gave it nothing");
                // Its programs go on, and the way of commands to them.
                assertEquals(
                        "moving-" + fabric.spec().safeName(),
                        Child.output(guest.endpoint().command("cat", "/proc/sys/kernel/hostname"))
                                .strip());
            }
            assertEquals(before, TravellerTest.told(fabric, 2));
            fabric.check();
        }
    }
}
