package org.vnetp.overlay.vhost;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Epoll;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.LocalSocket;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;

/// A guest's NIC as its VMM sees it: a socket, by which one frontend after the other hands over a guest's
/// rings.
///
/// A frontend that breaks the protocol loses its connection; one that goes leaves the NIC as it was before
/// it came.
///
/// **Thread:** one calls [#turn] again and again until [#close] was called by any; the rest is for any
/// thread.
public final class VhostDevice implements AutoCloseable {
    /// Which side listens.
    public enum Mode {
        /// This process; the VMM connects, and comes back by itself.
        SERVER,
        /// The VMM; this process connects, and comes back by itself.
        CLIENT
    }

    /// @param path       of the socket
    /// @param queuePairs most pairs of rings
    /// @param mac        the guest's address, for VMMs that ask for it
    /// @param mtu        the guest's MTU, for those; bytes, asked when a frontend comes
    public record Setup(Path path, Mode mode, int queuePairs, long mac, IntSupplier mtu) {}

    /// Who has the loops.
    public interface Owner {
        /// Loops go over to these rings, between two rounds; none has others when it returns.
        void handOver(GuestRings next);

        /// Others are to hear that a guest of that address is here now, which does not say so itself.
        void announce(long mac);

        /// Takes a line for the operator; seldom.
        void say(String line);
    }

    /// So long a client waits before it tries again, and a server after a frontend that broke the protocol.
    private static final int PAUSE_MS = 250;

    /// What was said is said again after so long.
    private static final long SAY_AGAIN_NS = 10_000_000_000L;

    /// In the status of the configuration space (virtio 1.2, 5.1.4).
    private static final int LINK_UP = 1;

    private static final int EVENT_WAKE = 0;
    private static final int EVENT_SOCKET = 1;

    private final Setup setup;
    private final Owner owner;
    private final Posix posix = new Posix();
    private final Doorbell wake;
    private final Epoll epoll;
    // Null where the VMM listens, and while the link is down.
    private volatile LocalSocket listening;
    private volatile boolean closed;
    private volatile boolean up = true;
    private volatile boolean ringBroke;
    private volatile String state;
    private volatile String problem = "";
    private volatile VhostSession session;
    private VhostConnection connection;
    private int pauseMs;
    private boolean followedUp = true;
    private String said = "";
    private long saidNs;

    /// Opens the socket; a server's listens when this returns.
    ///
    /// @throws PosixException where that cannot be, as where somebody listens there already
    public VhostDevice(Setup setup, Owner owner) {
        this.setup = setup;
        this.owner = owner;
        this.listening = setup.mode() == Mode.SERVER ? listen(setup.path()) : null;
        this.wake = new Doorbell(Posix.check(posix.eventfd(), "create an eventfd"));
        this.epoll = new Epoll(posix);
        epoll.add(posix, wake.descriptor(), Epoll.IN, EVENT_WAKE);
        watchListening(true);
        this.state = idleState();
    }

    /// What a node that was killed has left behind is removed; what somebody serves is not.
    private static LocalSocket listen(Path path) {
        try {
            return LocalSocket.listen(path.toString());
        } catch (PosixException e) {
            if (e.errno() != Errno.EADDRINUSE || isServed(path)) {
                throw e;
            }
        }
        remove(path);
        return LocalSocket.listen(path.toString());
    }

