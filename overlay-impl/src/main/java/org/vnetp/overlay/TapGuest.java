package org.vnetp.overlay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.fastpath.RingBudget;
import org.vnetp.overlay.fastpath.Served;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.nic.ReadBudget;
import org.vnetp.overlay.nic.TapNic;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.InterfaceDrops;
import org.vnetp.overlay.posix.InterfaceFeatures;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.TapDevice;
import org.vnetp.overlay.posix.VethPair;

/// A guest behind a TAP device, or with the fast path behind a veth pair beside one.
///
/// The device may be deleted, with its namespace or without, and made again: the guest is taken back then.
/// **Thread:** control's, one at a time. A descriptor is closed once no loop has it any more.
final class TapGuest implements GuestNic {
    /// GSO_LEGACY_MAX_SIZE of linux/netdevice.h, what an interface has unless told.
    private static final int ALL_SUPERFRAMES = 65_536;

    /// Frames of a guest that may wait for the node where nothing bounds their bytes. A superframe has up
    /// to 64 KB, so that more of them only outgrow the caches: with 64 a stream ran 4 to 8 % faster than
    /// with the kernel's 500.
    private static final int SHORT_RING = 64;

    /// The same where [RingBudget] bounds the bytes: small frames that come while the node waits for a
    /// processor.
    private static final int LONG_RING = 1024;

    /// The device while it is open.
    ///
    /// @param slow      why the NIC has no fast path although it was asked for; empty: it has; null: it was
    ///                  not
    /// @param ends      a fast NIC's interfaces here, or null
    /// @param veth      the interface index of its end of the pair, or 0
    /// @param mac       the address that it had when it was opened
    /// @param namespace what tells the guest's namespace from another of the same path
    private record Open(TapDevice.Opened tap, String slow, HostEnds ends, int veth, long mac, Object namespace) {
        boolean fast() {
            return slow != null && slow.isEmpty();
        }
    }

    /// The device of a NIC is no more; its descriptors are closed.
    ///
    /// @param why what the kernel said, later why it could not be taken back
    private record Gone(long sinceNs, String why) {}

    private final Loops loops;
    private final Nics.Surroundings node;
    private final Consumer<String> log;
    private final Runnable onReopened;
    private final NicKind.Tap kind;
    private NodeConfig.Nic config;
    private RingBudget budget;
    private Open open;
    // Null while the device is there.
    private Gone gone;
    // Of a NIC with fast path whether its guest's kernel cuts tunnels' superframes, once that has been said.
    private Boolean cutsTunnels;
    // The guest has tunnels of its own.
    private boolean tunnels;

    /// Opens the device.
    ///
    /// @param onReopened told when it has been opened again
    /// @throws StatementException naming the NIC and what failed; nothing stays behind then
    TapGuest(
            NodeConfig.Nic config,
            NicKind.Tap kind,
            Loops loops,
            Nics.Surroundings node,
            Consumer<String> log,
            Runnable onReopened)
            throws StatementException {
        this.loops = loops;
        this.node = node;
        this.log = log;
        this.onReopened = onReopened;
        this.kind = kind;
        this.config = config;
        this.open = open(false);
    }

    @Override
    public NodeConfig.Nic config() {
        return config;
    }

    @Override
    public void config(NodeConfig.Nic changed) {
        config = changed;
    }

    private boolean present() {
        return gone == null;
    }

    // --- opening ---

    /// @param keepsAddress it gets the address that it had when it was opened before
    private Open open(boolean keepsAddress) throws StatementException {
        String slow = null;
        if (kind.fastPath()) {
            requireShortName();
            try {
                return openFast(address(keepsAddress));
            } catch (PosixException | IllegalArgumentException e) {
                slow = e.getMessage();
                log.accept("nic " + config.name() + ": no fast path, the node carries all frames: " + slow);
            }
        }
        try {
            String namespace = namespacePath();
            TapDevice.Opened tap = TapDevice.open(new TapDevice.Request(
                    config.name(),
                    namespace,
                    kind.queues(),
                    address(keepsAddress),
                    config.mtu().orElseGet(node::derivedMtu),
                    superframeLimit(),
                    kind.ring() == 0 ? SHORT_RING : kind.ring(),
                    kind.persist(),
                    true,
                    false,
                    true));
            tap = lengthened(tap, namespace);
            return new Open(tap, slow, null, 0, TapDevice.mac(namespace, config.name()), identity(namespace));
        } catch (PosixException | IllegalArgumentException e) {
            throw OverlayNode.refused("nic " + config.name(), e);
        }
    }

