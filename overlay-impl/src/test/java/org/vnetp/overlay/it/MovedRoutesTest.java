package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Guests of nodes 1 and 3 send each other numbered datagrams over node 2, the hub, while both flows are moved to a
/// direct link and back.
///
/// ```
/// node 1 --- node 2, the hub --- (a line of some milliseconds) --- node 3
///    +-------------------------------------------------------------- +
/// ```
@Tag("netns")
@Timeout(120)
class MovedRoutesTest {
    private static final int RATE = Integer.getInteger("vnetp.moves.rate", 2000);
    private static final int SECONDS = Integer.getInteger("vnetp.moves.seconds", 3);
    private static final int DELAY_US = 4000;

    @BeforeAll
    static void require() {
        Mesh.require("ip");
    }

    private static String relayed(String port) {
        return Mesh.address(2) + ":" + port;
    }

    /// A star, with links for shortcuts that nothing goes by yet.
    private static Mesh star(String format, boolean delayed, String nicOptions) throws Exception {
        Mesh mesh = Mesh.up(3);
        try {
            String encap = " encap " + format;
            if (delayed) {
                Process relay = mesh.java(
                        mesh.name("h2"),
                        DelayRelay.class.getName(),
                        relayed("7001"),
                        relayed("4789"),
                        relayed("7003"),
                        Mesh.address(3) + ":4789",
                        Integer.toString(DELAY_US),
                        "0",
                        "1");
                mesh.awaitOutput(relay, "relay ready");
            }
            mesh.node(
                    2,
                    "link add one " + Mesh.address(1) + ":4789" + encap,
                    "link add three " + (delayed ? relayed("7001") : Mesh.address(3) + ":4789") + encap + " mtu 1500",
                    "route add any " + Mesh.mac(1) + " edge one any",
                    "route add any " + Mesh.mac(3) + " edge three any");
            for (int i : new int[] {1, 3}) {
                int other = 4 - i;
                mesh.node(
                        i,
                        mesh.nic(i) + nicOptions,
                        "link add hub " + (delayed && i == 3 ? relayed("7003") : relayed("4789")) + encap,
                        "link add direct " + Mesh.address(other) + ":4789" + encap,
                        "route add any " + Mesh.mac(other) + " edge hub any",
                        "route add any " + Mesh.mac(i) + " interface vnet0 any");
            }
            for (int i : new int[] {1, 3}) {
                mesh.addressGuest(i);
                mesh.ip(
                        mesh.guest(i),
                        "neigh replace " + Mesh.guestAddress(4 - i) + " lladdr " + Mesh.mac(4 - i) + " dev vnet0");
            }
            return mesh;
        } catch (Exception | Error e) {
            mesh.close();
            throw e;
        }
    }

    /// What a probe saw at last.
    private record Seen(long sent, long received, long reordered, long repeated, long full) {
        static Seen of(String printed) {
            Matcher line = Pattern.compile(
                            "probe sent=(\\d+) received=(\\d+) reordered=(\\d+) repeated=(\\d+) full=(\\d+)")
                    .matcher(printed);
            Seen last = null;
            while (line.find()) {
                last = new Seen(
                        Long.parseLong(line.group(1)),
                        Long.parseLong(line.group(2)),
                        Long.parseLong(line.group(3)),
                        Long.parseLong(line.group(4)),
                        Long.parseLong(line.group(5)));
            }
            return last;
        }
    }

    private static Process probe(Mesh mesh, int guest) throws Exception {
        return mesh.java(
                mesh.guest(guest),
                SequenceProbe.class.getName(),
                Mesh.guestAddress(guest) + ":9000",
                Mesh.guestAddress(4 - guest) + ":9000",
                Integer.toString(RATE),
                Integer.toString(SECONDS));
    }

    /// What is waited for before flows that go directly are moved back to the hub.
    private interface Wait {
        void until(Namespaces.Condition over) throws Exception;
    }

    /// Moves both flows out and back while the probes send; how often.
    private static int moveWhileTheySend(Mesh mesh, List<Seen> seen, Wait wait) throws Exception {
        Process one = probe(mesh, 1);
        Process three = probe(mesh, 3);
        mesh.awaitOutput(one, "probe sent=");
        mesh.awaitOutput(three, "probe sent=");
        Namespaces.await(() -> Seen.of(mesh.printed(one)).received() > 0
                && Seen.of(mesh.printed(three)).received() > 0);
        int moves = 0;
        // On a machine that is too busy a probe does not send as many as it should.
        while (Seen.of(mesh.printed(one)).sent() < (long) RATE * SECONDS - RATE / 2
                && !mesh.printed(one).contains("probe over")) {
            for (String way : List.of("direct", "hub")) {
                if (way.equals("hub")) {
                    wait.until(() -> mesh.printed(one).contains("probe over"));
                }
                moves += move(mesh, 1, way) + move(mesh, 3, way);
            }
        }
        mesh.awaitOutput(one, "probe over");
        mesh.awaitOutput(three, "probe over");
        seen.add(Seen.of(mesh.printed(one)));
        seen.add(Seen.of(mesh.printed(three)));
        return moves;
    }

