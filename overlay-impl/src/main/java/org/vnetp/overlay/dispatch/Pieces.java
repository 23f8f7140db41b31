package org.vnetp.overlay.dispatch;

import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.TunnelCutter;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.PortCounter;

/// Superframes inside guests' own tunnels, cut for ports that cannot take them whole.
///
/// **Thread:** the loop's. **Ownership:** pieces lie in this object's memory and in the superframe's. A link that was
/// full keeps the last ones until it has been flushed; no superframe is cut before that.
final class Pieces {
    private final Ports ports;
    private final TunnelCutter cutter = new TunnelCutter();
    /// The cutter's last pieces are staged on a link that was full.
    private boolean wait;

    Pieces(Ports ports) {
        this.ports = ports;
    }

    /// Sends a superframe in pieces to the port of that number, which is there.
    ///
    /// @param fromLink the frame came from another node
    void send(int id, Frame frame, int sourcePort, boolean fromLink, long nowNs) {
        NicPort nic = ports.nic(id);
        LinkPort link = ports.link(id);
        // Pieces that wait for a full link need the cutter's memory.
        boolean full = wait && ports.anyBlocked() || link != null && link.blocked;
        int pieces = full ? 0 : cutter.cut(frame);
        if (pieces == 0) {
            (nic != null ? nic.counters : link.counters).increment(PortCounter.DROPS_OUT);
            ports.drops().increment(full ? DropReason.LINK_FULL : DropReason.BAD_OFFLOAD);
            return;
        }
        for (int i = 0; i < pieces; i++) {
            if (nic != null) {
                ports.toGuest(nic, cutter.frame(i));
            } else {
                ports.toLink(link, cutter.frame(i), sourcePort, fromLink, nowNs);
            }
        }
        if (nic == null) {
            ports.makeRoom(link, fromLink);
            wait = link.blocked;
        }
    }
}
