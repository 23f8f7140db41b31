package org.vnetp.overlay.encap;

import java.lang.foreign.MemorySegment;

/// What the two nodes of a link say to each other beside frames: few and short datagrams, such as
/// echoes that measure the link. The format carries them, sealed where the link is; what they mean
/// is none of its business.
///
/// **Thread:** all methods belong to the loop that receives from the link.
public interface Messages {
    /// Kinds are numbered from 1 to this.
    int MOST_KINDS = 15;

    /// A message has come. Whoever sent it is as far to be trusted as a frame of the link.
    ///
    /// @param kind 1 to [#MOST_KINDS]
    /// @param at   where its bytes begin in the slab, which is the callee's until it returns
    void onMessage(int kind, MemorySegment slab, long at, int length);

    /// Makes the next message that is to be sent, if any, and says its length in bytes; 0: nothing
    /// is to be said now. [#kind] and [#address] then tell the rest of it; its bytes stay for the
    /// [#AT_ONCE] next ones.
    int next();

    /// So many messages are sent together at most.
    int AT_ONCE = 64;

    int kind();

    long address();
}
