package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.List;

/// Hosts and the network between them. See the package for how to use it and who owns what.
public interface Testbed extends AutoCloseable {
    /// Brings up hosts as namespaces of this machine.
    ///
    /// @throws UnavailableException when the machine lacks a tool or privilege
    /// @throws TestbedException when it cannot be brought up; nothing is left behind then
    static Testbed up(TestbedSpec spec) {
        return NamespaceTestbed.up(spec);
    }

    /// Takes the machines named in an inventory file, reached by ssh; see [InventoryTestbed] for
    /// the file.
    static Testbed inventory(Path file) {
        return InventoryTestbed.open(file, Pack::ofLauncher);
    }

    /// The fabrics that an inventory file has addresses for, in the order of its first line.
    ///
    /// @throws IllegalArgumentException naming the file, the line and what was expected
    static List<String> inventoryFabrics(Path file) {
        return List.copyOf(
                InventoryTestbed.read(file).rows().getFirst().columns().keySet());
    }

    /// Whether its machines are nodes of an allocation of Slurm.
    static boolean inventoryOfSlurm(Path file) {
        return InventoryTestbed.read(file).job().isPresent();
    }

    /// How many machines an inventory file names.
    ///
    /// @throws IllegalArgumentException as [#inventoryFabrics]
    static int inventoryHosts(Path file) {
        return InventoryTestbed.read(file).rows().size();
    }

    String name();

    List<Host> hosts();

    /// Brings up a fabric beside the ones that are there. The native fabric always is, and is
    /// returned as it is.
    ///
    /// @throws IllegalArgumentException for an unknown setting, naming the legal ones
    /// @throws FabricException when it does not come up; the testbed and its other fabrics go on
    Fabric fabric(FabricSpec spec);

    /// The fabrics that are up, native first.
    List<Fabric> fabrics();

    LinkRate linkRate();

    /// Shapes every link anew at both ends, without losing a frame in flight elsewhere.
    void setLinkRate(LinkRate rate);

    /// TCP's congestion control on the testbed's networks, and where it is set: `cubic (route)`.
    String congestionControl();

    /// Removes all that was created.
    @Override
    void close();
}
