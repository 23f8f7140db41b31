package org.vnetp.overlay.dispatch;

import org.vnetp.overlay.encap.Decapsulator;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.encap.Messages;
import org.vnetp.overlay.encap.StrayDatagrams;
import org.vnetp.overlay.link.Link;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.stats.PortCounters;

/// A link as one loop sees it: the link, its format both ways, its receive slab and its counters.
/// Only that loop writes it.
public final class LinkPort {
    final int id;
    final String name;
    final Link link;
    final Encapsulator encapsulator;
    final Decapsulator decapsulator;
    final ReceiveBatch batch;
    final PortCounters counters;

    /// The last flush found the link full; what is staged waits for the descriptor to become writable.
    boolean blocked;

    /// This loop receives from the link; otherwise it only sends.
    boolean read;

    boolean deathReported;

    /// Null while the loop waits for nothing from the link.
    Descriptors.Watch watch;

    boolean expectMore;

    /// Who got the last frame that came by the link, where that was a guest here; or null.
    NicPort lastGuest;

    /// What the link's nodes say to each other; null: nothing.
    Messages messages;

    /// What of that is about flows that move; null where [#messages] is.
    MoveInbox moved;

    /// Takes what comes from elsewhere, of a link whose peer may be anywhere; else null.
    StrayDatagrams strays;

    /// The network has a path that the format can use; else frames for the link are dropped.
    boolean passable;

    private int knownCapacity = -1;

    /// @param id       the port's number in the routing table
    /// @param batch    receive slab; the loop's links may share one only if none holds slices, so each has
    /// its own
    /// @param counters this loop's counters of the port
    public LinkPort(
            int id,
            String name,
            Link link,
            Encapsulator encapsulator,
            Decapsulator decapsulator,
            ReceiveBatch batch,
            PortCounters counters) {
        this.id = id;
        this.name = name;
        this.link = link;
        this.encapsulator = encapsulator;
        this.decapsulator = decapsulator;
        this.batch = batch;
        this.counters = counters;
        followPath();
    }

    /// Who says and hears what goes by the link beside frames. Before a loop has this object.
    public void messages(Messages listener) {
        messages = listener;
        moved = new MoveInbox(listener);
        decapsulator.messages(moved);
    }

    /// What comes from elsewhere may be this link's: its peer may be anywhere. Before a loop has this object, which
    /// reads the listening socket too.
    public void strays(StrayDatagrams finder) {
        strays = finder;
    }

    /// Takes over what fits the link's path now. Nothing may be staged.
    void followPath() {
        int capacity = link.datagramCapacity();
        if (capacity == knownCapacity) {
            return;
        }
        knownCapacity = capacity;
        passable = capacity >= encapsulator.leastCapacity();
        if (passable) {
            encapsulator.datagramCapacity(capacity);
            if (decapsulator != null) {
                decapsulator.guestMtu(encapsulator.guestMtu());
            }
        }
    }

    /// Frames go on to other links from now on, or do so no more.
    void relaying(boolean on) {
        if (decapsulator != null) { // null where the loop only sends
            decapsulator.relaying(on);
        }
    }
}
