package org.vnetp.overlay;

import java.util.Map;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.nic.InMemoryNic;

/// A guest that is a test in this process.
final class MemoryGuest implements GuestNic {
    private final Loops loops;
    private final InMemoryNic nic = new InMemoryNic();
    private NodeConfig.Nic config;

    MemoryGuest(Loops loops, NodeConfig.Nic config) {
        this.loops = loops;
        this.config = config;
    }

    InMemoryNic nic() {
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
        // Two queues in this process.
    }
}