    /// Moves a node's flow.
    ///
    /// @return 1, or 0 where the node has refused: on a machine that is too busy all asks may find a socket full
    private static int move(Mesh mesh, int node, String way) throws Exception {
        try {
            mesh.say(node, "route move " + Mesh.mac(node) + " " + Mesh.mac(4 - node) + " edge " + way + " any");
            return 1;
        } catch (AssertionError e) {
            if (e.getMessage() == null || !e.getMessage().contains("nothing has changed")) {
                throw e;
            }
            return 0;
        }
    }

    /// Frames that nodes and guests' sockets say they dropped, whatever for.
    private static long drops(Mesh mesh, List<Seen> seen) throws Exception {
        return seen.get(0).full()
                + seen.get(1).full()
                + mesh.stat(1, "drops_total")
                + mesh.stat(2, "drops_total")
                + mesh.stat(3, "drops_total");
    }

    private static String told(Mesh mesh) throws Exception {
        return mesh.say(1, "show moves") + "\n" + mesh.say(3, "show moves") + "\n" + mesh.say(1, "show stats") + "\n"
                + mesh.say(2, "show stats") + "\n" + mesh.say(3, "show stats");
    }

    /// Asserts that every frame has come once, and in order.
    ///
    /// What frames wait for is bounded; on a machine that is too busy it may come later than that, and
    /// the node says so.
    ///
    /// @return frames that are lost because a socket was full
    private static long assertKept(Mesh mesh, List<Seen> seen, int moves, long bounds) throws Exception {
        assertTrue(moves >= 4, moves + " moves");
        // Where nothing gets its turn for so long, few moves are made at all.
        assertTrue(bounds <= moves / 4 || moves < 40, told(mesh));
        long lost = 0;
        for (int i = 0; i < 2; i++) {
            Seen here = seen.get(i);
            lost += seen.get(1 - i).sent() - here.received();
            assertTrue(here.reordered() == 0 || bounds > 0, here.reordered() + " reordered\n" + told(mesh));
            assertEquals(0, here.repeated(), told(mesh));
            assertTrue(here.received() > RATE, told(mesh));
        }
        // A machine that is too busy may overflow a socket; that is counted there.
        long drops = drops(mesh, seen);
        assertTrue(lost <= drops, lost + " lost, " + drops + " counted\n" + told(mesh));
        return lost;
    }

    /// Moves that waited as long as they may, as far as nodes 1 and 3 say.
    private static long bounds(Mesh mesh) throws Exception {
        long bounds = 0;
        for (int node : new int[] {1, 3}) {
            bounds += mesh.stat(node, "move_timeouts");
            bounds += mesh.say(node, "show moves")
                    .lines()
                    .filter(line -> line.contains("does not answer"))
                    .count();
        }
        return bounds;
    }

    @ParameterizedTest
    @ValueSource(strings = {"vnet", "vxlan"})
    void nothingIsLostAndTheOrderIsKept(String format) throws Exception {
        try (Mesh mesh = star(format, true, "")) {
            List<Seen> seen = new ArrayList<>();
            int moves = moveWhileTheySend(mesh, seen, _ -> {});
            long lost = assertKept(mesh, seen, moves, bounds(mesh));
            long held = mesh.stat(1, "move_held_frames") + mesh.stat(3, "move_held_frames");
            assertTrue(held > 0, told(mesh));
            System.out.printf(
                    "moves %s: %d of %d and %d datagrams, %d held, %d lost%n",
                    format, moves, seen.get(0).sent(), seen.get(1).sent(), held, lost);
        }
    }

    /// Frames that a node's kernel gave its guest, and the node did not write.
    private static long carried(Mesh mesh, int node) throws Exception {
        String stats = mesh.say(node, "show stats --json");
        return NodeProcess.number(stats, "\"kind\":\\s*\"nic\".*?\"frames_out\":\\s*(\\d+)")
                - NodeProcess.number(stats, "\"kind\":\\s*\"nic\".*?\"calls_out\":\\s*(\\d+)");
    }

    @Test
    void flowsInTheKernelAreMovedToo() throws Exception {
        try (Mesh mesh = star("vxlan", false, " fastpath")) {
            List<Seen> seen = new ArrayList<>();
            // The faster the machine, the sooner a flow is moved again: before a kernel has it at all. What the hub
            // passes on comes in trains, which are the nodes'.
            int moves = moveWhileTheySend(mesh, seen, over -> {
                long before = carried(mesh, 1) + carried(mesh, 3);
                Namespaces.await(() -> over.holds() || carried(mesh, 1) + carried(mesh, 3) > before + 4);
            });
            long bounds = bounds(mesh);
            long carried = 0;
            for (int node : new int[] {1, 3}) {
                bounds += NodeProcess.number(mesh.say(node, "show nics --json"), "\"flows_hurried\":(\\d+)");
                carried += carried(mesh, node);
            }
            long lost = assertKept(mesh, seen, moves, bounds);
            String nics = mesh.say(1, "show nics --json");
            assertTrue(NodeProcess.number(nics, "\"flows_offered\":(\\d+)") >= moves / 2, nics);
            assertTrue(carried > moves - 4 || bounds > 0, carried + " carried by kernels\n" + told(mesh));
            System.out.printf(
                    "moves of kernels' flows: %d of %d and %d datagrams, %d and %d reordered, %d lost, %d waited as long"
                            + " as they may, %d carried by kernels%n",
                    moves,
                    seen.get(0).sent(),
                    seen.get(1).sent(),
                    seen.get(0).reordered(),
                    seen.get(1).reordered(),
                    lost,
                    bounds,
                    carried);
        }
    }
}
