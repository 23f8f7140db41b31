package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// The overlay in its guests, which are virtual machines. Skipped where User-Mode Linux is not installed.
@Tag("netns")
@Timeout(180)
class InGuestFabricTest {
    private static final String LAB = "ig" + ProcessHandle.current().pid();
    private static final Pattern BYTES = Pattern.compile("\"sum_received\":\\s*\\{[^}]*\"bytes\":\\s*(\\d+)");

    @BeforeEach
    void requirements() {
        Requirements.namespaces();
        Requirements.machines();
    }

    @AfterEach
    void nothingIsLeftBehind() throws Exception {
        NamespaceTestbedTest.assertNoTraces(LAB);
    }

    @Test
    void nodesInGuestsCarryTheirFramesAndThoseOutsideForwardDatagrams() throws Exception {
        Requirements.program("iperf3");
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(2).withName(LAB))) {
            Fabric fabric = testbed.fabric(FabricSpec.parse("vnetp-vm:placement=guest,warm-up=0,mem=256"));
            Endpoint a = fabric.endpoints().getFirst();
            assertTrue(fabric.description().contains("placement guest"), fabric.description());
            assertEquals("vnet0", a.interfaceName());
            assertEquals(
                    "ctl0\neth0\nlo\nvnet0",
                    Commands.run(a, "ls", "/sys/class/net").output());
            assertEquals(
                    "1500", Commands.run(a, "cat", "/sys/class/net/eth0/mtu").output());
            // A frame of the overlay's MTU is one datagram of the outer one, and nothing longer passes.
            assertTrue(a.mtu() > 1400 && a.mtu() < 1500, "MTU " + a.mtu());
            Counters pinged = pings(fabric, a.mtu() - 28);
            assertNotEquals(
                    0,
                    Commands.run(a, "ping", "-c", "1", "-M", "do", "-s", Integer.toString(a.mtu() - 27), "b")
                            .code());
            // The node in each guest took its ten frames and gave ten; none of them was cut.
            NodeWork nodes = pinged.nodeWork().orElseThrow();
            assertTrue(nodes.framesTaken() >= 20 && nodes.framesGiven() >= 20, pinged.toString());
            assertTrue(nodes.datagrams() >= 20 && nodes.datagrams() < 30, pinged.toString());
            assertEquals(0, nodes.kicks(), "its NIC is a TAP");
            // The one outside of each took the datagrams at one of its sides and gave them at the other.
            NodeWork forwarders = pinged.ringWork().orElseThrow();
            assertTrue(forwarders.framesTaken() >= 40 && forwarders.framesGiven() >= 40, pinged.toString());
            assertEquals(0, forwarders.datagrams(), "no links");
            assertTrue(forwarders.kicks() > 0 && forwarders.wakes() > 0, pinged.toString());
            assertTrue(pinged.ringFrames() >= 20, pinged.toString());
            assertEquals(2, pinged.guests().size());
            assertTrue(pinged.guests().stream().allMatch(guest -> guest.cpuSeconds() > 0), pinged.toString());

            streamCrossesBothKindsOfNodes(fabric);
            fabric.check();
            List<String> commands = ((VnetpFabric) fabric).talking();
            assertTrue(
                    commands.getFirst().contains(LAB + " " + a.hostName() + " ./vnetp ctl /dev/shm/vnetp.sock "),
                    "" + commands);

            // A node that dies is named, with the end of its log.
            assertEquals(
                    0,
                    Commands.run(a, "sh", "-c", "kill -9 $(pgrep -f [o]verlay.NodeMain)")
                            .code());
            FabricException dead = assertThrows(FabricException.class, () -> {
                for (int i = 0; i < 100; i++) {
                    fabric.check();
                    Thread.sleep(50);
                }
            });
            assertTrue(dead.getMessage().contains("the node in " + a.hostName() + " has ended"), dead.getMessage());
            assertTrue(dead.getMessage().contains("ready"), dead.getMessage());
        }
    }

    private static Counters pings(Fabric fabric, int size) throws IOException, InterruptedException {
        Counters before = fabric.snapshot();
        Commands.Result ping = Commands.run(
                fabric.endpoints().getFirst(),
                "ping",
                "-q",
                "-c",
                "10",
                "-i",
                "0.02",
                "-M",
                "do",
                "-s",
                Integer.toString(size),
                "b");
        assertEquals(0, ping.code(), ping.output());
        Counters counted = fabric.snapshot().minus(before);
        for (int i = 0; i < 2; i++) {
            assertTrue(counted.endpoints().get(i).txBytes() >= 10L * (size + 42), counted.toString());
            assertTrue(counted.underlay().get(i).txBytes() >= 10L * (size + 42 + 42), counted.toString());
        }
        return counted;
    }

    private static void streamCrossesBothKindsOfNodes(Fabric fabric) throws Exception {
        Endpoint a = fabric.endpoints().getFirst();
        Endpoint b = fabric.endpoints().get(1);
        Process server = Commands.iperf3(b);
        try {
            Counters before = fabric.snapshot();
            Commands.Result stream = Commands.run(a, "iperf3", "-c", "b", "-t", "1", "-J");
            Counters moved = fabric.snapshot().minus(before);
            assertEquals(0, stream.code(), stream.output());
            Matcher received = BYTES.matcher(stream.output());
            assertTrue(received.find(), stream.output());
            long bytes = Long.parseLong(received.group(1));
            assertTrue(bytes > 100_000, stream.output()); // nodes that have not warmed up
            assertTrue(moved.nodeWork().orElseThrow().bytesTaken() >= bytes, moved.toString());
            assertTrue(moved.ringWork().orElseThrow().bytesTaken() >= 2 * bytes, moved.toString());
            assertTrue(moved.underlayBytes() >= bytes, moved.toString());
            assertTrue(moved.guestCpuSeconds() > 0.1 && moved.nodeCpuSeconds() > 0, moved.toString());
        } finally {
            server.getOutputStream().close();
            Child.end(server);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // half a minute
    void aKilledRunsMachinesAndForwardersAreRemoved() throws Exception {
        Process victim = NamespaceTestbedTest.holder(LAB, "vnetp-vm:placement=guest,warm-up=0");
        assertEquals("up", victim.inputReader().readLine());
        victim.destroyForcibly().waitFor();
        NamespaceTestbedTest.assertNoTraces(LAB);
    }

    @Test
    void wrongSettingsAreRefused() {
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(2).withName(LAB))) {
            Commands.assertRefused(testbed, "vnetp-vm:placement=both", "placement must be host or guest, got 'both'");
            Commands.assertRefused(testbed, "vnetp-vm:placement=guest,queues=2", "unknown setting 'queues'");
            Commands.assertRefused(testbed, "vnetp-vm:placement=guest,fastpath=on", "unknown setting 'fastpath'");
            Commands.assertRefused(testbed, "vnetp-vm:placement=guest,mem=128", "mem must be a whole number from 256");
            Commands.assertRefused(testbed, "tap-vm:placement=guest", "unknown setting 'placement'");
            assertEquals(1, testbed.fabrics().size());
        }
    }
}
