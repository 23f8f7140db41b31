package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.TooBigAnswer;
import org.vnetp.overlay.frame.VirtioNetHeader;

/// Tells senders of frames that a link's path cannot carry what fits, as a router would.
///
/// **Thread:** the loop's. **Ownership:** a reply lies in this object's memory, which the next one overwrites; it has
/// to be sent before.
final class TooBigReplies {
    private static final int OFFSET = 64;
    private static final int HOPS = 16;

    private final TooBigAnswer answers = new TooBigAnswer(100, 20);
    private final MemorySegment memory = Arena.ofAuto().allocate(OFFSET + TooBigAnswer.MAX_LENGTH, 64);
    private final Frame reply = new Frame(Arena.ofAuto(), 1);

    /// The reply to a frame, or null where there is none: not IP, or others were answered just now.
    ///
    /// @param mtu bytes of an IP packet that fit
    Frame to(Frame frame, int mtu, long nowNs) {
        int length = answers.build(
                frame.head(),
                frame.ethernet(),
                frame.length() - VirtioNetHeader.LENGTH,
                frame.headLength() - VirtioNetHeader.LENGTH,
                mtu,
                memory,
                OFFSET,
                nowNs);
        if (length == 0) {
            return null;
        }
        reply.wrap(memory, OFFSET, length, HOPS);
        return reply;
    }
}
