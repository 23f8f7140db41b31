package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

/// Messages beside frames, in both formats: heard by who listens, harmless to who knows none.
class MessagesTest {
    private static final int NETWORK = 42;
    private static final int LENGTH = 104;

    private final Arena arena = Arena.ofAuto();
    private final DropCounters drops = new DropCounters();
    private final RecordingSinks.Frames frames = new RecordingSinks.Frames();
    private final HeardMessages listener = new HeardMessages();

    private MemorySegment text() {
        MemorySegment text = arena.allocate(LENGTH);
        for (int i = 0; i < LENGTH; i++) {
            text.set(ValueLayout.JAVA_BYTE, i, (byte) (i + 1));
        }
        return text;
    }

    private byte[] datagram(Encapsulator encapsulator, int kind) {
        RecordingSinks.Datagrams sink = new RecordingSinks.Datagrams();
        assertTrue(encapsulator.message(kind, text().address(), LENGTH, sink));
        assertEquals(1, sink.datagrams.size());
        return sink.datagrams.getFirst();
    }

    private void receive(Decapsulator decapsulator, byte[] datagram) {
        MemorySegment slab = arena.allocate(2048);
        MemorySegment.copy(datagram, 0, slab, ValueLayout.JAVA_BYTE, 64, datagram.length);
        decapsulator.decapsulate(slab, 64, datagram.length, datagram.length, 0, 0, frames);
    }

    private VnetDecapsulator vnet() {
        return new VnetDecapsulator(arena, NETWORK, new VnetPeer(() -> 0), drops);
    }

    private Merger vxlan() {
        return new Merger(arena, NETWORK, Merger.Checksums.VERIFY, drops);
    }

    private void isHeard(Encapsulator encapsulator, Decapsulator decapsulator) {
        decapsulator.messages(listener);
        for (int kind = 1; kind <= Messages.MOST_KINDS; kind++) {
            receive(decapsulator, datagram(encapsulator, kind));
        }
        assertEquals(Messages.MOST_KINDS, listener.kinds.size());
        for (int kind = 1; kind <= Messages.MOST_KINDS; kind++) {
            assertEquals(kind, listener.kinds.get(kind - 1));
            assertArrayEquals(text().toArray(ValueLayout.JAVA_BYTE), listener.texts.get(kind - 1));
        }
        assertTrue(frames.frames.isEmpty());
        for (DropReason reason : DropReason.values()) {
            assertEquals(0, drops.get(reason), reason.label());
        }
    }

    @Test
    void bothFormatsCarryThem() {
        isHeard(new VnetEncapsulator(arena, NETWORK, new VnetPeer(() -> 1L << 40), 3), vnet());
        listener.kinds.clear();
        listener.texts.clear();
        isHeard(new Segmenter(arena, NETWORK, 1472), vxlan());
    }

    @Test
    void aReplayedOneIsNotHeardTwice() {
        Decapsulator decapsulator = vnet();
        decapsulator.messages(listener);
        byte[] datagram = datagram(new VnetEncapsulator(arena, NETWORK, new VnetPeer(() -> 1L << 40), 3), 2);
        receive(decapsulator, datagram);
        receive(decapsulator, datagram);
        assertEquals(1, listener.kinds.size());
        assertEquals(1, drops.get(DropReason.REPLAYED));
    }

    @Test
    void whoKnowsNoneDropsThemAsMalformedAndNeedsNoOperator() {
        receive(vnet(), datagram(new VnetEncapsulator(arena, NETWORK, new VnetPeer(() -> 1L << 40), 0), 1));
        receive(vxlan(), datagram(new Segmenter(arena, NETWORK, 1472), 1));
        assertEquals(2, drops.get(DropReason.MALFORMED));
        assertTrue(!DropReason.MALFORMED.callsForWord());
        assertTrue(frames.frames.isEmpty());
    }

    @Test
    void anotherNetworksAreNotHeard() {
        Decapsulator merger = vxlan();
        merger.messages(listener);
        receive(merger, datagram(new Segmenter(arena, NETWORK + 1, 1472), 1));
        assertEquals(1, drops.get(DropReason.MALFORMED));
        Decapsulator decapsulator = vnet();
        decapsulator.messages(listener);
        receive(decapsulator, datagram(new VnetEncapsulator(arena, NETWORK + 1, new VnetPeer(() -> 1L << 40), 0), 1));
        assertEquals(1, drops.get(DropReason.WRONG_NETWORK));
        assertTrue(listener.kinds.isEmpty());
    }
}
