package org.vnetp.overlay.encap;

import java.util.function.LongSupplier;

/// What a link of the `vnet` format keeps of its peer for as long as the link is there, whatever loops come and go:
/// which of its datagrams have been seen, and from where one's own are numbered.
///
/// **Threads:** the windows are the receiving loop's, one after the other; the rest is [DatagramNumbers]'.
public final class VnetPeer {
    private final DatagramNumbers numbers;
    private final ReplayWindow[] windows = new ReplayWindow[VnetHeader.LANES];
    private final OpenedSequence[] opened = new OpenedSequence[VnetHeader.LANES];

    /// @param timeNs nanoseconds since 1970; must not go back while the process lives
    public VnetPeer(LongSupplier timeNs) {
        numbers = new DatagramNumbers(timeNs);
        for (int lane = 0; lane < windows.length; lane++) {
            windows[lane] = new ReplayWindow();
            opened[lane] = new OpenedSequence();
        }
    }

    DatagramNumbers numbers() {
        return numbers;
    }

    /// By lane.
    ReplayWindow[] windows() {
        return windows;
    }

    /// By lane, where datagrams were sealed.
    OpenedSequence[] opened() {
        return opened;
    }

    // --- what the peer's numbers tell of the way; the receiving loop's ---

    /// Datagrams that the peer has sent on this link, as far as the newest numbers tell.
    public long expected() {
        long sum = 0;
        for (int lane = 0; lane < windows.length; lane++) {
            sum += windows[lane].expected() + opened[lane].expected();
        }
        return sum;
    }

    /// Those of them that have not come, or not yet.
    public long missing() {
        long sum = 0;
        for (int lane = 0; lane < windows.length; lane++) {
            sum += windows[lane].count().missing() + opened[lane].count().missing();
        }
        return sum;
    }

    /// Those that came after a newer one (RFC 4737).
    public long late() {
        long sum = 0;
        for (int lane = 0; lane < windows.length; lane++) {
            sum += windows[lane].count().late() + opened[lane].count().late();
        }
        return sum;
    }

    /// How many numbers behind the newest a late one was at most.
    public long extent() {
        long most = 0;
        for (int lane = 0; lane < windows.length; lane++) {
            most = Math.max(most, windows[lane].count().extent());
            most = Math.max(most, opened[lane].count().extent());
        }
        return most;
    }

    /// How often numbers began anew: nothing is known of what was lost just then.
    public long breaks() {
        long sum = 0;
        for (int lane = 0; lane < windows.length; lane++) {
            sum += windows[lane].count().breaks() + opened[lane].count().breaks();
        }
        return sum;
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
