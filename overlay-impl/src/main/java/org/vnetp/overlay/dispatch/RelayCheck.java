package org.vnetp.overlay.dispatch;

import java.lang.foreign.Arena;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameDigest;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.Destinations;
import org.vnetp.overlay.route.FloodMemory;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.DropReason;

/// Lets each frame cross a node once, where frames go on from link to link ([FloodMemory]). One loop's; the memory is
/// the node's.
///
/// Where learning relays, every frame is looked at: also one for a single guest may come by two ways, as one node
/// on its way knew where that guest is and another did not, and may be caught between two nodes that each take the
/// other for the way. Where only rules lead from link to link, broadcast and multicast are: with VNET/P's rules a frame
/// for one guest goes the one way that the operator has written down.
final class RelayCheck {
    private final FloodMemory memory;
    private final FrameDigest digest = new FrameDigest(Arena.ofAuto());
    private final boolean groupsOnly;

    RelayCheck(RoutingTable table, FloodMemory memory) {
        this.memory = memory;
        this.groupsOnly = !table.learning().enabled() || !table.learning().relay();
    }

    /// Whether a frame may go on.
    ///
    /// @param to where it would go
    /// @return null, or why it goes no further
    DropReason refusal(Frame frame, int sourcePort, long destination, Destinations to, long nowNs) {
        boolean group = MacAddress.isGroup(destination);
        if (groupsOnly && !group) {
            return null;
        }
        return switch (memory.admit(digest.of(frame), sourcePort, group || to.count() > 1, nowNs)) {
            case FloodMemory.NEW -> null;
            case FloodMemory.REPEATED -> DropReason.DUPLICATE;
            default -> DropReason.FLOOD_LIMIT;
        };
    }
}
