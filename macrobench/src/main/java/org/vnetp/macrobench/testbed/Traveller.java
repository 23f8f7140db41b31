package org.vnetp.macrobench.testbed;

/// A guest beside the fabric's endpoints that can be moved from host to host while others talk to it, as a live
/// migration does at its end: its programs, its interface's addresses and its sockets stay, another host carries
/// its frames from then on.
///
/// The guest's memory is not copied, since the guest runs on this machine before and after; what a migration's
/// last copy takes comes on top of what is seen here. Endpoints know the guest's MAC address beforehand, as their
/// neighbour tables would. For one thread.
public interface Traveller extends AutoCloseable {
    /// The guest, at the host where it is now.
    Endpoint endpoint();

    /// Moves it, and returns when the fabric's nodes know of it.
    ///
    /// @param host the index of another host of the testbed
    /// @throws FabricException when a node refuses
    void moveTo(int host);

    /// Removes the guest; the fabric is as it was before.
    @Override
    void close();
}
