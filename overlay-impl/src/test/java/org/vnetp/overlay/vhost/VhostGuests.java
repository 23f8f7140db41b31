package org.vnetp.overlay.vhost;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.vnetp.overlay.OverlayNode;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.link.Impairments;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// Two nodes joined by a link in memory, each with a virtual machine's NIC, all stepped by hand; and their
/// guests.
final class VhostGuests implements AutoCloseable {
    static final int NIC = 0;
    static final int LINK = 1;
    private static final MacPattern ANY = MacPattern.ANY;

    final List<OverlayNode> nodes = new ArrayList<>();
    final List<VhostFrontend> guests = new ArrayList<>();
    final List<String> said = new ArrayList<>();
    private final Path directory;
    private long nowNs;

    VhostGuests(Path directory, int queues, VhostFrontend.Options... options) throws Exception {
        this.directory = directory;
        InMemoryLink[] ends = InMemoryLink.pair(1472, true, Impairments.none());
        for (int i = 0; i < 2; i++) {
            OverlayNode node = new OverlayNode("n" + i, OverlayNode.Threading.INVOKER, () -> nowNs, said::add);
            nodes.add(node);
            node.openNic(new NodeConfig.Nic(
                    NIC,
                    "eth0",
                    new NicKind.VhostUser(path(i), NicKind.VhostUser.Mode.SERVER, queues),
                    OptionalLong.empty(),
                    OptionalInt.empty()));
            Endpoint nowhere = new Endpoint(java.net.InetAddress.getByName("192.0.2.1"), 4789);
            node.openLink(
                    new NodeConfig.Link(LINK, LINK, "link", nowhere, Statement.Encapsulation.VNET, OptionalInt.empty()),
                    ends[i]);
            node.replaceTable(RoutingTable.of(List.of(new Rule(ANY, ANY, NIC, LINK), new Rule(ANY, ANY, LINK, NIC))));
            guests.add(new VhostFrontend(options[Math.min(i, options.length - 1)], this::pump));
        }
    }

    Path path(int node) {
        return directory.resolve("n" + node + ".sock");
    }

    void pump() {
        for (OverlayNode node : nodes) {
            node.turnVhost(NIC);
        }
    }

    void start() {
        for (int i = 0; i < guests.size(); i++) {
            guests.get(i).connect(path(i));
            guests.get(i).start();
            guests.get(i).receiving(0).refill();
        }
    }

    /// Rounds in which everything is polled.
    void step(int rounds) {
        for (int i = 0; i < rounds; i++) {
            nowNs += 1_000_000;
            pump();
            for (OverlayNode node : nodes) {
                node.loops().forEach(DispatchLoop::doWork);
            }
        }
    }

    /// Nodes wait for their guests' kicks, as [#turn] does; links in memory have to be polled.
    void guestDriven() throws Exception {
        DispatchSettings d = DispatchSettings.DEFAULT;
        for (OverlayNode node : nodes) {
            node.dispatch(new DispatchSettings(
                    DispatchMode.GUEST,
                    DispatchMode.VMM,
                    d.alphaL(),
                    d.alphaU(),
                    d.omegaNs(),
                    d.yield(),
                    d.tSleepNs(),
                    d.tNoyieldRounds(),
                    d.dispatchers(),
                    d.batch()));
        }
    }

    /// Rounds as a node's threads make them.
    void turn(int rounds) {
        for (int i = 0; i < rounds; i++) {
            nowNs += 1_000_000;
            for (OverlayNode node : nodes) {
                node.loops().forEach(loop -> loop.turn(0));
            }
        }
    }

    String state(int node) {
        return (String) told(node, "state");
    }

    Object told(int node, String field) {
        return nodes.get(node).describe(config(node)).get(field);
    }

    void link(int node, boolean up) {
        NodeConfig.Nic nic = config(node);
        NicKind.VhostUser kind = (NicKind.VhostUser) nic.kind();
        nodes.get(node).nicLink(new NodeConfig.Nic(nic.port(), nic.name(), kind.linked(up), nic.mac(), nic.mtu()));
    }

    private NodeConfig.Nic config(int node) {
        return new NodeConfig.Nic(
                NIC,
                "eth0",
                new NicKind.VhostUser(path(node), NicKind.VhostUser.Mode.SERVER, 1),
                OptionalLong.empty(),
                OptionalInt.empty());
    }

    /// An ordinary frame, 12 bytes of virtio_net_hdr first.
    static byte[] frame(Random random, int length) {
        byte[] frame = new byte[12 + length];
        random.nextBytes(frame);
        Arrays.fill(frame, 0, 12, (byte) 0);
        frame[12] = 2;
        frame[18] = 2;
        frame[24] = (byte) 0x88;
        frame[25] = (byte) 0xB5;
        return frame;
    }

    @Override
    public void close() {
        guests.forEach(VhostFrontend::close);
        nodes.forEach(OverlayNode::close);
    }
}
