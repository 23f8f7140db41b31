package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.overlay.OverlayNode;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.Snapshot;

/// A node in this process with two guests, whose devices and sockets are taken from under it.
@Tag("netns")
@Timeout(60)
class DeadDescriptorsTest {
    private static final int LINK = 7;

    private final List<String> said = new CopyOnWriteArrayList<>();
    private Namespaces all;
    private OverlayNode node;
    private NodeConfig.Nic first;
    private NodeConfig.Nic second;

    @BeforeEach
    void start() throws Exception {
        Namespaces.require("ip", "ping");
        all = new Namespaces();
        node = new OverlayNode("n", OverlayNode.Threading.SHARED, System::nanoTime, said::add);
        first = nic(0, all.add("g1"), false);
        second = nic(1, all.add("g2"), false);
        node.openNic(first);
        node.openNic(second);
        node.replaceTable(RoutingTable.of(List.of(
                new Rule(MacPattern.ANY, MacPattern.ANY, 0, 1), new Rule(MacPattern.ANY, MacPattern.ANY, 1, 0))));
        address(first, 1);
        address(second, 2);
        ping();
    }

    @AfterEach
    void stop() throws Exception {
        node.close();
        all.close();
    }

    private static NodeConfig.Nic nic(int port, String namespace, boolean fast) {
        return new NodeConfig.Nic(
                port,
                "g" + port,
                new NicKind.Tap(Optional.of(namespace), false, 1, 64, fast),
                OptionalLong.empty(),
                OptionalInt.empty());
    }

    private void address(NodeConfig.Nic nic, int host) throws Exception {
        all.ip(nic.netns().orElseThrow(), "addr add 10.77.0." + host + "/24 dev " + nic.name());
        all.ip(nic.netns().orElseThrow(), "link set " + nic.name() + " up");
    }

    private void ping() throws Exception {
        all.in(second.netns().orElseThrow(), "ping -c 2 -i 0.01 -W 2 10.77.0.1");
    }

    private void await(NodeConfig.Nic nic, String state) throws Exception {
        Namespaces.await(() -> state.equals(node.describe(nic).get("state")));
    }

    private long rounds() {
        return node.snapshot().loops().stream()
                .mapToLong(loop -> loop.get(LoopCounter.ROUNDS))
                .sum();
    }

    private long errors() {
        return node.snapshot().ports().stream()
                .mapToLong(port -> port.get(PortCounter.ERRORS))
                .sum();
    }

    /// The loop sleeps, and counts nothing.
    private void quiet() throws Exception {
        final long rounds = rounds();
        final long errors = errors();
        Thread.sleep(200);
        assertTrue(rounds() - rounds < 200, () -> rounds() - rounds + " rounds");
        assertTrue(errors() - errors < 10, () -> errors() - errors + " errors");
    }

    @Test
    void aTapThatIsDeletedIsTakenBackWhenItIsMadeAgain() throws Exception {
        final Object mac = node.describe(first).get("mac");
        all.ip(first.netns().orElseThrow(), "link del g0");
        await(first, "gone");
        quiet();
        assertTrue(errors() < 10, () -> errors() + " errors");
        assertEquals(1, said.size(), said::toString);
        assertTrue(said.getFirst().startsWith("nic g0: its interface is gone"), said::toString);
        final Map<String, Object> shown = node.describe(first);
        assertTrue(shown.get("error").toString().contains("EBADFD"), shown::toString);
        all.succeeds(second.netns().orElseThrow(), "ping -c 1 -W 1 10.77.0.1");
        assertTrue(node.snapshot().drops(DropReason.PORT_DOWN) > 0, "frames for it are counted");

        all.ip(first.netns().orElseThrow(), "tuntap add dev g0 mode tap");
        await(first, "present");
        assertEquals(mac, node.describe(first).get("mac"), "peers know it");
        address(first, 1);
        ping();
        assertEquals("nic g0: its interface is there again", said.getLast());
        assertEquals(2, said.size(), said::toString);
        quiet();
    }

    @Test
    void aNicComesBackWithItsGuestsNamespaceAndCanBeTakenOutMeanwhile() throws Exception {
        final String guest = first.netns().orElseThrow();
        // The node's descriptors keep the namespace alive that has no name any more.
        Namespaces.run("ip", "netns", "del", guest);
        Namespaces.run("ip", "netns", "add", guest);
        Namespaces.await(() -> said.size() == 2);
        assertTrue(said.getFirst().contains("the guest's namespace was made anew"), said::toString);
        assertEquals("nic g0: its interface is there again", said.getLast());
        address(first, 1);
        ping();
        all.ip(guest, "link del g0");
        await(first, "gone");
        node.replaceTable(RoutingTable.empty());
        node.closeNic(first);
        node.openNic(first);
        assertEquals("present", node.describe(first).get("state"));
    }

