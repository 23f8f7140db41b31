package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One rtnetlink request (RFC 3549, linux/netlink.h, linux/rtnetlink.h): written field by field, sent, and its answer
/// read in its place. Set-up only; one thread's.
final class RouteNetlink {
    static final int NLMSG_HEADER = 16;
    static final short NLM_F_REQUEST = 1;
    static final short NLM_F_ACK = 4;
    static final short NLM_F_REPLACE = 0x100;
    static final short NLM_F_EXCL = 0x200;
    static final short NLM_F_CREATE = 0x400;

    private static final int ROOM = 1024;
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int NLMSG_ERROR = 2;
    private static final int IFINFOMSG = 16;
    private static final int ATTRIBUTE_HEADER = 4;
    private static final int TYPE_BITS = 0x3fff;

    private final Posix posix;
    private final MemorySegment message;
    private int length = NLMSG_HEADER;

    /// @param flags beside NLM_F_REQUEST
    RouteNetlink(Arena arena, Posix posix, short type, int flags) {
        this.posix = posix;
        this.message = arena.allocate(ROOM, 8);
        message.set(ValueLayout.JAVA_SHORT, 4, type);
        message.set(ValueLayout.JAVA_SHORT, 6, (short) (NLM_F_REQUEST | flags));
        message.set(ValueLayout.JAVA_INT, 8, 1);
    }

    /// The request, and after [#exchange] its answer.
    MemorySegment message() {
        return message;
    }

    /// Bytes written so far.
    int length() {
        return length;
    }

    /// Room for a fixed part, zero.
    ///
    /// @return where it begins
    int fixed(int bytes) {
        int at = length;
        length += bytes;
        return at;
    }

    /// A struct ifinfomsg.
    ///
    /// @param flags interface flags to set
    void interfaceInfo(int index, int flags) {
        int at = fixed(IFINFOMSG);
        message.set(ValueLayout.JAVA_INT, at + 4, index);
        message.set(ValueLayout.JAVA_INT, at + 8, flags);
        message.set(ValueLayout.JAVA_INT, at + 12, flags);
    }

    /// An attribute with room for its value.
    ///
    /// @return where the value begins
    int attribute(int type, int bytes) {
        message.set(ValueLayout.JAVA_SHORT, length, (short) (4 + bytes));
        message.set(ValueLayout.JAVA_SHORT, length + 2, (short) type);
        int at = length + 4;
        length = at + bytes + 3 & ~3;
        return at;
    }

    void text(int type, String text) {
        message.setString(attribute(type, text.length() + 1), text);
    }

    void number(int type, int value) {
        message.set(ValueLayout.JAVA_INT, attribute(type, 4), value);
    }

    void bytes(int type, byte[] value) {
        MemorySegment.copy(value, 0, message, ValueLayout.JAVA_BYTE, attribute(type, value.length), value.length);
    }

    /// Looks for an attribute of an answer.
    ///
    /// @param from where the attributes begin
    /// @param end  the answer's length
    /// @return where its value begins, or -1
    int find(int from, int end, int type) {
        for (int at = from; at + ATTRIBUTE_HEADER <= Math.min(end, ROOM); ) {
            int size = Short.toUnsignedInt(message.get(ValueLayout.JAVA_SHORT, at));
            if ((message.get(ValueLayout.JAVA_SHORT, at + 2) & TYPE_BITS) == type) {
                return at + ATTRIBUTE_HEADER;
            }
            at += Math.max(size, ATTRIBUTE_HEADER) + 3 & ~3;
        }
        return -1;
    }

    /// Begins an attribute that holds others.
    ///
    /// @return what [#close] wants
    int open(int type) {
        return attribute(type, 0) - 4;
    }

    void close(int start) {
        message.set(ValueLayout.JAVA_SHORT, start, (short) (length - start));
    }

    /// Sends the request and reads the kernel's verdict: 0 or `-errno`.
    ///
    /// @param what named where no socket can be had
    int send(String what) {
        int got = exchange(what);
        return got < 0 ? got : verdict(got);
    }

    /// What an answer of `got` bytes that is no data says: 0 or `-errno`.
    int verdict(int got) {
        return got >= NLMSG_HEADER + 4 && message.get(ValueLayout.JAVA_SHORT, 4) == NLMSG_ERROR
                ? message.get(ValueLayout.JAVA_INT, NLMSG_HEADER)
                : -Errno.EIO;
    }

    /// Sends the request; the answer takes its place, or its first 1024 bytes do.
    ///
    /// @return the answer's length, or `-errno`
    int exchange(String what) {
        message.set(ValueLayout.JAVA_INT, 0, length);
        int socket =
                Posix.check(posix.socket(AF_NETLINK, SOCK_RAW | Posix.O_CLOEXEC, 0), what + ": open a netlink socket");
        try {
            int sent = posix.write(socket, message.address(), length);
            return sent < 0 ? sent : posix.read(socket, message.address(), ROOM);
        } finally {
            posix.close(socket);
        }
    }
}
