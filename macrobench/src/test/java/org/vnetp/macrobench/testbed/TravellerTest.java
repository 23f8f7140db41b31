package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("netns")
@Timeout(120)
class TravellerTest {
    private static Testbed testbed;

    @BeforeAll
    static void up() {
        Requirements.namespaces();
        testbed = Testbed.up(
                TestbedSpec.hosts(3).withName("tr" + ProcessHandle.current().pid() % 100_000));
    }

    @AfterAll
    static void down() {
        if (testbed != null) {
            testbed.close();
        }
    }

    private static int ping(Fabric fabric, Traveller to) throws Exception {
        return fabric.endpoints()
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
                        "5",
                        to.endpoint().address())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    static long given(VnetpFabric fabric, int host) {
        return fabric.snapshot().nodes().get(host).work().orElseThrow().framesGiven();
    }

    /// Every node's rules and NICs, without their numbers.
    static List<String> told(VnetpFabric fabric, int hosts) {
        List<String> all = new ArrayList<>();
        for (int host = 0; host < hosts; host++) {
            all.add(fabric.say(host, "show routes").replaceAll("(?m)^ *[0-9]+ +", ""));
            all.add(fabric.say(host, "show nics").replaceAll("[0-9]+", "").replaceAll(" +", " "));
        }
        return all;
    }

    @Test
    void aGuestOfOurOverlayIsReachedAtItsNewHostAndLeavesTheFabricAsItWas() throws Exception {
        try (VnetpFabric fabric = (VnetpFabric) testbed.fabric(FabricSpec.parse("vnetp:warm-up=0"))) {
            List<String> before = told(fabric, 3);
            try (Traveller guest = fabric.traveller(1)) {
                assertEquals(0, ping(fabric, guest));
                assertEquals(1, guest.endpoint().hostIndex());
                long atNew = given(fabric, 2);
                guest.moveTo(2);
                assertEquals(0, ping(fabric, guest));
                assertEquals(2, guest.endpoint().hostIndex());
                assertTrue(given(fabric, 2) >= atNew + 20, "the new node gave it nothing");
            }
            assertEquals(before, told(fabric, 3));
            // And once more, from another host.
            try (Traveller guest = fabric.traveller(2)) {
                guest.moveTo(1);
                assertEquals(0, ping(fabric, guest));
            }
            fabric.check();
        }
    }

    @Test
    void aGuestWhoseFlowsTheKernelCarriesIsReachedAtItsNewHostToo() throws Exception {
        try (VnetpFabric fabric = (VnetpFabric) testbed.fabric(FabricSpec.parse("vnetp-ebpf:warm-up=0"))) {
            List<String> before = told(fabric, 3);
            for (int again = 0; again < 2; again++) { // there and, with a guest of the same name, once more
                try (Traveller guest = fabric.traveller(1)) {
                    assertEquals(0, ping(fabric, guest));
                    guest.moveTo(2);
                    assertEquals(0, ping(fabric, guest));
                    guest.moveTo(1);
                    assertEquals(0, ping(fabric, guest));
                }
            }
            assertEquals(before, told(fabric, 3));
            fabric.check();
        }
    }

    @Test
    void aGuestOfKernelVxlanIsReachedAtItsNewHost() throws Exception {
        try (Fabric fabric = testbed.fabric(FabricSpec.vxlan())) {
            for (int again = 0; again < 2; again++) {
                try (Traveller guest = fabric.traveller(1)) {
                    assertEquals(0, ping(fabric, guest));
                    long before = fabric.snapshot().underlay().get(2).rxFrames();
                    guest.moveTo(2);
                    assertEquals(0, ping(fabric, guest));
                    assertTrue(fabric.snapshot().underlay().get(2).rxFrames() >= before + 20);
                }
            }
        }
    }

    @Test
    void whereNoGuestCanMoveTheReasonIsTold() {
        Fabric itself = testbed.fabrics().getFirst();
        var e = assertThrows(UnsupportedOperationException.class, () -> itself.traveller(1));
        assertTrue(e.getMessage().contains("native"), e.getMessage());
        try (Fabric learning = testbed.fabric(FabricSpec.parse("learning=vnetp:learn=on,warm-up=0"))) {
            var refused = assertThrows(UnsupportedOperationException.class, () -> learning.traveller(1));
            assertTrue(refused.getMessage().contains("learn=on"), refused.getMessage());
        }
    }
}
