package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The controller as a process of its own over four running nodes, a star over the first at 100 Mbit/s.
@Tag("netns")
@Timeout(240)
class AdaptTest {
    private static final int HOSTS = 4;
    private static final String NOWHERE = "02:00:00:00:99:99";

    private static List<String> sockets(Mesh mesh) {
        List<String> all = new ArrayList<>();
        for (int i = 1; i <= HOSTS; i++) {
            all.add(mesh.directory().resolve("n" + i + ".sock").toString());
        }
        return all;
    }

    private static Process controller(Mesh mesh, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(sockets(mesh));
        return mesh.java(mesh.name("sw"), "org.vnetp.overlay.adapt.AdaptMain", arguments.toArray(String[]::new));
    }

    /// @param toAll whether broadcast has ways; else guests are told each other's addresses
    private static Mesh star(boolean toAll) throws Exception {
        Mesh mesh = Mesh.up(HOSTS);
        for (int i = 1; i <= HOSTS; i++) {
            mesh.in(mesh.name("h" + i), "tc qdisc add dev u root tbf rate 100mbit burst 65536 latency 50ms");
            List<String> lines = new ArrayList<>(List.of(mesh.nic(i)));
            for (int j = 1; j <= HOSTS; j++) {
                if (j != i && (i == 1 || j == 1)) {
                    lines.add("link add to" + j + " " + Mesh.address(j) + ":4789");
                }
            }
            for (int j = 1; j <= HOSTS; j++) {
                String way = i == j ? "interface vnet0" : "edge to" + (i == 1 ? j : 1);
                lines.add("route add any " + Mesh.mac(j) + " " + way + " any");
                if (toAll && i == 1) {
                    lines.add("route add any any " + way + " any");
                }
            }
            if (toAll && i > 1) {
                lines.add("route add any any edge to1 interface vnet0");
                lines.add("route add any any interface vnet0 edge to1");
            }
            mesh.node(i, lines.toArray(String[]::new));
            mesh.addressGuest(i);
            for (int j = 1; j <= HOSTS && !toAll; j++) {
                if (j != i) {
                    mesh.ip(
                            mesh.guest(i),
                            "neigh replace " + Mesh.guestAddress(j) + " lladdr " + Mesh.mac(j) + " dev vnet0");
                }
            }
        }
        return mesh;
    }

    private static String text(Path file) throws Exception {
        return Files.exists(file) ? Files.readString(file) : "";
    }

    @Test
    void aStarAdaptsToTrafficAndToADeadLinkAndIsRestored() throws Exception {
        Mesh.require("ip", "tc", "iperf3", "ping", "ss");
        try (Mesh mesh = star(false)) {
            final String routes = mesh.say(2, "show routes");
            final Path log = mesh.directory().resolve("adapt.jsonl");
            Process controller = controller(mesh, "--mode", "on", "--rate", "100mbit", "--log", log.toString());
            mesh.awaitOutput(controller, "nodes ready");
            Process other = controller(mesh, "--mode", "on");
            mesh.awaitOutput(other, "leads this node for another");
            assertEquals(1, other.waitFor());

            // Idle, but for the first frames of each pair: nothing changes.
            for (int i = 2; i <= HOSTS; i++) {
                mesh.in(mesh.guest(i), "ping -c 10 -i 0.1 -W 2 " + Mesh.guestAddress(i % HOSTS + 1));
            }
            assertFalse(text(log).contains("\"applied\""), text(log));
            assertEquals(routes, mesh.say(2, "show routes"));

            // Round the three that are no hub: all of it passes the hub's connection.
            for (int i = 2; i <= HOSTS; i++) {
                mesh.start(mesh.guest(i), "iperf3", "-s");
                mesh.awaitListening(mesh.guest(i), 5201);
            }
            for (int i = 2; i <= HOSTS; i++) {
                int next = i == HOSTS ? 2 : i + 1;
                mesh.start(mesh.guest(i), "iperf3", "-t", "60", "-c", Mesh.guestAddress(next));
            }
            Mesh.await(() -> text(log).contains("\"event\":\"applied\",\"kind\":\"shortcut\""));
            for (int i = 2; i <= HOSTS; i++) {
                int next = i == HOSTS ? 2 : i + 1;
                String shown = mesh.say(i, "show adaptation");
                assertTrue(
                        shown.contains("pair " + Mesh.mac(i) + " " + Mesh.mac(next) + " by edge adapt-n" + next),
                        shown);
            }
            final long before = linkFrames(mesh, 2, "adapt-n3");
            Mesh.await(() -> linkFrames(mesh, 2, "adapt-n3") > before + 1000);

            // The way between node 2 and the hub dies silently: frames go to a station that nobody is.
            String hub = Mesh.address(1);
            mesh.ip(mesh.name("h2"), "neigh replace " + hub + " lladdr " + NOWHERE + " dev u nud permanent");
            Mesh.await(() -> mesh.succeeds(mesh.guest(2), "ping -c 1 -W 1 " + Mesh.guestAddress(1)));
            assertTrue(text(log).contains("\"event\":\"applied\",\"kind\":\"failure\""), text(log));

            controller.destroy();
            assertEquals(143, controller.waitFor(), mesh.printed(controller));
            assertTrue(mesh.say(1, "show adaptation").contains("led by nobody"));
            assertTrue(mesh.succeeds(mesh.guest(2), "ping -c 1 -W 2 " + Mesh.guestAddress(1)), "its state stays");

            mesh.ip(mesh.name("h2"), "neigh del " + hub + " dev u");
            assertEquals(0, controller(mesh, "--mode", "off").waitFor());
            assertEquals(withoutIndex(routes), withoutIndex(mesh.say(2, "show routes")));
            assertFalse(mesh.say(2, "show links").contains("adapt-"));
            Mesh.await(() -> mesh.succeeds(mesh.guest(2), "ping -c 1 -W 1 " + Mesh.guestAddress(1)));
            Mesh.await(() -> mesh.succeeds(mesh.guest(2), "ping -c 1 -W 1 " + Mesh.guestAddress(3)));
        }
    }

