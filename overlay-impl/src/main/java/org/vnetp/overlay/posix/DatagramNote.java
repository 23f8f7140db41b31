package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/// A datagram to a local socket (unix(7)), which the JDK's channels cannot send.
public final class DatagramNote {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MOST_ADDRESS = 107; // sockaddr_un, without the terminator

    private DatagramNote() {}

    /// Sends one.
    ///
    /// @param address an absolute path, or `@` and an abstract name
    /// @throws PosixException where nobody takes it, or the address is none
    public static void send(String address, byte[] text) {
        byte[] name = address.getBytes(StandardCharsets.UTF_8);
        if (name.length < 2 || name.length > MOST_ADDRESS || name[0] != '/' && name[0] != '@') {
            throw new PosixException(
                    "'" + address + "': expected an absolute path or @ and a name, of at most " + MOST_ADDRESS
                            + " bytes",
                    Errno.EINVAL);
        }
        Posix posix = new Posix();
        int fd = Posix.check(posix.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "create a datagram socket");
        try (Arena arena = Arena.ofConfined()) {
            // An abstract name begins with a zero and ends where the length says; a path ends with a zero.
            boolean hidden = name[0] == '@';
            MemorySegment to = arena.allocate(2L + name.length + (hidden ? 0 : 1), 8);
            to.set(JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, to, JAVA_BYTE, 2, name.length);
            if (hidden) {
                to.set(JAVA_BYTE, 2, (byte) 0);
            }
            Posix.check(posix.connect(fd, to, (int) to.byteSize()), "connect to " + address);
            MemorySegment bytes = arena.allocate(Math.max(1, text.length), 1);
            MemorySegment.copy(text, 0, bytes, JAVA_BYTE, 0, text.length);
            Posix.check(posix.write(fd, bytes.address(), text.length), "write to " + address);
        } finally {
            posix.close(fd);
        }
    }
}
