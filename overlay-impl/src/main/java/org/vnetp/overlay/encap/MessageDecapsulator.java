package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.frame.OffloadCheck;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

/// Messages to frames, mirror of [MessageEncapsulator]: each is one frame, which points into the receive slab; nothing
/// is held. Behind its [MessageEnvelope] nothing is trusted.
public final class MessageDecapsulator implements Decapsulator {
    private static final int MIN_FRAME = VirtioNetHeader.LENGTH + EthernetHeader.LENGTH;
    private static final int MAX_FRAME = VirtioNetHeader.LENGTH + Frame.MAX_LENGTH;

    private final DropCounters drops;
    private final Frame frame;

    /// Null where nobody wants to hear any.
    private Messages messages;

    /// @param drops where refusals are counted; only this object's loop writes it
    public MessageDecapsulator(Arena arena, DropCounters drops) {
        this.drops = drops;
        this.frame = new Frame(arena, 1);
    }

    @Override
    public void decapsulate(
            MemorySegment slab, long offset, int length, int segmentSize, int ecn, long nowNs, FrameSink sink) {
        long envelope = slab.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        long at = offset + MessageEnvelope.LENGTH;
        int bytes = length - MessageEnvelope.LENGTH;
        int kind = MessageEnvelope.kind(envelope);
        if (kind != 0) {
            onMessage(kind, slab, at, bytes);
            return;
        }
        if (bytes < MIN_FRAME) {
            drops.increment(DropReason.TRUNCATED);
            return;
        }
        if (bytes > MAX_FRAME) {
            drops.increment(DropReason.OVERSIZE);
            return;
        }
        if (!OffloadCheck.accept(slab, at, bytes, bytes)) {
            drops.increment(DropReason.BAD_OFFLOAD);
            return;
        }
        sink.onFrame(frame.wrap(slab, at, bytes, MessageEnvelope.hops(envelope)));
    }

    private void onMessage(int kind, MemorySegment slab, long at, int bytes) {
        if (kind > Messages.MOST_KINDS || messages == null) {
            drops.increment(DropReason.MALFORMED);
            return;
        }
        messages.onMessage(kind, slab, at, bytes);
    }

    @Override
    public void messages(Messages listener) {
        messages = listener;
    }

    @Override
    public boolean holds() {
        return false;
    }

    @Override
    public void endBurst(FrameSink sink) {
        // A frame is handed out with its message.
    }

    @Override
    public void letGo(long nowNs) {
        // Nothing is held.
    }

    @Override
    public void expire(long nowNs) {
        // Nothing waits.
    }
}
