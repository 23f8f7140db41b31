package org.vnetp.macrobench.testbed;

import java.time.Duration;
import java.util.Optional;

/// A guest beside the fabric's endpoints that can be moved from host to host while others talk to it, as a live
/// migration does at its end: its programs, its interface's addresses and its sockets stay, another host carries
/// its frames from then on.
///
/// Where the guest is a namespace, its memory is not copied, since it runs on this machine before and after; what a
/// migration's last copy takes comes on top of what is seen here. A virtual machine's is. Endpoints know the guest's
/// MAC address beforehand, as their
/// neighbour tables would. For one thread.
public interface Traveller extends AutoCloseable {
    /// The guest, at the host where it is now.
    Endpoint endpoint();

    /// How long a move may take of a guest that stands still for a part of it, its clock included: what it notes
    /// itself tells nothing of the outage. Zero for a guest that goes on running.
    default Duration longestMove() {
        return Duration.ZERO;
    }

    /// What the last move of such a guest took, as who moved it tells.
    default Optional<Pause> pause() {
        return Optional.empty();
    }

    /// @param ms that the guest stood still
    /// @param bytes of its memory that were copied, some of them more than once
    record Pause(double ms, double bytes) {}

    /// Moves it, and returns when the fabric's nodes know of it.
    ///
    /// @param host the index of another host of the testbed
    /// @throws FabricException when a node refuses
    void moveTo(int host);

    /// Removes the guest; the fabric is as it was before.
    @Override
    void close();
}
