package org.vnetp.overlay.stats;

import java.util.Locale;

/// What is counted at a port (a NIC or a link). `IN` is into the node: from the guest, from the
/// underlay.
public enum PortCounter {
    /// Frames that came in; a superframe counts once.
    FRAMES_IN("frames into the node; a superframe counts once"),
    /// Bytes of those frames, Ethernet header included, virtio_net_hdr and outer headers not.
    BYTES_IN("bytes of frames into the node, Ethernet header included"),
    /// Those of them that are superframes (segmentation left to the receiver).
    SUPERFRAMES_IN("superframes into the node"),
    /// Frames that went out.
    FRAMES_OUT("frames out of the node; a superframe counts once"),
    /// Bytes of those frames.
    BYTES_OUT("bytes of frames out of the node, Ethernet header included"),
    /// Those of them that are superframes.
    SUPERFRAMES_OUT("superframes out of the node"),
    /// Datagrams received on a link.
    DATAGRAMS_IN("datagrams received"),
    /// Datagrams sent on a link.
    DATAGRAMS_OUT("datagrams sent"),
    /// Bytes of UDP payload received.
    WIRE_BYTES_IN("bytes of UDP payload received"),
    /// Bytes of UDP payload sent.
    WIRE_BYTES_OUT("bytes of UDP payload sent"),
    /// System calls that read from the port.
    CALLS_IN("system calls that read from the port"),
    /// System calls that wrote to the port.
    CALLS_OUT("system calls that wrote to the port"),
    /// Receive calls that brought several datagrams in one piece (UDP_GRO).
    GRO_RECEIVES("receive calls that brought several datagrams at once"),
    /// Send calls that carried several datagrams in one piece (UDP_SEGMENT).
    GSO_SENDS("send calls that carried several datagrams at once"),
    /// Times the kernel refused an offload and the slower way was taken.
    OFFLOAD_FALLBACKS("times an offload was refused and the slower way taken"),
    /// Frames whose payload had to be copied in user space.
    COPIED_FRAMES("frames whose payload had to be copied"),
    /// Times a virtual machine's guest woke the node, for frames that it sent or buffers that were waited for: each is
    /// an exit of the guest.
    KICKS("times the guest woke the node for frames it sent, or buffers waited for"),
    /// Times the node woke the guest, for frames or for buffers that it may use again.
    CALLS("times the node woke the guest"),
    /// Those of them that went before a frame, so that the guest is on its way when it is there.
    EARLY_CALLS("times the node woke the guest before a frame was there"),
    /// Visits of a NIC that is polled which found nothing.
    EMPTY_POLLS("visits of a polled NIC that found nothing"),
    /// System calls that failed in another way than being full.
    ERRORS("system calls that failed"),
    /// Frames discarded on their way in from this port.
    DROPS_IN("frames discarded that came in here"),
    /// Frames discarded on their way out to this port.
    DROPS_OUT("frames discarded that should have gone out here");

    private final String description;
    private final String label;

    PortCounter(String description) {
        this.description = description;
        this.label = name().toLowerCase(Locale.ROOT);
    }

    public String description() {
        return description;
    }

    /// The name in `show stats --json`, such as `frames_in`.
    public String label() {
        return label;
    }
}
