package org.vnetp.overlay.measure;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.NetworkOrder;

/// What has come of the peer's last train: so many datagrams and bytes, and up to [#KEPT] points of
/// it, every second of which goes when there is no more room. Arrivals are always the kernel's
/// where it tells: a loop that was busy takes a queue at its own speed, which is not the way's. The
/// loop's.
final class TrainReceiver {
    private static final int KEPT = 256;

    /// Datagrams that are handed out in a shorter time came by one call, at one time.
    private static final long AT_ONCE_NS = 3_000;

    private final long[] index = new long[KEPT];
    private final long[] sentNs = new long[KEPT];
    private final long[] receivedNs = new long[KEPT];
    private final long[] bytesThen = new long[KEPT];
    private MemorySegment result;
    private int kept;
    private int stride = 1;
    private boolean any;
    private int train;
    private int session;
    private long datagrams;
    private long bytes;
    private long stampedNs;
    private long arrivedNs;
    private int resultLength;

    boolean onDatagram(MemorySegment slab, long at, int length, Stamps stamps) {
        if (length < EchoFormat.TRAIN_LENGTH) {
            return false;
        }
        int number = NetworkOrder.i32(slab, at);
        int sender = NetworkOrder.u16(slab, at + 20);
        if (!any || number != train || sender != session) {
            any = true;
            train = number;
            session = sender;
            kept = 0;
            stride = 1;
            datagrams = 0;
            bytes = 0;
            arrivedNs = Long.MIN_VALUE;
        }
        long now = stamps.monotonicNs();
        if (datagrams == 0 || now - stampedNs > AT_ONCE_NS) {
            long age = stamps.arrivalAgeNs(stamps.realtimeNs());
            stampedNs = now;
            arrivedNs = Math.max(arrivedNs, now - Math.max(0, age));
        }
        bytes += length;
        if (datagrams % stride == 0) {
            if (kept == KEPT) {
                thin();
            }
            if (datagrams % stride == 0) {
                keep(kept++, slab, at);
            }
        }
        datagrams++;
        return true;
    }

    private void keep(int slot, MemorySegment slab, long at) {
        index[slot] = NetworkOrder.u32(slab, at + 4);
        sentNs[slot] = NetworkOrder.i64(slab, at + 8);
        receivedNs[slot] = arrivedNs;
        bytesThen[slot] = bytes;
    }

    private void thin() {
        stride *= 2;
        kept = KEPT / 2;
        for (int i = 1; i < kept; i++) {
            index[i] = index[2 * i];
            sentNs[i] = sentNs[2 * i];
            receivedNs[i] = receivedNs[2 * i];
            bytesThen[i] = bytesThen[2 * i];
        }
    }

    /// The peer asks.
    boolean onEnd(MemorySegment slab, long at, int length) {
        if (length < EchoFormat.RESULT_HEAD) {
            return false;
        }
        if (result == null) {
            result = Arena.ofAuto()
                    .allocate(EchoFormat.RESULT_HEAD + EchoFormat.MOST_POINTS * (long) EchoFormat.POINT_LENGTH, 8);
        }
        boolean known = any && NetworkOrder.i32(slab, at) == train && NetworkOrder.u16(slab, at + 4) == session;
        int points = known ? Math.min(kept, EchoFormat.points(length)) : 0;
        NetworkOrder.put32(result, 0, NetworkOrder.i32(slab, at));
        NetworkOrder.put16(result, 4, NetworkOrder.u16(slab, at + 4));
        NetworkOrder.put16(result, 6, points);
        NetworkOrder.put64(result, 8, known ? datagrams : 0);
        NetworkOrder.put64(result, 16, known ? bytes : 0);
        for (int i = 0; i < points; i++) {
            int from = i == 0 ? 0 : atTime((double) i / (points - 1));
            long to = EchoFormat.RESULT_HEAD + (long) i * EchoFormat.POINT_LENGTH;
            NetworkOrder.put64(result, to, index[from]);
            NetworkOrder.put64(result, to + 8, sentNs[from]);
            NetworkOrder.put64(result, to + 16, receivedNs[from]);
            NetworkOrder.put64(result, to + 24, bytesThen[from]);
        }
        resultLength = EchoFormat.RESULT_HEAD + points * EchoFormat.POINT_LENGTH;
        return true;
    }

    /// The last kept point of so much of the train's time.
    private int atTime(double part) {
        double wanted = part * (receivedNs[kept - 1] - receivedNs[0]);
        int at = kept - 1;
        while (at > 0 && receivedNs[at] - receivedNs[0] > wanted) {
            at--;
        }
        return at;
    }

    /// The length of the result that is to be sent, or 0.
    int result() {
        int length = resultLength;
        resultLength = 0;
        return length;
    }

    long address() {
        return result.address();
    }
}
