package org.vnetp.overlay.vhost;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.LocalSocket;
import org.vnetp.overlay.posix.Posix;

/// One frontend's session: what was agreed on, the guest's memory, its rings. Each message is carried out
/// before the next is looked at; whether a ring runs is asked anew after each, so that the order of
/// messages does not matter.
final class VhostSession implements AutoCloseable {
    private static final int CONFIG_HEADER = 12;
    private static final int MAX_CONFIG = 256;
    private static final int REGION = 32;
    private static final int MOST_RINGS = 32;
    private static final int MESSAGES_A_TURN = 64;

    /// What the device around a session does for it.
    interface Around {
        /// Loops go over to these rings; none has others when it returns.
        void handOver(GuestRings next);

        /// The device's configuration space (virtio 1.2, 5.1.4), as long as the frontend wants it.
        byte[] configuration(int bytes);

        /// Whether the link is to be up.
        boolean linkUp();

        /// Features that are offered.
        long offered();

        int queuePairs();

        /// A guest is here now and does not say so itself: others are to hear of its address.
        void announce(long mac);

        /// A word for the operator.
        void say(String what);
    }

    private final VhostConnection connection;
    private final Around around;
    private final RingSetup[] rings;
    private final List<GuestMemory.Region> slots = new ArrayList<>();
    private final Posix posix = new Posix();
    private boolean agreed;
    private volatile long features;
    private long protocol;
    private volatile GuestMemory memory;
    private volatile GuestRings running = GuestRings.NONE;
    private DirtyLog log;
    private LocalSocket backendRequests;

    VhostSession(VhostConnection connection, Around around) {
        this.connection = connection;
        this.around = around;
        this.rings = new RingSetup[Math.min(MOST_RINGS, 2 * around.queuePairs())];
        for (int i = 0; i < rings.length; i++) {
            rings[i] = new RingSetup(i);
        }
    }

    /// Carries out messages that are there, up to a number: the rest is for the next turn.
    ///
    /// @return false where the frontend has gone
    /// @throws VhostException where it has broken the protocol
    boolean work() throws VhostException {
        for (int i = 0; i < MESSAGES_A_TURN; i++) {
            int next = connection.next();
            if (next <= 0) {
                return next == 0;
            }
            try {
                carryOut();
            } finally {
                connection.done();
            }
        }
        return true;
    }

    private void carryOut() throws VhostException {
        switch (connection.request()) {
            case VhostRequest.GET_FEATURES -> connection.reply(around.offered());
            case VhostRequest.GET_PROTOCOL_FEATURES -> connection.reply(VirtioFeatures.PROTOCOL_OFFERED);
            case VhostRequest.GET_QUEUE_NUM -> connection.reply((long) around.queuePairs());
            case VhostRequest.GET_MAX_MEM_SLOTS -> connection.reply((long) GuestMemory.MAX_REGIONS);
            case VhostRequest.GET_VRING_BASE -> stop(ring(connection.i32(0)));
            case VhostRequest.GET_CONFIG -> tellConfiguration();
            case VhostRequest.SET_LOG_BASE -> {
                setLog();
                connection.reply(0L);
            }
            default -> {
                change();
                // User-Mode Linux wants a reply already to the message by which it says that it wants replies.
                if (connection.needsReply() && (protocol & VirtioFeatures.PROTOCOL_REPLY_ACK) != 0) {
                    connection.reply(0L);
                }
            }
        }
    }

    private void change() throws VhostException {
        switch (connection.request()) {
            case VhostRequest.SET_FEATURES -> agree(connection.i64(0));
            case VhostRequest.SET_PROTOCOL_FEATURES -> protocol = connection.i64(0) & VirtioFeatures.PROTOCOL_OFFERED;
            case VhostRequest.SET_OWNER,
                    VhostRequest.RESET_OWNER,
                    VhostRequest.NET_SET_MTU,
                    VhostRequest.SET_LOG_FD,
                    VhostRequest.SET_CONFIG -> {
                // Nothing that this device has to know.
            }
            case VhostRequest.SET_MEM_TABLE -> setMemory();
            case VhostRequest.ADD_MEM_REG -> addMemory();
            case VhostRequest.REM_MEM_REG -> removeMemory();
            case VhostRequest.SET_VRING_NUM -> {
                RingSetup ring = stopped(connection.i32(0));
                ring.size(connection.i32(4));
            }
            case VhostRequest.SET_VRING_BASE -> {
                RingSetup ring = stopped(connection.i32(0));
                ring.base = connection.i32(4);
            }
            case VhostRequest.SET_VRING_ADDR -> {
                RingSetup ring = stopped(connection.i32(0));
                boolean logged = (connection.i32(4) & VhostRequest.LOG_DEVICE_AREA) != 0;
                ring.addresses(
                        connection.i64(8), connection.i64(16), connection.i64(24), logged ? connection.i64(32) : -1);
            }
            case VhostRequest.SET_VRING_KICK -> {
                RingSetup ring = stopped(ringOfDescriptor());
                ring.kick(descriptor());
            }
            case VhostRequest.SET_VRING_CALL -> {
                RingSetup ring = stopped(ringOfDescriptor());
                ring.call(descriptor());
                if (!ring.weakness().isEmpty()) {
                    around.say("its VMM could stop a loop by a full call descriptor: " + ring.weakness());
                }
            }
            case VhostRequest.SET_VRING_ERR -> ring(ringOfDescriptor()).error(descriptor());
            case VhostRequest.SET_VRING_ENABLE -> ring(connection.i32(0)).enabled = connection.i32(4) != 0;
            case VhostRequest.SEND_RARP -> around.announce(macOf(connection.i64(0)));
            case VhostRequest.SET_BACKEND_REQ_FD -> {
                closeBackendRequests();
                backendRequests = LocalSocket.of(connection.takeDescriptor());
            }
            default ->
                throw new VhostException("request " + connection.request() + ", which this backend does not have");
        }
        runWhatMay();
    }

