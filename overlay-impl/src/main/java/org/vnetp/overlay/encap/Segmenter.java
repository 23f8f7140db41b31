package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.FrameParser;
import org.vnetp.overlay.frame.InternetChecksum;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;

/// The sending half of the `vxlan` format (RFC 7348): cuts a guest's superframe into the frames that it stands for,
/// as a NIC with TCP and UDP segmentation offload would, and puts a VXLAN header before each.
///
/// The way of a superframe (TCP over IPv4 or IPv6, or UDP; with or without VLAN tags):
///
/// 1. The virtio_net_hdr says what the kernel left undone. Its lengths are hints of the guest: the headers are
/// parsed again and everything is checked; what does not fit together is refused and counted. 2. What is equal in
/// all segments is summed once: pseudo header, TCP header without sequence number and flags, IPv4 header without
/// length and id. 3. For each segment the headers are copied into scratch memory behind a VXLAN header and patched:
/// lengths, IPv4 id, TCP sequence number, FIN and PSH only in the last, CWR only in the first, checksums. The
/// payload is not copied: a slice of the guest's frame follows in the scatter list. It is read once, for the
/// checksum, while the read from the TAP still has it in the cache. 4. Datagrams of equal size run into one train,
/// over frame boundaries, so that a burst of small frames is one sendmsg as well; a shorter datagram ends its
/// train.
///
/// An ordinary frame with NEEDS_CSUM (the usual case for acknowledgements and small UDP) gets its checksum
/// finished. One link's, one loop's; allocates nothing after construction.
public final class Segmenter implements Encapsulator {
    /// Most bytes of headers before the payload: two VLAN tags, IPv6 with extensions or IPv4 with options, TCP with
    /// options.
    static final int MAX_HEADERS = 512;
    /// Most datagrams one frame may become, two slices each. A superframe with segments so small that it needs more
    /// (168 bytes for 64 KB; TCP goes no lower than 500 or so) is hostile.
    static final int MAX_SEGMENTS = 390;
    /// Most UDP payload the kernel takes in one sendmsg with UDP_SEGMENT.
    static final int MAX_TRAIN_BYTES = 65_507;

    /// The kernel's UDP_MAX_SEGMENTS was 64 until Linux 6.8, and UDP_GRO never joins more.
    static final int MAX_TRAIN_DATAGRAMS = 64;

    /// A datagram must take a frame with the smallest IP packet that every network carries (RFC 791: 68 bytes).
    public static final int LEAST_CAPACITY = VxlanHeader.LENGTH + FrameParser.ETHERNET_HEADER + 68;

    private static final int SCRATCH = 256 * 1024;
    /// Shorter frames are copied behind their VXLAN header: one slice costs less than two.
    private static final int COPY_BELOW = 256;

    private static final int NO_FIELD = -1;

    private static final int FLAG_FIN_PSH = 0x09;
    private static final int FLAG_CWR = 0x80;

    private final int network;
    private final MemorySegment scratch;
    private final long scratchAddress;
    private final MemorySegment gather;
    /// The headers of messages, by kind: the same for all of a kind.
    private final MemorySegment messageHeaders;
    private final FrameParser parser = new FrameParser();
    private int scratchUsed;
    private boolean gatherUsed;
    private int capacity;
    private int guestMtu;

    // The open train.
    private int trainSegment;
    private int trainDatagrams;
    private int trainBytes;
    private boolean trainShort;
    private int trainEcn;

    /// Of the frame at hand.
    private int ecn;

    private long superframes;
    private long segments;
    private long trains;
    private long gathered;
    private long checksumsFinished;
    private long malformed;
    private long unsupportedOffload;
    private long tooBig;

