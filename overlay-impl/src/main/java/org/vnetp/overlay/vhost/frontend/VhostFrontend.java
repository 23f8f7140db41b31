package org.vnetp.overlay.vhost.frontend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.LocalSocket;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.SharedMemory;
import org.vnetp.overlay.vhost.VhostRequest;
import org.vnetp.overlay.vhost.VirtioFeatures;

/// A frontend: shares its memory with a backend and drives a virtio-net device there, as a VMM and its
/// guest do.
///
/// The guest's memory has two regions, one after the other for the guest and apart for the frontend, so
/// that a buffer may cross their edge. One thread's.
public final class VhostFrontend implements AutoCloseable {
    /// Features that no driver of this class goes without.
    public static final long PLAIN = VirtioFeatures.VERSION_1 | VirtioFeatures.PROTOCOL_FEATURES;

    /// The guest-physical address of the memory's first byte.
    public static final long GUEST_BASE = 0x4000_0000L;

    /// What the frontend calls the first region's, and the second region's, first byte.
    private static final long USER_BASE = 0x7000_0000_0000L;

    private static final long USER_GAP = 0x1000_0000L;
    private static final int REPLY_SECONDS = 10;
    private static final int CONFIG_HEADER = 12;
    private static final int PAGE_BITS = 12;
    private static final long LOG_OFFSET = 4096;
    private static final VarHandle LOG_WORD = ValueLayout.JAVA_LONG.varHandle();

    /// How a guest's NIC is made.
    ///
    /// @param features   asked for, beside [#PLAIN]
    /// @param ringSize   entries of each ring
    /// @param queuePairs pairs of rings
    /// @param sendBytes  of each buffer for a frame that is sent, header included
    /// @param receiveBytes of each buffer for received frames
    /// @param indirect   buffers are described in tables of their own
    /// @param parts      pieces that a sent frame is described in: header, then as many of its bytes
    /// @param sealed     the memory can never become shorter
    public record Options(
            long features,
            int ringSize,
            int queuePairs,
            int sendBytes,
            int receiveBytes,
            boolean indirect,
            int parts,
            boolean sealed) {
        public Options {
            if (parts < 1 || parts > ringSize) {
                throw new IllegalArgumentException(parts + " parts: expected 1 to " + ringSize);
            }
        }

        /// 256 entries, one pair, buffers of 2 KiB, one descriptor each.
        public static Options of(long features) {
            return new Options(features, 256, 1, 2048, 2048, false, 1, true);
        }
    }

    private final Options options;
    private final Runnable pump;
    private final Posix posix = new Posix();
    private final long memoryBytes;
    private final long half;
    private final int memoryFd;
    private final MemorySegment memory;
    private final MemorySegment message = Arena.ofAuto().allocate(4096, 8);
    private final GuestQueue[] queues;
    private long features;
    private LocalSocket backend;
    private int logFd = -1;
    private MemorySegment log;
    private LocalSocket socket;

    /// @param pump called while a reply is waited for: steps a backend that has no thread
    public VhostFrontend(Options options, Runnable pump) {
        this.options = options;
        this.pump = pump;
        long queueBytes = GuestQueue.bytes(options);
        // The edge lies among the last queue's buffers: rings may not cross it.
        this.half = queueBytes * (2L * options.queuePairs() - 1) + queueBytes * 3 / 4 + 4095 & ~4095L;
        this.memoryBytes = 2 * half;
        this.memoryFd = SharedMemory.create("vnetp-guest", memoryBytes, options.sealed());
        this.memory = posix.mapShared(memoryFd, memoryBytes);
        this.queues = new GuestQueue[2 * options.queuePairs()];
    }

    /// The guest's memory.
    public MemorySegment memory() {
        return memory;
    }

    public int memoryDescriptor() {
        return memoryFd;
    }

    // --- messages ---

    /// Connects to a backend that listens; waits for it.
    public void connect(Path path) {
        long end = System.nanoTime() + REPLY_SECONDS * 1_000_000_000L;
        while (socket == null) {
            try {
                socket = LocalSocket.connect(path.toString());
            } catch (PosixException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                posix.sleepUnlessReadable(-1, 5_000_000);
            }
        }
    }

