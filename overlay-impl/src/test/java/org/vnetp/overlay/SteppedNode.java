package org.vnetp.overlay;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;

/// A node in this process that is stepped by hand: a guest in memory, a link in memory, everything from the one to the
/// other.
final class SteppedNode {
    static final int NIC = 0;
    static final int LINK = 1;

    private SteppedNode() {}

    static OverlayNode open(
            String name,
            LongSupplier clock,
            long timeOfDayNs,
            InMemoryLink end,
            Statement.Encapsulation format,
            Optional<NodeConfig.Seal> seal)
            throws Exception {
        OverlayNode node = new OverlayNode(name, OverlayNode.Threading.INVOKER, clock, timeOfDayNs, _ -> {});
        node.openNic(new NodeConfig.Nic(NIC, "nic", new NicKind.Memory(), OptionalLong.empty(), OptionalInt.empty()));
        Endpoint nowhere = new Endpoint(InetAddress.getByName("192.0.2.1"), 4789);
        node.openLink(new NodeConfig.Link(LINK, LINK, "link", nowhere, format, OptionalInt.empty(), seal), end);
        node.replaceTable(RoutingTable.of(List.of(
                new Rule(MacPattern.ANY, MacPattern.ANY, NIC, LINK),
                new Rule(MacPattern.ANY, MacPattern.ANY, LINK, NIC))));
        return node;
    }
}
