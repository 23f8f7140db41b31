package org.vnetp.overlay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.fastpath.RingBudget;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.nic.ReadBudget;
import org.vnetp.overlay.posix.InterfaceDrops;
import org.vnetp.overlay.posix.InterfaceFeatures;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.TapDevice;
import org.vnetp.overlay.posix.VethPair;

/// The device in a guest's namespace: a TAP that the node holds, or with the fast path one end of a veth pair, whose
/// other end and a TAP for what the kernel leaves to the node are in the node's own namespace.
///
/// It tells whether the device has gone, and whether it could be opened again; that makes another one of these.
/// **Thread:** control's, one at a time.
final class GuestDevice {
    /// Frames of a guest that may wait for the node where nothing bounds their bytes. A superframe has up
    /// to 64 KB, so that more of them only outgrow the caches: with 64 a stream ran 4 to 8 % faster than
    /// with the kernel's 500.
    private static final int SHORT_RING = 64;

    /// The same where [RingBudget] bounds the bytes: small frames that come while the node waits for a
    /// processor.
    private static final int LONG_RING = 1024;

    private final NodeConfig.Nic config;
    private final NicKind.Tap kind;
    private final Consumer<String> log;
    /// Path of the guest's namespace; null for this process's own.
    private final String namespace;

    private TapDevice.Opened tap;
    // Why it has no fast path although it was asked for; empty: it has; null: it was not.
    private String slow;
    // Of one with the fast path its interfaces here, and the interface index of its end of the pair.
    private HostEnds ends;
    private int veth;
    // The address that it had, and what its namespace was, when it was opened.
    private long openedMac;
    private Object openedIn;
    // Null where the bytes in its ring are not bounded.
    private RingBudget budget;

    private GuestDevice(NodeConfig.Nic config, NicKind.Tap kind, Consumer<String> log) {
        this.config = config;
        this.kind = kind;
        this.log = log;
        String path = kind.netns().orElse(null);
        this.namespace = path == null || path.indexOf('/') >= 0 ? path : "/run/netns/" + path;
    }

    // --- opening ---

    /// Opens what a statement says.
    ///
    /// @param superframeLimit the longest superframe that the guest may make, bytes
    /// @param before          as it was before its device went, whose address it keeps; null where it was none
    /// @throws StatementException naming the NIC and what failed; nothing stays behind then
    static GuestDevice open(
            NodeConfig.Nic config,
            NicKind.Tap kind,
            Nics.Surroundings node,
            Consumer<String> log,
            int superframeLimit,
            GuestDevice before)
            throws StatementException {
        GuestDevice device = new GuestDevice(config, kind, log);
        device.open(node, superframeLimit, before);
        return device;
    }

    private void open(Nics.Surroundings node, int superframeLimit, GuestDevice before) throws StatementException {
        String slow = null;
        if (kind.fastPath()) {
            requireShortName();
            try {
                openFast(address(node, before), node, superframeLimit);
                return;
            } catch (PosixException | IllegalArgumentException e) {
                slow = e.getMessage();
                log.accept("nic " + config.name() + ": no fast path, the node carries all frames: " + slow);
            }
        }
        try {
            TapDevice.Opened made = TapDevice.open(new TapDevice.Request(
                    config.name(),
                    namespace,
                    kind.queues(),
                    address(node, before),
                    config.mtu().orElseGet(node::derivedMtu),
                    superframeLimit,
                    kind.ring() == 0 ? SHORT_RING : kind.ring(),
                    kind.persist(),
                    true,
                    false,
                    true));
            opened(lengthened(made), slow, null, 0, TapDevice.mac(namespace, config.name()));
        } catch (PosixException | IllegalArgumentException e) {
            throw OverlayNode.refused("nic " + config.name(), e);
        }
    }

    private void opened(TapDevice.Opened made, String noFastPath, HostEnds here, int index, long mac) {
        tap = made;
        slow = noFastPath;
        ends = here;
        veth = index;
        openedMac = mac;
        openedIn = identity(namespace);
    }

