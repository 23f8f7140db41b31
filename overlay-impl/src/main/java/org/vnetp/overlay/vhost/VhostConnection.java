package org.vnetp.overlay.vhost;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.LocalSocket;
import org.vnetp.overlay.posix.Posix;

/// One connection of a frontend: puts messages together from what arrives, with the descriptors that came
/// with each.
///
/// One thread's. It never blocks: a message that is not there yet is gone on with later.
final class VhostConnection implements AutoCloseable {
    /// Most bytes of a message's payload; the longest that is understood has 268.
    static final int MAX_PAYLOAD = 1024;

    private final LocalSocket socket;
    private final MemorySegment buffer = Arena.ofAuto().allocate(VhostRequest.HEADER_LENGTH + MAX_PAYLOAD, 8);
    private final List<Integer> descriptors = new ArrayList<>();
    private final Posix posix = new Posix();
    private int got;

    /// @param socket closed by [#close]
    VhostConnection(LocalSocket socket) {
        this.socket = socket;
    }

    int descriptor() {
        return socket.descriptor();
    }

    /// Goes on with the next message.
    ///
    /// @return 1: it is there; 0: more has to come first; -1: the frontend has gone
    /// @throws VhostException where it cannot be a message
    int next() throws VhostException {
        while (true) {
            int wanted = VhostRequest.HEADER_LENGTH + (got < VhostRequest.HEADER_LENGTH ? 0 : size());
            if (got >= VhostRequest.HEADER_LENGTH && got == wanted) {
                return 1;
            }
            int result = socket.receive(buffer, got, wanted - got);
            if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
                return 0;
            }
            if (result <= 0) {
                return -1;
            }
            for (int fd : socket.received()) {
                descriptors.add(fd);
            }
            if (socket.truncated() || descriptors.size() > LocalSocket.MAX_DESCRIPTORS) {
                throw new VhostException("a message with more than " + LocalSocket.MAX_DESCRIPTORS + " descriptors");
            }
            got += result;
            if (got == VhostRequest.HEADER_LENGTH) {
                check();
            }
        }
    }

    private void check() throws VhostException {
        if ((flags() & VhostRequest.VERSION_MASK) != VhostRequest.VERSION) {
            throw new VhostException("a message of version " + (flags() & VhostRequest.VERSION_MASK) + ": expected "
                    + VhostRequest.VERSION);
        }
        if ((flags() & VhostRequest.FLAG_REPLY) != 0) {
            throw new VhostException("a reply to nothing, request " + request());
        }
        if (size() < 0 || size() > MAX_PAYLOAD) {
            throw new VhostException("a message of " + Integer.toUnsignedString(size()) + " bytes, request " + request()
                    + ": expected at most " + MAX_PAYLOAD);
        }
    }

    int request() {
        return buffer.get(ValueLayout.JAVA_INT, 0);
    }

    boolean needsReply() {
        return (flags() & VhostRequest.FLAG_NEED_REPLY) != 0;
    }

    private int flags() {
        return buffer.get(ValueLayout.JAVA_INT, 4);
    }

    /// Bytes of the payload.
    int size() {
        return buffer.get(ValueLayout.JAVA_INT, 8);
    }

    /// @throws VhostException where the payload has not as many bytes as the request needs
    void require(int bytes) throws VhostException {
        if (size() < bytes) {
            throw new VhostException(
                    "request " + request() + " with " + size() + " bytes: expected " + bytes + " at least");
        }
    }

    int i32(int offset) throws VhostException {
        require(offset + 4);
        return buffer.get(ValueLayout.JAVA_INT, VhostRequest.HEADER_LENGTH + (long) offset);
    }

    long i64(int offset) throws VhostException {
        require(offset + 8);
        return buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, VhostRequest.HEADER_LENGTH + (long) offset);
    }

    /// Takes the one descriptor that the message must have.
    int takeDescriptor() throws VhostException {
        if (descriptors.size() != 1) {
            throw new VhostException(
                    "request " + request() + " with " + descriptors.size() + " descriptors: expected 1");
        }
        return descriptors.removeFirst();
    }

    /// The message's descriptors; whoever takes one removes it.
    List<Integer> descriptors() {
        return descriptors;
    }

    /// The message has been dealt with: closes the descriptors that nobody took.
    void done() {
        descriptors.forEach(posix::close);
        descriptors.clear();
        got = 0;
    }

    void reply(long value) throws VhostException {
        buffer.set(ValueLayout.JAVA_LONG_UNALIGNED, VhostRequest.HEADER_LENGTH, value);
        reply(8);
    }

    void reply(int index, int value) throws VhostException {
        buffer.set(ValueLayout.JAVA_INT, VhostRequest.HEADER_LENGTH, index);
        buffer.set(ValueLayout.JAVA_INT, VhostRequest.HEADER_LENGTH + 4, value);
        reply(8);
    }

    /// Puts bytes into the payload of the reply.
    void put(int offset, byte[] bytes, int count) {
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, VhostRequest.HEADER_LENGTH + (long) offset, count);
    }

    /// Sends the payload as it is now, so many bytes, as the reply.
    void reply(int size) throws VhostException {
        buffer.set(ValueLayout.JAVA_INT, 4, VhostRequest.VERSION | VhostRequest.FLAG_REPLY);
        buffer.set(ValueLayout.JAVA_INT, 8, size);
        int length = VhostRequest.HEADER_LENGTH + size;
        int sent = socket.send(buffer, 0, length);
        if (sent != length) {
            throw new VhostException("the frontend takes no reply: "
                    + (sent < 0 ? Errno.text(-sent) : sent + " of " + length + " bytes"));
        }
    }

    @Override
    public void close() {
        done();
        socket.close();
    }
}
