package org.vnetp.overlay;

import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.measure.LinkCounts;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;

/// What a loop that receives from a link counts of it.
///
/// @param peer null where datagrams have no numbers
record PeerCounts(VnetPeer peer, PortCounters counters) implements LinkCounts {
    @Override
    public long expected() {
        return peer == null ? -1 : peer.expected();
    }

    @Override
    public long missing() {
        return peer == null ? 0 : peer.missing();
    }

    @Override
    public long late() {
        return peer == null ? 0 : peer.late();
    }

    @Override
    public long extent() {
        return peer == null ? 0 : peer.extent();
    }

    @Override
    public long breaks() {
        return peer == null ? 0 : peer.breaks();
    }

    @Override
    public long bytesIn() {
        return counters.get(PortCounter.BYTES_IN);
    }

    @Override
    public long datagramsIn() {
        return counters.get(PortCounter.DATAGRAMS_IN);
    }
}
