package org.vnetp.overlay.measure;

import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.frame.NetworkOrder;

/// The messages that measure a link, by their kinds.
///
/// **Echo** and **answer** have the shape of STAMP's test packets (RFC 8762, 4.2.1 and 4.3.1, with
/// the session identifier of RFC 8972, 3); timestamps are PTP's truncated ones (32 bits of seconds
/// since 1970, 32 of nanoseconds; the Z bit of error estimates says so). Behind STAMP's 44 bytes is
/// what RFC 8972, 4.5, calls direct measurement: the answering node's counts of the link. Both are
/// of one length, so that nobody gets more back than was sent.
///
/// ```
///  0 sequence (4)            4 timestamp (8)                  12 error (2)   14 session (2)
/// 16 receive timestamp (8)  24 echo's sequence (4)            28 echo's timestamp (8)
/// 36 echo's error (2)       38 0 (2)   40 hop limit (1), 0 (3)
/// 44 clock (8): who has the same reads the same clock; 0: not told
/// 52 flags (4): 1 sequence counts follow, 2 the counts hold what the kernel carries
/// 56 expected (8)           64 missing (8)                    72 late (8)    80 breaks (4)   84
/// extent (4)
/// 88 frames' bytes received (8)                               96 datagrams received (8)
/// ```
///
/// **Train**: one datagram of many that are sent back to back or at a set rate, padded to the
/// length wanted:
///
/// ```
///  0 train (4)   4 index (4)   8 when sent, ns (8)   16 datagrams of the train (4)   20 session (2)
/// ```
///
/// **End** asks for what has come of a train, and **result** tells it; both are of one length too:
///
/// ```
///  0 train (4)   4 session (2)   6 points (2)   8 datagrams received (8)   16 bytes received (8)
/// 24 points, of 32 bytes: index (8), when sent, ns (8), when received, ns (8), bytes received
/// until then (8)
/// ```
///
/// All big-endian. No value from the wire is used before it was checked.
final class EchoFormat {
    static final int ECHO = 1;
    static final int ANSWER = 2;
    static final int TRAIN = 3;
    static final int END = 4;
    static final int RESULT = 5;

    static final int LENGTH = 104;
    static final int TRAIN_LENGTH = 24;
    static final int RESULT_HEAD = 24;
    static final int POINT_LENGTH = 32;
    static final int MOST_POINTS = 32;

    static final int SEQUENCE = 0;
    static final int TIMESTAMP = 4;
    static final int ERROR = 12;
    static final int SESSION = 14;
    static final int RECEIVED = 16;
    static final int ECHO_SEQUENCE = 24;
    static final int ECHO_TIMESTAMP = 28;
    static final int ECHO_ERROR = 36;
    static final int CLOCK = 44;
    static final int FLAGS = 52;
    static final int EXPECTED = 56;
    static final int MISSING = 64;
    static final int LATE = 72;
    static final int BREAKS = 80;
    static final int EXTENT = 84;
    static final int BYTES = 88;
    static final int DATAGRAMS = 96;

    static final int FLAG_SEQUENCES = 1;
    static final int FLAG_KERNEL_TOO = 2;

    /// Error estimates (RFC 4656, 4.1.2): multiplier * 2^scale * 2^-32 s, with the Z bit of RFC
    /// 8186. The kernel's timestamp of an arrival: 15 us.
    static final int ERROR_KERNEL = 1 << 14 | 16 << 8 | 1;

    /// A loop's, which may have slept or been busy: 1 ms.
    static final int ERROR_LOOP = 1 << 14 | 22 << 8 | 1;

    private static final long NS_A_SECOND = 1_000_000_000L;

    private EchoFormat() {}

    /// @param ns since 1970
    static void timestamp(MemorySegment to, long at, long ns) {
        NetworkOrder.put32(to, at, (int) (ns / NS_A_SECOND));
        NetworkOrder.put32(to, at + 4, (int) (ns % NS_A_SECOND));
    }

    /// Nanoseconds since 1970, or -1 where it is no timestamp.
    static long timestamp(MemorySegment from, long at) {
        long fraction = NetworkOrder.u32(from, at + 4);
        return fraction >= NS_A_SECOND ? -1 : NetworkOrder.u32(from, at) * NS_A_SECOND + fraction;
    }

    /// Nanoseconds of an error estimate.
    static double error(int estimate) {
        return (estimate & 0xff) * Math.pow(2, (estimate >>> 8 & 0x3f) - 32) * 1e9;
    }

    /// Points that fit an end or a result of so many bytes.
    static int points(int length) {
        return Math.clamp((length - RESULT_HEAD) / POINT_LENGTH, 0, MOST_POINTS);
    }
}
