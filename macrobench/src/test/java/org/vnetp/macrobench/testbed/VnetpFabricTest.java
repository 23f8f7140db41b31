package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.macrobench.campaign.PathProof;

@Tag("netns")
@Timeout(120)
class VnetpFabricTest {
    private static TestbedSpec spec() {
        return TestbedSpec.hosts(2).withName("vn" + ProcessHandle.current().pid());
    }

    @BeforeEach
    void requirements() {
        Requirements.namespaces();
    }

    @Test
    void variantsOfOurOverlayStandSideBySide() throws Exception {
        try (Testbed testbed = Testbed.up(spec())) {
            Fabric plain = testbed.fabric(FabricSpec.parse("vnetp:warm-up=0"));
            Fabric other = testbed.fabric(FabricSpec.parse("low=vnetp-vxlan:mode=guest,batch=16,warm-up=0"));
            for (Fabric fabric : List.of(plain, other)) {
                Counters before = fabric.snapshot();
                Commands.Result ping = Commands.run(
                        fabric.endpoints().getFirst(), "ping", "-q", "-c", "10", "-i", "0.02", "-s", "1000", "b");
                assertEquals(0, ping.code(), ping.output());
                Counters counted = fabric.snapshot().minus(before);
                assertTrue(counted.endpoints().getFirst().txBytes() >= 10 * 1042, ping.output() + counted);
                assertTrue(counted.underlay().getFirst().txBytes() >= 10 * 1042, counted.toString());
                assertEquals(2, counted.nodes().size());
                // Taken from one guest and given to the other, there and back.
                NodeWork work = counted.nodeWork().orElseThrow();
                assertTrue(work.framesTaken() >= 20 && work.bytesTaken() >= 20 * 1042, counted.toString());
                assertTrue(work.framesGiven() >= 20 && work.bytesGiven() >= 20 * 1042, counted.toString());
                assertTrue(work.datagrams() >= 20 && work.calls() >= 40, counted.toString());
                fabric.check();
            }
            assertTrue(other.description().contains("vxlan"), other.description());
        }
    }

    /// Over UCX by memory: nothing crosses the hosts' network, all of it the nodes.
    @Test
    void carriesByUcx() throws Exception {
        FabricSpec wanted = FabricSpec.parse("vnetp-ucx:tls=posix");
        Assumptions.assumeTrue(wanted.missingPackages().isEmpty(), () -> "no " + wanted.missingPackages());
        try (Testbed testbed = Testbed.up(spec())) {
            Fabric fabric = testbed.fabric(wanted);
            Counters before = fabric.snapshot();
            Process ping = fabric.endpoints()
                    .getFirst()
                    .command("ping", "-q", "-c", "10", "-i", "0.02", "-s", "1000", "b")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertEquals(0, ping.waitFor());
            Counters counted = fabric.snapshot().minus(before);
            assertTrue(counted.underlay().getFirst().txBytes() < 10 * 1042, counted.toString());
            assertTrue(counted.nodeWork().orElseThrow().framesGiven() >= 20, counted.toString());
            assertTrue(fabric.description().contains("wire format ucx"), fabric.description());
            assertEquals(
                    Optional.empty(),
                    PathProof.objection(PathProof.Evidence.of(10 * 1042, fabric, Map.of(fabric, counted))));
            var refused = assertThrows(
                    IllegalArgumentException.class, () -> testbed.fabric(FabricSpec.parse("vnetp:tls=posix")));
            assertTrue(refused.getMessage().contains("tls wants wire=ucx"), refused.getMessage());
        }
    }

    @Test
    void aNodeThatDiesIsNamedWithItsLog() {
        try (Testbed testbed = Testbed.up(spec())) {
            Fabric fabric = testbed.fabric(FabricSpec.parse("vnetp=vnetp:warm-up=0"));
            Counters.Node victim = fabric.snapshot().nodes().get(1);
            ProcessHandle handle = ProcessHandle.of(victim.pid()).orElseThrow();
            handle.destroyForcibly();
            handle.onExit().join();
            var e = assertThrows(FabricException.class, fabric::check);
            assertTrue(e.getMessage().contains("node on b-vnetp has ended"), e.getMessage());
            fabric.close();
            testbed.fabric(FabricSpec.parse("vnetp=vnetp:warm-up=0")).check();
        }
    }

    @Test
    void aSettingThatTheNodeRefusesIsTold() {
        try (Testbed testbed = Testbed.up(spec())) {
            var e = assertThrows(FabricException.class, () -> testbed.fabric(FabricSpec.parse("vnetp:mode=sometimes")));
            assertTrue(e.getMessage().contains("sometimes"), e.getMessage());
            var unknown = assertThrows(
                    IllegalArgumentException.class, () -> testbed.fabric(FabricSpec.parse("vnetp:speed=11")));
            assertTrue(unknown.getMessage().contains("alpha-l"), unknown.getMessage());
            testbed.fabrics().getFirst().check();
        }
    }
}
