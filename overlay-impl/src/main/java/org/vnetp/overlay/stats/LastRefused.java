package org.vnetp.overlay.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// Whom a loop refused last, by reason: beside a count of drops an operator wants to know whose they are.
///
/// **Assumption:** only one thread, the loop that owns it, writes. **Guarantee:** a reader gets what belongs together,
/// or tries again (a sequence lock); the writer never waits, and allocates nothing. Of a flood one in [#PAUSE_NS] is
/// written down.
public final class LastRefused {
    /// What is known about what was refused.
    public enum Kind {
        /// The sender's address: `first` and `second` are its 16 bytes, IPv4 as in RFC 4291, 2.5.5.2; `udpPort` its
        /// port.
        SENDER,
        /// A frame: `first` is its source MAC address, `second` its destination.
        FRAME,
        /// A datagram of a link: `first` is the field that did not fit.
        DATAGRAM
    }

    /// The last that was refused for a reason.
    ///
    /// @param timeNs when, on the node's clock
    /// @param port   the number of the NIC or link where it came in; [#LISTENER] for the listening socket
    public record Refusal(DropReason reason, long timeNs, int port, Kind kind, long first, long second, int udpPort) {
        /// The sender's address, where [#kind] is [Kind#SENDER].
        public InetAddress address() {
            byte[] bytes =
                    ByteBuffer.allocate(16).putLong(first).putLong(second).array();
            try {
                // Gives an IPv4 address for a mapped one.
                return InetAddress.getByAddress(bytes);
            } catch (UnknownHostException e) {
                throw new AssertionError("16 bytes are an address", e);
            }
        }
    }

    public static final int LISTENER = -1;

    static final long PAUSE_NS = 1_000_000L;

    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final Kind[] KINDS = Kind.values();

    // A slot: version (odd while it is written), time, port, kind and UDP port, first, second.
    private static final int SLOT = 8;
    private static final int VERSION = 0;
    private static final int TIME = 1;
    private static final int WHERE = 2;
    private static final int FIRST = 3;
    private static final int SECOND = 4;

    private final long[] slots = new long[DropReason.values().length * SLOT];
    // Ports whose first refusal of a reason somebody was told of; the listening socket is the last.
    private final long[][] told = new long[DropReason.values().length][];
    private volatile Consumer<Refusal> attention = _ -> {};
    private int port;

    /// Who is told, by the loop's thread, when a port refuses something for the first time for a reason that an
    /// operator has to mend ([DropReason#callsForWord]); must not wait.
    public void attention(Consumer<Refusal> listener) {
        attention = listener;
    }

    /// Where the next datagrams come in. Only the loop calls this, and what follows.
    public void arrivingAt(int portId) {
        port = portId;
    }

    /// A frame that came in at a port.
    public void frame(DropReason reason, int portId, long source, long destination, long nowNs) {
        write(reason, nowNs, portId, Kind.FRAME, source, destination, 0);
    }

    /// A datagram that came in at the listening socket.
    ///
    /// @param high first 8 bytes of the sender's address, see [Kind#SENDER]
    public void sender(DropReason reason, long high, long low, int udpPort, long nowNs) {
        write(reason, nowNs, LISTENER, Kind.SENDER, high, low, udpPort);
    }

    /// A datagram that came in where [#arrivingAt] said.
    public void datagram(DropReason reason, long field, long nowNs) {
        write(reason, nowNs, port, Kind.DATAGRAM, field, 0, 0);
    }

    private void write(DropReason reason, long nowNs, int portId, Kind kind, long first, long second, int udpPort) {
        int at = reason.ordinal() * SLOT;
        long version = slots[at + VERSION];
        if (version == 0 || nowNs - slots[at + TIME] >= PAUSE_NS) {
            ELEMENT.setOpaque(slots, at + VERSION, version + 1);
            VarHandle.storeStoreFence();
            ELEMENT.setOpaque(slots, at + TIME, nowNs);
            ELEMENT.setOpaque(slots, at + WHERE, (long) portId << 32 | kind.ordinal() << 16 | udpPort);
            ELEMENT.setOpaque(slots, at + FIRST, first);
            ELEMENT.setOpaque(slots, at + SECOND, second);
            ELEMENT.setRelease(slots, at + VERSION, version + 2);
        }
        if (reason.callsForWord() && isFirst(reason, portId)) {
            attention.accept(new Refusal(reason, nowNs, portId, kind, first, second, udpPort));
        }
    }

    private boolean isFirst(DropReason reason, int portId) {
        long[] ports = told[reason.ordinal()];
        if (ports == null) {
            // Once for a reason in the life of a loop, as is telling for a port.
            ports = new long[LoopStatistics.MAX_PORTS / 64 + 1];
            told[reason.ordinal()] = ports;
        }
        int bit = portId == LISTENER ? LoopStatistics.MAX_PORTS : portId;
        boolean first = (ports[bit >>> 6] & 1L << bit) == 0;
        ports[bit >>> 6] |= 1L << bit;
        return first;
    }

    /// The last that was refused for a reason, or null. From any thread.
    public Refusal read(DropReason reason) {
        int at = reason.ordinal() * SLOT;
        while (true) {
            long version = (long) ELEMENT.getAcquire(slots, at + VERSION);
            if (version == 0) {
                return null;
            }
            long timeNs = (long) ELEMENT.getOpaque(slots, at + TIME);
            long where = (long) ELEMENT.getOpaque(slots, at + WHERE);
            long first = (long) ELEMENT.getOpaque(slots, at + FIRST);
            long second = (long) ELEMENT.getOpaque(slots, at + SECOND);
            VarHandle.loadLoadFence();
            if ((version & 1) == 0 && (long) ELEMENT.getOpaque(slots, at + VERSION) == version) {
                return new Refusal(
                        reason,
                        timeNs,
                        (int) (where >> 32),
                        KINDS[(int) (where >>> 16) & 0xFFFF],
                        first,
                        second,
                        (int) where & 0xFFFF);
            }
            Thread.onSpinWait();
        }
    }
}
