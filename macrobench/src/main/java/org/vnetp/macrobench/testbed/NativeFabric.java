package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;

/// The hosts themselves, without any overlay: what the others are measured against.
final class NativeFabric extends NamespaceFabric {
    NativeFabric(NamespaceTestbed testbed) {
        super(testbed, FabricSpec.nativeFabric(), 0);
    }

    @Override
    void up() {
        List<NamespaceEndpoint> list = new ArrayList<>();
        for (NamespaceHost h : testbed().namespaceHosts()) {
            list.add(new NamespaceEndpoint(
                    h.place(),
                    h.index(),
                    h.address(),
                    h.address6(),
                    h.interfaceName(),
                    testbed().spec().mtu()));
        }
        setEndpoints(list);
        prove();
    }

    @Override
    public String description() {
        return "the hosts themselves: veth, MTU " + testbed().spec().mtu();
    }

    /// It lives as long as its testbed.
    @Override
    public void close() {}
}
