package org.vnetp.overlay.dispatch;

import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.stats.PortCounters;

/// A NIC's queue as one loop sees it, with its counters. Only that loop writes it.
public final class NicPort {
    final int id;
    final String name;
    final VirtualNic nic;

    /// The last visits found more than one frame: worth reading until there is none left.
    boolean expectMore;

    final PortCounters counters;

    /// [VirtualNic#readsMemory]: no system calls, and what the guest says has been checked by nobody.
    final boolean memory;

    /// Its last frame went to a virtual machine of this node, so the next one will.
    boolean toGuest;

    /// Frames were written that the guest may not know of yet.
    boolean unsaid;

    /// The guest has a tunnel of its own: a superframe of it came.
    boolean tunnels;

    /// Null while the loop does not read the NIC.
    Descriptors.Watch watch;

    /// The errno by which the device said that it is gone, or 0.
    int death;

    /// @param id       the port's number in the routing table
    /// @param counters this loop's counters of the port
    public NicPort(int id, String name, VirtualNic nic, PortCounters counters) {
        this.id = id;
        this.name = name;
        this.nic = nic;
        this.counters = counters;
        this.memory = nic.readsMemory();
    }
}
