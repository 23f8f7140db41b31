package org.vnetp.overlay.seal;

import java.lang.foreign.MemorySegment;

/// Takes handshake datagrams to the peer. Control's thread.
@FunctionalInterface
public interface Carrier {
    /// Sends the first `length` bytes; nothing is promised.
    ///
    /// @return 0 or more, or `-errno`
    int send(MemorySegment datagram, int length);
}
