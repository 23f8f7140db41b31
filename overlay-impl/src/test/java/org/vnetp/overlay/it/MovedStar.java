package org.vnetp.overlay.it;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A star with links for shortcuts that nothing goes by yet, and programs in the guests of nodes 1 and 3 that send
/// each other numbered datagrams.
///
/// ```
/// node 1 --- node 2, the hub --- (a line of some milliseconds) --- node 3
///    +-------------------------------------------------------------- +
/// ```
final class MovedStar implements AutoCloseable {
    private static final int DELAY_US = 4000;

    /// The nodes at both ends of the flows.
    static final int[] ENDS = {1, 3};

    private final Mesh mesh;
    private Process line;

    /// What a probe saw at last.
    record Seen(long sent, long received, long reordered, long repeated, long full, long refused) {
        private static final Pattern LINE = Pattern.compile(
                "probe sent=(\\d+) received=(\\d+) reordered=(\\d+)" + " repeated=(\\d+) full=(\\d+) refused=(\\d+)");

        private static Seen of(String printed) {
            Matcher line = LINE.matcher(printed);
            Seen last = new Seen(0, 0, 0, 0, 0, 0);
            while (line.find()) {
                last = new Seen(
                        Long.parseLong(line.group(1)),
                        Long.parseLong(line.group(2)),
                        Long.parseLong(line.group(3)),
                        Long.parseLong(line.group(4)),
                        Long.parseLong(line.group(5)),
                        Long.parseLong(line.group(6)));
            }
            return last;
        }
    }

    /// Both probes.
    final class Traffic {
        private final Process one;
        private final Process three;

        private Traffic(int rate, int seconds) throws Exception {
            one = probe(1, rate, seconds);
            three = probe(3, rate, seconds);
            Namespaces.await(() -> one().received() > 0 && three().received() > 0);
        }

        private Process probe(int guest, int rate, int seconds) throws Exception {
            return mesh.java(
                    mesh.guest(guest),
                    SequenceProbe.class.getName(),
                    Mesh.guestAddress(guest) + ":9000",
                    Mesh.guestAddress(4 - guest) + ":9000",
                    Integer.toString(rate),
                    Integer.toString(seconds));
        }

        Seen one() throws IOException {
            return Seen.of(mesh.printed(one));
        }

        Seen three() throws IOException {
            return Seen.of(mesh.printed(three));
        }

        boolean over() throws IOException {
            return mesh.printed(one).contains("probe over");
        }

        void await() throws Exception {
            mesh.awaitOutput(one, "probe over");
            mesh.awaitOutput(three, "probe over");
        }
    }

    private MovedStar(Mesh mesh) {
        this.mesh = mesh;
    }

    /// @param delayed whether the way over the hub takes some milliseconds
    static MovedStar up(String format, boolean delayed, String nicOptions) throws Exception {
        MovedStar star = new MovedStar(Mesh.up(3));
        try {
            star.mesh.asShipped();
            star.build(" encap " + format, delayed, nicOptions);
            return star;
        } catch (Exception | Error e) {
            star.close();
            throw e;
        }
    }

    private static String relayed(String port) {
        return Mesh.address(2) + ":" + port;
    }

    private void build(String encap, boolean delayed, String nicOptions) throws Exception {
        if (delayed) {
            line = mesh.java(
                    mesh.name("h2"),
                    Line.class.getName(),
                    relayed("7001"),
                    relayed("4789"),
                    relayed("7003"),
                    Mesh.address(3) + ":4789",
                    Integer.toString(DELAY_US));
            mesh.awaitOutput(line, "line ready");
        }
        mesh.node(
                2,
                "link add one " + Mesh.address(1) + ":4789" + encap,
                "link add three " + (delayed ? relayed("7001") : Mesh.address(3) + ":4789") + encap + " mtu 1500",
                "route add any " + Mesh.mac(1) + " edge one any",
                "route add any " + Mesh.mac(3) + " edge three any");
        for (int i : ENDS) {
            int other = 4 - i;
            quiet(mesh.guest(i));
            mesh.node(
                    i,
                    mesh.nic(i) + nicOptions,
                    "link add hub " + (delayed && i == 3 ? relayed("7003") : relayed("4789")) + encap,
                    "link add direct " + Mesh.address(other) + ":4789" + encap,
                    "route add any " + Mesh.mac(other) + " edge hub any",
                    "route add any " + Mesh.mac(i) + " interface vnet0 any");
        }
        for (int i : ENDS) {
            mesh.addressGuest(i);
            mesh.ip(
                    mesh.guest(i),
                    "neigh replace " + Mesh.guestAddress(4 - i) + " lladdr " + Mesh.mac(4 - i) + " dev vnet0");
        }
    }

    /// A guest whose kernel says nothing by itself that no rule has a way for.
    private static void quiet(String guest) throws Exception {
        String ipv6 = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
        Namespaces.run("ip", "netns", "exec", guest, "sh", "-c", "[ ! -e " + ipv6 + " ] || echo 1 > " + ipv6);
    }

    Mesh mesh() {
        return mesh;
    }

    /// Begins to send, and returns once frames have come both ways.
    ///
    /// @param rate datagrams a second each way
    Traffic traffic(int rate, int seconds) throws Exception {
        return new Traffic(rate, seconds);
    }

    /// Moves a node's flow.
    ///
    /// @return 1, or 0 where the node has refused: on a machine that is too busy all asks may find a socket full
    int move(int node, String way) throws Exception {
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

    /// All that nodes have dropped until now, and the line's sockets: `node 1 ring-full` and how many.
    Map<String, Long> drops() throws Exception {
        Map<String, Long> drops = new TreeMap<>();
        for (int node = 1; node <= 3; node++) {
            Matcher all = Pattern.compile("\"drops\":\\s*\\{([^}]*)\\}").matcher(mesh.say(node, "show stats --json"));
            if (!all.find()) {
                throw new AssertionError("node " + node + " tells no drops");
            }
            add(drops, "node " + node + " ", Pattern.compile("\"([a-z-]+)\":\\s*(\\d+)"), all.group(1));
        }
        if (line != null) {
            for (String direction : new String[] {"out", "back"}) {
                String printed = mesh.printed(line);
                int last = printed.lastIndexOf("line " + direction);
                add(
                        drops,
                        "line " + direction + " ",
                        Pattern.compile("(full|lost)=(\\d+)"),
                        printed.substring(Math.max(0, last), printed.indexOf('\n', Math.max(0, last))));
            }
        }
        return drops;
    }

    private static void add(Map<String, Long> drops, String where, Pattern each, String text) {
        Matcher found = each.matcher(text);
        while (found.find()) {
            drops.put(where + found.group(1), Long.parseLong(found.group(2)));
        }
    }

    /// Moves that waited as long as they may, as far as nodes 1 and 3 say.
    long bounds() throws Exception {
        long bounds = 0;
        for (int node : ENDS) {
            bounds += mesh.stat(node, "move_timeouts") + mesh.stat(node, "move_full");
            bounds += mesh.say(node, "show moves")
                    .lines()
                    .filter(shown -> shown.contains("does not answer"))
                    .count();
        }
        return bounds;
    }

    String told() throws Exception {
        StringBuilder all = new StringBuilder();
        for (int node : ENDS) {
            all.append(mesh.say(node, "show moves")).append('\n');
        }
        for (int node = 1; node <= 3; node++) {
            all.append(mesh.say(node, "show stats")).append('\n');
        }
        return all.toString();
    }

    @Override
    public void close() throws IOException {
        mesh.close();
    }
}