    /// A ring of many frames and few bytes, unless the statement says how long it is; the short one stays
    /// where bytes cannot be bounded. With a persistent device the program stays until the next node sets
    /// its own or none; where nobody reads, the kernel drops frames without asking it.
    private TapDevice.Opened lengthened(TapDevice.Opened tap, String namespace) {
        if (kind.ring() != 0 || tap.ring() == 0) {
            if (kind.persist()) {
                TapDevice.filter(tap.descriptors()[0], TapDevice.NO_PROGRAM);
            }
            return tap;
        }
        try {
            budget = RingBudget.at(tap.descriptors()[0], RingBudget.BYTES);
        } catch (PosixException e) {
            log.accept("nic " + config.name() + ": a ring of " + tap.ring() + " frames, its bytes cannot be bounded: "
                    + e.getMessage());
            return tap;
        }
        TapDevice.ring(namespace, tap.name(), LONG_RING);
        return new TapDevice.Opened(tap.descriptors(), tap.offload(), tap.name(), LONG_RING);
    }

    private void closeBudget() {
        if (budget != null) {
            budget.close();
            budget = null;
        }
    }

    /// The address that a NIC is to have, or -1: the one that its device has. Without `mac` in its
    /// statement it is made of names, because peers' neighbour caches hold an address for long after its
    /// node was started anew. A device that somebody made before and gave an address keeps it.
    private long address(boolean keepsAddress) {
        String namespace = namespacePath();
        if (keepsAddress) {
            // Peers know the guest by its old address.
            return config.mac().isEmpty() && TapDevice.isGivenMac(namespace, config.name()) ? -1 : open.mac();
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
    private Open openFast(long address) {
        if (kind.netns().isEmpty()) {
            throw new IllegalArgumentException("the guest needs a network namespace of its own ('netns')");
        }
        FastPath fastPath = node.startedFastPath();
        String namespace = namespacePath();
        HostEnds ends = HostEnds.choose(config.name(), namespace);
        String veth = ends.veth();
        int mtu = config.mtu().orElseGet(node::derivedMtu);
        if (VethPair.index(veth) <= 0) {
            VethPair.unpark(HostEnds.first(config.name()).veth(), namespace, veth); // its guest comes from another node
        }
        boolean created = VethPair.create(veth, config.name(), namespace, address, mtu);
        TapDevice.Opened tap = null;
        try {
            // A pair that a killed node left behind is taken over as it is, but for the MTU.
            TapDevice.mtu(namespace, config.name(), mtu);
            TapDevice.mtu(null, veth, mtu);
            // The TAP has the guest's address, so that the kernel takes what the node writes for what is the guest's.
            long mac = TapDevice.mac(namespace, config.name());
            tap = TapDevice.open(
                    new TapDevice.Request(ends.tap(), null, kind.queues(), mac, mtu, 0, 0, false, false, false, true));
            limitSuperframes();
            VethPair.enable(ends.tap());
            VethPair.enable(veth);
            fastPath.addNic(config.port(), ends.tap(), veth, mac);
            return new Open(tap, "", ends, VethPair.require(veth), mac, identity(namespace));
        } catch (RuntimeException e) {
            if (tap != null) {
                tap.close();
            }
            if (created) {
                VethPair.delete(veth);
            }
            throw e;
        }
    }

    private String namespacePath() {
        String namespace = kind.netns().orElse(null);
        return namespace == null || namespace.indexOf('/') >= 0 ? namespace : "/run/netns/" + namespace;
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

    // --- what the kernel drops at the devices ---

    @Override
    public Object counted() {
        return present() ? open.tap() : null;
    }

    /// The kernel's counts of the NIC's interfaces, or null where they cannot be read: a device that has
    /// just gone is told of by others.
    @Override
    public InterfaceDrops drops() {
        if (!present()) {
            return null;
        }
        try {
            InterfaceDrops guest = InterfaceDrops.of(namespacePath(), config.name());
            if (!open.fast()) {
                return guest;
            }
            InterfaceDrops tap = InterfaceDrops.of(null, open.tap().name());
            return new InterfaceDrops(guest.received() + tap.received(), guest.sent() + tap.sent());
        } catch (PosixException e) {
            return null;
        }
    }

    // --- devices that go and come back ---

    @Override
    public void onDeath(Death death, long nowNs) {
        if (present() && IntStream.of(open.tap().descriptors()).anyMatch(fd -> fd == death.descriptor())) {
            loseDevice(Errno.text(death.errno()), nowNs);
        }
    }

    private void loseDevice(String why, long nowNs) {
        loops.onAll(loop -> loop.removeNic(config.port()));
        if (open.fast()) {
            node.fastPath().removeNic(config.port());
        }
        open.tap().close();
        closeBudget();
        gone = new Gone(nowNs, why);
        log.accept("nic " + config.name() + ": its interface is gone (" + why
                + "); frames for it are dropped until it is made again");
    }

    @Override
    public boolean isMissing(long nowNs) {
        String why = silentlyGone();
        if (why != null) {
            loseDevice(why, nowNs);
        }
        return gone != null && !recovered();
    }

    /// Why a device is of no use although its descriptors say nothing, or null.
    private String silentlyGone() {
        if (!present()) {
            return null;
        }
        if (open.fast() && VethPair.index(open.ends().veth()) != open.veth()) {
            return "its veth pair was deleted";
        }
        // A TAP's descriptors keep the namespace in which they were opened, also one that has no name any more.
        Object identity = identity(namespacePath());
        return identity == null || identity.equals(open.namespace()) ? null : "the guest's namespace was made anew";
    }

    /// A device comes back when somebody makes it, or, as the statement says, in a guest's namespace that
    /// was made anew.
    private boolean recovered() {
        String namespace = namespacePath();
        Object identity = identity(namespace);
        boolean anew = identity != null && !identity.equals(open.namespace());
        try {
            if (namespace != null && identity == null || !anew && !isThere()) {
                return false;
            }
            open = open(true);
            gone = null;
            cutsTunnels = null;
            onReopened.run();
            log.accept("nic " + config.name() + ": its interface is there again");
            return true;
        } catch (StatementException | PosixException e) {
            if (!e.getMessage().equals(gone.why())) {
                log.accept(e.getMessage());
            }
            gone = new Gone(gone.sinceNs(), e.getMessage());
            return false;
        }
    }

    private boolean isThere() {
        return open.fast() ? VethPair.index(open.ends().veth()) > 0 : TapDevice.exists(namespacePath(), config.name());
    }

    // --- loops ---

    @Override
    public boolean attach() {
        if (!present()) {
            return false;
        }
        int queues = open.tap().descriptors().length;
        for (int queue = 0; queues > 1 && queue < queues; queue++) {
            // A loop reads one queue of a NIC.
            TapDevice.use(open.tap().descriptors()[queue], queue < loops.dispatchers());
        }
        loops.attach(queues, this::port);
        return true;
    }

    private NicPort port(int queue, DispatchLoop loop) {
        TapNic device = new TapNic(
                open.tap().descriptors()[queue],
                budget == null ? ReadBudget.NONE : budget.queue(queue),
                open.tap().offload() == TapDevice.Offload.TUNNELS);
        return new NicPort(
                config.port(), config.name(), device, loop.statistics().port(config.port()));
    }

    // --- MTUs ---

    /// A NIC whose MTU stands in its statement keeps it; what somebody sets in a guest stays until the
    /// links change.
    @Override
    public void followLinks(int mtu, int limit) {
        if (!present()) {
            return;
        }
        try {
            // The limit first: with a new MTU the guest's open connections look at the interface anew.
            limitSuperframes();
            if (config.mtu().isEmpty()) {
                mtu(mtu);
            }
        } catch (PosixException e) {
            log.accept("nic " + config.name() + ": " + e.getMessage());
        }
    }

    /// The kernel cannot put its headers around a superframe of a tunnel that the guest has itself, but
    /// around what that is cut into, so where it carries flows the guest's kernel cuts them, as it does for
    /// its own VXLAN device. The node takes them whole.
    @Override
    public void followFastPath() {
        if (!open.fast() || !present()) {
            return;
        }
        boolean cuts = !node.served(config.port()).links().isEmpty();
        if (Boolean.valueOf(cuts).equals(cutsTunnels)) {
            return;
        }
        cutsTunnels = cuts;
        try {
            InterfaceFeatures.tunnelSegmentation(namespacePath(), config.name(), !cuts);
        } catch (PosixException e) {
            log.accept("nic " + config.name() + ": " + e.getMessage());
        }
    }

    /// The limit is the guest's interface's alone: what the guest makes longer, the kernel would cut into
    /// ordinary frames at every interface on the way that has a lower one.
    private void limitSuperframes() {
        TapDevice.superframeLimit(namespacePath(), config.name(), superframeLimit());
    }

    private int superframeLimit() {
        return tunnels ? ALL_SUPERFRAMES : node.superframeLimit();
    }

    /// A tunnel device makes superframes as long as it likes, and what is above the NIC's limit the guest's
    /// kernel cuts down to ordinary frames (0.1 instead of 2 Gbit/s, measured with VXLAN in the guests), so
    /// there is no limit from now on. It is not so from the start: the longest need a second send, which
    /// costs a guest's plain stream some 13 %.
    @Override
    public void onTunnel() {
        if (!present() || tunnels) {
            return;
        }
        tunnels = true;
        try {
            limitSuperframes();
        } catch (PosixException e) {
            log.accept("nic " + config.name() + ": " + e.getMessage());
        }
    }

    @Override
    public void mtu(int bytes) {
        if (!present()) {
            return;
        }
        TapDevice.mtu(namespacePath(), config.name(), bytes);
        if (open.fast()) {
            TapDevice.mtu(null, open.ends().veth(), bytes);
            TapDevice.mtu(null, open.ends().tap(), bytes);
        }
    }

    // --- what control shows ---

    @Override
    public Map<String, Object> describe() {
        Map<String, Object> told = new LinkedHashMap<>();
        if (gone != null) {
            told.put("state", "gone");
            told.put("error", gone.why());
        } else {
            told.put("state", "present");
            told.put("offload", open.tap().offload().name().toLowerCase(Locale.ROOT));
            told.put("queues", open.tap().descriptors().length);
            told.put(
                    "ring",
                    open.tap().ring() == 0
                            ? "default"
                            : Integer.toString(open.tap().ring()));
            if (open.slow() != null) {
                Served served = open.fast() ? node.served(config.port()) : Served.none("no: " + open.slow());
                served.describe(told);
            }
            if (open.fast()) {
                node.fastPath().describe(told);
            }
            try {
                told.put("mtu_bytes", TapDevice.mtu(namespacePath(), config.name()));
                told.put("mac", MacAddress.format(TapDevice.mac(namespacePath(), config.name())));
            } catch (PosixException e) {
                told.put("error", e.getMessage());
            }
        }
        return told;
    }

    // --- closing ---

    /// A persistent device stays with its guest, which may go to another node.
    @Override
    public void close(boolean deleted) {
        if (present()) {
            if (open.fast()) {
                node.fastPath().removeNic(config.port());
            }
            open.tap().close();
            closeBudget();
        }
        try {
            if (open.fast() && !kind.persist()) {
                VethPair.delete(open.ends().veth());
            } else if (open.fast() && deleted && VethPair.index(open.ends().veth()) > 0) {
                VethPair.park(
                        open.ends().veth(),
                        namespacePath(),
                        HostEnds.first(config.name()).veth());
            }
        } catch (PosixException e) { // the guest's namespace is gone, say
            log.accept("nic " + config.name() + ": " + e.getMessage());
        }
    }
}
