package org.vnetp.overlay.dispatch;

import java.util.Arrays;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpListener;

/// The listening socket as its loop sees it, and the links whose peers may send from any port. One loop's.
public final class ListenPort {
    final UdpListener listener;
    final ReceiveBatch batch;
    private LinkPort[] links = {};
    private long[] high = {};
    private long[] low = {};

    public ListenPort(UdpListener listener, ReceiveBatch batch) {
        this.listener = listener;
        this.batch = batch;
    }

    /// Datagrams from this address, whatever the port, belong to the link.
    ///
    /// @param addressHigh see [UdpListener#senderHigh]
    /// @param addressLow  see [UdpListener#senderLow]
    public void accept(LinkPort link, long addressHigh, long addressLow) {
        int n = links.length;
        links = Arrays.copyOf(links, n + 1);
        high = Arrays.copyOf(high, n + 1);
        low = Arrays.copyOf(low, n + 1);
        links[n] = link;
        high[n] = addressHigh;
        low[n] = addressLow;
    }

    public void remove(LinkPort link) {
        for (int i = 0; i < links.length; i++) {
            if (links[i] == link) {
                int last = links.length - 1;
                links[i] = links[last];
                high[i] = high[last];
                low[i] = low[last];
                links = Arrays.copyOf(links, last);
                high = Arrays.copyOf(high, last);
                low = Arrays.copyOf(low, last);
                return;
            }
        }
    }

    /// The link of the last sender, or null for a stranger.
    LinkPort sender() {
        long senderHigh = listener.senderHigh();
        long senderLow = listener.senderLow();
        for (int i = 0; i < links.length; i++) {
            if (low[i] == senderLow && high[i] == senderHigh) {
                return links[i];
            }
        }
        return null;
    }
}
