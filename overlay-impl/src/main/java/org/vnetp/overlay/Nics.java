package org.vnetp.overlay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.fastpath.RingBudget;
import org.vnetp.overlay.fastpath.Served;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.nic.ReadBudget;
import org.vnetp.overlay.nic.TapNic;
import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.InterfaceDrops;
import org.vnetp.overlay.posix.InterfaceFeatures;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.TapDevice;
import org.vnetp.overlay.posix.VethPair;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopStatistics;

/// A node's NICs: opens their devices, gives their queues to the loops, keeps their MTUs, and closes them.
///
/// **Thread:** control's, one at a time. A descriptor is closed once no loop has it any more.
final class Nics {
    /// What a NIC with the fast path adds to its name for the host's end of the veth pair and for the node's TAP.
    private static final String VETH_SUFFIX = ".veth";

    private static final String TAP_SUFFIX = ".tap";

    /// Frames of a guest that may wait for the node where nothing bounds their bytes. A superframe has up to 64 KB, so
    /// that
    /// more of them only outgrow the caches: with 64 a stream ran 4 to 8 % faster than with the kernel's 500.
    private static final int SHORT_RING = 64;

    /// The same where [RingBudget] bounds the bytes: small frames that come while the node waits for a processor.
    private static final int LONG_RING = 1024;

    /// What NICs need to know of the rest of their node.
    interface Surroundings {
        /// Its name, of which addresses are made.
        String name();

        /// The virtual network's id.
        int network();

        /// The guest MTU with which ordinary frames need no second datagram, bytes.
        int derivedMtu();

        /// The longest superframe that the links carry whole, bytes.
        int superframeLimit();

        /// The fast path, or null where no NIC has asked for it yet.
        FastPath fastPath();

        /// The fast path, made where it is not there yet.
        ///
        /// @throws PosixException where the kernel or the node's rights do not allow it
        FastPath startedFastPath();

        /// Which links the kernel carries a NIC's flows to and from now.
        Served served(int nicPort);
    }

    /// @param tap       null for one in memory
    /// @param slow      why the NIC has no fast path although it was asked for; empty: it has; null: it was not
    /// @param veth      the interface index of a fast NIC's end of the pair here, or 0
    /// @param mac       the address that it had when it was opened
    /// @param namespace what tells the guest's namespace from another of the same path
    /// @param gone      null while the device is there
    private record Open(
            NodeConfig.Nic config,
            TapDevice.Opened tap,
            InMemoryNic memory,
            String slow,
            int veth,
            long mac,
            Object namespace,
            Gone gone) {
        boolean fast() {
            return slow != null && slow.isEmpty();
        }

        Open with(NodeConfig.Nic changed) {
            return new Open(changed, tap, memory, slow, veth, mac, namespace, gone);
        }

        Open with(Gone said) {
            return new Open(config, tap, memory, slow, veth, mac, namespace, said);
        }

        /// Its descriptors are open.
        boolean present() {
            return tap != null && gone == null;
        }
    }

    /// The device of a NIC is no more; its descriptors are closed.
    ///
    /// @param why what the kernel said, later why it could not be taken back
    private record Gone(long sinceNs, String why) {}

    private final Loops loops;
    private final Surroundings node;
    private final Consumer<String> log;
    private final Map<Integer, Open> nics = new TreeMap<>();
    private final Map<Integer, RingBudget> budgets = new HashMap<>();
    private final OutsideDrops outside = new OutsideDrops();
    // Of NICs with fast path whether their guests' kernels cut tunnels' superframes, as far as that has been said.
    private final Map<Integer, Boolean> cutsTunnels = new HashMap<>();
    // What the links took when that was last given to NICs.
    private int linksMtu;
    private int linksLimit;

    Nics(Loops loops, Surroundings node, Consumer<String> log) {
        this.loops = loops;
        this.node = node;
        this.log = log;
    }

    // --- opening ---

    /// @throws StatementException naming the NIC and what failed; nothing stays behind then
    void open(NodeConfig.Nic nic) throws StatementException {
        Open open;
        if (nic.kind() == Statement.NicKind.MEMORY) {
            open = new Open(nic, null, new InMemoryNic(), null, 0, -1, null, null);
        } else {
            open = openTap(nic, () -> address(nic));
        }
        nics.put(nic.port(), open);
        loops.statistics().forEach(s -> s.resetPort(nic.port()));
        if (node.fastPath() != null) {
            node.fastPath().statistics().resetPort(nic.port());
        }
        outside.resetPort(nic.port());
        beginCounting(open);
        attach(open);
        followFastPath();
    }

