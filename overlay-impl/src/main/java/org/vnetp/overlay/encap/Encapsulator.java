package org.vnetp.overlay.encap;

import org.vnetp.overlay.frame.Frame;

/// Turns frames into datagrams of one link. One loop's.
public interface Encapsulator {
    /// Result of [#encapsulate]: the frame is on its way (staged).
    int STAGED = 0;
    /// Result of [#encapsulate]: the encapsulator's own room (headers of datagrams not yet flushed) is used up. The
    /// caller flushes the link and calls again; the second time it fits.
    int FULL = 1;
    /// Result of [#encapsulate]: this format cannot carry the frame; the caller counts a drop.
    int UNSUPPORTED = 2;
    /// Result of [#encapsulate]: the frame, or a segment of it, does not fit a datagram; the caller answers as a
    /// router.
    int TOO_BIG = 3;

    /// Stages one frame: describes its datagrams to the sink, or keeps it for a bundle that [#finish] completes.
    /// The frame's bytes must stay until the link has been flushed.
    int encapsulate(Frame frame, DatagramSink sink);

    /// Stages a message for the peer ([Messages]) as a datagram of its own. Its bytes must stay until the link has been
    /// flushed.
    ///
    /// @param kind   1 to [Messages#MOST_KINDS]
    /// @param length at most [#mostMessage]
    /// @return false where the encapsulator's own room is used up
    default boolean message(int kind, long address, int length, DatagramSink sink) {
        return false;
    }

    /// The longest message that fits a datagram of the capacity set, bytes.
    default int mostMessage() {
        return 0;
    }

    /// Completes what is still open (a bundle); called before every flush of the link.
    void finish(DatagramSink sink);

    /// The link has been flushed: headers handed out as slices may be overwritten from now on.
    void flushed();

    /// Sets the most bytes of UDP payload a datagram may have: the path's MTU without IP and UDP headers.
    ///
    /// @throws IllegalArgumentException where they are fewer than [#leastCapacity]
    void datagramCapacity(int bytes);

    /// Whether superframes inside a tunnel of the guest's go over the link whole; else they are cut before.
    default boolean carriesTunnels() {
        return false;
    }

    /// Whether frames in several slices are staged as they are; else they are copied together first.
    default boolean takesSlices() {
        return false;
    }

    /// The fewest bytes of UDP payload with which the format works.
    int leastCapacity();

    /// The largest guest MTU with which an ordinary frame fits one datagram of the capacity set.
    int guestMtu();
}
