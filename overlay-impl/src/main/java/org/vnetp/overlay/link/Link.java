package org.vnetp.overlay.link;

import java.net.InetSocketAddress;
import org.vnetp.overlay.encap.DatagramSink;
import org.vnetp.overlay.posix.Posix;

/// A way for datagrams to one other node and back. Neither method blocks.
///
/// Sending: an encapsulator describes trains ([DatagramSink]); they are staged until [#flush].
public interface Link extends DatagramSink, AutoCloseable {
    /// True while the slices of one more frame can be staged.
    boolean hasRoom();

    /// True when something is staged.
    boolean staged();

    /// Bytes staged.
    int stagedBytes();

    /// Sends what is staged.
    ///
    /// @return false when the link is full: the rest stays staged and its slices must keep their bytes;
    ///         flush again when the descriptor is writable
    boolean flush(Posix posix);

    /// Gives up what is staged.
    ///
    /// @return datagrams given up
    int discard();

    /// Bytes that the kernel has been given and that are still on this machine on their way out; 0 where that is not
    /// known.
    default int leaving(Posix posix) {
        return 0;
    }

    /// Receives into the batch's free slots.
    ///
    /// @return messages received, 0 when there is nothing
    int receive(Posix posix, ReceiveBatch batch);

    /// Bytes of UDP payload that a datagram may have on the path now; 0 where the network has no path.
    int datagramCapacity();

    /// The descriptor that becomes readable; -1 where there is none.
    int descriptor();

    /// The errno by which the kernel said that the socket was destroyed under the link, or 0: no call on it will do
    /// what it should again.
    default int death() {
        return 0;
    }

    /// Where the peer is from now on, of a link whose peer may be anywhere; others do nothing. Seldom.
    default void follow(Posix posix, InetSocketAddress peer) {}

    /// Whether the loop has to visit the link even where it only sends, and has to ask [#rest] before it waits: a
    /// transport that moves nothing by itself.
    default boolean driven() {
        return false;
    }

    /// Of a driven link: the loop is about to wait for its descriptor.
    ///
    /// @return milliseconds that it may wait: 0 where there is something to do now, [#UNTIL_TOLD] where
    ///         the descriptor tells of all that comes
    default int rest() {
        return UNTIL_TOLD;
    }

    /// To wait without end.
    int UNTIL_TOLD = -1;

    @Override
    void close();
}
