package org.vnetp.overlay.encap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Keeps the messages that it hears, and says none.
final class HeardMessages implements Messages {
    final List<Integer> kinds = new ArrayList<>();
    final List<byte[]> texts = new ArrayList<>();

    @Override
    public void onMessage(int kind, MemorySegment slab, long at, int length) {
        kinds.add(kind);
        texts.add(slab.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public int next() {
        return 0;
    }

    @Override
    public int kind() {
        return 0;
    }

    @Override
    public long address() {
        return 0;
    }
}