    /// @param arena owns the scratch memory (400 KiB)
    /// @param network the 24-bit VXLAN network id
    /// @param datagramCapacity most UDP payload bytes of a datagram: the path's MTU without IP and UDP headers
    public Segmenter(Arena arena, int network, int datagramCapacity) {
        if (network < 0 || network > VxlanHeader.MAX_NETWORK) {
            throw new IllegalArgumentException(
                    "network " + network + ": expected a VXLAN network id of 0.." + VxlanHeader.MAX_NETWORK);
        }
        this.network = network;
        scratch = arena.allocate(SCRATCH, 64);
        scratchAddress = scratch.address();
        gather = arena.allocate(VirtioNetHeader.LENGTH + Frame.MAX_LENGTH, 64);
        messageHeaders = arena.allocate((Messages.MOST_KINDS + 1L) * VxlanHeader.LENGTH, 64);
        for (int kind = 0; kind <= Messages.MOST_KINDS; kind++) {
            VxlanHeader.writeMessage(messageHeaders, (long) kind * VxlanHeader.LENGTH, network, kind);
        }
        datagramCapacity(datagramCapacity);
    }

    @Override
    public void datagramCapacity(int bytes) {
        if (bytes < LEAST_CAPACITY) {
            throw new IllegalArgumentException(
                    "datagrams of " + bytes + " bytes are too small for the vxlan format: at least " + LEAST_CAPACITY);
        }
        capacity = Math.min(bytes, MAX_TRAIN_BYTES);
        guestMtu = guestMtu(capacity);
    }

    @Override
    public boolean message(int kind, long address, int length, DatagramSink sink) {
        finish(sink);
        sink.slice(messageHeaders.address() + (long) kind * VxlanHeader.LENGTH, VxlanHeader.LENGTH);
        sink.slice(address, length);
        sink.endTrain(VxlanHeader.LENGTH + length, 1, VxlanHeader.LENGTH + length, Ecn.NOT_ECT);
        return true;
    }

    @Override
    public int mostMessage() {
        return capacity - VxlanHeader.LENGTH;
    }

    @Override
    public int leastCapacity() {
        return LEAST_CAPACITY;
    }

    /// The largest IP packet of a guest that fits one datagram of so many bytes.
    public static int guestMtu(int datagramCapacity) {
        return datagramCapacity - VxlanHeader.LENGTH - FrameParser.ETHERNET_HEADER;
    }

    /// The largest superframe (gso_max_size of the guest's NIC) whose segments fit one train: with larger ones
    /// every superframe would take two system calls at each end. Reckoned with the headers of TCP over IPv4 and
    /// timestamps.
    public static int superframeLimit(int datagramCapacity) {
        int datagrams = Math.clamp(MAX_TRAIN_BYTES / Math.max(1, datagramCapacity), 1, MAX_TRAIN_DATAGRAMS);
        return datagrams * (datagramCapacity - VxlanHeader.LENGTH - FrameParser.ETHERNET_HEADER - 52);
    }

    @Override
    public int guestMtu() {
        return guestMtu;
    }

    @Override
    public int encapsulate(Frame frame, DatagramSink sink) {
        if (frame.contiguous()) {
            return encapsulate(frame.head(), frame.offset(), frame.headLength(), sink);
        }
        // A frame in slices comes from another link. Forwarding is the rare case and may cost a copy.
        if (gatherUsed) {
            return FULL;
        }
        final int length = frame.length();
        if (length > gather.byteSize()) {
            malformed++;
            return UNSUPPORTED;
        }
        gather(frame.slices());
        gathered++;
        final int result = encapsulate(gather, 0, length, sink);
        gatherUsed = result == STAGED;
        return result;
    }

    private void gather(ScatterList slices) {
        long at = 0;
        for (int i = 0; i < slices.count(); i++) {
            final int length = slices.sliceLength(i);
            MemorySegment.copy(
                    MemorySegment.ofAddress(slices.sliceAddress(i)).reinterpret(length), 0, gather, at, length);
            at += length;
        }
    }

