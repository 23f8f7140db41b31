package org.vnetp.macrobench.testbed;

import java.util.List;

/// Where programs run that talk over a fabric: a guest, or on the native fabric the host itself.
public interface Endpoint {
    /// The name that `hostname` prints there and that resolves in all endpoints of the same fabric,
    /// `a-vnetp` for the guest of host `a`; unique in a testbed.
    String hostName();

    /// The index of the host it belongs to, which is also its index in [Fabric#endpoints].
    int hostIndex();

    /// Its IPv4 address on this fabric.
    String address();

    /// Its IPv6 address on this fabric, empty where it has none.
    String address6();

    /// The interface that carries those addresses.
    String interfaceName();

    /// The MTU of that interface in bytes.
    int mtu();

    /// A process that will run `command` at this endpoint. The caller starts and ends it; its
    /// standard streams and exit code are the command's own.
    ProcessBuilder command(List<String> command);

    default ProcessBuilder command(String... command) {
        return command(List.of(command));
    }
}
