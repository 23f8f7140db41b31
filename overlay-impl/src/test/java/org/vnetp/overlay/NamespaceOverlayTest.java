package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two node processes between four namespaces: hosts joined by a bridge, a guest behind each.
@Tag("netns")
@Timeout(90)
class NamespaceOverlayTest {
    @TempDir
    Path directory;

    private TwoHosts hosts;

    @BeforeEach
    void up() throws Exception {
        TwoHosts.requirePrivileges();
        hosts = new TwoHosts(directory, "vno");
        hosts.startNode(1);
        hosts.startNode(2);
    }

    @AfterEach
    void down() throws Exception {
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void guestsPing() throws Exception {
        assertEquals(0, hosts.inGuest(1, "ping", "-c", "3", "-i", "0.2", "-W", "2", TwoHosts.guestAddress(2)));
    }

    @Test
    void aTcpTransferArrivesWhole() throws Exception {
        Path received = directory.resolve("received");
        Path sent = directory.resolve("sent");
        byte[] bytes = new byte[64 << 20];
        new java.util.Random(1).nextBytes(bytes);
        Files.write(sent, bytes);
        Process sink = hosts.startInGuest(
                2, "socat", "-u", "TCP4-LISTEN:5001,reuseaddr", "CREATE:" + received.toAbsolutePath());
        hosts.awaitListening(2, 5001);
        assertEquals(
                0,
                hosts.inGuest(
                        1,
                        "socat",
                        "-u",
                        "OPEN:" + sent.toAbsolutePath(),
                        "TCP4:" + TwoHosts.guestAddress(2) + ":5001"));
        assertTrue(sink.waitFor(20, java.util.concurrent.TimeUnit.SECONDS));
        assertEquals(-1, Files.mismatch(sent, received));
    }

    @Test
    void theNodeSetsTheGuestsMtuFromTheUnderlays() throws IOException, InterruptedException {
        // 1500 less IPv4 and UDP 28, vnet header 16, virtio_net_hdr 12, Ethernet 14.
        assertTrue(hosts.outputInGuest(1, "ip", "link", "show", "vnet0").contains("mtu 1430"));
    }

    @Test
    void aNodeEndsCleanlyOnSigterm() throws Exception {
        Process node = hosts.node(1);
        node.destroy();
        assertTrue(node.waitFor(10, java.util.concurrent.TimeUnit.SECONDS));
        assertEquals(0, node.exitValue());
        assertTrue(!Files.exists(hosts.controlSocket(1)), "the control socket is removed");
    }
}
