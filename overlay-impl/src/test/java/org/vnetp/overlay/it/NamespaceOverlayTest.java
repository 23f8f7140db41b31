package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Two node processes between four namespaces, and the format of their own.
@Tag("netns")
@Timeout(90)
class NamespaceOverlayTest {
    private TwoHosts hosts;
    private NodeProcess first;

    @BeforeEach
    void up() throws Exception {
        TwoHosts.require("ip", "socat", "ping", "ss");
        hosts = TwoHosts.up(1500);
        first = hosts.both(TwoHosts.Format.VNET, "persist").getFirst();
    }

    @AfterEach
    void down() throws Exception {
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void guestsPing() throws Exception {
        hosts.in(hosts.guest(1), "ping -c 3 -i 0.2 -W 2 " + TwoHosts.guestAddress(2));
    }

    @Test
    void aTcpTransferArrivesWhole() throws Exception {
        final int bytes = 64 << 20;
        final TcpStream stream = hosts.stream(1, 5001, bytes);
        stream.write(bytes);
        stream.arrivesWhole();
    }

    @Test
    void theNodeSetsTheGuestsMtuFromTheUnderlays() throws Exception {
        // 1500 less IPv4 and UDP 28, vnet header 16, virtio_net_hdr 12, Ethernet 14.
        assertTrue(hosts.in(hosts.guest(1), "ip link show g").contains("mtu 1430"));
    }

    @Test
    void aNodeEndsCleanlyOnSigterm() throws Exception {
        final Process node = first.process();
        node.destroy();
        assertTrue(node.waitFor(Namespaces.PATIENCE_S, TimeUnit.SECONDS));
        assertEquals(0, node.exitValue());
        assertFalse(Files.exists(first.controlSocket()), "the control socket is removed");
    }
}
