package org.vnetp.overlay.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Counters with one writer and any number of readers.
///
/// **Assumption:** only one thread, the loop that owns the block, calls [#add]. **Guarantee:** a
/// reader sees each counter whole (never torn) and never going backwards; two counters read one
/// after the other may be a few frames apart. Opaque access costs a plain load and store. A cache
/// line on either side keeps neighbours in the heap off the writer's lines.
class CounterBlock {
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PAD = 64 / Long.BYTES;

    private final long[] values;
    private final int size;

    CounterBlock(int size) {
        this.size = size;
        this.values = new long[PAD + size + PAD];
    }

    final void add(int index, long n) {
        int i = PAD + index;
        ELEMENT.setOpaque(values, i, values[i] + n);
    }

    final void set(int index, long value) {
        ELEMENT.setOpaque(values, PAD + index, value);
    }

    final long get(int index) {
        return (long) ELEMENT.getOpaque(values, PAD + index);
    }

    final long[] copy() {
        long[] copy = new long[size];
        for (int i = 0; i < size; i++) {
            copy[i] = get(i);
        }
        return copy;
    }
}
