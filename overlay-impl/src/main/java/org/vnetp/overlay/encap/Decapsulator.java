package org.vnetp.overlay.encap;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.FrameSink;

/// Turns datagrams received on one link into frames. One loop's.
///
/// Frames handed out point into the receive slab wherever their slices follow one another. Between
/// calls a decapsulator may hold on to slices of an unfinished frame; the link then receives into
/// another part of the slab, or calls [#letGo] first.
public interface Decapsulator {
    /// Most bytes of an [#answer].
    int ANSWER_LENGTH = 64;

    /// Takes `length` bytes received at `offset`: datagrams of `segmentSize` bytes each, the last may be shorter.
    /// Everything is checked; what is refused is counted and never throws.
    ///
    /// @param ecn   what the outer headers said about congestion ([org.vnetp.overlay.frame.Ecn])
    /// @param nowNs a monotonic clock's reading, for time-outs
    void decapsulate(MemorySegment slab, long offset, int length, int segmentSize, int ecn, long nowNs, FrameSink sink);

    /// True while slices of the slab are still needed.
    boolean holds();

    /// The socket is drained: hands out what only waited for more (merged frames).
    void endBurst(FrameSink sink);

    /// The slab is about to be reused: copies aside what is still needed, so that [#holds] becomes false.
    void letGo(long nowNs);

    /// What the format has to tell the peer about what it received, if anything: seldom, and nothing that must arrive.
    ///
    /// @param to    takes the datagram at its start; at least [#ANSWER_LENGTH] bytes
    /// @param nowNs a monotonic clock's reading
    /// @return the datagram's length, or 0
    default int answer(MemorySegment to, long nowNs) {
        return 0;
    }

    /// Who hears the peer's messages from now on; null: nobody, and they are dropped.
    default void messages(Messages listener) {}

    /// Frames for many go on to other links from now on, or do so no more: they must be handed out as they were sent,
    /// so that copies of them are known again.
    default void relaying(boolean on) {}

    /// The largest IP packet of a guest that fits one datagram of the path, bytes, where the format has to know.
    default void guestMtu(int bytes) {}

    /// Gives up frames that have waited too long. Called every few milliseconds at least while traffic flows.
    void expire(long nowNs);
}