    /// The address whose bytes lie in a number as they would in a frame.
    private static long macOf(long bytes) throws VhostException {
        long mac = Long.reverseBytes(bytes) >>> 16;
        if (mac == 0 || MacAddress.isGroup(mac)) {
            throw new VhostException("an announcement of " + MacAddress.format(mac) + ": expected a unicast address");
        }
        return mac;
    }

    private RingSetup ring(int index) throws VhostException {
        if (index < 0 || index >= rings.length) {
            throw new VhostException("ring " + Integer.toUnsignedString(index) + ": this NIC has " + rings.length);
        }
        return rings[index];
    }

    private int ringOfDescriptor() throws VhostException {
        return (int) connection.i64(0) & VhostRequest.RING_MASK;
    }

    private int descriptor() throws VhostException {
        return (connection.i64(0) & VhostRequest.NO_DESCRIPTOR) != 0 ? -1 : connection.takeDescriptor();
    }

    /// A ring whose set-up changes; it goes on afterwards where it was.
    private RingSetup stopped(int index) throws VhostException {
        RingSetup ring = ring(index);
        if (ring.running != null) {
            halt(ring);
        }
        return ring;
    }

    private void halt(RingSetup ring) {
        GuestRing halted = ring.running;
        handOver(new GuestRings(
                running.sends().stream().filter(r -> r != halted).toList(),
                running.receives().stream().filter(r -> r != halted).toList()));
        ring.stopped();
    }

    private void haltAll() {
        handOver(GuestRings.NONE);
        for (RingSetup ring : rings) {
            ring.stopped();
        }
    }

    private void handOver(GuestRings next) {
        if (!next.equals(running)) {
            running = next;
            around.handOver(next);
        }
    }

    /// GET_VRING_BASE stops a ring until it gets a kick descriptor again, and leaves its base as it is.
    private void stop(RingSetup ring) throws VhostException {
        if (ring.running != null) {
            halt(ring);
        }
        ring.kick(-1);
        connection.reply(ring.index, ring.base);
    }

    private void agree(long wanted) throws VhostException {
        long unknown = wanted & ~around.offered();
        if (unknown != 0) {
            throw new VhostException("features 0x" + Long.toHexString(unknown) + " that were not offered");
        }
        if (agreed && wanted == features) {
            return;
        }
        agreed = true;
        haltAll();
        features = wanted;
        if ((features & VirtioFeatures.PROTOCOL_FEATURES) == 0) {
            for (RingSetup ring : rings) {
                ring.enabled = true;
            }
        }
    }

    // --- memory ---