    /// Uses a connection that a backend has made.
    public void accept(LocalSocket connection) {
        socket = connection;
    }

    /// Closes the connection, not the memory.
    public void disconnect() {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }

    /// A payload of so many bytes, to be filled.
    public static ByteBuffer payload(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    /// Sends a message.
    ///
    /// @return false where the backend has gone
    public boolean send(int request, boolean needReply, ByteBuffer payload, int... descriptors) {
        int size = payload.capacity();
        message.set(ValueLayout.JAVA_INT, 0, request);
        message.set(ValueLayout.JAVA_INT, 4, VhostRequest.VERSION | (needReply ? VhostRequest.FLAG_NEED_REPLY : 0));
        message.set(ValueLayout.JAVA_INT, 8, size);
        MemorySegment.copy(payload.array(), 0, message, ValueLayout.JAVA_BYTE, VhostRequest.HEADER_LENGTH, size);
        return sendRaw(message, VhostRequest.HEADER_LENGTH + size, descriptors);
    }

    /// Sends bytes as they are.
    ///
    /// @return false where the backend has gone
    public boolean sendRaw(MemorySegment bytes, int length, int... descriptors) {
        long end = System.nanoTime() + REPLY_SECONDS * 1_000_000_000L;
        int sent = socket.send(bytes, 0, length, descriptors);
        while (sent == -Errno.EAGAIN && System.nanoTime() < end) {
            pump.run();
            sent = socket.send(bytes, 0, length, descriptors);
        }
        return sent == length;
    }

    /// Waits for a reply.
    ///
    /// @return its payload, or null where the backend has gone
    public ByteBuffer reply() {
        long end = System.nanoTime() + REPLY_SECONDS * 1_000_000_000L;
        int got = 0;
        int wanted = VhostRequest.HEADER_LENGTH;
        while (got < wanted) {
            int result = socket.receive(message, got, wanted - got);
            if (result == -Errno.EAGAIN) {
                pump.run();
                posix.sleepUnlessReadable(socket.descriptor(), 1_000_000);
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("no reply within " + REPLY_SECONDS + " s");
                }
                continue;
            }
            if (result <= 0) {
                return null;
            }
            for (int fd : socket.received()) {
                posix.close(fd);
            }
            got += result;
            if (got == VhostRequest.HEADER_LENGTH) {
                wanted += message.get(ValueLayout.JAVA_INT, 8);
            }
        }
        ByteBuffer payload = payload(wanted - VhostRequest.HEADER_LENGTH);
        MemorySegment.copy(
                message, ValueLayout.JAVA_BYTE, VhostRequest.HEADER_LENGTH, payload.array(), 0, payload.capacity());
        return payload;
    }

    private void say(int request, ByteBuffer payload, int... descriptors) {
        if (!send(request, false, payload, descriptors)) {
            throw new IllegalStateException("the backend has gone before request " + request);
        }
    }

    private void sayNumber(int request, long value, int... descriptors) {
        say(request, payload(8).putLong(0, value), descriptors);
    }

    private void sayRing(int request, int ring, int value) {
        say(request, payload(8).putInt(0, ring).putInt(4, value));
    }

    /// Asks for a number.
    public long ask(int request) {
        say(request, payload(0));
        ByteBuffer answer = reply();
        if (answer == null) {
            throw new IllegalStateException("the backend has gone at request " + request);
        }
        return answer.getLong(0);
    }

    // --- as QEMU does it ---

    /// Agrees on features and hands over fresh rings, in QEMU's order; everything runs when this returns.
    public void start() {
        introduce();
        startDriver();
        barrier();
    }

    /// What QEMU says when it has connected.
    public void introduce() {
        long offered = ask(VhostRequest.GET_FEATURES);
        long wanted = options.features() | PLAIN;
        if ((wanted & ~offered) != 0) {
            throw new IllegalStateException("features not offered: 0x" + Long.toHexString(wanted & ~offered));
        }
        features = wanted;
        long protocol = ask(VhostRequest.GET_PROTOCOL_FEATURES);
        sayNumber(VhostRequest.SET_PROTOCOL_FEATURES, protocol);
        ask(VhostRequest.GET_QUEUE_NUM);
        say(VhostRequest.SET_OWNER, payload(0));
        for (int i = 0; i < queues.length; i++) {
            sayRing(VhostRequest.SET_VRING_ENABLE, i, 1);
        }
    }

