package org.vnetp.overlay.vhost;

import org.vnetp.overlay.posix.Doorbell;
import org.vnetp.overlay.posix.Posix;

/// A running ring of a guest's NIC with what wakes either side. See [SendRing], [ReceiveRing].
public abstract sealed class GuestRing permits SendRing, ReceiveRing {
    final Ring ring;
    final int headerLength;
    private final Doorbell kick;
    private final Doorbell call;
    // What was published before may have been told to nobody.
    private boolean callOnce = true;

    /// @param kick by which the guest wakes this process
    /// @param call by which it is woken; null where it polls
    GuestRing(Ring ring, int headerLength, Doorbell kick, Doorbell call) {
        this.ring = ring;
        this.headerLength = headerLength;
        this.kick = kick;
        this.call = call;
    }

    /// Why the ring is served no more: the guest has broken the rules; null while it is served. Any thread,
    /// for a word about it; the loop that finds it out sees it first.
    public final String broken() {
        return ring.broken();
    }

    /// Looks whether the guest's memory, or the log of its written pages, has become shorter; then the ring is
    /// served no more.
    ///
    /// @return false where it has
    public final boolean checkMemory() {
        boolean intact = ring.memory.intact();
        if (intact && (ring.log == null || ring.log.intact())) {
            return true;
        }
        ring.fail(intact ? "the log of the guest's written pages was cut short" : "the guest's memory was cut short");
        return false;
    }

    /// The descriptor that becomes readable when the guest kicks.
    public final int descriptor() {
        return kick.descriptor();
    }

    /// Takes the kicks that have come.
    ///
    /// @return how many
    public final long kicks(Posix posix) {
        return kick.taken(posix);
    }

    /// Wakes the guest if it asked for that since it was woken the last time.
    ///
    /// @return whether it was
    final boolean callIfWanted(Posix posix) {
        boolean wanted = ring.wantsCall();
        if (!wanted && !callOnce || call == null) {
            return false;
        }
        callOnce = false;
        return call.ring(posix);
    }

    /// Wakes the guest whatever it asked for.
    final boolean callNow(Posix posix) {
        return call != null && call.ring(posix);
    }
}
