package org.vnetp.overlay.encap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The 16-byte header of each datagram of the `vnet` format, version 2, big-endian.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------+-------+-----------------------------------------------+
/// |version| flags |                  network id                   |
/// +-------+-------+-----------------+-------+-----+---------------+
/// |         frame length (17)       |   0   |lane | hop limit (8) |
/// +---------------------------------+-------+-----+---------------+
/// |                                                               |
/// +               number (55)                     +---------------+
/// |                                               |chunk index (9)|
/// +-----------------------------------------------+---------------+
/// ```
///
/// - **number** counts the datagrams of one sender's lane, beginning with the time of day ([DatagramNumbers]): a
///   sender that starts anew is ahead of its lives before, and an old datagram is behind ([ReplayWindow]).
/// - **lane** numbers the sender's loops: each counts for itself.
/// - **frame length, chunk index**: the bytes after the header are the chunk of that index of a frame of that length.
///   A frame is its 12-byte virtio_net_hdr, Ethernet header and payload; all its chunks but the last have one even
///   length, and their numbers follow one another, so number less index names the frame.
/// - **last** (flag 2): this is the frame's last chunk, perhaps the only one.
/// - **bundle** (flag 1): the bytes after the header are whole frames, each preceded by its length in 2 bytes; a
///   length of 0 ends them early (padding). Frame length then tells the bytes used; the index is 0.
/// - **behind** (flag 4): an answer to a datagram of this lane and number that was refused as older than a number
///   known, which follows in 8 bytes. It is numbered by nobody, so the receiver takes it as a hint only.
/// - **message**: a last chunk of index 0 whose frame length is 1 to 15, less than any frame's, carries no frame but
///   what the nodes say to each other ([Messages]); the frame length is its kind. It is numbered, and sealed, as every
///   datagram. A node that knows no messages drops it as malformed.
///
/// Bits shown as 0 are sent so and not looked at. Version 1 had 4 bits of the clock instead of 55, which one restart in
/// twenty met again.
public final class VnetHeader {
    public static final int LENGTH = 16;
    public static final int VERSION = 2;
    public static final int FLAG_BUNDLE = 1;
    public static final int FLAG_LAST = 2;
    public static final int FLAG_BEHIND = 4;
    public static final int MAX_FRAME_LENGTH = (1 << 17) - 1;
    public static final int MAX_NETWORK = (1 << 24) - 1;
    public static final int LANES = 8;
    public static final int MAX_HOPS = 255;

    /// Length of the field before each frame of a bundle.
    public static final int BUNDLE_ENTRY_HEADER_LENGTH = 2;

    /// A datagram that says [#FLAG_BEHIND], bytes.
    static final int BEHIND_LENGTH = LENGTH + Long.BYTES;

    /// Bits of the chunk index, below the number.
    static final int INDEX_BITS = 9;

    static final int MAX_INDEX = (1 << INDEX_BITS) - 1;

    /// From one datagram's last 8 bytes to those of the next with the same index.
    static final long NEXT_NUMBER = 1L << INDEX_BITS;

    private static final long LAST = (long) FLAG_LAST << 56;

    // Read and written as two longs: half the bounds checks, and what is written by fours and read by eights, as
    // the kernel copies it, waits for the store buffer.
    private static final int FRONT = 0;
    private static final int BACK = 8;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private VnetHeader() {}

    /// The first 4 bytes: version, flags, network id. Compared as a whole on the way in.
    static int firstWord(int flags, int network) {
        return VERSION << 28 | flags << 24 | network;
    }

    /// The first 8 bytes: first word, frame length, lane, hop limit.
    static long front(int flags, int network, int frameLength, int lane, int hopLimit) {
        return (long) firstWord(flags, network) << 32
                | Integer.toUnsignedLong(frameLength << 15 | lane << 8 | hopLimit);
    }

    /// @param back number and chunk index
    static void encode(MemorySegment segment, long at, long front, long back) {
        segment.set(LONG, at + FRONT, front);
        segment.set(LONG, at + BACK, back);
    }

    static long front(MemorySegment segment, long at) {
        return segment.get(LONG, at + FRONT);
    }

    static long back(MemorySegment segment, long at) {
        return segment.get(LONG, at + BACK);
    }

    /// The 8 bytes after the header.
    static long after(MemorySegment segment, long at) {
        return segment.get(LONG, at + LENGTH);
    }

    static void after(MemorySegment segment, long at, long value) {
        segment.set(LONG, at + LENGTH, value);
    }

    static int firstWord(long front) {
        return (int) (front >>> 32);
    }

    static int version(int firstWord) {
        return firstWord >>> 28;
    }

    /// Whether a datagram's first 4 bytes may be those of a version of this format, and of no VXLAN header.
    static boolean looksLike(int firstWord) {
        int version = version(firstWord);
        return version >= 1 && version <= VERSION && (firstWord >>> 24 & 8) == 0;
    }

    static boolean isLast(long front) {
        return (front & LAST) != 0;
    }

    /// All that the chunks of a frame have in common.
    static long withoutLast(long front) {
        return front & ~LAST;
    }

    static int frameLength(long front) {
        return (int) front >>> 15;
    }

    static int lane(long front) {
        return (int) front >>> 8 & LANES - 1;
    }

    static int hopLimit(long front) {
        return (int) front & 0xFF;
    }

    static long back(long number, int index) {
        return number << INDEX_BITS | index;
    }

    static long number(long back) {
        return back >>> INDEX_BITS;
    }

    static int index(long back) {
        return (int) back & MAX_INDEX;
    }

    /// The number of a frame's first chunk, at the place where numbers stand.
    static long frame(long back) {
        return (back & -NEXT_NUMBER) - ((back & MAX_INDEX) << INDEX_BITS);
    }
}
