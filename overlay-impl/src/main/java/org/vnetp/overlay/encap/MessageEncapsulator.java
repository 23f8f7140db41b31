package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;

/// Frames to messages, for transports that carry those whole and in order: one frame, virtio_net_hdr included, is one
/// train of one datagram, superframes too. Nothing is cut, numbered or bundled. Before each goes a [MessageEnvelope].
public final class MessageEncapsulator implements Encapsulator {
    /// The guests' MTU unless another is said: what Ethernet calls jumbo frames. A message has no such bound;
    /// superframes
    /// are longer anyhow.
    public static final int USUAL_MTU = 9000;

    private static final int HEADERS = VirtioNetHeader.LENGTH + EthernetHeader.LENGTH;
    private static final int LEAST_MTU = 68;

    /// Every envelope there may be, so that none is written while frames go.
    private final MemorySegment envelopes;

    private final long envelopesAddress;
    private int capacity = capacity(USUAL_MTU);

    public MessageEncapsulator(Arena arena) {
        int hops = MessageEnvelope.MOST_HOPS + 1;
        envelopes = arena.allocate((long) (Messages.MOST_KINDS + 1) * hops * MessageEnvelope.LENGTH, 64);
        envelopesAddress = envelopes.address();
        for (int kind = 0; kind <= Messages.MOST_KINDS; kind++) {
            for (int hop = 0; hop < hops; hop++) {
                envelopes.set(ValueLayout.JAVA_LONG, offset(kind, hop), MessageEnvelope.of(kind, hop));
            }
        }
    }

    private static long offset(int kind, int hops) {
        return (long) (kind * (MessageEnvelope.MOST_HOPS + 1) + hops) * MessageEnvelope.LENGTH;
    }

    /// Bytes of a message with an IP packet of so many.
    public static int capacity(int mtu) {
        return HEADERS + mtu;
    }

    /// The largest IP packet in a message of so many bytes.
    public static int guestMtu(int capacity) {
        return capacity - HEADERS;
    }

    @Override
    public int encapsulate(Frame frame, DatagramSink sink) {
        int length = frame.length();
        if (length > Frame.MAX_LENGTH + VirtioNetHeader.LENGTH) {
            return UNSUPPORTED;
        }
        int hops = Math.min(frame.hopLimit(), MessageEnvelope.MOST_HOPS);
        sink.slice(envelopesAddress + offset(0, hops), MessageEnvelope.LENGTH);
        if (frame.contiguous()) {
            sink.slice(frame.address(), length);
        } else {
            ScatterList slices = frame.slices();
            for (int i = 0; i < slices.count(); i++) {
                sink.slice(slices.sliceAddress(i), slices.sliceLength(i));
            }
        }
        end(length, sink);
        return STAGED;
    }

    @Override
    public boolean message(int kind, long address, int length, DatagramSink sink) {
        sink.slice(envelopesAddress + offset(kind, 1), MessageEnvelope.LENGTH);
        sink.slice(address, length);
        end(length, sink);
        return true;
    }

    private static void end(int length, DatagramSink sink) {
        sink.endTrain(MessageEnvelope.LENGTH + length, 1, MessageEnvelope.LENGTH + length, Ecn.NOT_ECT);
    }

    @Override
    public int mostMessage() {
        return capacity;
    }

    @Override
    public void finish(DatagramSink sink) {
        // Nothing is bundled.
    }

    @Override
    public void flushed() {
        // No headers to be used again.
    }

    @Override
    public void datagramCapacity(int bytes) {
        if (bytes < leastCapacity()) {
            throw new IllegalArgumentException(
                    "messages of " + bytes + " bytes are too small: at least " + leastCapacity());
        }
        capacity = bytes;
    }

    @Override
    public boolean carriesTunnels() {
        return true;
    }

    @Override
    public boolean takesSlices() {
        return true;
    }

    @Override
    public int leastCapacity() {
        return capacity(LEAST_MTU);
    }

    @Override
    public int guestMtu() {
        return guestMtu(capacity);
    }
}
