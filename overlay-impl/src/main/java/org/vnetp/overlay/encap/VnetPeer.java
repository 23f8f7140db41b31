package org.vnetp.overlay.encap;

import java.util.function.LongSupplier;

/// What a link of the `vnet` format keeps of its peer for as long as the link is there, whatever loops come and go:
/// which of its datagrams have been seen, and from where one's own are numbered.
///
/// **Threads:** the windows are the receiving loop's, one after the other; the rest is [DatagramNumbers]'.
public final class VnetPeer {
    private final DatagramNumbers numbers;
    private final ReplayWindow[] windows = new ReplayWindow[VnetHeader.LANES];

    /// @param timeNs nanoseconds since 1970; must not go back while the process lives
    public VnetPeer(LongSupplier timeNs) {
        numbers = new DatagramNumbers(timeNs);
        for (int lane = 0; lane < windows.length; lane++) {
            windows[lane] = new ReplayWindow();
        }
    }

    DatagramNumbers numbers() {
        return numbers;
    }

    /// By lane.
    ReplayWindow[] windows() {
        return windows;
    }

    /// Lets this end's numbers go on as far ahead as after a new start. For who wants to see what peers make of that.
    public void renew() {
        numbers.atLeast(numbers.begin() + 2L * ReplayWindow.MAX_JUMP);
    }

    /// How often the peer knew newer datagram numbers than this node's: its clock was set back between two lives.
    public long renewals() {
        return numbers.renewals();
    }
}