    @Test
    void soDoesOneWhoseFramesTheKernelCarries() throws Exception {
        final String guest = all.add("g3");
        final NodeConfig.Nic fast = nic(3, guest, true);
        node.openNic(fast);
        assertTrue(String.valueOf(node.describe(fast).get("fastpath")).startsWith("no: the node does not listen"));
        for (final String end : List.of("g3.veth", "g3.tap")) {
            Namespaces.run("ip", "link", "del", end);
            if (end.endsWith("veth")) {
                await(fast, "gone");
                quiet();
                Namespaces.run("ip", "link", "add", "g3.veth", "type", "veth", "peer", "name", "g3", "netns", guest);
            }
            // Its own TAP the node makes again by itself.
            Namespaces.await(() -> said.contains("nic g3: its interface is there again"));
            await(fast, "present");
            said.clear();
        }
        node.closeNic(fast);
        assertTrue(!Namespaces.run("ip", "-o", "link").contains("g3."), "nothing stays behind");
    }

    /// Nodes of two networks on one host, each with a guest whose NIC has the same name.
    @Test
    void nicsOfOneNameHaveInterfacesOfTheirOwn() throws Exception {
        final NodeConfig.Nic one = nic(3, all.add("g3"), true);
        final NodeConfig.Nic two = nic(3, all.add("g4"), true);
        node.openNic(one);
        try (OverlayNode other = new OverlayNode("m", OverlayNode.Threading.SHARED, System::nanoTime, said::add)) {
            other.openNic(two);
            for (final OverlayNode each : List.of(node, other)) {
                final Object state = each.describe(each == node ? one : two).get("fastpath");
                assertTrue(String.valueOf(state).startsWith("no: the node does not listen"), String.valueOf(state));
            }
            final String here = Namespaces.run("ip", "-o", "link");
            assertTrue(here.contains("g3.veth@") && here.contains("g3.veth2@") && here.contains("g3.tap2:"), here);
            // Whoever comes first takes the first names, which need not be those that it had.
            node.closeNic(one);
            other.closeNic(two);
            other.openNic(two);
            node.openNic(one);
            final String swapped = Namespaces.run("ip", "-o", "link");
            assertTrue(swapped.contains("g3.veth@") && swapped.contains("g3.veth2@"), swapped);
            node.closeNic(one);
        }
        assertTrue(!Namespaces.run("ip", "-o", "link").contains("g3."), "nothing stays behind");
    }

    @Test
    void socketsThatAreDestroyedAreOpenedAnew() throws Exception {
        Namespaces.require("ss");
        final InetAddress here = InetAddress.getByName("127.0.0.1");
        node.listen(new NodeConfig.Listening(new Endpoint(here, 4789), 42));
        final NodeConfig.Link link = new NodeConfig.Link(
                LINK, 1, "l", new Endpoint(here, 4790), Statement.Encapsulation.VNET, OptionalInt.empty());
        // One at a time: the kernel finds an unconnected socket by its address only.
        Namespaces.run("ss", "-u", "-a", "-K", "sport", "=", ":4789");
        Namespaces.await(() -> said.size() == 1);
        node.openLink(link);
        Namespaces.run("ss", "-u", "-a", "-K", "dport", "=", ":4790");
        Namespaces.await(() -> said.size() == 2);
        assertTrue(said.stream().anyMatch(line -> line.startsWith("link l: its socket was destroyed")), said::toString);
        assertTrue(said.stream().anyMatch(line -> line.startsWith("listen 127.0.0.1:4789: ")), said::toString);
        Namespaces.await(
                () -> Namespaces.run("ss", "-Hnua", "sport", "=", ":4789").contains("127.0.0.1:4790"));
        quiet();
        assertEquals(2, said.size(), said::toString);
        final Snapshot before = node.snapshot();
        node.replaceTable(RoutingTable.of(List.of(new Rule(MacPattern.ANY, MacPattern.ANY, 1, LINK))));
        all.succeeds(second.netns().orElseThrow(), "ping -c 1 -W 1 10.77.0.9");
        assertTrue(sent(node.snapshot()) > sent(before), "datagrams go out by the new socket");
    }

    private static long sent(Snapshot snapshot) {
        return snapshot.ports().stream()
                .filter(port -> port.port().id() == LINK)
                .mapToLong(port -> port.get(PortCounter.DATAGRAMS_OUT))
                .sum();
    }
}
