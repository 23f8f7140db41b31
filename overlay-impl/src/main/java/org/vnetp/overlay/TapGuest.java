package org.vnetp.overlay;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.fastpath.Served;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.nic.TapNic;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.InterfaceDrops;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.TapDevice;

/// A guest behind a TAP device, or with the fast path behind a veth pair beside one ([GuestDevice]).
///
/// The device may be deleted, with its namespace or without, and made again: the guest is taken back then.
/// **Thread:** control's, one at a time. A descriptor is closed once no loop has it any more.
final class TapGuest implements GuestNic {
    /// GSO_LEGACY_MAX_SIZE of linux/netdevice.h, what an interface has unless told.
    private static final int ALL_SUPERFRAMES = 65_536;

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
    private GuestDevice device;
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
        this.device = GuestDevice.open(config, kind, node, log, superframeLimit(), null);
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

    // --- what the kernel drops at the devices ---

    @Override
    public Object counted() {
        return present() ? device.tap() : null;
    }

    /// The kernel's counts of the NIC's interfaces, or null where they cannot be read: a device that has
    /// just gone is told of by others.
    @Override
    public InterfaceDrops drops() {
        if (!present()) {
            return null;
        }
        try {
            return device.drops();
        } catch (PosixException e) {
            return null;
        }
    }

    // --- devices that go and come back ---

    @Override
    public void onDeath(Death death, long nowNs) {
        if (present() && device.has(death.descriptor())) {
            loseDevice(Errno.text(death.errno()), nowNs);
        }
    }

    private void loseDevice(String why, long nowNs) {
        loops.onAll(loop -> loop.removeNic(config.port()));
        if (device.fast()) {
            node.fastPath().removeNic(config.port());
        }
        device.release();
        gone = new Gone(nowNs, why);
        log.accept("nic " + config.name() + ": its interface is gone (" + why
                + "); frames for it are dropped until it is made again");
    }

    @Override
    public boolean isMissing(long nowNs) {
        String why = present() ? device.useless() : null;
        if (why != null) {
            loseDevice(why, nowNs);
        }
        return gone != null && !recovered();
    }

    /// A device comes back when somebody makes it, or, as the statement says, in a guest's namespace that
    /// was made anew.
    private boolean recovered() {
        try {
            if (!device.canReturn()) {
                return false;
            }
            device = GuestDevice.open(config, kind, node, log, superframeLimit(), device);
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

    // --- loops ---

    @Override
    public boolean attach() {
        if (!present()) {
            return false;
        }
        int queues = device.tap().descriptors().length;
        for (int queue = 0; queues > 1 && queue < queues; queue++) {
            // A loop reads one queue of a NIC.
            TapDevice.use(device.tap().descriptors()[queue], queue < loops.dispatchers());
        }
        loops.attach(queues, this::port);
        return true;
    }

    private NicPort port(int queue, DispatchLoop loop) {
        TapNic nic = new TapNic(
                device.tap().descriptors()[queue],
                device.budget(queue),
                device.tap().offload() == TapDevice.Offload.TUNNELS);
        return new NicPort(config.port(), config.name(), nic, loop.statistics().port(config.port()));
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
            device.limitSuperframes(superframeLimit());
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
        if (!device.fast() || !present()) {
            return;
        }
        boolean cuts = !node.served(config.port()).links().isEmpty();
        if (Boolean.valueOf(cuts).equals(cutsTunnels)) {
            return;
        }
        cutsTunnels = cuts;
        try {
            device.takeTunnels(!cuts);
        } catch (PosixException e) {
            log.accept("nic " + config.name() + ": " + e.getMessage());
        }
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
            device.limitSuperframes(superframeLimit());
        } catch (PosixException e) {
            log.accept("nic " + config.name() + ": " + e.getMessage());
        }
    }

    @Override
    public void mtu(int bytes) {
        if (present()) {
            device.mtu(bytes);
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
            told.put("offload", device.tap().offload().name().toLowerCase(Locale.ROOT));
            told.put("queues", device.tap().descriptors().length);
            told.put(
                    "ring",
                    device.tap().ring() == 0
                            ? "default"
                            : Integer.toString(device.tap().ring()));
            if (device.slow() != null) {
                Served served = device.fast() ? node.served(config.port()) : Served.none("no: " + device.slow());
                served.describe(told);
            }
            if (device.fast()) {
                node.fastPath().describe(told);
            }
            try {
                told.put("mtu_bytes", device.mtu());
                told.put("mac", MacAddress.format(device.mac()));
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
            if (device.fast()) {
                node.fastPath().removeNic(config.port());
            }
            device.release();
        }
        try {
            device.leave(deleted);
        } catch (PosixException e) { // the guest's namespace is gone, say
            log.accept("nic " + config.name() + ": " + e.getMessage());
        }
    }
}