    /// A guest behind a dead link is found by ARP, and nobody gets a frame that is for all twice.
    @Test
    void aGuestIsFoundWhileTheHubsLinkIsDead() throws Exception {
        Mesh.require("ip", "tc", "ping");
        try (Mesh mesh = star(true)) {
            final String routes = withoutIndex(mesh.say(2, "show routes"));
            Process controller = controller(mesh, "--mode", "on", "--rate", "100mbit");
            mesh.awaitOutput(controller, "nodes ready");
            Mesh.await(() -> mesh.succeeds(mesh.guest(2), "ping -c 1 -W 1 " + Mesh.guestAddress(1)));
            String hub = Mesh.address(1);
            mesh.ip(mesh.name("h2"), "neigh replace " + hub + " lladdr " + NOWHERE + " dev u nud permanent");
            Mesh.await(() -> mesh.say(2, "show routes").contains("ff:ff:ff:ff:ff:ff"));
            for (int other : new int[] {1, 3, 4}) {
                for (int i : new int[] {2, other}) {
                    mesh.ip(mesh.guest(i), "neigh flush all");
                }
                Mesh.await(() -> mesh.succeeds(mesh.guest(2), "ping -c 1 -W 1 " + Mesh.guestAddress(other)));
                mesh.ip(mesh.guest(2), "neigh flush all");
                mesh.ip(mesh.guest(other), "neigh flush all");
                Mesh.await(() -> mesh.succeeds(mesh.guest(other), "ping -c 1 -W 1 " + Mesh.guestAddress(2)));
            }
            for (int from : new int[] {2, 3}) {
                onceToEach(mesh, from);
            }

            controller.destroy();
            controller.waitFor();
            mesh.ip(mesh.name("h2"), "neigh del " + hub + " dev u");
            assertEquals(0, controller(mesh, "--mode", "off").waitFor());
            assertEquals(routes, withoutIndex(mesh.say(2, "show routes")));
            mesh.ip(mesh.guest(2), "neigh flush all");
            Mesh.await(() -> mesh.succeeds(mesh.guest(2), "ping -c 1 -W 1 " + Mesh.guestAddress(3)));
            onceToEach(mesh, 2);
        }
    }

    private static void onceToEach(Mesh mesh, int from) throws Exception {
        int count = 50;
        long[] before = new long[HOSTS + 1];
        for (int i = 1; i <= HOSTS; i++) {
            before[i] = given(mesh, i);
        }
        Process sender = mesh.java(
                mesh.guest(from),
                TaggedFrames.class.getName(),
                "send",
                "vnet0",
                "ff:ff:ff:ff:ff:ff",
                Mesh.mac(from),
                "7",
                Integer.toString(count),
                Integer.toString(TaggedFrames.TEST_TYPE));
        assertEquals(0, sender.waitFor(), mesh.printed(sender));
        for (int i = 1; i <= HOSTS; i++) {
            int guest = i;
            if (i != from) {
                Mesh.await(() -> given(mesh, guest) - before[guest] >= count);
            }
        }
        // Twice of each would be as many again; guests ask each other a little too.
        for (int i = 1; i <= HOSTS; i++) {
            long got = given(mesh, i) - before[i];
            assertTrue(got < 2 * count, "guest " + i + " got " + got + " of " + count + " from " + from);
        }
    }

    /// Frames that a guest was given.
    private static long given(Mesh mesh, int i) throws Exception {
        return NodeProcess.number(mesh.say(i, "show nics --json"), "\"name\":\"vnet0\".*?\"frames_out\":(\\d+)");
    }

    private static String withoutIndex(String routes) {
        return routes.replaceAll("(?m)^\\d+ +", "").replaceAll(" +", " ");
    }

    private static long linkFrames(Mesh mesh, int node, String link) throws Exception {
        return NodeProcess.number(
                mesh.say(node, "show links --json"), "\"name\":\"" + link + "\".*?\"frames_out\":(\\d+)");
    }
}