    /// Stages one contiguous frame.
    ///
    /// @param offset where its virtio_net_hdr begins
    /// @param length bytes from there on
    /// @return [#STAGED], [#FULL], [#UNSUPPORTED] or [#TOO_BIG]
    public int encapsulate(MemorySegment slab, long offset, int length, DatagramSink sink) {
        final long frame = offset + VirtioNetHeader.LENGTH;
        final int frameLength = length - VirtioNetHeader.LENGTH;
        if (frameLength < FrameParser.ETHERNET_HEADER) {
            malformed++;
            return UNSUPPORTED;
        }
        ecn = Ecn.of(slab, frame, frameLength);
        if (VirtioNetHeader.gsoType(slab, offset) != VirtioNetHeader.GSO_NONE) {
            return superframe(slab, offset, frame, frameLength, sink);
        }
        if (VxlanHeader.LENGTH + frameLength > capacity) {
            tooBig++;
            return TOO_BIG;
        }
        if ((VirtioNetHeader.flags(slab, offset) & VirtioNetHeader.FLAG_NEEDS_CHECKSUM) != 0) {
            return unfinished(slab, offset, frame, frameLength, sink);
        }
        return ordinary(slab, frame, frameLength, sink);
    }

    private int ordinary(MemorySegment slab, long frame, int length, DatagramSink sink) {
        final int copied = length <= COPY_BELOW ? length : 0;
        if (!hasRoom(stride(copied))) {
            return FULL;
        }
        stage(slab, frame, length, copied, NO_FIELD, 0, sink);
        return STAGED;
    }

    /// Finishes the checksum of an ordinary frame: the field holds the pseudo header's sum and is summed along.
    private int unfinished(MemorySegment slab, long offset, long frame, int length, DatagramSink sink) {
        final int start = VirtioNetHeader.checksumStart(slab, offset);
        final int field = start + VirtioNetHeader.checksumOffset(slab, offset);
        if (start < FrameParser.ETHERNET_HEADER || field + 2 > length || field + 2 > MAX_HEADERS) {
            malformed++;
            return UNSUPPORTED;
        }
        final int copied = length <= COPY_BELOW ? length : field + 2;
        if (!hasRoom(stride(copied))) {
            return FULL;
        }
        final int checksum = InternetChecksum.complementUdp(InternetChecksum.sum(slab, frame + start, length - start));
        stage(slab, frame, length, copied, field, checksum, sink);
        checksumsFinished++;
        return STAGED;
    }

    /// Stages one datagram whose first `copied` bytes of frame go through scratch memory, where `value` is stored
    /// at `field`.
    private void stage(
            MemorySegment slab, long frame, int length, int copied, int field, int value, DatagramSink sink) {
        final long at = scratchUsed;
        scratchUsed += stride(copied);
        VxlanHeader.write(scratch, at, network);
        MemorySegment.copy(slab, frame, scratch, at + VxlanHeader.LENGTH, copied);
        if (field != NO_FIELD) {
            NetworkOrder.put16(scratch, at + VxlanHeader.LENGTH + field, value);
        }
        openFor(VxlanHeader.LENGTH + length, sink);
        sink.slice(scratchAddress + at, VxlanHeader.LENGTH + copied);
        if (copied < length) {
            sink.slice(slab.address() + frame + copied, length - copied);
        }
    }

