package org.vnetp.overlay.control;

import java.net.InetAddress;

/// A UDP address of the underlay, as written: `10.1.0.2:4789` or `[fd00::2]:4789`. Never a host
/// name: nothing is resolved. Where a statement allows it, [#ANY]: an address that is found out.
public record Endpoint(InetAddress address, int port) {
    /// What a link leads to whose node may be anywhere.
    public static final Endpoint ANY = new Endpoint(InetAddress.ofLiteral("0.0.0.0"), 0);

    private static final String ANY_WORD = "any";

    public Endpoint {
        if (port < (address.isAnyLocalAddress() ? 0 : 1) || port > 65535) {
            throw new IllegalArgumentException("port " + port + ": expected 1..65535");
        }
    }

    /// Whether this is [#ANY].
    public boolean isAny() {
        return port == 0;
    }

    /// The address without the port, as written in statements.
    public String host() {
        return address.getHostAddress();
    }

    @Override
    public String toString() {
        return isAny() ? ANY_WORD : (address.getAddress().length == 4 ? host() : "[" + host() + "]") + ":" + port;
    }
}