    private Open openTap(NodeConfig.Nic nic, LongSupplier address) throws StatementException {
        String slow = null;
        if (nic.fastPath()) {
            requireShortName(nic);
            try {
                return openFast(nic, address.getAsLong());
            } catch (PosixException | IllegalArgumentException e) {
                slow = e.getMessage();
                log.accept("nic " + nic.name() + ": no fast path, the node carries all frames: " + slow);
            }
        }
        try {
            String namespace = namespacePath(nic);
            TapDevice.Opened tap = TapDevice.open(new TapDevice.Request(
                    nic.name(),
                    namespace,
                    nic.queues(),
                    address.getAsLong(),
                    nic.mtu().orElseGet(node::derivedMtu),
                    node.superframeLimit(),
                    nic.ring() == 0 ? SHORT_RING : nic.ring(),
                    nic.persist(),
                    true,
                    false,
                    true));
            tap = lengthened(nic, tap, namespace);
            return new Open(nic, tap, null, slow, 0, TapDevice.mac(namespace, nic.name()), identity(namespace), null);
        } catch (PosixException | IllegalArgumentException e) {
            throw OverlayNode.refused("nic " + nic.name(), e);
        }
    }

    /// A ring of many frames and few bytes, unless the statement says how long it is; the short one stays where
    /// bytes cannot be bounded. With a persistent device the program stays until the next node sets its own or
    /// none; where nobody reads, the kernel drops frames without asking it.
    private TapDevice.Opened lengthened(NodeConfig.Nic nic, TapDevice.Opened tap, String namespace) {
        if (nic.ring() != 0 || tap.ring() == 0) {
            if (nic.persist()) {
                TapDevice.filter(tap.descriptors()[0], TapDevice.NO_PROGRAM);
            }
            return tap;
        }
        RingBudget budget;
        try {
            budget = RingBudget.at(tap.descriptors()[0], RingBudget.BYTES);
        } catch (PosixException e) {
            log.accept("nic " + nic.name() + ": a ring of " + tap.ring() + " frames, its bytes cannot be bounded: "
                    + e.getMessage());
            return tap;
        }
        budgets.put(nic.port(), budget);
        TapDevice.ring(namespace, tap.name(), LONG_RING);
        return new TapDevice.Opened(tap.descriptors(), tap.offload(), tap.name(), LONG_RING);
    }

    private void closeBudget(int port) {
        RingBudget budget = budgets.remove(port);
        if (budget != null) {
            budget.close();
        }
    }

    /// The address that a NIC is to have, or -1: the one that its device has. Without `mac` in its statement it is
    /// made of names, because peers' neighbour caches hold an address for long after its node was started anew. A
    /// device that somebody made before and gave an address keeps it.
    private long address(NodeConfig.Nic nic) {
        if (nic.mac().isPresent()) {
            return nic.mac().getAsLong();
        }
        String namespace = namespacePath(nic);
        return TapDevice.exists(namespace, nic.name()) && !TapDevice.isDrawnMac(namespace, nic.name())
                ? -1
                : MacAddress.derived(node.network(), node.name(), nic.name());
    }

    private static void requireShortName(NodeConfig.Nic nic) throws StatementException {
        int most = TapDevice.MAX_NAME_LENGTH - VETH_SUFFIX.length();
        if (nic.name().length() > most) {
            throw new StatementException("'" + nic.name() + "': a NIC with fastpath has the interfaces " + nic.name()
                    + VETH_SUFFIX + " and " + nic.name() + TAP_SUFFIX + " here; expected a name of at most " + most
                    + " characters");
        }
    }

    /// Opens a NIC whose guest has one end of a veth pair; a TAP carries what the kernel leaves to the node.
    ///
    /// @throws PosixException where the kernel or the node's rights do not allow it; nothing stays behind then
    private Open openFast(NodeConfig.Nic nic, long address) {
        if (nic.netns().isEmpty()) {
            throw new IllegalArgumentException("the guest needs a network namespace of its own ('netns')");
        }
        FastPath fastPath = node.startedFastPath();
        String veth = vethName(nic);
        String namespace = namespacePath(nic);
        int mtu = nic.mtu().orElseGet(node::derivedMtu);
        if (VethPair.index(veth) <= 0) {
            VethPair.unpark(veth, namespace); // its guest comes from another node
        }
        boolean created = VethPair.create(veth, nic.name(), namespace, address, mtu);
        TapDevice.Opened tap = null;
        try {
            // A pair that a killed node left behind is taken over as it is, but for the MTU.
            TapDevice.mtu(namespace, nic.name(), mtu);
            TapDevice.mtu(null, veth, mtu);
            // The TAP has the guest's address, so that the kernel takes what the node writes for what is the guest's.
            long mac = TapDevice.mac(namespace, nic.name());
            String tapName = nic.name() + TAP_SUFFIX;
            tap = TapDevice.open(
                    new TapDevice.Request(tapName, null, nic.queues(), mac, mtu, 0, 0, false, false, false, true));
            limitSuperframes(nic, node.superframeLimit());
            VethPair.enable(tapName);
            VethPair.enable(veth);
            fastPath.addNic(nic.port(), tapName, veth, mac);
            return new Open(nic, tap, null, "", VethPair.require(veth), mac, identity(namespace), null);
        } catch (RuntimeException e) {
            if (tap != null) {
                closeDescriptors(tap);
            }
            if (created) {
                VethPair.delete(veth);
            }
            throw e;
        }
    }

