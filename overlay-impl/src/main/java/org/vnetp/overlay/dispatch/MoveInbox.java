package org.vnetp.overlay.dispatch;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.encap.Messages;

/// The messages about moving flows that came by one link, until the visit of the link ends: by then all frames
/// that came before them have gone on, also those that a format keeps to merge them. Other messages go to whom
/// they are for. One loop's.
final class MoveInbox implements Messages {
    /// More of one visit are lost; who wants an answer asks again.
    private static final int ROOM = 16;

    private final MoveMessage[] waiting = new MoveMessage[ROOM];
    private final Messages others;
    private int count;

    MoveInbox(Messages others) {
        this.others = others;
    }

    int count() {
        return count;
    }

    MoveMessage get(int index) {
        return waiting[index];
    }

    void clear() {
        count = 0;
    }

    @Override
    public void onMessage(int kind, MemorySegment slab, long at, int length) {
        if (!MoveMessage.isOne(kind)) {
            others.onMessage(kind, slab, at, length);
            return;
        }
        MoveMessage said = MoveMessage.read(kind, slab, at, length);
        if (said != null && count < ROOM) {
            waiting[count++] = said;
        }
    }

    @Override
    public int next() {
        return others.next();
    }

    @Override
    public int kind() {
        return others.kind();
    }

    @Override
    public long address() {
        return others.address();
    }
}
