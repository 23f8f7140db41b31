package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameSink;

/// Sinks that keep what they get as byte arrays.
final class RecordingSinks {
    private RecordingSinks() {}

    /// Copies at the end of each train, as a kernel would, and checks the train's arithmetic.
    static final class Datagrams implements DatagramSink {
        final List<byte[]> datagrams = new ArrayList<>();
        final List<Integer> trains = new ArrayList<>();
        private final ByteArrayOutputStream train = new ByteArrayOutputStream();

        @Override
        public void slice(long address, int length) {
            assertTrue(length > 0, "an empty slice");
            train.writeBytes(
                    MemorySegment.ofAddress(address).reinterpret(length).toArray(ValueLayout.JAVA_BYTE));
        }

        @Override
        public void endTrain(int segmentSize, int count, int totalBytes, int ecn) {
            final byte[] bytes = train.toByteArray();
            train.reset();
            assertEquals(totalBytes, bytes.length);
            assertEquals(count, (bytes.length + segmentSize - 1) / segmentSize);
            assertTrue(count <= 64 && totalBytes <= 65507);
            for (int at = 0; at < bytes.length; at += segmentSize) {
                datagrams.add(Arrays.copyOfRange(bytes, at, Math.min(at + segmentSize, bytes.length)));
            }
            trains.add(count);
        }
    }

    static final class Frames implements FrameSink {
        final List<byte[]> frames = new ArrayList<>();

        @Override
        public void onFrame(Frame frame) {
            final ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = 0; i < frame.slices().count(); i++) {
                out.writeBytes(MemorySegment.ofAddress(frame.slices().sliceAddress(i))
                        .reinterpret(frame.slices().sliceLength(i))
                        .toArray(ValueLayout.JAVA_BYTE));
            }
            assertEquals(frame.length(), out.size());
            frames.add(out.toByteArray());
        }
    }
}
