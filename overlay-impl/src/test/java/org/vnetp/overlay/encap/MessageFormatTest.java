package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

class MessageFormatTest {
    private static final int HOPS = 7;

    private final Arena arena = Arena.ofAuto();
    private final DropCounters drops = new DropCounters();
    private final RecordingSinks.Frames frames = new RecordingSinks.Frames();
    private final MessageDecapsulator decapsulator = new MessageDecapsulator(arena, drops);
    private final MessageEncapsulator encapsulator = new MessageEncapsulator(arena);
    private final MemorySegment slab = arena.allocate(70_000, 64);
    private int hopsSeen;

    private final class Datagram implements DatagramSink {
        private int length;
        private int trains;

        @Override
        public void slice(long address, int bytes) {
            MemorySegment.copy(MemorySegment.ofAddress(address).reinterpret(bytes), 0, slab, length, bytes);
            length += bytes;
        }

        @Override
        public void endTrain(int segmentSize, int datagrams, int totalBytes, int ecn) {
            assertEquals(1, datagrams);
            assertEquals(length, totalBytes);
            trains++;
        }
    }

    private Frame frame(byte[] bytes, int cutAt) {
        MemorySegment memory = arena.allocate(bytes.length, 64);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        Frame frame = new Frame(arena, 4);
        int first = cutAt == 0 ? bytes.length : cutAt;
        frame.wrap(memory, 0, first, HOPS);
        if (cutAt > 0) {
            frame.slices().addSeparately(memory.address() + first, bytes.length - first);
        }
        return frame;
    }

    private Datagram encapsulate(byte[] bytes, int cutAt) {
        Datagram out = new Datagram();
        assertEquals(Encapsulator.STAGED, encapsulator.encapsulate(frame(bytes, cutAt), out));
        encapsulator.finish(out);
        assertEquals(1, out.trains);
        return out;
    }

    private void decapsulate(int length) {
        FrameSink seen = frame -> {
            hopsSeen = frame.hopLimit();
            frames.onFrame(frame);
        };
        decapsulator.decapsulate(slab, 0, length, length, 0, 0, seen);
    }

    @Test
    void aSuperframeIsOneMessageAndNothingIsAddedToIt() {
        byte[] superframe = TestFrames.superframe(new Random(1), true, true, 0, 1448, 60_000, TestFrames.ACK)
                .bytes();
        Datagram out = encapsulate(superframe, 0);
        byte[] message = slab.asSlice(MessageEnvelope.LENGTH, out.length - MessageEnvelope.LENGTH)
                .toArray(ValueLayout.JAVA_BYTE);
        assertArrayEquals(superframe, message);
        decapsulate(out.length);
        assertEquals(1, frames.frames.size());
        assertArrayEquals(superframe, frames.frames.getFirst());
        assertEquals(HOPS, hopsSeen);
        assertEquals(0, drops.sum());
    }

    @Test
    void slicesOfAFrameArriveTogether() {
        byte[] superframe = TestFrames.superframe(new Random(2), true, false, 1, 1400, 9_000, TestFrames.ACK)
                .bytes();
        decapsulate(encapsulate(superframe, 200).length);
        assertArrayEquals(superframe, frames.frames.getFirst());
    }

    @Test
    void dropsAndCountsWhatIsNoFrame() {
        byte[] plain = new byte[12 + 60];
        int length = encapsulate(plain, 0).length;
        decapsulate(MessageEnvelope.LENGTH + 12 + 13);
        assertEquals(1, drops.get(DropReason.TRUNCATED));
        slab.set(ValueLayout.JAVA_BYTE, MessageEnvelope.LENGTH + 1, (byte) 1);
        decapsulate(length);
        assertEquals(1, drops.get(DropReason.BAD_OFFLOAD), "segmentation without a checksum to fill in");
        decapsulate(MessageEnvelope.LENGTH + Frame.MAX_LENGTH + 13);
        assertEquals(1, drops.get(DropReason.OVERSIZE));
        assertEquals(0, frames.frames.size());
        assertEquals(3, drops.sum());
    }

    @Test
    void messagesAreHeardByWhoListensAndHarmlessElse() {
        byte[] said = {1, 2, 3, 4, 5, 6, 7, 8};
        MemorySegment memory = arena.allocate(said.length, 8);
        MemorySegment.copy(said, 0, memory, ValueLayout.JAVA_BYTE, 0, said.length);
        Datagram out = new Datagram();
        encapsulator.message(3, memory.address(), said.length, out);
        decapsulate(out.length);
        assertEquals(1, drops.get(DropReason.MALFORMED));
        HeardMessages heard = new HeardMessages();
        decapsulator.messages(heard);
        decapsulate(out.length);
        assertEquals(List.of(3), heard.kinds);
        assertArrayEquals(said, heard.texts.getFirst());
        slab.set(ValueLayout.JAVA_BYTE, 1, (byte) (Messages.MOST_KINDS + 1));
        decapsulate(out.length);
        assertEquals(2, drops.get(DropReason.MALFORMED));
    }

    /// Whatever stands in the bytes, nothing throws, and each message is a frame or a drop.
    @Test
    void survivesRandomBytes() {
        Random random = new Random(3);
        byte[] bytes = new byte[400];
        int sent = 20_000;
        for (int i = 0; i < sent; i++) {
            random.nextBytes(bytes);
            bytes[1] = (byte) random.nextInt(2);
            Arrays.fill(bytes, 8, 10, (byte) random.nextInt(4));
            MemorySegment.copy(bytes, 0, slab, ValueLayout.JAVA_BYTE, 0, bytes.length);
            decapsulate(MessageEnvelope.LENGTH + random.nextInt(bytes.length - MessageEnvelope.LENGTH));
        }
        assertEquals(sent, frames.frames.size() + drops.sum());
    }
}
