package org.vnetp.overlay.frame;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A reused view of one frame on its way: virtio_net_hdr, Ethernet header, payload, as one or more slices.
///
/// [#head] and [#offset] tell where the first slice lies, so that headers can be read with bounds;
/// the first slice holds the virtio_net_hdr and all headers contiguously. The bytes belong to the
/// slab of whoever filled the view (a NIC's read slab, a link's receive slab) and stay valid until
/// that owner says so, at least until the call that got the view returns.
public final class Frame {
    /// Most bytes of Ethernet frame: 18 bytes of header with a VLAN tag, 65535 of payload, rounded up.
    public static final int MAX_LENGTH = 65_600;

    private final ScatterList slices;
    private MemorySegment head;
    private long offset;
    private int headLength;
    private int hopLimit;
    /// Whether [#slices] has been asked for; most frames are one slice, and who only looks at them needs no list.
    private boolean listed;

    /// @param slices most slices a frame of this view may have
    public Frame(Arena arena, int slices) {
        this.slices = new ScatterList(arena, slices);
        this.head = MemorySegment.NULL;
    }

    /// Begins a frame with its first slice.
    ///
    /// @param segment    the slab that holds it
    /// @param at         offset of the virtio_net_hdr in the slab
    /// @param length     bytes of the first slice, virtio_net_hdr included
    /// @param hops       how often the frame may still be forwarded from link to link
    public Frame wrap(MemorySegment segment, long at, int length, int hops) {
        head = segment;
        offset = at;
        headLength = length;
        hopLimit = hops;
        listed = false;
        return this;
    }

    /// The slab that holds the first slice.
    public MemorySegment head() {
        return head;
    }

    /// Offset of the virtio_net_hdr in [#head].
    public long offset() {
        return offset;
    }

    /// Address of the first slice.
    public long address() {
        return head.address() + offset;
    }

    /// Offset of the Ethernet header in [#head].
    public long ethernet() {
        return offset + VirtioNetHeader.LENGTH;
    }

    /// Bytes that may be read from [#offset] on: the first slice.
    public int headLength() {
        return headLength;
    }

    /// All slices; the first begins with the virtio_net_hdr.
    public ScatterList slices() {
        if (!listed) {
            slices.clear();
            slices.addSeparately(address(), headLength);
            listed = true;
        }
        return slices;
    }

    /// Bytes of all slices: virtio_net_hdr and Ethernet frame.
    public int length() {
        return listed ? slices.totalBytes() : headLength;
    }

    public int hopLimit() {
        return hopLimit;
    }

    public void hopLimit(int hops) {
        hopLimit = hops;
    }

    /// True when the frame is one slice.
    public boolean contiguous() {
        return !listed || slices.count() == 1;
    }

    public long destination() {
        return EthernetHeader.destination(head, ethernet());
    }

    public long source() {
        return EthernetHeader.source(head, ethernet());
    }
}
