package org.vnetp.overlay.frame;

import java.lang.foreign.MemorySegment;

/// Explicit congestion notification (RFC 3168) through a tunnel, as RFC 6040 has it: the outer header gets what the
/// inner one says (normal mode, section 4.1), and what a router has marked on the way reaches the inner one (section
/// 4.2):
///
/// ```
///              | outer: Not-ECT | ECT(0)  | ECT(1)  | CE
/// inner: ------+----------------+---------+---------+-------
///   Not-ECT    | Not-ECT        | Not-ECT | Not-ECT | drop
///   ECT(0)     | ECT(0)         | ECT(0)  | ECT(1)  | CE
///   ECT(1)     | ECT(1)         | ECT(1)  | ECT(1)  | CE
///   CE         | CE             | CE      | CE      | CE
/// ```
///
/// So only ECT(1) and CE outside, the odd values, can change a frame ([#matters]). Frames that are not IP know no ECN:
/// they are sent as Not-ECT and taken whatever the mark. The field is looked for behind up to two VLAN tags, as Linux
/// does. All methods are static; nothing allocates.
public final class Ecn {
    public static final int NOT_ECT = 0;
    public static final int ECT_1 = 1;
    public static final int ECT_0 = 2;
    /// Congestion experienced.
    public static final int CE = 3;

    /// Or-ed to a mark: it was another datagram's, and this one's may have been less. Applied as it is, but no frame
    /// is dropped for it.
    public static final int UNSURE = 4;

    /// The two bits in IPv4's TOS byte and IPv6's traffic class.
    public static final int FIELD = 3;

    /// Ethernet type, version and ECN's byte: so much must be there behind the addresses.
    private static final int NEEDED = EthernetHeader.LENGTH + 2;

    private static final int TAG_LENGTH = 4;
    private static final int MOST_TAGS = 2;

    // A type and the 16 bits behind it, as one word: version (and IPv4's header length) tell what is really there.
    private static final int TYPE_AND_VERSION = 0xffff_f000;
    private static final int IPV4 = EthernetHeader.TYPE_IPV4 << 16 | 0x4000;
    private static final int IPV6 = EthernetHeader.TYPE_IPV6 << 16 | 0x6000;
    private static final int IPV4_CHECKSUM = 10;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_SHIFT = 4;

    private Ecn() {}

    /// What the outer header of a frame has to say: the frame's own ECN field, [#NOT_ECT] where it has none.
    ///
    /// @param ethernet  where the Ethernet header begins
    /// @param available bytes that may be read from there
    public static int of(MemorySegment segment, long ethernet, int available) {
        if (available < NEEDED) {
            return NOT_ECT;
        }
        int word = NetworkOrder.i32(segment, ethernet + EthernetHeader.TYPE_FIELD_OFFSET);
        return switch (word & TYPE_AND_VERSION) {
            case IPV4 -> word & FIELD;
            case IPV6 -> word >>> IPV6_SHIFT & FIELD;
            default -> isTag(word) ? ofTagged(segment, ethernet, available) : NOT_ECT;
        };
    }

    private static int ofTagged(MemorySegment segment, long ethernet, int available) {
        int at = untagged(segment, ethernet, available);
        return at < 0 ? NOT_ECT : of(segment, ethernet + at, available - at);
    }

    /// By how much the Ethernet header's type is moved on by VLAN tags; -1 where they are too many, or cut off.
    private static int untagged(MemorySegment segment, long ethernet, int available) {
        for (int at = 0; at <= MOST_TAGS * TAG_LENGTH && available - at >= NEEDED; at += TAG_LENGTH) {
            if (!isTag(NetworkOrder.i32(segment, ethernet + at + EthernetHeader.TYPE_FIELD_OFFSET))) {
                return at;
            }
        }
        return -1;
    }

    private static boolean isTag(int word) {
        int type = word >>> 16;
        return type == EthernetHeader.TYPE_VLAN || type == EthernetHeader.TYPE_QINQ;
    }

    /// Whether an outer mark can change anything; most cannot.
    public static boolean matters(int outer) {
        return (outer & 1) != 0;
    }

    /// The mark of a whole that arrived in parts: what the most congested of them says (RFC 3168, section 5.3).
    public static int worse(int one, int other) {
        return rank(one) >= rank(other) ? one : other;
    }

    /// ECT(1) says more than ECT(0) (RFC 6040, section 4.2).
    private static int rank(int mark) {
        return (mark & 1) << 1 | mark >>> 1 & 1;
    }

    /// Gives a frame what its outer header says. Without effect unless the mark [#matters].
    ///
    /// @param available bytes that may be read and written from `ethernet` on
    /// @return false when the frame must be dropped: congestion was met, and it cannot say so
    public static boolean decapsulate(MemorySegment segment, long ethernet, int available, int outer) {
        int tags = untagged(segment, ethernet, available);
        if (tags < 0) {
            return true;
        }
        long type = ethernet + tags + EthernetHeader.TYPE_FIELD_OFFSET;
        int word = NetworkOrder.i32(segment, type);
        boolean ipv4 = (word & TYPE_AND_VERSION) == IPV4;
        if (!ipv4 && (word & TYPE_AND_VERSION) != IPV6
                || ipv4 && available - tags < EthernetHeader.LENGTH + IPV4_HEADER) {
            return true;
        }
        int shift = ipv4 ? 0 : IPV6_SHIFT;
        int inner = word >>> shift & FIELD;
        if (inner == NOT_ECT) {
            return outer != CE;
        }
        int mark = rank(outer) > rank(inner) ? outer & FIELD : inner;
        if (mark != inner) {
            int marked = word & ~(FIELD << shift) | mark << shift;
            NetworkOrder.put32(segment, type, marked);
            if (ipv4) {
                long checksum = type + 2 + IPV4_CHECKSUM;
                NetworkOrder.put16(
                        segment,
                        checksum,
                        changed(NetworkOrder.u16(segment, checksum), word & 0xffff, marked & 0xffff));
            }
        }
        return true;
    }

    /// A checksum after one of the words under it has changed (RFC 1624, equation 3).
    private static int changed(int checksum, int was, int is) {
        return InternetChecksum.complement((long) (~checksum & 0xffff) + (~was & 0xffff) + is);
    }
}
