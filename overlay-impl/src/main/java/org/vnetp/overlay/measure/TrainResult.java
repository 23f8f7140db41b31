package org.vnetp.overlay.measure;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.overlay.frame.NetworkOrder;

/// What the receiver of a train tells of it.
///
/// @param datagrams that came
/// @param bytes     of their messages
/// @param points    some of them, in the order in which they came
public record TrainResult(int train, long datagrams, long bytes, List<Point> points) {
    /// A datagram of a train.
    ///
    /// @param index      its place among those sent
    /// @param sentNs     by the sender's clock
    /// @param receivedNs by the receiver's
    /// @param bytes      received with it and before it
    public record Point(long index, long sentNs, long receivedNs, long bytes) {}

    /// Reads and checks a result.
    ///
    /// @return null where it is none of this session, or contradicts itself
    static TrainResult read(MemorySegment slab, long at, int length, int session) {
        if (length < EchoFormat.RESULT_HEAD || NetworkOrder.u16(slab, at + 4) != session) {
            return null;
        }
        int count = NetworkOrder.u16(slab, at + 6);
        if (count > EchoFormat.points(length)) {
            return null;
        }
        List<Point> points = new ArrayList<>(count);
        Point before = null;
        for (int i = 0; i < count; i++) {
            long from = at + EchoFormat.RESULT_HEAD + (long) i * EchoFormat.POINT_LENGTH;
            Point point = new Point(
                    NetworkOrder.i64(slab, from),
                    NetworkOrder.i64(slab, from + 8),
                    NetworkOrder.i64(slab, from + 16),
                    NetworkOrder.i64(slab, from + 24));
            boolean sound = point.bytes() > 0
                    && (before == null
                            || point.bytes() >= before.bytes() && point.receivedNs() - before.receivedNs() >= 0);
            if (!sound) {
                return null;
            }
            points.add(point);
            before = point;
        }
        return new TrainResult(
                NetworkOrder.i32(slab, at),
                NetworkOrder.i64(slab, at + 8),
                NetworkOrder.i64(slab, at + 16),
                List.copyOf(points));
    }
}
