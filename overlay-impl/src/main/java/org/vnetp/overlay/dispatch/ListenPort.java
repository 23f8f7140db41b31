package org.vnetp.overlay.dispatch;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.function.Supplier;
import org.vnetp.overlay.encap.VxlanHeader;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpListener;
import org.vnetp.overlay.stats.DropReason;

/// The listening socket as its loop sees it. Whoever arrives here is a stranger, or a peer that sends from another port
/// than the one to which the link leads. One loop's.
public final class ListenPort {
    final UdpListener listener;
    final ReceiveBatch batch;
    final Supplier<InetSocketAddress> sender;
    Descriptors.Watch watch;

    // Two longs an address.
    private long[] peers = {};

    public ListenPort(UdpListener listener, ReceiveBatch batch) {
        this.listener = listener;
        this.batch = batch;
        this.sender = listener::sender;
    }

    /// The other ends of links that take datagrams from one port only. Called by the loop, or before it has this
    /// object.
    public void peers(Collection<InetSocketAddress> addresses) {
        long[] next = new long[2 * addresses.size()];
        int at = 0;
        for (InetSocketAddress address : addresses) {
            next[at++] = UdpListener.high(address.getAddress());
            next[at++] = UdpListener.low(address.getAddress());
        }
        peers = next;
    }

    /// Why the message that was received last goes no further. A VXLAN device sends from ports that are a hash of the
    /// flow (RFC 7348, section 5), so where a link of the `vnet` format leads to one, its datagrams arrive here.
    DropReason reason(MemorySegment slab, long offset, int length) {
        if (length >= VxlanHeader.LENGTH && VxlanHeader.looksLike(NetworkOrder.i32(slab, offset))) {
            for (int i = 0; i < peers.length; i += 2) {
                if (peers[i] == listener.senderHigh() && peers[i + 1] == listener.senderLow()) {
                    return DropReason.OTHER_FORMAT;
                }
            }
        }
        return DropReason.UNKNOWN_SENDER;
    }
}
