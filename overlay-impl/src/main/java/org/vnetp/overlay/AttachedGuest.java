package org.vnetp.overlay;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.nic.ReadBudget;
import org.vnetp.overlay.nic.TapNic;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.InterfaceFeatures;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.TapDevice;
import org.vnetp.overlay.posix.VethPair;
import org.vnetp.overlay.stats.PortCounters;

/// A virtual machine whose monitor holds a TAP (QEMU with or without vhost-net, User-Mode Linux): the node never opens
/// that. Its programs at the TAP give known flows to the kernel, and all other frames to a TAP of the node's own,
/// `NAME.tap`; what the node writes there goes to the machine's.
///
/// The machine's TAP may go with the machine and come again: its programs are attached anew then.
/// **Thread:** control's, one at a time.
final class AttachedGuest implements GuestNic {
    private static final String DRIVER = "tun";

    private final Loops loops;
    private final Nics.Surroundings node;
    private final Consumer<String> log;
    private final Runnable onReopened;
    private final HostEnds ends;
    private final long mac;
    private NodeConfig.Nic config;
    private TapDevice.Opened tap;
    private int device;
    private boolean tookTunnels;
    // Null while the machine's TAP is there.
    private String gone;

    /// Attaches programs to the machine's TAP.
    ///
    /// @param onReopened told when they have been attached again
    /// @throws StatementException naming the NIC and what failed; nothing stays behind then
    AttachedGuest(NodeConfig.Nic config, Loops loops, Nics.Surroundings node, Consumer<String> log, Runnable onReopened)
            throws StatementException {
        this.loops = loops;
        this.node = node;
        this.log = log;
        this.onReopened = onReopened;
        this.config = config;
        this.ends = HostEnds.first(config.name());
        this.mac = config.mac().orElse(-1);
        if (config.name().length() > HostEnds.LONGEST_NIC_NAME) {
            throw new StatementException("'" + config.name() + "': the node makes an interface " + ends.tap()
                    + " beside it; expected a name of at most " + HostEnds.LONGEST_NIC_NAME + " characters");
        }
        try {
            open();
        } catch (PosixException e) {
            throw OverlayNode.refused("nic " + config.name(), e);
        }
    }

    /// @throws PosixException where something cannot be made; nothing stays behind then
    private void open() {
        int index = VethPair.require(config.name());
        String driver = InterfaceFeatures.driver(config.name());
        if (!driver.equals(DRIVER)) {
            throw new PosixException(
                    "attach to '" + config.name() + "', an interface of the driver '" + driver + "'; expected a TAP",
                    Errno.EINVAL);
        }
        if (VethPair.index(ends.tap()) > 0) {
            throw new PosixException("make the interface '" + ends.tap() + "'", Errno.EEXIST);
        }
        TapDevice.Opened own = TapDevice.open(
                new TapDevice.Request(ends.tap(), null, 1, -1, mtuBytes(), 0, 0, false, false, false, true));
        try {
            VethPair.enable(ends.tap());
            VethPair.enable(config.name());
            // A superframe that has lost its outer headers is still marked as a tunnel's (bpf_skb_adjust_room leaves
            // SKB_GSO_UDP_TUNNEL), and would reach the machine as such. Where the TAP takes none of a tunnel's, the
            // kernel cuts it, by what its headers say.
            tookTunnels = InterfaceFeatures.tunnelSegmentation(config.name());
            InterfaceFeatures.tunnelSegmentation(null, config.name(), false);
            node.startedFastPath().addMachine(config.port(), ends.tap(), config.name(), mac);
        } catch (RuntimeException e) {
            own.close();
            throw e;
        }
        tap = own;
        device = index;
        gone = null;
    }

    private int mtuBytes() {
        return config.mtu().orElseGet(node::derivedMtu);
    }

    // --- a device that goes and comes back ---

    @Override
    public void onDeath(Death death, long nowNs) {
        if (gone == null && IntStream.of(tap.descriptors()).anyMatch(fd -> fd == death.descriptor())) {
            lose("the node's own TAP was deleted: " + Errno.text(death.errno()));
        }
    }

    private void lose(String why) {
        loops.onAll(loop -> loop.removeNic(config.port()));
        node.fastPath().removeNic(config.port());
        tap.close();
        gone = why;
        log.accept("nic " + config.name() + ": " + why + "; frames for it are dropped until it is made again");
    }

    @Override
    public boolean isMissing(long nowNs) {
        if (gone == null && VethPair.index(config.name()) != device) {
            lose("the machine's TAP is gone");
        }
        return gone != null && !recovered();
    }

    private boolean recovered() {
        if (VethPair.index(config.name()) <= 0) {
            return false;
        }
        try {
            open();
        } catch (PosixException e) {
            if (!e.getMessage().equals(gone)) {
                log.accept("nic " + config.name() + ": " + e.getMessage());
            }
            gone = e.getMessage();
            return false;
        }
        onReopened.run();
        log.accept("nic " + config.name() + ": the machine's TAP is there again");
        return true;
    }

    // --- loops ---

    @Override
    public boolean attach() {
        if (gone != null) {
            return false;
        }
        loops.attach(1, this::port);
        return true;
    }

    private NicPort port(int queue, DispatchLoop loop) {
        TapNic own = new TapNic(tap.descriptors()[queue], ReadBudget.NONE, tap.offload() == TapDevice.Offload.TUNNELS);
        PortCounters counters = loop.statistics().port(config.port());
        return new NicPort(config.port(), config.name(), own, counters);
    }

    // --- MTUs ---

    /// The machine's own is its monitor's to set; the TAPs take what the links carry.
    @Override
    public void followLinks(int derived, int limit) {
        if (config.mtu().isEmpty()) {
            try {
                mtu(derived);
            } catch (PosixException e) {
                log.accept("nic " + config.name() + ": " + e.getMessage());
            }
        }
    }

    @Override
    public void mtu(int bytes) {
        if (gone == null) {
            TapDevice.mtu(null, ends.tap(), bytes);
        }
    }

    // --- what control shows ---

    @Override
    public NodeConfig.Nic config() {
        return config;
    }

    @Override
    public void config(NodeConfig.Nic changed) {
        config = changed;
    }

    @Override
    public Map<String, Object> describe() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("state", gone == null ? "present" : "gone");
        if (gone != null) {
            told.put("error", gone);
            return told;
        }
        told.put("offload", tap.offload().name().toLowerCase(Locale.ROOT));
        node.served(config.port()).describe(told);
        node.fastPath().describe(told);
        told.put("mtu_bytes", mtuBytes());
        return told;
    }

    // --- closing ---

    /// The machine's TAP stays as it was before.
    @Override
    public void close(boolean deleted) {
        if (gone == null) {
            node.fastPath().removeNic(config.port());
            tap.close();
            if (tookTunnels) {
                try {
                    InterfaceFeatures.tunnelSegmentation(null, config.name(), true);
                } catch (PosixException e) { // it has gone a moment ago, say
                    log.accept("nic " + config.name() + ": " + e.getMessage());
                }
            }
        }
    }
}
