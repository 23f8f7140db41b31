package org.vnetp.overlay.measure;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.encap.Messages;
import org.vnetp.overlay.frame.NetworkOrder;

/// Sends the datagrams of one train after the other. Its buffers are made with the first train.
///
/// **Thread:** the loop's; [#left] and [#train] anyone's.
final class TrainSender {
    private MemorySegment slots;
    private MemorySegment end;
    private int slotLength;
    private int slot;
    private volatile int train;
    private volatile int left;
    private int index;
    private int total;
    private int length;
    private int session;
    private int allowed;
    private boolean asking;
    private int askLength;
    private long address;

    void start(int number, int datagrams, int bytes, int sessionNumber, int most) {
        int wanted = bytes + 63 & ~63;
        if (slots == null || slotLength < wanted) {
            slotLength = wanted;
            slots = Arena.ofAuto().allocate((long) Messages.AT_ONCE * slotLength, 64);
        }
        train = number;
        total = datagrams;
        length = bytes;
        session = sessionNumber;
        allowed = most;
        index = 0;
        left = datagrams;
    }

    void allow(int datagrams) {
        allowed = datagrams;
    }

    void ask(int number, int sessionNumber, int bytes) {
        int most = EchoFormat.RESULT_HEAD + EchoFormat.MOST_POINTS * EchoFormat.POINT_LENGTH;
        if (end == null) {
            end = Arena.ofAuto().allocate(most, 8);
        }
        askLength = Math.clamp(bytes, EchoFormat.RESULT_HEAD, most);
        NetworkOrder.put32(end, 0, number);
        NetworkOrder.put16(end, 4, sessionNumber);
        asking = true;
    }

    int left() {
        return left;
    }

    int train() {
        return train;
    }

    long address() {
        return address;
    }

    /// The length of the question for a result, or 0.
    int ended() {
        if (!asking) {
            return 0;
        }
        asking = false;
        address = end.address();
        return askLength;
    }

    /// The length of the next datagram, or 0.
    int next(Stamps stamps) {
        if (left == 0 || allowed == 0) {
            return 0;
        }
        long at = (long) slot * slotLength;
        slot = (slot + 1) % Messages.AT_ONCE;
        NetworkOrder.put32(slots, at, train);
        NetworkOrder.put32(slots, at + 4, index++);
        NetworkOrder.put64(slots, at + 8, stamps.monotonicNs());
        NetworkOrder.put32(slots, at + 16, total);
        NetworkOrder.put16(slots, at + 20, session);
        left = left - 1;
        allowed--;
        address = slots.address() + at;
        return length;
    }
}
