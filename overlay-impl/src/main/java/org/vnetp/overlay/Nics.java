package org.vnetp.overlay;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.fastpath.Served;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.posix.InterfaceDrops;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopStatistics;

/// A node's NICs, each a [GuestNic]: opens them, gives their queues to the loops, keeps their MTUs, and
/// closes them.
///
/// **Thread:** control's, one at a time.
final class Nics {
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

        /// Carries out what concerns loops and NICs for a thread of a NIC's own, as statements are: one
        /// after the other, and nothing once the node is closed.
        void inTurn(Runnable change);

        /// Which links the kernel carries a NIC's flows to and from now.
        Served served(int nicPort);
    }

    private final Loops loops;
    private final Surroundings node;
    private final Consumer<String> log;
    private final Map<Integer, GuestNic> nics = new TreeMap<>();
    private final OutsideDrops outside = new OutsideDrops();
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
        GuestNic guest = switch (nic.kind()) {
            case NicKind.Tap tap -> new TapGuest(nic, tap, loops, node, log, () -> opened(nics.get(nic.port())));
            case NicKind.InProcess inside -> new InProcessGuest(nic, loops, inside.open());
            case NicKind.VhostUser vhost -> new VhostGuest(nic, vhost, loops, node, log);
            case NicKind.Attached _ -> new AttachedGuest(nic, loops, node, log, () -> opened(nics.get(nic.port())));
        };
        nics.put(nic.port(), guest);
        loops.statistics().forEach(s -> s.resetPort(nic.port()));
        if (node.fastPath() != null) {
            node.fastPath().statistics().resetPort(nic.port());
        }
        outside.resetPort(nic.port());
        opened(guest);
    }

    private void opened(GuestNic guest) {
        beginCounting(guest);
        guest.attach();
        followFastPath();
    }

    /// Gives all NICs to loops that have just been made.
    void attachAll() {
        nics.values().forEach(GuestNic::attach);
    }

    // --- what the kernel drops at the devices ---

    /// A device may have been there before, and have dropped frames of others.
    private void beginCounting(GuestNic guest) {
        InterfaceDrops before = guest.drops();
        if (before != null) {
            outside.begin(guest.config().port(), DropReason.RING_FULL, guest.counted(), before.sent());
            outside.begin(guest.config().port(), DropReason.GUEST_REFUSED, guest.counted(), before.received());
        }
    }

    /// What was dropped at the devices before a loop saw it, counted up to now.
    LoopStatistics countedOutside() {
        for (GuestNic guest : nics.values()) {
            InterfaceDrops now = guest.drops();
            if (now != null) {
                int port = guest.config().port();
                outside.count(port, DropReason.RING_FULL, guest.counted(), now.sent(), true);
                outside.count(port, DropReason.GUEST_REFUSED, guest.counted(), now.received(), false);
            }
        }
        return outside.statistics();
    }

    // --- devices that go and come back ---

    /// A loop has found a NIC's device deleted.
    void onDeath(Death death, long nowNs) {
        GuestNic guest = nics.get(death.port());
        if (guest != null) {
            guest.onDeath(death, nowNs);
        }
    }

    /// Looks at devices whose going nobody tells, and takes back those that are there again.
    ///
    /// @return whether one is still missing
    boolean recover(long nowNs) {
        boolean missing = false;
        for (GuestNic guest : List.copyOf(nics.values())) {
            missing |= guest.isMissing(nowNs);
        }
        return missing;
    }

    /// Whether there is a NIC whose device may go without a word.
    boolean anyToWatch() {
        return nics.values().stream()
                .anyMatch(guest -> guest.config().netns().isPresent() || guest instanceof AttachedGuest);
    }

    // --- MTUs ---

    /// Sets MTUs and limits of superframes anew where the links take others than before.
    void rederiveMtus() {
        int mtu = node.derivedMtu();
        int limit = node.superframeLimit();
        if (mtu == linksMtu && limit == linksLimit) {
            return;
        }
        linksMtu = mtu;
        linksLimit = limit;
        nics.values().forEach(guest -> guest.followLinks(mtu, limit));
    }

    /// Follows what the fast path serves.
    void followFastPath() {
        nics.values().forEach(GuestNic::followFastPath);
    }

    /// A loop has got a superframe inside a tunnel of a NIC's guest.
    void onTunnel(int port) {
        GuestNic guest = nics.get(port);
        if (guest != null) {
            guest.onTunnel();
        }
    }

    /// Sets a NIC's MTU as its statement says.
    void mtu(NodeConfig.Nic nic) throws StatementException {
        GuestNic guest = nics.get(nic.port());
        if (guest == null) {
            throw new StatementException("nic " + nic.name() + " is not open");
        }
        int mtu = nic.mtu().orElseGet(node::derivedMtu);
        try {
            guest.mtu(mtu);
        } catch (PosixException e) {
            throw OverlayNode.refused("mtu " + nic.name() + " " + mtu, e);
        }
        guest.config(nic);
    }

    /// Sets a machine's link as its statement says.
    void link(NodeConfig.Nic nic) {
        if (nics.get(nic.port()) instanceof VhostGuest machine && nic.kind() instanceof NicKind.VhostUser said) {
            machine.link(said.up());
            machine.config(nic);
        }
    }

    // --- what control shows ---

    /// The configurations of all open NICs.
    Collection<NodeConfig.Nic> configurations() {
        return nics.values().stream().map(GuestNic::config).toList();
    }

    /// The in-memory NIC of a port, for tests.
    InMemoryNic memory(int port) {
        return (InMemoryNic) ((InProcessGuest) nics.get(port)).nic();
    }

    /// Whether a virtual machine is behind a port.
    boolean isMachine(int port) {
        return nics.get(port) instanceof VhostGuest;
    }

    /// A virtual machine's NIC of a port, for tests and benchmarks that step it.
    VhostGuest vhost(int port) {
        return (VhostGuest) nics.get(port);
    }

    /// For `show nics`: strings, numbers, booleans.
    Map<String, Object> describe(NodeConfig.Nic nic) {
        GuestNic guest = nics.get(nic.port());
        return guest == null ? Map.of() : guest.describe();
    }

    // --- closing ---

    /// Takes a NIC from all loops and closes it.
    void close(NodeConfig.Nic nic) {
        GuestNic guest = nics.remove(nic.port());
        if (guest != null) {
            loops.onAll(loop -> loop.removeNic(nic.port()));
            guest.close(true);
        }
    }

    /// Closes all NICs; the loops have ended.
    void closeAll() {
        nics.values().forEach(guest -> guest.close(false));
        nics.clear();
    }
}
