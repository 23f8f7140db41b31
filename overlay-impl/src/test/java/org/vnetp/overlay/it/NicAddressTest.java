package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.OverlayNode;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.frame.MacAddress;

/// What address a NIC has whose statement names none: peers keep it in their neighbour caches.
@Tag("netns")
class NicAddressTest {
    @Test
    void isTheSameAtEveryStartAndOfNoOtherNode() throws Exception {
        Namespaces.require("ip");
        try (Namespaces all = new Namespaces()) {
            String guest = all.add("g");
            for (boolean fast : new boolean[] {false, true}) {
                // A device of the name that the node before has left is gone with it.
                String first = start("a", "vnet" + fast, guest, fast);
                assertEquals(MacAddress.format(MacAddress.derived(0, "a", "vnet" + fast)), first);
                assertEquals(first, start("a", "vnet" + fast, guest, fast));
                assertNotEquals(first, start("b", "vnet" + fast, guest, fast));
            }
        }
    }

    @Test
    void isLeftToWhoeverMadeTheDevice() throws Exception {
        Namespaces.require("ip");
        try (Namespaces all = new Namespaces()) {
            String guest = all.add("g");
            all.ip(guest, "tuntap add dev mine mode tap");
            all.ip(guest, "link set mine address 02:00:00:00:00:17");
            assertEquals("02:00:00:00:00:17", start("a", "mine", guest, false));
        }
    }

    private static String start(String node, String nic, String namespace, boolean fast) throws Exception {
        try (OverlayNode started = new OverlayNode(node, OverlayNode.Threading.INVOKER, System::nanoTime, _ -> {})) {
            NodeConfig.Nic config = new NodeConfig.Nic(
                    0,
                    nic,
                    new NicKind.Tap(Optional.of(namespace), false, 1, 64, fast),
                    OptionalLong.empty(),
                    OptionalInt.empty());
            started.openNic(config);
            return (String) started.describe(config).get("mac");
        }
    }
}
