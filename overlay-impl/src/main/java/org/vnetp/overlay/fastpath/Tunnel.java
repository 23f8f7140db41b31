package org.vnetp.overlay.fastpath;

import java.net.InetSocketAddress;
import org.vnetp.overlay.link.UnderlayPath;

/// A link as the fast path sees it: what its flows look like, and the way that the network has for them now.
///
/// @param port     the link's port id
/// @param vxlan    it has the `vxlan` format
/// @param sealed   the node seals its datagrams
/// @param peer     the other node
/// @param guestMtu the largest IP packet of a guest that fits one datagram, bytes
public record Tunnel(
        int port,
        String name,
        boolean vxlan,
        boolean sealed,
        InetSocketAddress peer,
        UnderlayPath path,
        int guestMtu) {}
