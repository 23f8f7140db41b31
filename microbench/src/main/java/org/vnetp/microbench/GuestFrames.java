package org.vnetp.microbench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.frame.InternetChecksum;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.frame.VirtioNetHeader;

/// Frames as a guest's kernel hands them to a TAP: virtio_net_hdr, Ethernet, IPv4, TCP, payload,
/// with the checksum left to do. Frames above [#ORDINARY] bytes are superframes with segmentation
/// left to do as well.
public final class GuestFrames {
    public static final long SOURCE = 0x02_00_00_00_00_01L;
    public static final long DESTINATION = 0x02_00_00_00_00_02L;
    /// The longest frame that is no superframe.
    public static final int ORDINARY = 1442;
    /// Room before each frame, as the way out has it.
    public static final int HEADROOM = 64;

    private static final int ETHERNET = 14;
    private static final int IP = 20;
    private static final int TCP = 20;
    private static final int HEADERS = ETHERNET + IP + TCP;

    private GuestFrames() {}

    /// A segment that holds one frame at [#HEADROOM].
    ///
    /// @param frameBytes of the Ethernet frame, at least 54
    public static MemorySegment allocate(Arena arena, int frameBytes) {
        MemorySegment slab = arena.allocate(HEADROOM + VirtioNetHeader.LENGTH + (long) frameBytes, 64);
        write(slab, HEADROOM, frameBytes);
        return slab;
    }

    /// Writes a frame whose virtio_net_hdr begins at `at`.
    public static void write(MemorySegment slab, long at, int frameBytes) {
        boolean superframe = frameBytes > ORDINARY;
        VirtioNetHeader.encode(
                slab,
                at,
                VirtioNetHeader.FLAG_NEEDS_CHECKSUM,
                superframe ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_NONE,
                superframe ? HEADERS : 0,
                superframe ? ORDINARY - HEADERS : 0,
                ETHERNET + IP,
                16);
        long ethernet = at + VirtioNetHeader.LENGTH;
        for (long i = HEADERS; i < frameBytes; i++) {
            slab.set(ValueLayout.JAVA_BYTE, ethernet + i, (byte) (i * 31));
        }
        for (int i = 0; i < 6; i++) {
            slab.set(ValueLayout.JAVA_BYTE, ethernet + i, (byte) (DESTINATION >>> 40 - 8 * i));
            slab.set(ValueLayout.JAVA_BYTE, ethernet + 6 + i, (byte) (SOURCE >>> 40 - 8 * i));
        }
        NetworkOrder.put16(slab, ethernet + 12, 0x0800);
        long ip = ethernet + ETHERNET;
        NetworkOrder.put32(slab, ip, 0x4500_0000 | frameBytes - ETHERNET);
        NetworkOrder.put32(slab, ip + 4, 0x0001_4000);
        NetworkOrder.put32(slab, ip + 8, 0x4006_0000);
        NetworkOrder.put32(slab, ip + 12, 0x0a00_0001);
        NetworkOrder.put32(slab, ip + 16, 0x0a00_0002);
        NetworkOrder.put16(slab, ip + 10, InternetChecksum.complement(InternetChecksum.sum(slab, ip, IP)));
        long tcp = ip + IP;
        NetworkOrder.put32(slab, tcp, 40_000 << 16 | 5001);
        NetworkOrder.put32(slab, tcp + 4, 1);
        NetworkOrder.put32(slab, tcp + 8, 1);
        NetworkOrder.put32(slab, tcp + 12, 0x5010_ffff);
        int pseudo = InternetChecksum.pseudoIpv4(slab, ip, 6) + frameBytes - ETHERNET - IP;
        NetworkOrder.put32(slab, tcp + 16, InternetChecksum.fold(pseudo) << 16);
    }
}
