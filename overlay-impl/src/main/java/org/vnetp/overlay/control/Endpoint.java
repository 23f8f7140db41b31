package org.vnetp.overlay.control;

import java.net.InetAddress;

/// A UDP address of the underlay, as written: `10.1.0.2:4789` or `[fd00::2]:4789`. Never a host
/// name: nothing is resolved.
public record Endpoint(InetAddress address, int port) {
    public Endpoint {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + ": expected 1..65535");
        }
    }

    /// The address without the port, as written in statements.
    public String host() {
        return address.getHostAddress();
    }

    @Override
    public String toString() {
        return (address.getAddress().length == 4 ? host() : "[" + host() + "]") + ":" + port;
    }
}
