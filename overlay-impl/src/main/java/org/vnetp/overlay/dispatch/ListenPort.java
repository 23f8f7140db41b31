package org.vnetp.overlay.dispatch;

import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpListener;

/// The listening socket as its loop sees it. Whoever arrives here is a stranger. One loop's.
public final class ListenPort {
    final UdpListener listener;
    final ReceiveBatch batch;
    Descriptors.Watch watch;

    public ListenPort(UdpListener listener, ReceiveBatch batch) {
        this.listener = listener;
        this.batch = batch;
    }
}