    private int superframe(MemorySegment slab, long offset, long frame, int length, DatagramSink sink) {
        final int type = VirtioNetHeader.gsoType(slab, offset) & ~VirtioNetHeader.GSO_ECN;
        final int gsoSize = VirtioNetHeader.gsoSize(slab, offset);
        final int kind = parser.parse(slab, frame, length);
        final boolean ipv4 = parser.isIpv4();
        final boolean tcp = kind == FrameParser.TCP;
        final boolean agrees = switch (type) {
            case VirtioNetHeader.GSO_TCPV4 -> tcp && ipv4;
            case VirtioNetHeader.GSO_TCPV6 -> tcp && !ipv4;
            case VirtioNetHeader.GSO_UDP_L4 -> kind == FrameParser.UDP;
            default -> false;
        };
        final int transport = parser.transportOffset();
        final int headers = parser.payloadOffset();
        if (!agrees || parser.isRouted() || headers > MAX_HEADERS) {
            unsupportedOffload++;
            return UNSUPPORTED;
        }
        final boolean unfinished = (VirtioNetHeader.flags(slab, offset) & VirtioNetHeader.FLAG_NEEDS_CHECKSUM) != 0;
        if (gsoSize == 0
                || parser.end() != length
                || unfinished && VirtioNetHeader.checksumStart(slab, offset) != transport) {
            malformed++;
            return UNSUPPORTED;
        }
        final int payload = length - headers;
        if (VxlanHeader.LENGTH + headers + Math.min(gsoSize, payload) > capacity) {
            tooBig++;
            return TOO_BIG;
        }
        final int count = Math.max(1, (payload + gsoSize - 1) / gsoSize);
        final int stride = stride(headers);
        if (count > MAX_SEGMENTS || count * stride > SCRATCH) {
            malformed++;
            return UNSUPPORTED;
        }
        if (!hasRoom(count * stride)) {
            return FULL;
        }
        segment(slab, frame, headers, payload, gsoSize, count, tcp, ipv4, sink);
        superframes++;
        segments += count;
        return STAGED;
    }

    private void segment(
            MemorySegment slab,
            long frame,
            int headers,
            int payload,
            int gsoSize,
            int count,
            boolean tcp,
            boolean ipv4,
            DatagramSink sink) {
        final int network3 = parser.networkOffset();
        final int transport = parser.transportOffset();
        final long ip = frame + network3;
        final long l4 = frame + transport;
        // Sums of what is equal in every segment: the fields that differ are taken out of the sum of the original.
        final int ipLength = NetworkOrder.u16(slab, ip + 2);
        final int ipId = NetworkOrder.u16(slab, ip + 4);
        long ipBase = 0;
        if (ipv4) {
            ipBase = without(
                    InternetChecksum.sum(slab, ip, transport - network3),
                    (long) ipLength + ipId + NetworkOrder.u16(slab, ip + 10));
        }
        final int protocol = tcp ? FrameParser.PROTOCOL_TCP : FrameParser.PROTOCOL_UDP;
        long l4Base = ipv4
                ? InternetChecksum.pseudoIpv4(slab, ip, protocol)
                : InternetChecksum.pseudoIpv6(slab, ip, protocol);
        final long sequence = tcp ? NetworkOrder.u32(slab, l4 + 4) : 0;
        final int flagWord = tcp ? NetworkOrder.u16(slab, l4 + 12) : 0;
        if (tcp) {
            l4Base += without(
                    InternetChecksum.sum(slab, l4, headers - transport),
                    (sequence >>> 16) + (sequence & 0xffff) + flagWord + NetworkOrder.u16(slab, l4 + 16));
        } else {
            l4Base += NetworkOrder.u32(slab, l4);
        }
        final int stride = stride(headers);
        final long payloadAddress = slab.address() + frame + headers;
        final int l4Header = headers - transport;
        int done = 0;
        for (int i = 0; i < count; i++) {
            final int size = Math.min(gsoSize, payload - done);
            final long vxlan = scratchUsed;
            scratchUsed += stride;
            VxlanHeader.write(scratch, vxlan, network);
            final long to = vxlan + VxlanHeader.LENGTH;
            MemorySegment.copy(slab, frame, scratch, to, headers);
            final int l4Length = l4Header + size;
            final long toIp = to + network3;
            if (ipv4) {
                final int total = transport - network3 + l4Length;
                final int id = (ipId + i) & 0xffff;
                NetworkOrder.put16(scratch, toIp + 2, total);
                NetworkOrder.put16(scratch, toIp + 4, id);
                NetworkOrder.put16(scratch, toIp + 10, InternetChecksum.complement(ipBase + total + id));
            } else {
                NetworkOrder.put16(scratch, toIp + 4, transport - network3 - 40 + l4Length);
            }
            final long toL4 = to + transport;
            final long sum = l4Base + l4Length + InternetChecksum.sum(slab, frame + headers + done, size);
            if (tcp) {
                final int seq = (int) (sequence + done);
                int flags = flagWord;
                if (i != count - 1) {
                    flags &= ~FLAG_FIN_PSH;
                }
                if (i != 0) {
                    flags &= ~FLAG_CWR;
                }
                NetworkOrder.put32(scratch, toL4 + 4, seq);
                NetworkOrder.put16(scratch, toL4 + 12, flags);
                final long patched = sum + (seq >>> 16) + (seq & 0xffff) + flags;
                NetworkOrder.put16(scratch, toL4 + 16, InternetChecksum.complement(patched));
            } else {
                NetworkOrder.put16(scratch, toL4 + 4, l4Length);
                NetworkOrder.put16(scratch, toL4 + 6, InternetChecksum.complementUdp(sum + l4Length));
            }
            openFor(VxlanHeader.LENGTH + headers + size, sink);
            sink.slice(scratchAddress + vxlan, VxlanHeader.LENGTH + headers);
            if (size > 0) {
                sink.slice(payloadAddress + done, size);
            }
            done += size;
        }
    }

