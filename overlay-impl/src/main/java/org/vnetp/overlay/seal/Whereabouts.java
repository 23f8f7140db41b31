package org.vnetp.overlay.seal;

import java.net.InetSocketAddress;

/// Where the peer of a link is that nobody has told: handshakes tell. Control's thread.
public interface Whereabouts {
    /// Whether anything is known, so that something can be sent.
    boolean known();

    /// A handshake's message of the peer, newer than all before it, has come from there.
    void heardAt(InetSocketAddress address);
}