    /// What QEMU says when the guest's driver starts: the memory is the old, the rings are new.
    public void startDriver() {
        for (int i = 0; i < queues.length; i++) {
            if (queues[i] != null) {
                queues[i].close();
            }
            queues[i] = new GuestQueue(this, options, features, i, i * GuestQueue.bytes(options) + 64);
        }
        hand();
    }

    /// Hands over memory and rings as they are: a guest that goes on after its backend was started anew.
    public void hand() {
        sayNumber(VhostRequest.SET_FEATURES, features);
        shareMemory();
        for (GuestQueue queue : queues) {
            handRing(queue);
        }
    }

    /// Hands over the memory.
    public void shareMemory() {
        ByteBuffer table = payload(8 + 64);
        table.putInt(0, 2);
        region(table, 8, 0, half);
        region(table, 40, half, half);
        say(VhostRequest.SET_MEM_TABLE, table, memoryFd, memoryFd);
    }

    private void region(ByteBuffer to, int at, long offset, long bytes) {
        to.putLong(at, GUEST_BASE + offset);
        to.putLong(at + 8, bytes);
        to.putLong(at + 16, userAddress(offset));
        to.putLong(at + 24, offset);
    }

    private long userAddress(long offset) {
        return USER_BASE + offset + (offset >= half ? USER_GAP : 0);
    }

    /// Hands over one ring.
    public void handRing(GuestQueue queue) {
        int i = queue.index();
        sayRing(VhostRequest.SET_VRING_NUM, i, options.ringSize());
        sayRing(VhostRequest.SET_VRING_BASE, i, queue.base());
        sayAddresses(queue);
        sayNumber(VhostRequest.SET_VRING_KICK, i, queue.kickDescriptor());
        sayNumber(VhostRequest.SET_VRING_CALL, i, queue.callDescriptor());
        sayNumber(VhostRequest.SET_VRING_ERR, i, queue.errorDescriptor());
    }

    /// Tells where a ring lies.
    public void sayAddresses(GuestQueue queue) {
        long[] areas = queue.ring().areas();
        ByteBuffer addresses = payload(40);
        addresses.putInt(0, queue.index());
        if ((features & VirtioFeatures.LOG_ALL) != 0) {
            addresses.putInt(4, VhostRequest.LOG_DEVICE_AREA);
            addresses.putLong(32, GUEST_BASE + areas[2]);
        }
        addresses.putLong(8, userAddress(areas[0]));
        addresses.putLong(16, userAddress(areas[2]));
        addresses.putLong(24, userAddress(areas[1]));
        say(VhostRequest.SET_VRING_ADDR, addresses);
    }

    // --- the device's configuration ---

    /// Asks for a part of the configuration space (virtio 1.2, 5.1.4).
    public byte[] configuration(int offset, int bytes) {
        say(
                VhostRequest.GET_CONFIG,
                payload(CONFIG_HEADER + bytes).putInt(0, offset).putInt(4, bytes));
        ByteBuffer answer = reply();
        if (answer == null || answer.capacity() != CONFIG_HEADER + bytes) {
            throw new IllegalStateException("no configuration of " + bytes + " bytes came: " + answer);
        }
        return Arrays.copyOfRange(answer.array(), CONFIG_HEADER, answer.capacity());
    }

