package org.vnetp.overlay.dispatch;

import java.util.Arrays;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

/// A loop's ports with what is on its way out by them: datagrams staged on links, and frames in virtual machines'
/// memory of which their guests may not know yet.
///
/// What a guest sent may wait on a link that is full, for it waits in the guest's slab too. What came from another
/// link, or is a link's own, may not, for its memory is about to be used again; it is given up and counted.
///
/// **Thread:** the loop's. **Ownership:** staged bytes belong to whoever staged them.
abstract class StagedPorts extends PortSet {
    private final Posix posix;
    private final DropCounters drops;
    // Those with frames that their guests may not know of yet.
    private NicPort[] unsaid = {};
    private int unsaidCount;
    private int blockedLinks;
    private boolean forwarded;

    StagedPorts(Posix posix, DropCounters drops) {
        this.posix = posix;
        this.drops = drops;
    }

    @Override
    public void add(NicPort port) {
        super.add(port);
        unsaid = Arrays.copyOf(unsaid, nics().length);
    }

    @Override
    public void remove(NicPort port) {
        endWrites();
        super.remove(port);
    }

    @Override
    public void remove(LinkPort port) {
        if (port.blocked) {
            unblock(port);
        }
        super.remove(port);
    }

    // --- guests ---

    /// A frame was written to the memory of a NIC's guest.
    final void toEnd(NicPort port) {
        if (!port.unsaid) {
            port.unsaid = true;
            unsaid[unsaidCount++] = port;
        }
    }

    /// Whether frames of this visit were written to virtual machines' memory.
    final boolean wentToMachine() {
        return unsaidCount > 0;
    }

    /// The guests may be woken for what was written to their NICs.
    final void endWrites() {
        for (int i = 0; i < unsaidCount; i++) {
            unsaid[i].unsaid = false;
            unsaid[i].nic.endWrites(posix);
        }
        unsaidCount = 0;
    }

    // --- links ---

    /// Whether a link is full: what is staged there waits.
    final boolean anyBlocked() {
        return blockedLinks > 0;
    }

    /// A frame from a link is staged for another link.
    final void forward() {
        forwarded = true;
    }

    /// Whether frames from a link are staged for another link.
    final boolean forwarded() {
        return forwarded;
    }

    /// Sends what came from one link for another. The receive slab is about to be used again, so
    /// what does not go now is dropped.
    final void flushForwarded() {
        forwarded = false;
        for (LinkPort port : links()) {
            if (!port.blocked) {
                flushOrGiveUp(port);
            }
        }
    }

    /// Sends what is staged on all links.
    final void flushAll() {
        for (LinkPort port : links()) {
            flush(port);
        }
    }

    final void flush(LinkPort port) {
        port.encapsulator.finish(port.link);
        if (!port.link.staged()) {
            return;
        }
        boolean wasBlocked = port.blocked;
        port.blocked = !port.link.flush(posix);
        if (port.blocked != wasBlocked) {
            blockedLinks += port.blocked ? 1 : -1;
        }
        if (!port.blocked) {
            port.encapsulator.flushed();
            port.followPath();
        }
    }

    /// Sends what is staged on a link; what finds it full is given up.
    ///
    /// @return whether all went
    final boolean flushOrGiveUp(LinkPort port) {
        flush(port);
        if (port.blocked) {
            unblock(port);
            return false;
        }
        return true;
    }

    /// Sends what is staged, for more to be staged. What came from a link is given up where the link is full:
    /// it lies in a receive slab that is used again before the link is flushed the next time. A guest's slab
    /// waits.
    final void makeRoom(LinkPort port, boolean fromLink) {
        flush(port);
        if (fromLink && port.blocked) {
            unblock(port);
        }
    }

    /// Gives up what is staged on all links.
    final void discardAll() {
        for (LinkPort port : links()) {
            port.encapsulator.finish(port.link);
            if (port.blocked) {
                unblock(port);
            } else if (port.link.staged()) {
                drops.add(DropReason.LINK_FULL, port.link.discard());
                port.encapsulator.flushed();
            }
        }
    }

    private void unblock(LinkPort port) {
        drops.add(DropReason.LINK_FULL, port.link.discard());
        port.blocked = false;
        blockedLinks--;
        port.encapsulator.flushed();
    }

    /// Sends and writes all that frames of a link's visit are about to be.
    final void endVisit() {
        if (forwarded) {
            flushForwarded();
        }
        endWrites();
    }
}
