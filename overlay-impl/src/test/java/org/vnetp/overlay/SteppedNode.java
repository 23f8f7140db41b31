package org.vnetp.overlay;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
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
import org.vnetp.overlay.seal.KeyFiles;
import org.vnetp.overlay.seal.Suite;

/// A node in this process that is stepped by hand: a guest in memory, a link in memory, everything from the one to the
/// other.
final class SteppedNode {
    static final int NIC = 0;
    static final int LINK = 1;

    private SteppedNode() {}

    /// How the two ends of a link are sealed, by keys that are made for it.
    ///
    /// @param name of the key files
    static List<Optional<NodeConfig.Seal>> seals(Path directory, String name) throws IOException {
        Path one = directory.resolve(name + ".one.key");
        Path other = directory.resolve(name + ".other.key");
        String oneKey = KeyFiles.create(one).publicText();
        String otherKey = KeyFiles.create(other).publicText();
        return List.of(Optional.of(seal(one, otherKey)), Optional.of(seal(other, oneKey)));
    }

    private static NodeConfig.Seal seal(Path own, String peer) {
        return new NodeConfig.Seal(own, peer, Suite.AES_128_GCM, 3_600_000_000_000L);
    }

    static List<Optional<NodeConfig.Seal>> unsealed() {
        return List.of(Optional.empty(), Optional.empty());
    }

    static OverlayNode open(
            String name,
            LongSupplier clock,
            long timeOfDayNs,
            InMemoryLink end,
            Statement.Encapsulation format,
            Optional<NodeConfig.Seal> seal)
            throws Exception {
        OverlayNode node = new OverlayNode(name, OverlayNode.Threading.INVOKER, clock, timeOfDayNs, _ -> {});
        node.openNic(
                new NodeConfig.Nic(NIC, "nic", NicKind.InProcess.MEMORY, OptionalLong.empty(), OptionalInt.empty()));
        Endpoint nowhere = new Endpoint(InetAddress.getByName("192.0.2.1"), 4789);
        node.openLink(new NodeConfig.Link(LINK, LINK, "link", nowhere, format, OptionalInt.empty(), seal), end);
        node.replaceTable(RoutingTable.of(List.of(
                new Rule(MacPattern.ANY, MacPattern.ANY, NIC, LINK),
                new Rule(MacPattern.ANY, MacPattern.ANY, LINK, NIC))));
        return node;
    }
}
