package org.vnetp.overlay;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.nic.VhostUserNic;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.vhost.GuestRings;
import org.vnetp.overlay.vhost.ReceiveRing;
import org.vnetp.overlay.vhost.SendRing;
import org.vnetp.overlay.vhost.VhostDevice;

/// A guest that is a virtual machine: its VMM's messages have a thread of their own, and what they change
/// about rings is carried out by the loops, as statements are.
///
/// Loop `i` writes to receive queue `i` of those that run, modulo their number; send queues are shared out
/// among the loops that read guests.
final class VhostGuest implements GuestNic, VhostDevice.Owner {
    /// A loop and the NIC as it sees it.
    private record View(DispatchLoop loop, int index, VhostUserNic nic) {}

    private final Loops loops;
    private final Nics.Surroundings node;
    private final Consumer<String> log;
    private final long mac;
    private final VhostDevice device;
    private final List<View> views = new ArrayList<>();
    private NodeConfig.Nic config;
    private GuestRings rings = GuestRings.NONE;
    private volatile int mtu;
    private boolean closed;

    /// Opens the socket.
    ///
    /// @throws StatementException naming the NIC and what failed; nothing stays behind then
    VhostGuest(NodeConfig.Nic config, NicKind.VhostUser kind, Loops loops, Nics.Surroundings node, Consumer<String> log)
            throws StatementException {
        this.loops = loops;
        this.node = node;
        this.log = log;
        this.config = config;
        this.mac = config.mac().orElseGet(() -> MacAddress.derived(node.network(), node.name(), config.name()));
        this.mtu = config.mtu().orElseGet(node::derivedMtu);
        VhostDevice.Mode mode = switch (kind.mode()) {
            case SERVER -> VhostDevice.Mode.SERVER;
            case CLIENT -> VhostDevice.Mode.CLIENT;
        };
        try {
            this.device =
                    new VhostDevice(new VhostDevice.Setup(kind.path(), mode, kind.queues(), mac, () -> mtu), this);
        } catch (PosixException e) {
            throw OverlayNode.refused("nic " + config.name(), e);
        }
        if (loops.threaded()) {
            Thread.ofPlatform()
                    .name("vnetp-vhost-" + config.name())
                    .daemon(true)
                    .start(this::run);
        }
    }

    private void run() {
        boolean more = true;
        while (more) {
            try {
                more = device.turn(-1);
            } catch (RuntimeException | Error e) {
                say("its VMM's messages: " + e);
                more = device.abandon();
            }
        }
    }

    /// Does what the VMM has said, where no thread does.
    void turn() {
        device.turn(0);
    }

    // --- what the device asks, by its own thread ---

    @Override
    public void handOver(GuestRings next) {
        node.inTurn(() -> {
            if (!closed) {
                rings = next;
                next.receives().forEach(ring -> ring.shared(loops.size() > 1));
                views.forEach(view -> loops.on(view.loop(), () -> serve(view)));
            }
        });
    }

    /// By a frame as the guest would send it, so that the links' other nodes learn where the guest is now.
    @Override
    public void announce(long address) {
        node.inTurn(() -> {
            if (!closed && !views.isEmpty()) {
                View reader = views.stream()
                        .filter(view -> reads(view.index()))
                        .findFirst()
                        .orElseThrow();
                loops.on(reader.loop(), () -> reader.nic().announce(address));
            }
        });
    }

    @Override
    public void say(String line) {
        log.accept("nic " + config.name() + ": " + line);
    }

    // --- loops ---

    private void serve(View view) {
        List<SendRing> read = new ArrayList<>();
        for (int i = 0; i < rings.sends().size(); i++) {
            if (loops.reader(i, false) == view.index()) {
                read.add(rings.sends().get(i));
            }
        }
        List<ReceiveRing> receives = rings.receives();
        List<ReceiveRing> await = new ArrayList<>();
        for (int i = 0; i < receives.size(); i++) {
            if (loops.reader(i, false) == view.index()) {
                await.add(receives.get(i));
            }
        }
        view.loop().letGo(config.port());
        view.nic().serve(read, receives.isEmpty() ? null : receives.get(view.index() % receives.size()), await);
    }

    @Override
    public boolean attach() {
        leaveViews();
        rings.receives().forEach(ring -> ring.shared(loops.size() > 1));
        for (int i = 0; i < loops.size(); i++) {
            DispatchLoop loop = loops.get(i);
            VhostUserNic nic = new VhostUserNic(
                    loop.statistics().port(config.port()), loop.statistics().drops(), device::onBroken);
            View view = new View(loop, i, nic);
            views.add(view);
            NicPort port = new NicPort(
                    config.port(), config.name(), nic, loop.statistics().port(config.port()));
            boolean reads = reads(i);
            loops.on(loop, () -> {
                loop.add(port, reads);
                serve(view);
            });
        }
        return true;
    }

    /// Whether a loop reads guests at all.
    private boolean reads(int loop) {
        for (int queue = 0; queue < loops.dispatchers(); queue++) {
            if (loops.reader(queue, false) == loop) {
                return true;
            }
        }
        return false;
    }

    /// No loop has the views any more.
    private void leaveViews() {
        for (View view : views) {
            view.nic().serve(List.of(), null, List.of());
            view.nic().close();
        }
        views.clear();
    }

    // --- MTUs ---

    @Override
    public void followLinks(int derived, int limit) {
        if (config.mtu().isEmpty()) {
            mtu(derived);
        }
    }

    /// A guest asks for its MTU when its driver starts.
    @Override
    public void mtu(int bytes) {
        mtu = bytes;
    }

    /// Sets the link that the guest sees up or down.
    void link(boolean up) {
        device.link(up);
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
        Map<String, Object> told = new LinkedHashMap<>(device.describe());
        told.put("mtu_bytes", mtu);
        told.put("mac", MacAddress.format(mac));
        return told;
    }

    // --- closing ---

    @Override
    public void close(boolean deleted) {
        closed = true;
        leaveViews();
        device.close();
        if (!loops.threaded()) {
            device.turn(0);
        }
    }
}
