package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;

/// `struct sockaddr_in` and `struct sockaddr_in6` from and to Java's addresses. Set-up only: it allocates.
public final class SocketAddresses {
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    /// Room enough for either.
    public static final int MAX_LENGTH = 28;

    private static final int IPV4_LENGTH = 16;
    private static final ValueLayout.OfShort PORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private SocketAddresses() {}

    public static int family(InetSocketAddress address) {
        return family(address.getAddress());
    }

    static int family(InetAddress address) {
        return address.getAddress().length == 4 ? AF_INET : AF_INET6;
    }

    public static int length(InetSocketAddress address) {
        return family(address) == AF_INET ? IPV4_LENGTH : MAX_LENGTH;
    }

    public static MemorySegment encode(Arena arena, InetSocketAddress address) {
        MemorySegment encoded = arena.allocate(MAX_LENGTH, 8);
        byte[] bytes = address.getAddress().getAddress();
        encoded.set(ValueLayout.JAVA_SHORT, 0, (short) family(address));
        encoded.set(PORT, 2, (short) address.getPort());
        MemorySegment.copy(bytes, 0, encoded, ValueLayout.JAVA_BYTE, bytes.length == 4 ? 4 : 8, bytes.length);
        return encoded;
    }

    public static InetSocketAddress decode(MemorySegment encoded) {
        boolean v4 = encoded.get(ValueLayout.JAVA_SHORT, 0) == AF_INET;
        return new InetSocketAddress(
                address(encoded, v4 ? 4 : 8, v4 ? 4 : 16), Short.toUnsignedInt(encoded.get(PORT, 2)));
    }

    /// The address whose 4 or 16 bytes lie there.
    static InetAddress address(MemorySegment segment, long at, int bytes) {
        try {
            return InetAddress.getByAddress(segment.asSlice(at, bytes).toArray(ValueLayout.JAVA_BYTE));
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are an address", e);
        }
    }
}