    /// A ring of many frames and few bytes, unless the statement says how long it is; the short one stays
    /// where bytes cannot be bounded. With a persistent device the program stays until the next node sets
    /// its own or none; where nobody reads, the kernel drops frames without asking it.
    private TapDevice.Opened lengthened(TapDevice.Opened made) {
        if (kind.ring() != 0 || made.ring() == 0) {
            if (kind.persist()) {
                TapDevice.filter(made.descriptors()[0], TapDevice.NO_PROGRAM);
            }
            return made;
        }
        try {
            budget = RingBudget.at(made.descriptors()[0], RingBudget.BYTES);
        } catch (PosixException e) {
            log.accept("nic " + config.name() + ": a ring of " + made.ring() + " frames, its bytes cannot be bounded: "
                    + e.getMessage());
            return made;
        }
        TapDevice.ring(namespace, made.name(), LONG_RING);
        return new TapDevice.Opened(made.descriptors(), made.offload(), made.name(), LONG_RING);
    }

    /// The address that a NIC is to have, or -1: the one that its device has. Without `mac` in its
    /// statement it is made of names, because peers' neighbour caches hold an address for long after its
    /// node was started anew. A device that somebody made before and gave an address keeps it.
    private long address(Nics.Surroundings node, GuestDevice before) {
        if (before != null) {
            // Peers know the guest by its old address.
            return config.mac().isEmpty() && TapDevice.isGivenMac(namespace, config.name()) ? -1 : before.openedMac;
        }
        if (config.mac().isPresent()) {
            return config.mac().getAsLong();
        }
        return TapDevice.exists(namespace, config.name()) && !TapDevice.isDrawnMac(namespace, config.name())
                ? -1
                : MacAddress.derived(node.network(), node.name(), config.name());
    }

    private void requireShortName() throws StatementException {
        if (config.name().length() > HostEnds.LONGEST_NIC_NAME) {
            HostEnds ends = HostEnds.first(config.name());
            throw new StatementException(
                    "'" + config.name() + "': a NIC with fastpath has the interfaces " + ends.veth()
                            + " and " + ends.tap() + " here; expected a name of at most " + HostEnds.LONGEST_NIC_NAME
                            + " characters");
        }
    }

    /// Opens a NIC whose guest has one end of a veth pair; a TAP carries what the kernel leaves to the
    /// node.
    ///
    /// @throws PosixException where the kernel or the node's rights do not allow it; nothing stays behind
    ///         then
    private void openFast(long address, Nics.Surroundings node, int superframeLimit) {
        if (kind.netns().isEmpty()) {
            throw new IllegalArgumentException("the guest needs a network namespace of its own ('netns')");
        }
        FastPath fastPath = node.startedFastPath();
        HostEnds chosen = HostEnds.choose(config.name(), namespace);
        String veth = chosen.veth();
        int mtu = config.mtu().orElseGet(node::derivedMtu);
        if (VethPair.index(veth) <= 0) {
            VethPair.unpark(HostEnds.first(config.name()).veth(), namespace, veth); // its guest comes from another node
        }
        boolean created = VethPair.create(veth, config.name(), namespace, address, mtu);
        TapDevice.Opened made = null;
        try {
            // A pair that a killed node left behind is taken over as it is, but for the MTU.
            TapDevice.mtu(namespace, config.name(), mtu);
            TapDevice.mtu(null, veth, mtu);
            // The TAP has the guest's address, so that the kernel takes what the node writes for what is the guest's.
            long mac = TapDevice.mac(namespace, config.name());
            made = TapDevice.open(new TapDevice.Request(
                    chosen.tap(), null, kind.queues(), mac, mtu, 0, 0, false, false, false, true));
            limitSuperframes(superframeLimit);
            VethPair.enable(chosen.tap());
            VethPair.enable(veth);
            fastPath.addNic(config.port(), chosen.tap(), veth, mac);
            opened(made, "", chosen, VethPair.require(veth), mac);
        } catch (RuntimeException e) {
            if (made != null) {
                made.close();
            }
            if (created) {
                VethPair.delete(veth);
            }
            throw e;
        }
    }

