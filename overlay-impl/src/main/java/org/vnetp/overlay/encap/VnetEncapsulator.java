package org.vnetp.overlay.encap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;

/// Frames to datagrams in the `vnet` format (see [VnetHeader]).
///
/// A frame longer than a small one is cut into chunks of one size, all described as one train: a
/// superframe of 64 KB crosses the overlay by one sendmsg. Small frames that are staged between two
/// flushes share datagrams (bundles); a frame never waits for others.
///
/// A frame needs 2 bytes of headroom before its virtio_net_hdr: a bundle writes the frame's length there.
public final class VnetEncapsulator implements Encapsulator {
    /// Frames up to this many bytes, virtio_net_hdr included, are bundled.
    public static final int SMALL_FRAME = 400;

    /// Smallest chunk: all headers of a frame must lie in its first chunk.
    public static final int MIN_CHUNK = 256;

    /// A datagram must take a chunk with its header.
    public static final int LEAST_CAPACITY = VnetHeader.LENGTH + MIN_CHUNK;

    private static final int HEADERS = 512;
    private static final int MAX_BUNDLE_FRAMES = 256;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final int network;
    private final DatagramNumbers numbers;
    private final int lane;
    private final MemorySegment headers;
    private final long headersAddress;
    private final MemorySegment padding;
    private final ScatterList bundle;

    private int capacity;
    private int chunk;
    private int smallFrame;
    private int nextHeader;
    // Where the next datagram's number stands in the header; the chunk index below it is 0.
    private long next;
    private long knownFloor;
    private int bundleBytes;
    private int bundleHops;
    private int bundleEcn;
    private int bundleLimit;

    /// @param network 24-bit number of the virtual network
    /// @param peer    the link's
    /// @param lane    0..7, the loop that owns this object
    public VnetEncapsulator(Arena arena, int network, VnetPeer peer, int lane) {
        this.network = network;
        this.numbers = peer.numbers();
        this.lane = lane;
        this.next = VnetHeader.back(numbers.begin(), 0);
        this.knownFloor = numbers.floor();
        this.headers = arena.allocate((long) HEADERS * VnetHeader.LENGTH, 64);
        this.headersAddress = headers.address();
        this.padding = arena.allocate(SMALL_FRAME + VnetHeader.BUNDLE_ENTRY_HEADER_LENGTH);
        this.bundle = new ScatterList(arena, MAX_BUNDLE_FRAMES);
        datagramCapacity(1472);
    }

    @Override
    public void datagramCapacity(int bytes) {
        if (bytes < LEAST_CAPACITY) {
            throw new IllegalArgumentException(
                    "datagrams of " + bytes + " bytes are too small for the vnet format: at least " + LEAST_CAPACITY);
        }
        capacity = bytes;
        chunk = chunk(bytes);
        smallFrame = Math.min(SMALL_FRAME, chunk / 2 - VnetHeader.BUNDLE_ENTRY_HEADER_LENGTH);
        bundleLimit = capacity;
    }

    private static int chunk(int datagramCapacity) {
        return datagramCapacity - VnetHeader.LENGTH & ~1;
    }

    @Override
    public boolean carriesTunnels() {
        return true;
    }

    @Override
    public boolean takesSlices() {
        return true;
    }

    @Override
    public int leastCapacity() {
        return LEAST_CAPACITY;
    }

    @Override
    public int guestMtu() {
        return guestMtu(capacity);
    }

    /// The largest IP packet of a guest that fits one datagram of so many bytes.
    public static int guestMtu(int datagramCapacity) {
        return chunk(datagramCapacity) - VirtioNetHeader.LENGTH - EthernetHeader.LENGTH;
    }

    @Override
    public int encapsulate(Frame frame, DatagramSink sink) {
        int length = frame.length();
        if (length > Frame.MAX_LENGTH + VirtioNetHeader.LENGTH) {
            return UNSUPPORTED;
        }
        int ecn = Ecn.of(frame.head(), frame.ethernet(), frame.headLength() - VirtioNetHeader.LENGTH);
        if (length <= smallFrame && frame.contiguous()) {
            return stageSmall(frame, length, ecn, sink);
        }
        // A division takes as long as all the rest for an ordinary frame.
        int datagrams = length <= chunk ? 1 : length <= 2 * chunk ? 2 : (length + chunk - 1) / chunk;
        if (datagrams + 1 > HEADERS - nextHeader) {
            return FULL;
        }
        finish(sink);
        if (datagrams == 1 && frame.contiguous()) {
            whole(frame.address(), length, frame.hopLimit(), chunk + VnetHeader.LENGTH, ecn, sink);
        } else {
            cut(frame, length, datagrams, ecn, sink);
        }
        return STAGED;
    }

    /// A message is what no frame can be: a last chunk of a frame of `kind` bytes, less than its headers. Nodes
    /// of before drop it as malformed.
    @Override
    public boolean message(int kind, long address, int length, DatagramSink sink) {
        if (nextHeader + 2 >= HEADERS) {
            return false;
        }
        finish(sink);
        long at = (long) nextHeader * VnetHeader.LENGTH;
        nextHeader++;
        VnetHeader.encode(headers, at, VnetHeader.front(VnetHeader.FLAG_LAST, network, kind, lane, 1), numbered(1));
        sink.slice(headersAddress + at, VnetHeader.LENGTH);
        sink.slice(address, length);
        sink.endTrain(VnetHeader.LENGTH + length, 1, VnetHeader.LENGTH + length, Ecn.NOT_ECT);
        return true;
    }

    @Override
    public int mostMessage() {
        return capacity - VnetHeader.LENGTH;
    }

