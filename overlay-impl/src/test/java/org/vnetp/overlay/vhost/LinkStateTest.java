package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// The link that a virtual machine sees goes down and up again: by its NIC's configuration where its frontend asks the
/// node for that, else by its connection.
class LinkStateTest {
    private static final int STATUS_FIELD = 6;

    @TempDir
    Path directory;

    private static void assertCross(VhostGuests both, Random random) {
        byte[] frame = VhostGuests.frame(random, 300);
        assertTrue(both.guests.get(0).sending(0).send(frame));
        both.step(3);
        byte[] got = both.guests.get(1).receiving(0).receive();
        assertNotNull(got);
        assertArrayEquals(Arrays.copyOfRange(frame, 12, frame.length), Arrays.copyOfRange(got, 12, got.length));
    }

    private static int status(VhostFrontend guest) {
        return guest.configuration(STATUS_FIELD, 2)[0];
    }

    /// As User-Mode Linux: the driver has agreed to the status, and the frontend passes questions on.
    @Test
    void aGuestThatAsksTheNodeIsToldOfItsLink() throws Exception {
        VhostFrontend.Options options =
                VhostFrontend.Options.of(VirtioFeatures.STATUS | VirtioFeatures.MRG_RXBUF | VirtioFeatures.MAC);
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            VhostFrontend guest = both.guests.get(0);
            guest.takeBackendRequests();
            guest.barrier();
            Random random = new Random(1);
            for (int i = 0; i < 3; i++) {
                assertEquals(1, status(guest));
                assertEquals(0, guest.backendRequest());
                assertCross(both, random);
                both.link(0, false);
                both.step(1);
                assertEquals(VhostRequest.BACKEND_CONFIG_CHANGE, guest.backendRequest());
                assertEquals(0, status(guest));
                assertEquals("connected", both.state(0));
                assertEquals("down", both.told(0, "link"));
                // A guest's kernel sends nothing now; a frame that it has sent all the same waits.
                byte[] waiting = VhostGuests.frame(random, 100);
                assertTrue(guest.sending(0).send(waiting));
                assertTrue(both.guests.get(1).sending(0).send(VhostGuests.frame(random, 100)));
                both.step(3);
                assertNull(guest.receiving(0).receive());
                assertNull(both.guests.get(1).receiving(0).receive());
                assertEquals(i + 1, both.nodes.get(0).snapshot().drops(DropReason.PORT_DOWN));
                both.link(0, true);
                both.step(3);
                assertEquals(VhostRequest.BACKEND_CONFIG_CHANGE, guest.backendRequest());
                assertEquals("up", both.state(0));
                assertNotNull(both.guests.get(1).receiving(0).receive());
            }
        }
    }

    /// As QEMU, which has the configuration itself, and lets the guest's link be down while nobody is connected.
    @Test
    void aMonitorThatTellsTheGuestItselfIsSentAwayUntilTheLinkIsUp() throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF))) {
            both.start();
            VhostFrontend guest = both.guests.get(0);
            Random random = new Random(2);
            for (int i = 0; i < 3; i++) {
                assertCross(both, random);
                both.link(0, false);
                both.step(2);
                assertEquals("down", both.state(0));
                assertFalse(Files.exists(both.path(0)), "it finds nobody while it tries to come back");
                guest.disconnect();
                both.link(0, true);
                both.step(2);
                assertEquals("listening", both.state(0));
                guest.connect(both.path(0));
                guest.introduce();
                guest.startDriver();
                guest.barrier();
                guest.receiving(0).refill();
                assertEquals("up", both.state(0));
            }
        }
    }

    @Test
    void aLinkThatIsDownBeforeAnyoneCameIsUpWhenItIsSaid() throws Exception {
        try (VhostGuests both = new VhostGuests(directory, 1, VhostFrontend.Options.of(VirtioFeatures.MRG_RXBUF))) {
            both.link(0, false);
            both.step(1);
            assertFalse(Files.exists(both.path(0)));
            both.link(0, true);
            both.step(1);
            both.start();
            assertCross(both, new Random(3));
        }
    }

    /// A frontend that has agreed to the status but takes no word about it would leave its guest in the dark.
    @Test
    void aFrontendThatTakesNoWordLosesItsConnection() throws Exception {
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.STATUS);
        try (VhostGuests both = new VhostGuests(directory, 1, options)) {
            both.start();
            VhostFrontend guest = both.guests.get(0);
            guest.takeBackendRequests();
            guest.barrier();
            guest.closeBackendRequests();
            both.link(0, false);
            both.step(2);
            assertEquals("down", both.state(0));
            assertTrue(both.said.getLast().contains("no word about its link"), both.said::toString);
        }
    }
}