    /// Tells a namespace from a later one of the same path; null where there is none, or for this process's
    /// own.
    private static Object identity(String namespace) {
        try {
            return namespace == null
                    ? null
                    : Files.readAttributes(Path.of(namespace), BasicFileAttributes.class)
                            .fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    // --- what it is ---

    /// What the loops read and write.
    TapDevice.Opened tap() {
        return tap;
    }

    /// Whether the kernel carries known flows.
    boolean fast() {
        return slow != null && slow.isEmpty();
    }

    /// Why it has no fast path although it was asked for; empty: it has; null: it was not.
    String slow() {
        return slow;
    }

    /// How many bytes of a queue may be read at once.
    ReadBudget budget(int queue) {
        return budget == null ? ReadBudget.NONE : budget.queue(queue);
    }

    boolean has(int descriptor) {
        return IntStream.of(tap.descriptors()).anyMatch(fd -> fd == descriptor);
    }

    /// The kernel's counts of its interfaces.
    ///
    /// @throws PosixException where they cannot be read
    InterfaceDrops drops() {
        InterfaceDrops guest = InterfaceDrops.of(namespace, config.name());
        if (!fast()) {
            return guest;
        }
        InterfaceDrops own = InterfaceDrops.of(null, tap.name());
        return new InterfaceDrops(guest.received() + own.received(), guest.sent() + own.sent());
    }

    /// The address that it has now.
    ///
    /// @throws PosixException where it has gone
    long mac() {
        return TapDevice.mac(namespace, config.name());
    }

    // --- what it takes ---

    /// Bytes.
    ///
    /// @throws PosixException where it has gone
    int mtu() {
        return TapDevice.mtu(namespace, config.name());
    }

    /// @throws PosixException where the kernel refuses
    void mtu(int bytes) {
        TapDevice.mtu(namespace, config.name(), bytes);
        if (fast()) {
            TapDevice.mtu(null, ends.veth(), bytes);
            TapDevice.mtu(null, ends.tap(), bytes);
        }
    }

    /// The limit is the guest's interface's alone: what the guest makes longer, the kernel would cut into
    /// ordinary frames at every interface on the way that has a lower one.
    ///
    /// @throws PosixException where the kernel refuses
    void limitSuperframes(int bytes) {
        TapDevice.superframeLimit(namespace, config.name(), bytes);
    }

    /// Whether superframes inside a tunnel leave the guest whole.
    ///
    /// @throws PosixException where the kernel refuses
    void takeTunnels(boolean whole) {
        InterfaceFeatures.tunnelSegmentation(namespace, config.name(), whole);
    }

    // --- going and coming back ---

    /// Why it is of no use although its descriptors say nothing, or null.
    String useless() {
        if (fast() && VethPair.index(ends.veth()) != veth) {
            return "its veth pair was deleted";
        }
        // A TAP's descriptors keep the namespace in which they were opened, also one that has no name any more.
        Object identity = identity(namespace);
        return identity == null || identity.equals(openedIn) ? null : "the guest's namespace was made anew";
    }

    /// Whether there is a device again, or a namespace that was made anew and wants one.
    boolean canReturn() {
        Object identity = identity(namespace);
        if (namespace != null && identity == null) {
            return false;
        }
        boolean anew = identity != null && !identity.equals(openedIn);
        return anew || (fast() ? VethPair.index(ends.veth()) > 0 : TapDevice.exists(namespace, config.name()));
    }

    // --- closing ---

    /// Closes what the node holds of it; no loop has it any more.
    void release() {
        tap.close();
        if (budget != null) {
            budget.close();
            budget = null;
        }
    }

    /// Takes away what would stay behind; a persistent device stays with its guest, which may go to another node.
    ///
    /// @param deleted by a statement; else the node ends
    /// @throws PosixException where the guest's namespace is gone, say
    void leave(boolean deleted) {
        if (fast() && !kind.persist()) {
            VethPair.delete(ends.veth());
        } else if (fast() && deleted && VethPair.index(ends.veth()) > 0) {
            VethPair.park(ends.veth(), namespace, HostEnds.first(config.name()).veth());
        }
    }
}
