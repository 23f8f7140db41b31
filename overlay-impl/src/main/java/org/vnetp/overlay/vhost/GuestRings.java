package org.vnetp.overlay.vhost;

import java.util.List;

/// The rings of a guest's NIC that run, in the order of their queues.
///
/// @param sends    of frames that the guest sends
/// @param receives of buffers for frames that it receives
public record GuestRings(List<SendRing> sends, List<ReceiveRing> receives) {
    public static final GuestRings NONE = new GuestRings(List.of(), List.of());

    public GuestRings {
        sends = List.copyOf(sends);
        receives = List.copyOf(receives);
    }

    boolean runs(GuestRing ring) {
        return sends.contains(ring) || receives.contains(ring);
    }
}