    private static String namespacePath(NodeConfig.Nic nic) {
        String namespace = nic.netns().orElse(null);
        return namespace == null || namespace.indexOf('/') >= 0 ? namespace : "/run/netns/" + namespace;
    }

    private static String vethName(NodeConfig.Nic nic) {
        return nic.name() + VETH_SUFFIX;
    }

    /// Tells a namespace from a later one of the same path; null where there is none, or for this process's own.
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

    /// A device may have been there before, and have dropped frames of others.
    private void beginCounting(Open open) {
        InterfaceDrops before = dropsOf(open);
        if (before != null) {
            outside.begin(open.config().port(), DropReason.RING_FULL, open.tap(), before.sent());
            outside.begin(open.config().port(), DropReason.GUEST_REFUSED, open.tap(), before.received());
        }
    }

    /// What was dropped at the devices before a loop saw it, counted up to now.
    LoopStatistics countedOutside() {
        for (Open open : nics.values()) {
            InterfaceDrops now = dropsOf(open);
            if (now != null) {
                outside.count(open.config().port(), DropReason.RING_FULL, open.tap(), now.sent(), true);
                outside.count(open.config().port(), DropReason.GUEST_REFUSED, open.tap(), now.received(), false);
            }
        }
        return outside.statistics();
    }

