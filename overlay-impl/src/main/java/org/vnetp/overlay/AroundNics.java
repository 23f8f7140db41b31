package org.vnetp.overlay;

import java.util.function.Consumer;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.fastpath.Served;

/// What NICs ask of their node.
///
/// @param inTurn carries out what it is given as statements are
record AroundNics(String name, Links links, KernelFlows kernelFlows, Consumer<Runnable> inTurn)
        implements Nics.Surroundings {
    @Override
    public int network() {
        return links.network();
    }

    @Override
    public int derivedMtu() {
        return links.derivedMtu();
    }

    @Override
    public int superframeLimit() {
        return links.superframeLimit();
    }

    @Override
    public FastPath fastPath() {
        return kernelFlows.path();
    }

    @Override
    public FastPath startedFastPath() {
        return kernelFlows.started();
    }

    @Override
    public void inTurn(Runnable change) {
        inTurn.accept(change);
    }

    @Override
    public Served served(int nicPort) {
        return kernelFlows.served(nicPort);
    }
}
