package org.vnetp.macrobench.testbed;

import java.util.List;

/// Both ends in the first host, over its loopback: no link, no overlay. What a program reaches here is the floor
/// of program, kernel and suite together. It has two endpoints however many hosts there are.
final class LoopbackFabric extends NamespaceFabric {
    private static final int MTU = 65_536;

    LoopbackFabric(NamespaceTestbed testbed, FabricSpec spec) {
        super(testbed, spec, 0);
    }

    @Override
    void up() {
        NamespaceHost host = testbed().namespaceHosts().getFirst();
        // A host's own address is reached over the loopback.
        NamespaceEndpoint end =
                new NamespaceEndpoint(host.place(), host.index(), host.address(), host.address6(), "lo", MTU);
        setEndpoints(List.of(end, end));
    }

    @Override
    public String description() {
        return "the loopback of one host, MTU " + MTU + ": the floor";
    }

    /// The loopback is both ends and the wire.
    @Override
    public Counters snapshot() {
        Counters all = super.snapshot();
        List<Counters.Interface> once = all.endpoints().subList(0, 1);
        return new Counters(
                all.nanoTime(),
                once,
                once,
                List.of(),
                all.softirqSeconds(),
                all.busySeconds(),
                all.retransmits() / all.endpoints().size()); // both are one host
    }

    /// The host stays, it is not the fabric's.
    @Override
    public void close() {
        LabDirectory.deleteTree(directory());
        testbed().closed(this);
    }
}
