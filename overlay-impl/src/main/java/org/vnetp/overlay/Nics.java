package org.vnetp.overlay;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.nic.TapNic;
import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.TapDevice;
import org.vnetp.overlay.posix.VethPair;

/// A node's NICs: opens their devices, gives their queues to the loops, keeps their MTUs, and closes them.
///
/// **Thread:** control's, one at a time. A descriptor is closed once no loop has it any more.
final class Nics {
    /// What a NIC with the fast path adds to its name for the host's end of the veth pair and for the node's TAP.
    private static final String VETH_SUFFIX = ".veth";

    private static final String TAP_SUFFIX = ".tap";

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

        /// Why the kernel does not carry flows now, or `on`.
        String fastPathState();
    }

    /// @param slow why the NIC has no fast path although it was asked for; empty: it has; null: it was not
    private record Open(NodeConfig.Nic config, TapDevice.Opened tap, InMemoryNic memory, String slow) {
        boolean fast() {
            return slow != null && slow.isEmpty();
        }

        Open with(NodeConfig.Nic changed) {
            return new Open(changed, tap, memory, slow);
        }
    }

    private final Loops loops;
    private final Surroundings node;
    private final Consumer<String> log;
    private final Map<Integer, Open> nics = new TreeMap<>();

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
            open = new Open(nic, null, new InMemoryNic(), null);
        } else {
            open = openTap(nic);
        }
        nics.put(nic.port(), open);
        loops.statistics().forEach(s -> s.resetPort(nic.port()));
        if (node.fastPath() != null) {
            node.fastPath().statistics().resetPort(nic.port());
        }
        attach(open);
    }

    private Open openTap(NodeConfig.Nic nic) throws StatementException {
        String slow = null;
        if (nic.fastPath()) {
            requireShortName(nic);
            try {
                return openFast(nic);
            } catch (PosixException | IllegalArgumentException e) {
                slow = e.getMessage();
                log.accept("nic " + nic.name() + ": no fast path, the node carries all frames: " + slow);
            }
        }
        try {
            TapDevice.Opened tap = TapDevice.open(new TapDevice.Request(
                    nic.name(),
                    namespacePath(nic),
                    nic.queues(),
                    address(nic),
                    nic.mtu().orElseGet(node::derivedMtu),
                    node.superframeLimit(),
                    nic.ring(),
                    nic.persist(),
                    true,
                    false,
                    true));
            return new Open(nic, tap, null, slow);
        } catch (PosixException | IllegalArgumentException e) {
            throw OverlayNode.refused("nic " + nic.name(), e);
        }
    }

    /// The address that a NIC is to have, or -1: the one that its device has. Without `mac` in its statement it is
    /// made of names, because peers' neighbour caches hold an address for long after its node was started anew. A
    /// device that somebody made before and gave an address keeps it.
    private long address(NodeConfig.Nic nic) {
        if (nic.mac().isPresent()) {
            return nic.mac().getAsLong();
        }
        return TapDevice.hasGivenMac(namespacePath(nic), nic.name())
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
    private Open openFast(NodeConfig.Nic nic) {
        if (nic.netns().isEmpty()) {
            throw new IllegalArgumentException("the guest needs a network namespace of its own ('netns')");
        }
        FastPath fastPath = node.startedFastPath();
        String veth = nic.name() + VETH_SUFFIX;
        String namespace = namespacePath(nic);
        int mtu = nic.mtu().orElseGet(node::derivedMtu);
        boolean created = VethPair.create(veth, nic.name(), namespace, address(nic), mtu);
        TapDevice.Opened tap = null;
        try {
            // A pair that a killed node left behind is taken over as it is, but for the MTU.
            TapDevice.mtu(namespace, nic.name(), mtu);
            TapDevice.mtu(null, veth, mtu);
            // The TAP has the guest's address, so that the kernel takes what the node writes for what is the guest's.
            long mac = TapDevice.mac(namespace, nic.name());
            String tapName = nic.name() + TAP_SUFFIX;
            tap = TapDevice.open(new TapDevice.Request(
                    tapName, null, nic.queues(), mac, mtu, node.superframeLimit(), 0, false, false, false, true));
            VethPair.enable(tapName);
            VethPair.enable(veth);
            fastPath.addNic(nic.port(), tapName, veth, mac);
            return new Open(nic, tap, null, "");
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

    // --- loops ---

    /// Gives all NICs to loops that have just been made.
    void attachAll() {
        nics.values().forEach(this::attach);
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

    private static NicPort port(Open nic, int queue, DispatchLoop loop) {
        VirtualNic device =
                nic.memory() != null ? nic.memory() : new TapNic(nic.tap().descriptors()[queue]);
        return new NicPort(
                nic.config().port(),
                nic.config().name(),
                device,
                loop.statistics().port(nic.config().port()));
    }

    // --- MTUs ---

    /// Sets MTUs and limits of superframes anew; NICs whose MTU was set by hand keep it.
    void rederiveMtus() {
        for (Open nic : nics.values()) {
            if (nic.tap() == null) {
                continue;
            }
            try {
                if (nic.config().mtu().isEmpty()) {
                    mtu(nic, node.derivedMtu());
                }
                TapDevice.superframeLimit(
                        nic.fast() ? null : namespacePath(nic.config()),
                        nic.tap().name(),
                        node.superframeLimit());
            } catch (PosixException e) {
                log.accept("nic " + nic.config().name() + ": " + e.getMessage());
            }
        }
    }

    private static void mtu(Open nic, int mtu) {
        TapDevice.mtu(namespacePath(nic.config()), nic.config().name(), mtu);
        if (nic.fast()) {
            TapDevice.mtu(null, nic.config().name() + VETH_SUFFIX, mtu);
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
        if (open.tap() != null) {
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
        if (open != null && open.tap() != null) {
            told.put("offload", open.tap().offload().name().toLowerCase(Locale.ROOT));
            told.put("queues", open.tap().descriptors().length);
            told.put(
                    "ring",
                    open.tap().ring() == 0
                            ? "default"
                            : Integer.toString(open.tap().ring()));
            if (open.slow() != null) {
                told.put("fastpath", open.fast() ? node.fastPathState() : "no: " + open.slow());
            }
            if (open.fast()) {
                told.put("kernel_flows", node.fastPath().flows());
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

    /// Takes a NIC from all loops and closes it. A persistent device stays.
    void close(NodeConfig.Nic nic) {
        Open open = nics.remove(nic.port());
        if (open == null) {
            return;
        }
        loops.onAll(loop -> loop.removeNic(nic.port()));
        close(open);
    }

    /// Closes all NICs; the loops have ended.
    void closeAll() {
        nics.values().forEach(this::close);
        nics.clear();
    }

    private void close(Open nic) {
        if (nic.fast()) {
            node.fastPath().removeNic(nic.config().port());
        }
        if (nic.tap() != null) {
            closeDescriptors(nic.tap());
        }
        if (nic.fast() && !nic.config().persist()) {
            try {
                VethPair.delete(nic.config().name() + VETH_SUFFIX);
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
