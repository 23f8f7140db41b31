package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Rules, learning and control between three running nodes.
@Tag("netns")
@Timeout(120)
class ThreeNodesTest {
    @BeforeAll
    static void require() {
        Mesh.require("ip", "ping");
    }

    private static String link(String name, int to) {
        return "link add " + name + " " + Mesh.address(to) + ":4789";
    }

    private static void ping(Mesh mesh, int from, int to) throws Exception {
        mesh.in(mesh.guest(from), "ping -c 5 -i 0.05 -W 2 " + Mesh.guestAddress(to));
    }

    @Test
    void aNodeInTheMiddleForwardsAndALoopEndsAtTheHopLimit() throws Exception {
        try (Mesh mesh = Mesh.up(3)) {
            mesh.node(1, mesh.nic(1), link("two", 2), "route add any any edge two interface vnet0");
            mesh.say(1, "route add any any interface vnet0 edge two");
            mesh.node(2, link("one", 1), link("three", 3));
            mesh.say(2, "route add any any edge three edge one");
            mesh.say(2, "route add any any edge one edge three");
            mesh.node(3, mesh.nic(3), link("two", 2), "route add any any edge two interface vnet0");
            mesh.say(3, "route add any any interface vnet0 edge two");
            mesh.addressGuest(1);
            mesh.addressGuest(3);
            ping(mesh, 1, 3);
            ping(mesh, 3, 1);
            assertEquals(0, mesh.stat(2, "hop-limit"));

            // An address that everyone sends on round the triangle: 1 > 2 > 3 > 1.
            String nobody = "02:00:00:00:95:ee";
            mesh.say(3, link("one", 1));
            mesh.say(1, link("three", 3));
            mesh.say(1, "route add any " + nobody + " edge two any");
            mesh.say(2, "route add any " + nobody + " edge three any");
            mesh.say(3, "route add any " + nobody + " edge one any");
            mesh.ip(mesh.guest(1), "neigh replace 10.95.0.99 lladdr " + nobody + " dev vnet0");
            Process lost = mesh.start(mesh.guest(1), "ping", "-c", "3", "-i", "0.05", "-W", "1", "10.95.0.99");
            assertTrue(lost.waitFor(30, TimeUnit.SECONDS));
            Mesh.await(() -> mesh.stat(1, "hop-limit") + mesh.stat(2, "hop-limit") + mesh.stat(3, "hop-limit") >= 3);
            ping(mesh, 1, 3);
        }
    }

    @Test
    void nodesLearnWhereGuestsAre() throws Exception {
        try (Mesh mesh = Mesh.up(3)) {
            for (int i = 1; i <= 3; i++) {
                int next = i % 3 + 1;
                int other = next % 3 + 1;
                mesh.node(i, mesh.nic(i), link("n" + next, next), link("n" + other, other), "learn on");
                mesh.addressGuest(i);
            }
            ping(mesh, 1, 2);
            ping(mesh, 2, 3);
            ping(mesh, 3, 1);
            String learned = mesh.say(1, "show learned");
            for (String line :
                    List.of(Mesh.mac(1) + "  nic vnet0", Mesh.mac(2) + "  link n2", Mesh.mac(3) + "  link n3")) {
                assertTrue(learned.contains(line), learned);
            }
        }
    }

    @Test
    void vnetpsOwnFilesSetUpARunningNodeAndAllCanChangeUnderTraffic() throws Exception {
        try (Mesh mesh = Mesh.up(2)) {
            for (int i = 1; i <= 2; i++) {
                mesh.node(i, mesh.nic(i));
                mesh.addressGuest(i);
                String peer = Mesh.address(3 - i);
                mesh.say(i, "ADD " + peer + " 4789 udp");
                mesh.say(i, "ADD any " + Mesh.mac(3 - i) + " edge " + peer + " any");
                mesh.say(i, "ADD " + Mesh.mac(i) + " ff:ff:ff:ff:ff:ff edge " + peer + " any");
                mesh.say(i, "ADD any " + Mesh.mac(i) + " interface " + Mesh.mac(i) + " any");
                mesh.say(i, "ADD not-" + Mesh.mac(i) + " ff:ff:ff:ff:ff:ff interface " + Mesh.mac(i) + " any");
            }
            ping(mesh, 1, 2);
            Path log = mesh.directory().resolve("ping");
            Process ping = mesh.start(
                    mesh.guest(1), "sh", "-c", "ping -q -i 0.01 -c 300 -W 3 " + Mesh.guestAddress(2) + " > " + log);
            for (String statement : List.of(
                    "dispatch mode vmm yield timed t-sleep 100us",
                    "dispatch mode guest",
                    "dispatch mode adaptive alpha-l 10 alpha-u 50 omega 1ms batch 16",
                    "learn on age 10s",
                    "route add any any edge " + Mesh.address(2) + " interface vnet0",
                    "learn off",
                    "metrics off",
                    "mtu vnet0 1200",
                    "mtu vnet0 auto",
                    "DEL 5")) {
                mesh.say(1, statement);
                Thread.sleep(100);
            }
            assertTrue(ping.waitFor(60, TimeUnit.SECONDS));
            assertTrue(result(log).contains(" 0% packet loss"), () -> result(log));
            assertTrue(mesh.say(1, "show matrix").contains(Mesh.mac(1) + "  " + Mesh.mac(2)));
        }
    }

    private static String result(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
