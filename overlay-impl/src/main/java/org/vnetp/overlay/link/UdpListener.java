package org.vnetp.overlay.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.SocketAddresses;

/// The node's unconnected socket: what no link's connected socket takes arrives here, that is, strangers. One
/// loop's.
public final class UdpListener {
    private static final int MESSAGE_LENGTH = 64;
    private static final long IPV4_MAPPED = 0xFFFF_0000_0000L;

    // struct sockaddr_in, struct sockaddr_in6
    private static final int PORT = 2;
    private static final int IPV4_ADDRESS = 4;
    private static final int IPV6_ADDRESS = 8;

    private static final int MSG_CTRUNC = 8;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;

    private final UdpSocket socket;
    private final MemorySegment message;
    private final MemorySegment control;
    private final ControlMessages told = new ControlMessages();
    private final MemorySegment vector;
    private final MemorySegment name;
    private int death;

    public UdpListener(Arena arena, UdpSocket socket) {
        this.socket = socket;
        this.message = arena.allocate(MESSAGE_LENGTH, 64);
        this.control = arena.allocate(ControlMessages.RECEIVED_LENGTH, 64);
        this.name = arena.allocate(SocketAddresses.MAX_LENGTH, 8);
        this.vector = arena.allocate(ScatterList.ENTRY_LENGTH, 16);
    }

    public int descriptor() {
        return socket.descriptor();
    }

    /// As [Link#death].
    public int death() {
        return death;
    }

    /// The first 8 bytes of the address that the last message came from; an IPv4 address is mapped as in RFC 4291,
    /// 2.5.5.2.
    public long senderHigh() {
        return isIpv4() ? 0 : NetworkOrder.i64(name, IPV6_ADDRESS);
    }

    /// The last 8 bytes of that address.
    public long senderLow() {
        return isIpv4() ? IPV4_MAPPED | NetworkOrder.u32(name, IPV4_ADDRESS) : NetworkOrder.i64(name, IPV6_ADDRESS + 8);
    }

    /// The UDP port that the last message came from.
    public int senderPort() {
        return NetworkOrder.u16(name, PORT);
    }

    /// Both, as an object.
    public InetSocketAddress sender() {
        return SocketAddresses.decode(name);
    }

    private boolean isIpv4() {
        return name.get(ValueLayout.JAVA_SHORT, 0) == SocketAddresses.AF_INET;
    }

    /// An address as [#senderHigh] gives it.
    public static long high(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 ? 0 : number(bytes, 0, 8);
    }

    /// An address as [#senderLow] gives it.
    public static long low(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 ? IPV4_MAPPED | number(bytes, 0, 4) : number(bytes, 8, 8);
    }

    /// Without a memory segment of the array: the JIT would take back all that it has compiled for segments
    /// outside of the heap, the only kind it has seen.
    private static long number(byte[] bytes, int from, int count) {
        long number = 0;
        for (int i = from; i < from + count; i++) {
            number = number << 8 | Byte.toUnsignedLong(bytes[i]);
        }
        return number;
    }

    /// Receives one message into the batch's next slot.
    ///
    /// @return 1, or 0 when there is nothing; the batch's message has length 0 when it was refused
    public int receive(Posix posix, ReceiveBatch batch) {
        batch.begin();
        vector.set(ValueLayout.JAVA_LONG, 0, batch.slab().address() + batch.slotOffset(batch.next()));
        vector.set(ValueLayout.JAVA_LONG, 8, ReceiveBatch.SLOT_LENGTH);
        message.set(ValueLayout.JAVA_LONG, 0, name.address());
        message.set(ValueLayout.JAVA_INT, 8, SocketAddresses.MAX_LENGTH);
        message.set(ValueLayout.JAVA_LONG, 16, vector.address());
        message.set(ValueLayout.JAVA_LONG, 24, 1);
        message.set(ValueLayout.JAVA_LONG, 32, control.address());
        message.set(ValueLayout.JAVA_LONG, 40, ControlMessages.RECEIVED_LENGTH);
        message.set(ValueLayout.JAVA_INT, 48, 0);
        int length = posix.recvmsg(socket.descriptor(), message.address(), MSG_DONTWAIT);
        if (length < 0) {
            if (UdpSocket.isDestroyed(-length)) {
                death = -length;
            }
            return 0;
        }
        if ((message.get(ValueLayout.JAVA_INT, 48) & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
            batch.received(0, 0, Ecn.NOT_ECT);
            return 1;
        }
        told.read(control, 0, message.get(ValueLayout.JAVA_LONG, 40), length);
        batch.received(length, told.segmentSize(), told.ecn());
        return 1;
    }
}
