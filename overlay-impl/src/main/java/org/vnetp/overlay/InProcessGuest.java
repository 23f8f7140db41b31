package org.vnetp.overlay;

import java.util.Map;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.nic.VirtualNic;

/// A guest without a device: a NIC in this process is all there is of it.
final class InProcessGuest implements GuestNic {
    private final Loops loops;
    private final VirtualNic nic;
    private NodeConfig.Nic config;

    InProcessGuest(NodeConfig.Nic config, Loops loops, VirtualNic nic) {
        this.loops = loops;
        this.config = config;
        this.nic = nic;
    }

    VirtualNic nic() {
        return nic;
    }

    @Override
    public NodeConfig.Nic config() {
        return config;
    }

    @Override
    public void config(NodeConfig.Nic changed) {
        config = changed;
    }

    @Override
    public boolean attach() {
        loops.attach(
                1,
                (_, loop) -> new NicPort(
                        config.port(), config.name(), nic, loop.statistics().port(config.port())));
        return true;
    }

    @Override
    public Map<String, Object> describe() {
        return Map.of();
    }

    @Override
    public void close(boolean deleted) {
        nic.close();
    }
}
