package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.overlay.seal.KeyFiles;

/// A hub with an address that all reach, and nodes at sites behind translators, which can only send outwards; at each
/// site the node has the same address as at the others. Node and guest 0 are the hub's.
///
/// ```
/// g1 [vnet0] = node 1 in h1 [192.168.1.2] --- [192.168.1.1] t1 [10.98.0.2] ---+
/// g2 [vnet0] = node 2 in h2 [192.168.1.2] --- [192.168.1.1] t2 [10.98.0.3] ---+--- sw
/// g3 [vnet0] = node 3 in h3 [192.168.1.2] --- [192.168.1.1] t3 [10.98.0.4] ---+
/// g0 [vnet0] = node 0 in h0 [10.98.0.1] --------------------------------------+
/// ```
@Tag("netns")
@Timeout(240)
class TranslatedNodesTest {
    private static final int RATE = 200;
    private static final String HUB = "10.98.0.1:4789";

    /// The namespaces, and what runs in them.
    private static final class Sites extends Namespaces {
        private final NodeProcess[] nodes = new NodeProcess[4];
        private final Process[] translators = new Process[4];
        private final String[] publicKeys = new String[4];

        Sites() throws Exception {
            try {
                for (int i = 0; i < 4; i++) {
                    publicKeys[i] = KeyFiles.create(keyFile(i)).publicText();
                }
                String sw = add("sw");
                ip(sw, "link add name switch0 type bridge");
                ip(sw, "link set switch0 up");
                for (int i = 0; i < 4; i++) {
                    add("h" + i);
                    add("g" + i);
                    String door = i == 0 ? name("h0") : add("t" + i);
                    run(("ip link add u netns " + door + " type veth peer name p" + i + " netns " + sw).split(" "));
                    ip(sw, "link set p" + i + " master switch0 up");
                    ip(door, "addr add 10.98.0." + (i + 1) + "/24 dev u");
                    ip(door, "link set u up");
                }
            } catch (Exception | Error e) {
                close();
                throw e;
            }
        }

        private Path keyFile(int i) {
            return directory().resolve("n" + i + ".key");
        }

        String seal(int i, int peer) {
            return " key " + keyFile(i) + " peer " + publicKeys[peer];
        }

        private void node(int i, List<String> statements) throws Exception {
            List<String> all = new ArrayList<>(statements);
            all.add("nic vnet0 tap mac 02:00:00:00:94:0" + i + " netns " + name("g" + i));
            all.add("learn on relay");
            nodes[i] = launchNode(name("h" + i), "n" + i, all);
            nodes[i].awaitReady();
            ip(name("g" + i), "addr add " + guestAddress(i) + "/24 dev vnet0");
            ip(name("g" + i), "link set vnet0 up");
        }

        void hub(int... sites) throws Exception {
            List<String> statements = new ArrayList<>(List.of("listen " + HUB + " network 9"));
            for (int site : sites) {
                statements.add("link add n" + site + " any" + seal(0, site));
            }
            node(0, statements);
        }

        /// The site comes to be, with its translator and its node, which knows only where the hub is.
        void site(int i) throws Exception {
            String door = name("t" + i);
            String host = name("h" + i);
            run(("ip link add in netns " + door + " type veth peer name u netns " + host).split(" "));
            ip(door, "addr add 192.168.1.1/24 dev in");
            ip(door, "link set in up");
            ip(host, "addr add 192.168.1.2/24 dev u");
            ip(host, "link set u up");
            translators[i] = java(door, UdpTranslator.class.getName(), "192.168.1.1:4789", "10.98.0." + (i + 1), HUB);
            awaitOutput(translators[i], "nat at ");
            node(
                    i,
                    List.of(
                            "listen 192.168.1.2:4789 network 9",
                            "link add hub 192.168.1.1:4789" + seal(i, 0) + " keepalive 1s"));
        }

        static String guestAddress(int i) {
            return "10.94.0." + (i + 1);
        }

        String say(int i, String statement) throws Exception {
            return nodes[i].ask(statement);
        }

        /// Where a site's translator lets its node's datagrams out, as the hub writes it.
        String outside(int i) throws Exception {
            Matcher port = Pattern.compile("nat at (\\d+)\n").matcher(printed(translators[i]));
            String last = "";
            while (port.find()) {
                last = "10.98.0." + (i + 1) + ":" + port.group(1);
            }
            return last;
        }

