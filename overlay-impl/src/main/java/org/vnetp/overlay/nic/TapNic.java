package org.vnetp.overlay.nic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.TunnelFrame;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;

/// One queue of a TAP device.
public final class TapNic implements VirtualNic {
    /// By how much the longer virtio_net_hdr begins before the shorter one.
    static final int EXTRA = VirtioNetHeader.TUNNEL_LENGTH - VirtioNetHeader.LENGTH;

    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int fd;
    private final ReadBudget budget;
    private final boolean tunnels;

    /// @param fd a non-blocking descriptor of an attached TAP with a 12-byte virtio_net_hdr; closed by [#close]
    public TapNic(int fd) {
        this(fd, ReadBudget.NONE, false);
    }

    /// @param budget  told what was read
    /// @param tunnels the TAP's virtio_net_hdr is the longer one, for tunnels. Frames then need 12 bytes before
    ///                them, in the slab that is read to as in those that are written from: they are used
    ///                during the call, and are as before after a write
    public TapNic(int fd, ReadBudget budget, boolean tunnels) {
        this.fd = fd;
        this.budget = budget;
        this.tunnels = tunnels;
    }

    @Override
    public int read(Posix posix, MemorySegment slab, long offset, int capacity) {
        int got = tunnels ? readLong(posix, slab, offset, capacity) : posix.read(fd, slab.address() + offset, capacity);
        if (got > 0) {
            budget.taken(got - VirtioNetHeader.LENGTH);
            return got;
        }
        if (got == -Errno.EAGAIN) {
            budget.empty();
            return NOTHING;
        }
        return got == -Errno.EINTR ? NOTHING : got;
    }

    private int readLong(Posix posix, MemorySegment slab, long offset, int capacity) {
        long from = offset - EXTRA;
        int got = posix.read(fd, slab.address() + from, capacity + EXTRA);
        if (got <= EXTRA) {
            return got;
        }
        boolean tunnelled = VirtioNetHeader.tunnelled(VirtioNetHeader.gsoType(slab, from));
        int outer = Short.toUnsignedInt(slab.get(SHORT, from + VirtioNetHeader.OUTER_TRANSPORT_FIELD_OFFSET));
        int inner = Short.toUnsignedInt(slab.get(SHORT, from + VirtioNetHeader.INNER_NETWORK_FIELD_OFFSET));
        MemorySegment.copy(slab, from, slab, offset, VirtioNetHeader.LENGTH);
        if (tunnelled) {
            int tags = untold(slab, offset + VirtioNetHeader.LENGTH, got - VirtioNetHeader.TUNNEL_LENGTH, outer);
            VirtioNetHeader.tunnel(slab, offset, outer + tags, inner + tags);
        }
        return got - EXTRA;
    }

    /// The kernel puts a VLAN tag that stood beside the frame into it, but does not count it in with these offsets
    /// (drivers/net/tun.c of Linux 6.17); one that counts it in is right as well.
    private static int untold(MemorySegment slab, long frame, int length, int outer) {
        int network = TunnelFrame.network(slab, frame, length, length);
        if (network < 0) {
            return 0;
        }
        int first = NetworkOrder.u8(slab, frame + network);
        int transport = network + (first >>> 4 == 4 ? (first & 15) << 2 : 40);
        return transport - outer == 4 ? 4 : 0;
    }

    @Override
    public int write(Posix posix, ScatterList frame) {
        return tunnels ? writeLong(posix, frame) : writeAsIs(posix, frame);
    }

    /// The longer header lies over the shorter one and what is before it, which both are put back: others may get the
    /// frame, too.
    private int writeLong(Posix posix, ScatterList frame) {
        long shorter = frame.sliceAddress(0);
        long at = shorter - EXTRA;
        long first = MEMORY.get(LONG, at);
        long second = MEMORY.get(LONG, at + 8);
        long third = MEMORY.get(LONG, at + 16);
        boolean tunnelled = VirtioNetHeader.tunnelled(VirtioNetHeader.gsoType(MEMORY, shorter));
        int outer = tunnelled ? VirtioNetHeader.outerTransport(MEMORY, shorter) : 0;
        int inner = tunnelled ? VirtioNetHeader.innerNetwork(MEMORY, shorter) : 0;
        int headers = tunnelled
                ? TunnelFrame.headers(MEMORY, shorter, frame.sliceLength(0), frame.totalBytes())
                : VirtioNetHeader.headerLength(MEMORY, shorter);
        int offset = VirtioNetHeader.checksumOffset(MEMORY, shorter);
        MEMORY.set(LONG, at, VirtioNetHeader.front(MEMORY, shorter));
        MEMORY.set(LONG, at + 8, 0);
        MEMORY.set(LONG, at + 16, 0);
        MEMORY.set(SHORT, at + VirtioNetHeader.CHECKSUM_OFFSET_FIELD_OFFSET, (short) offset);
        MEMORY.set(SHORT, at + VirtioNetHeader.HEADER_LENGTH_FIELD_OFFSET, (short) Math.max(0, headers));
        MEMORY.set(SHORT, at + VirtioNetHeader.OUTER_TRANSPORT_FIELD_OFFSET, (short) outer);
        MEMORY.set(SHORT, at + VirtioNetHeader.INNER_NETWORK_FIELD_OFFSET, (short) inner);
        frame.first(at, frame.sliceLength(0) + EXTRA);
        int written = writeAsIs(posix, frame);
        frame.first(shorter, frame.sliceLength(0) - EXTRA);
        MEMORY.set(LONG, at, first);
        MEMORY.set(LONG, at + 8, second);
        MEMORY.set(LONG, at + 16, third);
        return written > 0 ? written - EXTRA : written;
    }

    @Override
    public boolean takesTunnels() {
        return tunnels;
    }

    private int writeAsIs(Posix posix, ScatterList frame) {
        return frame.count() == 1
                ? posix.write(fd, frame.sliceAddress(0), frame.sliceLength(0))
                : posix.writev(fd, frame.address(), frame.count());
    }

    @Override
    public int descriptor() {
        return fd;
    }

    @Override
    public void close() {
        new Posix().close(fd);
    }
}
