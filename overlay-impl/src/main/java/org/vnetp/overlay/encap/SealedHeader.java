package org.vnetp.overlay.encap;

import java.lang.foreign.MemorySegment;

/// The header of a sealed datagram of the `vnet` format: that of a plain one ([VnetHeader]) with version 3, and
/// with the number of the keys in the four bits that are 0 there:
///
/// ```
/// +-------+-------+-----------------------------------------------+
/// |   3   | flags |                  network id                   |
/// +-------+-------+-----------------+-------+-----+---------------+
/// |         frame length (17)       | keys  |lane | hop limit (8) |
/// +---------------------------------+-------+-----+---------------+
/// |            number (55), chunk index (9): the nonce            |
/// +---------------------------------------------------------------+
/// ```
///
/// What follows is ciphertext and a tag of [#TRAILER] bytes; the header's 16 bytes are authenticated with it.
/// A datagram with flag 8 is a **handshake**: frame length tells the bytes behind the header, the lane
/// which message of the handshake it is, and the number is the sender's time of day.
public final class SealedHeader {
    public static final int VERSION = 3;

    /// Bytes behind the text of each sealed datagram.
    public static final int TRAILER = 16;

    /// Keys that can be told from each other at a time.
    public static final int KEYS = 16;

    public static final int LENGTH = VnetHeader.LENGTH;
    public static final int LANES = VnetHeader.LANES;

    private static final int FLAG_HANDSHAKE = 8;
    private static final int KEYS_SHIFT = 11;
    private static final long KEYS_FIELD = (KEYS - 1L) << KEYS_SHIFT;
    /// Makes a plain version of a sealed one, and back: 2 and 3 differ in a bit.
    private static final long OTHER_VERSION = 1L << 60;
    private static final int FLAGS = 15 << 24;
    private static final int DATA_FLAGS = (VnetHeader.FLAG_BUNDLE | VnetHeader.FLAG_LAST) << 24;

    private SealedHeader() {}

    /// The first 8 bytes, of a plain datagram's.
    ///
    /// @param keys their number
    public static long ofPlain(long front, int keys) {
        return front ^ OTHER_VERSION | (long) keys << KEYS_SHIFT;
    }

    /// The first 8 bytes of the plain datagram that was sealed.
    public static long toPlain(long front) {
        return (front ^ OTHER_VERSION) & ~KEYS_FIELD;
    }

    /// The first 4 bytes of a datagram with frames in it, but for two flags.
    public static int firstWord(int network) {
        return VERSION << 28 | network;
    }

    /// A first word without the flags that a datagram with frames may have.
    public static int withoutDataFlags(int firstWord) {
        return firstWord & ~DATA_FLAGS;
    }

    /// Whether a first word is a handshake's of this network.
    public static boolean isHandshake(int firstWord, int network) {
        return firstWord == (VERSION << 28 | FLAG_HANDSHAKE << 24 | network);
    }

    /// Whether a first word is that of a datagram that is not sealed.
    public static boolean isPlain(int firstWord) {
        return VnetHeader.version(firstWord) == VnetHeader.VERSION;
    }

    /// The first 8 bytes of a handshake datagram.
    ///
    /// @param message which of the handshake's messages
    public static long handshake(int network, int length, int message) {
        return VnetHeader.front(0, network, length, message, 1) ^ OTHER_VERSION | (long) FLAG_HANDSHAKE << 56;
    }

    public static int version(int firstWord) {
        return VnetHeader.version(firstWord);
    }

    public static int flags(int firstWord) {
        return (firstWord & FLAGS) >>> 24;
    }

    public static int network(int firstWord) {
        return firstWord & VnetHeader.MAX_NETWORK;
    }

    public static int firstWord(long front) {
        return VnetHeader.firstWord(front);
    }

    public static int keys(long front) {
        return (int) (front & KEYS_FIELD) >>> KEYS_SHIFT;
    }

    /// The lane, or the number of a handshake's message.
    public static int lane(long front) {
        return VnetHeader.lane(front);
    }

    public static int length(long front) {
        return VnetHeader.frameLength(front);
    }

    public static long number(long back) {
        return VnetHeader.number(back);
    }

    /// The last 8 bytes of a datagram of that number.
    public static long back(long number) {
        return VnetHeader.back(number, 0);
    }

    public static long front(MemorySegment segment, long at) {
        return VnetHeader.front(segment, at);
    }

    public static long back(MemorySegment segment, long at) {
        return VnetHeader.back(segment, at);
    }

    public static void encode(MemorySegment segment, long at, long front, long back) {
        VnetHeader.encode(segment, at, front, back);
    }
}