    /// The kernel's counts of a NIC's interfaces, or null where they cannot be read: a device that has just gone is
    /// told of by others.
    private static InterfaceDrops dropsOf(Open open) {
        if (!open.present()) {
            return null;
        }
        try {
            InterfaceDrops guest = InterfaceDrops.of(
                    namespacePath(open.config()), open.config().name());
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

    /// A loop has found a NIC's device deleted.
    void onDeath(Death death, long nowNs) {
        Open open = nics.get(death.port());
        if (open != null
                && open.present()
                && IntStream.of(open.tap().descriptors()).anyMatch(fd -> fd == death.descriptor())) {
            loseDevice(open, Errno.text(death.errno()), nowNs);
        }
    }

    private void loseDevice(Open open, String why, long nowNs) {
        NodeConfig.Nic nic = open.config();
        loops.onAll(loop -> loop.removeNic(nic.port()));
        if (open.fast()) {
            node.fastPath().removeNic(nic.port());
        }
        closeDescriptors(open.tap());
        closeBudget(nic.port());
        nics.put(nic.port(), open.with(new Gone(nowNs, why)));
        log.accept("nic " + nic.name() + ": its interface is gone (" + why
                + "); frames for it are dropped until it is made again");
    }

    /// Looks at devices whose going nobody tells, and takes back those that are there again.
    ///
    /// @return whether one is still missing
    boolean recover(long nowNs) {
        boolean missing = false;
        for (Open open : List.copyOf(nics.values())) {
            String why = silentlyGone(open);
            if (why != null) {
                loseDevice(open, why, nowNs);
                open = nics.get(open.config().port());
            }
            if (open.gone() != null) {
                missing |= !recovered(open);
            }
        }
        return missing;
    }

    /// Why a device is of no use although its descriptors say nothing, or null.
    private static String silentlyGone(Open open) {
        if (!open.present()) {
            return null;
        }
        if (open.fast() && VethPair.index(vethName(open.config())) != open.veth()) {
            return "its veth pair was deleted";
        }
        // A TAP's descriptors keep the namespace in which they were opened, also one that has no name any more.
        Object identity = identity(namespacePath(open.config()));
        return identity == null || identity.equals(open.namespace()) ? null : "the guest's namespace was made anew";
    }

    /// A device comes back when somebody makes it, or, as the statement says, in a guest's namespace that was made
    /// anew.
    private boolean recovered(Open open) {
        NodeConfig.Nic nic = open.config();
        String namespace = namespacePath(nic);
        Object identity = identity(namespace);
        boolean anew = identity != null && !identity.equals(open.namespace());
        try {
            if (namespace != null && identity == null || !anew && !isThere(open)) {
                return false;
            }
            // Peers know the guest by its old address.
            long mac = nic.mac().isEmpty() && TapDevice.isGivenMac(namespace, nic.name()) ? -1 : open.mac();
            Open again = openTap(nic, () -> mac);
            nics.put(nic.port(), again);
            beginCounting(again);
            attach(again);
            cutsTunnels.remove(nic.port());
            followFastPath();
            log.accept("nic " + nic.name() + ": its interface is there again");
            return true;
        } catch (StatementException | PosixException e) {
            if (!e.getMessage().equals(open.gone().why())) {
                log.accept(e.getMessage());
            }
            nics.put(nic.port(), open.with(new Gone(open.gone().sinceNs(), e.getMessage())));
            return false;
        }
    }

    private static boolean isThere(Open open) {
        return open.fast()
                ? VethPair.index(vethName(open.config())) > 0
                : TapDevice.exists(namespacePath(open.config()), open.config().name());
    }

    /// Whether there is a NIC whose device may go without a word.
    boolean anyToWatch() {
        return nics.values().stream().anyMatch(open -> open.config().netns().isPresent());
    }

    // --- loops ---

    /// Gives all NICs to loops that have just been made.
    void attachAll() {
        nics.values().stream().filter(nic -> nic.gone() == null).forEach(this::attach);
    }

    private void attach(Open nic) {
        int queues = nic.tap() == null ? 1 : nic.tap().descriptors().length;
        for (int queue = 0; queues > 1 && queue < queues; queue++) {
            // A loop reads one queue of a NIC.
            TapDevice.use(nic.tap().descriptors()[queue], queue < loops.dispatchers());
        }
        for (int i = 0; i < loops.size(); i++) {
            DispatchLoop loop = loops.get(i);
            int own = -1;
            for (int queue = 0; queue < queues; queue++) {
                if (loops.reader(queue, false) == i) {
                    own = queue;
                    break;
                }
            }
            int used = own >= 0 ? own : i % queues;
            boolean read = own >= 0;
            loops.on(loop, () -> loop.add(port(nic, used, loop), read));
        }
    }

    private NicPort port(Open nic, int queue, DispatchLoop loop) {
        RingBudget budget = budgets.get(nic.config().port());
        VirtualNic device = nic.memory() != null
                ? nic.memory()
                : new TapNic(
                        nic.tap().descriptors()[queue],
                        budget == null ? ReadBudget.NONE : budget.queue(queue),
                        nic.tap().offload() == TapDevice.Offload.TUNNELS);
        return new NicPort(
                nic.config().port(),
                nic.config().name(),
                device,
                loop.statistics().port(nic.config().port()));
    }

    // --- MTUs ---

    /// Sets MTUs and limits of superframes anew where the links take others than before. NICs whose MTU stands in
    /// their statement keep it; what somebody sets in a guest stays until the links change.
    void rederiveMtus() {
        int mtu = node.derivedMtu();
        int limit = node.superframeLimit();
        if (mtu == linksMtu && limit == linksLimit) {
            return;
        }
        linksMtu = mtu;
        linksLimit = limit;
        for (Open nic : nics.values()) {
            if (!nic.present()) {
                continue;
            }
            try {
                // The limit first: with a new MTU the guest's open connections look at the interface anew.
                limitSuperframes(nic.config(), limit);
                if (nic.config().mtu().isEmpty()) {
                    mtu(nic, mtu);
                }
            } catch (PosixException e) {
                log.accept("nic " + nic.config().name() + ": " + e.getMessage());
            }
        }
    }

    /// Follows what the fast path serves: the kernel cannot put its headers around a superframe of a tunnel that
    /// the guest has itself, but around what that is cut into, so where it carries flows the guest's kernel cuts
    /// them, as it does for its own VXLAN device. The node takes them whole.
    void followFastPath() {
        for (Open nic : nics.values()) {
            if (!nic.fast() || !nic.present()) {
                continue;
            }
            int port = nic.config().port();
            boolean cuts = !node.served(port).links().isEmpty();
            if (Boolean.valueOf(cuts).equals(cutsTunnels.put(port, cuts))) {
                continue;
            }
            try {
                InterfaceFeatures.tunnelSegmentation(
                        namespacePath(nic.config()), nic.config().name(), !cuts);
            } catch (PosixException e) {
                log.accept("nic " + nic.config().name() + ": " + e.getMessage());
            }
        }
    }

    /// The limit is the guest's interface's alone: what the guest makes longer, the kernel would cut into ordinary
    /// frames at every interface on the way that has a lower one.
    private static void limitSuperframes(NodeConfig.Nic nic, int bytes) {
        TapDevice.superframeLimit(namespacePath(nic), nic.name(), bytes);
    }

    private static void mtu(Open nic, int mtu) {
        TapDevice.mtu(namespacePath(nic.config()), nic.config().name(), mtu);
        if (nic.fast()) {
            TapDevice.mtu(null, vethName(nic.config()), mtu);
            TapDevice.mtu(null, nic.tap().name(), mtu);
        }
    }

    /// Sets a NIC's MTU as its statement says.
    void mtu(NodeConfig.Nic nic) throws StatementException {
        Open open = nics.get(nic.port());
        if (open == null) {
            throw new StatementException("nic " + nic.name() + " is not open");
        }
        int mtu = nic.mtu().orElseGet(node::derivedMtu);
        if (open.present()) {
            try {
                mtu(open, mtu);
            } catch (PosixException e) {
                throw OverlayNode.refused("mtu " + nic.name() + " " + mtu, e);
            }
        }
        nics.put(nic.port(), open.with(nic));
    }

    // --- what control shows ---

    /// The configurations of all open NICs.
    Collection<NodeConfig.Nic> configurations() {
        return nics.values().stream().map(Open::config).toList();
    }

    /// The in-memory NIC of a port, for tests.
    InMemoryNic memory(int port) {
        return nics.get(port).memory();
    }

    /// For `show nics`: strings, numbers, booleans.
    Map<String, Object> describe(NodeConfig.Nic nic) {
        Map<String, Object> told = new LinkedHashMap<>();
        Open open = nics.get(nic.port());
        if (open != null && open.gone() != null) {
            told.put("state", "gone");
            told.put("error", open.gone().why());
        } else if (open != null && open.tap() != null) {
            told.put("state", "present");
            told.put("offload", open.tap().offload().name().toLowerCase(Locale.ROOT));
            told.put("queues", open.tap().descriptors().length);
            told.put(
                    "ring",
                    open.tap().ring() == 0
                            ? "default"
                            : Integer.toString(open.tap().ring()));
            if (open.slow() != null) {
                Served served = open.fast() ? node.served(nic.port()) : Served.none("no: " + open.slow());
                told.put("fastpath", served.state());
                if (!served.links().isEmpty()) {
                    told.put("fastpath_links", String.join(" ", served.links()));
                }
            }
            if (open.fast()) {
                told.put("kernel_flows", node.fastPath().flows());
                if (!node.fastPath().exits().isEmpty()) {
                    told.put("leaves_by", String.join(" ", node.fastPath().exits()));
                }
                told.put("flows_offered", node.fastPath().offered());
                told.put("flows_refused", node.fastPath().refused());
            }
            try {
                told.put("mtu_bytes", TapDevice.mtu(namespacePath(nic), nic.name()));
                told.put("mac", MacAddress.format(TapDevice.mac(namespacePath(nic), nic.name())));
            } catch (PosixException e) {
                told.put("error", e.getMessage());
            }
        }
        return told;
    }

    // --- closing ---

    /// Takes a NIC from all loops and closes it. A persistent device stays with its guest, which may go to another
    /// node.
    void close(NodeConfig.Nic nic) {
        Open open = nics.remove(nic.port());
        cutsTunnels.remove(nic.port());
        if (open == null) {
            return;
        }
        loops.onAll(loop -> loop.removeNic(nic.port()));
        close(open);
        if (open.fast() && nic.persist() && VethPair.index(vethName(nic)) > 0) {
            try {
                VethPair.park(vethName(nic), namespacePath(nic));
            } catch (PosixException e) { // the guest's namespace is gone, say
                log.accept("nic " + nic.name() + ": " + e.getMessage());
            }
        }
    }

    /// Closes all NICs; the loops have ended.
    void closeAll() {
        nics.values().forEach(this::close);
        nics.clear();
    }

    private void close(Open nic) {
        if (nic.present()) {
            if (nic.fast()) {
                node.fastPath().removeNic(nic.config().port());
            }
            closeDescriptors(nic.tap());
            closeBudget(nic.config().port());
        }
        if (nic.fast() && !nic.config().persist()) {
            try {
                VethPair.delete(vethName(nic.config()));
            } catch (PosixException e) {
                log.accept("nic " + nic.config().name() + ": " + e.getMessage());
            }
        }
    }

    private static void closeDescriptors(TapDevice.Opened tap) {
        Posix posix = new Posix();
        for (int fd : tap.descriptors()) {
            posix.close(fd);
        }
    }
}
