package org.vnetp.macrobench.testbed;

import java.util.Set;

/// Virtual machines over the kernel's own overlay (RFC 7348): each guest's TAP on a bridge with a VXLAN device whose
/// outer side is its host's, as the usual deployment has it.
///
/// Settings: `port` (UDP, default 4789) and [MachineMonitor#SETTINGS].
final class VxlanMachineFabric extends BridgedMachineFabric {
    /// Beside the guests' own numbers.
    private static final int DEVICE = 100;

    private final int port;

    VxlanMachineFabric(NamespaceTestbed testbed, FabricSpec spec) {
        super(testbed, spec, Set.of("port"));
        port = Settings.number(spec, settings(), "port", VxlanFabric.PORT, 1, 65535);
    }

    @Override
    int mtu() {
        return testbed().spec().mtu() - VxlanFabric.OVERHEAD;
    }

    @Override
    void makeUplink(NamespaceHost host, Place guest) {
        String mac = Addresses.mac(network(), DEVICE + host.index());
        VxlanFabric.createDevice(host, guest.namespace(), UPLINK, network(), mac, port);
        VxlanFabric.flood(host, testbed().namespaceHosts(), guest.namespace(), UPLINK);
    }

    @Override
    String way() {
        return "Linux kernel VXLAN (RFC 7348), no encryption, UDP port " + port;
    }
}
