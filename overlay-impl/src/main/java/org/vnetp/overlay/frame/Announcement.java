package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;

/// A frame by which a guest that came from another host tells the network where it is now, when the guest does not
/// do so itself: a request of the reverse address resolution protocol (RFC 903), which everybody gets and nobody
/// answers. QEMU sends such frames too.
public final class Announcement {
    /// The shortest Ethernet frame, its checksum left out.
    static final int FRAME_LENGTH = 60;

    /// Bytes that [#write] needs.
    public static final int LENGTH = VirtioNetHeader.LENGTH + FRAME_LENGTH;

    private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;
    private static final int TYPE_RARP = 0x8035;
    private static final int ETHERNET = 1;
    private static final int SIX_AND_FOUR = 6 << 8 | 4;
    private static final int REQUEST_REVERSE = 3;

    private Announcement() {}

    /// Writes it, virtio_net_hdr first.
    ///
    /// @return its bytes; 0 where there is no room
    public static int write(MemorySegment slab, long offset, int capacity, long mac) {
        if (capacity < LENGTH) {
            return 0;
        }
        slab.asSlice(offset, LENGTH).fill((byte) 0);
        long ethernet = offset + VirtioNetHeader.LENGTH;
        NetworkOrder.put48(slab, ethernet, BROADCAST);
        NetworkOrder.put48(slab, ethernet + 6, mac);
        NetworkOrder.put16(slab, ethernet + EthernetHeader.TYPE_FIELD_OFFSET, TYPE_RARP);
        long body = ethernet + EthernetHeader.LENGTH;
        NetworkOrder.put16(slab, body, ETHERNET);
        NetworkOrder.put16(slab, body + 2, EthernetHeader.TYPE_IPV4);
        NetworkOrder.put16(slab, body + 4, SIX_AND_FOUR);
        NetworkOrder.put16(slab, body + 6, REQUEST_REVERSE);
        NetworkOrder.put48(slab, body + 8, mac);
        NetworkOrder.put48(slab, body + 18, mac);
        return LENGTH;
    }
}
