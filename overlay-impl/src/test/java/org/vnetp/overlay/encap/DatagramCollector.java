package org.vnetp.overlay.encap;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.vnetp.overlay.frame.ScatterList;

/// Cuts trains into datagrams, as the kernel does.
final class DatagramCollector implements DatagramSink {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final ByteArrayOutputStream train = new ByteArrayOutputStream();
    private final List<byte[]> datagrams = new ArrayList<>();

    @Override
    public void slice(long address, int length) {
        train.writeBytes(MEMORY.asSlice(address, length).toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void endTrain(int segmentSize, int count, int totalBytes, int ecn) {
        byte[] bytes = train.toByteArray();
        train.reset();
        if (bytes.length != totalBytes || (bytes.length + segmentSize - 1) / segmentSize != count) {
            throw new AssertionError("train of " + bytes.length + " bytes announced as " + count + " datagrams of "
                    + segmentSize + ", " + totalBytes + " bytes");
        }
        for (int from = 0; from < bytes.length; from += segmentSize) {
            datagrams.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + segmentSize)));
        }
    }

    /// What was collected since the last call.
    List<byte[]> datagrams() {
        List<byte[]> all = new ArrayList<>(datagrams);
        datagrams.clear();
        return all;
    }

    static byte[] bytes(ScatterList slices) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < slices.count(); i++) {
            bytes.writeBytes(MEMORY.asSlice(slices.sliceAddress(i), slices.sliceLength(i))
                    .toArray(ValueLayout.JAVA_BYTE));
        }
        return bytes.toByteArray();
    }
}