    private static boolean isServed(Path path) {
        try {
            LocalSocket.connect(path.toString()).close();
            return true;
        } catch (PosixException e) {
            return e.errno() != Errno.ECONNREFUSED;
        }
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new PosixException("remove " + path + " (" + e.getMessage() + ")", Errno.EIO);
        }
    }

    private void watchListening(boolean on) {
        if (listening == null) {
            return;
        }
        if (on) {
            epoll.add(posix, listening.descriptor(), Epoll.IN, EVENT_SOCKET);
        } else {
            epoll.remove(posix, listening.descriptor());
        }
    }

    // --- the device's thread ---

    /// Waits for the frontend, no longer than so many milliseconds (-1: without end), and does what it
    /// says.
    ///
    /// @return false once the device is closed
    public boolean turn(int longestMs) {
        if (!closed) {
            boolean connects = connection == null && listening == null && followedUp;
            int timeoutMs = pauseMs > 0 || connects ? Math.max(1, pauseMs) : longestMs;
            if (longestMs >= 0) {
                timeoutMs = Math.min(timeoutMs, longestMs);
            }
            epoll.await(posix, timeoutMs);
            if (pauseMs > 0) {
                pauseMs = 0;
                if (connection == null) {
                    watchListening(true);
                }
            }
        }
        wake.taken(posix);
        if (closed) {
            release();
            return false;
        }
        if (up != followedUp) {
            followedUp = up;
            followLink();
        }
        if (connection == null && followedUp) {
            begin();
        }
        if (session != null) {
            work();
        }
        return true;
    }

    private String idleState() {
        return !followedUp ? "down" : listening != null ? "listening" : "connecting";
    }

    /// The link has gone up or down. A VMM that has the guest's configuration itself tells it that the link is down
    /// while it is not connected, as QEMU does; so it is sent away, and finds nobody until the link is up again.
    private void followLink() {
        try {
            if (session != null && !session.followLink()) {
                end("its link is down");
            }
        } catch (VhostException e) {
            end("connection ended: " + e.getMessage());
        }
        if (session == null) {
            stopListening();
            state = idleState();
        }
    }

    private void stopListening() {
        if (listening != null && !followedUp) {
            watchListening(false);
            listening.close();
            listening = null;
            remove(setup.path());
        }
    }

    private void begin() {
        LocalSocket socket;
        if (listening == null && setup.mode() == Mode.SERVER) {
            try {
                listening = listen(setup.path());
                watchListening(true);
                problem = "";
            } catch (PosixException e) {
                problem = e.getMessage();
                pauseMs = PAUSE_MS;
            }
            state = idleState();
            return;
        }
        try {
            socket = listening != null
                    ? listening.accept()
                    : LocalSocket.connect(setup.path().toString());
        } catch (PosixException e) {
            problem = e.getMessage();
            pauseMs = PAUSE_MS;
            return;
        }
        if (socket == null) {
            return;
        }
        connection = new VhostConnection(socket);
        watchListening(false);
        epoll.add(posix, connection.descriptor(), Epoll.IN, EVENT_SOCKET);
        session = new VhostSession(connection, new AroundSession());
        problem = "";
        state = "connected";
    }

    private void work() {
        try {
            if (ringBroke) {
                ringBroke = false;
                session.stopBroken();
            }
            if (!session.work()) {
                end("the VMM has closed the connection");
                return;
            }
            state = session.running().sends().isEmpty()
                            && session.running().receives().isEmpty()
                    ? "connected"
                    : "up";
        } catch (VhostException e) {
            pauseMs = PAUSE_MS;
            end("connection ended: " + e.getMessage());
        }
    }

    private void end(String why) {
        tell(why);
        epoll.remove(posix, connection.descriptor());
        session.close();
        session = null;
        connection = null;
        ringBroke = false;
        if (!followedUp) {
            stopListening();
        } else if (pauseMs == 0) {
            watchListening(true);
        }
        state = idleState();
    }

    /// After a failure: begins anew with the next frontend.
    ///
    /// @return whether the device goes on
    public boolean abandon() {
        pauseMs = PAUSE_MS;
        if (session != null) {
            end("connection ended");
        }
        return !closed;
    }

    /// A frontend that comes and goes all the time fills no log.
    private void tell(String what) {
        problem = what;
        long now = System.nanoTime();
        if (!what.equals(said) || now - saidNs > SAY_AGAIN_NS) {
            said = what;
            saidNs = now;
            owner.say(what);
        }
    }

    private void release() {
        if (session != null) {
            session.close();
            session = null;
        }
        if (listening != null) {
            listening.close();
        }
        wake.close();
        epoll.close();
    }

    /// What a session asks of this device.
    private final class AroundSession implements VhostSession.Around {
        @Override
        public void handOver(GuestRings next) {
            owner.handOver(next);
        }

        @Override
        public long offered() {
            return VirtioFeatures.OFFERED
                    | VirtioFeatures.MAC
                    | VirtioFeatures.MTU
                    | (setup.queuePairs() > 1 ? VirtioFeatures.MQ : 0);
        }

        @Override
        public byte[] configuration(int bytes) {
            ByteBuffer space = ByteBuffer.allocate(Math.max(12, bytes)).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < 6; i++) {
                space.put(i, (byte) (setup.mac() >>> 40 - 8 * i));
            }
            space.putShort(6, (short) (up ? LINK_UP : 0));
            space.putShort(8, (short) setup.queuePairs());
            space.putShort(10, (short) setup.mtu().getAsInt());
            return space.array();
        }

        @Override
        public boolean linkUp() {
            return up;
        }

        @Override
        public void announce(long mac) {
            owner.announce(mac);
        }

        @Override
        public int queuePairs() {
            return setup.queuePairs();
        }

        @Override
        public void say(String what) {
            tell(what);
        }
    }

    // --- any thread ---

    /// A loop has found a ring broken; never waits.
    public void onBroken() {
        ringBroke = true;
        wakeUp();
    }

    /// Sets the link up or down that the guest sees.
    public void link(boolean isUp) {
        up = isUp;
        wakeUp();
    }

    private void wakeUp() {
        new Doorbell(wake.descriptor()).ring(new Posix());
    }

    /// For `show nics`: strings, numbers, booleans.
    public Map<String, Object> describe() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("state", state);
        told.put("link", up ? "up" : "down");
        told.put("socket", setup.path().toString());
        told.put("mode", setup.mode().name().toLowerCase(Locale.ROOT));
        VhostSession now = session;
        if (now != null) {
            GuestRings rings = now.running();
            told.put("queues", Math.max(rings.sends().size(), rings.receives().size()));
            told.put("ring", (now.features() & VirtioFeatures.RING_PACKED) != 0 ? "packed" : "split");
            told.put("features", "0x" + Long.toHexString(now.features()));
            GuestMemory memory = now.memory();
            if (memory != null) {
                told.put("memory_bytes", memory.bytes());
                told.put("memory_sealed", memory.sealed());
            }
        }
        if (!problem.isEmpty()) {
            told.put("error", problem);
        }
        return told;
    }

    /// Ends the device: its socket's path is free when this returns, all else once [#turn] has returned
    /// false.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (listening != null) {
            try {
                Files.deleteIfExists(setup.path());
            } catch (IOException e) {
                owner.say("its socket stays behind: " + e.getMessage());
            }
        }
        wakeUp();
    }
}
