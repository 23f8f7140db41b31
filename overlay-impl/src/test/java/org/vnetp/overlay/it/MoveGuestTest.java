package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Location independence: a guest goes from node 2 to node 3 with its MAC and IP address, by
/// control statements, while a TCP stream to it runs. The stream goes on and loses no byte.
@Tag("netns")
@Timeout(120)
class MoveGuestTest {
    private static final int PIECE = 8 << 20;
    private static final int SLICE = 256 << 10;

    @Test
    void aStreamToAGuestOutlivesTheGuestsMove() throws Exception {
        Mesh.require("ip", "socat", "ss");
        try (Mesh mesh = Mesh.up(3)) {
            String toGuest2 = "any " + Mesh.mac(2);
            mesh.node(
                    1,
                    mesh.nic(1),
                    "link add two " + Mesh.address(2) + ":4789",
                    "link add three " + Mesh.address(3) + ":4789",
                    "route add any " + Mesh.mac(1) + " interface vnet0 any",
                    "route add any ff:ff:ff:ff:ff:ff interface vnet0 any",
                    "route add any ff:ff:ff:ff:ff:ff edge two any",
                    "route add any ff:ff:ff:ff:ff:ff edge three any",
                    "route add " + toGuest2 + " edge two any");
            String[] toGuest1 = {
                "link add one " + Mesh.address(1) + ":4789",
                "route add any " + Mesh.mac(1) + " edge one any",
                "route add " + Mesh.mac(2) + " ff:ff:ff:ff:ff:ff edge one any"
            };
            mesh.node(2, toGuest1);
            mesh.node(3, toGuest1);
            String[] arrival = {
                mesh.nic(2),
                "route add " + toGuest2 + " interface vnet0 any",
                "route add any ff:ff:ff:ff:ff:ff interface vnet0 any"
            };
            for (String statement : arrival) {
                mesh.say(2, statement);
            }
            mesh.addressGuest(1);
            mesh.addressGuest(2);

            TcpStream stream = new TcpStream(mesh, mesh.guest(1), mesh.guest(2), Mesh.guestAddress(2), 5001, 4 * PIECE);
            stream.write(PIECE);
            stream.awaitReceived(PIECE);
            // Broadcasts (ARP) reach node 3 as well; the stream does not.
            long before = mesh.stat(3, "bytes_in");
            assertTrue(before < 10_000, before + " bytes at node 3 before the move");

            // The better part of a second's worth, so that the move falls into it; the last piece comes after the move.
            Thread writer = stream.writeUpTo(3 * PIECE, SLICE, 10);
            stream.awaitReceived(PIECE + 1);
            mesh.say(2, "begin");
            mesh.say(2, "route del " + toGuest2 + " interface vnet0 any");
            mesh.say(2, "route del any ff:ff:ff:ff:ff:ff interface vnet0 any");
            mesh.say(2, "commit");
            mesh.say(2, "nic del vnet0");
            for (String statement : arrival) {
                mesh.say(3, statement);
            }
            mesh.say(1, "route replace " + toGuest2 + " edge three any");

            writer.join();
            stream.write(PIECE);
            stream.arrivesWhole();
            assertTrue(mesh.stat(3, "bytes_in") > PIECE, "the stream did not come over node 3");
        }
    }
}