    private void setMemory() throws VhostException {
        int count = connection.i32(0);
        if (count < 1
                || count > GuestMemory.MAX_REGIONS
                || connection.descriptors().size() != count) {
            throw new VhostException(Integer.toUnsignedString(count) + " memory regions with "
                    + connection.descriptors().size() + " descriptors: expected 1 to " + GuestMemory.MAX_REGIONS
                    + " regions, each with one");
        }
        List<GuestMemory.Region> regions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            regions.add(region(8 + i * REGION, connection.descriptors().get(i)));
        }
        replaceMemory(regions);
    }

    private void addMemory() throws VhostException {
        if (connection.descriptors().size() != 1) {
            throw new VhostException(
                    "a memory region with " + connection.descriptors().size() + " descriptors: expected 1");
        }
        List<GuestMemory.Region> regions = new ArrayList<>(slots);
        regions.add(region(8, connection.descriptors().getFirst()));
        replaceMemory(regions);
    }

    private void removeMemory() throws VhostException {
        GuestMemory.Region gone = region(8, -1);
        List<GuestMemory.Region> regions = new ArrayList<>(slots);
        if (!regions.removeIf(r -> r.guest() == gone.guest() && r.bytes() == gone.bytes() && r.user() == gone.user())) {
            throw new VhostException("no memory region is at 0x" + Long.toHexString(gone.guest()));
        }
        if (regions.isEmpty()) {
            haltAll();
            dropMemory(null);
            slots.clear();
        } else {
            replaceMemory(regions);
        }
    }

    private GuestMemory.Region region(int at, int fd) throws VhostException {
        return new GuestMemory.Region(
                connection.i64(at), connection.i64(at + 8), connection.i64(at + 16), connection.i64(at + 24), fd);
    }

    /// Loops leave the old memory before it is taken away; rings go on in the new one.
    private void replaceMemory(List<GuestMemory.Region> regions) throws VhostException {
        GuestMemory next = GuestMemory.map(regions);
        connection.descriptors().clear();
        haltAll();
        dropMemory(next);
        memory = next;
        slots.clear();
        slots.addAll(regions);
    }

    private void dropMemory(GuestMemory next) {
        if (memory != null) {
            memory.closeExcept(next);
            memory = null;
        }
    }

    GuestMemory memory() {
        return memory;
    }

    /// Rings leave the old log before it is taken away, and go on with the new one.
    private void setLog() throws VhostException {
        int fd = connection.takeDescriptor();
        DirtyLog next;
        try {
            next = DirtyLog.map(fd, connection.i64(0), connection.i64(8));
        } catch (VhostException e) {
            posix.close(fd);
            throw e;
        }
        haltAll();
        dropLog();
        log = next;
        runWhatMay();
    }

    private void dropLog() {
        if (log != null) {
            log.close();
            log = null;
        }
    }

    // --- rings ---

    /// Starts rings that may run now and stops those that may not.
    private void runWhatMay() throws VhostException {
        List<SendRing> sends = new ArrayList<>();
        List<ReceiveRing> receives = new ArrayList<>();
        List<RingSetup> halted = new ArrayList<>();
        for (RingSetup ring : rings) {
            boolean may = memory != null && around.linkUp() && ring.mayRun();
            if (may && ring.running == null) {
                ring.start(memory, features, (features & VirtioFeatures.LOG_ALL) != 0 ? log : null);
            }
            if (!may) {
                halted.add(ring);
            } else if (ring.running instanceof SendRing send) {
                sends.add(send);
            } else if (ring.running instanceof ReceiveRing receive) {
                receives.add(receive);
            }
        }
        handOver(new GuestRings(sends, receives));
        halted.forEach(RingSetup::stopped);
    }

    /// Stops rings whose guest has broken the rules, with a word about each.
    void stopBroken() throws VhostException {
        for (RingSetup ring : rings) {
            String why = ring.running == null ? null : ring.running.broken();
            if (why != null) {
                around.say("ring " + ring.index + " is stopped: " + why);
                halt(ring);
                ring.fail();
            }
        }
    }

    GuestRings running() {
        return running;
    }

    long features() {
        return features;
    }

    private void tellConfiguration() throws VhostException {
        int offset = connection.i32(0);
        int size = connection.i32(4);
        if (offset < 0 || size < 0 || offset > MAX_CONFIG || size > MAX_CONFIG - offset) {
            throw new VhostException("configuration of " + Integer.toUnsignedString(size) + " bytes at "
                    + Integer.toUnsignedString(offset) + ": expected at most " + MAX_CONFIG);
        }
        byte[] all = around.configuration(offset + size);
        byte[] wanted = java.util.Arrays.copyOfRange(all, offset, offset + size);
        connection.put(CONFIG_HEADER, wanted, size);
        connection.reply(CONFIG_HEADER + size);
    }

    // --- the link ---

    /// Whether the guest learns here whether its link is up: its driver has agreed to the status, and its frontend
    /// asks this backend for the configuration space. QEMU has one of its own.
    private boolean tellsStatus() {
        return (features & VirtioFeatures.STATUS) != 0 && (protocol & VirtioFeatures.PROTOCOL_CONFIG) != 0;
    }

    /// The link has gone up or down: rings go on or stop, and the guest is told.
    ///
    /// @return false where it cannot be told otherwise than by ending the connection
    boolean followLink() throws VhostException {
        if (!tellsStatus()) {
            return around.linkUp();
        }
        runWhatMay();
        if (backendRequests != null) {
            MemorySegment change = Arena.ofAuto().allocate(VhostRequest.HEADER_LENGTH, 8);
            change.set(ValueLayout.JAVA_INT, 0, VhostRequest.BACKEND_CONFIG_CHANGE);
            change.set(ValueLayout.JAVA_INT, 4, VhostRequest.VERSION);
            int sent = backendRequests.send(change, 0, VhostRequest.HEADER_LENGTH);
            if (sent != VhostRequest.HEADER_LENGTH) {
                throw new VhostException("the frontend takes no word about its link: "
                        + (sent < 0 ? Errno.text(-sent) : sent + " of " + VhostRequest.HEADER_LENGTH + " bytes"));
            }
        }
        return true;
    }

    private void closeBackendRequests() {
        if (backendRequests != null) {
            backendRequests.close();
            backendRequests = null;
        }
    }

    /// Takes all rings from the loops, then frees memory and descriptors.
    @Override
    public void close() {
        haltAll();
        for (RingSetup ring : rings) {
            ring.close();
        }
        dropMemory(null);
        dropLog();
        closeBackendRequests();
        connection.close();
    }
}