    /// One's-complement subtraction; both sides are sums of 16-bit words.
    private static int without(int sum, long part) {
        return InternetChecksum.fold((long) sum + (~InternetChecksum.fold(part) & 0xffff));
    }

    private static int stride(int headers) {
        return (VxlanHeader.LENGTH + headers + 7) & ~7;
    }

    private boolean hasRoom(int bytes) {
        return scratchUsed + bytes <= SCRATCH;
    }

    /// Makes the open train one that takes a datagram of `size` bytes, and counts it in.
    private void openFor(int size, DatagramSink sink) {
        if (trainDatagrams > 0
                && (trainShort
                        || size > trainSegment
                        || ecn != trainEcn
                        || trainDatagrams == MAX_TRAIN_DATAGRAMS
                        || trainBytes + size > MAX_TRAIN_BYTES)) {
            finish(sink);
        }
        if (trainDatagrams == 0) {
            trainSegment = size;
            trainShort = false;
            trainEcn = ecn;
        } else {
            trainShort = size < trainSegment;
        }
        trainDatagrams++;
        trainBytes += size;
    }

    @Override
    public void finish(DatagramSink sink) {
        if (trainDatagrams == 0) {
            return;
        }
        final int datagrams = trainDatagrams;
        final int bytes = trainBytes;
        trainDatagrams = 0;
        trainBytes = 0;
        trains++;
        sink.endTrain(trainSegment, datagrams, bytes, trainEcn);
    }

    @Override
    public void flushed() {
        scratchUsed = 0;
        gatherUsed = false;
    }

    /// Superframes cut.
    public long superframes() {
        return superframes;
    }

    /// Datagrams that they became.
    public long segments() {
        return segments;
    }

    /// Trains handed to the sink.
    public long trains() {
        return trains;
    }

    /// Frames copied together because they came in slices.
    public long gathered() {
        return gathered;
    }

    /// Ordinary frames whose checksum was filled in.
    public long checksumsFinished() {
        return checksumsFinished;
    }

    /// Refused: lengths or offsets that do not fit the frame.
    public long malformed() {
        return malformed;
    }

    /// Refused: a kind of superframe that cannot be cut here.
    public long unsupportedOffload() {
        return unsupportedOffload;
    }

    /// Refused: a segment would not fit a datagram.
    public long tooBig() {
        return tooBig;
    }
}
