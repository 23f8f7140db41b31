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

    public static final int NETWORK_FIELD_OFFSET = 0;
    public static final int SEQUENCE_FIELD_OFFSET = 4;
    public static final int FRAME_ID_FIELD_OFFSET = 8;
    public static final int CHUNK_OFFSET_FIELD_OFFSET = 10;
    public static final int FRAME_FIELD_OFFSET = 12;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

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
        segment.set(INT, at + NETWORK_FIELD_OFFSET, firstWord);
        segment.set(INT, at + SEQUENCE_FIELD_OFFSET, sequence);
        segment.set(INT, at + FRAME_ID_FIELD_OFFSET, frameId << 16 | chunkOffset >>> 1);
        segment.set(INT, at + FRAME_FIELD_OFFSET, lastWord);
    }

    static int firstWord(MemorySegment segment, long at) {
        return segment.get(INT, at + NETWORK_FIELD_OFFSET);
    }

    public static int version(MemorySegment segment, long at) {
        return firstWord(segment, at) >>> 28;
    }

    public static int flags(MemorySegment segment, long at) {
        return firstWord(segment, at) >>> 24 & 15;
    }

    public static int network(MemorySegment segment, long at) {
        return firstWord(segment, at) & MAX_NETWORK;
    }

    public static int sequence(MemorySegment segment, long at) {
        return segment.get(INT, at + SEQUENCE_FIELD_OFFSET);
    }

    public static int frameId(MemorySegment segment, long at) {
        return Short.toUnsignedInt(segment.get(SHORT, at + FRAME_ID_FIELD_OFFSET));
    }

    /// Where in the frame this chunk begins, bytes.
    public static int chunkOffset(MemorySegment segment, long at) {
        return Short.toUnsignedInt(segment.get(SHORT, at + CHUNK_OFFSET_FIELD_OFFSET)) << 1;
    }

    static int lastWord(MemorySegment segment, long at) {
        return segment.get(INT, at + FRAME_FIELD_OFFSET);
    }

    public static int frameLength(MemorySegment segment, long at) {
        return frameLength(lastWord(segment, at));
    }

    public static int hopLimit(MemorySegment segment, long at) {
        return hopLimit(lastWord(segment, at));
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
