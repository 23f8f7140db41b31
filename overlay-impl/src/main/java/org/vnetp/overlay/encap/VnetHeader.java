package org.vnetp.overlay.encap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The 16-byte header of each datagram of the `vnet` format, big-endian.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------+-------+-----------------------------------------------+
/// |version| flags |                  network id                   |
/// +-------+-------+-----------------------------------------------+
/// |                           sequence                            |
/// +-------------------------------+-------------------------------+
/// |           frame id            |       chunk offset / 2        |
/// +-------------------------------+---+-------+-----+-------------+
/// |         frame length (17)         | epoch |lane | hop limit(8)|
/// +-----------------------------------+-------+-----+-------------+
/// ```
///
/// - **sequence** counts the datagrams of one sender's lane; it shows loss and unmasks replays.
/// - **frame id, chunk offset, frame length**: the bytes after the header are bytes `offset..` of
///   the frame of that id and length. A frame is its 12-byte virtio_net_hdr, Ethernet header and
///   payload; all its chunks but the last have one even length.
/// - **bundle** (flag 1): the bytes after the header are whole frames, each preceded by its length
///   in 2 bytes; a length of 0 ends them early (padding). Frame length then tells the bytes used;
///   frame id and chunk offset are 0.
/// - **epoch** changes when a sender starts anew, **lane** numbers the sender's loops: each counts
///   and numbers for itself.
public final class VnetHeader {
    public static final int LENGTH = 16;
    public static final int VERSION = 1;
    public static final int FLAG_BUNDLE = 1;
    public static final int MAX_FRAME_LENGTH = (1 << 17) - 1;
    public static final int MAX_NETWORK = (1 << 24) - 1;
    public static final int EPOCHS = 16;
    public static final int LANES = 8;
    public static final int MAX_HOPS = 255;

    /// Length of the field before each frame of a bundle.
    public static final int BUNDLE_ENTRY_HEADER_LENGTH = 2;

    // Read and written as two longs: half the bounds checks, and what is written by fours and read by eights, as
    // the kernel copies it, waits for the store buffer.
    private static final int FRONT = 0;
    private static final int BACK = 8;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private VnetHeader() {}

    /// The first word: version, flags, network id. Compared as a whole on the way in.
    static int firstWord(int flags, int network) {
        return VERSION << 28 | flags << 24 | network;
    }

    /// The last word: frame length, epoch, lane, hop limit.
    static int lastWord(int frameLength, int epoch, int lane, int hopLimit) {
        return frameLength << 15 | epoch << 11 | lane << 8 | hopLimit;
    }

    static void encode(
            MemorySegment segment, long at, int firstWord, int sequence, int frameId, int chunkOffset, int lastWord) {
        segment.set(LONG, at + FRONT, (long) firstWord << 32 | Integer.toUnsignedLong(sequence));
        segment.set(
                LONG, at + BACK, (long) (frameId << 16 | chunkOffset >>> 1) << 32 | Integer.toUnsignedLong(lastWord));
    }

    /// The first 8 bytes: first word and sequence.
    static long front(MemorySegment segment, long at) {
        return segment.get(LONG, at + FRONT);
    }

    /// The last 8 bytes: frame id, chunk offset, last word.
    static long back(MemorySegment segment, long at) {
        return segment.get(LONG, at + BACK);
    }

    static int firstWord(long front) {
        return (int) (front >>> 32);
    }

    static int sequence(long front) {
        return (int) front;
    }

    static int frameId(long back) {
        return (int) (back >>> 48);
    }

    /// Where in the frame this chunk begins, bytes.
    static int chunkOffset(long back) {
        return (int) (back >>> 31) & 0x1FFFE;
    }

    static int lastWord(long back) {
        return (int) back;
    }

    static int frameLength(int lastWord) {
        return lastWord >>> 15;
    }

    static int epoch(int lastWord) {
        return lastWord >>> 11 & 15;
    }

    static int lane(int lastWord) {
        return lastWord >>> 8 & 7;
    }

    static int hopLimit(int lastWord) {
        return lastWord & 0xFF;
    }
}