    /// One slice to one datagram of a train with so long segments.
    private void whole(long address, int length, int hops, int segmentSize, int ecn, DatagramSink sink) {
        long at = (long) nextHeader * VnetHeader.LENGTH;
        nextHeader++;
        VnetHeader.encode(
                headers, at, VnetHeader.front(VnetHeader.FLAG_LAST, network, length, lane, hops), numbered(1));
        sink.slice(headersAddress + at, VnetHeader.LENGTH);
        sink.slice(address, length);
        sink.endTrain(segmentSize, 1, VnetHeader.LENGTH + length, ecn);
    }

    private void cut(Frame frame, int length, int datagrams, int ecn, DatagramSink sink) {
        ScatterList slices = frame.slices();
        long front = VnetHeader.front(0, network, length, lane, frame.hopLimit());
        final long last = VnetHeader.front(VnetHeader.FLAG_LAST, network, length, lane, frame.hopLimit());
        long back = numbered(datagrams);
        int slice = 0;
        long address = slices.sliceAddress(0);
        int remaining = slices.sliceLength(0);
        int offset = 0;
        long at = (long) nextHeader * VnetHeader.LENGTH;
        nextHeader += datagrams;
        for (int i = 0; i < datagrams; i++) {
            VnetHeader.encode(headers, at, i == datagrams - 1 ? last : front, back);
            back += VnetHeader.NEXT_NUMBER + 1;
            sink.slice(headersAddress + at, VnetHeader.LENGTH);
            at += VnetHeader.LENGTH;
            int wanted = Math.min(chunk, length - offset);
            offset += wanted;
            while (wanted > 0) {
                if (remaining == 0) {
                    slice++;
                    address = slices.sliceAddress(slice);
                    remaining = slices.sliceLength(slice);
                }
                int part = Math.min(wanted, remaining);
                sink.slice(address, part);
                address += part;
                remaining -= part;
                wanted -= part;
            }
        }
        sink.endTrain(chunk + VnetHeader.LENGTH, datagrams, length + datagrams * VnetHeader.LENGTH, ecn);
    }

    /// Takes the numbers of so many datagrams.
    ///
    /// @return the first of them, as the header's last 8 bytes with the chunk index 0
    private long numbered(int datagrams) {
        long floor = numbers.floor();
        if (floor != knownFloor) {
            knownFloor = floor;
            if (ReplayWindow.ahead(floor, VnetHeader.number(next)) > 0) {
                next = VnetHeader.back(floor, 0);
            }
        }
        long first = next;
        next += datagrams * VnetHeader.NEXT_NUMBER;
        return first;
    }

    private int stageSmall(Frame frame, int length, int ecn, DatagramSink sink) {
        int entry = VnetHeader.BUNDLE_ENTRY_HEADER_LENGTH + length;
        if (bundle.count() > 0
                && (bundleBytes + entry > bundleLimit
                        || bundleHops != frame.hopLimit()
                        || bundleEcn != ecn
                        || bundle.count() == MAX_BUNDLE_FRAMES)) {
            close(sink, bundleHops == frame.hopLimit() && bundleEcn == ecn);
        }
        if (bundle.count() == 0) {
            if (nextHeader + 1 >= HEADERS) {
                return FULL;
            }
            bundleBytes = VnetHeader.LENGTH;
            bundleHops = frame.hopLimit();
            bundleEcn = ecn;
        }
        frame.head().set(SHORT, frame.offset() - VnetHeader.BUNDLE_ENTRY_HEADER_LENGTH, (short) length);
        bundle.addSeparately(frame.address() - VnetHeader.BUNDLE_ENTRY_HEADER_LENGTH, entry);
        bundleBytes += entry;
        return STAGED;
    }

    @Override
    public void finish(DatagramSink sink) {
        if (bundle.count() > 0) {
            close(sink, false);
        }
    }

    /// Emits the open bundle as a datagram.
    ///
    /// @param more another bundle follows at once: this one is padded to the size of the train's first, so
    ///             that one UDP_SEGMENT send takes them all
    private void close(DatagramSink sink, boolean more) {
        int frames = bundle.count();
        if (frames == 1 && !more && bundleLimit == capacity) {
            int length = bundle.sliceLength(0) - VnetHeader.BUNDLE_ENTRY_HEADER_LENGTH;
            long address = bundle.sliceAddress(0) + VnetHeader.BUNDLE_ENTRY_HEADER_LENGTH;
            whole(address, length, bundleHops, VnetHeader.LENGTH + length, bundleEcn, sink);
        } else {
            long at = (long) nextHeader * VnetHeader.LENGTH;
            nextHeader++;
            VnetHeader.encode(
                    headers,
                    at,
                    VnetHeader.front(
                            VnetHeader.FLAG_BUNDLE, network, bundleBytes - VnetHeader.LENGTH, lane, bundleHops),
                    numbered(1));
            sink.slice(headersAddress + at, VnetHeader.LENGTH);
            for (int i = 0; i < frames; i++) {
                sink.slice(bundle.sliceAddress(i), bundle.sliceLength(i));
            }
            int size = bundleBytes;
            if (more) {
                if (bundleLimit == capacity) {
                    bundleLimit = bundleBytes;
                } else if (bundleBytes < bundleLimit && bundleLimit - bundleBytes <= padding.byteSize()) {
                    sink.slice(padding.address(), bundleLimit - bundleBytes);
                    size = bundleLimit;
                }
            }
            sink.endTrain(size, 1, size, bundleEcn);
        }
        bundle.clear();
        bundleBytes = 0;
        if (!more) {
            bundleLimit = capacity;
        }
    }

    @Override
    public void flushed() {
        nextHeader = 0;
        bundleLimit = capacity;
    }
}
