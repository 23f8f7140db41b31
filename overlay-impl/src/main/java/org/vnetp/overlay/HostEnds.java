package org.vnetp.overlay;

import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.TapDevice;
import org.vnetp.overlay.posix.VethPair;

/// The interfaces that a NIC with the fast path has in the node's own namespace, by name: `NIC.veth`, the other end
/// of the guest's pair, and `NIC.tap`. Where a NIC of the same name, of another guest, has these, they are
/// `NIC.veth2` and `NIC.tap2`, and so on: nodes of several networks may share a host.
record HostEnds(String veth, String tap) {
    private static final String VETH = ".veth";
    private static final String TAP = ".tap";
    private static final int MOST = 64;

    /// The longest name that a NIC with the fast path may have, characters.
    static final int LONGEST_NIC_NAME = TapDevice.MAX_NAME_LENGTH - VETH.length();

    /// The names where no other NIC has them; a pair's end that waits in its guest's namespace has them always.
    static HostEnds first(String nic) {
        return numbered(nic, "");
    }

    private static HostEnds numbered(String nic, String number) {
        return new HostEnds(nic + VETH + number, nic + TAP + number);
    }

    /// The names of the guest's pair where it is there already, as after the node was killed, or names that are free.
    ///
    /// @param namespace path of the guest's
    /// @throws PosixException EEXIST, where none is free
    static HostEnds choose(String nic, String namespace) {
        HostEnds free = null;
        for (int number = 1; number <= MOST; number++) {
            HostEnds ends = numbered(nic, number == 1 ? "" : String.valueOf(number));
            if (ends.veth().length() > TapDevice.MAX_NAME_LENGTH) {
                break;
            }
            if (VethPair.index(ends.veth()) > 0) {
                if (VethPair.joins(ends.veth(), nic, namespace)) {
                    return ends;
                }
            } else if (free == null && VethPair.index(ends.tap()) <= 0) {
                free = ends;
            }
        }
        if (free == null) {
            throw new PosixException(
                    "find names for the interfaces of '" + nic + "', as '"
                            + first(nic).veth() + "', that no other node has here (a shorter name has more)",
                    Errno.EEXIST);
        }
        return free;
    }
}
