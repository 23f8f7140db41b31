package org.vnetp.overlay.encap;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.vnetp.overlay.frame.FrameSink;

/// What a link whose peer may be anywhere does with datagrams that came from another address than the one it
/// sends to. **Thread:** the loop that receives from the link and from the listening socket.
public interface StrayDatagrams {
    /// The datagram is not the peer's for sure. It is as it was.
    int STRANGE = 0;

    /// It is the peer's, but others that the peer sent later have come before: it tells nothing about where
    /// the peer is now. [#take] takes it.
    int LATE = 1;

    /// It is the peer's, and the newest that has come: the peer is where it came from. [#take] takes it.
    int NEWEST = 2;

    /// It is the peer's, but no frame: somebody else hears it, and finds out where the peer is.
    int MESSAGE = 3;

    /// Whether a datagram is the peer's.
    ///
    /// @param sender where it came from; asked for only where the datagram is the peer's
    int claim(MemorySegment slab, long at, int size, long nowNs, Supplier<InetSocketAddress> sender);

    /// Takes a message whose first datagram has just been claimed, as [Decapsulator#decapsulate] does.
    void take(MemorySegment slab, long offset, int length, int segmentSize, int ecn, long nowNs, FrameSink sink);
}