    /// Lets the backend send requests of its own, for [#backendRequest].
    public void takeBackendRequests() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(8, 8);
            Posix.check(posix.socketPair(1, 0x80801, ends), "create a pair of sockets");
            int theirs = ends.get(ValueLayout.JAVA_INT, 4);
            backend = LocalSocket.of(ends.get(ValueLayout.JAVA_INT, 0));
            say(VhostRequest.SET_BACKEND_REQ_FD, payload(0), theirs);
            posix.close(theirs);
        }
    }

    /// The number of the backend's next request, or 0 where it has sent none.
    public int backendRequest() {
        int got = backend.receive(message, 0, VhostRequest.HEADER_LENGTH);
        if (got == -Errno.EAGAIN) {
            return 0;
        }
        if (got != VhostRequest.HEADER_LENGTH) {
            throw new IllegalStateException("half a request of the backend's: " + got);
        }
        return message.get(ValueLayout.JAVA_INT, 0);
    }

    /// Takes none any more.
    public void closeBackendRequests() {
        if (backend != null) {
            backend.close();
            backend = null;
        }
    }

    // --- moving to another host ---

    /// From now on the backend marks the pages that it writes to, as QEMU wants it while it moves a guest.
    public void startLog() {
        if (log == null) {
            long bytes = LOG_OFFSET + (GUEST_BASE + memoryBytes >>> PAGE_BITS + 3) + 8;
            logFd = SharedMemory.create("vnetp-log", bytes, true);
            log = posix.mapShared(logFd, bytes);
        }
        ByteBuffer where = payload(16);
        where.putLong(0, log.byteSize() - LOG_OFFSET);
        where.putLong(8, LOG_OFFSET);
        say(VhostRequest.SET_LOG_BASE, where, logFd);
        if (reply() == null) {
            throw new IllegalStateException("the backend has gone at SET_LOG_BASE");
        }
        features(features | VirtioFeatures.LOG_ALL);
    }

    /// The backend marks nothing any more.
    public void stopLog() {
        features(features & ~VirtioFeatures.LOG_ALL);
    }

    private void features(long next) {
        features = next;
        sayNumber(VhostRequest.SET_FEATURES, features);
        Arrays.stream(queues).forEach(this::sayAddresses);
        barrier();
    }

    /// Takes the marks that there are, as who copies pages does.
    ///
    /// @return numbers of pages of 4 KiB, counted from the guest's memory's first
    public BitSet takeWritten() {
        BitSet pages = new BitSet();
        long first = GUEST_BASE >>> PAGE_BITS;
        for (long word = LOG_OFFSET; word + 8 <= log.byteSize(); word += 8) {
            long bits = (long) LOG_WORD.getAndSet(log, word, 0L);
            for (; bits != 0; bits &= bits - 1) {
                long page = (word - LOG_OFFSET) * 8 + Long.numberOfTrailingZeros(bits);
                if (page < first) {
                    throw new IllegalStateException("page " + page + " is marked, which the guest does not have");
                }
                pages.set((int) (page - first));
            }
        }
        return pages;
    }

    /// A guest of that address has come from another host.
    public void announce(long mac) {
        sayNumber(VhostRequest.SEND_RARP, Long.reverseBytes(mac << 16));
    }

    /// Enables a ring, or not.
    public void enable(int ring, boolean on) {
        sayRing(VhostRequest.SET_VRING_ENABLE, ring, on ? 1 : 0);
    }

    /// Stops a ring.
    ///
    /// @return where it stands
    public int stop(int ring) {
        sayRing(VhostRequest.GET_VRING_BASE, ring, 0);
        ByteBuffer answer = reply();
        if (answer == null) {
            throw new IllegalStateException("the backend has gone at GET_VRING_BASE");
        }
        int at = answer.getInt(4);
        queues[ring].base(at);
        return at;
    }

    /// Waits until all that was said before has been carried out.
    public void barrier() {
        ask(VhostRequest.GET_FEATURES);
    }

    /// The queue by which the guest sends.
    public GuestQueue sending(int pair) {
        return queues[2 * pair + 1];
    }

    /// The queue by which it receives.
    public GuestQueue receiving(int pair) {
        return queues[2 * pair];
    }

    long features() {
        return features;
    }

    @Override
    public void close() {
        disconnect();
        Arrays.stream(queues).filter(q -> q != null).forEach(GuestQueue::close);
        posix.unmap(memory);
        posix.close(memoryFd);
        closeBackendRequests();
        if (log != null) {
            posix.unmap(log);
            posix.close(logFd);
        }
    }

    /// A bell that this side makes.
    static Doorbell bell() {
        return new Doorbell(Posix.check(new Posix().eventfd(), "create an eventfd"));
    }
}
