package org.vnetp.overlay;

import java.util.Map;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.posix.InterfaceDrops;

/// One NIC of the node's, whatever stands behind it: what [Nics] asks of each kind.
///
/// **Thread:** control's, one at a time.
sealed interface GuestNic permits TapGuest, InProcessGuest, VhostGuest, AttachedGuest {
    /// As it was stated, with what was changed since.
    NodeConfig.Nic config();

    void config(NodeConfig.Nic changed);

    /// Gives the queues to the loops.
    ///
    /// @return false where there is nothing to give now
    boolean attach();

    /// What the kernel counts drops of, from 0 on; null where it counts none.
    default Object counted() {
        return null;
    }

    /// What was dropped at the device before a loop saw it; null where that cannot be told.
    default InterfaceDrops drops() {
        return null;
    }

    /// Follows what the links carry.
    ///
    /// @param mtu   the guest MTU with which ordinary frames need no second datagram
    /// @param limit the longest superframe that the links carry whole
    default void followLinks(int mtu, int limit) {}

    /// Sets the guest's MTU, bytes, as far as that is the node's to set.
    ///
    /// @throws org.vnetp.overlay.posix.PosixException where the kernel refuses
    default void mtu(int bytes) {}

    /// Follows what the fast path serves.
    default void followFastPath() {}

    /// A loop has got a superframe inside a tunnel of the guest's own.
    default void onTunnel() {}

    /// A loop has found a descriptor dead.
    default void onDeath(Death death, long nowNs) {}

    /// Looks at a device whose going nobody tells, and takes one back that is there again.
    ///
    /// @return whether it is still missing
    default boolean isMissing(long nowNs) {
        return false;
    }

    /// For `show nics`: strings, numbers, booleans.
    Map<String, Object> describe();

    /// Frees everything; no loop has the NIC any more.
    ///
    /// @param deleted by a statement; else the node ends
    void close(boolean deleted);
}