        void rebind(int i) throws Exception {
            String before = outside(i);
            translators[i].getOutputStream().write("rebind\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            translators[i].getOutputStream().flush();
            await(() -> !outside(i).equals(before));
        }

        boolean hubHas(String link, String what) throws Exception {
            return say(0, "show links")
                    .lines()
                    .anyMatch(line -> line.contains(" " + link + " ") && line.contains(what));
        }

        void ping(int from, int to) throws Exception {
            await(() -> succeeds(name("g" + from), "ping -q -c 1 -W 1 " + guestAddress(to)));
        }

        Process probe(int from, int to, int seconds) throws Exception {
            return java(
                    name("g" + from),
                    SequenceProbe.class.getName(),
                    guestAddress(from) + ":9000",
                    guestAddress(to) + ":9000",
                    Integer.toString(RATE),
                    Integer.toString(seconds));
        }

        long seen(Process probe, String what) throws Exception {
            Matcher line = Pattern.compile("probe .*?\\b" + what + "=(\\d+)").matcher(printed(probe));
            long last = 0;
            while (line.find()) {
                last = Long.parseLong(line.group(1));
            }
            return last;
        }

        void leave(int i) throws Exception {
            nodes[i].hangUp();
            nodes[i].kill();
            say(0, "link del n" + i);
        }
    }

    @Test
    void nodesBehindTranslatorsReachEachOtherThroughRebindingsWhileAGuestComesAndGoes() throws Exception {
        Namespaces.require("ip", "ping");
        try (Sites sites = new Sites()) {
            sites.hub(1, 2);
            sites.site(1);
            sites.site(2);
            for (int i = 1; i <= 2; i++) {
                int site = i;
                Namespaces.await(() -> sites.hubHas("n" + site, "at=" + sites.outside(site) + " "));
            }
            sites.ping(1, 2);
            sites.ping(2, 0);
            // By its key a controller knows which node it is, wherever that is.
            assertTrue(sites.say(0, "show links --json").contains("\"peer\":\"" + sites.publicKeys[1] + "\""));
            assertTrue(sites.say(1, "show links --json").contains("\"own\":\"" + sites.publicKeys[1] + "\""));
            assertEquals(0, sites.nodes[0].sum("unknown-sender"), "all were the nodes'");

            // A guest joins while others are busy, and leaves.
            Process one = sites.probe(1, 2, 15);
            Process two = sites.probe(2, 1, 15);
            Namespaces.await(() -> sites.seen(one, "received") > 0 && sites.seen(two, "received") > 0);
            sites.say(0, "link add n3 any" + sites.seal(0, 3));
            sites.site(3);
            sites.ping(3, 1);
            sites.ping(2, 3);
            sites.leave(3);
            sites.awaitOutput(one, "probe over");
            sites.awaitOutput(two, "probe over");
            for (Process[] pair : new Process[][] {{one, two}, {two, one}}) {
                assertEquals(
                        sites.seen(pair[0], "sent"),
                        sites.seen(pair[1], "received") + sites.seen(pair[1], "full"),
                        "lost over somebody else's coming and going");
                assertEquals(0, sites.seen(pair[1], "repeated") + sites.seen(pair[1], "reordered"));
            }

            // What the third had under way when its link went.
            final long strangers = sites.nodes[0].sum("unknown-sender");

            // A translator forgets its table under load.
            Process from = sites.probe(1, 2, 8);
            Process back = sites.probe(2, 1, 8);
            Namespaces.await(() -> sites.seen(from, "received") > RATE && sites.seen(back, "received") > RATE);
            for (int i = 1; i <= 2; i++) {
                final int site = i;
                final long moves = moves(sites, i);
                sites.rebind(i);
                Namespaces.await(() -> sites.hubHas("n" + site, "at=" + sites.outside(site) + " "));
                assertEquals(moves + 1, moves(sites, i), sites.say(0, "show links"));
                long fromBefore = sites.seen(from, "received");
                long backBefore = sites.seen(back, "received");
                Namespaces.await(() -> sites.seen(from, "received") > fromBefore + RATE / 2
                        && sites.seen(back, "received") > backBefore + RATE / 2);
            }
            sites.awaitOutput(from, "probe over");
            sites.awaitOutput(back, "probe over");
            System.out.printf(
                    "rebindings of both translators: %d and %d of %d and %d datagrams lost%n",
                    sites.seen(from, "sent") - sites.seen(back, "received"),
                    sites.seen(back, "sent") - sites.seen(from, "received"),
                    sites.seen(from, "sent"),
                    sites.seen(back, "sent"));
            assertEquals(
                    strangers, sites.nodes[0].sum("unknown-sender"), "each datagram from a new port was the node's");
            assertTrue(sites.hubHas("n1", "state=up"), sites.say(0, "show links"));
        }
    }

    private static long moves(Sites sites, int site) throws Exception {
        return NodeProcess.number(sites.say(0, "show links --json"), "\"name\":\"n" + site + "\".*?\"moves\":(\\d+)");
    }
}
