package org.vnetp.overlay;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.vnetp.overlay.dispatch.Death;

/// What a node does by itself, beside statements: takes out what has died and opens it again, follows the network, and
/// does what keys, sessions and flows need from time to time.
///
/// **Thread:** the node's, with its lock held.
final class Upkeep {
    /// While something is gone that the statements ask for, the node looks for it so often.
    private static final long RECOVER_MS = 250;

    /// Guests' namespaces, and what is in them, tell nobody that they go.
    private static final long LOOK_MS = 1000;

    private final Incidents incidents;
    private final Nics nics;
    private final Links links;
    private final KernelFlows kernelFlows;
    private final Misfits misfits;
    private final LongSupplier clock;

    /// @param clock monotonic, nanoseconds
    Upkeep(Incidents incidents, Nics nics, Links links, KernelFlows kernelFlows, Misfits misfits, LongSupplier clock) {
        this.incidents = incidents;
        this.nics = nics;
        this.links = links;
        this.kernelFlows = kernelFlows;
        this.misfits = misfits;
        this.clock = clock;
    }

    /// Does what is due.
    ///
    /// @param watched whether the kernel tells of changes of the network
    /// @return milliseconds until something that the node waits for is to be looked at again, or
    ///         [Caretaker#UNTIL_CALLED]
    long attend(boolean watched) {
        incidents.takeDeaths(this::onDeath);
        incidents.takeTunnels(nics::onTunnel);
        incidents.takeHolds(hold -> {
            kernelFlows.takeBack(hold.destination(), hold.source());
            hold.then().run();
        });
        boolean unannounced = !watched || links.anyPathNarrowed();
        if (incidents.takeNetworkChange() || unannounced) {
            followNetwork();
        }
        misfits.say(links.configurations());
        boolean lacks = nics.recover(clock.getAsLong());
        lacks |= links.recover();
        long keepNs = links.attendKeepalives();
        long keysMs = milliseconds(Math.min(keepNs, links.attendKeys()));
        long ucxMs = milliseconds(links.attendUcx());
        long flowsMs = kernelFlows.attend();
        long othersMs = lacks ? RECOVER_MS : unannounced || nics.anyToWatch() ? LOOK_MS : Caretaker.UNTIL_CALLED;
        return sooner(sooner(keysMs, ucxMs), sooner(flowsMs, othersMs));
    }

    private void onDeath(Death death) {
        switch (death.kind()) {
            case NIC -> nics.onDeath(death, clock.getAsLong());
            case LINK -> links.onLinkDeath(death);
            case LISTENER -> links.onListenerDeath(death);
        }
    }

    /// Takes over what the network is like now: first what the loops send, then what the kernel does, then
    /// what guests are told.
    private void followNetwork() {
        links.followPaths();
        kernelFlows.follow();
        nics.rederiveMtus();
    }

    /// @param ns nanoseconds, or [Long#MAX_VALUE] for never
    private static long milliseconds(long ns) {
        return ns == Long.MAX_VALUE ? Caretaker.UNTIL_CALLED : TimeUnit.NANOSECONDS.toMillis(ns) + 1;
    }

    private static long sooner(long oneMs, long otherMs) {
        return oneMs == Caretaker.UNTIL_CALLED || otherMs == Caretaker.UNTIL_CALLED
                ? Math.max(oneMs, otherMs)
                : Math.min(oneMs, otherMs);
    }
}
